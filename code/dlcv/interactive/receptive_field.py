"""What one output sees through a stack of layers, in one dimension: plain JavaScript."""

from html import escape

from ..figures.display import check_alt, publish
from .page import read_file, root_id, wrap

__all__ = ["receptive_field_explorer"]

#: name: (what it is, smallest, largest)
CONTROLS = {
    "layers": ("layers", 1, 5),
    "F": ("side of each filter", 1, 5),
    "S": ("stride of each layer", 1, 2),
    "D": ("dilation of each layer", 1, 3),
}


def receptive_field_explorer(
    layers: int = 3,
    kernel_size: int = 3,
    stride: int = 1,
    dilation: int = 1,
    *,
    doubling: bool = False,
    alt: str,
) -> None:
    """Shows a row of pixels, the layers above it, and all that one output depends on. Chapter 10.

    Number of layers, filter, stride and dilation can be set, and the output chosen with the mouse
    or the arrow keys. Bars below the pixels count the paths from each of them to the output: with
    weights of 1, these are the derivatives. All of it is JavaScript inside the output.

    Args:
        layers: how many, from 1 to 5.
        kernel_size: side of each filter, F, from 1 to 5.
        stride: of each layer, 1 or 2.
        dilation: of each layer, from 1 to 3.
        doubling: whether the dilation doubles from layer to layer.
        alt: what the figure shows.

    Raises:
        ValueError: a number out of its range, or an empty `alt`.
    """
    alt = check_alt(alt)
    start = dict(zip(CONTROLS, (layers, kernel_size, stride, dilation), strict=True))
    for value, (name, low, high) in zip(start.values(), CONTROLS.values(), strict=True):
        if not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"{name}: {low} to {high} was wanted, not {value!r}")
    data = {"start": start, "doubling": bool(doubling), "alt": alt}
    script = ("receptiveField", "receptive_field.js")
    html = wrap("dlcv-explorer dlcv-field", _body(start, alt), *script, data, root_id(data))
    publish({"text/html": html, "text/plain": alt})


def _body(start: dict[str, int], alt: str) -> str:
    css = read_file("receptive_field.css")
    return "\n".join(
        [
            f"<style>{css}</style>",
            '<div class="dlcv-body" hidden>',
            '<div class="dlcv-settings" role="group" aria-label="Layers">',
            *(_control(symbol, start[symbol]) for symbol in CONTROLS),
            '<label><span>doubling the dilation</span><input type="checkbox" data-doubling '
            'autocomplete="off"></label>',
            "</div>",
            f'<svg data-drawing tabindex="0" role="slider" aria-label="{escape(alt)} The output is '
            'chosen with the arrow keys." aria-valuemin="0" aria-valuemax="0" aria-valuenow="0">'
            "</svg>",
            '<p class="dlcv-terms" role="status" data-terms></p>',
            "</div>",
            "<noscript>This figure needs JavaScript; the picture beside it does not.</noscript>",
        ]
    )


def _control(symbol: str, value: int) -> str:
    name, low, high = CONTROLS[symbol]
    text = name if symbol == "layers" else f"<i>{symbol}</i>, {name}"
    return (
        f'<label><span>{text}</span><input type="range" min="{low}" max="{high}" step="1" '
        f'value="{value}" data-set="{symbol}" autocomplete="off">'
        f'<span class="dlcv-value" aria-hidden="true" data-value="{symbol}">{value}</span></label>'
    )
