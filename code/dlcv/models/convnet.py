"""Convolutional networks of the classic pattern: blocks of convolutions, then connected layers."""

from collections.abc import Sequence
from math import prod

from torch import nn

from dlcv.layers.sizes import output_size, same_padding

POOLINGS = {"max": nn.MaxPool2d, "average": nn.AvgPool2d}


def convnet(
    image_shape: tuple[int, int, int],
    classes: int,
    *,
    channels: Sequence[int] = (16, 32, 64),
    convs: int = 2,
    kernel_size: int = 3,
    padding: int | str = "same",
    pool: str | None = "max",
    hidden: Sequence[int] = (),
) -> nn.Sequential:
    """Build [(CONV-RELU)*N-POOL?]*M-(FC-RELU)*K-SOFTMAX. Chapter 11 builds it.

    M is the length of `channels`, N is `convs`, K the length of `hidden`. The last layer gives
    scores; the softmax belongs to the loss. With no channels it is a multilayer perceptron.
    Two blocks of `channels=(6, 16)` with `convs=1`, `kernel_size=5`, `padding=0`, and
    `hidden=(120, 84)` make LeNet.

    The layers are called conv1, relu1, pool1, …, flatten, fc1, …, scores.

    Args:
        image_shape: `(C, H, W)` of one image.
        classes: how many scores to give.
        channels: filters of the convolutions in each of the M blocks.
        convs: convolutions in each block, each with a ReLU behind it.
        kernel_size: side of every filter.
        padding: pixels of zeros on each side of what a convolution gets; `"same"` keeps the size.
        pool: `"max"` or `"average"` ends each block with 2 × 2 windows, side by side (a last odd
            row or column is left out); None with nothing.
        hidden: units of the K fully connected layers before the scores.

    Returns:
        A module that maps images `(B, C, H, W)` to scores `(B, classes)`.

    Raises:
        ValueError: an argument is no such number or name, or a window does not fit; then the
            sentence names the block.
    """
    _check(image_shape, classes, channels, convs, kernel_size, padding, pool, hidden)
    padding = same_padding(kernel_size) if padding == "same" else padding
    layers, (maps, *size) = nn.Sequential(), image_shape

    def add(kind, layer):
        number = 1 + sum(name.startswith(kind) for name, _ in layers.named_children())
        layers.add_module(f"{kind}{number}", layer)

    for block, filters in enumerate(channels, start=1):
        for _ in range(convs):
            size = _fit(block, "convolution", size, kernel_size, 1, padding)
            add("conv", nn.Conv2d(maps, filters, kernel_size, padding=padding))
            add("relu", nn.ReLU())
            maps = filters
        if pool:
            size = _fit(block, "pooling", size, 2, 2, 0)
            add("pool", POOLINGS[pool](2))
    layers.add_module("flatten", nn.Flatten())
    units = [maps * prod(size), *hidden]
    for inputs, outputs in zip(units, units[1:], strict=False):
        add("fc", nn.Linear(inputs, outputs))
        add("relu", nn.ReLU())
    layers.add_module("scores", nn.Linear(units[-1], classes))
    return layers


def _fit(block: int, what: str, size: Sequence[int], *window: int) -> tuple[int, int]:
    """The output size of a layer; says which block it is in where its window does not fit."""
    try:
        return output_size(tuple(size), *window, floor=True)
    except ValueError as error:
        raise ValueError(
            f"the {what} in block {block}: {error}; take larger images, fewer blocks or padding"
        ) from None


def _check(image_shape, classes, channels, convs, kernel_size, padding, pool, hidden) -> None:
    """Refuse what is no number or name; whether it fits together shows later."""
    numbers = {"classes": [classes], "convs": [convs], "kernel_size": [kernel_size]}
    numbers |= {"image_shape": image_shape, "channels": channels, "hidden": hidden}
    for name, values in numbers.items():
        if isinstance(values, int | str):
            raise ValueError(f"{name} must be a list of whole numbers; got {values!r}")
        if not all(isinstance(value, int) and value > 0 for value in values):
            shown = values[0] if name in ("classes", "convs", "kernel_size") else tuple(values)
            raise ValueError(f"{name} must be positive whole numbers; got {shown!r}")
    if len(image_shape) != 3:
        raise ValueError(f"image_shape must be (C, H, W); got {tuple(image_shape)}")
    if padding != "same" and not (isinstance(padding, int) and padding >= 0):
        raise ValueError(f'padding must be a whole number of at least 0 or "same"; got {padding!r}')
    if pool is not None and pool not in POOLINGS:
        raise ValueError(f'pool must be "max", "average" or None; got {pool!r}')
