"""Chapter 7's checks reject the wrong answers that readers plausibly give, with a useful hint."""

import re

import pytest
import torch

from dlcv.exercises import gradient_descent as check


def eigenvalues(H):
    return torch.linalg.eigvalsh(H)


def fastest_rate(H):
    return 2 / (eigenvalues(H)[0] + eigenvalues(H)[-1])


def rate_in_place(H):
    H /= 2
    return 1 / eigenvalues(H)[-1]


def first_eigenvalue_of_eig(H):
    return 2 / torch.linalg.eigvals(H).real[0].item()


RATES = [
    (lambda H: 1 / eigenvalues(H)[-1], "limit is twice"),
    (lambda H: 2 / eigenvalues(H)[0], "λ_max, not λ_min"),
    (lambda H: 2 / H.trace(), "trace"),
    (lambda H: 2 / H.diagonal().max(), "between the axes"),
    (lambda H: 2 / H.max(), "largest entry"),
    (lambda H: 2 / H.norm(), "squared entries"),
    (fastest_rate, "fastest rate"),
    (lambda H: eigenvalues(H)[-1], "λ_max itself"),
    (lambda H: 2 / torch.linalg.eigvals(H)[0], "complex"),
    (lambda H: 2 / eigenvalues(H), "one number"),
    (rate_in_place, "changes H"),
    (lambda H: 2 / eigenvalues(H)[1], "the limit is 0.2500"),
    (lambda H: 2 / torch.linalg.matrix_norm(H, ord=1), "the limit is 0.2500"),
    (lambda H: 0.25, "another"),
]


def numeric(ahead=1, back=1, divide=2, restore=True, fixed_h=None, at_once=False, in_place=False):
    """A family of difference quotients around the right one."""

    def gradient(f, w, h):
        h = fixed_h or h
        work = w if in_place else w.clone()
        result = torch.zeros_like(w)
        flat, out = work.view(-1), result.view(-1)
        for i in range(len(flat)):
            place = slice(None) if at_once else i
            before = flat[place].clone()
            flat[place] += ahead * h
            above = f(work)
            flat[place] = before
            flat[place] -= back * h
            below = f(work)
            if restore:
                flat[place] = before
            out[i] = (above - below) / (divide * h if divide else 1)
        return result

    return gradient


def only_rows(f, w, h):
    """Forgets that weights may have any shape."""
    result = torch.zeros(len(w), dtype=w.dtype)
    for i in range(len(w)):
        step = torch.zeros_like(w)
        step[i] = h
        result[i] = (f(w + step) - f(w - step)) / (2 * h)
    return result


def whole_rows(f, w, h):
    """Takes w[i] for a single weight."""
    result = torch.zeros_like(w)
    for i in range(len(w)):
        step = torch.zeros_like(w)
        step[i] = h
        result[i] = (f(w + step) - f(w - step)) / (2 * h)
    return result


NUMERIC = [
    (whole_rows, "a whole row"),
    (lambda f, w, h: numeric()(f, w, h).float(), "float64 and your result float32"),
    (lambda f, w, h: numeric()(f, w, h).tolist(), "not list"),
    (numeric(back=0, divide=1), "look ahead only"),
    (numeric(ahead=0, divide=1), "look back only"),
    (numeric(divide=1), "divide by 2h"),
    (numeric(divide=None), "divide the difference by 2h"),
    (numeric(ahead=-1, back=-1), "sign"),
    (numeric(fixed_h=1e-6), "h that is given"),
    (numeric(at_once=True), "one weight at a time"),
    (numeric(in_place=True, restore=False), "leaves w changed"),
    (numeric(restore=False), "by hand|put back"),
    (only_rows, "shape"),
    (lambda f, w, h: numeric()(f, w, h).flatten(), "shape"),
    (lambda f, w, h: 1.1 * numeric()(f, w, h), "by hand"),
    (lambda f, w, h: torch.autograd.functional.jacobian(f, w), "h that is given"),
]


def loop(
    order="shuffled", drop=False, epochs_done=None, sign=-1, keep=True, factor=None, divide=False,
    reset=False, frozen=False, early=False, in_place=False, float_rows=False, big=False,
):  # fmt: skip
    """A family of training loops around the right one."""

    def train(gradient, w, count, batch_size, epochs, alpha, beta):
        start, before = w, w
        v = torch.zeros_like(w)
        once = torch.randperm(count)
        size = 2 * batch_size if big else batch_size
        for _ in range(epochs if epochs_done is None else epochs_done):
            rows = {
                "shuffled": torch.randperm(count),
                "once": once,
                "sorted": torch.arange(count),
                "hat": torch.randint(count, (count,)),
            }[order]
            batches = [rows[i : i + size] for i in range(0, count, size)]
            if reset:
                v = torch.zeros_like(w)
            for batch in batches[: len(batches) - drop]:
                g = gradient(start if frozen else w, batch.double() if float_rows else batch)
                g = g / batch_size if divide else g
                g = g * (1 - beta) if factor else g
                v = beta * v + g if keep else g
                before = w
                if in_place:
                    w += sign * alpha * v
                else:
                    w = w + sign * alpha * v
        return before if early else w

    return train


def velocity_before_gradient(gradient, w, count, batch_size, epochs, alpha, beta):
    """Steps with the old velocity."""
    v = torch.zeros_like(w)
    for _ in range(epochs):
        for rows in torch.randperm(count).split(batch_size):
            g = gradient(w, rows)
            w = w - alpha * v
            v = beta * v + g
    return w


def never_asks(gradient, w, count, batch_size, epochs, alpha, beta):
    return w - alpha


def one_example_at_a_time(gradient, w, count, batch_size, epochs, alpha, beta):
    return loop()(gradient, w, count, 1, epochs, alpha, beta)


LOOPS = [
    (loop(order="once"), "shuffle again"),
    (loop(order="sorted"), "shuffle again"),
    (loop(order="hat"), "exactly once"),
    (loop(drop=True), "last batch of an epoch is missing"),
    (loop(epochs_done=1), "one epoch"),
    (loop(sign=1), "uphill"),
    (loop(keep=False), "momentum is not used"),
    (loop(factor=True), "1 - beta"),
    (loop(divide=True), "do not divide"),
    (loop(reset=True), "lives on"),
    (loop(frozen=True), "first weights"),
    (loop(early=True), "after the last step"),
    (loop(in_place=True), "changes the weights it was given"),
    (loop(float_rows=True), "whole numbers"),
    (loop(big=True), "at most"),
    (velocity_before_gradient, "goes nowhere"),
    (lambda *arguments: 2 * loop()(*arguments), "SGD"),
    (never_asks, "never calls"),
    (one_example_at_a_time, "20 steps; yours takes 92"),
    (lambda *arguments: loop()(*arguments)[:2], "shape"),
]


def variance(g, correction=0):
    return g.var(dim=0, correction=correction).sum()


def noise_in_place(g, B):
    g -= g.mean(dim=0)
    return (g**2).sum(dim=1).mean() / B * (len(g) - B) / (len(g) - 1)


NOISE = [
    (lambda g, B: variance(g) / B, "with replacement"),
    (lambda g, B: variance(g, 1) / B * (len(g) - B) / (len(g) - 1), "correction=0"),
    (
        lambda g, B: g.var(dim=0, correction=0).mean() / B * (len(g) - B) / (len(g) - 1),
        "sum over the weights",
    ),
    (lambda g, B: (variance(g) / B * (len(g) - B) / (len(g) - 1)).sqrt(), "its root"),
    (lambda g, B: variance(g) / B * (len(g) - B) / len(g), "not \\(N − B\\)/N"),
    (lambda g, B: variance(g) * (len(g) - B) / (len(g) - 1), "divided by B"),
    (lambda g, B: (g**2).sum(dim=1).mean() / B * (len(g) - B) / (len(g) - 1), "subtract it first"),
    (noise_in_place, "changes its input"),
    (lambda g, B: variance(g) / B * 3 / 5, "all batches of 1"),
    (lambda g, B: g.var(dim=0), "one number"),
    (lambda g, B: variance(g) / 2, "all batches of 3"),
    (lambda g, B: 1.01 * variance(g, 1) / B * (1 - B / len(g)), "not exact"),
]

WRONG = [
    *((check.largest_rate, *pair) for pair in RATES),
    *((check.numeric_gradient, *pair) for pair in NUMERIC),
    *((check.training_loop, *pair) for pair in LOOPS),
    *((check.batch_noise, *pair) for pair in NOISE),
]
RIGHT = [
    (check.largest_rate, lambda H: 2 / torch.linalg.matrix_norm(H, ord=2)),
    (check.numeric_gradient, numeric()),
    (check.numeric_gradient, numeric(in_place=True)),
    (check.training_loop, loop()),
    (check.batch_noise, lambda g, B: variance(g, 1) / B * (1 - B / len(g))),
]


@pytest.mark.parametrize(("run", "answer", "hint"), WRONG)
def test_a_plausible_wrong_answer_is_rejected_with_a_hint(run, answer, hint):
    verdict = run(answer)
    assert verdict.status == "failed"
    assert not verdict
    assert re.search(hint, verdict.message), verdict


@pytest.mark.parametrize(("run", "answer"), RIGHT)
def test_a_right_answer_is_accepted_however_it_is_written(run, answer):
    assert run(answer), run(answer)


def test_each_check_has_at_least_three_wrong_answers():
    checks = [c for name, c in vars(check).items() if hasattr(c, "__wrapped__")]
    assert len(checks) == 4
    assert all(sum(run is c for run, *_ in WRONG) >= 3 for c in checks)


@pytest.mark.parametrize("run", [check.largest_rate, check.numeric_gradient, check.training_loop,
                                 check.batch_noise])  # fmt: skip
def test_an_untouched_stub_is_not_a_failure(run):
    def stub(*arguments): ...

    assert run(stub).status == "not attempted"


def test_any_order_of_the_examples_will_do():
    for seed in range(5):
        torch.manual_seed(seed)
        assert check.training_loop(loop())
