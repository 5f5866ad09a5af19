"""Chapter 11's checks reject the wrong answers that readers plausibly give, with a useful hint."""

import random
import re

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from dlcv.exercises import inside_cnns
from dlcv.exercises import lenet as check
from dlcv.models import LeNet


def count(channels, size, classes, biases=True, first=None, inputs=None, out=None):
    side = ((size - 4) // 2 - 4) // 2
    first = 25 * channels if first is None else first
    inputs = 16 * side**2 if inputs is None else inputs
    out = classes if out is None else out
    return (
        (first + biases) * 6 + (150 + biases) * 16 + (inputs + biases) * 120
        + (120 + biases) * 84 + (84 + biases) * out
    )  # fmt: skip


def pairs(x):
    B, C, H, W = x.shape
    return x.reshape(B, C, H // 2, 2, W // 2, 2).permute(0, 1, 2, 4, 3, 5)


def pool_backward(x, grad):
    won = F.one_hot(pairs(x).flatten(4).argmax(dim=4), 4)
    share = (won * grad[..., None]).unflatten(4, (2, 2))
    return share.permute(0, 1, 2, 4, 3, 5).reshape(x.shape)


def spread(values):
    return values.repeat_interleave(2, 2).repeat_interleave(2, 3)


def everyone_who_ties(x, grad):
    return (x == spread(F.max_pool2d(x, 2))) * spread(grad)


def ties_share(x, grad):
    won = (x == spread(F.max_pool2d(x, 2))).double()
    return won * spread(grad / (4 * F.avg_pool2d(won, 2)))


def down_the_columns(x, grad):
    return pool_backward(x.transpose(2, 3), grad.transpose(2, 3)).transpose(2, 3)


def in_place(x, grad):
    grad *= 1
    x += 1
    return pool_backward(x, grad)


def lenet(pool=nn.MaxPool2d, end=(), flatten=True, out=10, filters=16, bias=True, padding=0):
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=padding, bias=bias), nn.ReLU(), pool(2),
        nn.Conv2d(6, filters, 5), nn.ReLU(), pool(2), *([nn.Flatten()] if flatten else []),
        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, out), *end,
    )  # fmt: skip


def without_relu(number):
    relus = [i for i, layer in enumerate(lenet()) if isinstance(layer, nn.ReLU)]
    return nn.Sequential(*(m for i, m in enumerate(lenet()) if i != relus[number]))


def relu_at_the_wrong_place():
    model = [m for m in lenet() if not isinstance(m, nn.ReLU)]
    for place in (0, 1, 3, 7):  # before the first convolution, not behind the second
        model.insert(place, nn.ReLU())
    return nn.Sequential(*model)


def subsampled(x, w, b):
    return 1.7159 * torch.tanh(2 / 3 * z(x, w, b))


def z(x, w, b, times=4):
    return times * F.avg_pool2d(x, 2) * w[:, None, None] + b[:, None, None]


def blur(x, weights=(1.0, 2.0, 1.0), mode="reflect", total=None):
    line = torch.tensor(weights, dtype=x.dtype)
    kernel = torch.outer(line, line) / (line.sum() ** 2 if total is None else total)
    padded = F.pad(x, (1, 1, 1, 1), mode=mode)
    return F.conv2d(padded, kernel.expand(x.shape[1], 1, 3, 3), stride=2, groups=x.shape[1])


def dense(x):
    return F.max_pool2d(x, 2, stride=1)


def blur_first(x):
    line = torch.tensor([1.0, 2, 1], dtype=x.dtype) / 4
    kernel = torch.outer(line, line).expand(x.shape[1], 1, 3, 3)
    smooth = F.conv2d(F.pad(x, (1,) * 4, mode="reflect"), kernel, groups=x.shape[1])
    return dense(smooth)[:, :, ::2, ::2]


def blur_of_single(x):
    line = torch.tensor([1.0, 2, 1])
    kernel = (torch.outer(line, line) / 16).expand(x.shape[1], 1, 3, 3)
    return F.conv2d(F.pad(dense(x), (1,) * 4), kernel, stride=2, groups=x.shape[1])


def strides_swapped(x):
    line = torch.tensor([1.0, 2, 1], dtype=x.dtype) / 4
    kernel = torch.outer(line, line).expand(x.shape[1], 1, 3, 3)
    padded = F.pad(F.max_pool2d(x, 2), (1,) * 4, mode="reflect")
    return F.conv2d(padded, kernel, groups=x.shape[1])


def mixed_channels(x):
    return blur(dense(x)).flip(1)


WRONG = [
    (check.lenet_parameters, lambda *a: count(*a, biases=False), "has a bias"),
    (check.lenet_parameters, lambda *a: count(*a, first=25), "may have color"),
    (check.lenet_parameters, lambda *a: count(*a, inputs=400), "5 × 5 holds for 32 only"),
    (check.lenet_parameters, lambda *a: count(*a, inputs=16 * (a[1] // 4) ** 2), "takes 4 rows"),
    (check.lenet_parameters, lambda *a: count(*a, inputs=16 * (a[1] - 8) ** 2), "pooling halves"),
    (
        check.lenet_parameters,
        lambda *a: count(*a, inputs=(((a[1] - 4) // 2 - 4) // 2) ** 2),
        "16 maps, not one",
    ),
    (check.lenet_parameters, lambda *a: count(*a, out=10), "each class, not for ten"),
    (check.lenet_parameters, lambda *a: count(*a) / 1, "divide with //"),
    (check.lenet_parameters, lambda *a: count(*a) - 16 * 125, "all 6 maps"),
    (check.lenet_parameters, lambda *a: count(*a) + 1, "you count 61,707"),
    (check.max_pool_backward, lambda x, g: spread(g), "only the largest may"),
    (check.max_pool_backward, lambda x, g: spread(g) / 4, "average pooling"),
    (check.max_pool_backward, everyone_who_ties, "the first in reading order"),
    (check.max_pool_backward, down_the_columns, "the first in reading order"),
    (check.max_pool_backward, ties_share, "the first in reading order"),
    (
        check.max_pool_backward,
        lambda x, g: pool_backward(x, torch.ones_like(g)),
        "multiply by the gradient of their window",
    ),
    (
        check.max_pool_backward,
        lambda x, g: torch.where(pool_backward(x, torch.ones_like(g)) > 0, x, 0),
        "not by the pixel",
    ),
    (check.max_pool_backward, lambda x, g: g, "shape"),
    (check.max_pool_backward, in_place, "changes what it was given"),
    (check.max_pool_backward, lambda x, g: pool_backward(-x, g), "differs from autograd"),
    (check.lenet, lambda: lenet(end=[nn.Softmax(dim=1)]), "softmax to the loss"),
    (check.lenet, lambda: lenet(end=[nn.ReLU()]), "no ReLU behind the last layer"),
    (check.lenet, lambda: lenet(flatten=False), "nn.Flatten()"),
    (check.lenet, lambda: lenet(out=84), "row 7 of the table should be 10; yours is 84"),
    (check.lenet, lambda: lenet(padding=2), "row 1 of the table should be 6 × 28 × 28"),
    (check.lenet, lambda: lenet(bias=False), "61,706 parameters; yours 61,700"),
    (check.lenet, lambda: without_relu(0), "a ReLU follows both"),
    (check.lenet, lambda: without_relu(3), "you have 3"),
    (check.lenet, lambda: lenet(nn.AvgPool2d), "max pooling, nn.MaxPool2d"),
    (
        check.lenet,
        lambda: nn.Sequential(nn.Conv2d(3, 6, 5), *lenet()[1:]),
        "the images are gray",
    ),
    (check.lenet, relu_at_the_wrong_place, "each ReLU stands behind"),
    (check.lenet, lambda: list(lenet()), "nn.Sequential, not list"),
    (check.lenet, lambda: nn.ModuleList([nn.Conv2d(1, 6, 5)]), "return an nn.Sequential of"),
    (
        check.lenet,
        lambda: nn.Sequential(*lenet()[:-2], nn.Linear(84, 10)),
        "a ReLU follows both",
    ),
    (check.lenet, lambda: lenet()[:-1], "the table has 7 rows"),
    (check.subsample, lambda x, w, b: 1.7159 * torch.tanh(2 / 3 * z(x, w, b, 1)), "not their mean"),
    (check.subsample, z, "squashing function is missing"),
    (check.subsample, lambda x, w, b: torch.tanh(z(x, w, b)), "stretch the tanh"),
    (check.subsample, lambda x, w, b: 1.7159 * torch.tanh(z(x, w, b)), "inside the tanh"),
    (check.subsample, lambda x, w, b: torch.tanh(2 / 3 * z(x, w, b)), "1.7159"),
    (check.subsample, lambda x, w, b: subsampled(x, w, 0 * b), "bias is missing"),
    (
        check.subsample,
        lambda x, w, b: subsampled(x, w, 0 * b) + b[:, None, None],
        "before the tanh",
    ),
    (check.subsample, lambda x, w, b: subsampled(x, w[[0]].expand(3), b), "its own coefficient"),
    (
        check.subsample,
        lambda x, w, b: (
            1.7159 * torch.tanh(2 / 3 * (F.max_pool2d(x, 2) * w[:, None, None] + b[:, None, None]))
        ),
        "not the largest",
    ),
    (
        check.subsample,
        lambda x, w, b: 1.7159 * torch.tanh(2 / 3 * w[:, None, None] * z(x, torch.ones(3), b)),
        "in this order",
    ),
    (check.subsample, lambda x, w, b: subsampled(x, w, b).sum(dim=1), "shape"),
    (check.blur_pool, lambda x: dense(x)[:, :, ::2, ::2], "blur is missing"),
    (check.blur_pool, lambda x: blur(dense(x), total=1), "divide by 16"),
    (check.blur_pool, lambda x: blur(dense(x), mode="constant"), "not with zeros"),
    (check.blur_pool, lambda x: blur(dense(x), mode="replicate"), "leaves the edge itself out"),
    (check.blur_pool, lambda x: blur(dense(x), (1.0, 1.0, 1.0)), "1, 2, 1"),
    (check.blur_pool, blur_first, "blur behind the maximum"),
    (check.blur_pool, blur_of_single, "dtype=x.dtype"),
    (check.blur_pool, strides_swapped, "the maximum at stride 1"),
    (check.blur_pool, mixed_channels, "by itself"),
    (check.blur_pool, lambda x: dense(x), "shape"),
]
RIGHT = [
    (check.lenet_parameters, count),
    (check.max_pool_backward, pool_backward),
    (check.lenet, lenet),
    (check.subsample, subsampled),
    (check.blur_pool, lambda x: blur(dense(x))),
]


@pytest.mark.parametrize(("exercise", "answer", "hint"), WRONG)
def test_a_wrong_answer_is_rejected_with_a_hint_that_fits(exercise, answer, hint):
    verdict = exercise(answer)
    assert verdict.status == "failed"
    assert re.search(hint.replace("(", r"\(").replace(")", r"\)"), verdict.message), verdict.message


@pytest.mark.parametrize(("exercise", "answer"), RIGHT)
def test_a_right_answer_is_accepted(exercise, answer):
    assert exercise(answer), exercise(answer)


@pytest.mark.parametrize(("exercise", "answer"), RIGHT)
def test_an_untouched_stub_is_not_attempted(exercise, answer):
    assert exercise(lambda *a: ...).status == "not attempted"
    assert exercise(lambda *a: None).status == "not attempted"


def test_a_lenet_of_doubles_and_one_with_a_nested_sequential_are_right_too():
    assert check.lenet(lambda: lenet().double())
    assert check.lenet(lambda: nn.Sequential(lenet()[:6], lenet()[6:]))


@pytest.mark.parametrize("ask", [check.lenet, inside_cnns.grad_cam, inside_cnns.fgsm])
def test_a_check_leaves_the_random_state_as_it_was(ask):
    """What a chapter draws after a check must not depend on how often the reader ran it."""

    def answer(*_):
        random.random(), np.random.rand(), torch.rand(3)
        return LeNet(1)

    before = random.getstate(), np.random.get_state()[2], torch.get_rng_state()
    ask(answer)
    assert before[:2] == (random.getstate(), np.random.get_state()[2])
    assert torch.equal(before[2], torch.get_rng_state())
