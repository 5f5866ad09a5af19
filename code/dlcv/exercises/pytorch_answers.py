"""What chapter 9's checks require of sums of shapes and of hand-written gradients."""

import re
from collections.abc import Callable

import torch
from torch import Tensor

from dlcv.exercises.base import NotAttemptedError, WrongAnswerError, require

__all__ = ["check_refusal", "check_sum", "gradient_hint", "gradients_of"]


def check_sum(answer: Callable, a: tuple, b: tuple) -> None:
    """Require the right shape for both orders of the arguments."""
    for one, other in ((a, b), (b, a)):
        wanted = tuple(torch.broadcast_shapes(one, other))
        try:
            ours = answer(one, other)
        except ValueError:
            ours = None
        require(
            ours is not None,
            f"{one} and {other} go together, and yours refuses them: count the axes from the "
            "right; a missing axis counts as 1, and a 1 is stretched.",
        )
        require(
            isinstance(ours, tuple | list) and all(isinstance(n, int) for n in ours),
            f"return a tuple of sizes, not {type(ours).__name__}.",
        )
        require(
            len(ours) == len(wanted),
            f"{one} and {other} give {len(wanted)} axes, the number that the longer one has; "
            f"yours gives {len(ours)}.",
        )
        require(
            tuple(ours) == wanted,
            f"{one} and {other} give {wanted}; yours gives {tuple(ours)}. Count the axes from "
            "the right; a missing axis counts as 1, and a 1 is stretched.",
        )


def check_refusal(answer: Callable, a: tuple, b: tuple, sizes: tuple[int, int]) -> None:
    """Require a ValueError that names the two sizes."""
    wanted = f"{a} and {b} do not fit: raise a ValueError here"
    try:
        ours = answer(a, b)
    except ValueError as error:
        named = set(map(int, re.findall(r"\d+", str(error))))
        one, other = sizes
        require(
            {one, other} <= named,
            f"for {a} and {b}, the message of the ValueError must say which sizes met, {one} and "
            f"{other}; yours says {str(error)!r}.",
        )
    except NotAttemptedError:
        raise WrongAnswerError(f"{wanted}; yours returns nothing.") from None
    except Exception as error:
        raise WrongAnswerError(f"{wanted}; yours raises {type(error).__name__}.") from None
    else:
        raise WrongAnswerError(f"{wanted}; yours gives {ours}.")


def gradients_of(apply: Callable, X: Tensor, W: Tensor, b: Tensor, received: Tensor) -> tuple:
    """What the answer's backward gives, before PyTorch's engine mends the shapes."""
    given = "received is (5, 3), X is (5, 4), W is (3, 4)"
    output = apply(X, W, b)  # kept: PyTorch 2.11 frees what a node saved together with its output
    try:
        gradients = output.grad_fn.apply(received)
    except RuntimeError as error:
        first = str(error).splitlines()[0]
        raise WrongAnswerError(
            f"backward stopped: {first}. Write the shapes beside each product: {given}."
        ) from None
    require(
        isinstance(gradients, tuple) and len(gradients) == 3,
        "backward must return one gradient for each argument of forward: X, W, b.",
    )
    for name, tensor, gradient in zip("XWb", (X, W, b), gradients, strict=True):
        require(gradient is not None, f"the gradient of {name} is missing: backward returns three.")
        require(
            gradient.shape == tensor.shape,
            f"the gradient of {name} must have its shape, {tuple(tensor.shape)}; yours has "
            f"{tuple(gradient.shape)}. The order is that of forward's arguments, and {given}. "
            + ("b was stretched over the images." if name == "b" else "Which product fits?"),
        )
    return gradients


def gradient_hint(name: str, mine: Tensor, true: Tensor) -> str:
    """What is wrong with a gradient that has the right shape."""
    if torch.allclose(5 * mine, true):
        return "sum over the images, do not average; the mean belongs to the loss."
    if name == "b" and torch.allclose(mine, torch.ones_like(mine)):
        return "multiply by what was received."
    return {
        "X": "how does one entry of X move each output, and by how much does each output count?",
        "W": "each weight is used once for every image: (9.5) sums over the images.",
        "b": "b was stretched over the images, so its gradient is a sum over them, (9.6).",
    }[name]
