"""Chapter 10's checks reject the wrong answers that readers plausibly give, with a useful hint."""

import re

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from dlcv import layers
from dlcv.exercises import convolution as check

# ------------------------------------------------------------------------------- right answers


def output_size(N, side, S=1, P=0, D=1):
    room = N + 2 * P - (D * (side - 1) + 1)
    if room < 0 or room % S:
        raise ValueError("does not fit")
    return room // S + 1


def by_index(x, side, S, P, order=(0, 1, 4, 5, 2, 3), turn=False):
    x = F.pad(x, (P, P, P, P))
    B, C, H, W = x.shape
    h, w = (H - side) // S + 1, (W - side) // S + 1
    rows = S * torch.arange(h)[:, None] + torch.arange(side)  # (h, F)
    columns = S * torch.arange(w)[:, None] + torch.arange(side)  # (w, F)
    if turn:
        rows, columns = rows.flip(1), columns.flip(1)
    windows = x[:, :, rows[:, None, :, None], columns[None, :, None, :]]  # (B, C, h, w, F, F)
    return windows.permute(order).reshape(B, C * side**2, h * w)


def by_strides(x, side, S, P):
    x = F.pad(x, (P, P, P, P)).contiguous()
    B, C, H, W = x.shape
    h, w = (H - side) // S + 1, (W - side) // S + 1
    b, c, down, right = x.stride()
    shape, steps = (B, C, side, side, h, w), (b, c, down, right, S * down, S * right)
    return x.as_strided(shape, steps).reshape(B, C * side**2, h * w)


def separable(C, O, side):
    return nn.Sequential(
        nn.Conv2d(C, C, side, padding=side // 2, groups=C), nn.Conv2d(C, O, kernel_size=1)
    )


def backward(x, w, delta, S, P, flip=True, swap=True, cut=True, spread=True, scale=1.0):
    (B, O, h, width), side = delta.shape, w.shape[-1]
    if spread:
        zeros = delta.new_zeros(B, O, S * (h - 1) + 1, S * (width - 1) + 1)
        zeros[:, :, ::S, ::S] = delta
    else:
        zeros = F.interpolate(delta, size=(S * (h - 1) + 1, S * (width - 1) + 1))
    padded = F.pad(x, (P,) * 4)
    dw = F.conv2d(padded.transpose(0, 1), zeros.transpose(0, 1))
    kernel = (w.flip(2, 3) if flip else w).transpose(0, 1)
    full = F.conv2d(F.pad(zeros, (side - 1,) * 4), kernel)
    H, W = x.shape[2:]
    dx = full[:, :, P : P + H, P : P + W] if cut else full
    return scale * dx, scale * (dw.transpose(0, 1) if swap else dw), scale * delta.sum((0, 2, 3))


def backward_with(**slip):
    return lambda *given: backward(*given, **slip)


def other_formulas(x, w, delta, S, P):
    """The filter's gradient with the error as a dilated filter."""
    dx, _, db = gradients(x, w, delta, S, P)
    padded = F.pad(x, (P,) * 4)
    dw = F.conv2d(padded.transpose(0, 1), delta.transpose(0, 1), dilation=S)
    return dx, dw.transpose(0, 1), db


class Separable(nn.Module):
    """Declares the 1 × 1 first, pads by hand, applies both in the right order."""

    def __init__(self, C, O, side, mode="constant"):
        super().__init__()
        self.b, self.a = nn.Conv2d(C, O, 1), nn.Conv2d(C, C, side, groups=C)
        self.pad, self.mode = (side // 2,) * 4, mode

    def between(self, x):
        return x

    def forward(self, x):
        return self.b(self.between(self.a(F.pad(x, self.pad, self.mode))))


class Bent(Separable):
    def between(self, x):
        return F.relu(x)


gradients = backward  # a name that no check looks for

RIGHT = [
    (check.output_size, output_size),
    (check.output_size, lambda *s: layers.output_size(*s)),
    (check.im2col, by_index),
    (check.im2col, by_strides),
    (check.depthwise_separable, separable),
    (check.depthwise_separable, Separable),
    (
        check.depthwise_separable,
        lambda C, O, side: nn.Sequential(
            nn.ZeroPad2d(side // 2), nn.Conv2d(C, C, side, groups=C), nn.Conv2d(C, O, 1)
        ),
    ),
    (check.convolution_backward, backward),
    (check.convolution_backward, other_formulas),
]

# ------------------------------------------------------------------------------- wrong answers


def floor_only(N, side, S, P, D):
    return (N + 2 * P - D * (side - 1) - 1) // S + 1


def refusing(formula):
    """The formula, with a ValueError where the right function raises one."""

    def answer(*setting):
        output_size(*setting)
        return formula(*setting)

    return answer


def by_room(room):
    """A room of one's own, and a refusal by it."""

    def answer(N, side, S, P, D):
        space = room(N, side, S, P, D)
        if space < 0 or space % S:
            raise ValueError("no")
        return space // S + 1

    return answer


def by_assert(N, side, S, P, D):
    room = N + 2 * P - (D * (side - 1) + 1)
    assert room >= 0 and room % S == 0
    return room // S + 1


def refuses_padding(N, side, S, P, D):
    if P and S > 1:
        raise ValueError("no")
    return output_size(N, side, S, P, D)


def refuses_large_only(N, side, S, P, D):
    if D * (side - 1) + 1 > N + 2 * P:
        raise ValueError("no")
    return floor_only(N, side, S, P, D)


def says_none(N, side, S, P, D):
    try:
        return output_size(N, side, S, P, D)
    except ValueError:
        return None


def refuses_uneven_only(N, side, S, P, D):
    room = N + 2 * P - (D * (side - 1) + 1)
    if room % S:
        raise ValueError("no")
    return room // S + 1


def with_a_loop(x, side, S, P):
    x = F.pad(x, (P, P, P, P))
    h, w = (x.shape[2] - side) // S + 1, (x.shape[3] - side) // S + 1
    places = [(S * i, S * j) for i in range(h) for j in range(w)]
    return torch.stack([x[:, :, i : i + side, j : j + side].flatten(1) for i, j in places], dim=2)


def pads_in_place(x, side, S, P):
    result = by_index(x, side, S, P)
    x[:, :, 0] = 0
    return result


def no_permute(x, side, S, P):
    rows = by_index(x, side, S, P)
    return rows.transpose(1, 2).reshape(rows.shape)


def pair(first, second):
    return lambda C, O, side: nn.Sequential(first(C, O, side), second(C, O, side))


def depthwise(C, O, side):
    return nn.Conv2d(C, C, side, padding=side // 2, groups=C)


def pointwise(C, O, side):
    return nn.Conv2d(C, O, 1)


class Backwards(nn.Module):
    """The right two layers, with the channels turned round between them."""

    def __init__(self, C, O, side):
        super().__init__()
        self.a, self.b = depthwise(C, O, side), pointwise(C, O, side)

    def forward(self, x):
        return self.b(self.a(x).flip(1))


def by_autograd(x, w, delta, S, P):
    x, w = x.clone().requires_grad_(), w.clone().requires_grad_()
    z = F.conv2d(x, w, stride=S, padding=P)
    return *torch.autograd.grad((z * delta).sum(), (x, w)), delta.sum((0, 2, 3))


def by_library(x, w, delta, S, P):
    _, dw, db = backward(x, w, delta, S, P)
    return F.conv_transpose2d(delta, w, stride=S, padding=P), dw, db


def in_place(x, w, delta, S, P):
    result = backward(x, w, delta, S, P)
    delta *= 0
    return result


def without_spreading(x, w, delta, S, P):
    return backward(x, w, delta, 1, P)


def small_padding_only(x, w, delta, S, P):
    _, dw, db = backward(x, w, delta, S, P)
    (h, width), side = delta.shape[2:], w.shape[-1]
    spread = delta.new_zeros(*delta.shape[:2], S * (h - 1) + 1, S * (width - 1) + 1)
    spread[:, :, ::S, ::S] = delta
    return F.conv2d(spread, w.flip(2, 3).transpose(0, 1), padding=side - 1 - P), dw, db


def padding_of_two(x, w, delta, S, P):
    dx, dw, db = backward(x, w, delta, S, P)
    return (dx if w.shape[-1] == 3 else dx[:, :, 1:-1, 1:-1]), dw, db


def mean_bias(x, w, delta, S, P):
    dx, dw, _ = backward(x, w, delta, S, P)
    return dx, dw, delta.mean((0, 2, 3))


def flipped_filter(x, w, delta, S, P):
    dx, dw, db = backward(x, w, delta, S, P)
    return dx, dw.flip(2, 3), db


WRONG = [
    (check.output_size, floor_only, "does not come out even; raise"),
    (check.output_size, refuses_large_only, "does not come out even; raise"),
    (check.output_size, refuses_uneven_only, "larger than the input; raise"),
    (check.output_size, says_none, "do not return None"),
    (check.output_size, refuses_padding, "you refuse it"),
    (check.output_size, by_room(lambda N, F, S, P, D: N - D * (F - 1) - 1 + P), "both sides"),
    (check.output_size, by_room(lambda N, F, S, P, D: N - D * F + 2 * P), "F − 1 gaps"),
    (check.output_size, by_room(lambda N, F, S, P, D: N - F + 2 * P), "with gaps a filter"),
    (check.output_size, by_room(lambda N, F, S, P, D: N - D * (F - 1) - 1), "padding is missing"),
    (check.output_size, by_assert, "raise ValueError"),
    (check.output_size, refusing(lambda N, F, S, P, D: (N - F + 2 * P) // S + 1), "with gaps"),
    (check.output_size, refusing(lambda N, F, S, P, D: (N - D * F + 2 * P) // S + 1), "gaps"),
    (
        check.output_size,
        refusing(lambda N, F, S, P, D: (N - D * (F - 1) - 1 + 2 * P) // S),
        "first window",
    ),
    (
        check.output_size,
        refusing(lambda N, F, S, P, D: (N - D * (F - 1) - 1 + P) // S + 1),
        "both sides",
    ),
    (check.output_size, refusing(lambda N, F, S, P, D: N - D * (F - 1) + 2 * P), "by the stride"),
    (
        check.output_size,
        refusing(lambda N, F, S, P, D: (N - D * (F - 1) + 2 * P) // S),
        "first divide",
    ),
    (
        check.output_size,
        refusing(lambda N, F, S, P, D: (N - D * (F - 1) - 1 + 2 * P) / S + 1),
        "return an int",
    ),
    (check.output_size, refusing(lambda N, F, S, P, D: N), "windows fit; yours says"),
    (check.im2col, lambda *g: by_index(*g, order=(0, 4, 5, 1, 2, 3)), "the channel comes first"),
    (check.im2col, lambda *g: by_index(*g, order=(0, 1, 5, 4, 2, 3)), "row by row: v first"),
    (check.im2col, lambda *g: by_index(*g, order=(0, 1, 4, 5, 3, 2)), "i first, then j"),
    (check.im2col, lambda *g: by_index(*g, order=(0, 1, 2, 3, 4, 5)), "permute to"),
    (check.im2col, lambda *g: by_index(*g, turn=True), "no flip"),
    (check.im2col, lambda *g: by_index(*g)[:, :, :6], "images 7 × 5, side = 3.*shape"),
    (check.im2col, lambda x, *g: by_index(x, *g)[:, :, 99], "images 7 × 5.*IndexError"),
    (check.im2col, no_permute, "does not transpose"),
    (check.im2col, lambda x, side, S, P: by_index(x, side, 1, P), "shape"),
    (check.im2col, lambda x, side, S, P: by_index(x, side, S, 0), "shape"),
    (check.im2col, lambda *g: by_index(*g) * 2, "differ from F.unfold"),
    (check.im2col, pads_in_place, "changes its input"),
    (check.im2col, with_a_loop, "with a loop"),
    (check.im2col, lambda x, side, S, P: F.unfold(x, side, stride=S, padding=P), "does the work"),
    (
        check.depthwise_separable,
        pair(lambda C, O, side: nn.Conv2d(C, C, side, padding=side // 2), pointwise),
        "groups=C",
    ),
    (
        check.depthwise_separable,
        pair(pointwise, lambda C, O, side: nn.Conv2d(O, O, side, padding=side // 2, groups=O)),
        "the other order",
    ),
    (
        check.depthwise_separable,
        pair(lambda C, O, side: nn.Conv2d(C, C, side, groups=C), pointwise),
        "the size must stay",
    ),
    (
        check.depthwise_separable,
        pair(depthwise, lambda C, O, side: nn.Conv2d(C, O, side, padding=side // 2)),
        "one of the two convolutions is 1 × 1",
    ),
    (
        check.depthwise_separable,
        pair(depthwise, lambda C, O, side: nn.Conv2d(C, C, 1)),
        "gives O",
    ),
    (
        check.depthwise_separable,
        pair(depthwise, lambda C, O, side: nn.Conv2d(C, O, 1, bias=False)),
        "both have a bias",
    ),
    (
        check.depthwise_separable,
        pair(depthwise, lambda C, O, side: nn.Conv2d(C, O, 1, groups=2 - C % 2)),
        "see all of them|gives O",
    ),
    (
        check.depthwise_separable,
        pair(
            lambda C, O, side: nn.Conv2d(C, 2 * C, side, padding=side // 2, groups=C),
            lambda C, O, side: nn.Conv2d(2 * C, O, 1),
        ),
        "one filter for its one channel",
    ),
    (
        check.depthwise_separable,
        lambda C, O, side: nn.Sequential(depthwise(C, O, side), nn.ReLU(), pointwise(C, O, side)),
        "nothing stands",
    ),
    (check.depthwise_separable, lambda C, O, side: depthwise(C, O, side), "two nn.Conv2d"),
    (check.depthwise_separable, Backwards, "nothing stands"),
    (check.depthwise_separable, Bent, "nothing stands"),
    (check.depthwise_separable, lambda *s: Separable(*s, mode="reflect"), "along the border"),
    (
        check.depthwise_separable,
        pair(
            lambda C, O, side: nn.Conv2d(C, C, side, groups=C),
            lambda C, O, side: nn.Conv2d(C, O, 1, padding=side // 2),
        ),
        "along the border",
    ),
    (check.depthwise_separable, lambda C, O, side: (side**2 + 1) * C, "nn.Module"),
    (check.convolution_backward, backward_with(flip=False), "turn the filter"),
    (check.convolution_backward, backward_with(swap=False), "swap its first two axes"),
    (check.convolution_backward, backward_with(cut=False), "cut it off"),
    (check.convolution_backward, backward_with(spread=False), "zeros between"),
    (check.convolution_backward, without_spreading, "must have shape .* zeros between"),
    (check.convolution_backward, small_padding_only, "cut off P"),
    (check.convolution_backward, padding_of_two, "F = 5"),
    (check.convolution_backward, backward_with(scale=0.5), "do not average"),
    (check.convolution_backward, backward_with(scale=-1.0), "the sign"),
    (check.convolution_backward, flipped_filter, "no flip here"),
    (check.convolution_backward, mean_bias, "over all places"),
    (check.convolution_backward, lambda *g: backward(*g)[:2], "three gradients"),
    (check.convolution_backward, lambda *g: (*backward(*g)[:2], g[2].sum((2, 3))), "shape"),
    (check.convolution_backward, in_place, "changes its input"),
    (check.convolution_backward, by_autograd, "does the work"),
    (check.convolution_backward, by_library, "does the work"),
]


@pytest.mark.parametrize(("run", "answer"), RIGHT)
def test_a_right_answer_is_accepted(run, answer):
    verdict = run(answer)
    assert verdict, verdict


@pytest.mark.parametrize(("run", "answer", "hint"), WRONG)
def test_a_plausible_wrong_answer_is_rejected_with_a_hint(run, answer, hint):
    verdict = run(answer)
    assert verdict.status == "failed"
    assert re.search(hint, verdict.message), verdict


def test_each_check_has_at_least_three_wrong_answers():
    checks = [
        c
        for c in vars(check).values()
        if hasattr(c, "__wrapped__") and not hasattr(c, "cache_info")
    ]
    assert len(checks) == 4
    assert all(sum(run is c for run, *_ in WRONG) >= 3 for c in checks)


def test_an_untouched_stub_is_not_a_failure():
    for run in {run for run, _ in RIGHT}:
        verdict = run(lambda *given: ...)
        assert verdict.status == "not attempted"
        assert "not attempted yet" in repr(verdict)


def test_an_error_in_the_answer_is_reported():
    verdict = check.im2col(lambda x, *window: x.missing)
    assert verdict.status == "failed" and "AttributeError" in verdict.message
