"""What stands in each scene, and where: the attributes, drawn before any pixel is.

Lengths here are fractions of the image's side; x runs to the right and y down, from 0 to 1.
The same seed draws the same throws whatever the knobs are; a knob only scales what the throws do.
So turning a knob changes the very same picture step by step.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from . import palette
from .dice import Dice
from .shapes import CLASSES

NEAR, FAR = 1.0, 3.0  # depth of the ground at the bottom and at the top edge of the image
BASE_RADIUS = 0.36  # of a single object


@dataclass(frozen=True)
class Knobs:
    """The five difficulties of a scene, each in [0, 1]."""

    viewpoint: float = 0.0
    illumination: float = 0.0
    occlusion: float = 0.0
    clutter: float = 0.0
    variation: float = 0.0


@dataclass(frozen=True)
class Objects:
    """The objects of N scenes, K places each; row k of an absent object means nothing.

    All tensors are (N, K) unless a shape is given. Object 0 is the main object.
    """

    present: Tensor  # bool
    label: Tensor  # int64, index into CLASSES
    color: Tensor  # int64, index into COLORS
    material: Tensor  # int64, index into MATERIALS
    size: Tensor  # int64, index into SIZES
    x: Tensor  # center
    y: Tensor
    radius: Tensor
    frame: Tensor  # (N, K, 2, 2): image offset = radius * frame @ point in the shape's own frame
    first: Tensor  # the two numbers that vary a shape within its class, in [-1, 1]
    second: Tensor
    paint: Tensor  # (N, K, 3) RGB in [0, 1]
    depth: Tensor  # distance from the camera; infinite where absent


@dataclass(frozen=True)
class World:
    """All that is known of N scenes; rendering and every annotation are computed from it."""

    seed: int
    numbers: Tensor  # int64 (N,)
    pixels: int
    knobs: Knobs
    objects: Objects

    def __len__(self) -> int:
        return len(self.numbers)

    def part(self, start: int, stop: int) -> "World":
        """The scenes start ... stop - 1 as a world of their own."""
        rows = {name: value[start:stop] for name, value in vars(self.objects).items()}
        return World(self.seed, self.numbers[start:stop], self.pixels, self.knobs, Objects(**rows))

    def dice(self) -> Dice:
        """The dice of these scenes."""
        return Dice(self.seed, self.numbers)


def build_world(seed: int, numbers: Tensor, pixels: int, counts: tuple[int, int], knobs: Knobs):
    """Draw everything about the scenes with the given numbers.

    Args:
        seed: any integer.
        numbers: int64 (N,), the scenes' numbers.
        pixels: side of the image.
        counts: smallest and largest number of objects.
        knobs: the five difficulties.

    Returns:
        A `World` of N scenes.
    """
    dice = Dice(seed, numbers)
    low, high = counts
    count = low + dice.choice("count", high - low + 1)  # (N,)
    present = torch.arange(high) < count[:, None]  # (N, K)
    single = (count == 1)[:, None]
    size = _sizes(dice, high)
    radius = _radii(dice, count, size, knobs)
    size = torch.where(single, _name_size(radius), size)
    x, y = _places(dice, radius, present, knobs)
    x, y = _shift(dice, x, y, single, knobs)
    foot = y + radius  # things stand on the ground: what stands lower is nearer
    depth = torch.where(present, FAR + (NEAR - FAR) * foot, math.inf)
    color, paint = _paints(dice, single, high, knobs)
    spread = knobs.variation
    objects = Objects(
        present=present,
        label=_labels(seed, dice, numbers, high),
        color=color,
        material=_materials(dice, high, knobs),
        size=size,
        x=x,
        y=y,
        radius=radius,
        frame=_frames(dice, high, knobs),
        first=spread * dice.between("first", -1, 1, high),
        second=spread * dice.between("second", -1, 1, high),
        paint=paint,
        depth=depth,
    )
    return World(seed, numbers, pixels, knobs, objects)


def _labels(seed: int, dice: Dice, numbers: Tensor, places: int) -> Tensor:
    """Classes (N, K). Main objects: every ten scenes (0-9, 10-19, ...) show each class once."""
    classes = len(CLASSES)
    order = Dice(seed, numbers // classes)("label order", classes).argsort(dim=1)  # (N, 10)
    labels = dice.choice("label", classes, places)
    labels[:, 0] = order.gather(1, (numbers % classes)[:, None])[:, 0]
    return labels


def _sizes(dice: Dice, places: int) -> Tensor:
    """Small or large (N, K); the main object is large."""
    size = 2 * dice.choice("size", 2, places)
    size[:, 0] = 2
    return size


def _radii(dice: Dice, count: Tensor, size: Tensor, knobs: Knobs) -> Tensor:
    """Radii (N, K): many objects are smaller; in a group a large one is 1.7 times a small one."""
    places = size.shape[1]
    throw = dice.between("scale", -1, 1, places)
    alone = BASE_RADIUS * 2 ** (0.05 * throw + knobs.viewpoint * (0.55 * throw - 0.20))
    room = torch.where(count == 2, 0.235, 0.40 / count.clamp(min=1) ** 0.5)[:, None]
    room = room * torch.where(size == 2, 1.0, 1 / 1.7)
    group = room * 2 ** ((0.05 + 0.13 * knobs.viewpoint) * throw)
    return torch.where((count == 1)[:, None], alone, group)


def _name_size(radius: Tensor) -> Tensor:
    """Size of a lone object, compared with the canonical one."""
    ratio = radius / BASE_RADIUS
    return 1 - (ratio < 0.75).long() + (ratio > 1.2).long()


def _places(dice: Dice, radius: Tensor, present: Tensor, knobs: Knobs) -> tuple[Tensor, Tensor]:
    """Centers (N, K): each object takes, of 24 random spots, the one with the fittest clearance.

    At occlusion 0 objects keep as far apart as they can (Mitchell's best candidate); as the knob
    rises they move together until they overlap.
    """
    images, places = radius.shape
    candidates = 24
    throws = dice("places", places, candidates, 2)  # (N, K, 24, 2)
    margin = (1.08 * radius).clamp(max=0.5)[:, :, None, None]
    spots = margin + (1 - 2 * margin) * throws
    centers = torch.empty(images, places, 2)
    centers[:, 0] = spots[:, 0, 0]
    wanted = 0.6 * (1 - knobs.occlusion) ** 2 - 0.45 * knobs.occlusion
    for place in range(1, places):
        gaps = spots[:, place, :, None] - centers[:, None, :place]  # (N, 24, place, 2)
        gap = (gaps * gaps).sum(-1).sqrt()
        reach = radius[:, :place] + radius[:, place, None]  # (N, place)
        clearance = (gap / reach[:, None] - 1).amin(2)  # 0: touching, -1: same center
        best = (clearance - wanted).abs().argmin(1)  # (N,)
        centers[:, place] = spots[torch.arange(images), place, best]
    alone = present.sum(1) == 1
    centers[alone, 0] = 0.5
    return centers[..., 0], centers[..., 1]


def _shift(dice: Dice, x: Tensor, y: Tensor, single: Tensor, knobs: Knobs):
    """Move each object a little; a lone one by up to 0.2 of the image as viewpoint rises."""
    reach = torch.where(single, 0.02 + 0.18 * knobs.viewpoint, 0.0)
    places = x.shape[1]
    across = dice.between("shift x", -1, 1, places)
    down = dice.between("shift y", -1, 1, places)
    return x + reach * across, y + reach * down


def _frames(dice: Dice, places: int, knobs: Knobs) -> Tensor:
    """How each shape lies in the picture (N, K, 2, 2): stretched, tilted, turned.

    Variation stretches (aspect ratio up to about 1.8). Viewpoint tilts the shape away from us by up
    to 55 degrees, seen from afar, and turns it by up to 180 degrees in the picture.
    """
    viewpoint, variation = knobs.viewpoint, knobs.variation
    double = {"dtype": torch.float64}
    throw = dice.between("turn", -1, 1, places).to(**double)
    turn = throw * (math.radians(4) + math.radians(176) * viewpoint**2)
    tilt = dice("tilt", places).to(**double) * math.radians(55) * viewpoint
    axis = dice("tilt axis", places).to(**double) * math.pi
    stretch = 2 ** (0.42 * variation * dice.between("stretch", -1, 1, places).to(**double))
    zero = torch.zeros_like(stretch)
    aspect = _matrix(stretch, zero, zero, 1 / stretch)
    squash = _matrix(torch.ones_like(zero), zero, zero, torch.cos(tilt))
    tilted = _rotation(axis) @ squash @ _rotation(-axis)
    return (tilted @ _rotation(turn) @ aspect).float()


def _rotation(angle: Tensor) -> Tensor:
    return _matrix(torch.cos(angle), -torch.sin(angle), torch.sin(angle), torch.cos(angle))


def _matrix(a: Tensor, b: Tensor, c: Tensor, d: Tensor) -> Tensor:
    """Stack four (N, K) tensors as matrices (N, K, 2, 2)."""
    return torch.stack((torch.stack((a, b), -1), torch.stack((c, d), -1)), -2)


def _paints(dice: Dice, single: Tensor, places: int, knobs: Knobs) -> tuple[Tensor, Tensor]:
    """Color names (N, K) and paints (N, K, 3).

    Objects in company always differ in color; a lone object leaves the plain color as variation
    rises. Variation also moves lightness and tint a little, never as far as another name.
    """
    free = dice("color leaves", places) < 1.8 * knobs.variation
    color = dice.choice("color", len(palette.COLORS), places)
    plain = list(palette.COLORS).index(palette.PLAIN_COLOR)
    color = torch.where(free | ~single, color, plain)
    paint = palette.paint_table()[color]  # (N, K, 3)
    gray = paint.mean(-1, keepdim=True)
    pale = 0.45 * knobs.variation * dice("pale", places, 1)
    light = 1 + knobs.variation * dice.between("light", -0.2, 0.2, places, 1)
    paint = ((paint + (gray - paint) * pale) * light).clamp(0.03, 0.98)
    return color, paint


def _materials(dice: Dice, places: int, knobs: Knobs) -> Tensor:
    """Materials (N, K): flat at variation 0, any of the four in equal parts at 1."""
    other = dice("material leaves", places) < knobs.variation
    material = dice.choice("material", len(palette.MATERIALS), places)
    return torch.where(other, material, 0)
