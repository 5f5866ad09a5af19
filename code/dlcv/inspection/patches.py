"""What a unit sees, and which patches of the images it answers to most."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from dlcv.inspection.activations import activations
from dlcv.inspection.chain import Window, is_leaf, passes, window_of

__all__ = ["Patch", "cut_patch", "receptive_box", "top_patches"]

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
    if len(place) != 2:
        raise ValueError(f"place: a row and a column were wanted, not {tuple(place)}")
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
    y0, y1 = (min(max(edge, 0), height) for edge in (top, bottom))  # what lies inside
    x0, x1 = (min(max(edge, 0), width) for edge in (left, right))
    patch[:, y0 - top : y1 - top, x0 - left : x1 - left] = image[:, y0:y1, x0:x1]
    return patch


def _box(chain: list[tuple[Window, Window]], place: tuple[int, int]) -> Box:
    edges = []
    for axis, index in enumerate(place):  # rows, then columns
        start, field, jump = 0, 1, 1  # of place 0: left edge, side; and from one place to the next
        for kernel_size, stride, padding, dilation in (windows[axis] for windows in chain):
            start -= padding * jump
            field += dilation * (kernel_size - 1) * jump
            jump *= stride
        edges.append((start + index * jump, start + index * jump + field))
    (top, bottom), (left, right) = edges
    return left, top, right, bottom


def _chain(
    model: nn.Module, layer: str, image_shape: tuple[int, ...]
) -> tuple[list[tuple[Window, Window]], tuple[int, ...]]:
    """The windows of each layer, up to the last time that `layer` runs, and its output's shape."""
    names = dict(model.named_modules())
    if layer not in names or not layer:
        raise ValueError(f"layer: the model has no layer {layer!r}")
    before, ran = passes(model, image_shape)
    ends = [i for i, one in enumerate(ran) if one.layer is names[layer]]
    if not ends:
        raise ValueError(f"layer: {layer!r} is part of the model, but it did not run")
    chain, output = [], ran[ends[-1]].output
    for one in ran[: ends[-1] + 1]:
        if not is_leaf(one.layer):
            continue
        windows = None if isinstance(one.layer, nn.Flatten) else window_of(one)
        if windows is None or one.input is not before:
            raise ValueError(_no_box(layer, type(one.layer).__name__))
        chain.append(windows)
        before = one.output
    if before is not output:  # the layer computes something of its own behind its last part
        raise ValueError(_no_box(layer, type(names[layer]).__name__))
    return chain, tuple(output.shape[1:])


def _no_box(layer: str, kind: str) -> str:
    return (
        f"layer: {layer!r} has no box by formula, because {kind} before it sees the whole image, "
        "or takes anything but the output before it"
    )
