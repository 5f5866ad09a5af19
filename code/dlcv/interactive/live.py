"""The live form of `explore`: ipywidgets that draw again whenever a value changes."""

import math
from collections.abc import Callable, Sequence
from html import escape

from ..figures.display import to_image
from .controls import Control
from .frames import LEVELS, data_uri, draw_figure, smallest

__all__ = ["kernel_is_live", "live_explorer"]


def kernel_is_live() -> bool:
    """Whether a Jupyter kernel runs this code and ipywidgets can be had."""
    from IPython import get_ipython

    if getattr(get_ipython(), "kernel", None) is None:
        return False
    try:
        import ipywidgets  # noqa: F401
    except ImportError:
        return False
    return True


def live_explorer(
    draw: Callable, controls: Sequence[Control], alt: Callable[[dict], str], picture: str
):
    """Builds the widget: controls above a picture.

    Args:
        draw: the drawing function.
        controls: the controls.
        alt: gives the text for a dictionary of values.
        picture: the first picture's HTML, so that nothing is drawn twice.

    Returns:
        A `VBox`: the controls in order, then an `HTML` widget that holds the picture.
    """
    import ipywidgets as widgets

    fields = {control.name: _field(control) for control in controls}
    view = widgets.HTML(picture)

    def redraw(_change) -> None:
        values = {name: field.value for name, field in fields.items()}
        try:
            view.value = picture_html(draw, values, alt(values))
        except Exception as error:  # the reader sees it; the sliders go on working
            view.value = f"<pre>{escape(type(error).__name__)}: {escape(str(error))}</pre>"

    for field in fields.values():
        field.observe(redraw, names="value")
    return widgets.VBox([*fields.values(), view], layout={"max_width": "680px"})


def picture_html(draw: Callable, values: dict, alt: str) -> str:
    """Draws one figure and returns it as an `<img>`."""
    fig = draw_figure(draw, values)
    dpi, quality = LEVELS[0]
    source = data_uri(smallest(to_image(fig, dpi), quality))
    return image_html(source, alt, fig.get_size_inches())


def image_html(source: str, alt: str, inches: Sequence[float]) -> str:
    """An `<img>` as wide as its column at most."""
    width = round(100 * inches[0])
    style = f"width:{width}px;max-width:100%;height:auto;background:#fff"
    return f'<img src="{source}" alt="{escape(alt)}" style="{style}">'


def _field(control: Control):
    """The widget for one control: numbers become sliders over the whole range between them."""
    import ipywidgets as widgets

    name = f"{control.label} [{control.unit.strip()}]" if control.unit.strip() else control.label
    common = {
        "value": control.values[control.start],
        "description": name,
        "style": {"description_width": "initial"},
    }
    if control.kind == "switch":
        return widgets.Checkbox(indent=False, **common)
    if control.kind == "choice":
        return widgets.Dropdown(options=control.values, **common)
    common["layout"] = {"width": "95%"}
    low, high = control.values[0], control.values[-1]
    if all(type(v) is int for v in control.values) and type(control.live_step) is int:
        return widgets.IntSlider(min=low, max=high, step=control.live_step, **common)
    common["value"], common["readout_format"] = float(common["value"]), ".3g"
    if control.live_step is None and low > 0 and high / low >= 100:
        low, high = math.log10(low), math.log10(high)
        return widgets.FloatLogSlider(min=low, max=high, step=(high - low) / 100, **common)
    step = control.live_step or (high - low) / 100
    return widgets.FloatSlider(min=low, max=high, step=step, **common)
