"""Scene generation beside Pillow: images a second, 32 x 32, one object, in alternating rounds.

Pillow draws only a filled ring on a plain ground, four times as large and then reduced, which is
the usual way to get smooth edges from it. The generator draws all ten classes, with every knob at
0 and at 1/2, annotations ready to be asked for.
"""

import statistics
import time

import numpy as np
from PIL import Image, ImageDraw

from dlcv.data import scenes

COUNT, ROUNDS = 2000, 7
KNOBS = ("viewpoint", "illumination", "occlusion", "clutter", "variation")


def pillow_rings(count: int) -> np.ndarray:
    """Draw `count` rings of random place, size and color: (N, 32, 32, 3)."""
    random = np.random.default_rng(0)
    images = []
    for x, y, radius in random.uniform((48, 48, 24), (80, 80, 40), (count, 3)):
        image = Image.new("RGB", (128, 128), (235, 235, 235))
        color = tuple(int(value) for value in random.integers(0, 255, 3))
        box = (x - radius, y - radius, x + radius, y + radius)
        ImageDraw.Draw(image).ellipse(box, outline=color, width=round(radius / 2))
        images.append(np.asarray(image.resize((32, 32), Image.Resampling.BOX)))
    return np.stack(images)


CONTENDERS = {
    "Pillow, rings only": pillow_rings,
    "scenes, knobs at 0": lambda count: scenes.generate(count),
    "scenes, knobs at 1/2": lambda count: scenes.generate(count, **dict.fromkeys(KNOBS, 0.5)),
}


def main() -> None:
    """Print the median rate of each contender and its ratio to the first one's."""
    rates = {name: [] for name in CONTENDERS}
    for _ in range(ROUNDS + 1):  # the first round warms up
        for name, draw in CONTENDERS.items():
            start = time.perf_counter()
            draw(COUNT)
            rates[name].append(COUNT / (time.perf_counter() - start))
    medians = {name: statistics.median(values[1:]) for name, values in rates.items()}
    first = next(iter(medians.values()))
    for name, median in medians.items():
        print(f"{name:22}{median:10,.0f} images/s   {median / first:5.1f} x")


if __name__ == "__main__":
    main()
