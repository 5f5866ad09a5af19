"""Pictures of pictures: grids of images, and weights shown as images."""

import math
from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from .display import as_array, check_alt, headline, show
from .style import DIVERGING, LINE, SOFT_INK

__all__ = ["image_grid", "show_images", "show_templates", "template_grid"]

WIDTH = 6.4  # inches: the width of a column of text
GAP = 0.08  # between two images, as a part of an image's width


def show_images(
    images,
    titles: Sequence[str] | None = None,
    *,
    alt: str,
    columns: int | None = None,
    scale: str | tuple[float, float] | None = None,
    title: str | None = None,
) -> None:
    """Shows images in a grid; the same arguments as `image_grid`, and the text `alt`."""
    check_alt(alt)
    show(image_grid(images, titles, columns=columns, scale=scale, title=title), alt=alt)


def image_grid(
    images,
    titles: Sequence[str] | None = None,
    *,
    columns: int | None = None,
    scale: str | tuple[float, float] | None = None,
    title: str | None = None,
) -> Figure:
    """Draws images in a grid, row by row, every pixel a crisp square.

    Args:
        images: a tensor or array (N, C, H, W) or (N, H, W), or a list of images (C, H, W) or
            (H, W), which may differ in size; C is 1 (gray) or 3 (RGB).
        titles: one short text an image, written above it.
        columns: images in a row; by default up to 8, so that the rows are about equally full. Fewer
            images than that are as large as in a full row, and the figure is narrower.
        scale: which values are black and white. None: 0 and 255 for uint8; 0 and 1 for floats,
            which must lie between. `"each"`: the smallest and largest value of each image.
            `"signed"`: -m and m with m the largest absolute value of each image, so that zero is
            in the middle; a gray image is then drawn from orange (negative) over white to blue.
            A pair `(low, high)`: these values; what lies outside is clipped.
        title: a sentence above the whole grid.

    Returns:
        A figure that has not been shown yet.

    Raises:
        ValueError: a shape, a number of titles or a range of values that does not fit.
    """
    pictures = [_picture(image, scale, i) for i, image in enumerate(_as_list(images))]
    if titles is not None and len(titles) != len(pictures):
        raise ValueError(f"titles: {len(titles)} for {len(pictures)} images")
    columns = columns or _good_columns(len(pictures))
    fig, ax = _canvas(pictures, columns, titles, title)
    colors = DIVERGING if scale == "signed" else "gray"
    for i, picture in enumerate(pictures):
        _place(ax, picture, i % columns, i // columns, colors)
    for i, text in enumerate(titles or []):
        x, y = (i % columns) * (1 + GAP) + 0.5, (i // columns) * ax.row_height - 0.04
        ax.text(x, y, str(text), ha="center", va="bottom", fontsize=ax.letter_size)
    return fig


def show_templates(
    weights: torch.Tensor,
    classes: Sequence[str],
    shape: tuple[int, int, int],
    *,
    alt: str,
    columns: int | None = None,
    title: str | None = None,
) -> None:
    """Shows each row of a weight matrix as an image; arguments of `template_grid`, and `alt`."""
    check_alt(alt)
    show(template_grid(weights, classes, shape, columns=columns, title=title), alt=alt)


def template_grid(
    weights: torch.Tensor,
    classes: Sequence[str],
    shape: tuple[int, int, int],
    *,
    columns: int | None = None,
    title: str | None = None,
) -> Figure:
    """Draws each row of a linear classifier's weight matrix as an image (chapter 02).

    Each template is scaled by its own largest absolute weight, so that a weight of zero always has
    the same color: white in a gray template (orange below zero, blue above it), mid-gray in an RGB
    template, where a channel runs from 0 (most negative) over 0.5 to 1 (most positive).

    Args:
        weights: (K, D), one row a class, without the bias.
        classes: K names.
        shape: (C, H, W) of the images, with C H W = D and C either 1 or 3.
        columns: templates in a row.
        title: a sentence above the grid.

    Returns:
        A figure that has not been shown yet.

    Raises:
        ValueError: numbers that do not fit together.
    """
    weights = torch.as_tensor(weights).detach()
    if weights.ndim != 2 or weights.shape[1] != math.prod(shape):
        wanted = f"(K, {math.prod(shape)}) for images of shape {tuple(shape)}"
        raise ValueError(f"weights: {wanted} was wanted, not {tuple(weights.shape)}")
    if len(classes) != len(weights):
        raise ValueError(f"classes: {len(classes)} names for {len(weights)} rows of weights")
    templates = weights.reshape(-1, *shape)  # (K, C, H, W)
    fig = image_grid(templates, classes, columns=columns, scale="signed", title=title)
    if shape[0] == 1:
        _add_key(fig)
    return fig


def _as_list(images) -> list[np.ndarray]:
    """A list of arrays (C, H, W) from everything `image_grid` takes."""
    if isinstance(images, (torch.Tensor, np.ndarray)) and images.ndim not in (3, 4):
        raise ValueError(
            "images: (N, C, H, W), (N, H, W) or a list of (C, H, W) was wanted, "
            f"not {tuple(images.shape)}"
        )
    arrays = [as_array(image) for image in images]
    if not arrays:
        raise ValueError("images: there is none")
    arrays = [array[None] if array.ndim == 2 else array for array in arrays]
    for i, array in enumerate(arrays):
        if array.ndim != 3 or array.shape[0] not in (1, 3) or 0 in array.shape:
            hint = "; channels come first" if array.shape[-1] in (1, 3) else ""
            raise ValueError(
                f"images: image {i} has shape {array.shape}; "
                f"(C, H, W) with C = 1 or 3 was wanted{hint}"
            )
    return arrays


def _picture(image: np.ndarray, scale, index: int) -> np.ndarray:
    """(C, H, W) with any range → (H, W) or (H, W, 3) in [0, 1]."""
    low, high = _range(image, scale, index)
    picture = (image.astype(np.float64) - low) / max(high - low, 1e-12)
    picture = np.clip(picture, 0, 1).transpose(1, 2, 0)  # (H, W, C)
    return picture[:, :, 0] if picture.shape[2] == 1 else picture


def _range(image: np.ndarray, scale, index: int) -> tuple[float, float]:
    """The values that become 0 and 1."""
    if not np.isfinite(image).all():
        raise ValueError(f"images: image {index} holds values that are not finite")
    if isinstance(scale, tuple):
        return scale
    if scale == "each":
        return float(image.min()), float(image.max())
    if scale == "signed":
        largest = max(float(np.abs(image.astype(np.float64)).max()), 1e-12)
        return -largest, largest
    if scale is not None:
        raise ValueError(f'scale: None, "each", "signed" or (low, high) was wanted, not {scale!r}')
    if image.dtype == np.uint8:
        return 0.0, 255.0
    if image.min() < -1e-6 or image.max() > 1 + 1e-6:
        raise ValueError(
            f"images: image {index} ({image.dtype}) runs from {image.min():.3g} to "
            f'{image.max():.3g}, outside [0, 1]; say scale="each", "signed" or (low, high)'
        )
    return 0.0, 1.0


def _good_columns(count: int) -> int:
    """At most 8 columns, with as few empty places in the last row as can be."""
    rows = math.ceil(count / 8)
    return math.ceil(count / rows)


def _canvas(pictures, columns: int, titles, title):
    """A figure whose one axes counts in images: (0, 0) is the first one's upper left corner."""
    rows = math.ceil(len(pictures) / columns)
    tallest = max(picture.shape[0] / max(picture.shape[:2]) for picture in pictures)
    # One or two images alone would be huge at full width.
    cell = min(WIDTH / (columns + GAP * (columns - 1)), 2.6)
    letters = _letter_size(titles, cell)
    above = 0 if titles is None else 1.5 * letters / 72 / cell  # in images
    row_height = tallest + max(GAP, above + 0.06)
    used = min(columns, len(pictures))
    width, height = used + GAP * (used - 1), rows * row_height - (row_height - tallest)
    title = headline(title)
    head = 0.16 + 0.2 * len(title.split("\n")) if title else 0.0  # inches
    size = (width * cell + 0.1, (height + above) * cell + head + 0.1)
    fig = plt.figure(figsize=size, layout="none")
    box = [0.05 / size[0], 0.05 / size[1], 1 - 0.1 / size[0], (height + above) * cell / size[1]]
    ax = fig.add_axes(box)
    ax.set(xlim=(0, width), ylim=(height, -above))
    ax.axis("off")
    ax.row_height, ax.letter_size = row_height, letters
    if title:
        fig.text(0.05 / size[0], 1 - 0.09 / size[1], title, va="top", weight="bold", size=12.5)
    return fig, ax


def _letter_size(titles, cell: float) -> float:
    """The largest letters (in points, 6.5 to 11.5) with which every title fits above its image."""
    longest = max((len(line) for text in titles or [] for line in str(text).split("\n")), default=1)
    return min(11.5, max(6.5, cell * 72 / (0.6 * longest)))


def _place(ax, picture: np.ndarray, column: int, row: int, colors) -> None:
    """Draws one picture into its cell, centered, its longer side one unit long."""
    height, width = (side / max(picture.shape[:2]) for side in picture.shape[:2])
    left = column * (1 + GAP) + (1 - width) / 2
    top = row * ax.row_height
    pixels = ax.figure.get_figwidth() * 200 / (ax.get_xlim()[1])
    way = "nearest" if max(picture.shape[:2]) <= pixels else "antialiased"
    extent = (left, left + width, top + height, top)
    limits = ax.get_xlim(), ax.get_ylim()
    ax.imshow(picture, cmap=colors, vmin=0, vmax=1, extent=extent, interpolation=way)
    ax.set(xlim=limits[0], ylim=limits[1], aspect="auto")
    if colors is DIVERGING:  # zero is white, like the page: show where the picture ends
        frame = Rectangle((left, top), width, height, fill=False, edgecolor=LINE, linewidth=1)
        ax.add_patch(frame).set_clip_on(False)


def _add_key(fig: Figure) -> None:
    """A small scale under signed gray templates: what orange, white and blue mean."""
    width, height = fig.get_size_inches()
    extra = 0.42
    grid = fig.axes[0]
    box = grid.get_position().bounds
    fig.set_size_inches(width, height + extra)
    shrink = height / (height + extra)
    bottom = (box[1] * height + extra) / (height + extra)
    grid.set_position([box[0], bottom, box[2], box[3] * shrink])
    for text in fig.texts:
        text.set_y(1 - (1 - text.get_position()[1]) * shrink)
    height += extra
    key = fig.add_axes([0.5 - 0.6 / width, 0.14 / height, 1.2 / width, 0.13 / height])
    key.imshow(np.linspace(0, 1, 128)[None], cmap=DIVERGING, aspect="auto")
    key.set_axis_off()
    style = {"va": "center", "transform": key.transAxes, "size": 10, "color": SOFT_INK}
    key.text(-0.06, 0.5, "negative weight", ha="right", **style)
    key.text(1.06, 0.5, "positive weight", ha="left", **style)
