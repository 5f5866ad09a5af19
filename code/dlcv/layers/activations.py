"""Activation functions: the bend between two linear layers, each with its derivative.

Chapter 5 derives and plots them all. Each acts on every number by itself, except `Maxout`, which
takes the largest of a few. None overflows, however large the numbers that come in.
"""

from math import isfinite, pi, sqrt

import torch
from torch import Tensor

from dlcv.layers.base import Layer, require_forward


class Activation(Layer):
    """A function of one number, applied to each number of a tensor of any shape.

    A subclass says what `function` and `derivative` are; by the chain rule, `backward` multiplies
    what comes in with the derivative, number by number. Chapters 5 and 8 build it.
    """

    def __init__(self):
        super().__init__()
        self.x: Tensor | None = None

    def function(self, x: Tensor) -> Tensor:
        """σ(x), of the shape of `x`."""
        raise NotImplementedError(f"{type(self).__name__} has no function")

    def derivative(self, x: Tensor) -> Tensor:
        """σ′(x), of the shape of `x`."""
        raise NotImplementedError(f"{type(self).__name__} has no derivative")

    def forward(self, x: Tensor) -> Tensor:
        """σ(x), of the shape of `x`; keeps `x`."""
        if not x.is_floating_point():
            raise TypeError(f"{type(self).__name__}: x must hold floats; got {x.dtype}")
        self.x = x
        return self.function(x)

    def backward(self, grad: Tensor) -> Tensor:
        """∂L/∂output · σ′(x), both of the shape of `x`."""
        require_forward(self, grad, None if self.x is None else self.x.shape)
        return grad * self.derivative(self.x)


class Sigmoid(Activation):
    """1 / (1 + e⁻ˣ), from 0 to 1, like `nn.Sigmoid`. Chapter 5 builds it."""

    def function(self, x: Tensor) -> Tensor:
        """Written with e^−|x|, which is at most 1 and cannot overflow."""
        power = torch.exp(-x.abs())
        return torch.where(x >= 0, 1, power) / (1 + power)

    def derivative(self, x: Tensor) -> Tensor:
        """σ(1 − σ): at most 1/4, at 0."""
        a = self.function(x)
        return a * (1 - a)


class Tanh(Activation):
    """(eˣ − e⁻ˣ) / (eˣ + e⁻ˣ) = 2σ(2x) − 1, from −1 to 1, like `nn.Tanh`. Chapter 5 builds it."""

    def function(self, x: Tensor) -> Tensor:
        """The library's own, which does not overflow."""
        return torch.tanh(x)

    def derivative(self, x: Tensor) -> Tensor:
        """1 − tanh²: at most 1, at 0."""
        return 1 - torch.tanh(x) ** 2


class ReLU(Activation):
    """max(0, x), the rectified linear unit, like `nn.ReLU`. Chapter 5 builds it."""

    def function(self, x: Tensor) -> Tensor:
        """What is negative becomes 0."""
        return x.clamp(min=0)

    def derivative(self, x: Tensor) -> Tensor:
        """1 where x > 0, else 0; at 0, where there is none, we say 0, as PyTorch does."""
        return (x > 0).to(x.dtype)


class LeakyReLU(Activation):
    """max(slope · x, x), like `nn.LeakyReLU(slope)`. Chapter 5 builds it.

    Args:
        slope: of the line left of 0, from 0 to 1; PyTorch's own default is 0.01.

    Raises:
        ValueError: `slope` is not between 0 and 1.
    """

    def __init__(self, slope: float = 0.1):
        super().__init__()
        if not 0 <= slope <= 1:
            raise ValueError(f"slope must be between 0 and 1; got {slope}")
        self.slope = slope

    def function(self, x: Tensor) -> Tensor:
        """x where it is positive, slope · x elsewhere."""
        return torch.where(x > 0, x, self.slope * x)

    def derivative(self, x: Tensor) -> Tensor:
        """1 where x > 0, else the slope."""
        return torch.where(x > 0, torch.ones_like(x), self.slope)


class ELU(Activation):
    """x where it is positive, α(eˣ − 1) elsewhere, like `nn.ELU(alpha)`. Chapter 5 builds it.

    Clevert, Unterthiner and Hochreiter (2015), arXiv:1511.07289.

    Args:
        alpha: the function falls to −α on the left.

    Raises:
        ValueError: `alpha` is not positive and finite.
    """

    def __init__(self, alpha: float = 1.0):
        super().__init__()
        if not (alpha > 0 and isfinite(alpha)):
            raise ValueError(f"alpha must be positive and finite; got {alpha}")
        self.alpha = alpha

    def function(self, x: Tensor) -> Tensor:
        """The exponential is taken of the negative part only: it cannot overflow."""
        return torch.where(x > 0, x, self.alpha * x.clamp(max=0).expm1())

    def derivative(self, x: Tensor) -> Tensor:
        """1 where x > 0, else αeˣ, which is the function + α."""
        return torch.where(x > 0, torch.ones_like(x), self.alpha * x.clamp(max=0).exp())


class GELU(Activation):
    """x · Φ(x), Φ the distribution function of the normal distribution, like `nn.GELU()`.

    Hendrycks and Gimpel (2016), arXiv:1606.08415. Chapter 5 builds it.
    """

    def function(self, x: Tensor) -> Tensor:
        """Each number times the probability that a standard normal one is smaller."""
        return x * self._below(x)

    def derivative(self, x: Tensor) -> Tensor:
        """Φ(x) + x φ(x), by the product rule; φ = Φ′ is the bell curve."""
        bell = torch.exp(-0.5 * x**2) / sqrt(2 * pi)
        return self._below(x) + x * bell

    @staticmethod
    def _below(x: Tensor) -> Tensor:
        return 0.5 * (1 + torch.erf(x / sqrt(2)))


class SiLU(Activation):
    """x · σ(x), σ the sigmoid, like `nn.SiLU`; also called swish. Chapter 5 builds it.

    Hendrycks and Gimpel (2016), arXiv:1606.08415; Elfwing, Uchibe and Doya (2017),
    arXiv:1702.03118.
    """

    def function(self, x: Tensor) -> Tensor:
        """Each number times its own sigmoid."""
        return x * Sigmoid().function(x)

    def derivative(self, x: Tensor) -> Tensor:
        """σ + x σ(1 − σ), by the product rule."""
        a = Sigmoid().function(x)
        return a + x * (a * (1 - a))


class Maxout(Layer):
    """The largest of `pieces` numbers that stand side by side: `(B, H · pieces)` to `(B, H)`.

    Behind a linear layer of H · pieces outputs it gives H units, each the largest of its own
    `pieces` linear functions. Goodfellow et al. (2013), arXiv:1302.4389. Chapter 5 builds it.

    Args:
        pieces: how many numbers compete for one output.

    Raises:
        ValueError: `pieces` is below 2.
    """

    def __init__(self, pieces: int = 2):
        super().__init__()
        if pieces < 2:
            raise ValueError(f"pieces must be at least 2; got {pieces}")
        self.pieces = pieces
        self.shape: tuple[int, ...] | None = None

    def forward(self, x: Tensor) -> Tensor:
        """`(B, H · pieces)` to `(B, H)`; keeps which piece won."""
        if x.ndim != 2 or x.shape[1] == 0 or x.shape[1] % self.pieces:
            wanted = f"(B, H · {self.pieces})"
            raise ValueError(f"Maxout: x must have shape {wanted}; got {tuple(x.shape)}")
        self.shape = (len(x), x.shape[1] // self.pieces, self.pieces)
        largest, self.winner = x.reshape(self.shape).max(dim=2)  # both (B, H)
        return largest

    def backward(self, grad: Tensor) -> Tensor:
        """`(B, H)` to `(B, H · pieces)`: all to the winner, nothing to the others."""
        require_forward(self, grad, self.shape and self.shape[:2])
        back = grad.new_zeros(self.shape)
        return back.scatter_(2, self.winner[..., None], grad[..., None]).flatten(1)
