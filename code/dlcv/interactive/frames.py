"""The frames of `explore`: figures as small pictures inside the page."""

import base64
import io
from collections.abc import Callable, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from PIL import Image, ImageChops

from ..figures.display import to_image

__all__ = ["data_uri", "draw_figure", "encode_frames", "smallest"]

LARGEST_PAGE = 500_000  # bytes of one figure's HTML
OVERHEAD = 12_000  # bytes for its style, script and texts
SMALL = 12_000  # bytes up to which an image is stored without any loss
LEVELS = [(150, 82), (125, 78), (100, 74)]  # dots an inch, quality of a photo; from fine to coarse


def draw_figure(draw: Callable[..., Figure], values: dict) -> Figure:
    """Calls `draw(**values)` and takes the figure out of pyplot's hands.

    Raises:
        TypeError: it returned something that is not a figure.
    """
    fig = draw(**values)
    if not isinstance(fig, Figure):
        raise TypeError(f"draw: a matplotlib Figure was wanted, not {type(fig).__name__}")
    plt.close(fig)
    return fig


def encode_frames(figures: Sequence[Figure]) -> list[str]:
    """Encodes figures of one size so that all of them together fit into a page.

    The finest of three levels that fits is taken.

    Returns:
        A `data:` address for each figure.

    Raises:
        ValueError: the sizes differ, or even the coarsest level is too large.
    """
    sizes = {tuple(fig.get_size_inches()) for fig in figures}
    if len(sizes) > 1:
        raise ValueError(f"draw: every figure must have the same size, not {sorted(sizes)} inches")
    room = LARGEST_PAGE - OVERHEAD
    for dpi, quality in LEVELS:
        frames, total = [], 0
        for fig in figures:
            frames.append(data_uri(smallest(to_image(fig, dpi), quality)))
            total += len(frames[-1])
            if total > room:
                break
        else:
            return frames
    size = total / len(frames) / 1000
    raise ValueError(
        f"explore: {len(figures)} frames of about {size:.0f} kB do not fit into "
        f"{LARGEST_PAGE // 1000} kB: give a control fewer values, or make the figure smaller "
        "or plainer"
    )


def smallest(image: Image.Image, quality: int) -> bytes:
    """The smaller of two WebP files: few colors without loss, and all colors with loss.

    The first suits drawings, the second photos. WebP without loss was always smaller than a PNG
    with the same colors. Where both would change many pixels (bands in a smooth gradient), an
    image that is small without any loss is stored as it is.
    """
    files = [_webp(image, quality=quality)]
    for colors in (64, 128, 256):
        few = image.quantize(colors, dither=Image.Dither.NONE).convert("RGB")
        if _share_off_by(32, image, few) < 0.0005:
            files.append(_webp(few, lossless=True, quality=50))
            break
    best = min(files, key=len)
    with Image.open(io.BytesIO(best)) as stored:
        changed = _share_off_by(4, image, stored.convert("RGB"))
    exact = _webp(image, lossless=True, quality=50) if changed > 0.1 else b""
    return exact if 0 < len(exact) <= SMALL else best


def _share_off_by(levels: int, image: Image.Image, other: Image.Image) -> float:
    """The share of pixels in which a channel differs by more than so many levels of 255."""
    difference = np.asarray(ImageChops.difference(image, other)).max(axis=2)  # (H, W)
    return float((difference > levels).mean())


def data_uri(webp: bytes) -> str:
    """The file as an address that a page can show without fetching anything."""
    return "data:image/webp;base64," + base64.b64encode(webp).decode("ascii")


def _webp(image: Image.Image, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format="webp", method=4, **options)
    return buffer.getvalue()
