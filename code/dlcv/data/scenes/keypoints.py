"""The named points of each shape: tips, corners, center."""

import math

import torch
from torch import Tensor

from .shapes import (
    CLASSES,
    CRESCENT_SHIFT,
    arrow_sizes,
    crescent_bite,
    crescent_horn,
    drop_sizes,
    star_points,
    triangle_corners,
)

_AROUND = ("center", "top", "right", "bottom", "left")

KEYPOINTS: dict[str, tuple[str, ...]] = {
    "circle": _AROUND,
    "square": ("center", "top left", "top right", "bottom right", "bottom left"),
    "triangle": ("center", "apex", "right corner", "left corner"),
    "star": ("center", *(f"tip {number}" for number in range(1, 8))),
    "ring": _AROUND,
    "cross": _AROUND,
    "heart": ("center", "notch", "right lobe", "tip", "left lobe"),
    "crescent": ("back", "upper horn", "inner edge", "lower horn"),
    "arrow": ("center", "tip", "right barb", "tail", "left barb"),
    "drop": ("center", "tip", "right", "bottom", "left"),
}
MOST_POINTS = max(len(names) for names in KEYPOINTS.values())
"""How many key points any shape has at most (a star with seven tips: 8)."""


def shape_points(name: str, first: Tensor, second: Tensor) -> Tensor:
    """Key points of M objects of one shape, in the shape's own frame (radius 1, y down).

    Args:
        name: the shape.
        first, second: float32 (M,), how the shapes vary.

    Returns:
        float32 (M, 8, 2), in the order of `KEYPOINTS[name]`; NaN where the shape has no such point.
    """
    zero = torch.zeros_like(first)
    points = _POINTS[name](first, second)
    rows = [torch.stack((zero + x, zero + y), -1) for x, y in points]
    found = torch.stack(rows, 1)  # (M, P, 2)
    missing = torch.full((len(first), MOST_POINTS - len(rows), 2), math.nan)
    return torch.cat((found, missing), 1)


def _cardinal(reach: float) -> list:
    return [(0, 0), (0, -reach), (reach, 0), (0, reach), (-reach, 0)]


def _square(first: Tensor, second: Tensor) -> list:
    corner = 0.74 - (1 - math.sqrt(0.5)) * (0.05 + 0.25 * first.clamp(min=0))  # on the rounding
    return [(0, 0), (-corner, -corner), (corner, -corner), (corner, corner), (-corner, corner)]


def _triangle(first: Tensor, second: Tensor) -> list:
    half_base, apex = triangle_corners(first, second)
    center = apex / 3, (0.62 + 0.62 - 0.88) / 3  # the centroid
    return [center, (apex, -0.88), (half_base, 0.62), (-half_base, 0.62)]


def _star(first: Tensor, second: Tensor) -> list:
    count = star_points(first)
    points = [(0, 0)]
    for number in range(7):  # clockwise from the top
        angle = 2 * math.pi * number / count
        angle = torch.where(number < count, angle, math.nan)
        points.append((0.98 * torch.sin(angle), -0.98 * torch.cos(angle)))
    return points


def _heart(first: Tensor, second: Tensor) -> list:
    wide = 1 + 0.12 * first
    lobe = 1.58 * (0.25 + math.sqrt(2) / 4) * wide
    return [(0, 0), (0, -0.68), (lobe, -0.285), (0, 0.90), (-lobe, -0.285)]


def _crescent(first: Tensor, second: Tensor) -> list:
    center, radius = crescent_bite(first)
    x, y = crescent_horn(first)
    x, inner = x + CRESCENT_SHIFT, center - radius + CRESCENT_SHIFT
    return [(CRESCENT_SHIFT - 0.92, 0), (x, -y), (inner, 0), (x, y)]


def _arrow(first: Tensor, second: Tensor) -> list:
    half_head, _, neck = arrow_sizes(first, second)
    return [(0, 0), (0, -0.95), (half_head, neck), (0, 0.9), (-half_head, neck)]


def _drop(first: Tensor, second: Tensor) -> list:
    radius, center = drop_sizes(first)
    return [(0, center), (0, -0.96), (radius, center), (0, 0.94), (-radius, center)]


_POINTS = {
    "circle": lambda first, second: _cardinal(0.88),
    "square": _square,
    "triangle": _triangle,
    "star": _star,
    "ring": lambda first, second: _cardinal(0.92),
    "cross": lambda first, second: _cardinal(0.88),
    "heart": _heart,
    "crescent": _crescent,
    "arrow": _arrow,
    "drop": _drop,
}


def object_points(label: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """Key points of M objects, each of its own shape: float32 (M, 8, 2), as `shape_points`."""
    points = torch.empty(len(label), MOST_POINTS, 2)
    for number, name in enumerate(CLASSES):
        chosen = (label == number).nonzero().squeeze(1)
        points[chosen] = shape_points(name, first[chosen], second[chosen])
    return points
