"""Linear, Flatten and Sequential against PyTorch's automatic differentiation, in float64."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from dlcv import layers
from dlcv.layers import Flatten, Layer, Linear, Sequential

pytestmark = pytest.mark.usefixtures("one_thread_for_all")
SIZES, SEEDS = st.integers(1, 7), st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module")
def one_thread_for_all():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def normal(*shape, generator):
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def close(ours, reference):
    torch.testing.assert_close(ours, reference, rtol=0, atol=1e-10)


class Square(Layer):
    """A bend, so that the order of the layers matters."""

    def forward(self, x):
        self.x = x
        return x**2

    def backward(self, grad):
        return 2 * self.x * grad


def small_network(generator):
    sizes = {"generator": generator, "dtype": torch.float64}
    first, second = Linear(6, 5, **sizes), Linear(5, 3, **sizes)
    return Sequential(Flatten(), first, Square(), second), first, second


@settings(max_examples=60, deadline=None)
@given(SIZES, SIZES, SIZES, SEEDS)
def test_linear_agrees_with_autograd(batch, inputs, outputs, seed):
    generator = torch.Generator().manual_seed(seed)
    layer = Linear(inputs, outputs, generator, torch.float64)
    x = normal(batch, inputs, generator=generator).requires_grad_()
    weight, bias = (p.clone().requires_grad_() for p in layer.parameters.values())
    expected = F.linear(x, weight, bias)
    grad = normal(batch, outputs, generator=generator)
    expected.backward(grad)

    close(layer(x.detach()), expected.detach())
    close(layer.backward(grad), x.grad)
    close(layer.gradients["weight"], weight.grad)
    close(layer.gradients["bias"], bias.grad)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), SEEDS)
def test_flatten_agrees_with_autograd(shape, seed):
    generator = torch.Generator().manual_seed(seed)
    layer, x = Flatten(), normal(*shape, generator=generator).requires_grad_()
    expected = x.reshape(shape[0], -1)
    grad = normal(*expected.shape, generator=generator)
    expected.backward(grad)
    close(layer(x.detach()), expected.detach())
    close(layer.backward(grad), x.grad)


@settings(max_examples=30, deadline=None)
@given(SIZES, SEEDS)
def test_a_row_of_layers_agrees_with_autograd(batch, seed):
    generator = torch.Generator().manual_seed(seed)
    network, *_ = small_network(generator)
    reference = [p.clone().requires_grad_() for p in network.parameters.values()]
    x = normal(batch, 2, 3, generator=generator).requires_grad_()
    hidden = F.linear(x.flatten(1), *reference[:2]) ** 2
    expected, grad = F.linear(hidden, *reference[2:]), normal(batch, 3, generator=generator)
    expected.backward(grad)

    close(network(x.detach()), expected.detach())
    close(network.backward(grad), x.grad)
    assert list(network.gradients) == ["1.weight", "1.bias", "3.weight", "3.bias"]
    for ours, parameter in zip(network.gradients.values(), reference, strict=True):
        close(ours, parameter.grad)


def test_a_second_backward_replaces_the_gradients():
    generator = torch.Generator().manual_seed(0)
    network, *_ = small_network(generator)
    first, second = (normal(4, 2, 3, generator=generator) for _ in range(2))
    for x in (first, second):
        network.backward(torch.ones_like(network(x)))
    twice = {name: g.clone() for name, g in network.gradients.items()}
    network.backward(torch.ones_like(network(second)))
    assert all(torch.equal(twice[name], g) for name, g in network.gradients.items())
    assert all(g.abs().max() > 0 for g in twice.values())


def test_before_any_backward_the_gradients_are_zero():
    network, *_ = small_network(torch.Generator().manual_seed(0))
    for name, parameter in network.parameters.items():
        assert torch.equal(network.gradients[name], torch.zeros_like(parameter))


def test_a_step_in_place_reaches_the_layers():
    network, first, second = small_network(torch.Generator().manual_seed(0))
    for parameter in network.parameters.values():
        parameter -= parameter.clone()
    assert all(p.abs().max() == 0 for part in (first, second) for p in part.parameters.values())


def test_a_row_may_stand_in_a_row():
    generator = torch.Generator().manual_seed(0)
    flat, first, _ = small_network(generator)
    network = Sequential(flat, Linear(3, 2, generator, torch.float64))
    assert list(network.parameters)[:2] == ["0.1.weight", "0.1.bias"]
    assert network.parameters["0.1.weight"] is first.parameters["weight"]


@settings(max_examples=20, deadline=None)
@given(st.lists(SIZES, min_size=2, max_size=5), SEEDS)
def test_an_mlp_agrees_with_autograd(sizes, seed):
    generator = torch.Generator().manual_seed(seed)
    network = layers.mlp(sizes, layers.Tanh, generator, dtype=torch.float64)
    reference = nn.Sequential()
    for weight, bias in zip(*[iter(network.parameters.values())] * 2, strict=True):
        linear = nn.Linear(*weight.T.shape, dtype=torch.float64)
        linear.weight.data, linear.bias.data = weight.clone(), bias.clone()
        reference += nn.Sequential(linear, nn.Tanh())
    x = normal(3, sizes[0], generator=generator).requires_grad_()
    expected, grad = reference[:-1](x), normal(3, sizes[-1], generator=generator)
    expected.backward(grad)

    close(network(x.detach()), expected.detach())
    close(network.backward(grad), x.grad)
    for ours, parameter in zip(network.gradients.values(), reference.parameters(), strict=True):
        close(ours, parameter.grad)


def test_the_start_of_an_mlp_can_be_chosen():
    network = layers.mlp([50, 40, 3], layers.ReLU, torch.Generator().manual_seed(0), variance=2)
    weight, bias, last = (network.parameters[n] for n in ("0.weight", "0.bias", "2.weight"))
    assert abs(weight.std().item() / (2 / 50) ** 0.5 - 1) < 0.1
    assert abs(last.std().item() / (2 / 40) ** 0.5 - 1) < 0.25
    assert bias.abs().max() == 0 and weight.dtype == torch.float32
    plain = layers.mlp([50, 40, 3], layers.ReLU, torch.Generator().manual_seed(0))
    assert plain.parameters["0.weight"].abs().max() <= 50**-0.5
    assert plain.parameters["0.bias"].abs().max() > 0
    for sizes, variance, message in [([4], None, "sizes"), ([4, 2], -1, "variance")]:
        with pytest.raises(ValueError, match=message):
            layers.mlp(sizes, layers.ReLU, variance=variance)


def test_linear_starts_as_pytorch_does():
    for inputs, outputs in [(5, 3), (64, 512)]:
        torch.manual_seed(7)
        reference = nn.Linear(inputs, outputs)
        torch.manual_seed(7)
        ours = Linear(inputs, outputs)
        torch.testing.assert_close(ours.parameters["weight"], reference.weight.detach())
        torch.testing.assert_close(ours.parameters["bias"], reference.bias.detach())


def test_the_default_number_type_is_that_of_pytorch():
    try:
        torch.set_default_dtype(torch.float64)
        assert {p.dtype for p in Linear(2, 3).parameters.values()} == {torch.float64}
    finally:
        torch.set_default_dtype(torch.float32)
    assert {g.dtype for g in Linear(2, 3).gradients.values()} == {torch.float32}


def test_a_generator_makes_the_start_repeatable():
    def start(seed):
        return Linear(4, 3, torch.Generator().manual_seed(seed)).parameters["weight"]

    assert torch.equal(start(1), start(1))
    assert not torch.equal(start(1), start(2))


def test_what_does_not_fit_is_refused():
    layer = Linear(3, 2)
    for sizes in [(0, 2), (3, -1)]:
        with pytest.raises(ValueError, match="(inputs|outputs) must be at least 1; got"):
            Linear(*sizes)
    for wrong in [(3,), (4, 2), (4, 3, 3)]:
        with pytest.raises(ValueError, match=r"x must have shape \(B, 3\); got"):
            layer(torch.zeros(wrong))
    with pytest.raises(TypeError, match="x must be torch.float32, like the weights; got"):
        layer(torch.zeros(4, 3, dtype=torch.float64))
    with pytest.raises(ValueError, match="batch axis"):
        Flatten()(torch.tensor(1.0))
    with pytest.raises(ValueError, match="layer 2 stands in the row twice"):
        Sequential(layer, Square(), layer)
    with pytest.raises(TypeError, match=r"layer 1 must be a dlcv.layers.Layer; got torch\.nn"):
        Sequential(layer, nn.ReLU())


@pytest.mark.parametrize("layer", [Linear(3, 3), Flatten()], ids=lambda layer: type(layer).__name__)
def test_backward_needs_a_forward_and_its_shape(layer):
    with pytest.raises(RuntimeError, match="call forward before backward"):
        type(layer)(*(3, 3)[: 2 * isinstance(layer, Linear)]).backward(torch.zeros(2, 3))
    layer(torch.zeros(2, 3))
    with pytest.raises(ValueError, match=r"shape of the last output, \(2, 3\); got \(1, 3\)"):
        layer.backward(torch.zeros(1, 3))


def test_a_layer_without_functions_says_so():
    with pytest.raises(NotImplementedError, match="Layer has no forward"):
        Layer()(torch.zeros(1))
    with pytest.raises(NotImplementedError, match="Layer has no backward"):
        Layer().backward(torch.zeros(1))


def test_the_package_names_what_it_offers():
    assert sorted(layers.__all__) == layers.__all__
    assert all(hasattr(layers, name) for name in layers.__all__)
