"""The scalar engine against PyTorch on random expressions, in float64."""

import math
from operator import add, mul, sub, truediv

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dlcv.layers.autograd import Value, topological_order

NUMBERS = st.floats(-2, 2).filter(lambda x: abs(x) > 1e-3)
ONE = ["exp", "log", "tanh", "sigmoid", "relu", "neg", "square", "cube", "root", "inverse"]
TWO = {"add": add, "sub": sub, "mul": mul, "div": truediv}
SIDES = ["values", "number on the left", "number on the right"]


def positive(x):
    """A number that the logarithm and the root take, from any x."""
    return x * x + 0.5


def apply_one(name, x):
    """The same line for a `Value` and for a tensor."""
    powers = {"square": (x, 2), "cube": (x, 3), "root": (positive(x), 0.5)}
    if name in powers:
        base, n = powers[name]
        return base**n
    if name == "neg":
        return -x
    if name == "inverse":
        return positive(x) ** -1
    return getattr(positive(x) if name == "log" else x, name)()


@st.composite
def programs(draw):
    """A list of instructions, each on numbers made before it: a random graph with shared nodes."""
    leaves = draw(st.lists(NUMBERS, min_size=1, max_size=4))
    steps, count = [], len(leaves)
    for _ in range(draw(st.integers(1, 12))):
        name = draw(st.sampled_from([*ONE, *TWO]))
        places = draw(st.tuples(*[st.integers(0, count - 1)] * 2))
        steps.append((name, places, draw(st.sampled_from(SIDES)), draw(NUMBERS)))
        count += 1
    return leaves, steps


def run(leaves, steps):
    """The last number of a program; written once, for `Value`s and for tensors."""
    made = list(leaves)
    for name, (i, j), side, number in steps:
        if name in TWO:
            x, y = made[i], made[j]
            if name == "div":
                y = positive(y)
            if side == "number on the left":
                x = number
            elif side == "number on the right":
                y = number
            made.append(TWO[name](x, y))
        else:
            made.append(apply_one(name, made[i]))
        made[-1] = made[-1] * 0.5  # keeps a chain of squares and exponentials within bounds
    return made[-1]


@settings(max_examples=300, deadline=None)
@given(programs())
def test_values_and_gradients_are_those_of_pytorch(program):
    leaves, steps = program
    tensors = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in leaves]
    expected = run(tensors, steps)
    if expected.detach().abs() > 1e6:
        return
    if expected.requires_grad:
        expected.backward()
    values = [Value(x) for x in leaves]
    result = run(values, steps)
    result.backward()
    assert math.isclose(result.data, expected.item(), rel_tol=1e-10, abs_tol=1e-10)
    for value, tensor in zip(values, tensors, strict=True):
        slope = 0.0 if tensor.grad is None else tensor.grad.item()
        assert math.isclose(value.grad, slope, rel_tol=1e-10, abs_tol=1e-10)


def test_every_path_counts():
    x = Value(3)
    y = x * x + x  # x enters three times: 2x + 1
    y.backward()
    assert (y.data, x.grad) == (12, 7)


def test_a_second_backward_replaces_the_gradients():
    x = Value(2)
    y, z = x**3, 5 * x
    for result, slope in [(y, 12), (y, 12), (z, 5)]:
        result.backward()
        assert x.grad == slope


def test_order_puts_parents_first_and_each_value_once():
    x = Value(1.5)
    y = x.exp() * x + x.tanh() / x
    order = topological_order(y)
    assert len(order) == len(set(order)) and order[-1] is y
    place = {value: i for i, value in enumerate(order)}
    assert all(place[p] < place[v] for v in order for p, _ in v.parents)


def test_a_very_long_chain_needs_no_recursion():
    x = Value(1)
    y = x
    for _ in range(20_000):
        y = y + x
    y.backward()
    assert x.grad == 20_001


def test_the_kink_and_the_flat_places():
    for x, slope in [(-1.0, 0.0), (0.0, 0.0), (2.0, 1.0)]:
        value = Value(x)
        value.relu().backward()
        assert value.grad == slope
    zero = Value(0)
    (zero**0 + zero**1).backward()
    assert zero.grad == 1


def test_sigmoid_and_tanh_do_not_overflow():
    for x in (-1e4, 1e4):
        for name, low in [("sigmoid", 0), ("tanh", -1)]:
            value = Value(x)
            result = getattr(value, name)()
            result.backward()
            assert (result.data, value.grad) == (low if x < 0 else 1, 0)


def test_it_trains_xor():
    generator = torch.Generator().manual_seed(0)
    start = torch.randn(13, generator=generator, dtype=torch.float64)
    w = [Value(x) for x in start.tolist()]
    examples = [((-1, -1), 0), ((-1, 1), 1), ((1, -1), 1), ((1, 1), 0)]

    def probability(x):
        hidden = [(w[3 * i] * x[0] + w[3 * i + 1] * x[1] + w[3 * i + 2]).tanh() for i in range(3)]
        return (w[9] * hidden[0] + w[10] * hidden[1] + w[11] * hidden[2] + w[12]).sigmoid()

    for _ in range(200):
        loss = 0
        for x, y in examples:
            p = probability(x)
            loss = loss - (p if y else 1 - p).log()
        loss.backward()
        for weight in w:
            weight.data -= 0.3 * weight.grad
    assert [round(probability(x).data) for x, _ in examples] == [y for _, y in examples]
    assert loss.data / 4 < 0.1 < math.log(2)


@pytest.mark.parametrize("wrong", [None, [1], "one"])
def test_what_is_no_number_is_refused(wrong):
    with pytest.raises((TypeError, ValueError)):
        Value(1) + wrong
    with pytest.raises((TypeError, ValueError)):
        Value(wrong)


def test_a_value_is_no_exponent_and_a_logarithm_wants_more_than_zero():
    with pytest.raises(TypeError):
        Value(2) ** Value(3)
    with pytest.raises(ValueError):
        Value(0).log()
    assert repr(Value(2)) == "Value(2, grad=0)"
