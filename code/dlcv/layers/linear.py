"""The linear layer, and the one that turns images into rows."""

from math import prod

from torch import Generator, Tensor, empty, float32, zeros
from torch import dtype as DType

from dlcv.layers.base import Layer, require_forward


class Linear(Layer):
    """`x Wᵀ + b`, with `W` stored as `(outputs, inputs)`, like `nn.Linear`. Chapter 8 builds it.

    Weights and biases start uniform in ±1/√inputs, which is what `nn.Linear` does: from the same
    seed come the same numbers. Chapter 15 says what is better.

    Args:
        inputs: numbers that come in, D.
        outputs: numbers that go out, H.
        generator: where the random numbers come from; without one, PyTorch's global generator.
        dtype: of weights and biases.

    Raises:
        ValueError: `inputs` or `outputs` is not positive.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        generator: Generator | None = None,
        dtype: DType = float32,
    ):
        super().__init__()
        for name, size in (("inputs", inputs), ("outputs", outputs)):
            if size < 1:
                raise ValueError(f"{name} must be at least 1; got {size}")
        bound = inputs**-0.5
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
