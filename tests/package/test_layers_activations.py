"""The activations against PyTorch's own, and their derivatives against autograd."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from dlcv import layers

pytestmark = pytest.mark.usefixtures("one_thread")

PAIRS = {
    "Sigmoid": (layers.Sigmoid(), nn.Sigmoid()),
    "Tanh": (layers.Tanh(), nn.Tanh()),
    "ReLU": (layers.ReLU(), nn.ReLU()),
    "LeakyReLU": (layers.LeakyReLU(), nn.LeakyReLU(0.1)),
    "LeakyReLU(0.3)": (layers.LeakyReLU(0.3), nn.LeakyReLU(0.3)),
    "ELU": (layers.ELU(), nn.ELU()),
    "ELU(2.5)": (layers.ELU(2.5), nn.ELU(2.5)),
    "GELU": (layers.GELU(), nn.GELU()),
    "SiLU": (layers.SiLU(), nn.SiLU()),
}
each_pair = pytest.mark.parametrize("ours, theirs", PAIRS.values(), ids=PAIRS)
shapes = st.lists(st.integers(1, 5), min_size=0, max_size=4).map(tuple)
seeds = st.integers(0, 2**31)


def both(ours, theirs, x, seed=0):
    """Outputs and ∂L/∂x of both, for a random ∂L/∂output."""
    x = x.clone().requires_grad_()
    reference = theirs(x)
    generator = torch.Generator().manual_seed(seed)
    grad = torch.randn(reference.shape, generator=generator, dtype=x.dtype)
    reference.backward(grad)
    output = ours(x.detach())
    return (output, ours.backward(grad)), (reference.detach(), x.grad)


@each_pair
@settings(max_examples=20, deadline=None)
@given(shape=shapes, scale=st.sampled_from([0.1, 1.0, 10.0]), seed=seeds)
def test_forward_and_backward_are_pytorchs(ours, theirs, shape, scale, seed):
    generator = torch.Generator().manual_seed(seed)
    x = scale * torch.randn(shape, generator=generator, dtype=torch.float64)
    mine, reference = both(ours, theirs, x, seed)
    for got, wanted in zip(mine, reference, strict=True):
        assert got.shape == wanted.shape and got.dtype == wanted.dtype
        torch.testing.assert_close(got, wanted, rtol=0, atol=1e-10)


@settings(max_examples=40, deadline=None)
@given(
    batch=st.integers(1, 6),
    units=st.integers(1, 5),
    pieces=st.integers(2, 4),
    seed=seeds,
)
def test_maxout_is_a_maximum_over_neighbors(batch, units, pieces, seed):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(batch, units * pieces, generator=generator, dtype=torch.float64)
    reference = nn.MaxPool1d(pieces)  # over windows of neighbors that do not overlap
    mine, wanted = both(layers.Maxout(pieces), lambda t: reference(t[:, None])[:, 0], x, seed)
    for got, other in zip(mine, wanted, strict=True):
        torch.testing.assert_close(got, other, rtol=0, atol=1e-10)


@each_pair
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_nothing_overflows(ours, theirs, dtype):
    largest = torch.finfo(dtype).max / 4  # beyond it, nn.GELU itself overflows
    ascending = [-largest, -1e30, -1e4, -800, -100, 0, 100, 800, 1e4, 1e30, largest]
    x = torch.tensor(ascending, dtype=dtype)
    output = ours(x)
    slope = ours.backward(torch.ones_like(x))
    assert output.isfinite().all() and slope.isfinite().all()
    torch.testing.assert_close(output, theirs(x))
    assert slope.abs().max() <= max(1.2, getattr(ours, "alpha", 0))


@each_pair
def test_at_zero_the_slope_is_pytorchs(ours, theirs):
    mine, reference = both(ours, theirs, torch.zeros(3, dtype=torch.float64))
    torch.testing.assert_close(mine[1], reference[1], rtol=0, atol=1e-12)


def test_the_sigmoid_keeps_its_digits_far_to_the_left():
    x = torch.tensor([-40.0, -300.0, -700.0], dtype=torch.float64)
    torch.testing.assert_close(layers.Sigmoid()(x), x.exp(), rtol=1e-12, atol=0)


@each_pair
def test_the_input_is_left_alone(ours, theirs):
    x = torch.linspace(-3, 3, 7, dtype=torch.float64)
    given = x.clone()
    ours(x)
    ours.backward(torch.ones_like(x))
    assert torch.equal(x, given)


def test_maxout_gives_a_tie_to_the_first():
    maxout = layers.Maxout(3)
    assert maxout(torch.tensor([[2.0, 2.0, 1.0]])).tolist() == [[2.0]]
    assert maxout.backward(torch.tensor([[5.0]])).tolist() == [[5.0, 0.0, 0.0]]


@pytest.mark.parametrize("layer", [layers.ReLU(), layers.Maxout()], ids=["ReLU", "Maxout"])
def test_backward_needs_a_forward_and_a_gradient_of_its_shape(layer):
    fresh = type(layer)()
    with pytest.raises(RuntimeError, match="call forward before backward"):
        fresh.backward(torch.ones(2, 2))
    fresh(torch.ones(2, 4))
    with pytest.raises(ValueError, match="grad must have the shape of the last output"):
        fresh.backward(torch.ones(3, 4))


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: layers.LeakyReLU(-0.1), "slope must be between 0 and 1; got -0.1"),
        (lambda: layers.LeakyReLU(1.5), "slope must be between 0 and 1; got 1.5"),
        (lambda: layers.ELU(0), "alpha must be positive"),
        (lambda: layers.ELU(float("inf")), "alpha must be positive and finite"),
        (lambda: layers.Maxout(1), "pieces must be at least 2; got 1"),
        (lambda: layers.Maxout(2)(torch.ones(3, 5)), r"\(B, H · 2\); got \(3, 5\)"),
        (lambda: layers.Maxout(2)(torch.ones(4)), r"\(B, H · 2\); got \(4,\)"),
    ],
)
def test_what_makes_no_sense_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_whole_numbers_are_refused():
    with pytest.raises(TypeError, match="Sigmoid: x must hold floats; got torch.int64"):
        layers.Sigmoid()(torch.arange(3))


def test_a_network_of_them_has_autograds_gradients():
    generator = torch.Generator().manual_seed(0)
    double = {"generator": generator, "dtype": torch.float64}
    first, last = layers.Linear(3, 8, **double), layers.Linear(2, 1, **double)
    middle = layers.Linear(8, 4, **double)
    network = layers.Sequential(
        first, layers.GELU(), middle, layers.Maxout(2), last, layers.Sigmoid()
    )
    x = torch.randn(5, 3, **double)
    output = network(x)
    network.backward(torch.ones_like(output))
    weights = {name: p.clone().requires_grad_() for name, p in network.parameters.items()}
    h = nn.functional.gelu(x @ weights["0.weight"].T + weights["0.bias"])
    h = (h @ weights["2.weight"].T + weights["2.bias"]).unflatten(1, (2, 2)).amax(dim=2)
    torch.sigmoid(h @ weights["4.weight"].T + weights["4.bias"]).sum().backward()
    for name, weight in weights.items():
        torch.testing.assert_close(network.gradients[name], weight.grad, rtol=0, atol=1e-10)
