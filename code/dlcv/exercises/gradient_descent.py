"""Checks for chapter 7, gradient descent."""

import itertools
import math
from collections.abc import Callable

import torch

from dlcv.exercises.base import Verdict, exercise, require, require_shape


def _number(result, what: str) -> float:
    """The answer as a float; a complex or larger result gets a hint."""
    result = torch.as_tensor(result)
    require(result.numel() == 1, f"return one number, {what}; yours has shape {result.shape}.")
    require(
        not result.is_complex(),
        "your number is complex: for a symmetric matrix take torch.linalg.eigvalsh.",
    )
    return float(result)


@exercise("Largest learning rate")
def largest_rate(answer: Callable) -> Verdict:
    """Check `largest_rate(H)`: a symmetric positive definite (d, d) to 2/λ_max."""
    generator = torch.Generator().manual_seed(0)
    turn = torch.linalg.qr(torch.randn(3, 3, generator=generator, dtype=torch.float64)).Q
    H = turn @ torch.diag(torch.tensor([0.5, 8.0, 2.0], dtype=torch.float64)) @ turn.T
    given, along_axes = H.clone(), H.diagonal().max().item()
    ours = _number(answer(H), "the limit for α")
    require(torch.equal(H, given), "your function changes H; work on a new tensor.")
    hints = {
        1 / 8: "1/λ_max is where the steepest direction is there in one step; the limit is twice "
        "as large.",
        2 / 0.5: "the steepest direction sets the limit, not the flattest: λ_max, not λ_min.",
        2 / 10.5: "that is 2/trace: the largest eigenvalue alone decides, not the sum of all.",
        2 / 8.5: "that is the fastest rate, (7.12). The question is where it begins to diverge.",
        2 / along_axes: "the largest entry stands on the diagonal and is the curvature along an "
        "axis, and the steepest direction may lie between the axes: take the eigenvalues.",
        2 / H.norm().item(): "that is 2 by the root of all squared entries; take the largest "
        "eigenvalue.",
        8.0: "that is λ_max itself; the limit is 2/λ_max.",
    }
    for wrong, hint in hints.items():
        require(not math.isclose(ours, wrong, rel_tol=1e-6), hint)
    expected = 2 / torch.linalg.eigvalsh(H)[-1].item()
    require(
        math.isclose(ours, expected, rel_tol=1e-8),
        f"for curvatures 0.5, 8 and 2 the limit is {expected:.4f}; yours is {ours:.4f}.",
    )
    flat = torch.diag(torch.tensor([4.0, 1.0], dtype=torch.float64))
    require(
        math.isclose(_number(answer(flat), "the limit for α"), 0.5, rel_tol=1e-8),
        "right for one matrix and wrong for another: is the order of the eigenvalues assumed?",
    )


@exercise("Numeric gradient")
def numeric_gradient(answer: Callable) -> Verdict:
    """Check `numeric_gradient(f, w, h)`: central differences, for weights of any shape."""
    w = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], dtype=torch.float64)
    given, h = w.clone(), 0.125
    factors = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], dtype=torch.float64)

    def cube(w):
        return (factors * w**3).sum()

    ours = answer(cube, w, h)
    _require_like(ours, w)
    require(torch.equal(w, given), "your function leaves w changed; put every weight back.")
    # By hand: (w + h)³ − (w − h)³ = 6 w² h + 2 h³ and (w + h)³ − w³ = 3 w² h + 3 w h² + h³.
    central = factors * (3 * w**2 + h**2)
    ahead, back = (factors * (3 * w**2 + s * 3 * w * h + h**2) for s in (1, -1))

    def like(wrong: torch.Tensor) -> bool:
        return torch.allclose(ours, wrong, rtol=1e-8, atol=1e-8)

    require(not like(ahead), "you look ahead only: subtract f(w − h), not f(w).")
    require(not like(back), "you look back only: begin with f(w + h), not with f(w).")
    require(not like(2 * central), "from w − h to w + h it is 2h: divide by 2h.")
    require(not like(2 * h * central), "divide the difference by 2h.")
    require(not like(-central), "the sign: f ahead minus f behind.")
    require(not like(factors * 3 * w**2), "use the h that is given, whatever its size.")
    row_by_row = central.sum(dim=1, keepdim=True).expand(2, 3)
    require(
        not like(row_by_row),
        "you moved a whole row of w at a time: w[0] is a row. Number all weights with w.flatten().",
    )
    everywhere = (cube(w + h) - cube(w - h)) / (2 * h)
    require(
        not like(everywhere.expand(2, 3)),
        "move one weight at a time; you moved all of them together.",
    )
    require(
        like(central),
        f"for Σ c w³ it should give {central.tolist()}, by hand; yours gives {ours.tolist()}.",
    )
    for shape in ((), (4,), (2, 1, 3)):
        _compare_numeric(answer, shape)


def _require_like(result, w: torch.Tensor) -> None:
    """A tensor of the shape and the number type of w."""
    require(
        isinstance(result, torch.Tensor),
        f"return a tensor of the shape of w, not {type(result).__name__}.",
    )
    require_shape(result, tuple(w.shape), "that of w")
    require(
        result.dtype == w.dtype,
        f"w is float64 and your result {str(result.dtype)[6:]}: begin with torch.zeros_like(w).",
    )


def _compare_numeric(answer: Callable, shape: tuple[int, ...]) -> None:
    """Against autograd, on a function in which the weights act on each other."""
    generator = torch.Generator().manual_seed(1)
    w = torch.randn(shape, generator=generator, dtype=torch.float64)

    def f(w):
        return (w.sum() ** 2 + (2 * w).sin().sum()).exp()

    leaf = w.clone().requires_grad_()
    f(leaf).backward()
    ours = answer(f, w, 1e-5)
    _require_like(ours, w)
    require(
        torch.allclose(ours, leaf.grad, rtol=1e-6, atol=1e-6),
        "right where each weight acts alone, wrong where they act together: is every weight put "
        "back before the next one is moved?",
    )


@exercise("The whole loop")
def training_loop(answer: Callable) -> Verdict:
    """Check `train(gradient, w, count, batch_size, epochs, alpha, beta)`: the last weights."""
    count, size, epochs, alpha, beta = 23, 5, 4, 0.1, 0.75
    generator = torch.Generator().manual_seed(0)
    targets = torch.randn(count, 3, generator=generator, dtype=torch.float64)
    w, asked = torch.ones(3, dtype=torch.float64), []
    given = w.clone()

    def gradient(w, rows):
        rows = torch.as_tensor(rows)
        require(
            rows.ndim == 1 and rows.dtype == torch.int64,
            "rows must be a row of whole numbers: torch.randperm(count).split(batch_size).",
        )
        asked.append((w.clone(), rows.clone()))
        return 2 * (w - targets[rows].mean(dim=0))

    result = answer(gradient, w, count, size, epochs, alpha, beta)
    require_shape(result, (3,), "that of w")
    require(torch.equal(w, given), "your function changes the weights it was given.")
    _require_epochs([rows for _, rows in asked], count, size, epochs)
    weights = [at for at, _ in asked] + [result]
    _require_steps(weights, [rows for _, rows in asked], targets, alpha, beta)


def _require_epochs(drawn: list[torch.Tensor], count: int, size: int, epochs: int) -> None:
    """Each epoch asks for every example once, in batches of `size`, in an order of its own."""
    require(drawn, "your function never calls gradient(w, rows).")
    each = math.ceil(count / size)
    require(
        len(drawn) != epochs * (count // size),
        "the last batch of an epoch is missing: with 23 examples in batches of 5, it holds 3.",
    )
    require(
        max(map(len, drawn)) <= size,
        f"a batch holds {size} examples at most; yours holds {max(map(len, drawn))}.",
    )
    require(
        len(drawn) != each or epochs == 1,
        f"that is one epoch; {epochs} were asked for.",
    )
    require(
        len(drawn) == epochs * each,
        f"{epochs} epochs of {each} batches make {epochs * each} steps; yours takes {len(drawn)}.",
    )
    orders = [torch.cat(drawn[e * each : (e + 1) * each]) for e in range(epochs)]
    for order in orders:
        require(
            torch.equal(order.sort().values, torch.arange(count)),
            "in an epoch every example comes exactly once: cut one shuffled row into batches, and "
            "do not draw each batch anew.",
        )
    require(
        not all(torch.equal(order, orders[0]) for order in orders),
        "all epochs have the same order: shuffle again at the start of each epoch.",
    )


def _require_steps(weights, drawn, targets, alpha: float, beta: float) -> None:
    """The weights asked about are those of torch.optim.SGD on the same batches."""
    each = math.ceil(len(targets) / 5)

    def like(path: list[torch.Tensor]) -> bool:
        return all(torch.allclose(a, b, atol=1e-9) for a, b in zip(weights, path, strict=True))

    def walk(beta: float, **options) -> list[torch.Tensor]:
        return _by_torch(weights[0], drawn, targets, alpha, beta, **options)

    expected = walk(beta)
    if like(expected):
        return
    require(
        not all(torch.equal(at, weights[0]) for at in weights[:-1]),
        "every gradient is asked for at the first weights: pass on the new ones.",
    )
    require(not like(walk(beta, scale=-1)), "your steps lead uphill: subtract the velocity.")
    require(not like(walk(0)), "momentum is not used: v = beta * v + gradient(w, rows).")
    require(
        not like(walk(beta, scale=1 - beta)),
        "the gradient enters whole: v = beta * v + gradient, without a factor 1 - beta.",
    )
    require(
        not like(walk(beta, scale=1 / 5)),
        "gradient(w, rows) is a mean already: do not divide by B.",
    )
    require(
        not like(walk(beta, every=each)), "the velocity is set to zero in each epoch; it lives on."
    )
    require(
        not torch.equal(weights[1], weights[0]),
        "your first step goes nowhere: put the gradient into the velocity first, then step.",
    )
    require(
        not torch.allclose(weights[-1], expected[-2], atol=1e-9),
        "return the weights after the last step, not before it.",
    )
    require(False, "the weights differ from those of torch.optim.SGD on your batches: see (7.13).")


def _by_torch(
    start: torch.Tensor, drawn, targets, alpha: float, beta: float, scale: float = 1, every: int = 0
) -> list[torch.Tensor]:
    """What SGD would give; the velocity is forgotten after each `every` steps."""
    at = start.clone()
    optimizer = torch.optim.SGD([at], lr=alpha, momentum=beta)
    path = [at.clone()]
    for step, rows in enumerate(drawn):
        if every and step % every == 0:
            optimizer.state.clear()
        at.grad = scale * 2 * (at - targets[rows].mean(dim=0))
        optimizer.step()
        path.append(at.clone())
    return path


@exercise("Noise without replacement")
def batch_noise(answer: Callable) -> Verdict:
    """Check `batch_noise(gradients, batch_size)`: E‖g_B − ∇L‖² for B different examples."""
    generator = torch.Generator().manual_seed(0)
    gradients = torch.randn(6, 3, generator=generator, dtype=torch.float64) + 1
    given = gradients.clone()
    ours = _number(answer(gradients, 3), "the mean squared noise")
    require(torch.equal(gradients, given), "your function changes its input.")
    expected = _by_enumeration(gradients, 3)
    variance = gradients.var(dim=0, correction=0).sum().item()
    hints = {
        variance / 3: "that is (7.21), for draws with replacement; the factor (N − B)/(N − 1) is "
        "missing.",
        expected * 6 / 5: "σ² divides by N, not by N − 1: torch.var needs correction=0.",
        expected / 3: "the squared length is the sum over the weights, not their mean.",
        expected**0.5: "that is its root; the mean of the *squared* length is wanted.",
        variance / 3 * 3 / 6: "almost: the factor is (N − B)/(N − 1), not (N − B)/N.",
        variance * 3 / 5: "σ² is divided by B, too.",
        (gradients**2).sum(dim=1).mean().item() / 3 * 3 / 5: "σ² is measured from the mean "
        "gradient: subtract it first.",
    }
    for wrong, hint in hints.items():
        require(not math.isclose(ours, wrong, rel_tol=1e-6), hint)
    require(
        not 1e-9 < abs(ours / expected - 1) < 0.03,
        "close, but not exact: no sampling is needed, compute it with the formula.",
    )
    for size in (3, 1, 2, 4, 5, 6):
        expected = _by_enumeration(gradients, size)
        ours = _number(answer(gradients, size), "the mean squared noise")
        require(
            math.isclose(ours, expected, rel_tol=1e-9, abs_tol=1e-12),
            f"all batches of {size} among 6 examples give {expected:.4f} on average; yours gives "
            f"{ours:.4f}.",
        )


def _by_enumeration(gradients: torch.Tensor, size: int) -> float:
    """The mean over every batch of `size` different rows."""
    full = gradients.mean(dim=0)
    batches = itertools.combinations(range(len(gradients)), size)
    squares = [((gradients[list(rows)].mean(dim=0) - full) ** 2).sum() for rows in batches]
    return torch.stack(squares).mean().item()
