"""The gradient by central differences: against autograd, over random functions and shapes."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dlcv.layers import Linear, numeric_gradient, relative_error

SHAPES = st.lists(st.integers(1, 4), max_size=3).map(tuple)  # () is a single number
SEEDS = st.integers(0, 2**31 - 1)


def normal(shape, seed):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


@settings(max_examples=30, deadline=None)
@given(SHAPES, SEEDS)
def test_it_is_the_gradient_that_autograd_finds(shape, seed):
    w, a = normal(shape, seed), normal(shape, seed + 1)
    kept = w.clone()

    def f(w):
        return (a * w).sum().sin() + (w**2).exp().mean()

    ours = numeric_gradient(f, w)
    assert torch.equal(w, kept)
    w.requires_grad_()
    f(w).backward()
    assert ours.shape == w.shape and ours.dtype == torch.float64
    assert relative_error(ours, w.grad) < 1e-6


@settings(max_examples=20, deadline=None)
@given(SHAPES, SEEDS, st.sampled_from([1.0, 0.125, 2.0**-10]))
def test_of_a_quadratic_it_is_exact_for_every_h(shape, seed, h):
    """A central difference of a w² + b w has no h² term: by hand, 2 a w + b."""
    w, a, b = (normal(shape, seed + i) for i in range(3))
    ours = numeric_gradient(lambda w: (a * w**2 + b * w).sum(), w, h)
    torch.testing.assert_close(ours, 2 * a * w + b, rtol=1e-10, atol=1e-10)


def test_of_a_cube_it_is_off_by_h_squared():
    """(w + h)³ − (w − h)³ = 6 w² h + 2 h³, so the error is h²."""
    w = torch.tensor([2.0, -1.0], dtype=torch.float64)
    ours = numeric_gradient(lambda w: (w**3).sum(), w, h=0.5)
    torch.testing.assert_close(ours, 3 * w**2 + 0.25)


def test_a_function_may_read_the_tensor_itself():
    layer = Linear(3, 2, dtype=torch.float64)
    x, weight = normal((5, 3), 0), layer.parameters["weight"]
    kept = weight.clone()
    ours = numeric_gradient(lambda _: (layer(x) ** 2).sum(), weight)
    layer.backward(2 * layer(x))
    assert relative_error(ours, layer.gradients["weight"]) < 1e-8
    assert torch.equal(weight, kept)


def test_views_and_leaves_of_a_graph_are_taken_too():
    w = normal((3, 4), 0).requires_grad_()
    ours = numeric_gradient(lambda w: (w**2).sum(), w)
    assert not ours.requires_grad and w.requires_grad
    assert relative_error(ours, 2 * w) < 1e-9
    turned = w.detach().T
    assert relative_error(numeric_gradient(lambda w: (w**2).sum(), turned), 2 * turned) < 1e-9


def test_nothing_is_left_changed_when_the_function_fails():
    w = normal((3,), 0)
    kept = w.clone()
    with pytest.raises(ZeroDivisionError):
        numeric_gradient(lambda w: 1 / 0, w)
    assert torch.equal(w, kept)


def test_what_does_not_fit_is_refused():
    w = normal((3,), 0)
    with pytest.raises(TypeError, match="w must be float64; got torch.float32"):
        numeric_gradient(torch.sum, w.float())
    with pytest.raises(ValueError, match="h must be positive; got 0"):
        numeric_gradient(torch.sum, w, h=0)
    with pytest.raises(ValueError, match=r"one number; got a tensor of shape \(3,\)"):
        numeric_gradient(lambda w: w, w)
    with pytest.raises(ValueError, match=r"same shape; got \(3,\), \(2,\)"):
        relative_error(w, w[:2])


@pytest.mark.parametrize(
    ("a", "b", "error"),
    [
        ([3.0, 4.0], [3.0, 4.0], 0),
        ([0.0, 0.0], [0.0, 0.0], 0),
        ([0.0, 0.0], [3.0, 4.0], 1),
        ([3.0, 4.0], [-3.0, -4.0], 2),
        ([6.0, 8.0], [3.0, 4.0], 0.5),
        ([10.0, 0.0], [10.0, 1e-6], 1e-7),
    ],
)
def test_the_relative_error_by_hand(a, b, error):
    a, b = torch.tensor(a).double(), torch.tensor(b).double()
    assert relative_error(a, b) == pytest.approx(error, rel=1e-6)
    assert relative_error(b, a) == pytest.approx(error, rel=1e-6)


def test_a_nan_is_no_agreement():
    nan = torch.tensor([float("nan"), 1.0])
    assert not relative_error(nan, torch.ones(2)) < 1e9
