"""Checks for chapter 8, backpropagation."""

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.nn import functional as F

from dlcv.exercises.base import Verdict, exercise, has_loop, refuse, require, require_shape
from dlcv.exercises.tensors import close, normal
from dlcv.layers.autograd import Value, topological_order

AUTOGRAD = {"autograd", "backward", "requires_grad", "requires_grad_", "cross_entropy", "nll_loss"}


def _answered(answer: Callable, shape: tuple[int, ...], meaning: str, *tensors: Tensor) -> Tensor:
    """The answer to copies of some tensors; it must leave them alone and return this shape."""
    given = [tensor.clone() for tensor in tensors]
    ours = answer(*given)
    unchanged = all(torch.equal(a, b) for a, b in zip(given, tensors, strict=True))
    require(unchanged, "your function changes its input; work on a new tensor.")
    require_shape(ours, shape, meaning)
    return ours


def _compare(ours: Tensor, theirs: Tensor, slips: list[tuple[Tensor, str]]) -> None:
    """Recognize what plausible slips give; anything else must equal autograd's gradient."""
    for slip, hint in slips:
        require(not close(ours, slip), hint)
    require(close(ours, theirs), "the values differ from autograd's.")


# ------------------------------------------------------------------------------- exercise 1


@exercise("Backward of the sigmoid")
def sigmoid_backward(answer: Callable) -> Verdict:
    """Check `sigmoid_backward(a, upstream)`: outputs (B, H), ∂L/∂a (B, H) to ∂L/∂z (B, H)."""
    z, upstream = normal(4, 3).requires_grad_(), normal(4, 3, seed=1)
    a = torch.sigmoid(z)
    a.backward(upstream)
    a = a.detach()
    ours = _answered(answer, (4, 3), "(B, H)", a, upstream)
    again = torch.sigmoid(a)
    slips = [
        (upstream * again * (1 - again), "a is σ(z) already: do not take σ twice."),
        (a * (1 - a), "that is the slope alone: multiply it by what comes from behind, upstream."),
        (a * (1 - a) + upstream, "along a path you multiply: the slope times upstream."),
        (upstream * a, "that is the value times upstream; the slope is a(1 − a)."),
        (upstream * (1 - a), "the slope is a(1 − a): one factor is missing."),
        (upstream * (1 - a**2), "1 − a² is the slope of tanh; the sigmoid's is a(1 − a)."),
        (upstream * a * (1 + a), "check the sign: σ′ = σ(1 − σ)."),
        (-z.grad, "right size, wrong sign: σ rises everywhere, so its slope is positive."),
    ]
    _compare(ours, z.grad, slips)
    refuse(answer, AUTOGRAD, "write the formula yourself")


# ------------------------------------------------------------------------------- exercise 2


@exercise("A graph by hand")
def graph_gradients(answer: Callable) -> Verdict:
    """Check `graph_gradients(x, y, z)`: the three derivatives of f = (x + y) · max(y, z)."""
    for x, y, z in [(3.0, 1.0, 2.0), (3.0, 2.0, -1.0), (-0.5, 4.0, 1.5)]:
        t = [torch.tensor(n, dtype=torch.float64, requires_grad=True) for n in (x, y, z)]
        ((t[0] + t[1]) * torch.maximum(t[1], t[2])).backward()
        theirs = torch.stack([n.grad for n in t])
        ours = answer(x, y, z)
        require(
            isinstance(ours, (tuple, list, Tensor)) and len(ours) == 3,
            "return three numbers: ∂f/∂x, ∂f/∂y and ∂f/∂z.",
        )
        _name_the_missing_path(torch.tensor([float(n) for n in ours]).double(), theirs, x, y, z)
    refuse(answer, AUTOGRAD, "write the formula yourself")


def _name_the_missing_path(ours: Tensor, theirs: Tensor, x: float, y: float, z: float) -> None:
    q, m, won = x + y, max(y, z), float(y > z)
    where = f"at x = {x:g}, y = {y:g}, z = {z:g}: "
    slips = [
        ([m, m, q * (1 - won)], "y has two paths to f: add what comes back through the max."),
        ([m, q * won, q * (1 - won)], "y has two paths to f: add what comes back through the sum."),
        ([q, q + m * won, m * (1 - won)], "a product swaps: the sum gets max(y, z) as its factor."),
        ([m, m + q, q], "the max lets the gradient through to the larger input only."),
        ([m, m + q * (1 - won), q * won], "the max sends the gradient to the larger input."),
        ([m, m * q * won, q * (1 - won)], "two paths: their contributions are added."),
    ]
    for slip, hint in slips:
        wrong = torch.tensor(slip, dtype=torch.float64)
        if not close(wrong, theirs):
            require(not close(ours, wrong), where + hint)
    for name, a, b in zip("xyz", ours, theirs, strict=True):
        require(abs(a - b) < 1e-10, where + f"∂f/∂{name} = {b:g}; yours is {a:g}.")


# ------------------------------------------------------------------------------- exercise 3


@exercise("Backward of softmax cross-entropy, without a loop")
def softmax_cross_entropy_backward(answer: Callable) -> Verdict:
    """Check `softmax_cross_entropy_backward(scores, y)`: (B, K) and (B,) to ∂L/∂scores (B, K)."""
    scores, y = normal(5, 3).requires_grad_(), torch.tensor([2, 0, 1, 1, 0])
    F.cross_entropy(scores, y).backward()
    theirs, given = scores.grad, scores.detach()
    ours = _answered(answer, (5, 3), "(B, K)", given, y)
    _compare(ours, theirs, _cross_entropy_slips(theirs, given, y))
    large, classes = torch.tensor([[1000.0, 0.0, -1000.0]]).double(), torch.tensor([0])
    require(
        bool(torch.isfinite(answer(large.clone(), classes.clone())).all()),
        "right, but scores of 1000 give nan: subtract each row's maximum before exp.",
    )
    require(not has_loop(answer), "right, but with a loop: index all rows at once.")
    refuse(answer, AUTOGRAD, "write the formula yourself")


def _cross_entropy_slips(theirs: Tensor, scores: Tensor, y: Tensor) -> list[tuple[Tensor, str]]:
    (B, K), p, rows = scores.shape, F.softmax(scores, dim=1), torch.arange(len(y))
    whole_columns, only_true = p.clone(), torch.zeros_like(p)
    whole_columns[:, y] -= 1
    only_true[rows, y] = p[rows, y] - 1
    over_images = F.softmax(scores, dim=0) - F.one_hot(y, K)
    return [
        (B * theirs, "L is the mean over the batch: divide by B."),
        (B / K * theirs, "the mean runs over the B images, not over the K classes: divide by B."),
        (theirs / K, "divide by B, not by the number of entries, B · K."),
        (-theirs, "the sign: what you said minus what you should have said, p̂ − y."),
        (p / B, "that is p̂ / B: subtract 1 at the true class of each image."),
        (whole_columns / B, "p[:, y] takes whole columns; each row's class is p[arange(B), y]."),
        (only_true / B, "every score gets a gradient, the wrong classes' too: p̂ there."),
        (over_images / B, "each row is one image: the softmax runs over the classes, dim=1."),
    ]


# ------------------------------------------------------------------------------- exercise 4


@exercise("Gradient check")
def gradient_check(answer: Callable) -> Verdict:
    """Check `gradient_check(f, x, gradient)`: its relative error against central differences."""

    def f(x: Tensor) -> Tensor:
        return (x**3).sum() + (x[0] * x[1]).sin().sum()

    def error(gradient: Tensor) -> float:
        moved = x.clone()
        ours = answer(f, moved, gradient.clone())
        single = isinstance(ours, float) or (isinstance(ours, Tensor) and ours.numel() == 1)
        require(single, "return one number, the relative error.")
        require(torch.equal(moved, x), "put every entry of x back where it was.")
        return float(ours)

    x = normal(2, 3).requires_grad_()
    f(x).backward()
    right, x = x.grad, x.detach()
    one_wrong = right.clone()
    one_wrong[1, 2] += 0.5 * right.norm()
    found = error(right)
    require(math.isfinite(found) and found >= 0, "the error of a right gradient must be near 0.")
    require(
        not 1e-7 < found < 1e-3,
        f"a right gradient gets {found:.0e}: take central differences, (f(x + h) − f(x − h)) / 2h, "
        "with h near 1e-5, in float64.",
    )
    require(
        found < 1e-7,
        f"a right gradient gets {found:.1g} instead of nearly 0: divide by 2h, move one entry at a "
        "time, and put it back before the next.",
    )
    require(error(one_wrong) > 0.1, "a gradient with one wrong entry passes: check every entry.")
    _check_the_measure(error, right)
    still = answer(lambda x: 0 * x.sum(), x.clone(), torch.zeros_like(x))
    require(float(still) == 0, f"both gradients are 0, so the error is 0; yours is {still:.3g}.")


def _check_the_measure(error: Callable, right: Tensor) -> None:
    """‖a − b‖ / max(‖a‖, ‖b‖) for gradients that are a multiple of the right one."""
    twice, half, minus = error(2 * right), error(right / 2), error(-right)
    size = float(right.norm())
    require(
        abs(twice - size) > 1e-3 and abs(twice - size**2) > 1e-3,
        "that is the absolute error: divide by the larger of the two lengths.",
    )
    require(
        abs(minus - 2) < 1e-3 or minus > 1e-3,
        "the opposite gradient passes: take the length of the difference, a − b.",
    )
    require(
        abs(twice - 0.5) < 1e-5 and abs(half - 0.5) < 1e-5,
        "divide by the larger of the two lengths: twice the right gradient, and half of it, both "
        f"have the error 1/2; yours gives {twice:.3g} and {half:.3g}.",
    )
    require(abs(minus - 2) < 1e-5, f"the opposite gradient has the error 2; yours is {minus:.3g}.")


# ------------------------------------------------------------------------------- exercise 5


@exercise("tanh in the engine")
def tanh_node(answer: Callable) -> Verdict:
    """Check `tanh(x)`: a `Value` to a `Value` whose only parent is x, with its slope."""
    for number in (0.3, -1.2, 0.0, 2.0):
        x = Value(number)
        x.tanh = lambda: require(False, "write it with math.tanh: x.tanh() does the work.")
        result = answer(x)
        has_both = hasattr(result, "data") and hasattr(result, "parents")
        require(has_both, f"return Value(data, parents), not {type(result).__name__}.")
        kind = type(result.data).__name__
        require(kind == "float", f"data is a plain number, not {kind}: math.tanh(x.data).")
        require(abs(result.data - math.tanh(number)) < 1e-10, "the value differs from math.tanh.")
        require(
            len(result.parents) > 0,
            "without parents the gradient ends here: name x and the slope with respect to it.",
        )
        require(all(hasattr(p, "__len__") for p in result.parents), "parents: [(x, slope)].")
        behind = any(value is x for value in topological_order(result))
        require(behind, "x is none of the parents: give the Value itself, not x.data.")
        _check_tanh_slope(sum(_chain(result, x)), number)
    require(abs(answer(Value(1000.0)).data - 1) < 1e-10, "tanh(1000) is 1.")


def _check_tanh_slope(found: float, number: float) -> None:
    x = torch.tensor(number, dtype=torch.float64, requires_grad=True)
    torch.tanh(x).backward()
    slope, t = float(x.grad), math.tanh(number)
    slips = [
        (1 - number**2, "1 − x² is not it: square the result, 1 − t²."),
        (t * (1 - t), "t(1 − t) belongs to the sigmoid; here it is 1 − t²."),
        (t, "that is the value; the slope of tanh is 1 − t²."),
    ]
    for slip, hint in slips:
        require(abs(found - slip) > 1e-10 or abs(slip - slope) < 1e-10, hint)
    require(abs(found - slope) < 1e-10, f"at {number:g} the slope is {slope:.4f}, not {found:.4f}.")


def _chain(result, x) -> Iterator[float]:
    """The products of slopes along each path from the result back to x."""
    if result is x:
        yield 1.0
    for parent, slope in result.parents:
        for rest in _chain(parent, x):
            yield slope * rest


# ------------------------------------------------------------------------------- exercise 6


@exercise("Backward of a batch mean")
def center_backward(answer: Callable) -> Verdict:
    """Check `center_backward(upstream)`: for y = x − mean over the batch, ∂L/∂y to ∂L/∂x (B, D)."""
    x, upstream = normal(4, 3).requires_grad_(), normal(4, 3, seed=1)
    (x - x.mean(dim=0)).backward(upstream)
    ours = _answered(answer, (4, 3), "(B, D)", upstream)
    slips = [
        (upstream, "the mean moves with every x, too: a second path leads through it."),
        (upstream - upstream.sum(dim=0), "each image has a share of 1/B in the mean."),
        (upstream - upstream.mean(), "every column has a mean of its own, dim=0."),
        (upstream - upstream.mean(dim=1, keepdim=True), "the mean runs over the batch, dim=0."),
        (upstream * (1 - 1 / 4), "each image moves the mean of all: collect from every row."),
        (upstream + upstream.mean(dim=0), "check the sign: the mean is subtracted."),
        (-upstream.mean(dim=0).expand(4, 3), "that is the path through the mean; add the other."),
    ]
    _compare(ours, x.grad, slips)
    refuse(answer, AUTOGRAD, "write the formula yourself")
    more = normal(7, 2, seed=2)
    require(
        close(answer(more.clone()), more - more.mean(dim=0)),
        "right for a batch of 4, wrong for one of 7: take B from the shape.",
    )
