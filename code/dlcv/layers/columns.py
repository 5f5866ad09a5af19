"""Images to columns and back: what makes a convolution one matrix product."""

from collections.abc import Iterator

from torch import Tensor
from torch.nn.functional import pad

from dlcv.layers.sizes import output_size


def im2col(
    x: Tensor,
    kernel_size: int,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
    value: float = 0.0,
) -> Tensor:
    """Write each window of each image as a column, like `F.unfold`. Chapter 10 builds it.

    It copies one position of the window at a time, for all windows at once: the pixels at position
    (i, j) of every window are the image shifted by (i, j), of which each stride-th is kept.

    Args:
        x: images, `(B, C, H, W)`.
        kernel_size: side of the window, F.
        stride: pixels from one window to the next.
        padding: pixels put around the images on each side.
        dilation: pixels from one element of the window to the next.
        value: of the pixels put around.

    Returns:
        `(B, C·F·F, H'·W')`: a column for each of the H'·W' windows, in reading order.

    Raises:
        ValueError: `x` is not `(B, C, H, W)`, or the window does not fit (see `output_size`).
    """
    if x.ndim != 4:
        raise ValueError(f"x must have shape (B, C, H, W); got {tuple(x.shape)}")
    B, C, H, W = x.shape
    height, width = output_size((H, W), kernel_size, stride, padding, dilation)
    padded = pad(x, (padding, padding, padding, padding), value=value)
    windows = x.new_empty(B, C, kernel_size, kernel_size, height, width)
    for i, j, rows, columns in _positions(kernel_size, height, width, stride, dilation):
        windows[:, :, i, j] = padded[:, :, rows, columns]
    return windows.reshape(B, C * kernel_size**2, height * width)


def col2im(
    columns: Tensor,
    size: tuple[int, int],
    kernel_size: int,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
) -> Tensor:
    """Add each column to the pixels that it came from, like `F.fold`. Chapter 10 builds it.

    `im2col` is linear, and this is its transpose: what it needs in a backward pass. A pixel that
    was copied into nine windows collects nine gradients.

    Args:
        columns: `(B, C·F·F, H'·W')`, as `im2col` gives them.
        size: (H, W) of the images to make.
        kernel_size: as in `im2col`, and so are stride, padding and dilation.

    Returns:
        `(B, C, H, W)`. What fell into the padding is cut off.

    Raises:
        ValueError: `im2col` gives no columns of this shape for images of this size.
    """
    height, width = output_size(size, kernel_size, stride, padding, dilation)
    area = kernel_size**2
    if columns.ndim != 3 or columns.shape[1] % area or columns.shape[2] != height * width:
        raise ValueError(
            f"columns must have shape (B, C·{area}, {height * width}) to make images of "
            f"{size[0]} × {size[1]}; got {tuple(columns.shape)}"
        )
    B, C = len(columns), columns.shape[1] // area
    windows = columns.reshape(B, C, kernel_size, kernel_size, height, width)
    padded = columns.new_zeros(B, C, size[0] + 2 * padding, size[1] + 2 * padding)
    for i, j, rows, across in _positions(kernel_size, height, width, stride, dilation):
        padded[:, :, rows, across] += windows[:, :, i, j]
    return padded[:, :, padding : padding + size[0], padding : padding + size[1]]


def _positions(
    kernel_size: int, height: int, width: int, stride: int, dilation: int
) -> Iterator[tuple[int, int, slice, slice]]:
    """Each position (i, j) in the window, with the rows and columns on which it stands."""
    for i in range(kernel_size):
        for j in range(kernel_size):
            top, left = i * dilation, j * dilation
            rows = slice(top, top + stride * (height - 1) + 1, stride)
            columns = slice(left, left + stride * (width - 1) + 1, stride)
            yield i, j, rows, columns
