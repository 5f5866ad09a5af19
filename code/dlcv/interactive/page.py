"""The HTML around an interactive figure: style, script, controls; nothing in it is fetched."""

import hashlib
import json
from collections.abc import Sequence
from html import escape
from importlib.resources import files

from .controls import Control

__all__ = ["explore_html", "read_file", "root_id", "wrap"]


def wrap(kind: str, content: str, function: str, script: str, data: dict, identity: str) -> str:
    """Puts style, content and script into one element that stands for itself.

    Args:
        kind: the element's class.
        content: HTML inside it.
        function: name of the JavaScript function `f(root, data)` that brings it to life.
        script: name of the file that holds the function.
        data: the function's second argument.
        identity: the element's id. Two equal figures on one page share it and both work.

    Returns:
        HTML for one output.
    """
    lines = [
        f'<div class="{kind}" id="{identity}">',
        f"<style>{read_file('style.css')}</style>",
        content,
        "<script>(() => {",
        read_file(script),
        f"for (const root of document.querySelectorAll('#{identity}:not([data-ready])')) {{",
        f'  root.dataset.ready = "";\n  {function}(root, {_javascript(data)});',
        # Jupyter would take the arrow keys for shortcuts of its own.
        '  for (const field of root.querySelectorAll("input, select, button, [tabindex]"))',
        '    field.dataset.lmSuppressShortcuts = "true";',
        "}\n})();</script>\n</div>",
    ]
    return "\n".join(lines)


def root_id(*parts) -> str:
    """An id that depends on nothing but `parts`: the same on every run and every machine."""
    digest = hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()
    return f"dlcv-{digest[:12]}"


def explore_html(
    name: str,
    controls: Sequence[Control],
    sources: Sequence[str],
    alts: Sequence[str],
    first: int,
    size: tuple[int, int],
) -> str:
    """The static page's form of `explore`: one picture, controls, and all frames in the script.

    Args:
        name: the drawing function's name, for the id.
        controls: the controls.
        sources: an address a frame, the last control changing fastest.
        alts: a text a frame.
        first: the frame that is shown first.
        size: width and height at which the picture is shown.

    Returns:
        HTML for one output.
    """
    content = [
        '<div class="dlcv-controls" role="group" aria-label="Controls of the figure" hidden>',
        *(_control_html(control) for control in controls),
        "</div>",
        f'<img src="{sources[first]}" alt="{escape(alts[first])}" '
        f'width="{size[0]}" height="{size[1]}">',
        '<p class="dlcv-status" aria-live="polite"></p>',
        "<noscript>The controls of this figure need JavaScript.</noscript>",
    ]
    data = {
        "counts": [len(control.values) for control in controls],
        "texts": [[control.text(value) for value in control.values] for control in controls],
        "alts": alts,
        "sources": [None if i == first else source for i, source in enumerate(sources)],
    }
    identity = root_id(name, [(c.name, c.values, c.label, c.unit) for c in controls], alts)
    return wrap("dlcv-explore", "\n".join(content), "explore", "explore.js", data, identity)


def _control_html(control: Control) -> str:
    """A control inside its label: a slider, a list to select from, or a box to tick."""
    text = escape(control.text(control.values[control.start]))
    common = f'data-control="{escape(control.name)}" autocomplete="off"'
    last = len(control.values) - 1
    if control.kind == "number":
        field = (
            f'<input type="range" min="0" max="{last}" step="1" value="{control.start}" '
            f'aria-valuetext="{text}" {common}>'
        )
    elif control.kind == "switch":
        field = f'<input type="checkbox" {"checked " if control.start else ""}{common}>'
    else:
        options = (
            f'<option value="{i}"{" selected" if i == control.start else ""}>{escape(value)}'
            for i, value in enumerate(control.values)
        )
        field = f"<select {common}>{'</option>'.join(options)}</option></select>"
    hidden = " hidden" if control.kind == "choice" else ""
    value = f'<span class="dlcv-value" aria-hidden="true"{hidden}>{text}</span>'
    return f"<label><span>{escape(control.label)}</span>{field}{value}</label>"


def read_file(name: str) -> str:
    """A style sheet or a script of this folder."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8").strip()


def _javascript(data) -> str:
    """JSON that cannot end the script it stands in."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
