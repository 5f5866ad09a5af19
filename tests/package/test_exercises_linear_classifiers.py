"""Chapter 2's checks reject the wrong answers that readers plausibly give, with a useful hint."""

import re

import pytest
import torch

from dlcv.exercises import linear_classifiers as check
from dlcv.exercises.base import exercise, require


def softmax_without_shift(z):
    return z.exp() / z.exp().sum(dim=1, keepdim=True)


def softmax_over_images(z):
    return torch.softmax(z, dim=0)


def softmax_with_one_maximum_for_all(z):
    e = (z - z.max()).exp()
    return e / e.sum(dim=1, keepdim=True)


def softmax_without_division(z):
    return (z - z.max(dim=1, keepdim=True).values).exp()


def softmax_in_place(z):
    z -= z.max(dim=1, keepdim=True).values
    return torch.softmax(z, dim=1)


def softmax_minus_minimum(z):
    e = (z - z.min(dim=1, keepdim=True).values).exp()
    return e / e.sum(dim=1, keepdim=True)


def softmax_base_two(z):
    e = 2 ** (z - z.max(dim=1, keepdim=True).values)
    return e / e.sum(dim=1, keepdim=True)


def difference_of_scores(W, b, X, k, j):
    return X @ (W[k] - W[j]) + b[k] - b[j]


def softmax_minus_mean(z):
    e = (z - z.mean(dim=1, keepdim=True)).exp()
    return e / e.sum(dim=1, keepdim=True)


def softmax_with_maximum_over_images(z):
    return torch.softmax(z - z.max(dim=0).values, dim=1)


def softmax_divided_by_maximum(z):
    return torch.softmax(z / z.max(dim=1, keepdim=True).values, dim=1)


def without_brackets(W, b, X, k, j):
    return X @ (W[k] - W[j]) + (b[k] - b[j]) / (W[k] - W[j]).norm()


def sum_of_biases(W, b, X, k, j):
    return (X @ (W[k] - W[j]) + b[k] + b[j]) / (W[k] - W[j]).norm()


WRONG = [
    (check.softmax, softmax_minus_mean, "around 1000"),
    (check.softmax, softmax_with_maximum_over_images, "over the classes of one image"),
    (check.softmax, softmax_divided_by_maximum, "do not divide"),
    (check.boundary_distance, without_brackets, "brackets"),
    (check.boundary_distance, sum_of_biases, "b_k - b_j"),
    (check.ring_feature, lambda x: (x.norm(dim=1) - 1.5).abs() < 0.5, "not the answer itself"),
    (check.softmax, softmax_without_shift, "subtract each row's maximum"),
    (check.softmax, softmax_over_images, "dim=1"),
    (check.softmax, softmax_with_one_maximum_for_all, "its own maximum"),
    (check.softmax, softmax_without_division, "sum to 1"),
    (check.softmax, softmax_in_place, "changes its input"),
    (check.softmax, softmax_minus_minimum, "around 1000"),
    (check.softmax, softmax_base_two, "exp"),
    (check.softmax, lambda z: torch.softmax(z, 1).argmax(1), "shape"),
    (check.softmax_gradient, lambda p, g: p * (1 - p) * g, "∂p_i/∂z_i only"),
    (check.softmax_gradient, lambda p, g: p * ((g * p).sum(1, keepdim=True) - g), "sign"),
    (
        check.softmax_gradient,
        lambda p, g: p * (g - (g * p).sum(0, keepdim=True)),
        "over the classes",
    ),
    (check.softmax_gradient, lambda p, g: p * (g - g.mean(1, keepdim=True)), "sum to 0"),
    (check.softmax_gradient, lambda p, g: p * g, "sum to 0"),
    (check.softmax_gradient, lambda p, g: p - g, "sum to 0"),
    (check.softmax_gradient, lambda p, g: (p * g).sum(1), "shape"),
    (check.ring_feature, lambda x: x.norm(dim=1), "disc, not a ring"),
    (check.ring_feature, lambda x: (x**2).sum(dim=1), "disc, not a ring"),
    (check.ring_feature, lambda x: x[:, 0] * x[:, 1], "best threshold"),
    (check.ring_feature, lambda x: (x.norm(dim=1) - 2).abs(), "best threshold"),
    (check.ring_feature, lambda x: x, "shape"),
    (check.ring_feature, lambda x: (x.norm(dim=1) - x.norm(dim=1).mean()).abs(), "other points"),
    (
        check.perceptron_update,
        lambda W, x, y: W + torch.outer(torch.eye(3)[y], x),
        "nothing changes",
    ),
    (check.boundary_distance, difference_of_scores, "divide by the length"),
    (
        check.boundary_distance,
        lambda W, b, X, k, j: difference_of_scores(W, b, X, k, j) / ((W[k] - W[j]) ** 2).sum(),
        "not its square",
    ),
    (
        check.boundary_distance,
        lambda W, b, X, k, j: -difference_of_scores(W, b, X, k, j) / (W[k] - W[j]).norm(),
        "sign",
    ),
    (
        check.boundary_distance,
        lambda W, b, X, k, j: X @ (W[k] - W[j]) / (W[k] - W[j]).norm(),
        "biases",
    ),
    (
        check.boundary_distance,
        lambda W, b, X, k, j: (difference_of_scores(W, b, X, k, j) / (W[k] - W[j]).norm()).abs(),
        "keep the sign",
    ),
    (
        check.boundary_distance,
        lambda W, b, X, k, j: difference_of_scores(W, b, X, k, j) / W[k].norm(),
        "not of w_k alone",
    ),
]


def _update(true_sign=1, winner_sign=-1, others=0, always=False, in_place=False):
    """A family of ten-class perceptron rules around the right one."""

    def update(W, x, y):
        winner = int((W @ x).argmax())
        new = W if in_place else W.clone()
        if winner != y or always:
            new[y] += true_sign * x
            new[winner] += winner_sign * x
            for k in set(range(len(W))) - {y, winner}:
                new[k] += others * x
        return new

    return update


def _punish_all(W, x, y):
    """Punishes every class that beats y."""
    scores, new = W @ x, W.clone()
    better = scores > scores[y]
    new[better] -= x
    new[y] += x * bool(better.any())
    return new


WRONG += [
    (check.perceptron_update, _update(true_sign=-1, winner_sign=1), "do not subtract"),
    (check.perceptron_update, _update(winner_sign=0), "must be punished"),
    (check.perceptron_update, _update(true_sign=2), r"W\[y\] \+ x"),
    (check.perceptron_update, _update(winner_sign=-0.5), r"W\[winner\] - x"),
    (check.perceptron_update, _update(others=-1), "keeps its row"),
    (check.perceptron_update, _update(in_place=True), "in place"),
    (check.perceptron_update, _punish_all, "only the winner"),
]


@pytest.mark.parametrize(("run", "answer", "hint"), WRONG)
def test_a_plausible_wrong_answer_is_rejected_with_a_hint(run, answer, hint):
    verdict = run(answer)
    assert verdict.status == "failed"
    assert not verdict
    assert re.search(hint, verdict.message), verdict


def test_each_check_has_at_least_three_wrong_answers():
    checks = [c for name, c in vars(check).items() if hasattr(c, "__wrapped__")]
    assert len(checks) == 5
    assert all(sum(run is c for run, *_ in WRONG) >= 3 for c in checks)


def test_an_untouched_stub_is_not_a_failure():
    def stub(scores): ...

    def also_a_stub(scores):
        raise NotImplementedError

    for answer in (stub, also_a_stub, lambda scores: ...):
        verdict = check.softmax(answer)
        assert verdict.status == "not attempted"
        assert "not attempted yet" in repr(verdict)


def test_an_exception_in_the_answer_is_reported_and_not_raised():
    verdict = check.softmax(lambda scores: scores / undefined)  # noqa: F821
    assert verdict.status == "failed"
    assert "NameError" in verdict.message


def test_an_error_of_pytorch_is_no_untouched_stub():
    """`True - tensor` raises a NotImplementedError in PyTorch."""
    verdict = check.softmax_gradient(lambda p, g: (True - p[0, 0]) * g)
    assert verdict.status == "failed"
    assert "bool" in verdict.message


def test_a_verdict_counts_as_true_only_when_solved():
    @exercise("Two")
    def two(answer):
        require(answer() == 2, "count your fingers.")

    assert two(lambda: 2)
    assert repr(two(lambda: 2)) == "✓ Two: solved."
    assert repr(two(lambda: 3)) == "✗ Two: not yet. Hint: count your fingers."
