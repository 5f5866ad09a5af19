"""Images and arguments on their way in, and results on their way out, for every filter alike."""

import math
import numbers
from collections.abc import Callable

import numpy as np
import torch

Image = np.ndarray | torch.Tensor
NUMPY_SHAPES = "(H, W) or (H, W, C)"
TORCH_SHAPES = "(H, W), (C, H, W) or (B, C, H, W)"


def as_planes(
    image: Image, name: str = "image"
) -> tuple[torch.Tensor, Callable[[torch.Tensor], Image]]:
    """The image as a stack of gray planes, and the way back.

    Args:
        image: See the package's description for the shapes.
        name: What an error message calls it.

    Returns:
        Planes `(N, H, W)` of floats, one for each channel of each image, and a function that gives
        a result of that shape the kind and the shape of `image`.

    Raises:
        TypeError: Not an array or a tensor of real numbers.
        ValueError: The number of axes is wrong, or there is no pixel in it.
    """
    if isinstance(image, torch.Tensor):
        return _planes_of_tensor(image, name)
    if isinstance(image, np.ndarray):
        return _planes_of_array(image, name)
    raise TypeError(f"{name}: got {type(image).__name__}, wanted a NumPy array or a tensor")


def _planes_of_tensor(image: torch.Tensor, name: str):
    _check_shape(image, (2, 3, 4), name, TORCH_SHAPES)
    if image.is_complex():
        raise TypeError(f"{name}: got {image.dtype}, wanted real numbers")
    floats = image if image.is_floating_point() else image.float()
    planes = floats.reshape(-1, *image.shape[-2:])  # (N, H, W)
    return planes, lambda result: result.reshape(image.shape)


def _planes_of_array(image: np.ndarray, name: str):
    _check_shape(image, (2, 3), name, NUMPY_SHAPES)
    if image.dtype.kind in "bui":
        dtype = np.dtype(np.float64)
    elif image.dtype.kind == "f" and image.dtype.itemsize <= 8:
        dtype = image.dtype.newbyteorder("=")
    else:
        raise TypeError(f"{name}: got {image.dtype}, wanted real numbers of at most 64 bits")
    # A copy, because torch knows neither read-only arrays nor negative strides.
    tensor = torch.from_numpy(np.array(image, dtype=dtype, order="C"))

    def back(result: torch.Tensor) -> np.ndarray:
        if result.requires_grad:
            raise TypeError(f"{name}: got an array, wanted a tensor: the kernel asks for gradients")
        return (result[0] if image.ndim == 2 else result.permute(1, 2, 0).contiguous()).numpy()

    planes = tensor[None] if image.ndim == 2 else tensor.permute(2, 0, 1).contiguous()
    return planes, back  # (N, H, W)


def _check_shape(image: Image, axes: tuple[int, ...], name: str, wanted: str) -> None:
    if image.ndim not in axes:
        raise ValueError(f"{name}: got shape {tuple(image.shape)}, wanted {wanted}")
    if 0 in image.shape:
        raise ValueError(f"{name}: got shape {tuple(image.shape)}, wanted at least one pixel")


def as_kernel(kernel, planes: torch.Tensor) -> torch.Tensor:
    """The kernel as a tensor `(height, width)` of the planes' type, on their device.

    Raises:
        TypeError: Not numbers, or a tensor of integers (torch would not give it a gradient).
        ValueError: Not two axes, empty, or with NaN or infinity in it.
    """
    if isinstance(kernel, torch.Tensor):
        if not kernel.is_floating_point():
            raise TypeError(
                f"kernel: got a tensor of {kernel.dtype}, wanted floats: kernel.float()"
            )
    else:
        kernel = _tensor_of_numbers(kernel)
    if kernel.ndim != 2 or 0 in kernel.shape:
        raise ValueError(
            f"kernel: got shape {tuple(kernel.shape)}, wanted (height, width), each at least 1"
        )
    if not kernel.isfinite().all():
        raise ValueError("kernel: got NaN or infinity among its weights, wanted finite numbers")
    return kernel.to(planes)


def _tensor_of_numbers(kernel) -> torch.Tensor:
    wanted = "wanted an array, a tensor or rows of numbers, all of one length"
    try:
        array = np.array(kernel)
    except ValueError as error:  # rows of different lengths
        raise TypeError(f"kernel: {wanted}; {error}") from error
    if array.dtype.kind not in "buif":
        raise TypeError(f"kernel: got {type(kernel).__name__} of {array.dtype}, {wanted}")
    return torch.from_numpy(array.astype(np.float64, order="C"))


def as_size(size: int | tuple[int, int]) -> tuple[int, int]:
    """`size` as (height, width); `5` means (5, 5).

    Raises:
        TypeError: Not one or two whole numbers.
        ValueError: A side is below 1, or there are not two of them.
    """
    sides = tuple(size) if isinstance(size, (tuple, list)) else (size, size)
    if any(isinstance(side, bool) or not isinstance(side, numbers.Integral) for side in sides):
        raise TypeError(f"size: got {size!r}, wanted a whole number or (height, width)")
    if len(sides) != 2 or min(sides) < 1:
        raise ValueError(f"size: got {size!r}, wanted at least 1, or (height, width)")
    return int(sides[0]), int(sides[1])


def as_number(value: float, name: str, above: float = -math.inf, least: float = -math.inf) -> float:
    """`value` as Python's own float.

    Raises:
        TypeError: Not a real number.
        ValueError: Not finite, not greater than `above`, or below `least`.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name}: got {value!r}, wanted a number")
    if not (math.isfinite(value) and value > above and value >= least):
        bound = f" above {above:g}" if above > -math.inf else ""
        bound = f" of at least {least:g}" if least > -math.inf else bound
        raise ValueError(f"{name}: got {value!r}, wanted a finite number{bound}")
    return float(value)
