"""Ten shapes as signed distance functions, and the key points that belong to them.

A signed distance function says for every point how far the outline is: negative inside, zero on
the outline, positive outside. One such formula gives the anti-aliased picture, the mask and the
soft shadow. The formulas follow Inigo Quilez, "2D distance functions"
(https://iquilezles.org/articles/distfunctions2d/). Chapter 01 introduces the shapes.

All shapes live in their own frame: x to the right, y *down*, center (0, 0), inside the unit circle.
Two numbers in [-1, 1], `first` and `second`, vary a shape within its class; 0 is the plain shape.
Where a formula is a bound and not the exact distance (far outside a corner), its docstring says so;
the outline itself is always exact.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

Distance = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]


def length(x: Tensor, y: Tensor) -> Tensor:
    """Distance of the points (x, y) from the origin."""
    return torch.sqrt(x * x + y * y)


def box(x: Tensor, y: Tensor, half_width: Tensor, half_height: Tensor) -> Tensor:
    """Exact signed distance to an upright rectangle around the origin."""
    across = x.abs() - half_width
    down = y.abs() - half_height
    outside = length(across.clamp(min=0), down.clamp(min=0))
    return outside + torch.maximum(across, down).clamp(max=0)


def circle(x: Tensor, y: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """A disk of radius 0.88 (exact)."""
    return length(x, y) - 0.88


def square(x: Tensor, y: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """A square of half width 0.74; `first` rounds its corners (exact)."""
    rounding = 0.05 + 0.25 * first.clamp(min=0)
    return box(x, y, 0.74 - rounding, 0.74 - rounding) - rounding


def triangle_corners(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Half width of the base and sideways shift of the apex of `triangle`."""
    return 0.84 + 0.12 * first, 0.35 * second


def triangle(x: Tensor, y: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """Base at y = 0.62, apex at y = -0.88; `first` widens it, `second` leans it (exact)."""
    half_base, apex = triangle_corners(first, second)
    corners = [(apex, -0.88), (half_base, 0.62), (-half_base, 0.62)]
    nearest, inside = None, None
    for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
        squared, side = edge(x, y, *start, *end)
        nearest = squared if nearest is None else torch.minimum(nearest, squared)
        inside = side if inside is None else torch.minimum(inside, side)
    return torch.copysign(torch.sqrt(nearest), -inside)


def edge(x: Tensor, y: Tensor, x0, y0, x1, y1) -> tuple[Tensor, Tensor]:
    """One edge of a polygon: squared distance to it, and the side (> 0: on its right hand)."""
    along_x, along_y = x1 - x0, y1 - y0
    off_x, off_y = x - x0, y - y0
    squared_length = along_x * along_x + along_y * along_y
    along = ((off_x * along_x + off_y * along_y) / squared_length).clamp(0, 1)
    miss_x, miss_y = off_x - along * along_x, off_y - along * along_y
    side = off_y * along_x - off_x * along_y  # with y down, the right hand is the inside
    return miss_x * miss_x + miss_y * miss_y, side


def star_points(first: Tensor) -> Tensor:
    """How many points `star` has: 5, 6 or 7."""
    return 5 + torch.floor(2.5 * first.abs()).clamp(max=2)


def star(x: Tensor, y: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """Tips at radius 0.98; `first` sets 5, 6 or 7 points, `second` how deep it is cut (exact)."""
    half_sector = math.pi / star_points(first)
    inner = 0.46 + 0.11 * second
    # Fold the plane into one half sector, from the tip (angle 0) to the valley (angle half_sector).
    angle = torch.atan2(x, -y).abs()
    angle = (angle - 2 * half_sector * torch.round(angle / (2 * half_sector))).abs()
    radius = length(x, y)
    tip_x = radius * torch.cos(angle) - 0.98
    tip_y = radius * torch.sin(angle)
    # The edge runs from the tip (0.98, 0) to the valley; measure to that segment.
    edge_x = inner * torch.cos(half_sector) - 0.98
    edge_y = inner * torch.sin(half_sector)
    squared = edge_x * edge_x + edge_y * edge_y
    along = ((tip_x * edge_x + tip_y * edge_y) / squared).clamp(0, 1)
    off_x, off_y = tip_x - along * edge_x, tip_y - along * edge_y
    side = tip_y * edge_x - tip_x * edge_y  # < 0 outside
    return torch.copysign(length(off_x, off_y), -side)


def ring(x: Tensor, y: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """Outer radius 0.92; `first` makes the band thicker or thinner (exact)."""
    half_band = 0.165 + 0.075 * first
    return (length(x, y) - (0.92 - half_band)).abs() - half_band


def cross(x: Tensor, y: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """A plus sign with arms of length 0.88; `first` sets the arms' width (bound inside)."""
    half_arm = 0.27 + 0.09 * first
    x, y = x.abs(), y.abs()
    return box(torch.maximum(x, y), torch.minimum(x, y), torch.full_like(half_arm, 0.88), half_arm)


def heart(x: Tensor, y: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """Two round lobes above a tip at the bottom; `first` makes it slimmer or wider (exact at 0)."""
    width = 1.58 * (1 + 0.12 * first)
    x, y = x.abs() / width, (0.90 - y) / 1.58  # the tip at (0, 0), y up, lobes near y = 1
    lobe = length(x - 0.25, y - 0.75) - math.sqrt(2) / 4
    notch = x * x + (y - 1) ** 2
    foot = 0.5 * (x + y).clamp(min=0)
    edge = (x - foot) ** 2 + (y - foot) ** 2
    below = torch.copysign(torch.sqrt(torch.minimum(notch, edge)), x - y)
    return 1.58 * torch.where(x + y > 1, lobe, below)


CRESCENT_SHIFT = 0.16  # so that the moon's body, not the disk it is cut from, is centered


def crescent_bite(first: Tensor) -> tuple[Tensor, Tensor]:
    """Center x and radius of the disk that is cut out of `crescent`, before the shift."""
    return 0.62 + 0.12 * first, 0.74 + 0.06 * first


def crescent_horn(first: Tensor) -> tuple[Tensor, Tensor]:
    """Where the two circles of `crescent` meet: x (before the shift) and |y|."""
    center, radius = crescent_bite(first)
    x = (0.92**2 - radius * radius + center * center) / (2 * center)
    return x, torch.sqrt(0.92**2 - x * x)


def crescent(x: Tensor, y: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """A moon, open to the right; `first` makes it fuller (exact outside)."""
    center, radius = crescent_bite(first)
    horn_x, horn_y = crescent_horn(first)
    x, y = x - CRESCENT_SHIFT, y.abs()
    body = torch.maximum(length(x, y) - 0.92, radius - length(x - center, y))
    beyond_horn = x * horn_y - y * horn_x > center * (horn_y - y).clamp(min=0)
    return torch.where(beyond_horn, length(x - horn_x, y - horn_y), body)


def arrow_sizes(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Half width of the head, half width of the shaft, y where the head ends."""
    return 0.74 + 0.12 * first, 0.23 + 0.08 * second, 0.02 + 0.12 * first


def arrow(x: Tensor, y: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """An arrow that points up; `first` sets its head, `second` its shaft (exact outside)."""
    half_head, half_shaft, neck = arrow_sizes(first, second)
    x, zero = x.abs(), torch.zeros_like(neck)
    slope, slope_side = edge(x, y, zero, -0.95, half_head, neck)
    barb, barb_side = edge(x, y, half_head, neck, zero, neck)
    head = torch.sqrt(torch.minimum(slope, barb))
    head = torch.copysign(head, -torch.minimum(slope_side, barb_side))
    middle = (neck - 0.25 + 0.9) / 2  # the shaft reaches into the head: no seam between them
    return torch.minimum(head, box(x, y - middle, half_shaft, 0.9 - middle))


def drop_sizes(first: Tensor) -> tuple[Tensor, Tensor]:
    """Radius of the round part of `drop` and the y of its center."""
    radius = 0.60 + 0.09 * first
    return radius, 0.94 - radius


def drop(x: Tensor, y: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """A drop of water, tip up at y = -0.96; `first` makes it rounder (exact)."""
    radius, center = drop_sizes(first)
    height = center + 0.96
    sine = radius / height
    cosine = torch.sqrt(1 - sine * sine)
    x, up = x.abs(), center - y  # the round part's center is the origin, y up
    along = up * cosine - x * sine
    ball = length(x, up) - radius
    tip = length(x, up - height)
    flank = x * cosine + up * sine - radius
    return torch.where(along < 0, ball, torch.where(along > cosine * height, tip, flank))


SHAPES: dict[str, Distance] = {
    "circle": circle,
    "square": square,
    "triangle": triangle,
    "star": star,
    "ring": ring,
    "cross": cross,
    "heart": heart,
    "crescent": crescent,
    "arrow": arrow,
    "drop": drop,
}
CLASSES: tuple[str, ...] = tuple(SHAPES)


def signed_distance(labels: Tensor, x: Tensor, y: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """Signed distance to each image's own shape, each formula run only where it is needed.

    Args:
        labels: int64 (N,), indices into `CLASSES`.
        x, y: (N, H, W), points in the shapes' own frames.
        first, second: (N,), how the shapes vary, in [-1, 1].

    Returns:
        (N, H, W), in units of the shape's radius; negative inside.
    """
    distance = torch.empty_like(x)
    for label in labels.unique().tolist():
        chosen = (labels == label).nonzero().squeeze(1)
        formula = SHAPES[CLASSES[label]]
        a, b = first[chosen, None, None], second[chosen, None, None]
        distance[chosen] = formula(x[chosen], y[chosen], a, b)
    return distance
