"""Chapter 8's checks reject the wrong answers that readers plausibly give, with a useful hint."""

import math
import re

import pytest
import torch
from torch.nn import functional as F

from dlcv.exercises import backpropagation as check
from dlcv.layers import Value

# ------------------------------------------------------------------------------- right answers


def sigmoid_backward(a, upstream):
    return upstream * a * (1 - a)


def graph_gradients(x, y, z):
    q, m = x + y, max(y, z)
    grad_q, grad_m = m, q
    return grad_q, grad_q + grad_m * (y > z), grad_m * (z > y)


def cross_entropy_backward(scores, y):
    p = torch.softmax(scores, dim=1)
    p[torch.arange(len(y)), y] -= 1
    return p / len(y)


def measured(f, x, h=1e-5, power=1, one_sided=False, restore=True):
    gradient = torch.zeros_like(x)
    for i in range(x.numel()):
        entry, before = x.view(-1), x.view(-1)[i].item()
        entry[i] = before + h
        above = f(x)
        entry[i] = before - (0 if one_sided else h)
        below = f(x)
        if restore:
            entry[i] = before
        gradient.view(-1)[i] = (above - below) / ((1 if one_sided else 2) * h) ** power
    return gradient


def length(a):
    return (a**2).sum().sqrt()


def gradient_check(f, x, gradient):
    numeric = measured(f, x)
    size = max(length(gradient), length(numeric))
    return (length(gradient - numeric) / size).item() if size > 0 else 0.0


def tanh(x):
    t = math.tanh(x.data)
    return Value(t, [(x, 1 - t**2)])


def center_backward(upstream):
    return upstream - upstream.mean(dim=0)


RIGHT = [
    (check.sigmoid_backward, sigmoid_backward),
    (check.graph_gradients, graph_gradients),
    (check.graph_gradients, lambda x, y, z: torch.tensor(graph_gradients(x, y, z)).double()),
    (check.softmax_cross_entropy_backward, cross_entropy_backward),
    (
        check.softmax_cross_entropy_backward,
        lambda s, y: (F.softmax(s, 1) - F.one_hot(y, s.shape[1])) / len(s),
    ),
    (check.gradient_check, gradient_check),
    (check.gradient_check, lambda f, x, g: torch.tensor(gradient_check(f, x, g))),
    (check.tanh_node, tanh),
    (check.tanh_node, Value.tanh),
    (check.tanh_node, lambda x: 2 * (2 * x).sigmoid() - 1),
    (check.center_backward, center_backward),
]

# ------------------------------------------------------------------------------- wrong answers


def sigmoid_in_place(a, upstream):
    upstream *= a * (1 - a)
    return upstream


def sigmoid_by_autograd(a, upstream):
    z = (a / (1 - a)).log().requires_grad_()
    torch.sigmoid(z).backward(upstream)
    return z.grad


def graph_by_autograd(x, y, z):
    t = [torch.tensor(n, dtype=torch.float64, requires_grad=True) for n in (x, y, z)]
    return torch.autograd.grad((t[0] + t[1]) * torch.maximum(t[1], t[2]), t)


def by_columns(scores, y):
    p = torch.softmax(scores, dim=1)
    p[:, y] -= 1
    return p / len(y)


def by_a_loop(scores, y):
    p = torch.softmax(scores, dim=1)
    for i in range(len(y)):
        p[i, y[i]] -= 1
    return p / len(y)


def by_a_while(scores, y):
    p, i = torch.softmax(scores, dim=1), 0
    while i < len(y):
        p[i, y[i]] -= 1
        i += 1
    return p / len(y)


def by_a_comprehension(scores, y):
    p = torch.softmax(scores, dim=1)
    return torch.stack([p[i] - torch.eye(p.shape[1])[y[i]] for i in range(len(y))]) / len(y)


def that_overflows(scores, y):
    p = scores.exp() / scores.exp().sum(dim=1, keepdim=True)
    p[torch.arange(len(y)), y] -= 1
    return p / len(y)


def the_true_class_only(scores, y):
    p, rows = torch.softmax(scores, dim=1), torch.arange(len(y))
    grad = torch.zeros_like(p)
    grad[rows, y] = (p[rows, y] - 1) / len(y)
    return grad


def cross_entropy_by_autograd(scores, y):
    scores = scores.requires_grad_()
    F.cross_entropy(scores, y).backward()
    return scores.grad


def error_with(numeric, measure=None):
    """A gradient check with another way to measure, or another measure of the error."""

    def answer(f, x, gradient):
        a, b = gradient, numeric(f, x)
        relative = length(a - b) / max(length(a), length(b))
        return (measure(a, b) if measure else relative).item()

    return answer


def one_entry(f, x, gradient):
    numeric = measured(f, x)
    return abs(gradient[0, 0] - numeric[0, 0]) / max(abs(gradient[0, 0]), abs(numeric[0, 0]))


def tanh_with(slope, parents=True):
    def answer(x):
        t = math.tanh(x.data)
        return Value(t, [(x, slope(x.data, t))] if parents else [])

    return answer


WRONG = [
    (check.sigmoid_backward, lambda a, g: g * torch.sigmoid(a) * (1 - torch.sigmoid(a)), "already"),
    (check.sigmoid_backward, lambda a, g: a * (1 - a), "slope alone"),
    (check.sigmoid_backward, lambda a, g: g * a, "times upstream"),
    (check.sigmoid_backward, lambda a, g: g * (1 - a), "one factor is missing"),
    (check.sigmoid_backward, lambda a, g: g * (1 - a**2), "slope of tanh"),
    (check.sigmoid_backward, lambda a, g: g * a * (1 + a), "check the sign"),
    (check.sigmoid_backward, lambda a, g: g * a * (a - 1), "wrong sign"),
    (check.sigmoid_backward, lambda a, g: (g * a * (1 - a)).sum(0), "shape"),
    (check.sigmoid_backward, lambda a, g: g + a * (1 - a), "you multiply"),
    (check.sigmoid_backward, lambda a, g: 0 * g, "differ from autograd's"),
    (check.sigmoid_backward, sigmoid_in_place, "changes its input"),
    (check.sigmoid_backward, sigmoid_by_autograd, "does the work"),
    (check.graph_gradients, lambda x, y, z: (max(y, z), max(y, z), (x + y) * (z > y)), "two paths"),
    (
        check.graph_gradients,
        lambda x, y, z: (max(y, z), (x + y) * (y > z), (x + y) * (z > y)),
        "through the",
    ),
    (check.graph_gradients, lambda x, y, z: (max(y, z), max(y, z) + x + y, x + y), "larger"),
    (
        check.graph_gradients,
        lambda x, y, z: (max(y, z), max(y, z) + (x + y) * (y < z), (x + y) * (z < y)),
        "sends the gradient to the larger",
    ),
    (
        check.graph_gradients,
        lambda x, y, z: (x + y, x + y + max(y, z) * (y > z), max(y, z) * (z > y)),
        "a product swaps",
    ),
    (check.graph_gradients, lambda x, y, z: (1.0, 2.0, 3.0), "∂f/∂x = "),
    (check.graph_gradients, lambda x, y, z: x + y, "three numbers"),
    (check.graph_gradients, graph_by_autograd, "does the work"),
    (
        check.softmax_cross_entropy_backward,
        lambda s, y: cross_entropy_backward(s, y) * len(y),
        "mean over the batch",
    ),
    (
        check.softmax_cross_entropy_backward,
        lambda s, y: cross_entropy_backward(s, y) * 5 / 3,
        "not over the K classes",
    ),
    (
        check.softmax_cross_entropy_backward,
        lambda s, y: cross_entropy_backward(s, y) / 3,
        "number of entries",
    ),
    (check.softmax_cross_entropy_backward, lambda s, y: -cross_entropy_backward(s, y), "the sign"),
    (check.softmax_cross_entropy_backward, lambda s, y: F.softmax(s, 1) / len(y), "subtract 1"),
    (check.softmax_cross_entropy_backward, by_columns, "whole columns"),
    (check.softmax_cross_entropy_backward, the_true_class_only, "every score gets a gradient"),
    (
        check.softmax_cross_entropy_backward,
        lambda s, y: (F.softmax(s, 0) - F.one_hot(y, 3)) / len(y),
        "over the classes, dim=1",
    ),
    (
        check.softmax_cross_entropy_backward,
        lambda s, y: (s - F.one_hot(y, 3)) / len(y),
        "differ from autograd's",
    ),
    (check.softmax_cross_entropy_backward, that_overflows, "scores of 1000"),
    (check.softmax_cross_entropy_backward, by_a_loop, "with a loop"),
    (check.softmax_cross_entropy_backward, by_a_while, "with a loop"),
    (check.softmax_cross_entropy_backward, by_a_comprehension, "with a loop"),
    (check.softmax_cross_entropy_backward, cross_entropy_by_autograd, "does the work|changes"),
    (
        check.gradient_check,
        error_with(lambda f, x: measured(f, x, one_sided=True)),
        "central differences",
    ),
    (check.gradient_check, error_with(lambda f, x: measured(f, x, h=1e-2)), "h near 1e-5"),
    (check.gradient_check, error_with(lambda f, x: measured(f, x, h=1e-11)), "h near 1e-5"),
    (
        check.gradient_check,
        error_with(lambda f, x: measured(f, x) * 2),
        "divide by 2h",
    ),
    (check.gradient_check, error_with(lambda f, x: measured(f, x, restore=False)), "put every"),
    (
        check.gradient_check,
        error_with(lambda f, x: measured(f, x.clone(), restore=False)),
        "instead of nearly 0|central",
    ),
    (check.gradient_check, error_with(measured, lambda a, b: length(a - b)), "absolute error"),
    (
        check.gradient_check,
        error_with(measured, lambda a, b: ((a - b) ** 2).sum()),
        "absolute error",
    ),
    (
        check.gradient_check,
        error_with(measured, lambda a, b: length(a - b) / length(b)),
        "larger of the two",
    ),
    (
        check.gradient_check,
        error_with(measured, lambda a, b: length(a - b) / (length(a) + length(b))),
        "larger of the two",
    ),
    (
        check.gradient_check,
        error_with(
            measured, lambda a, b: (length(a) - length(b)).abs() / max(length(a), length(b))
        ),
        "length of the difference|passes",
    ),
    (
        check.gradient_check,
        error_with(measured, lambda a, b: length(a - b) / max(length(a), length(b))),
        "both gradients are 0",
    ),
    (check.gradient_check, one_entry, "every entry"),
    (check.gradient_check, lambda f, x, g: g, "one number"),
    (check.gradient_check, lambda f, x, g: 0.0, "every entry"),
    (check.center_backward, lambda upstream: upstream - upstream.mean(), "mean of its own"),
    (check.tanh_node, lambda x: x.tanh(), "does the work"),
    (check.tanh_node, lambda x: Value(math.tanh(x.data), (x, 0.5)), "parents: "),
    (check.tanh_node, tanh_with(lambda x, t: 1 - x**2), "square the result"),
    (check.tanh_node, tanh_with(lambda x, t: t * (1 - t)), "belongs to the sigmoid"),
    (check.tanh_node, tanh_with(lambda x, t: t), "that is the value"),
    (check.tanh_node, tanh_with(lambda x, t: 1 - t), "the slope is"),
    (check.tanh_node, tanh_with(lambda x, t: 1 - t**2, parents=False), "without parents"),
    (check.tanh_node, lambda x: math.tanh(x.data), "return Value"),
    (check.tanh_node, lambda x: Value(math.tanh(x.data), [(Value(x.data), 1.0)]), "itself"),
    (check.tanh_node, lambda x: Value(math.sinh(x.data), [(x, math.cosh(x.data))]), "math.tanh"),
    (check.tanh_node, lambda x: x.sigmoid() * 2 - 1, "differs from math.tanh"),
    (check.center_backward, lambda g: g.clone(), "second path"),
    (check.center_backward, lambda g: g - g.sum(0), "share of 1/B"),
    (check.center_backward, lambda g: g - g.mean(1, keepdim=True), "dim=0"),
    (check.center_backward, lambda g: g * (1 - 1 / len(g)), "collect"),
    (check.center_backward, lambda g: g + g.mean(0), "sign"),
    (check.center_backward, lambda g: -g.mean(0).expand(len(g), -1), "add the other"),
    (check.center_backward, lambda g: g - g.sum(0) / 4, "batch of 4"),
    (check.center_backward, lambda g: 0 * g, "differ from autograd's"),
    (check.center_backward, lambda g: g.mean(0), "shape"),
]


@pytest.mark.parametrize(("run", "answer"), RIGHT)
def test_a_right_answer_is_accepted(run, answer):
    verdict = run(answer)
    assert verdict, verdict


@pytest.mark.parametrize(("run", "answer", "hint"), WRONG)
def test_a_plausible_wrong_answer_is_rejected_with_a_hint(run, answer, hint):
    verdict = run(answer)
    assert verdict.status == "failed"
    assert re.search(hint, verdict.message), verdict


def test_each_check_has_at_least_three_wrong_answers():
    checks = [c for c in vars(check).values() if hasattr(c, "__wrapped__")]
    assert len(checks) == 6
    assert all(sum(run is c for run, *_ in WRONG) >= 3 for c in checks)


def test_an_untouched_stub_is_not_a_failure():
    for run in {run for run, _ in RIGHT}:
        verdict = run(lambda *given: ...)
        assert verdict.status == "not attempted"
        assert "not attempted yet" in repr(verdict)


def test_an_error_in_the_answer_is_reported():
    verdict = check.tanh_node(lambda x: x.missing)
    assert verdict.status == "failed" and "AttributeError" in verdict.message
