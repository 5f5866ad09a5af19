"""The convolution layer: one matrix product over all windows, and its derivative."""

from torch import Generator, Tensor, empty, get_default_dtype, zeros
from torch import dtype as DType

from dlcv.layers.base import Layer, require_forward
from dlcv.layers.columns import col2im, im2col
from dlcv.layers.sizes import check_groups, check_window, output_size


class Conv2d(Layer):
    """Filters slid over images, like `nn.Conv2d` with zero padding. Chapter 10 builds it.

    `forward` writes all windows as columns and multiplies them with the filters as rows. `backward`
    is that of a linear layer; `col2im` takes the columns' gradients back to the pixels. Weights and
    biases start uniform in ±1/√(F · F · C / G), as in `nn.Conv2d`: from the same seed come the same
    numbers.

    Where the last stride does not come out even this layer refuses and says why; `nn.Conv2d` leaves
    out the last rows and columns without a word.

    Args:
        in_channels: of the images that come in, C.
        out_channels: number of filters, O, and of the maps that go out.
        kernel_size: side of a filter, F.
        stride: pixels from one window to the next.
        padding: zeros put around the images on each side.
        dilation: pixels from one element of a filter to the next.
        groups: G cuts the channels into G parts; each O / G filters see one part.
        bias: whether each filter has a number to add.
        generator: where the random numbers come from; without one, PyTorch's global generator.
        dtype: of weights and biases; without one, PyTorch's default.

    Raises:
        ValueError: a number is not positive (`padding`: is negative), or `groups` does not divide
            both numbers of channels.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        padding: int = 0,
        dilation: int = 1,
        groups: int = 1,
        bias: bool = True,
        generator: Generator | None = None,
        dtype: DType | None = None,
    ):
        super().__init__()
        check_groups(in_channels, out_channels, groups)
        check_window(kernel_size, stride, padding, dilation)
        self.groups, self.window = groups, (kernel_size, stride, padding, dilation)
        shape = (out_channels, in_channels // groups, kernel_size, kernel_size)
        bound, dtype = (shape[1] * kernel_size**2) ** -0.5, dtype or get_default_dtype()
        for name, size in {"weight": shape, "bias": (out_channels,)}.items():
            if name == "weight" or bias:
                values = empty(size, dtype=dtype).uniform_(-bound, bound, generator=generator)
                self.parameters[name] = values
                self.gradients[name] = zeros(size, dtype=dtype)
        self.columns: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C, H, W)` to `(B, O, H', W')`."""
        weight, G = self.parameters["weight"], self.groups
        O, channels = weight.shape[0], weight.shape[1] * G
        if x.ndim != 4 or x.shape[1] != channels:
            raise ValueError(
                f"Conv2d: x must have shape (B, {channels}, H, W); got {tuple(x.shape)}"
            )
        if x.dtype != weight.dtype:
            raise TypeError(f"Conv2d: x must be {weight.dtype}, like the weights; got {x.dtype}")
        size, B = tuple(x.shape[2:]), len(x)
        columns = im2col(x, *self.window)  # (B, C·F·F, H'·W'); refuses what does not fit
        self.x_size, self.out_size = size, output_size(size, *self.window)
        self.columns = columns.reshape(B, G, -1, columns.shape[2])  # (B, G, C/G·F·F, H'·W')
        out = weight.reshape(G, O // G, -1) @ self.columns  # (B, G, O/G, H'·W')
        out = out.reshape(B, O, *self.out_size)
        if "bias" in self.parameters:
            out = out + self.parameters["bias"][:, None, None]
        return out

    def backward(self, grad: Tensor) -> Tensor:
        """∂L/∂output `(B, O, H', W')` to ∂L/∂input `(B, C, H, W)`."""
        weight, G = self.parameters["weight"], self.groups
        O, B = len(weight), None if self.columns is None else len(self.columns)
        require_forward(self, grad, None if B is None else (B, O, *self.out_size))
        if "bias" in self.parameters:
            self.gradients["bias"] = grad.sum(dim=(0, 2, 3))
        grad = grad.reshape(B, G, O // G, -1)  # (B, G, O/G, H'·W')
        by_image = grad @ self.columns.transpose(2, 3)  # (B, G, O/G, C/G·F·F)
        self.gradients["weight"] = by_image.sum(dim=0).reshape(weight.shape)
        columns = weight.reshape(G, O // G, -1).transpose(1, 2) @ grad  # (B, G, C/G·F·F, H'·W')
        return col2im(columns.flatten(1, 2), self.x_size, *self.window)
