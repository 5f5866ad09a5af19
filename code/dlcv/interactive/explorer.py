"""`explore`: one drawing function, a figure with controls in every place the book is read."""

import string
from collections.abc import Callable, Mapping, Sequence

from matplotlib.figure import Figure

from ..figures.display import check_alt, publish
from .controls import Control, frame_values, make_controls
from .frames import draw_figure, encode_frames
from .live import image_html, kernel_is_live, live_explorer
from .page import explore_html

__all__ = ["explore"]

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def explore(
    draw: Callable[..., Figure],
    *,
    alt: str | Callable[..., str],
    labels: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
    defaults: Mapping[str, object] | None = None,
    live_steps: Mapping[str, float] | None = None,
    **controls: Sequence,
) -> None:
    """Shows a figure with controls: live where a kernel runs, from frames on a static page.

    `explore(draw, sigma=[0.5, 1, 2], angle=range(0, 180, 15), alt="A blob, σ = {sigma}, …")` calls
    `draw(sigma=…, angle=…)` for every combination. One output carries both forms: HTML with all
    frames inside it, which needs no kernel and no network, and, where a kernel is live, ipywidgets
    that call `draw` again for any value. There is no PNG beside them: where neither a script nor a
    widget runs (GitHub's viewer, PDF), put a static figure beside this one.

    Numbers become sliders, strings a list, bools a box to tick. On the live slider floats are
    continuous, from the smallest to the largest value (on a log scale where they span two powers
    of ten); whole numbers go in the largest step that meets all of them.

    Args:
        draw: takes the controls' values by name and returns a figure, always of the same size.
        alt: what a frame shows: a format string that names every control, or a function that takes
            the values by name.
        labels: name → what stands before the control; by default the name.
        units: name → what stands after a value, its space included (`" px"`, `"°"`).
        defaults: name → the value shown first; by default the first one.
        live_steps: name → step of the live slider.
        **controls: name → its values, rising numbers, strings or bools; at most 64 combinations.

    Raises:
        ValueError: too many frames, too many bytes (500 kB), or arguments that do not fit together.
        TypeError: `draw` returned something that is not a figure.
    """
    items = make_controls(controls, labels or {}, units or {}, defaults or {}, live_steps or {})
    describe = _describer(alt, items)
    frames = frame_values(items)
    alts = [describe(values) for values in frames]
    if not isinstance(alt, str) and len(set(alts)) == 1:
        raise ValueError("alt: it says the same of every frame")
    figures = [draw_figure(draw, values) for values in frames]
    sources = encode_frames(figures)
    inches = figures[0].get_size_inches()
    size = (round(100 * inches[0]), round(100 * inches[1]))
    name = getattr(draw, "__qualname__", type(draw).__name__)
    first = frames.index({item.name: item.values[item.start] for item in items})
    data = {
        "text/html": explore_html(name, items, sources, alts, first, size),
        "text/plain": alts[first],
    }
    if kernel_is_live():
        view = live_explorer(draw, items, describe, image_html(sources[first], alts[first], inches))
        model = {"version_major": 2, "version_minor": 0, "model_id": view.model_id}
        data[WIDGET_VIEW] = model
    publish(data)


def _describer(alt: str | Callable[..., str], controls: Sequence[Control]) -> Callable[[dict], str]:
    """A function from values to a frame's text.

    Raises:
        ValueError: a format string that forgets a control: its text would not change with it.
    """
    if callable(alt):
        return lambda values: check_alt(alt(**values))
    check_alt(alt)
    fields = {field for _, field, _, _ in string.Formatter().parse(alt) if field}
    names = [control.name for control in controls]
    if fields != set(names):
        wanted = " and ".join(f"{{{name}}}" for name in names)
        raise ValueError(f"alt: a format string with {wanted} and no other was wanted, not {alt!r}")
    return lambda values: check_alt(alt.format(**values))
