"""How the frames of an interactive figure are stored: small, and without visible bands."""

import io

import numpy as np
from PIL import Image

from dlcv.interactive.frames import SMALL, smallest


def gradient(side: int) -> Image.Image:
    """A smooth gradient in two colors, pixels of 8 × 8: more than 256 colors."""
    ramp = np.linspace(0, 255, side // 8)
    red, green = np.meshgrid(ramp, ramp)
    pixels = np.stack([red, green, 128 + 0 * red], axis=2).round().astype(np.uint8)
    return Image.fromarray(pixels.repeat(8, axis=0).repeat(8, axis=1))


def largest_change(image: Image.Image) -> int:
    stored = Image.open(io.BytesIO(smallest(image, 82))).convert("RGB")
    return int(np.abs(np.asarray(stored).astype(int) - np.asarray(image)).max())


def test_a_small_image_with_smooth_colors_is_stored_as_it_is():
    assert largest_change(gradient(384)) == 0


def test_an_image_that_is_large_without_loss_is_not():
    noise = np.random.default_rng(0).integers(0, 256, (160, 160, 3), dtype=np.uint8)
    assert len(smallest(Image.fromarray(noise), 82)) > SMALL
    assert largest_change(Image.fromarray(noise)) > 0
