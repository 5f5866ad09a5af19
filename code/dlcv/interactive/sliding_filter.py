"""A filter slid over a padded input, with every number: in plain JavaScript, no kernel needed."""

from html import escape

import numpy as np

from ..figures.display import check_alt, publish
from ..layers import output_size
from .page import read_file, root_id, wrap

__all__ = ["sliding_filter"]

#: symbol: (what it is, smallest, largest)
CONTROLS = {
    "N": ("side of the input", 3, 10),
    "F": ("side of the filter", 1, 5),
    "S": ("stride", 1, 4),
    "P": ("padding", 0, 2),
    "D": ("dilation", 1, 3),
}


def sliding_filter(
    size: int = 7,
    kernel_size: int = 3,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
    *,
    channels: tuple[int, int] = (3, 16),
    alt: str,
) -> None:
    """Shows a window that moves over a small input, the sum behind each output, and the cost.

    Chapter 10. Side of the input, filter, stride, padding and dilation can be set; the window moves
    with buttons, the mouse or the arrow keys, or plays by itself. Where the filter does not fit,
    the sentence of `layers.output_size` stands in place of the output. All of it is JavaScript
    inside the output: it works without a kernel and without a network.

    Args:
        size: side of the input, N, from 3 to 10.
        kernel_size: side of the filter, F, from 1 to 5.
        stride: from 1 to 4.
        padding: zeros around the input, from 0 to 2.
        dilation: from 1 to 3.
        channels: (in, out) of the layer whose cost is told beside that of the one filter shown.
        alt: what the figure shows.

    Raises:
        ValueError: a number out of its range, or an empty `alt`.
    """
    alt = check_alt(alt)
    values = (size, kernel_size, stride, padding, dilation)
    start = dict(zip(CONTROLS, values, strict=True))
    for (symbol, value), (name, low, high) in zip(start.items(), CONTROLS.values(), strict=True):
        if not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"{name} {symbol}: {low} to {high} was wanted, not {value!r}")
    if len(channels) != 2 or not all(isinstance(c, int) and c > 0 for c in channels):
        raise ValueError(f"channels: two whole numbers above 0 were wanted, not {channels!r}")
    data = {
        "pixels": picture().tolist(),
        "start": start,
        "channels": list(channels),
        "alt": alt,
    }
    script = ("slidingFilter", "sliding_filter.js")
    html = wrap("dlcv-explorer dlcv-sliding", _body(start, alt), *script, data, root_id(data))
    publish({"text/html": html, "text/plain": alt})


def picture() -> np.ndarray:
    """The largest input, (10, 10) of whole numbers: dark on the left, bright on the right."""
    pixels = np.random.default_rng(10).integers(0, 3, (10, 10))
    pixels[:, 4:] += 6
    pixels[1, 1] = 9  # a lone bright pixel
    return pixels


def weights(kernel_size: int) -> np.ndarray:
    """The filter, (F, F): right side minus left side; the script lays out the same."""
    columns = np.sign(2 * np.arange(kernel_size) - (kernel_size - 1))
    return np.tile(columns if kernel_size > 1 else [1], (kernel_size, 1))


def sentence(N: int, F: int, S: int, P: int, D: int) -> str:
    """Why this filter does not fit, in the words of `layers.output_size`; empty where it fits."""
    try:
        output_size(N, F, S, P, D)
    except ValueError as error:
        return str(error)
    return ""


def _body(start: dict[str, int], alt: str) -> str:
    css = read_file("sliding_filter.css")
    slider = (
        'tabindex="0" role="slider" aria-label="Window, moved with the arrow keys" '
        'aria-valuemin="0" aria-valuemax="0" aria-valuenow="0"'
    )
    buttons = {"back": "Back", "next": "Next", "play": "Play", "first": "Start"}
    return "\n".join(
        [
            f"<style>{css}</style>",
            '<div class="dlcv-body" hidden>',
            '<div class="dlcv-settings" role="group" aria-label="Sizes">',
            *(_control(symbol, start[symbol]) for symbol in CONTROLS),
            "</div>",
            '<div class="dlcv-grids">',
            f"<figure><figcaption>input, padded</figcaption><svg data-input {slider}></svg>"
            "</figure>",
            '<div class="dlcv-right">',
            '<figure><figcaption>filter</figcaption><svg data-filter role="img"></svg></figure>',
            f'<figure><figcaption>output</figcaption><svg data-output role="img" '
            f'aria-label="{escape(alt)}"></svg><p class="dlcv-refused" data-refused></p></figure>',
            "</div>\n</div>",
            '<div class="dlcv-buttons" role="group" aria-label="Steps">',
            *(f'<button type="button" data-{k}>{text}</button>' for k, text in buttons.items()),
            "</div>",
            '<p class="dlcv-terms" role="status" data-terms></p>',
            '<p class="dlcv-cost" data-cost></p>',
            "</div>",
            "<noscript>This figure needs JavaScript; the picture beside it does not.</noscript>",
        ]
    )


def _control(symbol: str, value: int) -> str:
    name, low, high = CONTROLS[symbol]
    return (
        f'<label><span><i>{symbol}</i>, {name}</span><input type="range" min="{low}" max="{high}" '
        f'step="1" value="{value}" data-set="{symbol}" autocomplete="off">'
        f'<span class="dlcv-value" aria-hidden="true" data-value="{symbol}">{value}</span></label>'
    )
