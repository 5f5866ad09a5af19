"""GIST: a whole scene as the energy of oriented stripes in a coarse grid. Chapter 4 builds it.

References:
    A. Oliva and A. Torralba, *Modeling the Shape of the Scene: A Holistic Representation of the
    Spatial Envelope*, International Journal of Computer Vision 42(3), 2001.
    https://doi.org/10.1023/A:1011139631724
"""

from functools import lru_cache

import numpy as np
import torch
from scipy import fft
from scipy.ndimage import gaussian_filter

from dlcv.features.inputs import as_float, as_gray, check_whole

FINEST = 0.3  # center of the finest band in cycles a pixel
RATIO = 1.85  # from one band's center to the next


def gist(
    image: np.ndarray | torch.Tensor,
    *,
    scales: int = 5,
    orientations: int = 6,
    windows: int = 4,
    equalize: bool = False,
) -> np.ndarray:
    """How strong stripes of each width and direction are in each part of the image.

    Each filter of `gabor_bank` keeps one band of frequencies; the absolute value of what it lets
    through is the local energy, and its mean over each of windows × windows parts is one number.
    At the borders the image goes on as in a mirror. The authors first even out the contrast; here
    that is `equalize`, off unless asked for.

    Args:
        image: Gray floats in [0, 1], `(H, W)`.
        scales: Bands of frequency, from fine to coarse.
        orientations: Directions.
        windows: Parts along each side.
        equalize: Whether to apply `equalize_contrast` first, against changing light.

    Returns:
        float64 `(scales · orientations · windows · windows,)`, 480 numbers by default. Reshape it
        to `(scales, orientations, windows, windows)` to look at one filter's energy.

    Raises:
        TypeError: The image holds integers.
        ValueError: A shape or a size is wrong, or the image has fewer pixels a side than windows.
    """
    return gist_many(
        as_gray(image)[None],
        scales=scales,
        orientations=orientations,
        windows=windows,
        equalize=equalize,
    )[0]


def gist_many(
    images: np.ndarray | torch.Tensor,
    *,
    scales: int = 5,
    orientations: int = 6,
    windows: int = 4,
    equalize: bool = False,
) -> np.ndarray:
    """`gist` of many gray images of one size: a row each.

    Args:
        images: Floats in [0, 1], `(N, H, W)`.
        scales: As in `gist`, like the other arguments.
        orientations: Directions.
        windows: Parts along each side.
        equalize: Whether to apply `equalize_contrast` first.

    Returns:
        float64 `(N, scales · orientations · windows · windows)`.

    Raises:
        TypeError: The images hold integers.
        ValueError: As in `gist`.
    """
    images = as_float(images, "images")
    if images.ndim != 3 or 0 in images.shape[1:]:
        raise ValueError(f"images: got shape {images.shape}, wanted (N, H, W)")
    check_whole(scales=scales, orientations=orientations, windows=windows)
    height, width = images.shape[1:]
    if min(height, width) < windows:
        raise ValueError(f"windows: {windows} a side do not fit images of {height} × {width}")
    if equalize:
        images = equalize_contrast(images)
    bank = gabor_bank((2 * height, 2 * width), scales, orientations)
    energies = np.zeros((len(images), scales, orientations, windows, windows))
    for image, energy in zip(images, energies, strict=True):  # all at once would leave the cache
        answer = fft.ifft2(fft.fft2(_mirrored(image)) * bank)[..., :height, :width]
        energy[:] = _window_means(np.abs(answer), windows)
    return energies.reshape(len(images), scales * orientations * windows**2)


@lru_cache(maxsize=8)
def gabor_bank(shape: tuple[int, int], scales: int = 5, orientations: int = 6) -> np.ndarray:
    """The transfer functions of Gabor-like filters: how much of each frequency each one keeps.

    With f the frequency in cycles a pixel and θ its direction, filter (s, k) of K directions keeps

    exp(−3.5 (f / f_s − 1)² − 2π (K / 8)² (θ − θ_k)²),  f_s = 0.3 / 1.85ˢ,  θ_k = πk / K,

    the formula of the authors' published program. It covers one half of the plane of frequencies
    only, so the filtered image is complex and its absolute value is smooth: the envelope of the
    stripes. Frequency 0, the mean brightness, is set to 0.

    Args:
        shape: `(H, W)` of the image to be filtered.
        scales: How many f_s.
        orientations: How many θ_k. At θ = 0 brightness changes along a row: upright stripes.

    Returns:
        float64 `(scales, orientations, H, W)` in [0, 1], read-only, with frequency 0 at index (0,
        0) as `np.fft.fft2` has it; `np.fft.fftshift` over the last two axes moves it to the middle.
    """
    check_whole(scales=scales, orientations=orientations)
    height, width = shape
    fy, fx = np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None, :]  # cycles a pixel
    frequency, direction = np.hypot(fy, fx), np.arctan2(fy, fx)
    center = (FINEST / RATIO ** np.arange(scales))[:, None, None, None]
    angle = (np.pi * np.arange(orientations) / orientations)[:, None, None]
    turn = (direction - angle + np.pi) % (2 * np.pi) - np.pi  # the short way around
    across = -3.5 * (frequency / center - 1) ** 2  # (scales, 1, H, W)
    around = -2 * np.pi * (orientations / 8) ** 2 * turn**2  # (orientations, H, W)
    bank = np.exp(across + around)
    bank[..., 0, 0] = 0
    bank.setflags(write=False)  # it is kept and shared
    return bank


def equalize_contrast(images: np.ndarray | torch.Tensor) -> np.ndarray:
    """Even out light and contrast from place to place, the authors' step before the filters.

    Logarithm, minus the local mean, over the local standard deviation (plus 0.2, so that noise in
    flat places stays small). "Local" is a Gaussian of 4.7 % of the image's longer side.

    Args:
        images: One gray image or many, floats in [0, 1], `(..., H, W)`.

    Returns:
        float64 `(..., H, W)`, around 0.

    Raises:
        TypeError: The images hold integers.
        ValueError: They have fewer than two axes, or a value below 0.
    """
    gray = as_float(images, "images")
    if gray.ndim < 2 or 0 in gray.shape[-2:]:
        raise ValueError(f"images: got shape {gray.shape}, wanted (..., H, W)")
    if gray.min(initial=0) < 0:
        raise ValueError(f"images: the smallest value is {gray.min():.3g}, wanted 0 or more")
    sigma = 0.047 * max(gray.shape[-2:])  # 4 cycles an image at half height
    logarithm = np.log1p(255 * gray)
    detail = logarithm - gaussian_filter(logarithm, sigma, axes=(-2, -1))
    return detail / (0.2 + np.sqrt(gaussian_filter(detail**2, sigma, axes=(-2, -1))))


def _mirrored(image: np.ndarray) -> np.ndarray:
    """The image with its mirror images to the right and below, `(2H, 2W)`.

    Repeated without end, as the Fourier transform takes it, that has no edge at any border.
    """
    return np.pad(image, [(0, side) for side in image.shape], mode="symmetric")


def _window_means(energy: np.ndarray, windows: int) -> np.ndarray:
    """Means over a grid of parts, `(..., H, W)` → `(..., windows, windows)`."""
    for axis in (-2, -1):
        edges = np.arange(windows + 1) * energy.shape[axis] // windows
        energy = np.add.reduceat(energy, edges[:-1], axis=axis)  # sums from edge to edge
        counts = np.diff(edges).astype(float)
        energy = energy / (counts[:, None] if axis == -2 else counts)
    return energy
