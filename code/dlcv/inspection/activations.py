"""What the layers of a network answer: their outputs, by the layers' names."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from dlcv.shapes import shapes_explained
from dlcv.state import device_of, in_mode, watching

__all__ = ["activations", "recording"]


@contextmanager
def recording(model: nn.Module, layers: Iterable[str]) -> Iterator[dict[str, Tensor]]:
    """Inside the block, every forward pass writes the outputs of some layers into a dictionary.

    They are part of the graph that autograd records, so that gradients with respect to them can be
    taken. A layer that runs more than once leaves its last output. The hooks are gone after the
    block, also when it ends with an error. Chapter 12 builds it.

    Args:
        model: any module.
        layers: names, as in `model.named_modules()`.

    Yields:
        Name → output, empty before the first pass.

    Raises:
        ValueError: the model has no layer of this name.
        TypeError: a layer gives something that is not a tensor.
    """
    names, outputs = _by_name(model, layers), {}

    def note(layer, inputs, output):
        if not torch.is_tensor(output):
            kind = type(output).__name__
            raise TypeError(f"layer {names[layer]!r} gives a {kind}; a tensor was wanted")
        outputs[names[layer]] = output
        return output.clone()  # a layer behind it may write into what it gets

    with watching(names, note):
        yield outputs


@torch.no_grad()
def activations(model: nn.Module, images: Tensor, layers: Iterable[str]) -> dict[str, Tensor]:
    """The outputs of some layers for a batch of images. Chapter 12 builds it.

    The model runs once, in evaluation mode and without a record of gradients.

    Args:
        model: any module that takes the images.
        images: `(B, C, H, W)`; they are moved to the model's device.
        layers: names, as in `model.named_modules()`.

    Returns:
        Name → output, in the order of `layers`; `(B, channels, height, width)` for a convolution.

    Raises:
        ValueError: no layer of this name, a layer that does not run, or images that do not fit.
        TypeError: a layer gives something that is not a tensor.
    """
    layers = layers if isinstance(layers, str) else list(layers)
    images = images.to(device_of(model))
    quiet, explained = in_mode(model, training=False), shapes_explained(model, images)
    with recording(model, layers) as outputs, quiet, explained:
        model(images)
    for name in layers:
        if name not in outputs:
            raise ValueError(f"layers: {name!r} is part of the model, but it did not run")
    return {name: outputs[name] for name in layers}


def _by_name(model: nn.Module, layers: Iterable[str]) -> dict[nn.Module, str]:
    """The layers of these names, each with its name."""
    if isinstance(layers, str):
        raise ValueError(f"layers: a list of names was wanted, such as [{layers!r}]")
    known, layers = dict(model.named_modules()), list(layers)
    for name in layers:
        if name not in known or not name:
            have = ", ".join(repr(key) for key in list(known)[1:13])
            raise ValueError(f"layers: the model has no layer {name!r}; it has {have}")
    return {known[name]: name for name in layers}
