"""Puts a figure into a notebook's output: one PNG with its alternative text, then closes it."""

import base64
import io
import textwrap

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

__all__ = [
    "as_array",
    "check_alt",
    "headline",
    "numbers",
    "publish",
    "show",
    "start",
    "to_image",
    "to_png",
]

LARGEST_PNG = 150_000  # bytes


def show(fig: Figure, *, alt: str) -> None:
    """Displays a figure with its alternative text and closes it.

    The text is stored in the output's metadata, under `image/png`, where the site's builder and
    nbconvert look for it, and a second time as the output's plain text. Outside IPython nothing is
    displayed; the figure is closed all the same.

    Args:
        fig: a matplotlib figure.
        alt: what the figure shows, for a reader who cannot see it.

    Raises:
        ValueError: `alt` is empty.
        TypeError: `fig` is not a figure.
    """
    if not isinstance(fig, Figure):
        raise TypeError(f"fig: a matplotlib Figure was wanted, not {type(fig).__name__}")
    alt = check_alt(alt)
    try:
        png, (width, height) = to_png(fig)
    finally:
        plt.close(fig)
    data = {"image/png": base64.b64encode(png).decode("ascii"), "text/plain": alt}
    publish(data, {"image/png": {"alt": alt, "width": width, "height": height}})


def as_array(values) -> np.ndarray:
    """Numbers of any kind as an array on the CPU; bfloat16, which NumPy lacks, as float32."""
    values = torch.as_tensor(values).detach().cpu()
    return (values.float() if values.dtype == torch.bfloat16 else values).numpy()


def numbers(values) -> np.ndarray:
    """`values`, a sequence or a tensor on any device, as a float64 array."""
    values = as_array(values) if isinstance(values, torch.Tensor) else values
    return np.asarray(values, dtype=np.float64)


def publish(data: dict, metadata: dict | None = None) -> None:
    """Sends one output to IPython; does nothing where there is no IPython shell.

    Args:
        data: content by MIME type.
        metadata: metadata by MIME type.
    """
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.display import display

    if InteractiveShell.initialized():
        display(data, raw=True, metadata=metadata or {})


def check_alt(alt: str | None) -> str:
    """Returns the alternative text without spaces around it.

    Raises:
        ValueError: it is missing or empty.
    """
    if not isinstance(alt, str) or not alt.strip():
        raise ValueError(f"alt: one or two sentences that say what the figure shows, not {alt!r}")
    return alt.strip()


def headline(title: str | None) -> str:
    """A title broken into lines that fit a figure's width."""
    return textwrap.fill(title, 56) if title else ""


def start(ax, alt: str | None, size: tuple[float, float] | None = None):
    """The first line of every function that draws into `ax` or else into a figure of its own.

    Returns:
        `(ax, finish)`: where to draw, and what to call at the end. For axes that were given,
        `finish` does nothing; for a new figure, it shows the figure.
    """
    if ax is not None:
        return ax, lambda: None
    check_alt(alt)  # before the work, not after it
    fig, ax = plt.subplots(figsize=size)
    return ax, lambda: show(fig, alt=alt)


def to_png(fig: Figure) -> tuple[bytes, tuple[int, int]]:
    """Draws a figure as an opaque PNG of at most 150 kB where that can be had.

    A palette of 256 colors is used where nobody can see it, as in most plots. A figure that would
    be too heavy gets one all the same, then also fewer dots an inch.

    Returns:
        The file's bytes, and the width and height in pixels at which it is to be shown.
    """
    for dpi in (200, 150, 110):
        image = to_image(fig, dpi)
        few_colors = image.quantize(256, dither=Image.Dither.NONE)
        png = _encoded(few_colors if _looks_the_same(image, few_colors) else image)
        if len(png) > LARGEST_PNG:
            png = _encoded(few_colors)
        if len(png) <= LARGEST_PNG:
            break
    width, height = fig.get_size_inches()
    return png, (round(100 * width), round(100 * height))


def to_image(fig: Figure, dpi: float) -> Image.Image:
    """Draws a figure as an RGB image, on white where it is transparent."""
    fig.set_dpi(dpi)
    canvas = FigureCanvasAgg(fig)
    canvas.draw()
    drawn = Image.fromarray(np.asarray(canvas.buffer_rgba()))  # (H, W, 4)
    page = Image.new("RGBA", drawn.size, "white")
    return Image.alpha_composite(page, drawn).convert("RGB")


def _looks_the_same(image: Image.Image, few_colors: Image.Image) -> bool:
    """Whether 399 of 400 bytes have moved by less than 10 of 255.

    So it is for lines and text; the soft shades of a photograph would turn into steps.
    """
    difference = np.subtract(image, few_colors.convert("RGB"), dtype=np.int16)  # (H, W, 3)
    return float(np.mean(np.abs(difference) > 9)) < 0.0025


def _encoded(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    # Trying every way to pack true colors is slow, and gains little.
    image.save(buffer, format="png", optimize=image.mode == "P")
    return buffer.getvalue()
