"""Answers drawn over a picture: boxes, masks, key points, motion, matches; and depth as a picture.

Every function draws into axes that are given. `draw_image` comes first: it lays the image out so
that pixel (x, y) covers the square from (x, y) to (x + 1, y + 1), the coordinates in which
`dlcv.data.scenes` states its boxes and key points. Chapter 01 shows each kind of answer once; the
chapters on detection, segmentation, pose and depth draw their own predictions with them.
"""

from collections.abc import Sequence

import numpy as np
import torch
from matplotlib.patches import Circle, ConnectionPatch, Rectangle
from matplotlib.patheffects import withStroke

from .display import as_array
from .style import COLORS, INK, SEQUENTIAL

__all__ = [
    "draw_boxes",
    "draw_circles",
    "draw_depth",
    "draw_image",
    "draw_keypoints",
    "draw_masks",
    "draw_matches",
    "draw_motion",
    "draw_numbers",
]

HALO = [withStroke(linewidth=2.5, foreground="white")]  # keeps a mark readable on any ground


def draw_image(ax, image, title: str | None = None, below: str | None = None) -> None:
    """Draws one image without axis lines, its upper left corner at (0, 0).

    Args:
        ax: axes to draw into.
        image: (3, H, W) or (1, H, W), or (H, W); uint8 from 0 to 255 or floats from 0 to 1.
        title: what stands above it.
        below: what stands below it, a caption for example.

    Raises:
        ValueError: another shape.
    """
    image = torch.as_tensor(image)
    if image.ndim == 2:
        image = image[None]
    if image.ndim != 3 or image.shape[0] not in (1, 3):
        raise ValueError(f"image: (C, H, W) with C = 1 or 3 was wanted, not {tuple(image.shape)}")
    pixels = as_array(image.expand(3, -1, -1).permute(1, 2, 0))  # (H, W, 3)
    top = 255 if image.dtype == torch.uint8 else 1
    _lay_out(ax, np.clip(pixels / top, 0, 1), title, below)


def draw_depth(ax, depth, title: str | None = None, below: str | None = None) -> None:
    """Draws a depth map as a picture: near is dark blue, far is white.

    Args:
        ax: axes to draw into.
        depth: (H, W), distances; the nearest and the farthest set the scale.
        title: what stands above it.
        below: what stands below it.

    Raises:
        ValueError: another shape.
    """
    depth = _array("depth", depth, "(H, W)", 2)
    near, far = float(depth.min()), float(depth.max())
    _lay_out(ax, SEQUENTIAL((far - depth) / max(far - near, 1e-12)), title, below)


def draw_boxes(ax, boxes, names: Sequence[str] | None = None) -> None:
    """Draws boxes over an image, each with its name above it.

    Args:
        ax: axes with an image drawn by `draw_image`.
        boxes: (K, 4): left, top, right, bottom edges in pixels.
        names: K short texts.

    Raises:
        ValueError: another shape, or another number of names.
    """
    boxes = _array("boxes", boxes, "(K, 4)", 2, last=4)
    if names is not None and len(names) != len(boxes):
        raise ValueError(f"names: {len(names)} for {len(boxes)} boxes")
    for i, (left, top, right, bottom) in enumerate(boxes.tolist()):
        edge = {"fill": False, "edgecolor": COLORS[i % 10], "linewidth": 2}
        box = Rectangle((left, top), right - left, bottom - top, **edge)
        ax.add_patch(box).set_path_effects([withStroke(linewidth=3.5, foreground="white")])
        if names is not None:
            style = {"color": INK, "size": 8.5, "va": "bottom", "path_effects": HALO}
            ax.text(left, top - 1, names[i], **style)


def draw_circles(ax, circles) -> None:
    """Draws circles over an image, each with a hand like a clock: key points with size and turn.

    Args:
        ax: axes with an image drawn by `draw_image`.
        circles: (P, 4): x, y and radius in pixels; direction of the hand in radians, 0 to the
            right and growing downward.

    Raises:
        ValueError: another shape.
    """
    for x, y, radius, turn in _array("circles", circles, "(P, 4)", 2, last=4).tolist():
        ring = {"fill": False, "edgecolor": COLORS[1], "linewidth": 1.2}
        ax.add_patch(Circle((x, y), radius, **ring))
        ends = [x, x + radius * np.cos(turn)], [y, y + radius * np.sin(turn)]
        ax.plot(*ends, color=COLORS[5], linewidth=1)


def draw_masks(ax, masks, opacity: float = 0.6) -> None:
    """Lays a color over the pixels of each mask, and a line around them.

    Args:
        ax: axes with an image drawn by `draw_image`.
        masks: (K, H, W), bool.
        opacity: 0 shows only the image, 1 only the color.

    Raises:
        ValueError: another shape.
    """
    masks = _array("masks", masks, "(K, H, W)", 3) > 0
    height, width = masks.shape[1:]
    middle_x, middle_y = np.arange(width) + 0.5, np.arange(height) + 0.5
    for i, mask in enumerate(masks):
        layer = np.zeros((height, width, 4))
        layer[..., :3] = [int(COLORS[i % 10][c : c + 2], 16) / 255 for c in (1, 3, 5)]
        layer[..., 3] = opacity * mask
        ax.imshow(layer, extent=(0, width, height, 0), interpolation="nearest")
        if mask.any() and not mask.all():
            line = {"levels": [0.5], "colors": [COLORS[i % 10]], "linewidths": 1.4}
            ax.contour(middle_x, middle_y, mask, **line)


def draw_keypoints(ax, keypoints, names: Sequence[str] | None = None) -> None:
    """Draws key points: full dots where they are seen, hollow ones where they are hidden.

    Args:
        ax: axes with an image drawn by `draw_image`.
        keypoints: (P, 3) or (K, P, 3): x, y in pixels, and visibility 2 (seen), 1 (hidden) or 0
            (no such point; not drawn). Each object has a color of its own.
        names: P short texts, for a single object.

    Raises:
        ValueError: another shape, or another number of names.
    """
    points = torch.as_tensor(keypoints).detach().cpu()
    points = points[None] if points.ndim == 2 else points
    points = _array("keypoints", points, "(K, P, 3)", 3, last=3)
    if names is not None and (len(points) != 1 or len(names) != points.shape[1]):
        raise ValueError(f"names: {len(names)} for key points of shape {points.shape}")
    for i, rows in enumerate(points):
        for j, (x, y, visibility) in enumerate(rows.tolist()):
            if visibility > 0:
                face = COLORS[i % 10] if visibility > 1 else "white"
                ring = COLORS[i % 10] if visibility < 2 else "white"
                ax.plot(x, y, "o", color=face, markeredgecolor=ring, markersize=6.5)
            if visibility > 0 and names is not None:
                ax.text(x + 2, y - 2, names[j], size=9.5, path_effects=HALO)


def draw_motion(ax, before, after) -> None:
    """Draws an arrow from where each point was to where it is.

    Args:
        ax: axes with an image drawn by `draw_image`.
        before: (P, 2): x, y in pixels.
        after: (P, 2): the same points later.

    Raises:
        ValueError: another shape, or two that differ.
    """
    before, after = _pair(before, after)
    for start, end in zip(before, after, strict=True):
        style = {"arrowstyle": "-|>", "mutation_scale": 9, "color": INK, "linewidth": 1.4}
        style |= {"shrinkA": 0, "shrinkB": 0, "path_effects": HALO}
        ax.annotate("", end, start, arrowprops=style)


def draw_matches(left, right, here, there) -> None:
    """Draws a line between each point of one picture and the same point in another.

    Args:
        left: axes with an image drawn by `draw_image`.
        right: axes with the other image.
        here: (P, 2): x, y in pixels of the left image.
        there: (P, 2): the same points in the right image.

    Raises:
        ValueError: another shape, or two that differ.
    """
    here, there = _pair(here, there)
    for i, (a, b) in enumerate(zip(here.tolist(), there.tolist(), strict=True)):
        style = {"color": COLORS[i % 10], "linewidth": 1.6, "path_effects": HALO}
        line = ConnectionPatch(a, b, left.transData, right.transData, **style)
        left.figure.add_artist(line)
        for ax, point in ((left, a), (right, b)):
            ax.plot(*point, "o", color=COLORS[i % 10], markeredgecolor="white", markersize=6)


def draw_numbers(ax, values) -> None:
    """Prints each pixel's number on it, white on dark pixels and black on bright ones.

    Args:
        ax: axes with an image drawn by `draw_image`.
        values: (H, W), the image's values: whole numbers from 0 to 255, or floats from 0 to 1.

    Raises:
        ValueError: another shape.
    """
    values = _array("values", values, "(H, W)", 2)
    whole = np.issubdtype(values.dtype, np.integer)
    size = min(11.5, 56 / max(values.shape))
    for (y, x), value in np.ndenumerate(values):
        color = INK if value > (127 if whole else 0.5) else "white"
        text = f"{value:d}" if whole else f"{value:.2g}"
        ax.text(x + 0.5, y + 0.5, text, ha="center", va="center", color=color, size=size)


def _lay_out(ax, pixels: np.ndarray, title: str | None, below: str | None) -> None:
    height, width = pixels.shape[:2]
    way = "nearest" if max(height, width) <= 256 else "antialiased"
    ax.imshow(pixels, extent=(0, width, height, 0), interpolation=way)
    ax.set(xlim=(0, width), ylim=(height, 0), xticks=[], yticks=[])
    ax.grid(False)
    ax.spines[:].set_visible(False)
    ax.set_title(title or "", loc="center", size=11.5, weight="normal", pad=5)
    ax.set_xlabel(below or "", size=10.5, labelpad=5)


def _array(argument: str, values, shape: str, ndim: int, last: int | None = None) -> np.ndarray:
    """`values` as an array, refused unless it has so many axes, and the last one its length."""
    array = as_array(values)
    if array.ndim != ndim or (last is not None and array.shape[-1] != last):
        raise ValueError(f"{argument}: {shape} was wanted, not {array.shape}")
    return array


def _pair(one, other) -> tuple[np.ndarray, np.ndarray]:
    one, other = (_array("points", values, "(P, 2)", 2, last=2) for values in (one, other))
    if one.shape != other.shape:
        raise ValueError(f"points: {len(one)} on one side and {len(other)} on the other")
    return one, other
