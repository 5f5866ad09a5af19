"""A gradient without any calculus: move one weight at a time, and see what the loss does."""

from collections.abc import Callable
from itertools import product

import torch
from torch import Tensor


def numeric_gradient(f: Callable[[Tensor], Tensor | float], w: Tensor, h: float = 1e-5) -> Tensor:
    """The gradient of `f` at `w` by central differences, (f(w + h eᵢ) − f(w − h eᵢ)) / 2h.

    Chapter 7 builds it and chapter 8 checks every layer with it. It costs two evaluations of `f`
    for each entry of `w`. The error is of the order h² from the formula and of the order 10⁻¹⁶/h
    from rounding, which together are smallest near h = 10⁻⁵ where `f` and its derivatives are
    neither large nor small.

    Entry by entry `w` is moved **in place** and put back, so `f` may take its argument or read the
    same tensor from elsewhere, from a layer's `parameters` for instance. Afterwards `w` is what it
    was, bit for bit, also when `f` raises.

    Args:
        f: a function of `w` that returns one number.
        w: where; float64, any shape. It must not share memory with itself, as `expand` makes it.
        h: how far each entry is moved.

    Returns:
        ∂f/∂w, float64, of the shape of `w`.

    Raises:
        TypeError: `w` is not float64: in float32 the difference would be mostly rounding error.
        ValueError: `h` is not positive, or `f` returned something that is not one number.
    """
    if w.dtype != torch.float64:
        raise TypeError(f"w must be float64; got {w.dtype}")
    if not h > 0:
        raise ValueError(f"h must be positive; got {h}")
    gradient = torch.zeros_like(w, requires_grad=False)
    with torch.no_grad():
        for i in product(*map(range, w.shape)):
            before = w[i].item()
            try:
                w[i] = before + h
                above = _one_number(f(w))
                w[i] = before - h
                below = _one_number(f(w))
            finally:
                w[i] = before
            gradient[i] = (above - below) / (2 * h)
    return gradient


def relative_error(a: Tensor, b: Tensor) -> float:
    """How far two gradients are apart, measured by their own size: ‖a − b‖ / max(‖a‖, ‖b‖).

    0 when they are equal, 2 when one is the other's negative. Chapter 7 builds it. For single
    numbers it is the formula of the CS231n notes (https://cs231n.github.io/neural-networks-3/,
    "Gradient checks"). Here lengths stand in place of absolute values, so that an entry near 0, of
    which rounding leaves no digit, does not decide. The price: a wrong entry that is small beside
    the others hardly counts. Compare gradients one parameter at a time.

    Args:
        a: a gradient.
        b: another, of the same shape.

    Returns:
        A number from 0 to 2; 0 where both gradients are zero, NaN where one holds a NaN.

    Raises:
        ValueError: the shapes differ.
    """
    if a.shape != b.shape:
        shapes = f"{tuple(a.shape)}, {tuple(b.shape)}"
        raise ValueError(f"a and b must have the same shape; got {shapes}")
    a, b = a.detach().double(), b.detach().double()
    size = torch.maximum(a.norm(), b.norm()).item()
    return 0.0 if size == 0 else (a - b).norm().item() / size


def _one_number(value: Tensor | float) -> float:
    """What `f` returned, as a float."""
    if isinstance(value, Tensor) and value.numel() != 1:
        raise ValueError(f"f must return one number; got a tensor of shape {tuple(value.shape)}")
    return float(value)
