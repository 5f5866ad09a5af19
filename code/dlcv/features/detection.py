"""From a classifier of small windows to a detector: slide, score, suppress. Chapter 4 builds it.

Boxes are `(x0, y0, x1, y1)` in pixels: left and top edge, right and bottom edge, so that a box is
x1 − x0 wide. That is torchvision's convention.
"""

from collections.abc import Callable

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from skimage.transform import resize

from dlcv.features.inputs import as_gray, as_rows, check_whole

CHUNK = 4096  # windows scored at once: bounds the memory of a large image


def sliding_windows(
    image: np.ndarray | torch.Tensor, size: int | tuple[int, int], stride: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Every window of one size in a gray image, as a view: no pixel is copied.

    Args:
        image: Floats in [0, 1], `(H, W)`.
        size: Height and width of a window, or one number for a square.
        stride: Pixels from one window to the next, down and to the right.

    Returns:
        The windows, a read-only view `(rows, columns, h, w)`, and their boxes, int64 `(rows,
        columns, 4)`. `windows.reshape(-1, h, w)` makes a list of them and copies the pixels.

    Raises:
        TypeError: The image holds integers.
        ValueError: A shape or size is wrong, or the image is smaller than one window.
    """
    gray = as_gray(image)
    height, width = _pair(size)
    check_whole(stride=stride)
    if gray.shape[0] < height or gray.shape[1] < width:
        raise ValueError(f"size: a window of {height} × {width} does not fit shape {gray.shape}")
    windows = sliding_window_view(gray, (height, width))[::stride, ::stride]
    rows, columns = windows.shape[:2]
    y0, x0 = np.meshgrid(np.arange(rows) * stride, np.arange(columns) * stride, indexing="ij")
    return windows, np.stack([x0, y0, x0 + width, y0 + height], axis=-1)


def pyramid(
    image: np.ndarray | torch.Tensor,
    scale_factor: float = 1.25,
    smallest: int | tuple[int, int] = 25,
) -> list[np.ndarray]:
    """The image in smaller and smaller sizes: a window of one size meets things of every size.

    Args:
        image: Gray floats in [0, 1], `(H, W)`.
        scale_factor: How many times smaller each level is than the one before; above 1.
        smallest: Height and width no level falls below.

    Returns:
        Gray images, the first one the image itself. Each is blurred before it is made smaller, so
        that no fine pattern turns into a false coarse one.

    Raises:
        TypeError: The image holds integers.
        ValueError: A shape, a size or the factor is wrong, or the image is too small.
    """
    gray = as_gray(image)
    height, width = _pair(smallest, "smallest")
    if not scale_factor > 1:
        raise ValueError(f"scale_factor: got {scale_factor!r}, wanted a number above 1")
    if gray.shape[0] < height or gray.shape[1] < width:
        raise ValueError(f"image: shape {gray.shape} is below the smallest, {height} × {width}")
    levels, shrink = [gray], float(scale_factor)
    while True:
        shape = (round(gray.shape[0] / shrink), round(gray.shape[1] / shrink))
        if shape[0] < height or shape[1] < width:
            return levels
        levels.append(resize(gray, shape, anti_aliasing=True))
        shrink *= scale_factor


def detect(
    image: np.ndarray | torch.Tensor,
    score: Callable[[np.ndarray], np.ndarray],
    *,
    size: int | tuple[int, int],
    stride: int = 2,
    scale_factor: float = 1.25,
    threshold: float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Score every window of every size and keep those above a threshold.

    Args:
        image: Gray floats in [0, 1], `(H, W)`.
        score: Takes windows `(N, h, w)`, returns N numbers, for example
            `lambda windows: classifier.decision_function(hog_many(windows, cell_size=5))`.
        size: Height and width of the windows the classifier knows, or one number for a square.
        stride: Pixels of a level from one window to the next.
        scale_factor: From level to level of the `pyramid`.
        threshold: Windows with a score above it are kept.

    Returns:
        Boxes, float64 `(M, 4)` in pixels of `image`, and their scores `(M,)`, best first. One thing
        is found many times: `suppress_overlaps` picks one.

    Raises:
        TypeError: The image holds integers.
        ValueError: A shape or size is wrong, or `score` does not return N finite numbers.
    """
    gray = as_gray(image)
    boxes, scores = [np.zeros((0, 4))], [np.zeros(0)]
    for level in pyramid(gray, scale_factor, size):
        windows, places = sliding_windows(level, size, stride)
        found = _score_all(windows, score)  # (rows, columns)
        zoom_y, zoom_x = gray.shape[0] / level.shape[0], gray.shape[1] / level.shape[1]
        kept = found > threshold
        boxes.append(places[kept] * np.array([zoom_x, zoom_y, zoom_x, zoom_y]))
        scores.append(found[kept])
    boxes, scores = np.concatenate(boxes), np.concatenate(scores)
    order = np.argsort(-scores, kind="stable")
    return boxes[order], scores[order]


def cascade(
    quick: Callable[[np.ndarray], np.ndarray],
    thorough: Callable[[np.ndarray], np.ndarray],
    rejected: float = -2.0,
) -> Callable[[np.ndarray], np.ndarray]:
    """Two stages as one score: the thorough one sees only the windows the quick one lets through.

    After Viola and Jones (2001), who chain many stages. https://doi.org/10.1109/CVPR.2001.990517

    Args:
        quick: Takes windows `(N, h, w)`, returns N numbers; above 0 a window goes on.
        thorough: The same for the windows that are left; it is not called when none is.
        rejected: The score of a window that the first stage stops.

    Returns:
        A function from windows to N scores, as `detect` wants it.
    """

    def score(windows: np.ndarray) -> np.ndarray:
        scores, passed = np.full(len(windows), rejected), quick(windows) > 0
        if passed.any():
            scores[passed] = thorough(windows[passed])
        return scores

    return score


def overlap(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Intersection over union of every box with every other: 1 the same box, 0 apart.

    Args:
        boxes: `(N, 4)` as `(x0, y0, x1, y1)`.
        others: `(M, 4)`.

    Returns:
        float64 `(N, M)` in [0, 1]; 0 for two boxes without area.

    Raises:
        ValueError: A shape is wrong, or a box ends before it begins.
    """
    boxes, others = _boxes(boxes, "boxes"), _boxes(others, "others")
    top_left = np.maximum(boxes[:, None, :2], others[None, :, :2])  # (N, M, 2)
    bottom_right = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    shared = np.prod(np.clip(bottom_right - top_left, 0, None), axis=2)  # (N, M)
    area, other_area = (np.prod(b[:, 2:] - b[:, :2], axis=1) for b in (boxes, others))
    union = area[:, None] + other_area[None, :] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def suppress_overlaps(boxes: np.ndarray, scores: np.ndarray, iou: float = 0.3) -> np.ndarray:
    """Of boxes that overlap keep the best one: greedy non-maximum suppression.

    Take the box with the highest score, drop all that overlap it by more than `iou`, repeat.

    Args:
        boxes: `(N, 4)` as `(x0, y0, x1, y1)`.
        scores: `(N,)`.
        iou: Intersection over union above which the lower box goes.

    Returns:
        int64: rows of `boxes` that stay, best first, as `torchvision.ops.nms` gives them.

    Raises:
        ValueError: Shapes that do not fit.
    """
    boxes, scores = _boxes(boxes, "boxes"), np.asarray(scores, dtype=float)
    if scores.shape != (len(boxes),):
        raise ValueError(f"scores: got shape {scores.shape}, wanted ({len(boxes)},)")
    remaining, kept = np.argsort(-scores, kind="stable"), []
    while len(remaining):
        best, rest = remaining[0], remaining[1:]
        kept.append(best)
        remaining = rest[overlap(boxes[[best]], boxes[rest])[0] <= iou]
    return np.array(kept, dtype=np.int64)


def _score_all(windows: np.ndarray, score: Callable) -> np.ndarray:
    """The scores of a view `(rows, columns, h, w)`, computed a few rows at a time."""
    rows, columns, height, width = windows.shape
    step = max(1, CHUNK // columns)
    found = []
    for start in range(0, rows, step):
        chunk = windows[start : start + step].reshape(-1, height, width)  # a copy of a few rows
        numbers = np.asarray(score(chunk), dtype=float)
        if numbers.shape != (len(chunk),) or not np.isfinite(numbers).all():
            raise ValueError(
                f"score: returned shape {numbers.shape} for {len(chunk)} windows, "
                "wanted one finite number a window"
            )
        found.append(numbers)
    return np.concatenate(found).reshape(rows, columns)


def _boxes(boxes: np.ndarray, name: str) -> np.ndarray:
    """Boxes as float64 `(N, 4)`, checked."""
    array = as_rows(boxes, name, columns=4)
    if (array[:, 2:] < array[:, :2]).any():
        raise ValueError(f"{name}: a box ends before it begins, wanted (x0, y0, x1, y1)")
    return array


def _pair(size: int | tuple[int, int], name: str = "size") -> tuple[int, int]:
    """`size` as (height, width)."""
    height, width = (size, size) if np.ndim(size) == 0 else size
    check_whole(**{name: height})
    check_whole(**{name: width})
    return height, width
