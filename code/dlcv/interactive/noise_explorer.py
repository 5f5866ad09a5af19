"""A row of a photo with noise, and its derivative: how much smoothing brings outlines back?"""

import base64
from html import escape

import numpy as np
import torch

from ..figures.display import check_alt, publish
from ..figures.style import COLORS, INK, LINE, SOFT_INK, tint
from .kernel_editor import checked_picture
from .page import read_file, root_id, wrap

__all__ = ["noise_explorer"]

LARGEST, SMALLEST = 128, 40  # pixels a side; the widest bell reaches 32 pixels to each side
WIDTH, TOP, PANEL, GAP = 440, 24, 120, 30  # the drawing, in its own units
DRAWS = 5  # of the noise
MOST_NOISE, WIDEST = 0.3, 8
LETTERS = f'font-size="14" font-family="sans-serif" fill="{SOFT_INK}"'


def noise_explorer(
    image: np.ndarray | torch.Tensor,
    row: int,
    *,
    noise: float = 0.1,
    sigma: float = 0,
    alt: str,
) -> None:
    """Shows a row of a photo, the same with noise, and the derivative of both (chapter 03).

    The reader picks the row in the photo, and sets the noise and the width σ of a Gaussian that
    smooths the row before [−1 0 1] / 2 is laid on it. A band shows what the noise alone would make
    of a flat row, by the noise gain of both kernels together. All of it is JavaScript inside the
    output: it works without a kernel and without a network.

    Args:
        image: (H, W), uint8; 40 to 128 pixels a side. Shown and computed as numbers in [0, 1].
        row: the row shown first.
        noise: the noise's standard deviation at first, from 0 to 0.3.
        sigma: σ at first, in pixels, from 0 (no smoothing) to 8.
        alt: what the figure shows; the state is added to it as it changes.

    Raises:
        ValueError: a shape or a value that does not fit, or an empty `alt`.
    """
    alt, image = check_alt(alt), checked_picture(image, LARGEST)
    height, width = image.shape
    if min(height, width) < SMALLEST:
        raise ValueError(f"image: at least {SMALLEST} pixels a side, not {image.shape}")
    for name, value, most in (
        ("row", row, height - 1),
        ("noise", noise, MOST_NOISE),
        ("sigma", sigma, WIDEST),
    ):
        if not 0 <= value <= most:
            raise ValueError(f"{name}: a number from 0 to {most} was wanted, not {value!r}")
    draws = np.random.default_rng(0).standard_normal((DRAWS, width))
    data = {
        "pixels": base64.b64encode(image.tobytes()).decode("ascii"),
        "height": height,
        "width": width,
        "draws": draws.round(2).tolist(),
        "row": row,
        "panels": [[TOP, PANEL], [TOP + PANEL + GAP, PANEL]],
        "alt": alt,
    }
    body = _body(data, noise, sigma)
    html = wrap(
        "dlcv-explorer dlcv-noise", body, "noiseExplorer", "noise_explorer.js", data, root_id(data)
    )
    publish({"text/html": html, "text/plain": alt})


def _body(data: dict, noise: float, sigma: float) -> str:
    css = read_file("noise_explorer.css")
    slider = (
        'tabindex="0" role="slider" aria-label="Row of the photo, moved with the arrow keys" '
        f'aria-valuemin="0" aria-valuemax="{data["height"] - 1}" aria-valuenow="{data["row"]}"'
    )
    size = f'width="{data["width"]}" height="{data["height"]}"'
    return "\n".join(
        [
            f"<style>{css}</style>",
            '<div class="dlcv-body" hidden>',
            f"<canvas {size} {slider}></canvas>",
            _drawing(data["alt"]),
            '<div class="dlcv-controls" role="group" aria-label="Noise and smoothing">',
            _slider("noise", "noise", noise, MOST_NOISE, 0.01),
            _slider("σ", "sigma", sigma, WIDEST, 0.1),
            '<button type="button" data-again>Draw the noise again</button></div>',
            '<p class="dlcv-summary" role="status"></p></div>',
            "<noscript>This figure needs JavaScript.</noscript>",
        ]
    )


def _slider(label: str, name: str, value: float, most: float, step: float) -> str:
    return (
        f'<label><span>{label}</span><input type="range" min="0" max="{most}" step="{step}" '
        f'value="{value:g}" data-{name} autocomplete="off">'
        f'<span class="dlcv-value" aria-hidden="true"></span></label>'
    )


def _drawing(alt: str) -> str:
    """Two panels, the row and its derivative; the script puts the curves into them."""
    lower = TOP + PANEL + GAP
    height, middle = lower + PANEL + 6, lower + PANEL // 2
    blue = f'<tspan fill="{COLORS[0]}">'
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" '
        f'aria-label="{escape(alt)}">',
        _frame(TOP, f"a row of the photo, with noise, and {blue}smoothed</tspan>"),
        _curve("noisy", COLORS[8], 1),
        _curve("smooth", COLORS[0], 2),
        _frame(lower, f"the derivative, {blue}with noise</tspan> and without; band: noise alone"),
        f'<rect data-band x="1" width="{WIDTH - 2}" fill="{tint(COLORS[1], 0.3)}"/>',
        f'<path d="M1,{middle}h{WIDTH - 2}" stroke="{LINE}"/>',
        _curve("clean", INK, 1.5),
        _curve("slope", COLORS[0], 2),
        2 * f'<text data-limit x="{WIDTH - 4}" text-anchor="end" {LETTERS}></text>',
        f'<path data-found fill="none" stroke="{COLORS[4]}" stroke-width="2" '
        'stroke-dasharray="5 4"/></svg>',
    ]
    return "\n".join(parts)


def _frame(top: int, text: str) -> str:
    box = f'x="1" y="{top}" width="{WIDTH - 2}" height="{PANEL}"'
    return (
        f'<text x="2" y="{top - 8}" {LETTERS}>{text}</text>'
        f'<rect {box} fill="none" stroke="{LINE}"/>'
    )


def _curve(name: str, color: str, width: float) -> str:
    paint = f'fill="none" stroke="{color}" stroke-width="{width}" stroke-linejoin="round"'
    return f'<polyline data-curve="{name}" {paint}/>'
