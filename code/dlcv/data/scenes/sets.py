"""`generate` and `load`: from a few arguments to a set of scenes."""

import numbers

import torch

from .collection import Scenes
from .render import one_thread, render
from .world import Knobs, build_world

SMALLEST, LARGEST = 16, 1024  # side of an image in pixels
MOST_OBJECTS = 8

# The standard set: for a linear classifier about as hard as CIFAR-10.
STANDARD = {
    "viewpoint": 0.4,
    "illumination": 0.4,
    "occlusion": 0.3,
    "clutter": 0.4,
    "variation": 0.4,
}
SPLITS = {"train": (50_000, 101), "test": (10_000, 202)}  # how many images, and which seed


def generate(
    count: int,
    *,
    size: int = 32,
    objects: int | tuple[int, int] = 1,
    seed: int = 0,
    viewpoint: float = 0.0,
    illumination: float = 0.0,
    occlusion: float = 0.0,
    clutter: float = 0.0,
    variation: float = 0.0,
    start: int = 0,
) -> Scenes:
    """Draw scenes with known answers; every difficulty is a knob from 0 (none) to 1 (hard).

    With all knobs at 0 every picture shows one blue shape in the middle of a plain ground, moved
    and turned by a hair. The same seed gives the same bits on every run of one machine. Image `i`
    depends on the seed, on `i` and on the other arguments, but not on `count`, nor on the number of
    threads, nor on torch's random state, which stays as it was. Turning a knob changes the same
    pictures: labels, for example, stay.

    Args:
        count: how many images. Each run of ten (0-9, 10-19, ...) holds every class once.
        size: side of the images in pixels, 16 to 1024 (for figures; chapters use up to 128).
        objects: how many objects an image shows, or the (lowest, highest) number; at most 8.
        seed: any integer.
        viewpoint: turn (up to 180 degrees), tilt (55 degrees), scale and shift.
        illumination: brightness, slope of the light, a cast shadow, color of the light.
        occlusion: a board hides part of the main object (35 to 70 percent of its width at 1); the
            objects of a group overlap.
        clutter: textured ground and colored bits.
        variation: within a class: proportions, color, material.
        start: number of the first image: `start=90, count=10` gives the last ten of `count=100`.

    Returns:
        `Scenes`: `images` uint8 (N, 3, size, size), `labels` int64 (N,), and more, computed when
        asked for.

    Raises:
        ValueError: an argument is out of its range; the message names it.
    """
    knobs = Knobs(
        viewpoint=_knob("viewpoint", viewpoint),
        illumination=_knob("illumination", illumination),
        occlusion=_knob("occlusion", occlusion),
        clutter=_knob("clutter", clutter),
        variation=_knob("variation", variation),
    )
    count = _whole("count", count, 0, None)
    size = _whole("size", size, SMALLEST, LARGEST)
    seed = _whole("seed", seed, None, None)
    start = _whole("start", start, 0, None)
    rows = torch.arange(start, start + count)
    counts = _object_range(objects)
    with one_thread():
        world = build_world(seed, rows, size, counts, knobs)
        return Scenes(render(world), world.objects.label[:, 0].contiguous(), world)


def load(split: str = "train", limit: int | None = None) -> Scenes:
    """The standard set: 50,000 training and 10,000 test images, 32 x 32, knobs as in `STANDARD`.

    Args:
        split: "train" or "test"; the two are drawn with different seeds.
        limit: take only the first so many images (the same bits as in the whole set).

    Returns:
        `Scenes`, in a few seconds for the whole training set.

    Raises:
        ValueError: an unknown split, or a negative limit.
    """
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {split!r}")
    count, seed = SPLITS[split]
    if limit is not None:
        count = min(count, _whole("limit", limit, 0, None))
    return generate(count, seed=seed, **STANDARD)


def _knob(name: str, value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not 0 <= value <= 1:
        raise ValueError(f"{name} must lie in [0, 1], got {value!r}")
    return float(value)


def _whole(name: str, value: int, low: int | None, high: int | None) -> int:
    """Check that an argument is a whole number from low to high (None: no limit)."""
    wanted = "a whole number"
    if low is not None:
        wanted += f" of at least {low}" if high is None else f" from {low} to {high}"
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not whole or (low is not None and value < low) or (high is not None and value > high):
        raise ValueError(f"{name} must be {wanted}, got {value!r}")
    return int(value)


def _object_range(objects: int | tuple[int, int]) -> tuple[int, int]:
    pair = (objects, objects) if isinstance(objects, numbers.Integral) else objects
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise ValueError(f"objects must be a number or a (low, high) pair, got {objects!r}")
    low, high = (_whole("objects", value, 1, MOST_OBJECTS) for value in pair)
    if low > high:
        raise ValueError(f"objects must be (low, high) with low <= high, got {objects!r}")
    return low, high
