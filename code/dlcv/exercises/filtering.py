"""Checks for chapter 3, filtering."""

import gc
import sys
from collections.abc import Callable

import numpy as np
from scipy import ndimage, signal
from skimage import feature

from dlcv import filters
from dlcv.exercises.base import Verdict, exercise, refuse, require, require_shape

FILTERS = {"correlate", "correlate1d", "correlate2d", "convolve", "convolve1d", "convolve2d"}
OTHERS = {"conv2d", "fftconvolve", "oaconvolve", "generic_filter", "uniform_filter", "filter2D"}
OURS = {"slide", "correlate_by_strides", "convolve_by_loops"}
LIBRARY = FILTERS | OTHERS | OURS | {"fft2", "rfft2", "fftn", "rfftn", "lfilter"}
THINNING = {"non_maximum_suppression", "canny", "peak_local_max"}
LINES = {0: (0, 1), 45: (1, 1), 90: (1, 0), 135: (1, -1)}  # degrees: a step in (rows, columns)


def _random(*shape: int) -> np.ndarray:
    return np.random.default_rng(3).integers(-4, 5, shape).astype(float)


def _close(ours, theirs) -> bool:
    return np.shape(ours) == np.shape(theirs) and np.allclose(ours, theirs, atol=1e-9)


def _answered(answer: Callable, shape: tuple[int, int], meaning: str, *arrays) -> np.ndarray:
    """The answer to copies of some arrays; it must leave them alone and return this shape."""
    given = [array.copy() for array in arrays]
    ours = answer(*given)
    unchanged = all(np.array_equal(a, b) for a, b in zip(given, arrays, strict=True))
    require(unchanged, "your function changes its input; write into a new array.")
    kind = type(ours).__name__
    require(isinstance(ours, np.ndarray), f"return an array of shape {meaning}, not a {kind}.")
    require_shape(ours, shape, meaning)
    return ours


def pictures_of_the_bet(photo: np.ndarray, damaged: np.ndarray) -> list[np.ndarray]:
    """The pictures A, B, C and D of the chapter's first figure, made out of the reader's sight.

    Args:
        photo: (H, W), from 0 to 1.
        damaged: The same with salt-and-pepper noise, (H, W).

    Returns:
        Four images (H, W). Section 4 of the chapter tells how they were made.
    """
    relief = 0.5 + filters.sobel(photo, "x") / 6
    return [
        filters.gaussian(photo, 3),
        filters.sharpen(photo, 3),
        relief,
        filters.median(damaged, 3),
    ]


# ------------------------------------------------------------------------------- exercise 1


@exercise("Convolution by loops")
def convolve_by_loops(answer: Callable) -> Verdict:
    """Check `convolve_by_loops(image, kernel)`: (H, W) and odd (h, w) to (H, W), zeros outside."""
    image, kernel = _random(6, 8), _random(3, 5)
    try:
        ours = _answered(answer, (6, 8), "(H, W), the image's size", image, kernel)
    except IndexError as error:
        hint = "an index is too large for an image (6, 8) and a kernel (3, 5): the row goes first, "
        require(False, f"{hint}kernel[v, u] and image[y, x]. Python said: {error}")
    for theirs, hint in _wrong_convolutions(image, kernel):
        require(not _close(ours, theirs), hint)
    theirs = ndimage.convolve(image, kernel, mode="constant")
    require(
        not _close(ours[1:-1, 2:-2], theirs[1:-1, 2:-2]) or _close(ours, theirs),
        "right in the middle, wrong near the edge: there, leave out only the terms whose pixel "
        "lies outside.",
    )
    require(_close(ours, theirs), "the values differ from scipy.ndimage.convolve, mode='constant'.")
    for shape, sides in (((7, 5), (5, 3)), ((5, 5), (3, 3)), ((4, 9), (1, 7)), ((3, 4), (7, 5))):
        image, kernel = _random(*shape), _random(*sides)
        ours = _answered(answer, shape, "(H, W), the image's size", image, kernel)
        require(
            _close(ours, ndimage.convolve(image, kernel, mode="constant")),
            f"right for a kernel of (3, 5), wrong for an image of {shape} and a kernel of {sides}: "
            "take all sizes from the shapes.",
        )
    refuse(answer, LIBRARY, "write the sum yourself, pixel by pixel")


def _wrong_convolutions(image: np.ndarray, kernel: np.ndarray) -> list[tuple[np.ndarray, str]]:
    """What plausible mistakes give, and a hint for each."""
    (height, width), (h, w) = image.shape, kernel.shape

    def scipy(weights, mode="constant", method=ndimage.convolve):
        return method(image, weights, mode=mode)

    full = signal.convolve2d(image, kernel)  # (H + h - 1, W + w - 1)
    rolled = np.roll(kernel, (h // 2, w // 2), axis=(0, 1))
    center = "count u and v from the kernel's center, kernel[h // 2, w // 2]."
    added = "you add the offset; (3.2) subtracts both."
    around = "you take pixels from the other side: image[-1] is the last row. Skip what is outside."
    reach = "the reach to the side is w // 2, from the kernel's width."
    return [
        (
            scipy(kernel, method=ndimage.correlate),
            "that is a correlation: in (3.2) the offsets u and v are subtracted.",
        ),
        (scipy(kernel[::-1]), f"along the rows (v) {added}"),
        (scipy(kernel[:, ::-1]), f"along the columns (u) {added}"),
        (scipy(rolled), f"with v = −1, kernel[v, u] is the last row: {center}"),
        (scipy(kernel, "wrap"), f"beyond the edge {around}"),
        (scipy(kernel, "nearest"), "beyond the edge you take copies; zeros are wanted."),
        (scipy(kernel, "mirror"), "beyond the edge you take reflections; zeros are wanted."),
        (full[:height, :width], f"the result is displaced: {center}"),
        (full[-height:, -width:], f"the result is displaced: {center}"),
        (full[h // 2 :, h // 2 :][:height, :width], f"the result is displaced sideways: {reach}"),
    ]


# ------------------------------------------------------------------------------- exercise 3


@exercise("Correlation without a loop")
def correlate_by_strides(answer: Callable) -> Verdict:
    """Check `correlate_by_strides(image, kernel)`: (H, W), (h, w) to (H - h + 1, W - w + 1)."""
    image, kernel = _random(7, 9), _random(3, 4)
    try:
        ours = _answered(answer, (5, 6), "(H - h + 1, W - w + 1)", image, kernel)
    except ValueError as error:
        hint = (
            "of an image (7, 9) and a kernel (3, 4), all windows have the shape (5, 6, 3, 4); the "
            f"last two axes are multiplied with the kernel and summed. NumPy said: {error}"
        )
        require(False, hint)
    theirs = signal.correlate2d(image, kernel, mode="valid")
    require(
        not _close(ours, signal.convolve2d(image, kernel, mode="valid")),
        "that is a convolution: in (3.1) the kernel is laid on as it stands.",
    )
    require(
        not _close(ours, ndimage.uniform_filter(image, (3, 4))[1:-1, 2:-1] * 12),
        "that is the sum of each window: multiply by the kernel first.",
    )
    require(
        not _close(ours, theirs / kernel.size),
        "that is the mean of the products; their sum is wanted.",
    )
    require(_close(ours, theirs), "the values differ from scipy.signal.correlate2d, mode='valid'.")
    refuse(answer, LIBRARY, "use the windows")
    large, table = _random(14, 18), _random(6, 8)
    require(
        _close(answer(large, table), signal.correlate2d(large, table, mode="valid")),
        "right for a kernel of (3, 4), wrong for one of (6, 8): take the sizes from the shapes.",
    )
    require(
        _steps(answer, image, kernel) == _steps(answer, large, table),
        "right, but with a loop: let einsum, or a product and a sum, do it.",
    )


def _steps(answer: Callable, *arrays) -> int:
    """How many lines of Python run in the answer: with a loop over pixels, more in large images.

    Each turn of a loop counts as a line, also inside a comprehension. Only code outside NumPy does.
    """
    count, home = 0, str(np.__path__[0])

    def follow(frame, event, argument):
        nonlocal count
        if frame.f_code.co_filename.startswith(home):
            return None
        count += event in ("line", "call")
        return follow

    answer(*arrays)  # what the first call loads is not counted
    before, collecting = sys.gettrace(), gc.isenabled()
    gc.disable()  # nor is what other objects do when they are thrown away
    sys.settrace(follow)
    try:
        answer(*arrays)
    finally:
        sys.settrace(before)
        if collecting:
            gc.enable()
    return count


# ------------------------------------------------------------------------------- exercise 4


@exercise("Non-maximum suppression")
def thin_outlines(answer: Callable) -> Verdict:
    """Check `thin_outlines(magnitude, f_x, f_y)`: three (H, W) to the thinned magnitude (H, W)."""
    # An outline two pixels thick and equally steep: neither neighbor is larger, so both stay.
    tie = np.tile([0.0, 0.0, 4.0, 4.0, 0.0, 0.0], (5, 1))
    ours = _answered(answer, (5, 6), "(H, W)", tie, tie, 0 * tie)
    rim = np.ones((5, 6), dtype=bool)
    rim[1:-1, 1:-1] = False
    require(ours.dtype != bool and ours.max() != 1, "keep the magnitude itself, not True or 1.")
    require(not ours[rim].any(), "the outermost pixels must be 0: they lack a neighbor.")
    require(ours[2, 2] or ours[2, 3], "two equal neighbors: keep a pixel if none is *larger* (>=).")
    require(ours[2, 2] == ours[2, 3] == 4, "two equal neighbors: both stay; compare with >=.")
    require(
        not (_kept(answer, 0, {(0, 1): 9.0}) and not _kept(answer, 0, {(0, 1): 9.0, (0, -1): 9.0})),
        "one larger neighbor is enough to lose: a pixel stays if it is at least as steep as the "
        "one *and* the other.",
    )
    _check_right_angles(answer)
    for degrees in (20, 25, 65, 70, 110, 115, 155, 160, -20, -25, -160):
        nearest = round(degrees / 45) * 45 % 180
        for line, (down, right) in LINES.items():
            kept = _kept(answer, degrees, {(down, right): 11.0})
            require(
                kept == (line != nearest),
                f"a gradient at {degrees % 360}° is nearest to {nearest}°: round the angle to the "
                "*nearest* of 0°, 45°, 90° and 135° (each covers 22.5° on both sides; what is "
                "above 157.5° is nearest to 180°, which is 0°), and compare along that line only.",
            )
    refuse(answer, THINNING, "compare with the two neighbors yourself")


def _kept(answer: Callable, degrees: float, around: dict[tuple[int, int], float]) -> bool:
    """Whether the answer keeps a magnitude of 5 with these neighbors and 1 everywhere else."""
    magnitude = np.ones((3, 3))
    magnitude[1, 1] = 5
    for (down, right), value in around.items():
        magnitude[1 + down, 1 + right] = value
    f_x, f_y = (magnitude * part(np.radians(degrees)) for part in (np.cos, np.sin))
    return bool(np.asarray(answer(magnitude, f_x, f_y))[1, 1] == 5)


def _check_right_angles(answer: Callable) -> None:
    """Compare with scikit-image where the gradient points at a neighbor."""
    hints = {
        (0, 1): "a vertical outline: compare with the left and right neighbors, across the outline "
        "and not along it.",
        (1, 0): "a horizontal outline: compare with the pixels above and below.",
        (1, 1): "brighter to the lower right (45°): rows count downward, so the neighbors are down "
        "right and up left.",
        (1, -1): "at 135° the neighbors are down left and up right.",
    }
    for direction, hint in hints.items():
        _compare_thin(answer, direction, hint)
    for direction in ((0, -1), (-1, 0), (-1, -1), (-1, 1)):
        _compare_thin(
            answer,
            direction,
            "a gradient and its opposite lie on the same line: take the angle of "
            "np.arctan2(f_y, f_x) modulo 180°.",
        )


def _compare_thin(answer: Callable, direction: tuple[int, int], hint: str) -> None:
    """Compare with scikit-image on an outline that gets brighter in `direction` (row, column)."""
    y, x = np.mgrid[-12:13, -12:13]
    image = 1 / (1 + np.exp(-(direction[0] * y + direction[1] * x - 0.3) / 1.5))
    smooth = ndimage.gaussian_filter(image, 1.0, mode="mirror")
    f_x, f_y = ndimage.sobel(smooth, axis=1), ndimage.sobel(smooth, axis=0)
    magnitude = np.hypot(f_x, f_y)
    ours = np.asarray(answer(magnitude.copy(), f_x.copy(), f_y.copy()))
    theirs = feature.canny(image, 1.0, 0.2, 0.2)
    inside = (slice(6, -6), slice(6, -6))
    require(np.array_equal(ours[inside] > 0.2, theirs[inside]), hint)
    kept = ours[inside][theirs[inside]]
    require(np.array_equal(kept, magnitude[inside][theirs[inside]]), "keep the magnitude itself.")
