"""Chapter 6's checks reject the wrong answers that readers plausibly give, with a useful hint."""

import math
import re

import pytest
import torch
from torch.nn import functional as F

from dlcv.exercises import losses as check

pytestmark = pytest.mark.usefixtures("one_thread")


def one_hot(y, K):
    return F.one_hot(y, K).double()


def bce_naive(z, y):
    p = torch.sigmoid(z)
    return -y * p.log() - (1 - y) * (1 - p).log()


def bce_with_epsilon(z, y):
    p = torch.sigmoid(z)
    return -y * (p + 1e-12).log() - (1 - y) * (1 - p + 1e-12).log()


def bce_clamped(z, y):
    p = torch.sigmoid(z).clamp(1e-14, 1 - 1e-14)
    return -y * p.log() - (1 - y) * (1 - p).log()


def bce_clamped_scores(z, y):
    return bce_naive(z.clamp(-30, 30), y)


def bce_stable_for_positive_scores(z, y):
    return z + (1 + (-z).exp()).log() - y * z


def bce_in_place(z, y):
    z *= 1.0 + 1e-6
    return F.binary_cross_entropy_with_logits(z, y, reduction="none")


def bce_by_case(z, y):
    return torch.where(y == 1, F.softplus(-z), F.softplus(z))


def inside_margin(z, y):
    inside = (z - z.gather(1, y[:, None]) + 1 > 0).double()
    return inside.scatter(1, y[:, None], 0.0)


def hinge(z, y):
    inside = inside_margin(z, y)
    return inside.scatter(1, y[:, None], -inside.sum(dim=1, keepdim=True)) / len(z)


def hinge_with_itself(z, y):
    inside = (z - z.gather(1, y[:, None]) + 1 > 0).double()
    return (inside - one_hot(y, 4) * inside.sum(dim=1, keepdim=True)) / len(z)


def hinge_that_counts_the_true_class(z, y):
    inside = (z - z.gather(1, y[:, None]) + 1 > 0).double()
    return inside.scatter(1, y[:, None], -inside.sum(dim=1, keepdim=True)) / len(z)


def hinge_without_margin(z, y):
    inside = (z - z.gather(1, y[:, None]) > 0).double()
    return inside.scatter(1, y[:, None], -inside.sum(dim=1, keepdim=True)) / len(z)


def hinge_of_excess(z, y):
    excess = (z - z.gather(1, y[:, None]) + 1).relu().scatter(1, y[:, None], 0.0)
    return excess.scatter(1, y[:, None], -excess.sum(dim=1, keepdim=True)) / len(z)


def hinge_in_place(z, y):
    z -= z.gather(1, y[:, None])
    return hinge(z, y)


def temperature_on(grid):
    def answer(scores, labels):
        losses = [F.cross_entropy(scores / T, labels) for T in grid]
        return grid[int(torch.stack(losses).argmin())].item()

    return answer


def temperature_of_the_largest_loss(scores, labels):
    grid = torch.logspace(-1, 1, 200)
    losses = [F.cross_entropy(scores / T, labels) for T in grid]
    return grid[int(torch.stack(losses).argmax())].item()


def temperature_that_multiplies(scores, labels):
    return 1 / temperature_on(torch.logspace(-1, 1, 400))(scores, labels)


def temperature_that_multiplies_on_a_coarse_grid(scores, labels):
    grid = torch.linspace(0.1, 10, 400)
    return grid[int(torch.stack([F.cross_entropy(scores * T, labels) for T in grid]).argmin())]


def temperature_by_confidence(scores, labels):
    grid = torch.logspace(-1, 1, 200)
    accuracy = (scores.argmax(dim=1) == labels).double().mean()
    sure = torch.stack([F.softmax(scores / T, dim=1).amax(dim=1).mean() for T in grid])
    return grid[int((sure - accuracy).abs().argmin())]


def smallest_loss(scores, labels):
    grid = torch.logspace(-1, 1, 400)
    return torch.stack([F.cross_entropy(scores / T, labels) for T in grid]).min()


WRONG = [
    (check.smooth_targets, lambda y, K, e: F.one_hot(y, K), "floats, not integers"),
    (check.smooth_targets, lambda y, K, e: one_hot(y, K), "nothing is smoothed"),
    (
        check.smooth_targets,
        lambda y, K, e: (1 - e) * one_hot(y, K) + e / (K - 1) * (1 - one_hot(y, K)),
        "the true one included",
    ),
    (check.smooth_targets, lambda y, K, e: one_hot(y, K) + e / K, "sum to 1"),
    (check.smooth_targets, lambda y, K, e: (1 - e) * one_hot(y, K), "sum to 1"),
    (check.smooth_targets, lambda y, K, e: (1 - e) * one_hot(y, K) + e, "sum to 1; yours"),
    (check.smooth_targets, lambda y, K, e: 0.8 * one_hot(y, K) + 0.05, "for ε = 0.5"),
    (
        check.smooth_targets,
        lambda y, K, e: (1 - e) * one_hot(y, K) + e / len(y),
        "sum to 1; yours",
    ),
    (check.smooth_targets, lambda y, K, e: one_hot(y, K)[0], "shape"),
    (check.kl_divergence, lambda q, p: (q * (q / p).log()).sum(), "shape"),
    (check.kl_divergence, lambda q, p: (p * (p / q).log()).sum(dim=1), "under q"),
    (check.kl_divergence, lambda q, p: (q * (p / q).log()).sum(dim=1), "sign"),
    (check.kl_divergence, lambda q, p: -(q * p.log()).sum(dim=1), "subtract the entropy"),
    (check.kl_divergence, lambda q, p: (q * (q / p).log2()).sum(dim=1), "natural logarithm"),
    (check.kl_divergence, lambda q, p: (q * (q / p).log()).sum(dim=1), "0 · −∞"),
    (
        check.kl_divergence,
        lambda q, p: (q * ((q + 1e-6) / (p + 1e-6)).log()).sum(dim=1),
        "differ from Σ q log(q/p)",
    ),
    (
        check.kl_divergence,
        lambda q, p: (q * (q.clamp(min=1e-12) / p.clamp(min=1e-12)).log()).sum(dim=1),
        "infinite",
    ),
    (
        check.kl_divergence,
        lambda q, p: torch.where((q > 0) & (p > 0), q * (q / p).log(), 0.0).sum(dim=1),
        "infinite",
    ),
    (
        check.kl_divergence,
        lambda q, p: torch.where(
            p > 0, torch.xlogy(q, q) - torch.xlogy(q, p), torch.tensor(math.inf)
        ).sum(dim=1),
        "counts 0, too",
    ),
    (check.bce_with_logits, bce_naive, "scores of ±40"),
    (check.bce_with_logits, bce_with_epsilon, "add a small number"),
    (check.bce_with_logits, bce_clamped, "do not cut it off"),
    (check.bce_with_logits, bce_clamped_scores, "do not cut it off"),
    (check.bce_with_logits, bce_stable_for_positive_scores, "scores of ±800"),
    (check.bce_with_logits, bce_in_place, "changes its input"),
    (check.bce_with_logits, bce_by_case, "y may be a probability"),
    (check.bce_with_logits, lambda z, y: bce_naive(z, y).mean(), "not their mean"),
    (check.bce_with_logits, lambda z, y: -bce_naive(z, y), "the sign"),
    (check.bce_with_logits, lambda z, y: bce_naive(z, 1 - y), "swap y"),
    (check.bce_with_logits, lambda z, y: F.softplus(-z), "where y = 1 only"),
    (check.bce_with_logits, lambda z, y: F.softplus(z), "values are not"),
    (check.hinge_gradient, lambda z, y: inside_margin(z, y) / len(z), "stands in every term"),
    (
        check.hinge_gradient,
        lambda z, y: (inside_margin(z, y) - one_hot(y, 4)) / len(z),
        "its gradient is 0",
    ),
    (
        check.hinge_gradient,
        lambda z, y: (
            (
                inside_margin(z, y)
                - one_hot(y, 4) * (inside_margin(z, y).sum(dim=1, keepdim=True) > 0)
            )
            / len(z)
        ),
        "minus their number",
    ),
    (check.hinge_gradient, lambda z, y: len(z) * hinge(z, y), "divide by N"),
    (check.hinge_gradient, lambda z, y: hinge(z, y) / 4, "not divided by K"),
    (check.hinge_gradient, lambda z, y: -hinge(z, y), "the sign"),
    (check.hinge_gradient, hinge_that_counts_the_true_class, "you count the true class"),
    (check.hinge_gradient, hinge_without_margin, "whatever the excess is"),
    (check.hinge_gradient, hinge_of_excess, "whatever the excess is"),
    (check.hinge_gradient, hinge_in_place, "changes its input"),
    (check.hinge_gradient, lambda z, y: hinge(z, y).sum(dim=1), "shape"),
    (check.fit_temperature, lambda scores, labels: 1.0, "not where F.cross_entropy"),
    (check.fit_temperature, temperature_on(torch.linspace(1, 10, 400)), "below 1"),
    (check.fit_temperature, temperature_on(torch.tensor([0.5, 1, 2, 4])), "finer"),
    (check.fit_temperature, temperature_of_the_largest_loss, "not where F.cross_entropy"),
    (check.fit_temperature, temperature_that_multiplies, "you found 1/T"),
    (check.fit_temperature, temperature_that_multiplies_on_a_coarse_grid, "you found 1/T"),
    (check.fit_temperature, temperature_by_confidence, "mean confidence"),
    (check.fit_temperature, smallest_loss, "return the T"),
    (check.fit_temperature, lambda scores, labels: -2.0, "positive number"),
    (check.fit_temperature, lambda scores, labels: math.nan, "positive number"),
]

RIGHT = [
    (check.smooth_targets, lambda y, K, e: (1 - e) * F.one_hot(y, K) + e / K),  # float32
    (check.hinge_gradient, lambda z, y: hinge(z, y).float()),
    (check.smooth_targets, lambda y, K, e: one_hot(y, K).lerp(torch.full((K,), 1 / K).double(), e)),
    (check.kl_divergence, lambda q, p: (torch.xlogy(q, q) - torch.xlogy(q, p)).sum(dim=1)),
    (check.bce_with_logits, lambda z, y: torch.logaddexp(z, torch.zeros_like(z)) - y * z),
    (check.bce_with_logits, lambda z, y: z.relu() - y * z + (-z.abs()).exp().log1p()),
    (check.hinge_gradient, hinge),
    (check.hinge_gradient, hinge_with_itself),
    (check.fit_temperature, temperature_on(torch.logspace(-1, 1, 400))),
    (check.fit_temperature, temperature_on(torch.linspace(0.1, 5, 1000))),
]


def name_of(value):
    return getattr(value, "__name__", None)


@pytest.mark.parametrize(("check_answer", "wrong", "hint"), WRONG, ids=name_of)
def test_a_wrong_answer_is_rejected_with_a_hint_that_fits(check_answer, wrong, hint):
    verdict = check_answer(wrong)
    assert verdict.status == "failed"
    assert re.search(re.escape(hint), verdict.message), verdict.message


@pytest.mark.parametrize(("check_answer", "right"), RIGHT, ids=name_of)
def test_a_right_answer_is_accepted(check_answer, right):
    assert check_answer(right).status == "passed"


@pytest.mark.parametrize(
    "check_answer",
    [
        check.smooth_targets,
        check.kl_divergence,
        check.bce_with_logits,
        check.hinge_gradient,
        check.fit_temperature,
    ],
    ids=name_of,
)
def test_a_stub_is_not_attempted_yet(check_answer):
    assert check_answer(lambda *arguments: ...).status == "not attempted"


def test_each_check_has_at_least_three_wrong_answers():
    checks = [c for c in vars(check).values() if hasattr(c, "__wrapped__")]
    assert len(checks) == 5
    assert all(sum(run is c for run, *_ in WRONG) >= 3 for c in checks)
