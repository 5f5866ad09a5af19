"""The pointing game: does an explanation point at what it claims to explain?"""

from typing import NamedTuple

from torch import Tensor

__all__ = ["Pointing", "pointing_game"]


class Pointing(NamedTuple):
    """What came out of a pointing game."""

    rate: float  # the share of maps whose largest value lies in the mask
    chance: float  # the mean share of the masks in their images: what a random pixel gets
    hits: Tensor  # bool (B,)


def pointing_game(maps: Tensor, masks: Tensor) -> Pointing:
    """Ask each map for its largest value, and look whether that pixel lies in the mask.

    Zhang et al. (2016, arXiv:1608.00507), section 4.1, without their margin of 15 pixels: the rate
    is hits / (hits + misses). A map with one value everywhere points nowhere and counts as a miss.
    Chapter 12 builds it.

    Args:
        maps: `(B, H, W)`, in the resolution of the masks.
        masks: bool `(B, H, W)`, each with at least one pixel.

    Returns:
        The rate, what chance would get, and which maps hit.

    Raises:
        ValueError: shapes that differ, a map that is not finite, or an empty mask.
    """
    if maps.ndim != 3 or maps.shape != masks.shape or not len(maps):
        raise ValueError(
            "maps and masks must both be (B, H, W), with B at least 1; "
            f"got {tuple(maps.shape)} and {tuple(masks.shape)}"
        )
    if not maps.isfinite().all():
        raise ValueError("maps: some values are not finite")
    masks = masks.to(maps.device).bool().flatten(1)
    if not masks.any(dim=1).all():
        image = int((~masks.any(dim=1)).nonzero()[0])
        raise ValueError(f"masks: the mask of image {image} is empty; leave this image out")
    flat = maps.flatten(1)  # (B, H·W)
    points = flat.amax(dim=1) > flat.amin(dim=1)
    hits = masks.gather(1, flat.argmax(dim=1, keepdim=True))[:, 0] & points
    return Pointing(hits.float().mean().item(), masks.float().mean().item(), hits)
