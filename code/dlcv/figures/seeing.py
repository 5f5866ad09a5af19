"""A landscape, a wheel of hues (chapter 01), and directions as colors (chapter 03)."""

import matplotlib.pyplot as plt
import numpy as np
import skimage

from .annotations import draw_image
from .display import as_array, check_alt, show
from .style import COLORS

__all__ = ["color_directions", "direction_wheel", "hue_wheel", "show_landscape"]


def show_landscape(
    image, rows: tuple[int, int], columns: tuple[int, int], row: int, *, alt: str
) -> None:
    """Shows a part of a gray image, the same as a landscape, and one row of it as a curve.

    Args:
        image: (H, W), whole numbers from 0 to 255.
        rows: the first row of the part, and the row after its last.
        columns: the same for the columns.
        row: the row that is drawn as a curve, and marked in blue in the other two pictures.
        alt: what the figure shows.

    Raises:
        ValueError: an empty `alt`, another shape, or a row that is not in the part.
    """
    check_alt(alt)
    image = as_array(image)
    if image.ndim != 2 or not rows[0] <= row < rows[1] <= len(image):
        raise ValueError(f"row: {row} is not among the rows {rows} of an image {image.shape}")
    part = image[slice(*rows), slice(*columns)]
    y, x = np.mgrid[slice(*rows), slice(*columns)]
    fig = plt.figure(figsize=(6.4, 2.3), layout="none")
    picture, curve = fig.add_axes([0, 0.2, 0.3, 0.55]), fig.add_axes([0.73, 0.24, 0.26, 0.52])
    land = fig.add_axes([0.28, -0.09, 0.38, 1.0], projection="3d", computed_zorder=False)
    draw_image(picture, part / 255, "the picture")
    picture.axhline(row - rows[0] + 0.5, color=COLORS[0])  # the middle of that row of pixels
    land.plot_surface(x, -y, part, cmap="gray", linewidth=0)
    land.plot(x[0], np.full(len(x[0]), -row), image[row, slice(*columns)], color=COLORS[0])
    land.set(xticks=[], yticks=[], zticks=[])
    land.set_box_aspect(None, zoom=0.88)
    land.set_title("the landscape", loc="center", size=11.5, weight="normal", y=0.97)
    curve.plot(x[0], image[row, slice(*columns)])
    curve.set(xlabel="x")
    curve.set_title(f"z along row {row}", loc="center", size=11.5, weight="normal")
    show(fig, alt=alt)


def hue_wheel(size: int = 201) -> np.ndarray:
    """Draws all hues around a circle, red at the right and counted against the clock.

    Args:
        size: width and height in pixels.

    Returns:
        (3, size, size), RGB in [0, 1]: value 1, and as saturation the distance from the center;
        white outside the circle.
    """
    side = np.linspace(-1, 1, size)
    angle, far = np.arctan2(-side[:, None], side), np.hypot(side[:, None], side)
    hsv = np.stack([angle / (2 * np.pi) % 1, far * (far <= 1), np.ones((size, size))])
    return skimage.color.hsv2rgb(hsv, channel_axis=0)


def color_directions(angle: np.ndarray, strength: np.ndarray | float = 1.0) -> np.ndarray:
    """Colors that tell directions apart: red to the right, green and blue a third of a turn on.

    Args:
        angle: (H, W), radians, counted clockwise where rows count downward.
        strength: (H, W) of numbers that are not negative, or one number; the largest is drawn in
            full color and 0 in black.

    Returns:
        (3, H, W), RGB in [0, 1].
    """
    thirds = 2 * np.pi / 3 * np.arange(3)[:, None, None]  # (3, 1, 1)
    return (0.5 + 0.5 * np.cos(angle - thirds)) * strength / max(np.max(strength), 1e-300)


def direction_wheel(size: int = 128) -> np.ndarray:
    """The key to `color_directions`: each pixel has the color of its direction from the center.

    Args:
        size: width and height in pixels.

    Returns:
        (3, size, size), RGB in [0, 1].
    """
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    return color_directions(np.arctan2(y, x))
