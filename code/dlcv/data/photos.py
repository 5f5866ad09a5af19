"""Photographs shipped inside scikit-image: real pictures that need no network."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from dlcv.data.images import ImageData

# name: (file inside scikit-image, whose picture it is, as its documentation says)
PHOTOS = {
    "astronaut": ("astronaut.png", "NASA, public domain"),
    "brick": ("brick.png", "CC0Textures, CC0"),
    "camera": ("camera.png", "Lav Varshney, CC0"),
    "cat": ("chelsea.png", "Stéfan van der Walt, CC0"),
    "cell": ("cell.png", "Paul Müller et al., CC0"),
    "clock": ("clock_motion.png", "Stéfan van der Walt, public domain"),
    "coffee": ("coffee.png", "Rachel Michetti, CC0"),
    "coins": ("coins.png", "Brooklyn Museum, no known restrictions"),
    "grass": ("grass.png", "linolafett, CC0"),
    "gravel": ("gravel.png", "CC0Textures, CC0"),
    "hubble": ("hubble_deep_field.jpg", "NASA, public domain"),
    "ihc": ("ihc.png", "CMMI, no known restrictions"),
    "microaneurysms": ("microaneurysms.png", "Andreas Maier, CC0"),
    "moon": ("moon.png", "distributed with scikit-image"),
    "page": ("page.png", "distributed with scikit-image"),
    "retina": ("retina.jpg", "Mikael Häggström, CC0"),
    "rocket": ("rocket.jpg", "SpaceX, public domain"),
    "text": ("text.png", "Wikipedia, public domain"),
}


class Stereo(NamedTuple):
    """Two pictures from cameras side by side, and what their comparison should find.

    Args:
        left: uint8 `(3, 500, 741)`.
        right: uint8 `(3, 500, 741)`, taken further to the right.
        disparity: float32 `(500, 741)`: the thing at column x of `left` stands at column
            x − disparity of `right`, in pixels; NaN where it is not known.
    """

    left: torch.Tensor
    right: torch.Tensor
    disparity: torch.Tensor


def names() -> tuple[str, ...]:
    """The names `load` knows."""
    return tuple(PHOTOS)


def load(name: str) -> torch.Tensor:
    """One photograph.

    Args:
        name: One of `names()`, for example `"astronaut"`.

    Returns:
        uint8 `(3, H, W)`, or `(1, H, W)` for a gray picture, values 0–255.

    Raises:
        ValueError: The name is not known.
    """
    filename, _ = _entry(name)
    return _picture(filename)


def gray(name: str, side: int | None = None) -> np.ndarray:
    """One photograph as gray floats: the mean of its channels, in NumPy as filters like it.

    Args:
        name: One of `names()`.
        side: Cut the square at the left, or at the top, and make it so small: each pixel becomes
            the mean of those that it covers. By default the whole photograph in its own size.

    Returns:
        float64 `(H, W)`, or `(side, side)`, values from 0 to 1.

    Raises:
        ValueError: The name is not known, or `side` is not from 1 to the shorter side.
    """
    pixels = load(name).double().mean(dim=0) / 255  # (H, W)
    if side is None:
        return pixels.numpy()
    shorter = min(pixels.shape)
    if not 1 <= side <= shorter:
        raise ValueError(f"side: got {side!r}, wanted 1 to {shorter}, the shorter side of {name!r}")
    square = pixels[None, :shorter, :shorter]
    return torch.nn.functional.adaptive_avg_pool2d(square, side)[0].numpy()


def pieces(
    photos: torch.Tensor, count: int, side: int, generator: torch.Generator | None = None
) -> torch.Tensor:
    """Squares cut at random places out of photographs that are chosen at random. Chapter 10.

    Args:
        photos: `(N, C, H, W)`.
        count: How many squares to cut.
        side: Of each square, in pixels.
        generator: Where the random numbers come from; without one, PyTorch's global generator.

    Returns:
        `(count, C, side, side)`, of the photographs' type.

    Raises:
        ValueError: `photos` is not (N, C, H, W), or `side` is not from 1 to its shorter side.
    """
    if photos.ndim != 4:
        raise ValueError(f"photos: got shape {tuple(photos.shape)}, wanted (N, C, H, W)")
    limits = [photos.shape[2] - side + 1, photos.shape[3] - side + 1]
    if side < 1 or min(limits) < 1:
        raise ValueError(f"side: got {side}, wanted 1 to {min(photos.shape[2:])}")
    n, y, x = (
        torch.randint(limit, (count,), generator=generator).tolist()
        for limit in (len(photos), *limits)
    )
    return torch.stack(
        [photos[n[i], :, y[i] : y[i] + side, x[i] : x[i] + side] for i in range(count)]
    )


def credit(name: str) -> str:
    """Who made the photograph `name` and how it may be used, for a caption."""
    return _entry(name)[1]


def stereo() -> Stereo:
    """The motorcycle of the Middlebury benchmark: two views and the true disparity.

    Returns:
        `(left, right, disparity)`, see `Stereo`.

    References:
        D. Scharstein et al., *High-Resolution Stereo Datasets with Subpixel-Accurate Ground Truth*,
        GCPR 2014. https://doi.org/10.1007/978-3-319-11752-2_3
    """
    with np.load(_file("motorcycle_disp.npz")) as arrays:
        disparity = torch.from_numpy(arrays["arr_0"])
    disparity[disparity.isinf()] = torch.nan
    return Stereo(_picture("motorcycle_left.png"), _picture("motorcycle_right.png"), disparity)


def faces() -> ImageData:
    """100 faces and 100 pictures of other things, gray, 25 × 25 pixels; split `"all"`.

    A corner of *Labeled Faces in the Wild*, enough to try out a detector. Beware: most pictures of
    class `"other"` were cut at the border of a turned photograph, and the black wedges give them
    away.

    Returns:
        Images uint8 `(200, 1, 25, 25)`; class 0 is `"other"`, class 1 `"face"`.

    References:
        G. B. Huang et al., *Labeled Faces in the Wild*, University of Massachusetts, Amherst,
        Technical Report 07-49, 2007.
    """
    levels = np.load(_file("lfw_subset.npy"))  # (200, 25, 25) in [0, 1], faces first
    images = torch.from_numpy(np.rint(levels * 255).astype(np.uint8))[:, None]
    labels = torch.arange(200).lt(100).long()
    return ImageData(images, labels, ("other", "face"), name="faces", split="all")


def _entry(name: str) -> tuple[str, str]:
    if name not in PHOTOS:
        raise ValueError(f"name: got {name!r}, wanted one of {', '.join(PHOTOS)}")
    return PHOTOS[name]


def _file(filename: str) -> Path:
    """A file in scikit-image's own folder. Its loaders would go to the network if it were gone."""
    import skimage

    return Path(skimage.__file__).parent / "data" / filename


def _picture(filename: str) -> torch.Tensor:
    """Decode a file to uint8 `(C, H, W)`."""
    from PIL import Image

    with Image.open(_file(filename)) as picture:
        pixels = np.array(picture)  # (H, W) or (H, W, C)
    return torch.from_numpy(np.atleast_3d(pixels)).permute(2, 0, 1).contiguous()
