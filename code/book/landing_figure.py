"""Draw the landing page's figure: one scene, and what vision makes of it.

Every panel shows ground truth of the scene generator. Run from the repository's root:

    python code/book/landing_figure.py            # writes assets/landing.webp
    python code/book/landing_figure.py FILE.png   # or another file
"""

import io
import sys
import textwrap
from pathlib import Path

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyBboxPatch, Rectangle
from PIL import Image

from dlcv.data import scenes

SCENE = {"start": 1222, "seed": 3, "objects": 4}  # one we liked, of many thousands
KNOBS = {"variation": 0.7, "clutter": 0.3, "illumination": 0.1}
PIXELS = 960
INK, PAPER, QUIET = "#12161f", "#ffffff", "#9aa7bd"
MARKS = ("#ffd23f", "#3bceac", "#ff5d8f", "#4cc9f0", "#c792ff")


def draw() -> plt.Figure:
    """All six panels as one figure of 1600 x 1190 pixels."""
    found = scenes.generate(1, size=PIXELS, **SCENE, **KNOBS)
    image = found.images[0].permute(1, 2, 0).numpy()
    figure, axes = plt.subplots(2, 3, figsize=(16, 11.9), dpi=100, facecolor=INK)
    figure.subplots_adjust(0.015, 0.018, 0.985, 0.925, wspace=0.04, hspace=0.17)
    panels = (picture, detection, segmentation, key_points, depth, language)
    for panel, ax in zip(panels, axes.flat, strict=True):
        ax.set(
            facecolor=INK, xlim=(0, PIXELS), ylim=(PIXELS, 0), xticks=[], yticks=[], aspect="equal"
        )
        ax.spines[:].set_visible(False)
        title = panel.__name__.replace("_", " ")
        ax.set_title(title, loc="left", color=PAPER, fontsize=34, fontweight="bold", pad=11)
        panel(ax, image, found)
        round_corners(ax)
    return figure


def round_corners(ax: plt.Axes) -> None:
    """Cut everything in a panel to a rounded square."""
    shape = FancyBboxPatch(
        (0, 0), PIXELS, PIXELS, boxstyle="round,pad=0,rounding_size=44", transform=ax.transData
    )
    for artist in (*ax.images, *ax.patches, *ax.lines):
        artist.set_clip_path(shape.get_path(), shape.get_transform())


def picture(ax: plt.Axes, image: np.ndarray, found: scenes.Scenes) -> None:
    """The picture alone."""
    ax.imshow(image, extent=(0, PIXELS, PIXELS, 0), interpolation="lanczos")


def faded(image: np.ndarray, strength: float) -> np.ndarray:
    """The picture in gray, moved towards the ink by `strength`."""
    gray = image.mean(2, keepdims=True).repeat(3, 2) / 255
    ink = np.array(matplotlib.colors.to_rgb(INK))
    return gray * (1 - strength) + ink * strength


def detection(ax: plt.Axes, image: np.ndarray, found: scenes.Scenes) -> None:
    """Boxes with class names."""
    picture(ax, image, found)
    for place, (left, top, right, bottom) in enumerate(found.boxes[0].tolist()):
        mark = MARKS[place]
        size = right - left, bottom - top
        ax.add_patch(Rectangle((left, top), *size, fill=False, edgecolor=INK, linewidth=8))
        ax.add_patch(Rectangle((left, top), *size, fill=False, edgecolor=mark, linewidth=5))
        name = found.classes[found.object_labels[0, place]]
        above = top > 120
        ax.text(
            left - 8,
            top + (-16 if above else 12),
            name,
            va="bottom" if above else "top",
            fontsize=25,
            fontweight="bold",
            color=INK,
            bbox={"facecolor": mark, "edgecolor": "none", "boxstyle": "square,pad=0.16"},
        )


def segmentation(ax: plt.Axes, image: np.ndarray, found: scenes.Scenes) -> None:
    """One color for the visible pixels of each object."""
    canvas = faded(image, 0.62)
    for place, mask in enumerate(found.masks[0].numpy()):
        canvas[mask] = matplotlib.colors.to_rgb(MARKS[place])
    ax.imshow(canvas, extent=(0, PIXELS, PIXELS, 0), interpolation="lanczos")


def key_points(ax: plt.Axes, image: np.ndarray, found: scenes.Scenes) -> None:
    """Named points of each object, hollow where they are hidden."""
    ax.imshow(faded(image, 0.35), extent=(0, PIXELS, PIXELS, 0), interpolation="lanczos")
    for place, points in enumerate(found.keypoints[0].numpy()):
        points = points[points[:, 2] > 0]
        center = points[0, :2]
        for x, y, _ in points[1:]:
            ax.plot([center[0], x], [center[1], y], color=MARKS[place], linewidth=4, alpha=0.9)
        for x, y, seen in points:
            face = MARKS[place] if seen == 2 else INK
            ax.plot(x, y, "o", markersize=17, color=face, mec=INK, mew=2.5)
            if seen == 1:
                ax.plot(x, y, "o", markersize=12, color=INK, mec=MARKS[place], mew=3)


def depth(ax: plt.Axes, image: np.ndarray, found: scenes.Scenes) -> None:
    """Near is bright, far is dark."""
    ax.imshow(
        found.depth[0],
        extent=(0, PIXELS, PIXELS, 0),
        cmap="magma_r",
        vmin=0.8,
        vmax=3.2,
        interpolation="lanczos",
    )


def language(ax: plt.Axes, image: np.ndarray, found: scenes.Scenes) -> None:
    """The caption, and a question with its answer."""
    ax.add_patch(Rectangle((0, 0), PIXELS, PIXELS, facecolor="#1e2533", edgecolor="none"))
    question = next(q for q in found.questions[0] if q.kind == "relation")
    caption = textwrap.fill(f"“{found.captions[0]}”", 25)
    ax.text(46, 46, caption, va="top", color=PAPER, fontsize=23, linespacing=1.2)
    asked = textwrap.fill(question.text, 25)
    ax.text(46, 785, asked, va="bottom", color=MARKS[3], fontsize=23, linespacing=1.2)
    ax.text(46, 915, question.answer, va="bottom", color=MARKS[0], fontsize=32, fontweight="bold")


def main() -> None:
    """Write the figure to the file named on the command line."""
    file = Path(sys.argv[1] if len(sys.argv) > 1 else "assets/landing.webp")
    buffer = io.BytesIO()
    draw().savefig(buffer, format="png", dpi=100, facecolor=INK)
    Image.open(buffer).convert("RGB").save(file, quality=84, method=6)
    print(f"{file}: {file.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
