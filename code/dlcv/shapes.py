"""What to say when images do not fit a model: the layer that failed, what it got and wanted."""

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd

from dlcv.state import watching

__all__ = ["explain_shape_error", "shapes_explained"]

# How PyTorch speaks of shapes: "shapes cannot be multiplied", "to have 3 channels", "expected 4D".
ABOUT_SHAPES = re.compile(r"shape|size|dimension|channels|elements|\dD\b", re.IGNORECASE)
TOO_SMALL = re.compile(r"kernel size can't be greater|output size is too small", re.IGNORECASE)
AXES = {1: "L", 2: "HW", 3: "DHW"}  # the axes of space that follow batch and channels
Shape = tuple[int, ...]


@contextmanager
def shapes_explained(model: nn.Module, images: Tensor) -> Iterator[None]:
    """Around `model(images)`: where the images do not fit, a `ValueError` that says so.

    Other errors stay as they are.
    """
    try:
        yield
    except (RuntimeError, ValueError, IndexError) as error:
        explanation = explain_shape_error(model, images, error)
        if explanation is None:
            raise
        raise ValueError(explanation) from error


def explain_shape_error(model: nn.Module, images: Tensor, error: Exception) -> str | None:
    """Explain why `model(images)` failed, in three lines: the layer, what it got, a hint.

    The model runs once more to find the layer. Its weights, its modes, the statistics of its batch
    norms and the random state stay as they are.

    Args:
        model: the model that failed.
        images: what it was given, `(B, C, H, W)` if all were well.
        error: what it raised.

    Returns:
        The explanation; None where the error is not about shapes.
    """
    known = isinstance(error, RuntimeError | ValueError | IndexError)
    memory = isinstance(error, torch.OutOfMemoryError)
    if not known or memory or not ABOUT_SHAPES.search(str(error)):
        return None
    found = _failing_layer(getattr(model, "_orig_mod", model), images)  # torch.compile wraps it
    if found is None:
        return None
    name, layer, got = found
    where = f"layer {name!r}" if name else "the model itself"
    wanted = _wanted(layer, got)
    hint = _hint(model, images, layer, got, str(error))
    lines = [
        f"the shapes do not fit in {where}: {_named(layer)}",
        f"it got {_text(got)}" + (f" and wants {wanted}" if wanted else f"; {_first_line(error)}"),
        f"the images are {_text(tuple(images.shape))}" + (f": {hint}" if hint else ""),
    ]
    return "\n".join(lines)


def _failing_layer(model: nn.Module, images: Tensor) -> tuple[str, nn.Module, Shape] | None:
    """Run the model again; returns the innermost layer that did not end, with what it got."""
    entered = []  # the layers being computed, outermost first

    def enter(layer, inputs):
        tensors = [tuple(value.shape) for value in inputs if torch.is_tensor(value)]
        entered.append((layer, tensors[0] if tensors else ()))

    def leave(layer, inputs, output):
        entered.pop()

    try:
        with watching(model.modules(), leave, before=enter):
            _run_on_copies(model, images)
        return None
    except (RuntimeError, ValueError, IndexError):
        names = {layer: name for name, layer in model.named_modules()}
        return (names[entered[-1][0]], *entered[-1]) if entered else None


def _run_on_copies(model: nn.Module, images: Tensor) -> None:
    """`model(images)`, with copies of its buffers and nothing drawn from the random state."""
    buffers = {name: buffer.clone() for name, buffer in model.named_buffers()}
    kind = images.device.type
    devices, kind = ([], "cuda") if kind == "cpu" else ([images.device], kind)
    with torch.random.fork_rng(devices, device_type=kind), torch.no_grad():
        functional_call(model, buffers, (images,))


def _wanted(layer: nn.Module, got: Shape) -> str | None:
    """What a layer wants, where it got something else."""
    fits = True
    if isinstance(layer, _ConvNd):
        space = len(layer.kernel_size)
        channels = got[-space - 1] if len(got) > space else None
        shape = ("B", layer.in_channels, *AXES[space])
        fits = channels == layer.in_channels and len(got) in (space + 1, space + 2)
        wanted = f"{_text(shape)}: in_channels={layer.in_channels}"
    elif isinstance(layer, nn.Linear):
        fits = bool(got) and got[-1] == layer.in_features
        wanted = f"(…, {layer.in_features}): in_features={layer.in_features}"
    elif isinstance(layer, _BatchNorm):
        space = 3 if isinstance(layer, nn.BatchNorm3d) else 1 + isinstance(layer, nn.BatchNorm2d)
        shape = ("B", layer.num_features, *AXES[space])
        fits = len(got) == len(shape) and got[1] == layer.num_features
        fits = fits or (isinstance(layer, nn.BatchNorm1d) and got[1:] == (layer.num_features,))
        wanted = f"{_text(shape)}: num_features={layer.num_features}"
    elif isinstance(layer, nn.LayerNorm):
        fits = got[-len(layer.normalized_shape) :] == layer.normalized_shape
        wanted = f"{_text(('…', *layer.normalized_shape))}: normalized_shape"
    return None if fits else wanted


def _hint(model: nn.Module, images: Tensor, layer: nn.Module, got: Shape, error: str) -> str | None:
    """The mistake behind it, where it is one of the common ones."""
    if TOO_SMALL.search(error):
        return "too small for this layer: take larger images, or leave out a pooling before it"
    if "more than 1 value per channel" in error:
        return (
            "batch norm in training mode needs several values a channel: take a batch size that "
            "leaves no last batch of one image, or model.eval()"
        )
    if isinstance(layer, nn.Conv2d) and got == tuple(images.shape):
        hint = _channel_hint(layer.in_channels, got)
        if hint:
            return hint
    convolves = any(isinstance(part, nn.Conv2d) for part in model.modules())
    is_linear = isinstance(layer, nn.Linear)
    if images.ndim == 3 and (convolves or (is_linear and images.numel() == layer.in_features)):
        return "the batch axis is missing; images[None] is a batch of one image"
    return _linear_hint(model, layer, got) if is_linear else None


def _channel_hint(channels: int, shape: Shape) -> str | None:
    """Images whose channels are not where, or not what, the first convolution wants."""
    if len(shape) == 4 and shape[3] == channels:
        return "that is (B, H, W, C); images.permute(0, 3, 1, 2) is (B, C, H, W)"
    if len(shape) == 3 and shape[2] == channels:
        return "that is one image (H, W, C); images.permute(2, 0, 1)[None] is a batch of it"
    if len(shape) == 3 and channels == 1:
        return "the channel axis is missing; images[:, None] is (B, 1, H, W)"
    if len(shape) == 4 and (shape[1], channels) == (1, 3):
        return "gray, for a model of color images; images.expand(-1, 3, -1, -1) fits"
    if len(shape) == 4 and (shape[1], channels) == (3, 1):
        return "color, for a model of gray images; images.mean(dim=1, keepdim=True) fits"
    return None


def _linear_hint(model: nn.Module, layer: nn.Linear, got: Shape) -> str | None:
    """A linear layer that misses its flattening, or was made for images of another size."""
    wanted = layer.in_features
    if len(got) > 2 and math.prod(got[1:]) == wanted:
        return f"{' × '.join(map(str, got[1:]))} = {wanted}: an nn.Flatten() before it is missing"
    first = next(part for part in model.modules() if isinstance(part, nn.Linear))
    if layer is first and len(got) == 2:
        return (
            f"the first Linear was made for other images: it wants {wanted} numbers an image, "
            f"this image size gives {got[1]}"
        )
    return None


def _named(layer: nn.Module) -> str:
    """A layer's repr; the class alone where it holds layers itself."""
    return repr(layer) if not list(layer.children()) else type(layer).__name__


def _first_line(error: Exception) -> str:
    return f"PyTorch says: {str(error).strip().splitlines()[0]}"


def _text(shape: tuple) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
