"""The tasks of computer vision at a glance: what goes in, and what form the answer has."""

import textwrap
from collections.abc import Sequence

import matplotlib.pyplot as plt

from .annotations import (
    draw_boxes,
    draw_depth,
    draw_image,
    draw_keypoints,
    draw_masks,
    draw_matches,
    draw_motion,
)
from .display import check_alt, show

__all__ = ["show_answers", "show_answers_between"]


def show_answers(scenes, index: int = 0, *, alt: str) -> None:
    """Shows answers about one scene: name and tags, boxes, masks, key points, depth, caption.

    Args:
        scenes: a `dlcv.data.scenes.Scenes`.
        index: which of its scenes.
        alt: what the figure shows.

    Raises:
        ValueError: an empty `alt`.
    """
    check_alt(alt)
    image, count = scenes.images[index], int(scenes.counts[index])
    shapes = [scenes.classes[label] for label in scenes.object_labels[index, :count]]
    fig, axes = plt.subplots(2, 3, figsize=(6.4, 5.9))
    fig.get_layout_engine().set(h_pad=0.16)
    tags, detection, segmentation, pose, depth, caption = axes.flat
    name = scenes.classes[scenes.labels[index]]  # the main object's
    draw_image(tags, image, "classification, tagging", f"name: {name}\ntags: {', '.join(shapes)}")
    draw_image(detection, image, "detection", "a box for each object")
    draw_boxes(detection, scenes.boxes[index, :count], shapes)
    draw_image(segmentation, image, "segmentation", "the pixels of each object")
    draw_masks(segmentation, scenes.masks[index, :count])
    draw_image(pose, image, "pose", "named points")
    draw_keypoints(pose, scenes.keypoints[index, :count])
    draw_depth(depth, scenes.depth[index], "depth", "dark is near")
    draw_image(caption, image, "captioning", textwrap.fill(scenes.captions[index], 26))
    show(fig, alt=alt)


def show_answers_between(
    similar: Sequence, moving: tuple, views: tuple, drawn: tuple, *, alt: str
) -> None:
    """Shows retrieval, motion, matching between views, and generation.

    Args:
        similar: four images; the first is the query, the others were found.
        moving: `(image, before, after)`: where points (P, 2) were, and where they are in the image.
        views: `(left, right, here, there)`: two images and the same points (P, 2) in both.
        drawn: `(image, words)`: a picture and the words it was made from.
        alt: what the figure shows.

    Raises:
        ValueError: not four images, or an empty `alt`.
    """
    check_alt(alt)
    if len(similar) != 4:
        raise ValueError(f"similar: four images were wanted, not {len(similar)}")
    fig, axes = plt.subplots(2, 4, figsize=(6.4, 4.5))
    fig.get_layout_engine().set(h_pad=0.14)
    for i, (ax, image) in enumerate(zip(axes[0], similar, strict=True)):
        draw_image(ax, image, "found" if i else "retrieval", None if i else "like this one")
    image, before, after = moving
    draw_image(axes[1, 0], image, "motion", "from … to")
    draw_motion(axes[1, 0], before, after)
    left, right, here, there = views
    draw_image(axes[1, 1], left, "matching", "here …")
    draw_image(axes[1, 2], right, " ", "… and there")
    draw_matches(axes[1, 1], axes[1, 2], here, there)
    image, words = drawn
    draw_image(axes[1, 3], image, "generation", textwrap.fill(f"from “{words}”", 18))
    show(fig, alt=alt)
