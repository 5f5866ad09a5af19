"""Filters that smooth, and the one that undoes it: box, Gaussian, median, sharpening."""

import numpy as np
import torch

from dlcv.filters.images import Image, as_number, as_planes, as_size
from dlcv.filters.windows import windows

STRIP = 32  # rows of windows sorted at a time, so that the median needs little memory


def separable(
    planes: torch.Tensor, column: np.ndarray, row: np.ndarray, border: str
) -> torch.Tensor:
    """Correlate planes `(N, H, W)` with the kernel `column · rowᵀ` in two passes.

    k + k multiplications a pixel instead of k · k. Both must be symmetric, see `one_pass`.
    """
    return one_pass(one_pass(planes, column, -2, border), row, -1, border)


def one_pass(planes: torch.Tensor, weights: np.ndarray, axis: int, border: str) -> torch.Tensor:
    """Correlate planes `(N, H, W)` with a symmetric or antisymmetric row of weights along an axis.

    Two pixels at the same distance from the center share a weight (or its opposite), so they are
    added (or subtracted) first. That halves the multiplications, and a mirrored image gives the
    mirrored result to the last bit; `canny` decides by last bits where two pixels are equal.
    """
    size = len(weights)
    views = windows(planes, (size, 1) if axis == -2 else (1, size), border).flatten(-2)
    sign = 1 if weights[0] == weights[-1] else -1
    # (N, H, W, size): the center, where there is one, then the pairs from the outside inward
    total = float(weights[size // 2]) * views[..., size // 2] if size % 2 else 0
    for k in range(size // 2):
        total = total + float(weights[k]) * (views[..., k] + sign * views[..., -1 - k])
    return total


def box(image: Image, size: int | tuple[int, int], border: str = "reflect") -> Image:
    """The mean of each window, in two passes.

    Equal to `scipy.ndimage.uniform_filter` with the mode that `BORDERS` names; SciPy's default is
    another. Chapter 03 builds it.

    Args:
        image: See the package's description for the shapes.
        size: The window's side in pixels, or (height, width). An even window's center is its
            element `size // 2`.
        border: What stands beyond the edge, one of `BORDERS`.

    Returns:
        An image of the same kind and shape.

    Raises:
        TypeError: `image` is not made of real numbers, or `size` not of whole ones.
        ValueError: A shape is wrong, `size` is below 1, or `border` is not known or cannot serve.
    """
    height, width = as_size(size)
    planes, back = as_planes(image)
    column, row = np.full(height, 1 / height), np.full(width, 1 / width)
    return back(separable(planes, column, row, border))


def gaussian_kernel(sigma: float, truncate: float = 4.0) -> np.ndarray:
    """The bell `G(x, y) = exp(−(x² + y²) / 2σ²) / 2πσ²` on the pixel grid, with sum 1.

    The bell is cut off at `truncate * sigma`, rounded to whole pixels, and divided by its sum,
    which then takes the place of 2πσ². Chapter 03 builds it.

    Args:
        sigma: The standard deviation σ in pixels, above 0.
        truncate: How many standard deviations the kernel reaches from its center, above 0.

    Returns:
        float64 `(size, size)`, where size = 2 · ⌊truncate · σ + ½⌋ + 1 is odd.

    Raises:
        TypeError: An argument is not a number.
        ValueError: An argument is not above 0.
    """
    weights = gaussian_weights(sigma, truncate)
    return np.outer(weights, weights)


def gaussian_weights(sigma: float, truncate: float = 4.0) -> np.ndarray:
    """One row of the bell, with sum 1: `gaussian_kernel` is its outer product with itself."""
    sigma = as_number(sigma, "sigma", above=0)
    truncate = as_number(truncate, "truncate", above=0)
    radius = int(truncate * sigma + 0.5)
    x = np.arange(-radius, radius + 1)
    bell = np.exp(-0.5 / sigma**2 * x**2)
    return bell / bell.sum()


def gaussian(image: Image, sigma: float, truncate: float = 4.0, border: str = "reflect") -> Image:
    """Smooth with a Gaussian, in two passes.

    Equal to `scipy.ndimage.gaussian_filter` with the mode that `BORDERS` names; SciPy's default is
    another. Chapter 03 builds it.

    Args:
        image: See the package's description for the shapes.
        sigma: The standard deviation in pixels, above 0.
        truncate: How many standard deviations the kernel reaches from its center.
        border: What stands beyond the edge, one of `BORDERS`.

    Returns:
        An image of the same kind and shape.

    Raises:
        TypeError: `image` is not made of real numbers, or `sigma` or `truncate` is not a number.
        ValueError: A shape is wrong, `sigma` or `truncate` is not above 0, or `border` is not known
            or cannot serve.
    """
    weights = gaussian_weights(sigma, truncate)
    planes, back = as_planes(image)
    return back(separable(planes, weights, weights, border))


def sharpen(
    image: Image, amount: float = 1.0, sigma: float = 1.0, border: str = "reflect"
) -> Image:
    """Add what smoothing takes away: `f + amount · (f − smooth f)`, called unsharp masking.

    Equal to `skimage.filters.unsharp_mask` with `preserve_range=True`, but for the border rule.
    Values are not clipped, as scikit-image's are by default: beside an edge they leave the image's
    range. Chapter 03 builds it.

    Args:
        image: See the package's description for the shapes.
        amount: How many times the detail is added; 0 changes nothing, −1 smooths.
        sigma: The scale of the detail: standard deviation of the Gaussian, in pixels.
        border: What stands beyond the edge, one of `BORDERS`.

    Returns:
        An image of the same kind and shape.

    Raises:
        TypeError: `image` is not made of real numbers, or `amount` or `sigma` is not a number.
        ValueError: A shape is wrong, `sigma` is not above 0, or `border` is not known or cannot
            serve.
    """
    amount = as_number(amount, "amount")
    weights = gaussian_weights(sigma)
    planes, back = as_planes(image)
    detail = planes - separable(planes, weights, weights, border)
    return back(planes + amount * detail)


def median(image: Image, size: int | tuple[int, int], border: str = "reflect") -> Image:
    """The middle value of each window; not linear, so no kernel can do it.

    Equal to `scipy.ndimage.median_filter` with the mode that `BORDERS` names (SciPy's default is
    another), also where a window has an even number of pixels: then it is the upper one of the two
    in the middle. Chapter 03 builds it.

    Args:
        image: See the package's description for the shapes.
        size: The window's side in pixels, or (height, width). An even window's center is its
            element `size // 2`.
        border: What stands beyond the edge, one of `BORDERS`.

    Returns:
        An image of the same kind and shape.

    Raises:
        TypeError: `image` is not made of real numbers, or `size` not of whole ones.
        ValueError: A shape is wrong, `size` is below 1, or `border` is not known or cannot serve.
    """
    height, width = as_size(size)
    planes, back = as_planes(image)
    views = windows(planes, (height, width), border)  # (N, H, W, height, width)
    middle = height * width // 2 + 1  # kthvalue counts from 1
    strips = views.split(STRIP, dim=1)  # flatten copies: one strip at a time
    medians = [strip.flatten(-2).kthvalue(middle).values for strip in strips]
    return back(torch.cat(medians, dim=1))
