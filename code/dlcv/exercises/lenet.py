"""Checks for chapter 11, pooling, fully connected layers, LeNet."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dlcv.exercises.base import Verdict, exercise, require, require_shape
from dlcv.models import LeNet
from dlcv.state import watching

TABLE = ((6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (120,), (84,), (10,))


@exercise("Parameters of LeNet")
def lenet_parameters(answer: Callable) -> Verdict:
    """Check `lenet_parameters(channels, size, classes)`, sizes that pool evenly: one number."""
    for channels, size, classes in ((1, 32, 10), (3, 32, 10), (1, 28, 10), (3, 64, 5)):
        with torch.device("meta"):  # shapes without numbers
            parts = [p.numel() for p in LeNet(channels, classes, size).parameters()]
        count = answer(channels, size, classes)
        require(
            isinstance(count, (int, np.integer)) and not isinstance(count, bool),
            f"return a whole number, not {type(count).__name__}: divide with //.",
        )
        for mistake, wrong in _miscounts(parts, channels, size, classes).items():
            require(count != wrong or wrong == sum(parts), mistake)
        require(
            count == sum(parts),
            f"for {channels} × {size} × {size} and {classes} classes it is {sum(parts):,}; "
            f"you count {count:,}.",
        )


def _miscounts(parts: list[int], channels: int, size: int, classes: int) -> dict[str, int]:
    """What a plausible mistake would give; `parts` alternate between weights and biases."""
    total, side = sum(parts), ((size - 4) // 2 - 4) // 2

    def with_inputs(inputs):  # of the first connected layer
        return total + 120 * (inputs - 16 * side**2)

    return {
        "those are the weights; every filter and every unit has a bias, too.": sum(parts[::2]),
        "the first filters are 5 × 5 × channels: an image may have color.": total
        - 25 * 6 * (channels - 1),
        "the filters of the second layer see all 6 maps: 5 · 5 · 6 weights each.": total
        - 25 * 16 * 5,
        "the first connected layer sees 16 maps, not one.": with_inputs(side**2),
        "a 5 × 5 filter without padding takes 4 rows and columns away.": with_inputs(
            16 * (size // 4) ** 2
        ),
        "pooling halves each side: after both rounds the maps are smaller.": with_inputs(
            16 * (size - 8) ** 2
        ),
        "the size of the maps depends on the size of the image: 5 × 5 holds for 32 only.": (
            with_inputs(16 * 25)
        ),
        "the last layer has a row and a bias for each class, not for ten.": total
        + 85 * (10 - classes),
    }


@exercise("Max-pool backward")
def max_pool_backward(answer: Callable) -> Verdict:
    """Check `max_pool_backward(x, grad)`: windows of 2 × 2, side by side; ties to the first."""
    generator = torch.Generator().manual_seed(11)
    x = torch.randn(2, 3, 4, 6, generator=generator, dtype=torch.float64)
    grad = torch.randn(2, 3, 2, 3, generator=generator, dtype=torch.float64)
    _check_pool_backward(answer, x, grad, "the gradient differs from autograd's.")
    hint = (
        "right where one pixel is largest, wrong where several are: the first in reading order "
        "gets all of the gradient, the others nothing. Behind a ReLU whole windows are 0."
    )
    ties = x.relu().round()
    ties[..., :2, :2] = torch.tensor([[0.0, 1.0], [1.0, 0.0]])  # down the columns it is the other
    _check_pool_backward(answer, ties, grad, hint)


def _check_pool_backward(answer: Callable, x: Tensor, grad: Tensor, hint: str) -> None:
    leaf = x.clone().requires_grad_()
    F.max_pool2d(leaf, 2).backward(grad)
    given = x.clone(), grad.clone()
    result = answer(*given)
    require_shape(result, tuple(x.shape), "of x, (B, C, H, W)")
    untouched = torch.equal(given[0], x) and torch.equal(given[1], grad)
    require(untouched, "your function changes what it was given; work on a new tensor.")
    if torch.allclose(result, leaf.grad, atol=1e-12):
        return
    spread = grad.repeat_interleave(2, 2).repeat_interleave(2, 3)  # (B, C, H, W)
    won = leaf.grad.ne(0)
    usual = {
        "every pixel gets the gradient of its window; only the largest may.": spread,
        "that is average pooling: a quarter for each pixel.": spread / 4,
        "that says where the largest pixels are; multiply by the gradient of their window.": (
            won.double()
        ),
        "multiply by the gradient, not by the pixel.": torch.where(won, x, 0),
    }
    for mistake, wrong in usual.items():
        require(not torch.allclose(result, wrong.to(result.dtype), atol=1e-12), mistake)
    require(False, hint)


@exercise("LeNet from its table")
def lenet(answer: Callable) -> Verdict:
    """Check `lenet()`: an `nn.Sequential` with the layers of the table, for (B, 1, 32, 32)."""
    model = answer()
    require(isinstance(model, nn.Module), f"return an nn.Sequential, not {type(model).__name__}.")
    reference = LeNet(1).double()
    kinds = (nn.Conv2d, nn.MaxPool2d, nn.Linear)
    require(
        not any(isinstance(m, nn.Softmax | nn.LogSoftmax) for m in model.modules()),
        "leave the softmax to the loss: F.cross_entropy wants scores.",
    )
    flattens = any(isinstance(m, nn.Flatten) for m in model.modules())
    require(
        flattens or isinstance(model, nn.Sequential),
        "return an nn.Sequential of PyTorch's layers: their shapes are read off it.",
    )
    require(
        flattens,
        "between the last map and the first connected layer the maps become one row: nn.Flatten().",
    )
    require(
        not any(isinstance(m, nn.AvgPool2d) for m in model.modules()),
        "the table has max pooling, nn.MaxPool2d, not the average.",
    )
    first = next((m for m in model.modules() if isinstance(m, nn.Conv2d)), None)
    require(
        first is None or first.in_channels == 1,
        "the images are gray: the first convolution sees one channel.",
    )
    shapes, error = _shapes(model, kinds)
    for number, (ours, wanted) in enumerate(zip(shapes, TABLE, strict=False), start=1):
        require(
            ours == wanted,
            f"row {number} of the table should be {_text(wanted)}; yours is {_text(ours)}.",
        )
    if error:  # all shapes up to here are right
        raise error
    count = len(shapes)
    require(count == len(TABLE), f"the table has {len(TABLE)} rows without ReLU; yours {count}.")
    _check_same_function(model.double(), reference)


def _shapes(model: nn.Module, kinds: tuple) -> tuple[list[tuple[int, ...]], Exception | None]:
    """What the layers of these kinds make of one gray image of 32 × 32, and what stopped them."""
    shapes, layers = [], [layer for layer in model.modules() if isinstance(layer, kinds)]

    def note(layer, inputs, output):
        shapes.append(tuple(output.shape[1:]))

    try:
        with watching(layers, note):
            model.float()(torch.zeros(1, 1, 32, 32))
        return shapes, None
    except RuntimeError as error:
        return shapes, error


def _check_same_function(model: nn.Module, reference: nn.Module) -> None:
    """With the same weights the two give the same scores, or one of them lacks a ReLU."""
    ours, theirs = list(model.parameters()), list(reference.parameters())
    same = [p.shape for p in ours] == [p.shape for p in theirs]
    total = sum(p.numel() for p in ours)
    require(same, f"the table has 61,706 parameters; yours {total:,}. Look at filters and biases.")
    generator = torch.Generator().manual_seed(11)
    with torch.no_grad():
        for p, q in zip(ours, theirs, strict=True):
            q.copy_(0.2 * torch.randn(p.shape, generator=generator, dtype=torch.float64))
            p.copy_(q)
        x = torch.randn(4, 1, 32, 32, generator=generator, dtype=torch.float64)
        scores, expected = model(x), reference(x)
    require((scores < 0).any(), "no score is negative: no ReLU behind the last layer.")
    count = sum(isinstance(m, nn.ReLU) for m in model.modules())
    require(
        count >= 4, f"a ReLU follows both convolutions and both hidden layers; you have {count}."
    )
    require(
        torch.allclose(scores, expected, atol=1e-9),
        "right shapes, other scores: each ReLU stands behind a convolution or a hidden layer.",
    )


def _text(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))


@exercise("Subsampling as in 1998")
def subsample(answer: Callable) -> Verdict:
    """Check `subsample(x, coefficient, bias)`: (B, C, H, W), (C,), (C,) to (B, C, H/2, W/2)."""
    generator = torch.Generator().manual_seed(12)
    x = torch.randn(2, 3, 4, 6, generator=generator, dtype=torch.float64)
    coefficient, bias = torch.randn(2, 3, generator=generator, dtype=torch.float64)
    given = x.clone()
    result = answer(given, coefficient, bias)
    require_shape(result, (2, 3, 2, 3), "(B, C, H/2, W/2)")
    require(torch.equal(given, x), "your function changes its input; work on a new tensor.")
    kernel = coefficient[:, None, None, None].expand(3, 1, 2, 2)
    z = F.conv2d(x, kernel, bias, stride=2, groups=3)  # the sum of four, times w, plus b
    expected = 1.7159 * torch.tanh(2 / 3 * z)
    if torch.allclose(result, expected, atol=1e-10):
        return
    b = bias[:, None, None]
    mean = 1.7159 * torch.tanh(2 / 3 * ((z - b) / 4 + b))
    outside = 1.7159 * torch.tanh(2 / 3 * (z - b)) + b
    usual = {
        "take the sum of the four pixels, not their mean.": mean,
        "the squashing function is missing.": z,
        "stretch the tanh: 1.7159 · tanh(2z/3).": torch.tanh(z),
        "2/3 belongs inside the tanh.": 1.7159 * torch.tanh(z),
        "the factor 1.7159 before the tanh is missing.": torch.tanh(2 / 3 * z),
        "the bias is added before the tanh.": outside,
        "take the sum of the four pixels, not the largest.": 1.7159
        * torch.tanh(2 / 3 * (F.max_pool2d(x, 2) * coefficient[:, None, None] + b)),
        "the sum times the coefficient, then plus the bias: in this order.": 1.7159
        * torch.tanh(2 / 3 * (4 * F.avg_pool2d(x, 2) + b) * coefficient[:, None, None]),
        "the bias is missing.": 1.7159 * torch.tanh(2 / 3 * (z - b)),
    }
    for mistake, wrong in usual.items():
        require(not torch.allclose(result, wrong, atol=1e-10), mistake)
    require(False, "the numbers differ: each channel has its own coefficient and its own bias.")


@exercise("Pooling with a blur")
def blur_pool(answer: Callable) -> Verdict:
    """Check `blur_pool(x)`: largest of 2 × 2 at stride 1, then [1 2 1] blur at stride 2."""
    generator = torch.Generator().manual_seed(13)
    x = torch.randn(2, 3, 9, 7, generator=generator, dtype=torch.float64)
    given = x.clone()
    try:
        result = answer(given)
    except RuntimeError as error:
        require("Double" not in str(error), "give the filter the dtype of x: dtype=x.dtype.")
        raise
    dense = F.max_pool2d(x, 2, stride=1)  # (2, 3, 8, 6)
    expected = _blurred(dense, "reflect")
    require_shape(result, tuple(expected.shape), "(B, C, (H − 2)/2 + 1, (W − 2)/2 + 1), floored")
    require(torch.equal(given, x), "your function changes its input; work on a new tensor.")
    if torch.allclose(result, expected, atol=1e-10):
        return
    zeros, box = _blurred(dense, "constant"), _blurred(dense, "reflect", (1.0, 1.0, 1.0))
    usual = {
        "blur behind the maximum, not before it: a maximum of means loses the peaks.": F.max_pool2d(
            _blurred(x, "reflect", stride=1), 2, stride=1
        )[:, :, ::2, ::2],
        "the weights of the blur must sum to 1: divide by 16.": 16 * expected,
        'pad with the reflection, F.pad(…, mode="reflect"), not with zeros.': zeros,
        "reflection leaves the edge itself out; copies of it are another padding.": _blurred(
            dense, "replicate"
        ),
        "the weights are 1, 2, 1 along each axis, not three equal ones.": box,
        "the maximum at stride 1, then the blur at stride 2, not the other way round.": _blurred(
            F.max_pool2d(x, 2), "reflect", stride=1
        ),
        "the blur is missing: that is every second place of the dense maximum.": dense[
            :, :, ::2, ::2
        ],
    }
    for mistake, wrong in usual.items():
        alike = wrong.shape == result.shape and torch.allclose(result, wrong, atol=1e-10)
        require(not alike, mistake)
    require(False, "the numbers differ: blur every channel by itself (groups), then take stride 2.")


def _blurred(x: Tensor, mode: str, weights=(1.0, 2.0, 1.0), stride: int = 2) -> Tensor:
    """Each channel blurred by PyTorch's grouped convolution, at every `stride`-th place."""
    line = torch.tensor(weights, dtype=x.dtype)
    kernel = (torch.outer(line, line) / line.sum() ** 2).expand(x.shape[1], 1, 3, 3)
    return F.conv2d(F.pad(x, (1,) * 4, mode=mode), kernel, stride=stride, groups=x.shape[1])
