"""Feature visualization: the image that a unit or a class would like best."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dlcv.inspection.activations import recording
from dlcv.shapes import shapes_explained
from dlcv.state import in_mode

__all__ = ["preferred_images"]


def preferred_images(
    model: nn.Module,
    layer: str,
    channels: list[int],
    image_shape: tuple[int, int, int],
    *,
    steps: int = 100,
    rate: float = 0.05,
    jitter: int = 2,
    smooth: float = 0.1,
    seed: int = 0,
) -> Tensor:
    """Climb from gray noise to an image that raises each channel's mean activation.

    Each step goes along the gradient, divided by its mean size, so that `rate` is about the mean
    change of a value. Against patterns that no camera gives, each step first moves the image by a
    few random pixels, and mixes it with a blurred copy afterwards (Simonyan et al. 2013,
    arXiv:1312.6034; Olah et al. 2017, doi:10.23915/distill.00007). Chapter 12 builds it.

    Args:
        model: takes images in [0, 1], `(B, C, H, W)`.
        layer: name of a layer with output `(B, channels, …)`: maps, or scores.
        channels: one image is made for each.
        image_shape: `(C, H, W)`.
        steps: how many; 0 gives the noise it starts from.
        rate: of the first step, falling evenly to 0.
        jitter: the image is rolled by up to so many pixels in each direction.
        smooth: the share of the blurred copy, in [0, 1]; 0 is ascent alone.
        seed: of the noise and the rolls. torch's own random state stays as it was.

    Returns:
        `(len(channels), C, H, W)`, in [0, 1].

    Raises:
        ValueError: `smooth` outside [0, 1], a negative number, a layer or channel that is not
            there, or images that do not fit the model.
    """
    _check(channels, image_shape, steps, jitter, smooth)
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(len(channels), *image_shape, generator=generator)
    weight = next(model.parameters(), noise)  # images go where it is, as numbers of its type
    images = (0.5 + 0.05 * noise).clamp(0, 1).to(weight)
    with torch.enable_grad(), in_mode(model, training=False), recording(model, [layer]) as outputs:
        for step in range(steps):
            shift = torch.randint(-jitter, jitter + 1, (2,), generator=generator).tolist()
            images = images.roll(shift, dims=(2, 3)).requires_grad_()
            with shapes_explained(model, images):
                model(images)
            if layer not in outputs:
                raise ValueError(f"layer: {layer!r} is part of the model, but it did not run")
            wanted = _wanted(layer, outputs[layer], channels)
            (gradient,) = torch.autograd.grad(wanted, images)
            size = gradient.abs().mean(dim=(1, 2, 3), keepdim=True)  # 0 where no unit answers
            size = size.clamp(min=torch.finfo(size.dtype).tiny)
            images = images.detach() + rate * (1 - step / steps) * gradient / size
            images = torch.lerp(images, _blurred(images), smooth).clamp(0, 1)
            images = images.roll([-s for s in shift], dims=(2, 3))
    return images


def _check(channels, image_shape, steps, jitter, smooth) -> None:
    if steps < 0 or jitter < 0 or not 0 <= smooth <= 1:
        raise ValueError(
            "steps and jitter must be at least 0 and smooth in [0, 1]; "
            f"got {steps}, {jitter} and {smooth}"
        )
    if len(image_shape) != 3:
        raise ValueError(f"image_shape must be (C, H, W); got {tuple(image_shape)}")
    if not len(channels):
        raise ValueError("channels: one at least was wanted; got none")


def _wanted(layer: str, output: Tensor, channels: list[int]) -> Tensor:
    """What shall rise: of image i the mean over channel i's places, summed over the images."""
    if output.ndim < 2 or len(output) != len(channels):
        came = tuple(output.shape)
        raise ValueError(f"layer: {layer!r} gives {came}; (B, channels, …) was wanted")
    if not all(0 <= channel < output.shape[1] for channel in channels):
        raise ValueError(f"channels must be in 0 … {output.shape[1] - 1}; got {channels}")
    return sum(output[i, channel].mean() for i, channel in enumerate(channels))


def _blurred(images: Tensor) -> Tensor:
    """The mean of each pixel's 3 × 3 neighborhood, at the border of what is there."""
    return F.avg_pool2d(images, 3, stride=1, padding=1, count_include_pad=False)
