"""SIFT descriptors: at key points from scikit-image, and on a regular grid.

Chapter 4 uses both.

References:
    D. G. Lowe, *Distinctive Image Features from Scale-Invariant Keypoints*, International Journal
    of Computer Vision 60(2), 2004. https://doi.org/10.1023/B:VISI.0000029664.99615.94
"""

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view

from dlcv.features.hog import gradients
from dlcv.features.inputs import as_float, as_gray, check_whole

CELLS = 4  # a descriptor looks at 4 × 4 cells
BINS = 8  # and counts 8 directions in each: 128 numbers


def sift(image: np.ndarray | torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Key points and their descriptors, found by `skimage.feature.SIFT`.

    Args:
        image: Gray floats in [0, 1], `(H, W)`.

    Returns:
        Key points, float64 `(N, 2)` as `(row, column)`, to a fraction of a pixel, and their
        descriptors, float64 `(N, 128)`, of length about 1. N is 0 when nothing stands out.

    Raises:
        TypeError: The image holds integers.
        ValueError: The shape is not `(H, W)`.
    """
    from skimage.feature import SIFT

    finder = SIFT()
    gray = as_gray(image)
    try:
        finder.detect_and_extract(gray)
    except RuntimeError as error:  # scikit-image's way to say: none
        if "found no features" not in str(error):
            raise
        return np.zeros((0, 2)), np.zeros((0, 128))
    return finder.positions, finder.descriptors / 512.0  # stored as whole numbers 0–255


def dense_sift(
    image: np.ndarray | torch.Tensor, *, patch_size: int = 8, stride: int = 3
) -> tuple[np.ndarray, np.ndarray]:
    """SIFT descriptors on a regular grid: where an image has few key points, or none.

    A patch has 4 × 4 cells with 8 directions of the full circle each; a vote is shared by the two
    nearest directions. The vector is scaled to length 1, clipped at 0.2, and scaled again. Left
    out, against Lowe's: scale, turning the patch to its main direction, the Gaussian window, and
    sharing votes among cells.

    Args:
        image: Gray floats in [0, 1], `(H, W)`.
        patch_size: Height and width of a patch in pixels, a multiple of 4.
        stride: Pixels from patch to patch.

    Returns:
        Centers of the patches, float64 `(N, 2)` as `(row, column)`, and float64 `(N, 128)`; zeros
        for a patch without gradient.

    Raises:
        TypeError: The image holds integers.
        ValueError: A shape or size is wrong, or the image is smaller than a patch.
    """
    centers, descriptors = dense_sift_many(
        as_gray(image)[None], patch_size=patch_size, stride=stride
    )
    return centers, descriptors[0]


def dense_sift_many(
    images: np.ndarray | torch.Tensor, *, patch_size: int = 8, stride: int = 3
) -> tuple[np.ndarray, np.ndarray]:
    """`dense_sift` of many gray images of one size at once.

    Args:
        images: Floats in [0, 1], `(N, H, W)`.
        patch_size: As in `dense_sift`, like the stride.
        stride: Pixels from patch to patch.

    Returns:
        Centers of the patches, the same in all images, float64 `(P, 2)` as `(row, column)`, and
        float64 `(N, P, 128)`.

    Raises:
        TypeError: The images hold integers.
        ValueError: As in `dense_sift`.
    """
    gray = as_float(images, "images")
    if gray.ndim != 3:
        raise ValueError(f"images: got shape {gray.shape}, wanted (N, H, W)")
    check_whole(patch_size=patch_size, stride=stride)
    if patch_size % CELLS or min(gray.shape[1:]) < patch_size:
        raise ValueError(
            f"patch_size: got {patch_size}, wanted a multiple of 4 that fits shape {gray.shape[1:]}"
        )
    cell = patch_size // CELLS
    # Sums over every cell-sized square; a patch is then 4 × 4 of these, a cell apart.
    sums = sliding_window_view(_votes(gray), (cell, cell), axis=(1, 2)).sum(axis=(-2, -1))
    rows, columns = ((side - patch_size) // stride + 1 for side in gray.shape[1:])
    corners = [np.arange(n)[:, None] * stride + np.arange(CELLS) * cell for n in (rows, columns)]
    row, column = corners[0][:, None, :, None], corners[1][None, :, None, :]
    descriptors = sums[:, row, column]  # (N, rows, columns, 4, 4, 8)
    descriptors = descriptors.reshape(len(gray), rows * columns, CELLS * CELLS * BINS)
    descriptors = _to_length_one(np.minimum(_to_length_one(descriptors), 0.2))
    places = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    centers = np.stack(places, axis=-1).reshape(-1, 2) * stride + (patch_size - 1) / 2
    return centers, descriptors


def _votes(gray: np.ndarray) -> np.ndarray:
    """The length of each pixel's gradient, shared by its two nearest directions: `(N, H, W, 8)`."""
    dy, dx = gradients(gray)
    length = np.sqrt(dy**2 + dx**2)
    position = np.arctan2(dy, dx) / (2 * np.pi) * BINS  # in bins, −4 to 4
    lower = np.floor(position)
    share = position - lower  # what goes to the next bin
    votes = np.zeros((*gray.shape, BINS))
    for bin_, part in ((lower, 1 - share), (lower + 1, share)):
        index = bin_.astype(int)[..., None] % BINS
        np.put_along_axis(votes, index, (length * part)[..., None], axis=-1)
    return votes


def _to_length_one(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
