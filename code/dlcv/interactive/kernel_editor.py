"""A kernel to type and a picture filtered by it: in plain JavaScript, no kernel process needed."""

import base64
from collections.abc import Sequence
from html import escape

import numpy as np
import torch
from PIL import Image

from ..figures.display import check_alt, publish
from ..filters import correlate2d
from .frames import data_uri, smallest
from .page import read_file, root_id, wrap

__all__ = ["PRESETS", "filter_walk", "kernel_editor"]

#: name: (weights, divisor). Weights are laid on the picture as they stand (correlation).
PRESETS = {
    "identity": ([[0, 0, 0], [0, 1, 0], [0, 0, 0]], 1),
    "shift": ([[0, 0, 0], [0, 0, 1], [0, 0, 0]], 1),
    "box 3 × 3": ([[1] * 3] * 3, 9),
    "box 5 × 5": ([[1] * 5] * 5, 25),
    "binomial 5 × 5": (np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]).tolist(), 256),
    "sharpen": ([[0, -1, 0], [-1, 5, -1], [0, -1, 0]], 1),
    "difference in x": ([[0, 0, 0], [-1, 0, 1], [0, 0, 0]], 2),
    "Sobel, x": ([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], 1),
    "Sobel, y": ([[-1, -2, -1], [0, 0, 0], [1, 2, 1]], 1),
    "Laplacian": ([[0, 1, 0], [1, -4, 1], [0, 1, 0]], 1),
    "emboss": ([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]], 1),
}
BORDERS = {
    "zero": "zero",
    "wrap": "wrap around",
    "replicate": "replicate the edge",
    "reflect": "reflect",
}
SHOWN = {
    "clipped": "as it is, clipped",
    "signed": "signed: orange below 0, blue above",
    "stretched": "stretched: least black, most white",
}
LARGEST = 128  # pixels a side
SIDE = 384  # pixels of a drawing's longer side


def kernel_editor(
    image: np.ndarray | torch.Tensor,
    weights: Sequence[Sequence[float]] = PRESETS["box 3 × 3"][0],
    divisor: float = 9,
    *,
    border: str = "reflect",
    alt: str,
) -> None:
    """Shows a photo beside the photo filtered by a kernel that the reader types (chapter 03).

    Every weight can be typed, or a known kernel chosen; a window that is moved with the mouse or
    the arrow keys shows the sum behind one output pixel. All of it is JavaScript inside the output.
    Where no script runs, the two pictures for the first kernel are shown.

    Args:
        image: (H, W), uint8; at most 128 pixels a side. Shown and computed as numbers in [0, 1].
        weights: rows of a 3 × 3 or 5 × 5 kernel, laid on the picture as they stand (correlation).
        divisor: every weight is divided by it.
        border: what lies beyond the edge: "zero", "wrap", "replicate" or "reflect".
        alt: what the figure shows.

    Raises:
        ValueError: a shape, a value or a name that does not fit, or an empty `alt`.
    """
    _publish(image, weights, divisor, border, alt, walk=False)


def filter_walk(
    image: np.ndarray | torch.Tensor,
    weights: Sequence[Sequence[float]] = PRESETS["box 3 × 3"][0],
    divisor: float = 9,
    *,
    alt: str,
) -> None:
    """Shows a window on a few large pixels with their numbers, and what lands in the output.

    The output fills up row by row as the reader moves the window (chapter 03). Beyond the edge the
    picture is zero.

    Args:
        image: (H, W), uint8; at most 16 pixels a side. Computed with as it is, from 0 to 255.
        weights: rows of a 3 × 3 or 5 × 5 kernel.
        divisor: every weight is divided by it.
        alt: what the figure shows.

    Raises:
        ValueError: a shape or a value that does not fit, or an empty `alt`.
    """
    _publish(image, weights, divisor, "zero", alt, walk=True)


def _publish(image, weights, divisor, border: str, alt: str, walk: bool) -> None:
    alt = check_alt(alt)
    image = checked_picture(image, 16 if walk else LARGEST)
    kernel = np.asarray(weights, dtype=float)
    if kernel.shape not in ((3, 3), (5, 5)) or not np.isfinite(kernel).all():
        raise ValueError(f"weights: finite, 3 × 3 or 5 × 5, were wanted, not {kernel.shape}")
    if not np.isfinite(divisor) or divisor == 0:
        raise ValueError(f"divisor: a finite number other than 0 was wanted, not {divisor!r}")
    if border not in BORDERS:
        raise ValueError(f"border: one of {sorted(BORDERS)} was wanted, not {border!r}")
    height, width = image.shape
    unit, white = (1, max(int(image.max()), 1)) if walk else (1 / 255, 1)
    presets = PRESETS.items()
    data = {
        "pixels": base64.b64encode(image.tobytes()).decode("ascii"),
        "height": height,
        "width": width,
        "unit": unit,
        "white": white,
        "weights": [[int(w) if w == int(w) else w for w in row] for row in kernel.tolist()],
        "divisor": divisor,
        "presets": [{"name": n, "weights": w, "divisor": d} for n, (w, d) in presets],
        "border": border,
        "walk": walk,
        "probe": [1, 1] if walk else [height // 2, width // 2],
        "alt": alt,
    }
    filtered = correlate2d(image * unit, kernel / divisor, border)  # (H, W)
    picture = _picture(image * unit / white, filtered / white, alt)
    body = picture + _body(data)
    identity = root_id(data)
    script = ("kernelEditor", "kernel_editor.js")
    kind = "dlcv-explorer dlcv-kernel" + " dlcv-walk" * walk
    html = wrap(kind, body, *script, data, identity)
    publish({"text/html": html, "text/plain": alt})


def checked_picture(image, largest: int) -> np.ndarray:
    """The picture as contiguous uint8 (H, W), from 3 to `largest` pixels a side."""
    image = np.asarray(image.detach().cpu() if isinstance(image, torch.Tensor) else image)
    if image.ndim != 2 or not all(3 <= side <= largest for side in image.shape):
        raise ValueError(f"image: (H, W) from 3 to {largest} was wanted, not {image.shape}")
    if image.dtype != np.uint8:
        raise ValueError(f"image: uint8 from 0 to 255 was wanted, not {image.dtype}")
    return np.ascontiguousarray(image)


def _picture(before: np.ndarray, after: np.ndarray, alt: str) -> str:
    """Both pictures side by side as one image, for where no script runs."""
    gap = np.ones((len(before), max(1, before.shape[1] // 32)))
    both = np.clip(np.hstack([before, gap, after]), 0, 1)  # (H, 2 W + gap)
    picture = Image.fromarray(np.rint(255 * both).astype(np.uint8)).convert("RGB")
    times = max(1, round(2 * SIDE / picture.width))
    size = (picture.width * times, picture.height * times)
    source = data_uri(smallest(picture.resize(size, Image.Resampling.NEAREST), 82))
    return (
        f'<img data-static src="{source}" alt="{escape(alt)}" width="{size[0]}" height="{size[1]}">'
    )


def _body(data: dict) -> str:
    times = SIDE / max(data["height"], data["width"])
    size = f'width="{round(times * data["width"])}" height="{round(times * data["height"])}"'
    last = data["height"] * data["width"] - 1
    css = read_file("kernel_editor.css")
    slider = (
        'tabindex="0" role="slider" aria-label="Window, moved with the arrow keys" '
        f'aria-valuemin="0" aria-valuemax="{last}" aria-valuenow="0"'
    )
    return "\n".join(
        [
            f"<style>{css}</style>",
            '<div class="dlcv-body" hidden>',
            '<div class="dlcv-pictures">',
            f"<figure><figcaption>picture</figcaption><canvas data-before {size} {slider}>"
            "</canvas></figure>",
            f"<figure><figcaption>output, <span data-range></span></figcaption>"
            f'<canvas data-after {size} role="img" aria-label="{escape(data["alt"])}">'
            "</canvas></figure></div>",
            '<p class="dlcv-terms" role="status" data-terms></p>',
            _weights(data["walk"]),
            f'<div class="dlcv-choices"{" hidden" * data["walk"]} role="group" '
            'aria-label="Kernel and border">',
            _choices(data),
            "</div>\n</div>",
            "<noscript>To change the kernel, this figure needs JavaScript.</noscript>",
        ]
    )


def _weights(hidden: bool) -> str:
    """A table of 5 × 5 fields to type in; the script hides the outer ones of a 3 × 3 kernel."""
    rows = []
    for k in range(5):
        fields = "".join(
            f'<td><input type="number" step="any" data-weight="{k},{column}" autocomplete="off" '
            f'aria-label="weight {_offset(k)} {_offset(column, "left", "right")}"></td>'
            for column in range(5)
        )
        rows.append(f'<tr data-line="{k}">{fields}</tr>')
    return (
        f'<div class="dlcv-weights"{" hidden" * hidden}><table role="presentation"><tbody>'
        f"{''.join(rows)}</tbody></table>"
        '<label>divided by <input type="number" step="any" data-divisor autocomplete="off"></label>'
        "</div>"
    )


def _offset(index: int, before: str = "up", after: str = "down") -> str:
    """Where a field lies from the kernel's center: "1 up", "2 right", "0 across"."""
    move = index - 2
    if move == 0:
        return "center row," if before == "up" else "center column"
    return f"{abs(move)} {before if move < 0 else after}" + ("," if before == "up" else "")


def _choices(data: dict) -> str:
    names = [preset["name"] for preset in data["presets"]]
    presets = {str(i): name for i, name in enumerate([*names, "my own"])}
    return "\n".join(
        [
            _select("kernel", "preset", presets),
            _select("size", "size", {"3": "3 × 3", "5": "5 × 5"}),
            _select("border", "border", BORDERS),
            _select("shown", "shown", SHOWN),
            '<label><span>flip</span><input type="checkbox" data-flip autocomplete="off"> '
            "<span>convolution (kernel turned by 180°)</span></label>",
        ]
    )


def _select(label: str, name: str, options: dict[str, str]) -> str:
    items = "".join(
        f'<option value="{key}">{escape(text)}</option>' for key, text in options.items()
    )
    field = f'<select data-{name} autocomplete="off">{items}</select>'
    return f"<label><span>{label}</span>{field}</label>"
