"""The linear layer, the one that turns images into rows, and networks made of linear layers."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import prod

from torch import Generator, Tensor, empty, get_default_dtype, zeros
from torch import dtype as DType

from dlcv.layers.base import Layer, Sequential, require_forward


class Linear(Layer):
    """`x Wᵀ + b`, with `W` stored as `(outputs, inputs)`, like `nn.Linear`. Chapter 8 builds it.

    Weights and biases start uniform in ±1/√inputs, which is what `nn.Linear` does: from the same
    seed come the same numbers. Chapter 15 says what is better.

    Args:
        inputs: numbers that come in, D.
        outputs: numbers that go out, H.
        generator: where the random numbers come from; without one, PyTorch's global generator.
        dtype: of weights and biases; without one, PyTorch's default.

    Raises:
        ValueError: `inputs` or `outputs` is not positive.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        generator: Generator | None = None,
        dtype: DType | None = None,
    ):
        super().__init__()
        for name, size in (("inputs", inputs), ("outputs", outputs)):
            if size < 1:
                raise ValueError(f"{name} must be at least 1; got {size}")
        bound, dtype = inputs**-0.5, dtype or get_default_dtype()
        for name, shape in (("weight", (outputs, inputs)), ("bias", (outputs,))):
            values = empty(shape, dtype=dtype).uniform_(-bound, bound, generator=generator)
            self.parameters[name] = values
            self.gradients[name] = zeros(shape, dtype=dtype)
        self.x: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        """`(B, D)` to `(B, H)`."""
        weight = self.parameters["weight"]
        if x.ndim != 2 or x.shape[1] != weight.shape[1]:
            wanted = f"(B, {weight.shape[1]})"
            raise ValueError(f"Linear: x must have shape {wanted}; got {tuple(x.shape)}")
        if x.dtype != weight.dtype:
            raise TypeError(f"Linear: x must be {weight.dtype}, like the weights; got {x.dtype}")
        self.x = x
        return x @ weight.T + self.parameters["bias"]

    def backward(self, grad: Tensor) -> Tensor:
        """∂L/∂output `(B, H)` to ∂L/∂input `(B, D)`."""
        weight = self.parameters["weight"]
        require_forward(self, grad, None if self.x is None else (len(self.x), len(weight)))
        self.gradients["weight"] = grad.T @ self.x  # (H, B) @ (B, D) → (H, D)
        self.gradients["bias"] = grad.sum(dim=0)  # (H,)
        return grad @ weight  # (B, H) @ (H, D) → (B, D)


class Flatten(Layer):
    """Each image `(C, H, W)` as one row of C·H·W numbers: `(B, C, H, W)` to `(B, C·H·W)`."""

    def __init__(self):
        super().__init__()
        self.shape: tuple[int, ...] | None = None

    def forward(self, x: Tensor) -> Tensor:
        """`(B, …)` to `(B, D)`; one number an image, `(B,)`, becomes `(B, 1)`."""
        if x.ndim == 0:
            raise ValueError("Flatten: x must have a batch axis, (B, …); got a single number")
        self.shape = tuple(x.shape)
        return x.reshape(len(x), prod(x.shape[1:]))

    def backward(self, grad: Tensor) -> Tensor:
        """∂L/∂row `(B, D)` back to the images' shape."""
        require_forward(self, grad, self.shape and (self.shape[0], prod(self.shape[1:])))
        return grad.reshape(self.shape)


def mlp(
    sizes: Sequence[int],
    activation: Callable[[], Layer],
    generator: Generator | None = None,
    *,
    dtype: DType | None = None,
    variance: float | None = None,
) -> Sequential:
    """Linear layers from size to size, with an activation between any two. Chapter 8 uses it.

    Args:
        sizes: numbers that come in, units of each hidden layer, numbers that go out.
        activation: makes one activation layer, such as `ReLU`; called once for each hidden layer.
        generator: where the random numbers come from; without one, PyTorch's global generator.
        dtype: of weights and biases; without one, PyTorch's default.
        variance: of the weights times their layer's inputs: 2 draws them from a normal distribution
            of variance 2 / inputs (He et al. 2015, arXiv:1502.01852), and biases start at 0.
            None: as `Linear` starts.

    Returns:
        `(B, sizes[0])` to `(B, sizes[-1])`.

    Raises:
        ValueError: fewer than two sizes, one that is not positive, or a negative `variance`.
    """
    if len(sizes) < 2:
        raise ValueError(f"sizes must have two numbers at least, in and out; got {list(sizes)}")
    if variance is not None and not variance >= 0:
        raise ValueError(f"variance must not be negative; got {variance}")
    parts: list[Layer] = []
    for inputs, outputs in pairwise(sizes):
        linear = Linear(inputs, outputs, generator, dtype)
        if variance is not None:
            linear.parameters["weight"].normal_(0, (variance / inputs) ** 0.5, generator=generator)
            linear.parameters["bias"].zero_()
        parts += [linear, activation()]
    return Sequential(*parts[:-1])  # no activation behind the last
