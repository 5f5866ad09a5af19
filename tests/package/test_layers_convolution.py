"""Convolution, pooling and columns against PyTorch, and the arithmetic of sizes, in float64."""

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from dlcv import layers

pytestmark = pytest.mark.usefixtures("one_thread_for_all")
SEEDS = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module")
def one_thread_for_all():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def normal(*shape, generator):
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def close(ours, reference):
    torch.testing.assert_close(ours, reference.detach(), rtol=0, atol=1e-10)


@st.composite
def windows_that_fit(draw, most=4):
    """(H, W) and a window, with every number of pixels left over made to be none."""
    kernel_size, stride = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    padding, dilation = draw(st.integers(0, 2)), draw(st.integers(1, 3))
    covered = dilation * (kernel_size - 1) + 1
    sides = [covered + stride * draw(st.integers(0, most)) - 2 * padding for _ in range(2)]
    assume(min(sides) > 0)
    return tuple(sides), (kernel_size, stride, padding, dilation)


# -------------------------------------------------------------------------------- convolution


@settings(max_examples=80, deadline=None)
@given(
    windows_that_fit(), st.integers(1, 3), st.integers(1, 3), st.integers(1, 2), st.integers(1, 3),
    st.booleans(), SEEDS,
)  # fmt: skip
def test_conv2d_agrees_with_autograd(fits, batch, groups, per_group, filters, bias, seed):
    (H, W), window = fits
    generator = torch.Generator().manual_seed(seed)
    channels, maps = groups * per_group, groups * filters
    ours = layers.Conv2d(channels, maps, *window, groups, bias, generator, torch.float64)
    theirs = nn.Conv2d(channels, maps, *window, groups, bias).double()
    with torch.no_grad():
        for name, parameter in theirs.named_parameters():
            parameter.copy_(ours.parameters[name])
    x = normal(batch, channels, H, W, generator=generator).requires_grad_()
    expected = theirs(x)
    grad = normal(*expected.shape, generator=generator)
    expected.backward(grad)

    close(ours(x.detach()), expected)
    close(ours.backward(grad), x.grad)
    assert ours.gradients.keys() == dict(theirs.named_parameters()).keys()
    for name, parameter in theirs.named_parameters():
        close(ours.gradients[name], parameter.grad)


def test_conv2d_starts_as_pytorchs_does():
    torch.manual_seed(3)
    theirs = nn.Conv2d(6, 4, 3, groups=2)
    torch.manual_seed(3)
    ours = layers.Conv2d(6, 4, 3, groups=2)
    for name, parameter in theirs.named_parameters():
        torch.testing.assert_close(ours.parameters[name], parameter.detach())


def test_conv2d_replaces_its_gradients():
    layer = layers.Conv2d(1, 2, 3, dtype=torch.float64)
    x, grad = torch.ones(1, 1, 4, 4, dtype=torch.float64), torch.ones(1, 2, 2, 2).double()
    layer(x)
    layer.backward(grad)
    first = {name: value.clone() for name, value in layer.gradients.items()}
    layer(x)
    layer.backward(grad)
    for name, value in first.items():
        torch.testing.assert_close(layer.gradients[name], value)


def test_a_network_of_our_layers_passes_the_gradient_check():
    generator = torch.Generator().manual_seed(0)
    args = {"generator": generator, "dtype": torch.float64}
    network = layers.Sequential(
        layers.Conv2d(2, 3, 3, padding=1, **args),
        layers.Tanh(),
        layers.AvgPool2d(2),
        layers.Conv2d(3, 4, 3, **args),
        layers.GlobalAvgPool2d(),
    )
    x, y = normal(2, 2, 8, 8, generator=generator), torch.tensor([3, 1])
    errors = layers.gradient_check(network, layers.SoftmaxCrossEntropy(), x, y, most=20)
    assert max(errors.values()) < 1e-7


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda conv: conv(torch.zeros(2, 7, 7)), ValueError, r"\(B, 3, H, W\); got \(2, 7, 7\)"),
        (lambda conv: conv(torch.zeros(2, 1, 7, 7)), ValueError, r"\(B, 3, H, W\)"),
        (lambda conv: conv(torch.zeros(2, 3, 7, 7).double()), TypeError, "float32.*got.*float64"),
        (lambda conv: conv(torch.zeros(2, 3, 6, 6)), ValueError, "does not fit a 6 × 6 input"),
        (lambda conv: conv.backward(torch.zeros(1)), RuntimeError, "forward before backward"),
        (lambda conv: layers.Conv2d(3, 4, 3, groups=2), ValueError, "groups must divide in_chan"),
        (lambda conv: layers.Conv2d(4, 3, 3, groups=2), ValueError, "groups must divide out_chan"),
        (lambda conv: layers.Conv2d(3, 4, 0), ValueError, "kernel_size must be .* got 0"),
        (lambda conv: layers.Conv2d(3, 4, 3, padding=-1), ValueError, "padding must be"),
        (lambda conv: layers.Conv2d(0, 4, 3), ValueError, "in_channels must be"),
    ],
)
def test_conv2d_refuses_what_is_wrong(call, error, words):
    with pytest.raises(error, match=words):
        call(layers.Conv2d(3, 4, 3, stride=2))


def test_conv2d_refuses_a_gradient_of_another_shape():
    conv = layers.Conv2d(1, 1, 3)
    conv(torch.zeros(1, 1, 5, 5))
    with pytest.raises(ValueError, match=r"\(1, 1, 3, 3\); got \(1, 1, 5, 5\)"):
        conv.backward(torch.zeros(1, 1, 5, 5))


# ------------------------------------------------------------------------------------ columns


@settings(max_examples=60, deadline=None)
@given(windows_that_fit(), st.integers(1, 2), st.integers(1, 3), SEEDS)
def test_columns_are_pytorchs(fits, batch, channels, seed):
    size, (F_, S, P, D) = fits
    generator = torch.Generator().manual_seed(seed)
    x = normal(batch, channels, *size, generator=generator)
    unfolded = F.unfold(x, F_, dilation=D, padding=P, stride=S)
    close(layers.im2col(x, F_, S, P, D), unfolded)
    columns = normal(*unfolded.shape, generator=generator)
    folded = F.fold(columns, size, F_, dilation=D, padding=P, stride=S)
    close(layers.col2im(columns, size, F_, S, P, D), folded)


def test_columns_refuse_what_is_wrong():
    with pytest.raises(ValueError, match=r"\(B, C, H, W\); got \(5, 5\)"):
        layers.im2col(torch.zeros(5, 5), 3)
    with pytest.raises(ValueError, match=r"\(B, C·9, 9\) to make images of 5 × 5; got \(1, 9, 8\)"):
        layers.col2im(torch.zeros(1, 9, 8), (5, 5), 3)


# ------------------------------------------------------------------------------------ pooling


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["Max", "Avg"]), windows_that_fit(), st.integers(1, 2), st.integers(1, 3), SEEDS
)
def test_pooling_agrees_with_autograd(kind, fits, batch, channels, seed):
    size, (kernel_size, stride, padding, _) = fits
    assume(padding <= kernel_size // 2)
    assume(all(side + 2 * padding >= kernel_size for side in size))
    assume(all((side + 2 * padding - kernel_size) % stride == 0 for side in size))
    generator = torch.Generator().manual_seed(seed)
    # a few values, so that some windows have several largest pixels
    x = torch.randint(-2, 2, (batch, channels, *size), generator=generator).double()
    x.requires_grad_()
    ours = getattr(layers, f"{kind}Pool2d")(kernel_size, stride, padding)
    expected = getattr(nn, f"{kind}Pool2d")(kernel_size, stride, padding)(x)
    grad = normal(*expected.shape, generator=generator)
    expected.backward(grad)
    close(ours(x.detach()), expected)
    close(ours.backward(grad), x.grad)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 5), min_size=4, max_size=4), SEEDS)
def test_global_average_agrees_with_autograd(shape, seed):
    generator = torch.Generator().manual_seed(seed)
    x = normal(*shape, generator=generator).requires_grad_()
    expected = nn.AdaptiveAvgPool2d(1)(x).flatten(1)
    grad = normal(*expected.shape, generator=generator)
    expected.backward(grad)
    ours = layers.GlobalAvgPool2d()
    close(ours(x.detach()), expected)
    close(ours.backward(grad), x.grad)


def test_the_maximum_of_a_window_by_hand():
    x = torch.tensor([[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]]).double()
    pool = layers.MaxPool2d(2)
    assert pool(x[None, None])[0, 0].tolist() == [[6, 8], [3, 4]]
    back = pool.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]])[None, None].double())[0, 0]
    assert back.tolist() == [[0, 0, 0, 0], [0, 1, 0, 2], [3, 0, 0, 0], [0, 0, 0, 4]]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: layers.MaxPool2d(0), "kernel_size must be"),
        (lambda: layers.MaxPool2d(2, padding=2), "padding must be at most half"),
        (lambda: layers.AvgPool2d(2, stride=0), "stride must be"),
        (lambda: layers.MaxPool2d(2)(torch.zeros(1, 1, 5, 5)), "2 × 2 filter with stride 2 .* 5"),
        (lambda: layers.AvgPool2d(2)(torch.zeros(4, 4)), r"AvgPool2d: x must have shape \(B, C"),
        (lambda: layers.GlobalAvgPool2d()(torch.zeros(4, 4)), "GlobalAvgPool2d: x must"),
    ],
)
def test_pooling_refuses_what_is_wrong(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_pooling_wants_forward_first():
    for layer in (layers.MaxPool2d(2), layers.GlobalAvgPool2d()):
        with pytest.raises(RuntimeError, match="forward before backward"):
            layer.backward(torch.zeros(1, 1))


# -------------------------------------------------------------------------------------- sizes


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1, 20), st.integers(1, 20), st.integers(1, 6), st.integers(1, 4),
    st.integers(0, 3), st.integers(1, 3),
)  # fmt: skip
def test_output_size_is_pytorchs_or_refused(H, W, kernel_size, stride, padding, dilation):
    window = (kernel_size, stride, padding, dilation)
    conv = nn.Conv2d(1, 1, *window)
    covered = dilation * (kernel_size - 1) + 1
    if min(H, W) + 2 * padding < covered:
        with pytest.raises(ValueError, match="does not fit"):
            layers.output_size((H, W), *window, floor=True)
        return
    expected = tuple(conv(torch.zeros(1, 1, H, W)).shape[2:])
    assert layers.output_size((H, W), *window, floor=True) == expected
    assert layers.output_size(H, *window, floor=True) == expected[0]
    # where PyTorch leaves pixels out, one pixel less gives the same size
    ends = [stride * (n - 1) + covered - 2 * padding for n in expected]
    if ends == [H, W]:
        assert layers.output_size((H, W), *window) == expected
    else:
        with pytest.raises(ValueError, match="is not whole"):
            layers.output_size((H, W), *window)


def test_the_cases_of_a_seven_by_seven_input():
    assert [layers.output_size(7, 3, stride) for stride in (1, 2)] == [5, 3]
    with pytest.raises(ValueError) as error:
        layers.output_size(7, 3, 3)
    sentence = "a 3 × 3 filter with stride 3 does not fit a 7 × 7 input"
    assert str(error.value) == f"{sentence}: (7 − 3 + 0) / 3 is not whole; 1 row left over"
    assert layers.output_size(7, 3, 3, floor=True) == 2
    with pytest.raises(
        ValueError, match="with stride 2, padding 1 and dilation 2 does not fit a 4 × 9"
    ):
        layers.output_size((4, 9), 3, 2, 1, 2)
    with pytest.raises(
        ValueError, match="5 × 5 filter does not fit a 3 × 3 input: it covers 5 rows"
    ):
        layers.output_size(3, 5)


@pytest.mark.parametrize("name", ["kernel_size", "stride", "dilation"])
def test_output_size_names_a_number_that_is_none(name):
    with pytest.raises(ValueError, match=f"{name} must be a whole number of at least 1; got 0"):
        layers.output_size(7, **{"kernel_size": 3, name: 0})


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 12), st.integers(1, 4), st.integers(4, 20))
def test_same_padding_keeps_the_size(kernel_size, dilation, size):
    if dilation * (kernel_size - 1) % 2:
        with pytest.raises(ValueError, match="odd"):
            layers.same_padding(kernel_size, dilation)
        return
    conv = nn.Conv2d(1, 1, kernel_size, padding="same", dilation=dilation)
    ours = nn.Conv2d(
        1, 1, kernel_size, padding=layers.same_padding(kernel_size, dilation), dilation=dilation
    )
    x = torch.zeros(1, 1, size, size)
    assert ours(x).shape == conv(x).shape


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(*[st.integers(1, 3)] * 3), min_size=1, max_size=4))
def test_the_receptive_field_is_where_the_gradient_is(windows):
    field, jump = layers.receptive_field(windows)
    convs = [nn.Conv1d(1, 1, F, S, dilation=D, bias=False).double() for F, S, D in windows]
    network = nn.Sequential(*convs)
    for conv in convs:
        nn.init.ones_(conv.weight)
    x = torch.zeros(1, 1, field + jump, dtype=torch.float64, requires_grad=True)
    out = network(x)
    assert out.shape[2] == 2
    seen = [
        torch.autograd.grad(out[0, 0, k], x, retain_graph=True)[0][0, 0].nonzero() for k in (0, 1)
    ]
    assert (seen[0].min(), seen[0].max()) == (0, field - 1)
    assert (seen[1].min(), seen[1].max()) == (jump, field + jump - 1)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 5), st.booleans())
def test_parameters_are_those_of_pytorch(groups, per_group, filters, kernel_size, bias):
    channels, maps = groups * per_group, groups * filters
    conv = nn.Conv2d(channels, maps, kernel_size, groups=groups, bias=bias)
    expected = sum(parameter.numel() for parameter in conv.parameters())
    assert layers.conv_parameters(channels, maps, kernel_size, groups, bias) == expected


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), windows_that_fit())
def test_multiply_adds_are_half_of_pytorchs_flops(groups, per_group, filters, fits):
    from torch.utils.flop_counter import FlopCounterMode

    size, window = fits
    channels, maps = groups * per_group, groups * filters
    conv = nn.Conv2d(channels, maps, *window, groups)
    with FlopCounterMode(display=False) as counter:
        out = conv(torch.zeros(1, channels, *size))
    ours = layers.conv_multiply_adds(channels, maps, window[0], tuple(out.shape[2:]), groups)
    assert 2 * ours == counter.get_total_flops()


def test_the_first_layer_of_the_lecture():
    assert layers.output_size(32, 5) == 28  # 32 × 32 × 3, six filters 5 × 5 × 3
    assert layers.conv_parameters(3, 6, 5) == 456
    assert layers.conv_multiply_adds(3, 6, 5, 28) == 352_800


@pytest.mark.parametrize("layer", [layers.Conv2d(1, 1, 3, 2), layers.MaxPool2d(3, 2)])
def test_a_forward_that_was_refused_leaves_nothing_behind(layer):
    generator = torch.Generator().manual_seed(0)
    with pytest.raises(ValueError, match="does not fit"):
        layer(torch.randn(1, 1, 6, 6, generator=generator))
    with pytest.raises(RuntimeError, match="call forward before backward"):
        layer.backward(torch.ones(1, 1, 1, 1))
    x = torch.randn(1, 1, 7, 7, generator=generator)
    leaf = x.clone().requires_grad_()
    if isinstance(layer, layers.Conv2d):
        theirs = F.conv2d(leaf, layer.parameters["weight"], layer.parameters["bias"], stride=2)
    else:
        theirs = F.max_pool2d(leaf, 3, 2)
    theirs.sum().backward()
    layer(x)
    with pytest.raises(ValueError, match="does not fit"):
        layer(x[:, :, 1:])
    torch.testing.assert_close(layer.backward(torch.ones(1, 1, 3, 3)), leaf.grad)


@pytest.mark.parametrize("size", [(7, 7, 7), (7,), 7.0, "7", (7.0, 7), None])
def test_output_size_names_a_size_that_is_none(size):
    with pytest.raises(ValueError, match="size must be a whole number or .height, width.; got"):
        layers.output_size(size, 3)
