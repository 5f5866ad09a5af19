"""Three sets of points in the plane that no straight line separates.

Chapter 2 shows where a linear classifier stops on them; chapter 5 solves them with hidden units.
"""

import math

import torch

NAMES = ("quadrants", "ring", "three modes")
# Centers of the three modes: (3, 2).
MODES = torch.tensor([[0.0, 2.0], [-1.73, -1.0], [1.73, -1.0]], dtype=torch.float64)


def hard_case(name: str, count: int = 600, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw one of the three hard cases.

    - `"quadrants"`: class 1 fills quadrants 1 and 3, class 0 quadrants 2 and 4 (XOR).
    - `"ring"`: class 1 has 1 ≤ ‖x‖ ≤ 2; class 0 lies inside (‖x‖ < 1) and outside (2 < ‖x‖ ≤ 3).
    - `"three modes"`: class 1 lives in three separate clusters, class 0 fills the space between.

    Args:
        name: One of `NAMES`.
        count: Number of points; half of them belong to each class.
        seed: Same seed, same points.

    Returns:
        `points`, float64 of shape (count, 2), and `labels`, int64 of shape (count,).

    Raises:
        ValueError: The name is unknown or `count` is not a positive even number.
    """
    draw = {"quadrants": _quadrants, "ring": _ring, "three modes": _three_modes}
    if name not in draw:
        raise ValueError(f"name must be one of {', '.join(NAMES)}; got {name!r}")
    if count < 2 or count % 2:
        raise ValueError(f"count must be a positive even number, got {count}")
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 2  # 0, 1, 0, 1, …: the classes are equally frequent
    return draw[name](labels, generator).double(), labels


def _quadrants(labels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    points = torch.rand(len(labels), 2, generator=generator) * 2 - 1
    same_sign = points[:, 0] * points[:, 1] > 0
    points[same_sign != labels.bool(), 0] *= -1  # mirror a point that landed in the other class
    return points


def _ring(labels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    radius, angle, side = torch.rand(3, len(labels), generator=generator)
    rest = torch.where(side < 0.5, radius, radius + 2)  # inside, or outside
    radius = torch.where(labels == 1, radius + 1, rest)
    angle = 2 * math.pi * angle
    return torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1)


def _three_modes(labels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    count = len(labels)
    mode = MODES[torch.randint(3, (count,), generator=generator)]
    in_cluster = mode + 0.35 * torch.randn(count, 2, generator=generator)
    # Class 0: twenty candidates in the square for each point, and the first one far from all modes.
    candidates = torch.rand(count, 20, 2, generator=generator).double() * 6 - 3  # (N, 20, 2)
    distance = torch.cdist(candidates, MODES.expand(count, 3, 2)).amin(dim=2)  # (N, 20)
    first_far = (distance > 1.2).int().argmax(dim=1)
    between = candidates[torch.arange(count), first_far]  # (N, 2)
    return torch.where(labels[:, None] == 1, in_cluster, between)
