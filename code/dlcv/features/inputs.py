"""What every function of the package takes as an image, checked in one place."""

import numpy as np
import torch


def as_float(image: np.ndarray | torch.Tensor, name: str = "image") -> np.ndarray:
    """`image` as a float64 NumPy array on the CPU.

    Raises:
        TypeError: It holds integers: their range is not known, so nobody rescales them in silence.
        ValueError: It holds NaN or infinity.
    """
    if isinstance(image, torch.Tensor):
        image = image.detach().cpu().numpy()
    array = np.asarray(image)
    if array.dtype.kind != "f":
        raise TypeError(f"{name}: got {array.dtype}, wanted floats in [0, 1] (divide by 255.0)")
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: it holds NaN or infinity")
    return array.astype(np.float64, copy=False)


def as_gray(image: np.ndarray | torch.Tensor, name: str = "image") -> np.ndarray:
    """A gray image as float64 `(H, W)`; a `ValueError` when it has another shape."""
    array = as_float(image, name)
    if array.ndim != 2 or 0 in array.shape:
        raise ValueError(f"{name}: got shape {array.shape}, wanted one gray image (H, W)")
    return array


def as_rows(rows: np.ndarray | torch.Tensor, name: str, columns: int | None = None) -> np.ndarray:
    """A table of numbers as float64 `(N, columns)`; a `ValueError` when it has another shape."""
    if isinstance(rows, torch.Tensor):
        rows = rows.detach().cpu().numpy()
    array = np.asarray(rows, dtype=np.float64)
    if array.ndim != 2 or (columns is not None and array.shape[1] != columns):
        raise ValueError(f"{name}: got shape {array.shape}, wanted (N, {columns or 'D'})")
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: it holds NaN or infinity")
    return array


def check_whole(**numbers: int) -> None:
    """A `ValueError` for the first of `numbers` that is not a whole number of at least 1."""
    for name, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or number < 1:
            raise ValueError(f"{name}: got {number!r}, wanted a whole number of at least 1")
