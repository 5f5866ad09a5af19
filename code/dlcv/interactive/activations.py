"""Activation functions and their derivatives, with a point to drag along them."""

from collections.abc import Mapping
from html import escape

import torch

from ..figures.display import check_alt, publish
from ..figures.style import COLORS, INK, LINE, SOFT_INK
from ..layers.activations import Activation
from .page import read_file, root_id, wrap

__all__ = ["activation_explorer"]

REACH, STEP = 5, 0.05  # z runs from -REACH to REACH in steps of STEP
LOW, HIGH = -1.5, 2.5  # of the values shown
STEEPEST = (-0.25, 1.25)  # of the slopes shown
UNIT = 44  # length of 1 in the upper panel, along both axes, so that slopes are seen as they are
LEFT, TOP, GAP = 34, 20, 42
WIDTH = LEFT + 2 * REACH * UNIT + 6
SLOPES_HEIGHT = 120
DASHES = {"0": "", "1": "8 4"}


def activation_explorer(
    activations: Mapping[str, Activation], first: str, second: str | None = None, *, alt: str
) -> None:
    """Shows activation functions and their derivatives, one or two at a time (chapter 05).

    A point is dragged along z, or moved with the arrow keys; the tangent there, the value and the
    slope follow. The numbers are those of the layers, tabulated; the script computes none.

    Args:
        activations: name → a layer such as `dlcv.layers.Sigmoid()`.
        first: the function shown first.
        second: the one shown beside it; by default none.
        alt: what the figure shows.

    Raises:
        ValueError: a name that is not among `activations`, or an empty `alt`.
        TypeError: something that is no `Activation`.
    """
    alt = check_alt(alt)
    names = list(activations)
    for name, layer in activations.items():
        if not isinstance(layer, Activation):
            raise TypeError(f"activations: {name!r} is a {type(layer).__name__}, no Activation")
    for name in (first, second):
        if name not in names and not (name is None and first is not None):
            raise ValueError(f"first, second: {name!r} is none of {', '.join(names)}")
    places = round(2 * REACH / STEP)
    z = (torch.arange(places + 1, dtype=torch.float64) - places // 2) * STEP
    data = {
        "functions": [_tabulated(name, layer, z) for name, layer in activations.items()],
        "first": -REACH,
        "last": REACH,
        "step": STEP,
        "low": LOW,
        "high": HIGH,
        "steepest": STEEPEST,
        "start": [names.index(first), names.index(second) if second else -1],
        "z": 1.0,
        "alt": alt,
    }
    identity = root_id(data)
    script = ("activationExplorer", "activations.js")
    html = wrap("dlcv-explorer dlcv-activations", _body(names, alt), *script, data, identity)
    publish({"text/html": html, "text/plain": alt})


def _tabulated(name: str, layer: Activation, z: torch.Tensor) -> dict:
    def rounded(values: torch.Tensor) -> list[float]:
        return [round(value, 5) for value in values.tolist()]

    return {
        "name": name,
        "values": rounded(layer.function(z)),
        "slopes": rounded(layer.derivative(z)),
    }


def _body(names: list[str], alt: str) -> str:
    css = read_file("activations.css")
    options = "".join(
        f'<option value="{i}">{escape(name)}</option>' for i, name in enumerate(names)
    )
    one = f'<select data-one autocomplete="off" aria-label="first function">{options}</select>'
    none = '<option value="-1">none</option>'
    two = (
        f'<select data-two autocomplete="off" aria-label="second function">{none}{options}</select>'
    )
    rows = "".join(
        f'<tr data-which="{i}"><th scope="row">{_sign(i)}{field}</th>'
        "<td data-a></td><td data-slope></td></tr>"
        for i, field in enumerate((one, two))
    )
    return "\n".join(
        [
            f"<style>{css}</style>",
            '<div class="dlcv-body" hidden>',
            '<table class="dlcv-numbers"><caption>At <span data-z></span></caption><thead><tr>'
            '<th scope="col">function</th><th scope="col">σ(z)</th><th scope="col">σ′(z)</th>'
            f"</tr></thead><tbody>{rows}</tbody></table>",
            _drawing(alt),
            "</div>",
            "<noscript>This figure needs JavaScript.</noscript>",
        ]
    )


def _sign(which: int) -> str:
    """How the curve is drawn: full in blue, dashed in amber."""
    return (
        '<svg viewBox="0 0 24 8" width="24" height="8" aria-hidden="true">'
        f'<path d="M0,4H24" stroke="{COLORS[which]}" stroke-width="3" '
        f'stroke-dasharray="{DASHES[str(which)]}"/></svg>'
    )


def _drawing(alt: str) -> str:
    """Two panels under each other: the values above, the slopes below."""
    heights = {"values": round((HIGH - LOW) * UNIT), "slopes": SLOPES_HEIGHT}
    tops = {"values": TOP, "slopes": TOP + heights["values"] + GAP}
    height = tops["slopes"] + SLOPES_HEIGHT + 24
    parts = [
        f'<svg data-plot viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'tabindex="0" role="slider" aria-label="{escape(alt)}" aria-valuemin="{-REACH}" '
        f'aria-valuemax="{REACH}" aria-valuenow="0">'
    ]
    ranges = {"values": (LOW, HIGH, range(-1, 3)), "slopes": (*STEEPEST, (0, 0.5, 1))}
    titles = {"values": "the function σ(z)", "slopes": "its slope σ′(z)"}
    for kind, (low, high, marks) in ranges.items():
        parts.append(_text(LEFT, tops[kind] - 6, titles[kind], "start"))
        for mark in marks:
            y = tops[kind] + (high - mark) / (high - low) * heights[kind]
            parts.append(_text(LEFT - 6, y + 4.5, f"{mark:g}", "end"))
            parts.append(f'<path d="M{LEFT},{y:.1f}H{WIDTH - 6}" stroke="{LINE}"/>')
        parts.append(_panel(kind, tops[kind], heights[kind]))
    for mark in range(-4, 5, 2):
        parts.append(_text(LEFT + (mark + REACH) * UNIT, height - 6, f"{mark}", "middle"))
    parts.append(_text(WIDTH - 8, height - 6, "z", "end"))
    return "\n".join([*parts, "</svg>"])


def _text(x: float, y: float, words: str, anchor: str) -> str:
    words = words.replace("-", "−")
    style = f'fill="{SOFT_INK}" font-size="14" font-family="sans-serif" text-anchor="{anchor}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{words}</text>'


def _panel(kind: str, top: int, height: int) -> str:
    """A panel that cuts off what lies outside of it; the script draws into it."""
    parts = [
        f'<svg data-panel="{kind}" x="{LEFT}" y="{top}" width="{2 * REACH * UNIT}" '
        f'height="{height}" overflow="hidden">',
        f'<path class="dlcv-axes" stroke="{SOFT_INK}" fill="none"/>',
        f'<line class="dlcv-upright" y1="0" y2="{height}" stroke="{INK}" stroke-dasharray="2 4"/>',
    ]
    for which, dash in DASHES.items():
        paint = f'data-which="{which}" stroke="{COLORS[int(which)]}"'
        if kind == "values":
            parts.append(f'<line class="dlcv-tangent" {paint} stroke-width="5" opacity="0.4"/>')
        parts.append(
            f'<path class="dlcv-curve" {paint} stroke-width="3" fill="none" '
            f'stroke-dasharray="{dash}"/>'
        )
        parts.append(
            f'<circle class="dlcv-dot" data-which="{which}" r="7" fill="{COLORS[int(which)]}" '
            'stroke="#fff" stroke-width="2"/>'
        )
    return "\n".join([*parts, "</svg>"])
