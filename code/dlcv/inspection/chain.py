"""A network as a chain of layers: what runs, in which order, and through which windows it sees."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from dlcv.shapes import shapes_explained
from dlcv.state import device_of, in_mode, watching

WINDOWS = (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)
SEES_ALL = (nn.Linear, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)


class Pass(NamedTuple):
    """One layer at work, in one forward pass."""

    layer: nn.Module
    input: Tensor | None  # the first one; None where it gets none by position
    output: Tensor


class Window(NamedTuple):
    """What one output of a layer sees along one axis."""

    kernel_size: int = 1
    stride: int = 1
    padding: int = 0
    dilation: int = 1


def is_leaf(layer: nn.Module) -> bool:
    """Whether a layer holds no others."""
    return next(layer.children(), None) is None


def passes(model: nn.Module, image_shape: tuple[int, ...]) -> tuple[Tensor, list[Pass]]:
    """Send an image of zeros through a model in evaluation mode, and note what each layer does.

    Args:
        model: any module.
        image_shape: `(C, H, W)`.

    Returns:
        The image `(1, C, H, W)`, on the model's device and of its weights' type, and an entry for
        each time that a layer has run, in the order in which they came to an end.

    Raises:
        ValueError: the image does not fit the model; the sentence names the layer.
        TypeError: a layer without others inside it gives something that is not a tensor.
    """
    names, ran = {layer: name for name, layer in model.named_modules()}, []

    def note(layer, inputs, output):
        if is_leaf(layer) and not torch.is_tensor(output):
            kind = type(output).__name__
            raise TypeError(f"layer {names[layer]!r} gives a {kind}; a tensor was wanted")
        ran.append(Pass(layer, inputs[0] if inputs else None, output))

    dtype = getattr(next(model.parameters(), None), "dtype", None)
    image = torch.zeros(1, *image_shape, device=device_of(model), dtype=dtype)
    quiet, explained = in_mode(model, training=False), shapes_explained(model, image)
    with torch.no_grad(), quiet, explained, watching(names, note):
        model(image)
    return image, ran


def window_of(one: Pass) -> tuple[Window, Window] | None:
    """What an output of a layer sees of its input, along rows and columns; None: all of it.

    Any other layer that keeps the size of the maps is taken to look at each place by itself. That
    holds for activations, and for normalizations in evaluation mode but for the statistics of layer
    and group norm. `nn.Flatten` lays the places in a row; one that changes the size in a way of its
    own may see anything.
    """
    layer = one.layer
    if isinstance(layer, SEES_ALL):
        return None
    if not isinstance(layer, WINDOWS):
        maps = one.input is not None and one.input.ndim == 4 and not isinstance(layer, nn.Flatten)
        resized = maps and one.output.shape[2:] != one.input.shape[2:]
        return None if resized else (Window(), Window())
    kernel, stride = _pair(layer.kernel_size), _pair(layer.stride)
    dilation = _pair(getattr(layer, "dilation", 1))
    padding = layer.padding
    if isinstance(padding, str):  # PyTorch's "same" puts the odd pixel behind
        same = padding == "same"
        padding = [same * (d * (k - 1) // 2) for k, d in zip(kernel, dilation, strict=True)]
    rows, columns = zip(kernel, stride, _pair(padding), dilation, strict=True)
    return Window(*rows), Window(*columns)


def _pair(value) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else tuple(value)
