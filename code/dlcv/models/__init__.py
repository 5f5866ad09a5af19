"""One file an architecture, to be read beside its paper; `build` makes one by its name."""

from math import prod

from torch import nn

from dlcv.models.convnet import convnet
from dlcv.models.lenet import LeNet

NAMES = ("softmax", "mlp", "lenet", "convnet")

__all__ = ["LeNet", "NAMES", "build", "convnet"]


def build(name: str, image_shape: tuple[int, int, int], classes: int) -> nn.Module:
    """Make a classifier for images of one shape.

    Args:
        name: `"softmax"` (one linear layer, chapter 02), `"mlp"` (512 hidden units, chapter 05),
            `"lenet"` (chapter 11, square images only) or `"convnet"` (chapter 11: three blocks of
            two 3 × 3 convolutions, 16, 32 and 64 filters, then the scores; from 8 × 8 pixels).
        image_shape: `(C, H, W)`.
        classes: how many scores to give.

    Returns:
        A module that maps images `(B, C, H, W)` to scores `(B, classes)`.

    Raises:
        ValueError: the name is none of these, or the network cannot take images of this shape.
    """
    channels, height, width = image_shape
    if name == "softmax":
        return nn.Sequential(nn.Flatten(), nn.Linear(prod(image_shape), classes))
    if name == "mlp":
        hidden = nn.Linear(prod(image_shape), 512)
        return nn.Sequential(nn.Flatten(), hidden, nn.ReLU(), nn.Linear(512, classes))
    if name == "convnet":
        return convnet(image_shape, classes)
    if name != "lenet":
        raise ValueError(f"name must be one of {', '.join(NAMES)}; got {name!r}")
    if height != width:
        raise ValueError(f"lenet takes square images; got {height} × {width}")
    return LeNet(channels, classes, height)
