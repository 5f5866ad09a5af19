"""One file an architecture, to be read beside its paper; `build` makes one by its name."""

from math import prod

from torch import nn

from dlcv.models.lenet import LeNet

NAMES = ("softmax", "mlp", "lenet")

__all__ = ["LeNet", "NAMES", "build"]


def build(name: str, image_shape: tuple[int, int, int], classes: int) -> nn.Module:
    """Make a classifier for images of one shape.

    Args:
        name: `"softmax"` (one linear layer, chapter 02), `"mlp"` (512 hidden units, chapter 05) or
            `"lenet"` (chapter 11, square images only).
        image_shape: `(C, H, W)`.
        classes: how many scores to give.

    Returns:
        A module that maps images `(B, C, H, W)` to scores `(B, classes)`.

    Raises:
        ValueError: the name is none of these, or LeNet cannot take images of this shape.
    """
    channels, height, width = image_shape
    if name == "softmax":
        return nn.Sequential(nn.Flatten(), nn.Linear(prod(image_shape), classes))
    if name == "mlp":
        hidden = nn.Linear(prod(image_shape), 512)
        return nn.Sequential(nn.Flatten(), hidden, nn.ReLU(), nn.Linear(512, classes))
    if name != "lenet":
        raise ValueError(f"name must be one of {', '.join(NAMES)}; got {name!r}")
    if height != width:
        raise ValueError(f"lenet takes square images; got {height} × {width}")
    return LeNet(channels, classes, height)
