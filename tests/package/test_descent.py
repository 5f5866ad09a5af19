"""Random search, random local search and gradient descent: by hand, and against torch.optim."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dlcv.layers import gradient_descent, random_local_search, random_search

SEEDS = st.integers(0, 2**31 - 1)


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def tensor(*values):
    return torch.tensor(values, dtype=torch.float64)


def quadratic(size, seed):
    """A random positive definite A (d, d) with its largest eigenvalue, b (d,), a start (d,)."""
    M, b, w = (
        torch.randn(shape, generator=seeded(seed + i), dtype=torch.float64)
        for i, shape in enumerate([(size, size), (size,), (size,)])
    )
    A = M @ M.T / size + 0.1 * torch.eye(size)
    return A, b, w, torch.linalg.eigvalsh(A)[-1].item()


def by_torch(f, w, steps, learning_rate, momentum):
    """Weights and losses of torch.optim.SGD with autograd's derivative."""
    w, losses = w.clone().requires_grad_(), []
    optimizer = torch.optim.SGD([w], lr=learning_rate, momentum=momentum)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = f(w)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return w.detach(), losses


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 6), SEEDS, st.floats(0, 0.95), st.floats(0.05, 1.0))
def test_fifty_steps_are_those_of_torch(size, seed, momentum, part):
    A, b, w, largest = quadratic(size, seed)
    rate = part * 2 / largest
    kept = w.clone()

    def f(w):
        return 0.5 * w @ A @ w - b @ w

    ours, losses = gradient_descent(lambda w: (f(w), A @ w - b), w, 50, rate, momentum, cost=1)
    theirs, their_losses = by_torch(f, w, 50, rate, momentum)
    torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(tensor(*losses), tensor(*their_losses), rtol=1e-10, atol=1e-10)
    assert torch.equal(w, kept)


def test_three_steps_by_hand():
    """L = w², ∇L = 2 w, α = ¼, β = ½. From 4: v = 8, w = 2; v = 4 + 4, w = 0; v = 4 + 0, w = −1."""
    w, losses = gradient_descent(lambda w: (w**2, 2 * w), tensor(4.0)[0], 3, 0.25, 0.5, cost=1)
    assert (w.item(), losses) == (-1, [16, 4, 0])
    w, losses = gradient_descent(lambda w: (w**2, 2 * w), tensor(4.0)[0], 3, 0.25, cost=1)
    assert (w.item(), losses) == (0.5, [16, 4, 1])


@pytest.mark.parametrize(("budget", "cost", "calls"), [(10, 3, 3), (9, 3, 3), (2, 3, 0), (5, 1, 5)])
def test_a_step_costs_its_share_of_the_budget(budget, cost, calls):
    seen = []

    def loss_and_gradient(w):
        seen.append(w.clone())
        return 0.0, torch.ones_like(w)

    w, losses = gradient_descent(loss_and_gradient, tensor(0.0), budget, 1.0, cost=cost)
    assert len(seen) == len(losses) == calls
    assert w.item() == -calls
    assert [s.item() for s in seen] == [-i for i in range(calls)]


def test_too_large_steps_end_in_infinity_and_not_in_an_error():
    w, losses = gradient_descent(lambda w: (w**2, 2 * w), tensor(1.0), 6000, 2.0)
    assert not torch.isfinite(w).any()
    assert len(losses) == 2000 and losses[100] > 1e50


def test_a_leaf_that_records_its_gradient_may_be_given():
    w = tensor(4.0).requires_grad_()
    for run in (
        lambda: gradient_descent(lambda w: (0.0, w), w, 6, 0.5),
        lambda: random_search(torch.sum, w, 3, generator=seeded(0)),
        lambda: random_local_search(torch.sum, w, 3, generator=seeded(0)),
    ):
        found, _ = run()
        assert not found.requires_grad
    assert w.item() == 4


def watched(loss, seen):
    def call(w):
        seen.append(w.clone())
        return loss(w)

    return call


@settings(max_examples=15, deadline=None)
@given(st.sampled_from([(), (3,), (2, 3)]), st.integers(1, 30), SEEDS, st.floats(0.1, 3))
def test_random_search_keeps_the_best_of_its_guesses(shape, budget, seed, scale):
    w, seen = torch.full(shape, 1.5, dtype=torch.float64), []
    loss = watched(lambda w: ((w - 1) ** 2).sum(), seen)
    found, losses = random_search(loss, w, budget, scale, seeded(seed))
    assert len(seen) == len(losses) == budget
    values = torch.stack([((guess - 1) ** 2).sum() for guess in seen])
    assert torch.equal(tensor(*losses), values.cummin(dim=0).values)
    assert torch.equal(found, seen[values.argmin()])
    assert torch.equal(seen[0], w)


def test_random_search_draws_each_guess_around_zero():
    seen = []
    start = torch.full((4,), 100.0, dtype=torch.float64)
    random_search(watched(torch.sum, seen), start, 2001, 2.0, seeded(0))
    guesses = torch.stack(seen[1:])  # (2000, 4)
    assert guesses.mean(dim=0).abs().max() < 0.2  # the mean's standard deviation is 0.045
    assert (guesses.std(dim=0) / 2 - 1).abs().max() < 0.1
    assert abs(torch.corrcoef(torch.stack([guesses[:-1, 0], guesses[1:, 0]]))[0, 1]) < 0.1


def test_random_local_search_steps_from_the_best_place_so_far():
    seen = []
    loss = watched(lambda w: (w**2).sum(), seen)
    found, losses = random_local_search(loss, tensor(9.0, -9.0), 400, 0.3, seeded(1))
    best, steps = seen[0], []
    for guess, lowest in zip(seen[1:], losses[1:], strict=True):
        steps.append(guess - best)
        best = guess if (guess**2).sum() < (best**2).sum() else best
        assert lowest == (best**2).sum()
    assert torch.equal(found, best)
    assert torch.stack(steps).std().item() == pytest.approx(0.3, rel=0.15)
    assert losses[-1] < 1 < 162 == losses[0]


@pytest.mark.parametrize("search", [random_search, random_local_search])
def test_the_same_seed_searches_in_the_same_places(search):
    def run(seed):
        return search(lambda w: (w**2).sum(), tensor(3.0, 3.0), 20, 0.5, seeded(seed))

    assert torch.equal(run(0)[0], run(0)[0]) and run(0)[1] == run(0)[1]
    assert run(0)[1] != run(1)[1]


@pytest.mark.parametrize("search", [random_search, random_local_search])
@pytest.mark.parametrize("start", [3.0, -3.0])  # from the second, the first loss is NaN
def test_a_nan_is_never_the_best(search, start):
    found, losses = search(lambda w: (w + 1).log().sum(), tensor(start), 30, 3.0, seeded(0))
    assert found.item() > -1 and losses == sorted(losses, reverse=True)
    assert losses[-1] < 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda w: random_search(torch.sum, w, 0), "budget must be at least 1; got 0"),
        (lambda w: random_search(torch.sum, w, 5, 0), "scale must be positive; got 0"),
        (lambda w: random_local_search(torch.sum, w, 5, -1), "scale must be positive; got -1"),
        (lambda w: gradient_descent(None, w, 0, 1), "budget must be at least 1"),
        (lambda w: gradient_descent(None, w, 3, 0), "learning_rate must be positive; got 0"),
        (lambda w: gradient_descent(None, w, 3, 1, 1.0), "momentum must be .* got 1.0"),
        (lambda w: gradient_descent(None, w, 3, 1, -0.1), "momentum must be .* got -0.1"),
        (lambda w: gradient_descent(None, w, 3, 1, cost=0), "cost must be at least 1; got 0"),
        (
            lambda w: gradient_descent(lambda w: (0.0, w[:1]), w, 3, 1),
            r"shape of w, \(2,\); got \(1,\)",
        ),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(tensor(1.0, 2.0))
