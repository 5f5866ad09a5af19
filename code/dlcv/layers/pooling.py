"""Pooling layers: each window becomes one number, channel by channel, with nothing to learn."""

from torch import Tensor

from dlcv.layers.base import Layer, require_forward
from dlcv.layers.columns import col2im, im2col
from dlcv.layers.sizes import check_window, output_size


class Pool2d(Layer):
    """What max and average pooling share: each channel's windows as columns, and back. Chapter 11.

    Args:
        kernel_size: side of the window, F.
        stride: pixels from one window to the next; without one, F: windows that do not overlap.
        padding: pixels put around the images on each side, at most half of F.

    Raises:
        ValueError: `kernel_size` or `stride` is not positive, `padding` negative or above F / 2.
    """

    beyond = 0.0  # what the pixels put around hold

    def __init__(self, kernel_size: int, stride: int | None = None, padding: int = 0):
        super().__init__()
        self.window = (kernel_size, kernel_size if stride is None else stride, padding)
        check_window(*self.window)
        if padding > kernel_size / 2:  # a window may stand on nothing but padding
            raise ValueError(f"padding must be at most half of kernel_size; got {padding}")
        self.x_shape: tuple[int, ...] | None = None

    def summarize(self, windows: Tensor) -> Tensor:
        """One number for each window: `(B·C, F·F, H'·W')` to `(B·C, H'·W')`."""
        raise NotImplementedError(f"{type(self).__name__} has no summarize")

    def spread(self, grad: Tensor) -> Tensor:
        """The gradient of each window's pixels: `(B·C, H'·W')` to `(B·C, F·F, H'·W')`."""
        raise NotImplementedError(f"{type(self).__name__} has no spread")

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C, H, W)` to `(B, C, H', W')`; refuses a window that does not fit."""
        if x.ndim != 4:
            name = type(self).__name__
            raise ValueError(f"{name}: x must have shape (B, C, H, W); got {tuple(x.shape)}")
        B, C, H, W = x.shape
        self.out_shape = (B, C, *output_size((H, W), *self.window))
        self.x_shape = (B, C, H, W)
        channels = x.reshape(B * C, 1, H, W)  # as images of their own
        windows = im2col(channels, *self.window, value=self.beyond)  # (B·C, F·F, H'·W')
        return self.summarize(windows).reshape(self.out_shape)

    def backward(self, grad: Tensor) -> Tensor:
        """∂L/∂output `(B, C, H', W')` to ∂L/∂input `(B, C, H, W)`."""
        require_forward(self, grad, self.x_shape and self.out_shape)
        B, C, H, W = self.x_shape
        windows = self.spread(grad.reshape(B * C, -1))
        return col2im(windows, (H, W), *self.window).reshape(self.x_shape)


class MaxPool2d(Pool2d):
    """The largest number of each window, like `nn.MaxPool2d`. Chapter 11 builds it.

    The whole gradient of a window goes to the pixel that was largest: to the first, in reading
    order, if several are. Padding is −∞ and so never the largest.
    """

    beyond = float("-inf")

    def summarize(self, windows: Tensor) -> Tensor:
        """The maximum; keeps which pixel it was."""
        largest, self.which = windows.max(dim=1)  # both (B·C, H'·W')
        return largest

    def spread(self, grad: Tensor) -> Tensor:
        """The gradient at the pixel that was largest, 0 at the others."""
        area = self.window[0] ** 2
        windows = grad.new_zeros(len(grad), area, grad.shape[1])
        return windows.scatter(1, self.which[:, None], grad[:, None])


class AvgPool2d(Pool2d):
    """The mean of each window, like `nn.AvgPool2d`; padding counts as 0. Chapter 11 builds it."""

    def summarize(self, windows: Tensor) -> Tensor:
        """The mean over the F·F pixels."""
        return windows.mean(dim=1)

    def spread(self, grad: Tensor) -> Tensor:
        """An equal share for each pixel."""
        area = self.window[0] ** 2
        return (grad / area)[:, None].expand(-1, area, -1)


class GlobalAvgPool2d(Layer):
    """The mean of each whole map: `(B, C, H, W)` to `(B, C)`. Chapter 11 builds it.

    Lin, Chen & Yan, "Network in network" (2014, arXiv:1312.4400).
    """

    def __init__(self):
        super().__init__()
        self.x_shape: tuple[int, ...] | None = None

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C, H, W)` to `(B, C)`, for maps of any size."""
        if x.ndim != 4:
            raise ValueError(
                f"GlobalAvgPool2d: x must have shape (B, C, H, W); got {tuple(x.shape)}"
            )
        self.x_shape = tuple(x.shape)
        return x.mean(dim=(2, 3))

    def backward(self, grad: Tensor) -> Tensor:
        """∂L/∂output `(B, C)` to ∂L/∂input: an equal share for each pixel of a map."""
        require_forward(self, grad, self.x_shape and self.x_shape[:2])
        _, _, H, W = self.x_shape
        return (grad / (H * W))[:, :, None, None].expand(self.x_shape)
