"""Three ways to find weights: guess anew, guess nearby, follow the gradient. Chapter 7 builds them.

Each takes a function of the weights, where to begin, and a *budget*: how often the loss may be
evaluated. Each returns weights and the history of losses, and leaves the tensor it was given alone.
"""

import math
from collections.abc import Callable

import torch
from torch import Generator, Tensor

LossFunction = Callable[[Tensor], Tensor | float]
LossAndGradient = Callable[[Tensor], tuple[Tensor | float, Tensor]]


def random_search(
    loss: LossFunction,
    w: Tensor,
    budget: int,
    scale: float = 1.0,
    generator: Generator | None = None,
) -> tuple[Tensor, list[float]]:
    """Guess again and again, and keep the best guess. Chapter 7 builds it.

    Every guess is drawn anew from a normal distribution around 0.

    Args:
        loss: a function of the weights that returns one number.
        w: the first guess; any shape.
        budget: guesses in all, the first among them.
        scale: standard deviation of each weight.
        generator: where the random numbers come from; without one, PyTorch's global generator.

    Returns:
        The weights with the lowest loss, and the lowest loss so far after each guess, `budget`
        numbers.

    Raises:
        ValueError: `budget` is below 1 or `scale` is not positive.
    """
    return _search(loss, w, budget, scale, lambda best, noise: noise, generator)


def random_local_search(
    loss: LossFunction,
    w: Tensor,
    budget: int,
    scale: float = 0.1,
    generator: Generator | None = None,
) -> tuple[Tensor, list[float]]:
    """Try a random step from the best place so far; take it if the loss falls. Chapter 7 builds it.

    Arguments, results and errors are those of `random_search`; `scale` is the standard deviation
    of the step in each weight.
    """
    return _search(loss, w, budget, scale, lambda best, noise: best + noise, generator)


def gradient_descent(
    loss_and_gradient: LossAndGradient,
    w: Tensor,
    budget: int,
    learning_rate: float,
    momentum: float = 0.0,
    cost: int = 3,
) -> tuple[Tensor, list[float]]:
    """Step against the gradient, w ← w − α v with v ← β v + ∇L(w). Chapter 7 builds it.

    With `momentum` β = 0, the default, v is the gradient itself. The steps are those of
    `torch.optim.SGD(lr=learning_rate, momentum=momentum)`. For mini-batches, let
    `loss_and_gradient` look at other examples each time it is called.

    Args:
        loss_and_gradient: a function of the weights that returns the loss and its gradient, which
            has the shape of `w`.
        w: where to begin; any shape.
        budget: evaluations in all; `budget // cost` steps are taken.
        learning_rate: α.
        momentum: β, from 0 to below 1: the share of the last step that is kept.
        cost: evaluations of the loss that one call counts for. A network's gradient costs about
            two more passes (chapter 8), so together 3.

    Returns:
        The weights after the last step, and the loss before each step: `budget // cost` numbers.
        Where the steps are too large they grow without limit, and end as infinity or NaN.

    Raises:
        ValueError: `budget` or `cost` is below 1, `learning_rate` is not positive, `momentum` is
            not in [0, 1), or the gradient has another shape than the weights.
    """
    _require_counts(budget=budget, cost=cost)
    _require_positive(learning_rate=learning_rate)
    if not 0 <= momentum < 1:
        raise ValueError(f"momentum must be at least 0 and below 1; got {momentum}")
    w, velocity, losses = w.detach().clone(), torch.zeros_like(w, requires_grad=False), []
    for _ in range(budget // cost):
        loss, gradient = loss_and_gradient(w)
        if gradient.shape != w.shape:
            shapes = f"{tuple(w.shape)}; got {tuple(gradient.shape)}"
            raise ValueError(f"loss_and_gradient: the gradient must have the shape of w, {shapes}")
        velocity = momentum * velocity + gradient
        w = w - learning_rate * velocity
        losses.append(float(loss))
    return w, losses


def _search(
    loss: LossFunction,
    w: Tensor,
    budget: int,
    scale: float,
    propose: Callable[[Tensor, Tensor], Tensor],
    generator: Generator | None,
) -> tuple[Tensor, list[float]]:
    """Both searches: they differ in what is done with the best weights so far and the noise."""
    _require_counts(budget=budget)
    _require_positive(scale=scale)
    best = w.detach().clone()
    losses = [_number(loss(best))]
    for _ in range(budget - 1):
        noise = torch.empty_like(best).normal_(0, scale, generator=generator)
        guess = propose(best, noise)
        new = _number(loss(guess))
        if new < losses[-1]:
            best = guess
        losses.append(min(losses[-1], new))
    return best, losses


def _number(loss: Tensor | float) -> float:
    """A loss as a float; one that is NaN counts as infinitely bad."""
    return math.inf if math.isnan(loss) else float(loss)


def _require_counts(**counts: int) -> None:
    for name, count in counts.items():
        if count < 1:
            raise ValueError(f"{name} must be at least 1; got {count}")


def _require_positive(**numbers: float) -> None:
    for name, number in numbers.items():
        if not number > 0:
            raise ValueError(f"{name} must be positive; got {number}")
