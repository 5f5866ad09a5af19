"""Which pixels an answer hangs on: saliency, Grad-CAM and occlusion.

All three explain the score z_k of one class, before the softmax. Chapter 12 builds and compares
them.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dlcv.inspection.activations import recording
from dlcv.inspection.inputs import check_floats, leaf, scores_of
from dlcv.layers.sizes import check_numbers, output_size
from dlcv.state import device_of, in_mode

__all__ = ["enlarge", "grad_cam", "occlusion", "saliency"]


def saliency(model: nn.Module, images: Tensor, classes: int | Tensor) -> Tensor:
    """How much a small change of each pixel would change the score: max over c of |∂z / ∂x_c|.

    Simonyan, Vedaldi and Zisserman (2013, arXiv:1312.6034), section 3. Chapter 12 builds it.

    Args:
        model: maps images `(B, C, H, W)` to scores `(B, K)`.
        images: floats `(B, C, H, W)`.
        classes: the class that is explained: one for all images, or int64 `(B,)`.

    Returns:
        `(B, H, W)`, 0 or more.

    Raises:
        ValueError: images or classes that do not fit the model.
    """
    images = leaf(model, images)
    with torch.enable_grad(), in_mode(model, training=False):
        score = _score_of(model, images, classes).sum()  # an image moves its own score only
        (gradient,) = torch.autograd.grad(score, images)
    return gradient.abs().amax(dim=1)


def grad_cam(model: nn.Module, images: Tensor, classes: int | Tensor, layer: str) -> Tensor:
    """Where the maps of a layer speak for a class: ReLU(Σ_m ḡ_m A_m), ḡ_m the mean of ∂z / ∂A_m.

    Selvaraju et al. (2016, arXiv:1610.02391), equations 1 and 2. Chapter 12 builds it.

    Args:
        model: maps images `(B, C, H, W)` to scores `(B, K)`.
        images: floats `(B, C, H, W)`.
        classes: the class that is explained: one for all images, or int64 `(B,)`.
        layer: name of a layer that gives maps `(B, channels, h, w)`.

    Returns:
        `(B, h, w)`, 0 or more, in the layer's own resolution (see `enlarge`).

    Raises:
        ValueError: a layer without maps or without a part in the score, or images or classes that
            do not fit the model.
    """
    images = leaf(model, images)
    with torch.enable_grad(), in_mode(model, training=False), recording(model, [layer]) as outputs:
        score = _score_of(model, images, classes).sum()
        maps = outputs.get(layer)
        if maps is None or maps.ndim != 4:
            got = "nothing" if maps is None else tuple(maps.shape)
            raise ValueError(f"layer: {layer!r} gives {got}; maps (B, channels, h, w) were wanted")
        (gradient,) = torch.autograd.grad(score, maps, allow_unused=True)
    if gradient is None:
        raise ValueError(f"layer: {layer!r} has no part in the score, so it explains nothing")
    weights = gradient.mean(dim=(2, 3), keepdim=True)  # (B, channels, 1, 1)
    return (weights * maps.detach()).sum(dim=1).relu()


@torch.no_grad()
def occlusion(
    model: nn.Module,
    images: Tensor,
    classes: int | Tensor,
    size: int = 8,
    stride: int = 4,
    fill: float = 0.5,
) -> Tensor:
    """How far the score falls when a square hides each pixel, as a mean over all such squares.

    Zeiler and Fergus (2013, arXiv:1311.2901), section 4.2. Chapter 12 builds it.

    Args:
        model: maps images `(B, C, H, W)` to scores `(B, K)`.
        images: floats `(B, C, H, W)`.
        classes: the class that is explained: one for all images, or int64 `(B,)`.
        size: side of the square in pixels.
        stride: pixels from one place of the square to the next; at most `size`.
        fill: value of its pixels, the same in every channel.

    Returns:
        `(B, H, W)`: above 0 where hiding costs the class, below 0 where it helps.

    Raises:
        ValueError: squares that do not cover the image evenly; images or classes that do not fit.
    """
    check_floats(images)
    check_numbers(size=size, stride=stride)
    images = images.to(device_of(model))
    if stride > size:
        raise ValueError(f"stride must be at most size = {size}, or pixels stay out; got {stride}")
    rows, columns = output_size(images.shape[-2:], size, stride)
    falls = images.new_zeros(len(images), 1, rows, columns)
    with in_mode(model, training=False):
        whole = _score_of(model, images, classes)
        for row in range(rows):
            for column in range(columns):
                top, left = row * stride, column * stride
                hidden = images.clone()
                hidden[:, :, top : top + size, left : left + size] = fill
                falls[:, 0, row, column] = whole - _score_of(model, hidden, classes)
    square = falls.new_ones(1, 1, size, size)
    spread = F.conv_transpose2d(falls, square, stride=stride)
    return (spread / F.conv_transpose2d(torch.ones_like(falls), square, stride=stride))[:, 0]


def enlarge(maps: Tensor, size: int | tuple[int, int]) -> Tensor:
    """Maps `(B, h, w)` in the resolution of the images, between the values bilinearly.

    Args:
        maps: floats `(B, h, w)`.
        size: side of the images, or their (height, width).

    Raises:
        ValueError: another shape.
    """
    if maps.ndim != 3:
        raise ValueError(f"maps must have shape (B, h, w); got {tuple(maps.shape)}")
    return F.interpolate(maps[:, None], size, mode="bilinear", align_corners=False)[:, 0]


def _score_of(model: nn.Module, images: Tensor, classes: int | Tensor) -> Tensor:
    """The score of the chosen class of each image: (B,)."""
    scores = scores_of(model, images)
    classes = torch.as_tensor(classes, device=scores.device)
    if classes.ndim > 1 or (classes.ndim == 1 and len(classes) != len(scores)):
        raise ValueError(
            f"classes: one class, or one for each of {len(scores)} images, was wanted; "
            f"got shape {tuple(classes.shape)}"
        )
    if classes.is_floating_point() or classes.min() < 0 or classes.max() >= scores.shape[1]:
        most, came = scores.shape[1] - 1, classes.tolist()
        raise ValueError(f"classes must be whole numbers in 0 … {most}; got {came}")
    return scores.gather(1, classes.long().expand(len(scores))[:, None])[:, 0]
