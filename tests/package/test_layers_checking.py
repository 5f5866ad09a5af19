"""The gradient check: right gradients pass, each wrong one is told, and nothing is left moved."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dlcv.layers import (
    Linear,
    MeanSquaredError,
    Sequential,
    Sigmoid,
    SoftmaxCrossEntropy,
    Tanh,
    error_sizes,
    gradient_check,
    mlp,
    spread_sizes,
)

NAMES = ["0.weight", "0.bias", "2.weight", "2.bias", "x"]


def problem(seed, bend=Tanh, dtype=torch.float64):
    """A small network, its loss, an input (4, 5) and classes (4,)."""
    generator = torch.Generator().manual_seed(seed)
    layers = Linear(5, 6, generator, dtype), bend(), Linear(6, 3, generator, dtype)
    x = torch.randn(4, 5, generator=generator, dtype=dtype)
    target = torch.randint(3, (4,), generator=generator)
    return Sequential(*layers), SoftmaxCrossEntropy(), x, target


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([Sigmoid, Tanh]))
def test_right_gradients_pass(seed, bend):
    errors = gradient_check(*problem(seed, bend))
    assert list(errors) == NAMES
    assert all(0 <= error < 1e-7 for error in errors.values()), errors


def test_it_takes_any_loss_and_a_single_layer():
    generator = torch.Generator().manual_seed(0)
    layer = Linear(3, 2, generator, torch.float64)
    x, target = (torch.randn(4, n, generator=generator, dtype=torch.float64) for n in (3, 2))
    errors = gradient_check(layer, MeanSquaredError(), x, target)
    assert list(errors) == ["weight", "bias", "x"] and max(errors.values()) < 1e-7


class NoTranspose(Linear):
    """∂L/∂W with rows and columns exchanged, where the shape allows it."""

    def backward(self, grad):
        back = super().backward(grad)
        self.gradients["weight"] = self.gradients["weight"].T.clone()
        return back


class MeanBias(Linear):
    def backward(self, grad):
        back = super().backward(grad)
        self.gradients["bias"] = grad.mean(dim=0)
        return back


class NothingBack(Linear):
    def backward(self, grad):
        return 0 * super().backward(grad)


@pytest.mark.parametrize(
    ("wrong", "names"),
    [
        (NoTranspose, {"1.weight"}),
        (MeanBias, {"1.bias"}),
        (NothingBack, {"0.weight", "0.bias", "x"}),
    ],
)
def test_a_wrong_gradient_is_told_by_its_name(wrong, names):
    generator = torch.Generator().manual_seed(0)
    sizes = {"generator": generator, "dtype": torch.float64}
    network = Sequential(Linear(5, 3, **sizes), wrong(3, 3, **sizes))
    x = torch.randn(4, 5, generator=generator, dtype=torch.float64)
    errors = gradient_check(network, SoftmaxCrossEntropy(), x, torch.tensor([0, 1, 2, 0]))
    assert {name for name, error in errors.items() if error > 1e-2} == names
    assert all(error < 1e-7 for name, error in errors.items() if name not in names)


def test_nothing_is_left_moved_and_the_gradients_stay():
    network, loss, x, target = problem(0)
    before = [x.clone(), *(p.clone() for p in network.parameters.values())]
    loss(network(x), target)
    grad_x = network.backward(loss.backward())
    gradients = {name: g.clone() for name, g in network.gradients.items()}
    gradient_check(network, loss, x, target)
    after = [x, *network.parameters.values()]
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
    assert all(torch.equal(gradients[n], g) for n, g in network.gradients.items())
    assert torch.equal(network.backward(loss.backward()), grad_x)


def test_a_few_entries_are_drawn_at_random_and_are_the_right_ones():
    network, loss, x, target = problem(1)
    calls = []
    network.forward = lambda x, forward=network.forward: calls.append(1) or forward(x)

    def check(seed):
        return gradient_check(
            network, loss, x, target, most=2, generator=torch.Generator().manual_seed(seed)
        )

    first = check(0)
    assert list(first) == NAMES and max(first.values()) < 1e-7
    assert len(calls) == 2 * 2 * 5 + 2
    assert check(0) == first and check(1) != first


def test_a_transposed_input_is_moved_where_it_lies():
    network, loss, x, target = problem(2)
    errors = gradient_check(network, loss, x.T.contiguous().T, target)
    assert max(errors.values()) < 1e-7


def test_what_does_not_fit_is_refused():
    with pytest.raises(TypeError, match="0.weight must be float64 for a gradient check; got"):
        gradient_check(*problem(0, dtype=torch.float32))
    network, loss, x, target = problem(0)
    with pytest.raises(ValueError, match="most must be at least 1; got 0"):
        gradient_check(network, loss, x, target, most=0)


def test_the_sizes_of_the_errors_are_those_of_autograd():
    network, loss, x, target = problem(3)
    W1, b1, W2, b2 = network.parameters.values()
    z1 = (x @ W1.T + b1).requires_grad_()
    z2 = torch.tanh(z1) @ W2.T + b2
    z2.retain_grad()
    torch.nn.functional.cross_entropy(z2, target, reduction="sum").backward()
    expected = torch.stack([(z.grad**2).mean().sqrt() for z in (z1, z2)])
    torch.testing.assert_close(error_sizes(network, loss, x, target), expected, rtol=0, atol=1e-12)
    with pytest.raises(ValueError, match="at least one example"):
        error_sizes(network, loss, x[:0], target[:0])
    with pytest.raises(ValueError, match="a layer with a bias"):
        error_sizes(Sequential(Tanh()), loss, x, target)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([Sigmoid, Tanh]))
def test_the_spread_is_that_of_every_hidden_layers_activations(seed, bend):
    generator = torch.Generator().manual_seed(seed)
    network = mlp([5, 7, 6, 3], bend, generator, dtype=torch.float64)
    x = torch.randn(9, 5, generator=generator, dtype=torch.float64)
    expected, a = [], x
    act = {Sigmoid: torch.sigmoid, Tanh: torch.tanh}[bend]
    for i in (0, 2):
        linear = network.layers[i].parameters
        a = act(torch.nn.functional.linear(a, linear["weight"], linear["bias"]))
        expected.append(torch.stack([torch.std(a[:, j]) ** 2 for j in range(a.shape[1])]).mean())
    found = spread_sizes(network, x)
    torch.testing.assert_close(found, torch.stack(expected).sqrt(), rtol=0, atol=1e-12)


def test_one_example_has_no_spread():
    network = mlp([5, 7, 3], Tanh, dtype=torch.float64)
    with pytest.raises(ValueError, match="two examples"):
        spread_sizes(network, torch.zeros(1, 5, dtype=torch.float64))
