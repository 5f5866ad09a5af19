"""What goes into a network that is asked for gradients, and what must come out of it."""

from torch import Tensor, nn

from dlcv.shapes import shapes_explained
from dlcv.state import device_of


def check_floats(images: Tensor) -> None:
    """Refuse images of whole numbers: no gradient, and no gray, can be written into them."""
    if not images.is_floating_point():
        raise ValueError(f"images must be floats, such as images / 255; got {images.dtype}")


def leaf(model: nn.Module, images: Tensor) -> Tensor:
    """A copy of the images on the model's device, with respect to which one can differentiate.

    Raises:
        ValueError: the images are no floats.
    """
    check_floats(images)
    return images.detach().to(device_of(model), copy=True).requires_grad_()


def scores_of(model: nn.Module, images: Tensor) -> Tensor:
    """What a classifier gives for images, `(B, K)`.

    Raises:
        ValueError: the images do not fit the model, or it gives something else.
    """
    with shapes_explained(model, images):
        scores = model(images)
    if scores.ndim != 2:
        raise ValueError(f"model must give scores (B, K); got {tuple(scores.shape)}")
    return scores
