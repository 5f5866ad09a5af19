"""Padding, a view of all windows, and a sum: correlation and convolution."""

import torch

from dlcv.filters.images import Image, as_kernel, as_planes

BORDERS = {
    "zero": {"torch": "constant", "numpy": "constant", "scipy": "constant"},
    "wrap": {"torch": "circular", "numpy": "wrap", "scipy": "wrap"},
    "replicate": {"torch": "replicate", "numpy": "edge", "scipy": "nearest"},
    "reflect": {"torch": "reflect", "numpy": "reflect", "scipy": "mirror"},
}
"""What stands beyond the edge of a row a b c d, and the `mode` that asks for it in
`torch.nn.functional.pad`, `numpy.pad` and `scipy.ndimage`.

- `"zero"`: `0 0 0 | a b c d | 0 0 0`
- `"wrap"`: `b c d | a b c d | a b c`
- `"replicate"`: `a a a | a b c d | d d d`
- `"reflect"`: `d c b | a b c d | c b a`

SciPy's own `"reflect"` is a fifth rule, which repeats the edge pixel: `c b a | a b c d | d c b`.
"""


def correlate2d(image: Image, kernel, border: str = "reflect") -> Image:
    """Slide the kernel over the image and sum: `g(x, y) = Σ k(u, v) · f(x + u, y + v)`.

    The kernel's center, which stands on the output pixel, is its element `size // 2` along each
    axis, for even sizes as well. Equal to `scipy.ndimage.correlate` with the mode that `BORDERS`
    names. Chapter 03 builds it.

    Args:
        image: See the package's description for the shapes.
        kernel: Weights `(height, width)`, an array, a tensor of floats or rows of numbers; brought
            to the image's type and device.
        border: What stands beyond the edge, one of `BORDERS`.

    Returns:
        An image of the same kind and shape.

    Raises:
        TypeError: `image` or `kernel` is not made of real numbers, or `kernel` is a tensor of
            integers.
        ValueError: A shape is wrong, `kernel` holds NaN or infinity, `border` is not known, or
            `"reflect"` has too few pixels to mirror.
    """
    planes, back = as_planes(image)
    weights = as_kernel(kernel, planes)
    return back(correlate_planes(planes, weights, border))


def convolve2d(image: Image, kernel, border: str = "reflect") -> Image:
    """Correlate with the flipped kernel: `g(x, y) = Σ k(u, v) · f(x − u, y − v)`.

    An impulse gives the kernel back, its center on the impulse: the element `size // 2` along each
    axis, for even sizes as well. Equal to `scipy.ndimage.convolve` with the mode that `BORDERS`
    names. Chapter 03 builds it.

    Args:
        image: See the package's description for the shapes.
        kernel: As for `correlate2d`.
        border: What stands beyond the edge, one of `BORDERS`.

    Returns:
        An image of the same kind and shape.

    Raises:
        TypeError: As for `correlate2d`.
        ValueError: As for `correlate2d`.
    """
    planes, back = as_planes(image)
    weights = as_kernel(kernel, planes)
    height, width = weights.shape
    center = ((height - 1) // 2, (width - 1) // 2)
    return back(correlate_planes(planes, weights.flip(0, 1), border, center))


def correlate_planes(
    planes: torch.Tensor,
    kernel: torch.Tensor,
    border: str,
    center: tuple[int, int] | None = None,
) -> torch.Tensor:
    """`correlate2d` for planes `(N, H, W)`; `center` is the kernel's element on the output pixel.

    One position in the window is summed at a time, over all windows at once: `views[..., k, l]` is
    the whole image, shifted. So the sum needs room for one image and not for one a weight.
    """
    height, width = kernel.shape
    views = windows(planes, (height, width), border, center)  # (N, H, W, height, width)
    total = torch.zeros_like(planes)
    for k in range(height):
        for l in range(width):
            total = total + kernel[k, l] * views[..., k, l]  # (N, H, W)
    return total


def windows(
    planes: torch.Tensor,
    size: tuple[int, int],
    border: str,
    center: tuple[int, int] | None = None,
) -> torch.Tensor:
    """A view `(N, H, W, height, width)` of what a window shows as it stands on each pixel.

    Nothing is copied but the padded image: the same pixel is seen through many windows.
    """
    if border not in BORDERS:
        raise ValueError(f"border: got {border!r}, wanted one of {', '.join(BORDERS)}")
    height, width = size
    top, left = center or (height // 2, width // 2)
    padded = _pad(planes, -2, top, height - 1 - top, border)
    padded = _pad(padded, -1, left, width - 1 - left, border)
    return padded.unfold(-2, height, 1).unfold(-2, width, 1)


def _pad(planes: torch.Tensor, axis: int, before: int, after: int, border: str) -> torch.Tensor:
    """Lengthen one axis at both ends by the border rule: which pixel stands at position p?"""
    size = planes.shape[axis]
    positions = torch.arange(-before, size + after, device=planes.device)
    if border == "wrap":
        return planes.index_select(axis, positions % size)
    if border == "reflect":
        _check_reflection(size, before, after, axis)
        last = size - 1
        return planes.index_select(axis, last - (positions.abs() - last).abs())
    padded = planes.index_select(axis, positions.clamp(0, size - 1))
    if border == "zero":
        outside = (positions < 0) | (positions >= size)
        outside = outside[:, None] if axis == -2 else outside
        padded = padded.masked_fill(outside, 0)
    return padded


def _check_reflection(size: int, before: int, after: int, axis: int) -> None:
    if max(before, after) < size:
        return
    window = before + after + 1
    side, sides = ("height", "rows") if axis == -2 else ("width", "columns")
    raise ValueError(
        f"border: 'reflect' mirrors at most {size - 1} {sides} of an image with {size}, and a "
        f"window of {side} {window} needs {max(before, after)}: wanted a smaller window or "
        "another border"
    )
