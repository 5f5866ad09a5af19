"""Curves: with their spread, of repeated runs, of functions and their slopes."""

import math
from collections.abc import Collection, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import MaxNLocator

from .display import check_alt, headline, numbers, show, start
from .style import COLORS, DASHES, LEVEL, MARKERS

__all__ = ["plot_curves", "plot_runs", "plot_slopes"]

FEW = 12  # places that can be told apart: each gets a mark, and on a logarithmic axis its number


def plot_curves(
    x: Sequence[float],
    curves: Mapping[str, Sequence[float] | tuple[Sequence[float], Sequence[float]]],
    *,
    ax=None,
    alt: str | None = None,
    title: str | None = None,
    xlabel: str = "",
    ylabel: str = "",
    log: str = "",
    dots: Collection[str] = (),
    level: tuple[str, float] | None = None,
    legend: str | tuple[float, float] = "best",
) -> None:
    """Draws curves over a common x; where a spread is known, as a band around the mean.

    Each curve has a color and, so that color is never the only sign, marks at its places where
    these are few, and dashes of its own elsewhere.

    Args:
        x: N places.
        curves: name → N values, or name → `(mean, sd)`, a tuple of N values each; the band runs
            from mean - sd to mean + sd.
        ax: axes to draw into; without them a figure is made and shown, and `alt` is needed.
        alt: what the figure shows.
        title: a sentence that states the finding.
        xlabel: what x is, with its unit.
        ylabel: what the values are.
        log: the axes with a logarithmic scale: `"x"`, `"y"` or `"xy"`.
        dots: names of curves drawn as dots without a line: measurements beside a formula.
        level: a name and a value to compare with, drawn as a dotted line.
        legend: where the names stand, as matplotlib's `loc`: a name, or a corner in parts of ax.

    Raises:
        ValueError: a curve whose length is not that of `x`, another `log`, or a name in `dots`
            that no curve has.
    """
    if log not in ("", "x", "y", "xy"):
        raise ValueError(f"log: 'x', 'y' or 'xy' was wanted, not {log!r}")
    if missing := set(dots) - set(curves):
        raise ValueError(f"dots: no curve is called {sorted(missing)[0]!r}")
    x = numbers(x)
    ax, finish = start(ax, alt)
    for i, (name, values) in enumerate(curves.items()):
        mean, *sd = map(numbers, values if isinstance(values, tuple) else [values])
        if any(part.shape != x.shape for part in (mean, *sd)):
            raise ValueError(f"curves: {name!r} has {len(mean)} values for {len(x)} places")
        color = COLORS[i % 10]
        ax.plot(x, mean, color=color, label=name, **_look(i, len(x), name in dots))
        for part in sd:
            ax.fill_between(x, mean - part, mean + part, color=color, alpha=0.18, linewidth=0)
    if level is not None:
        ax.axhline(level[1], label=level[0], **LEVEL)
    ax.set(xlabel=xlabel, ylabel=ylabel, title=headline(title))
    ax.set(**{f"{axis}scale": "log" for axis in log})
    _set_places(ax, x)
    if len(ax.get_legend_handles_labels()[0]) > 1:
        ax.legend(loc=legend, handlelength=2.6)
    finish()


def _look(i: int, places: int, dots: bool) -> dict:
    """How curve i is drawn: as dots, with a mark at each of a few places, or in its own dashes."""
    if dots:
        return {"linestyle": "none", "marker": "o"}
    if places <= FEW:
        return {"marker": MARKERS[i % 10], "markersize": 5.5}
    return {"linestyle": DASHES[i % len(DASHES)]}


def _set_places(ax, x: np.ndarray) -> None:
    """Ticks along x where whole numbers want them: there is no layer 1.5."""
    if not (x == x.round()).all():
        return
    if isinstance(locator := ax.xaxis.get_major_locator(), MaxNLocator):
        locator.set_params(integer=True)
    elif ax.get_xscale() == "log" and len(x) <= FEW:
        ax.set_xticks(x, [f"{place:g}" for place in x])
        ax.set_xticks([], minor=True)


def plot_runs(
    names: Sequence,
    runs: Mapping[str, Sequence[Sequence[float]]],
    *,
    ax=None,
    alt: str | None = None,
    title: str | None = None,
    xlabel: str = "",
    ylabel: str = "",
) -> None:
    """Draws repeated runs: a mark for each run, and a line through the means (chapter 05).

    Where `plot_curves` shows a mean and a standard deviation, this shows every run, so that a few
    that failed are seen as such.

    Args:
        names: P settings, in order; they are spaced evenly.
        runs: name → (P, S), the results of S runs at each setting.
        ax: axes to draw into; without them a figure is made and shown, and `alt` is needed.
        alt: what the figure shows.
        title: a sentence that states the finding.
        xlabel: what the settings are.
        ylabel: what the results are.

    Raises:
        ValueError: results of another shape.
    """
    ax, finish = start(ax, alt)
    for i, (name, results) in enumerate(runs.items()):
        results = numbers(results)  # (P, S)
        if results.ndim != 2 or len(results) != len(names):
            raise ValueError(f"runs: {name!r} must be ({len(names)}, S); got {results.shape}")
        color, mark = COLORS[i % 10], MARKERS[i % 10]
        ax.plot(results.mean(axis=1), color=color, linewidth=1.6)
        ax.plot(results, mark, color=color, markersize=6.5, alpha=0.5, markeredgewidth=0)
        ax.plot([], [], mark, linestyle="-", color=color, linewidth=1.6, label=name)
    ax.set_xticks(range(len(names)), [str(name) for name in names])
    ax.set(xlabel=xlabel, ylabel=ylabel, title=headline(title))
    if len(runs) > 1:
        ax.legend()
    finish()


def plot_slopes(
    x: Sequence[float],
    functions: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    *,
    alt: str,
    columns: int = 4,
    limits: tuple[float, float, float, float] = (-4, 4, -1.3, 2.3),
) -> None:
    """Draws functions of one number, a panel each, with their slopes dashed (chapter 05).

    Args:
        x: N places.
        functions: name → `(values, slopes)`, N each.
        alt: what the figure shows.
        columns: panels in a row.
        limits: (left, right, bottom, top) of every panel.

    Raises:
        ValueError: values or slopes whose length is not that of `x`, or an empty `alt`.
    """
    check_alt(alt)
    x, rows = numbers(x), math.ceil(len(functions) / columns)
    drawn = {name: tuple(map(numbers, pair)) for name, pair in functions.items()}
    for name, pair in drawn.items():
        if any(part.shape != x.shape for part in pair):
            raise ValueError(f"functions: {name!r} has not {len(x)} values and slopes")
    size = (6.4, 1.85 * rows)
    shared = {"sharex": True, "sharey": True, "squeeze": False}
    fig, axes = plt.subplots(rows, columns, figsize=size, **shared)
    for ax, (name, (values, slopes)) in zip(axes.flat, drawn.items(), strict=False):
        ax.plot(x, values, label="σ")
        ax.plot(x, slopes, "--", linewidth=1.6, label="σ′")
        ax.set_title(name, size=10.5, pad=6)
        ax.set(xlim=limits[:2], ylim=limits[2:])
        ax.locator_params(axis="x", nbins=5, integer=True)
    for ax in axes.flat[len(drawn) :]:
        ax.set_visible(False)
    axes[0, 0].legend(loc="upper left")
    show(fig, alt=alt)
