"""Histograms of oriented gradients: the shape of a thing as the directions of its edges.

Chapter 4 builds them.

References:
    N. Dalal and B. Triggs, *Histograms of Oriented Gradients for Human Detection*, CVPR 2005.
    https://doi.org/10.1109/CVPR.2005.177
"""

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view

from dlcv.features.inputs import as_float, check_whole

BLOCK_NORMS = ("L1", "L1-sqrt", "L2", "L2-Hys")
EPSILON = 1e-5  # keeps a block without any gradient from dividing by zero
PORTION = 64  # images that `hog_many` takes at once: what fits the processor's cache


def hog(
    image: np.ndarray | torch.Tensor,
    *,
    orientations: int = 9,
    cell_size: int = 8,
    block_size: int = 2,
    block_norm: str = "L2-Hys",
    as_vector: bool = True,
) -> np.ndarray:
    """The histogram of oriented gradients of one image.

    Three steps, one function each: `gradients`, `cell_histograms`, `normalize_blocks`. As in
    `skimage.feature.hog`, a pixel votes for one cell and one bin only; Dalal and Triggs share each
    vote among the neighboring cells and bins. Pixels right of and below the last whole cell do not
    count.

    Args:
        image: Floats in [0, 1], gray `(H, W)` or color `(H, W, 3)`. In a color image each pixel
            takes the gradient of the channel in which it is longest.
        orientations: Bins of the half circle 0°–180°.
        cell_size: Height and width of a cell in pixels.
        block_size: Height and width of a block in cells; neighboring blocks overlap by all cells
            but one row or column.
        block_norm: `"L1"`, `"L1-sqrt"`, `"L2"` or `"L2-Hys"`, see `normalize_blocks`.
        as_vector: Whether to flatten the result.

    Returns:
        float64 `(block rows, block columns, block_size, block_size, orientations)`, or the same
        numbers as one vector.

    Raises:
        TypeError: The image holds integers.
        ValueError: A shape, a size or the name of the norm is wrong, or the image is smaller than
            one block.
    """
    array = as_float(image)
    if array.ndim == 3 and array.shape[2] == 3:
        dy, dx = _strongest(*gradients(np.moveaxis(array, 2, 0)))  # (3, H, W) → (H, W)
    elif array.ndim == 2:
        dy, dx = gradients(array)
    else:
        raise ValueError(f"image: got shape {array.shape}, wanted (H, W) or (H, W, 3)")
    cells = cell_histograms(dy, dx, orientations=orientations, cell_size=cell_size)
    blocks = normalize_blocks(cells, block_size=block_size, block_norm=block_norm)
    return blocks.ravel() if as_vector else blocks


def hog_many(
    images: np.ndarray | torch.Tensor,
    *,
    orientations: int = 9,
    cell_size: int = 8,
    block_size: int = 2,
    block_norm: str = "L2-Hys",
) -> np.ndarray:
    """`hog` of many gray images of one size at once: a row each.

    Args:
        images: Floats in [0, 1], `(N, H, W)`.
        orientations: As in `hog`, like the other arguments.
        cell_size: Pixels.
        block_size: Cells.
        block_norm: The name of the norm.

    Returns:
        float64 `(N, D)`.

    Raises:
        TypeError: The images hold integers.
        ValueError: As in `hog`.
    """
    array = as_float(images, "images")
    if array.ndim != 3:
        raise ValueError(f"images: got shape {array.shape}, wanted (N, H, W)")
    parts = []
    for start in range(0, max(len(array), 1), PORTION):  # N may be 0
        dy, dx = gradients(array[start : start + PORTION])
        cells = cell_histograms(dy, dx, orientations=orientations, cell_size=cell_size)
        blocks = normalize_blocks(cells, block_size=block_size, block_norm=block_norm)
        parts.append(blocks.reshape(len(blocks), int(np.prod(blocks.shape[1:]))))
    return np.concatenate(parts)


def gradients(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The differences [−1 0 1] down the columns and along the rows.

    Args:
        images: Floats `(..., H, W)`.

    Returns:
        `(dy, dx)`, both `(..., H, W)`. `dy` is 0 in the first and last row, `dx` in the first and
        last column: there one neighbor is missing.
    """
    dy, dx = np.zeros_like(images), np.zeros_like(images)
    dy[..., 1:-1, :] = images[..., 2:, :] - images[..., :-2, :]
    dx[..., :, 1:-1] = images[..., :, 2:] - images[..., :, :-2]
    return dy, dx


def _strongest(dy: np.ndarray, dx: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of the gradients `(C, H, W)` of C channels the longest at each pixel, `(H, W)`."""
    channel = np.hypot(dy, dx).argmax(axis=0)[None]  # (1, H, W)
    return tuple(np.take_along_axis(d, channel, axis=0)[0] for d in (dy, dx))


def cell_histograms(
    dy: np.ndarray, dx: np.ndarray, *, orientations: int = 9, cell_size: int = 8
) -> np.ndarray:
    """How much gradient each cell holds in each direction.

    A gradient votes with its length for the bin of its direction. Directions count modulo 180°: an
    edge from dark to light and one from light to dark are the same edge.

    Args:
        dy: Differences down the columns, `(..., H, W)`, see `gradients`.
        dx: Differences along the rows, `(..., H, W)`.
        orientations: Bins; bin k holds the angles from 180°·k / orientations on.
        cell_size: Height and width of a cell in pixels.

    Returns:
        The mean vote of a pixel, float64 `(..., H // cell_size, W // cell_size, orientations)`.
    """
    check_whole(orientations=orientations, cell_size=cell_size)
    rows, columns = dy.shape[-2] // cell_size, dy.shape[-1] // cell_size
    whole = np.s_[..., : rows * cell_size, : columns * cell_size]  # cut what is no whole cell
    dy, dx = dy[whole], dx[whole]
    angle = np.degrees(np.arctan2(dy, dx))
    angle += 180 * (angle < 0)  # modulo 180, but quicker than %
    bins = (angle * orientations / 180).astype(int) % orientations  # 180° belongs to bin 0
    length = np.sqrt(dy**2 + dx**2)
    row, column = (np.arange(n) // cell_size for n in dy.shape[-2:])
    cell = row[:, None] * columns + column  # (H, W): which cell of its image a pixel belongs to
    images = int(np.prod(dy.shape[:-2]))
    image = np.arange(images).reshape(*dy.shape[:-2], 1, 1)
    place = (image * rows * columns + cell) * orientations + bins  # where in the result it votes
    size = images * rows * columns * orientations
    votes = np.bincount(place.ravel(), weights=length.ravel(), minlength=size)
    return votes.reshape(*dy.shape[:-2], rows, columns, orientations) / cell_size**2


def normalize_blocks(
    histograms: np.ndarray, *, block_size: int = 2, block_norm: str = "L2-Hys"
) -> np.ndarray:
    """Divide the histograms of each block of cells by their norm: light and contrast drop out.

    With v all numbers of a block: `"L1"` gives v / (‖v‖₁ + ε), `"L1-sqrt"` the square root of that,
    `"L2"` gives v / √(‖v‖₂² + ε²), and `"L2-Hys"` clips the result of `"L2"` at 0.2 and divides
    once more (Lowe's trick against one strong edge that outvotes all others). ε = 1e-5.

    Args:
        histograms: Cells `(..., rows, columns, orientations)`, see `cell_histograms`.
        block_size: Height and width of a block in cells.
        block_norm: One of the four names.

    Returns:
        float64 `(..., rows − block_size + 1, columns − block_size + 1, block_size, block_size,
        orientations)`: every block, and in it its cells.

    Raises:
        ValueError: The name is unknown, or there are too few cells for one block.
    """
    check_whole(block_size=block_size)
    if block_norm not in BLOCK_NORMS:
        raise ValueError(f"block_norm: got {block_norm!r}, wanted one of {', '.join(BLOCK_NORMS)}")
    if min(histograms.shape[-3:-1]) < block_size:
        rows, columns = histograms.shape[-3:-1]
        raise ValueError(
            f"block_size: a block has {block_size} × {block_size} cells, "
            f"but the image only {rows} × {columns} (use smaller cells or a larger image)"
        )
    blocks = sliding_window_view(histograms, (block_size, block_size), axis=(-3, -2))
    blocks = np.moveaxis(blocks, -3, -1)  # (..., block rows, block columns, cell, cell, bin)
    if block_norm.startswith("L1"):
        blocks = blocks / (np.abs(blocks).sum(axis=(-3, -2, -1), keepdims=True) + EPSILON)
        return np.sqrt(blocks) if block_norm == "L1-sqrt" else blocks
    blocks = _by_l2(blocks)
    return _by_l2(np.minimum(blocks, 0.2)) if block_norm == "L2-Hys" else blocks


def _by_l2(blocks: np.ndarray) -> np.ndarray:
    """Each block over its Euclidean length."""
    squares = (blocks**2).sum(axis=(-3, -2, -1), keepdims=True)
    return blocks / np.sqrt(squares + EPSILON**2)


def hog_picture(histograms: np.ndarray, cell_size: int = 16) -> np.ndarray:
    """Draw the cells: in each a star of strokes, one a bin, as bright as the bin is full.

    A stroke lies along the edge, so across the gradient that voted.

    Args:
        histograms: `(rows, columns, orientations)`, see `cell_histograms`.
        cell_size: Height and width of a cell in the drawing, in pixels.

    Returns:
        float64 `(rows · cell_size, columns · cell_size)` in [0, 1].

    Raises:
        ValueError: The histograms have another shape or the cell size is not a whole number.
    """
    check_whole(cell_size=cell_size)
    if np.ndim(histograms) != 3:
        raise ValueError(
            f"histograms: got shape {np.shape(histograms)}, wanted (rows, columns, orientations)"
        )
    rows, columns, orientations = histograms.shape
    angle = np.pi * (np.arange(orientations) + 0.5) / orientations  # the middle of each bin
    from_center = np.arange(cell_size) - (cell_size - 1) / 2
    y, x = from_center[:, None], from_center[None, :]
    along_gradient = np.cos(angle)[:, None, None] * x + np.sin(angle)[:, None, None] * y
    strokes = np.clip(1.5 - np.abs(along_gradient), 0, 1)  # (orientations, cell_size, cell_size)
    strokes = strokes * (np.hypot(y, x) < cell_size / 2)
    picture = np.einsum("rco,oyx->rycx", histograms, strokes)
    picture = picture.reshape(rows * cell_size, columns * cell_size)
    return picture / max(picture.max(), np.finfo(float).tiny)
