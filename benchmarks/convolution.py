"""Convolution from scratch

A 3 × 3 convolution with padding 1, forward and backward (gradients of input and weights), written
by hand and by PyTorch: seven nested loops over Python's own numbers; the rearrangement into one
matrix product by `F.unfold`, whose backward pass is PyTorch's own; and the same by the package's
`layers.Conv2d`, whose backward pass is written out. All give the same numbers; this is checked
before they are timed. The loops run on one image, and their time is multiplied by the number of
images: it grows in proportion.
"""

import statistics
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from benchmarks.harness import Table, alternate, paired, threads, time_cell
from dlcv import layers

LIBRARIES = ["torch"]
OURS = "dlcv.layers.Conv2d"
Passes = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor, Tensor]]


def seven_loops(images: list, weights: list) -> list:
    """Forward: out[n][k][i][j] = sum of weights[k][c][u][v] · images[n][c][i + u][j + v].

    Args:
        images: nested lists (N, C, H + 2, W + 2), padded.
        weights: nested lists (K, C, 3, 3).

    Returns:
        Nested lists (N, K, H, W).
    """
    height, width = len(images[0][0]) - 2, len(images[0][0][0]) - 2
    out = [[[[0.0] * width for _ in range(height)] for _ in weights] for _ in images]
    for n, image in enumerate(images):
        for k, kernel in enumerate(weights):
            for i in range(height):
                for j in range(width):
                    total = 0.0
                    for c, channel in enumerate(image):
                        for u in range(3):
                            for v in range(3):
                                total += kernel[c][u][v] * channel[i + u][j + v]
                    out[n][k][i][j] = total
    return out


def seven_loops_backward(images: list, weights: list, grad: list) -> tuple[list, list]:
    """Backward: from the gradient (N, K, H, W) to those of the padded images and of the weights."""
    height, width, channels = len(grad[0][0]), len(grad[0][0][0]), len(images[0])
    to_images = torch.zeros(len(images), channels, height + 2, width + 2).tolist()
    to_weights = torch.zeros(len(weights), channels, 3, 3).tolist()
    for n, image in enumerate(images):
        for k, kernel in enumerate(weights):
            for i in range(height):
                for j in range(width):
                    g = grad[n][k][i][j]
                    for c in range(channels):
                        for u in range(3):
                            for v in range(3):
                                to_weights[k][c][u][v] += g * image[c][i + u][j + v]
                                to_images[n][c][i + u][j + v] += g * kernel[c][u][v]
    return to_images, to_weights


def unfold_and_matmul(images: Tensor, weights: Tensor) -> Tensor:
    """Forward as one matrix product: (N, C, H, W) and (K, C, 3, 3) to (N, K, H, W)."""
    columns = F.unfold(images, 3, padding=1)  # (N, C·9, H·W)
    out = weights.flatten(1) @ columns  # (K, C·9) @ (N, C·9, H·W) → (N, K, H·W)
    return out.view(len(images), len(weights), *images.shape[2:])


def with_autograd(forward: Callable) -> Passes:
    """Forward, and PyTorch's own backward: the output and the two gradients."""

    def passes(images: Tensor, weights: Tensor, grad: Tensor):
        images, weights = images.detach().requires_grad_(), weights.detach().requires_grad_()
        out = forward(images, weights)
        return out, *torch.autograd.grad(out, (images, weights), grad)

    return passes


def by_loops(images: Tensor, weights: Tensor, grad: Tensor):
    """Forward and backward with the loops; tensors in and out, lists between."""
    padded, kernels = F.pad(images, (1, 1, 1, 1)).tolist(), weights.tolist()
    out = seven_loops(padded, kernels)
    to_images, to_weights = seven_loops_backward(padded, kernels, grad.tolist())
    to_images = torch.tensor(to_images)[:, :, 1:-1, 1:-1]  # without the padding
    return torch.tensor(out), to_images, torch.tensor(to_weights)


def by_package(images: Tensor, weights: Tensor, grad: Tensor | None = None):
    """`layers.Conv2d`: the output, and with a gradient the two gradients too."""
    layer = layers.Conv2d(images.shape[1], len(weights), 3, padding=1, bias=False)
    layer.parameters["weight"] = weights
    out = layer(images)
    return out if grad is None else (out, layer.backward(grad), layer.gradients["weight"])


def by_pytorch(images: Tensor, weights: Tensor) -> Tensor:
    """The library's convolution."""
    return F.conv2d(images, weights, padding=1)


def compare(shape: tuple[int, int, int, int], rounds: int, repeats: int, loops: bool) -> Table:
    """Time the contenders on `shape` = (images, channels in, channels out, side)."""
    count, channels, kernels, side = shape
    torch.manual_seed(0)
    images = torch.randn(count, channels, side, side)
    weights = torch.randn(kernels, channels, 3, 3) / (3 * channels**0.5)
    grad = torch.randn(count, kernels, side, side)
    forward = {
        "F.conv2d": by_pytorch,
        "F.conv2d, again": by_pytorch,
        "unfold + matmul": unfold_and_matmul,
    }
    both = {name: with_autograd(call) for name, call in forward.items()}
    forward[OURS] = both[OURS] = by_package
    for name in ("unfold + matmul", OURS):
        agree(both["F.conv2d"], both[name], images, weights, grad)
    calls = {
        (name, part): repeat(call, repeats)
        for name in forward
        for part, call in (
            ("forward", lambda call=forward[name]: call(images, weights)),
            ("both", lambda call=both[name]: call(images, weights, grad)),
        )
    }
    times = alternate(calls, rounds, warmup=2)
    times = {key: [value / repeats for value in values] for key, values in times.items()}
    if loops:
        agree(both["F.conv2d"], by_loops, images[:1, :, :6, :6], weights, grad[:1, :, :6, :6])
        times |= loop_times(images, weights, grad, rounds)
    names = [*forward, "seven loops in Python"] if loops else list(forward)
    rows = [[name, *cells(times, name, "forward"), *cells(times, name, "both")] for name in names]
    columns = ["convolution", "forward", "ratio", "forward + backward", "ratio"]
    return Table(f"{count} × {channels} → {kernels} at {side} × {side}", columns, rows, rounds)


def loop_times(images: Tensor, weights: Tensor, grad: Tensor, rounds: int) -> dict:
    """Seconds of the loops for all images, from one image."""
    padded, kernels = F.pad(images[:1], (1, 1, 1, 1)).tolist(), weights.tolist()
    calls = {
        "forward": lambda: seven_loops(padded, kernels),
        "both": lambda: by_loops(images[:1], weights, grad[:1]),
    }
    times = alternate(calls, rounds, warmup=0)
    return {
        ("seven loops in Python", part): [len(images) * value for value in values]
        for part, values in times.items()
    }


def repeat(call: Callable, times: int) -> Callable[[], None]:
    """Call something several times in a row: a single call is too short for the clock."""

    def run() -> None:
        for _ in range(times):
            call()

    return run


def cells(times: dict, name: str, part: str) -> list[str]:
    """Median time and median ratio to `F.conv2d`."""
    _, ratio = paired(times, (name, part), ("F.conv2d", part))
    ratio = statistics.median(ratio)
    return [time_cell(times[name, part]), f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.2f}"]


def agree(theirs: Passes, ours: Passes, *tensors: Tensor) -> None:
    """Raise unless both give the same output and gradients, to rounding."""
    for a, b in zip(ours(*tensors), theirs(*tensors), strict=True):
        scale = b.detach().abs().max()
        torch.testing.assert_close(a / scale, b / scale, rtol=0, atol=1e-4)


def measure(quick: bool = False) -> list[Table]:
    """A first layer of a small network, loops included, and a larger layer without them."""
    with threads(1):
        if quick:
            return [compare((2, 1, 2, 6), 2, 1, loops=True)]
        return [
            compare((32, 3, 16, 32), 15, 5, loops=True),
            compare((128, 64, 128, 16), 9, 1, loops=False),
        ]
