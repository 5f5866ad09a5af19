"""What a unit sees, and which patches of the images it answers to most."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from dlcv.inspection.activations import activations
from dlcv.shapes import shapes_explained
from dlcv.state import in_mode

__all__ = ["Patch", "cut_patch", "receptive_box", "top_patches"]

WINDOWS = (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)
SEES_ALL = (nn.Linear, nn.Flatten, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)
Box = tuple[int, int, int, int]


class Patch(NamedTuple):
    """Where a channel answers strongly."""

    image: int  # its number in the batch
    value: float  # the activation
    place: tuple[int, int]  # row and column in the layer's map
    box: Box  # the receptive field: left, top, right, bottom edges in the image; may reach outside


def receptive_box(
    model: nn.Module, layer: str, place: tuple[int, int], image_shape: tuple[int, int, int]
) -> Box:
    """The pixels that one place of a layer's map sees. Chapter 12 derives it.

    A layer with kernel F, stride S, padding P and dilation D moves the left edge of place 0 by
    -P · j, widens the field by D(F - 1) · j, and then makes the jump S times as long.

    Args:
        model: a chain of layers up to the one that is asked for.
        layer: its name.
        place: row and column in its map.
        image_shape: `(C, H, W)`.

    Returns:
        Left, top, right and bottom edges in pixels, right - left being the width. With padding the
        box may reach outside the image.

    Raises:
        ValueError: the layers do not form a chain of windows, or there is no such layer or place.
    """
    chain, shape = _chain(model, layer, image_shape)
    if len(shape) != 3 or not all(0 <= i < n for i, n in zip(place, shape[1:], strict=True)):
        raise ValueError(f"place: {tuple(place)} lies outside the layer's output {shape}")
    return _box(chain, place)


def top_patches(
    model: nn.Module, images: Tensor, layer: str, channel: int, count: int = 9
) -> list[Patch]:
    """The patches that a channel answers to most, at most one an image. Chapter 12 builds it.

    Zeiler and Fergus (2013, arXiv:1311.2901) show these beside what they call projections.

    Args:
        model: see `receptive_box`.
        images: floats `(N, C, H, W)`.
        layer: name of a layer that gives maps.
        channel: of the maps.
        count: how many, at most N.

    Returns:
        Patches, the strongest first.

    Raises:
        ValueError: see `receptive_box`; a channel that is not there, or more patches than images.
    """
    if not 1 <= count <= len(images):
        raise ValueError(f"count must be in 1 … {len(images)}, the number of images; got {count}")
    found = []  # of each part of the images: largest value (b,), and where (b,)
    for part in images.split(256):
        maps = activations(model, part, [layer])[layer]
        if maps.ndim != 4 or not 0 <= channel < maps.shape[1]:
            raise ValueError(f"channel: {layer!r} gives {tuple(maps.shape)}; got {channel}")
        found.append(maps[:, channel].flatten(1).max(dim=1))
    values, where = (torch.cat(parts) for parts in zip(*found, strict=True))
    best = values.topk(count).indices.tolist()
    places = {i: divmod(int(where[i]), maps.shape[3]) for i in best}
    chain, _ = _chain(model, layer, tuple(images.shape[1:]))
    return [Patch(i, values[i].item(), place, _box(chain, place)) for i, place in places.items()]


def cut_patch(image: Tensor, box: Box, fill: float = 1.0) -> Tensor:
    """The pixels of an image `(C, H, W)` inside a box; `fill` where the box reaches outside."""
    left, top, right, bottom = box
    height, width = image.shape[1:]
    patch = image.new_full((len(image), bottom - top, right - left), fill)
    rows, columns = slice(max(top, 0), min(bottom, height)), slice(max(left, 0), min(right, width))
    seen = image[:, rows, columns]
    y, x = rows.start - top, columns.start - left
    patch[:, y : y + seen.shape[1], x : x + seen.shape[2]] = seen
    return patch


def _box(chain: list, place: tuple[int, int]) -> Box:
    edges = []
    for axis, index in enumerate(place):  # rows, then columns
        start, field, jump = 0, 1, 1  # of place 0: left edge, side; and from one place to the next
        for kernel, stride, padding, dilation in (window[axis] for window in chain):
            start -= padding * jump
            field += dilation * (kernel - 1) * jump
            jump *= stride
        edges.append((start + index * jump, start + index * jump + field))
    (top, bottom), (left, right) = edges
    return left, top, right, bottom


def _chain(model: nn.Module, layer: str, image_shape: tuple) -> tuple[list, tuple]:
    """Windows ((F, S, P, D) of rows, of columns) up to a layer, and its output's shape."""
    names = dict(model.named_modules())
    if layer not in names or not layer:
        raise ValueError(f"layer: the model has no layer {layer!r}")
    ran = []  # (layer, input, output), in the order of computation
    leaves = [part for part in model.modules() if not list(part.children())]
    inside = [part for part in names[layer].modules() if not list(part.children())]
    hooks = [
        part.register_forward_hook(lambda part, inputs, output: ran.append((part, inputs, output)))
        for part in leaves
    ]
    weight = next(model.parameters(), torch.zeros(1))
    image = torch.zeros(1, *image_shape, device=weight.device, dtype=weight.dtype)
    try:
        with torch.no_grad(), in_mode(model, training=False), shapes_explained(model, image):
            model(image)
    finally:
        for hook in hooks:
            hook.remove()
    order = [part for part, _, _ in ran]
    if inside[-1] not in order:
        raise ValueError(f"layer: {layer!r} is part of the model, but it did not run")
    ran = ran[: order.index(inside[-1]) + 1]
    before = image
    for part, inputs, output in ran:
        if inputs[0] is not before or isinstance(part, SEES_ALL):
            raise ValueError(
                f"layer: {layer!r} has no box by formula, because {type(part).__name__} before it "
                "sees the whole image, or takes anything but the output before it"
            )
        before = output
    return [_window(part) for part, _, _ in ran], tuple(before.shape[1:])


def _window(part: nn.Module) -> list[tuple[int, int, int, int]]:
    """(F, S, P, D) along the rows and along the columns; one pixel for layers without a window."""
    if not isinstance(part, WINDOWS):
        return [(1, 1, 0, 1)] * 2
    kernel, stride = _pair(part.kernel_size), _pair(part.stride)
    dilation = _pair(getattr(part, "dilation", 1))
    padding = part.padding
    if isinstance(padding, str):  # PyTorch's "same" puts the odd pixel behind
        same = padding == "same"
        padding = [same * (d * (k - 1) // 2) for k, d in zip(kernel, dilation, strict=True)]
    return list(zip(kernel, stride, _pair(padding), dilation, strict=True))


def _pair(value) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else tuple(value)
