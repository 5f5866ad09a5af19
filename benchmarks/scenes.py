"""Scene generation

The same pictures, 32 × 32, drawn three ways: one blue shape of ten classes in the middle of a plain
ground, turned and moved by a hair, with a soft shadow. `dlcv.data.scenes` computes signed distances
for many images at once, which also smooths the edges. Pillow and scikit-image draw one picture at a
time: the outline as a polygon at four times the size, reduced by averaging; the shadow is that
mask, moved and blurred; then both are blended over the ground. Where each shape lies is computed
beforehand for those two and within the time for ours. "Difference" is to ours, in gray levels out
of 255, the mean over all pixels.

Only ours can also turn the five knobs, and answers questions about every picture (masks, boxes,
key points …) when asked.
"""

from collections.abc import Callable

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFilter
from skimage import draw, filters
from skimage.measure import approximate_polygon, find_contours
from torch import Tensor

from benchmarks.harness import Table, alternate, rate_rows, threads
from dlcv.data import scenes
from dlcv.data.scenes import palette
from dlcv.data.scenes.backgrounds import paint_ground
from dlcv.data.scenes.shapes import CLASSES, SHAPES

LIBRARIES = ["torch", "pillow", "scikit-image"]
SIZE, FINER = 32, 4
KNOBS = ("viewpoint", "illumination", "occlusion", "clutter", "variation")
CLOSE = 0.005  # how far a polygon may lie from its outline, in radii: a quarter of a fine pixel
SHADOW_SHADE, SHADOW_MOVE, SHADOW_BLUR = 0.34, 0.1, 1.3  # depth, in radii, in pixels
PAINT = 255 * np.array(palette.rgb(palette.COLORS[palette.PLAIN_COLOR]))


def class_outlines(grid: int = 121) -> list[list[np.ndarray]]:
    """For each class its outlines, outer first: arrays (corners, 2) of (x, y), radius 1."""
    line = torch.linspace(-1.2, 1.2, grid)
    y, x = torch.meshgrid(line, line, indexing="ij")
    zero = torch.zeros(1, 1)
    found = []
    for name in CLASSES:
        distance = SHAPES[name](x, y, zero, zero).numpy()
        curves = [2.4 * curve / (grid - 1) - 1.2 for curve in find_contours(distance, 0)]
        curves.sort(key=len, reverse=True)
        found.append([approximate_polygon(curve, CLOSE)[:-1, ::-1] for curve in curves])
    return found


def placed_outlines(count: int) -> tuple[list[list[np.ndarray]], np.ndarray]:
    """The outlines of `count` scenes in pixels of the finer picture, and their radii in pixels."""
    shapes = class_outlines()
    drawn = scenes.generate(count)
    things = drawn.world.objects
    radii = SIZE * things.radius[:, 0].numpy()
    centers = SIZE * torch.stack((things.x[:, 0], things.y[:, 0]), 1).numpy()
    frames = things.frame[:, 0].numpy()
    placed = [
        [FINER * (center + radius * curve @ frame.T) for curve in shapes[label]]
        for label, center, radius, frame in zip(
            drawn.labels.tolist(), centers, radii, frames, strict=True
        )
    ]
    return placed, radii


def plain_ground() -> np.ndarray:
    """The ground of every scene: float (32, 32, 3), in gray levels."""
    ground = paint_ground(scenes.generate(1).world)[0]
    return 255 * ground.permute(1, 2, 0).numpy()


def pillow(placed: list, radii: np.ndarray) -> np.ndarray:
    """Draw the scenes with Pillow, one at a time: uint8 (N, 32, 32, 3)."""
    images = []
    ground = Image.fromarray(plain_ground().round().astype(np.uint8))
    paint = Image.new("RGB", (SIZE, SIZE), tuple(PAINT.round().astype(int)))
    black = Image.new("RGB", (SIZE, SIZE))
    for curves, radius in zip(placed, radii, strict=True):
        fine = Image.new("L", (FINER * SIZE, FINER * SIZE))
        pen = ImageDraw.Draw(fine)
        for number, curve in enumerate(curves):
            # Pillow counts from the centers of pixels; the second outline of a ring is its hole.
            pen.polygon((curve - 0.5).ravel().tolist(), fill=0 if number else 255)
        mask = fine.resize((SIZE, SIZE), Image.Resampling.BOX)
        move = SHADOW_MOVE * float(radius)
        shadow = mask.transform(mask.size, Image.Transform.AFFINE, (1, 0, -move, 0, 1, -move))
        shadow = shadow.filter(ImageFilter.GaussianBlur(SHADOW_BLUR))
        shadow = shadow.point(lambda value: SHADOW_SHADE * value)
        image = Image.composite(black, ground, shadow)
        images.append(np.asarray(Image.composite(paint, image, mask)))
    return np.stack(images)


def scikit_image(placed: list, radii: np.ndarray) -> np.ndarray:
    """Draw the scenes with scikit-image and NumPy, one at a time: uint8 (N, 32, 32, 3)."""
    images, ground = [], plain_ground()
    for curves, radius in zip(placed, radii, strict=True):
        fine = np.zeros((FINER * SIZE, FINER * SIZE), np.float32)
        for number, curve in enumerate(curves):
            rows, columns = draw.polygon(curve[:, 1] - 0.5, curve[:, 0] - 0.5, fine.shape)
            fine[rows, columns] = 0 if number else 1
        mask = fine.reshape(SIZE, FINER, SIZE, FINER).mean((1, 3))
        move = round(SHADOW_MOVE * float(radius))
        shadow = np.roll(mask, (move, move), axis=(0, 1))  # nothing is near the border
        shadow = SHADOW_SHADE * filters.gaussian(shadow, SHADOW_BLUR)
        image = ground * (1 - shadow)[:, :, None]
        image += (PAINT - image) * mask[:, :, None]
        images.append((image + 0.5).astype(np.uint8))
    return np.stack(images)


def contenders(count: int) -> dict[str, Callable[[], object]]:
    """What is timed, by the name of its row; the first is what the others are compared with."""
    placed, radii = placed_outlines(count)
    return {
        "Pillow": lambda: pillow(placed, radii),
        "Pillow, again": lambda: pillow(placed, radii),
        "scikit-image": lambda: scikit_image(placed, radii),
        "dlcv scenes, knobs at 0": lambda: scenes.generate(count),
        "dlcv scenes, knobs at 1/2": lambda: scenes.generate(count, **dict.fromkeys(KNOBS, 0.5)),
    }


def difference(images: np.ndarray, ours: Tensor) -> str:
    """Mean difference in gray levels between images (N, H, W, 3) and ours (N, 3, H, W)."""
    gap = images.astype(float) - ours.permute(0, 2, 3, 1).numpy()
    return f"{np.abs(gap).mean():.1f}"


def measure(quick: bool = False) -> list[Table]:
    """Images a second, one thread (`scenes.generate` never uses more)."""
    count, rounds = (10, 1) if quick else (1000, 9)
    found = contenders(count)
    ours = scenes.generate(count).images
    with threads(1):
        rows = rate_rows(alternate(found, rounds), count)
        for row in rows:
            own = "dlcv" in row[0]
            row.append("" if own else difference(found[row[0]](), ours))
        columns = ["drawn with", "images/s", "times Pillow", "difference"]
        return [Table(f"{count:,} scenes", columns, rows, rounds)]
