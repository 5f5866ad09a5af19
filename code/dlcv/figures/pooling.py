"""Pooling by numbers, and a reader that slides along a strip."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np

from .display import as_array, check_alt, show
from .style import COLORS, INK, SEQUENTIAL, tint

__all__ = ["show_pooling", "show_strip"]


def show_pooling(maps, pooled: Mapping, *, alt: str) -> None:
    """Shows a map of numbers in windows, and what each kind of pooling makes of it (chapter 11).

    Args:
        maps: (H, W), few enough numbers to print.
        pooled: name → (H', W'), where H' divides H and W' divides W: the windows lie side by side.
        alt: what the figure shows.

    Raises:
        ValueError: shapes that do not fit together, or an empty `alt`.
    """
    check_alt(alt)
    before, after = as_array(maps), {name: as_array(values) for name, values in pooled.items()}
    rows, columns = next(iter(after.values())).shape
    for name, values in after.items():
        fits = values.shape == (rows, columns) and not (
            before.shape[0] % rows or before.shape[1] % columns
        )
        if not fits:
            raise ValueError(f"pooled: {name!r} {values.shape} does not divide {before.shape}")
    fig, axes = plt.subplots(1, 1 + len(after), figsize=(6.4, 2.5))
    for ax, (name, values) in zip(axes, {"a map": before, **after}.items(), strict=True):
        _numbers_in_windows(ax, values, rows, columns)
        ax.set_title(name, loc="center", size=11.5, weight="normal")
    show(fig, alt=alt)


def show_strip(strip, probabilities, places, *, marked=(), alt: str) -> None:
    """Shows a strip and, below it, a column of probabilities for each place (chapter 11).

    Args:
        strip: (H, W), gray: least black, most white.
        probabilities: (K, P), in [0, 1].
        places: (P,) centers of the windows, in pixels, at equal steps.
        marked: places to mark with a triangle between the two pictures.
        alt: what the figure shows.

    Raises:
        ValueError: numbers of places that differ or fewer than two, or an empty `alt`.
    """
    check_alt(alt)
    strip, probabilities, places = map(as_array, (strip, probabilities, places))
    if probabilities.ndim != 2 or probabilities.shape[1:] != places.shape:
        raise ValueError(f"probabilities: (K, {len(places)}) was wanted, not {probabilities.shape}")
    if len(places) < 2:
        raise ValueError(f"places: two at least were wanted, not {len(places)}")
    height, width = strip.shape
    half = (places[1] - places[0]) / 2
    sides = (places[0] - half, places[-1] + half, len(probabilities) - 0.5, -0.5)
    fig, axes = plt.subplots(2, 1, figsize=(6.6, 3.8), sharex=True, height_ratios=[1, 1.9])
    axes[0].imshow(strip, cmap="gray", extent=(0, width, height, 0), aspect="auto")
    axes[0].set(yticks=[])
    axes[1].plot(list(marked), [-0.9] * len(marked), "v", color=COLORS[1], clip_on=False)
    axes[1].imshow(probabilities, cmap=SEQUENTIAL, vmin=0, vmax=1, extent=sides, aspect="auto")
    axes[1].set(xlim=(0, width), ylim=sides[2:], yticks=range(len(probabilities)), ylabel="answer")
    axes[1].set_xlabel("center of the window, in pixels")
    for ax in axes:
        ax.grid(False)
    show(fig, alt=alt)


def _numbers_in_windows(ax, values: np.ndarray, rows: int, columns: int) -> None:
    """Numbers on a ground that has one color for each of rows × columns windows."""
    height, width = values.shape
    which = np.arange(rows * columns).reshape(rows, columns)
    which = which.repeat(height // rows, axis=0).repeat(width // columns, axis=1)  # (H, W)
    colors = plt.matplotlib.colors.ListedColormap(
        [tint(COLORS[k % 10]) for k in range(rows * columns)]
    )
    ax.imshow(which, cmap=colors, vmin=-0.5, vmax=rows * columns - 0.5)
    size = 30 / max(height, 2) ** 0.6
    for (i, j), value in np.ndenumerate(values):
        ax.text(j, i, f"{value:g}", ha="center", va="center", size=size, color=INK)
    ax.set(xticks=[], yticks=[])
    ax.grid(False)
    ax.spines[:].set_visible(False)
