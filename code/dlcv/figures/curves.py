"""Curves and bars: training histories, curves with their spread, the ladder of methods."""

import math
from collections.abc import Collection, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.ticker import MaxNLocator

from .display import check_alt, headline, show, start
from .style import COLORS, INK, MARKERS, SOFT_INK, tint

__all__ = ["plot_curves", "plot_history", "plot_ladder", "plot_runs", "plot_slopes"]

SPLITS = {"train": COLORS[0], "validation": COLORS[1], "test": COLORS[2]}


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
) -> None:
    """Draws curves over a common x; where a spread is known, as a band around the mean.

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

    Raises:
        ValueError: a curve whose length is not that of `x`, another `log`, or a name in `dots`
            that no curve has.
    """
    if log not in ("", "x", "y", "xy"):
        raise ValueError(f"log: 'x', 'y' or 'xy' was wanted, not {log!r}")
    if missing := set(dots) - set(curves):
        raise ValueError(f"dots: no curve is called {sorted(missing)[0]!r}")
    x = _numbers(x)
    ax, finish = start(ax, alt)
    for i, (name, values) in enumerate(curves.items()):
        mean, sd = map(_numbers, values) if isinstance(values, tuple) else (_numbers(values), None)
        if mean.shape != x.shape or (sd is not None and sd.shape != x.shape):
            raise ValueError(f"curves: {name!r} has {len(mean)} values for {len(x)} places")
        color = COLORS[i % 10]
        ax.plot(x, mean, "o" if name in dots else "-", color=color, label=name)
        if sd is not None:
            ax.fill_between(x, mean - sd, mean + sd, color=color, alpha=0.18, linewidth=0)
    ax.set(xlabel=xlabel, ylabel=ylabel, title=headline(title))
    ax.set(**{f"{axis}scale": "log" for axis in log})
    if isinstance(locator := ax.xaxis.get_major_locator(), MaxNLocator) and (x == x.round()).all():
        locator.set_params(integer=True)  # there is no layer 1.5
    if len(curves) > 1:
        ax.legend()
    finish()


def plot_history(
    history,
    *,
    measure: str | None = None,
    ax=None,
    alt: str | None = None,
    title: str | None = None,
) -> None:
    """Draws what was measured after each epoch: a panel a measure, a curve a split.

    Args:
        history: a `dlcv.training.History`, or a mapping from names such as `"train_loss"` and
            `"validation_accuracy"` to one number an epoch. `epoch` and `seconds` are not drawn.
        measure: draw this one alone (`"loss"`); needed with `ax` where there are several.
        ax: axes to draw into; without them a figure is made and shown, and `alt` is needed.
        alt: what the figure shows.
        title: a sentence that states the finding.

    Raises:
        ValueError: no epoch yet, an unknown measure, or several measures for one `ax`.
    """
    columns = {name: _numbers(history[name]) for name in history.keys()}  # noqa: SIM118
    epochs = columns.pop("epoch", None)
    columns.pop("seconds", None)
    panels = _by_measure(columns)
    if measure is not None:
        if measure not in panels:
            raise ValueError(f"measure: {measure!r} is none of {', '.join(panels)}")
        panels = {measure: panels[measure]}
    if not panels:
        raise ValueError("history: there is no epoch in it yet")
    if ax is not None:
        if len(panels) > 1:
            raise ValueError(f"measure: one of {', '.join(panels)} is wanted for one ax")
        _draw_panel(ax, *panels.popitem(), epochs)
        ax.set_title(headline(title))
        return
    check_alt(alt)
    fig, axes = plt.subplots(1, len(panels), figsize=(6.4, 3.3), squeeze=False)
    for panel, (name, curves) in zip(axes[0], panels.items(), strict=True):
        _draw_panel(panel, name, curves, epochs)
    if title:
        fig.suptitle(headline(title), x=0.01, ha="left", size=12.5)
    show(fig, alt=alt)


def plot_ladder(
    rows: Sequence[tuple[str, float, float]],
    *,
    ax=None,
    alt: str | None = None,
    title: str | None = None,
    chance: float | None = None,
) -> None:
    """Draws the ladder of methods: how well each one does, and how long it took.

    The last row is the rung just climbed and stands out.

    Args:
        rows: `(method, test accuracy in [0, 1], seconds)` each, in the order they are to stand.
        ax: axes to draw into; without them a figure is made and shown, and `alt` is needed.
        alt: what the figure shows.
        title: a sentence that states the finding.
        chance: the accuracy of guessing, drawn as a dotted line.

    Raises:
        ValueError: an accuracy outside [0, 1], or no row.
    """
    if not rows or not all(0 <= accuracy <= 1 for _, accuracy, _ in rows):
        raise ValueError("rows: (method, accuracy in [0, 1], seconds) each was wanted")
    ax, finish = start(ax, alt, (6.4, 0.9 + 0.52 * len(rows)))
    colors = [tint(COLORS[0], 0.45)] * (len(rows) - 1) + [COLORS[0]]
    accuracies = [float(accuracy) for _, accuracy, _ in rows]
    ax.barh(range(len(rows)), accuracies, color=colors, height=0.66)
    for i, (_, accuracy, seconds) in enumerate(rows):
        weight = "bold" if i == len(rows) - 1 else "normal"
        ax.text(accuracy + 0.012, i, f"{accuracy:.2f}", va="center", weight=weight, color=INK)
        ax.text(accuracy + 0.12, i, _duration(seconds), va="center", color=SOFT_INK, size=10.5)
    ax.set_yticks(range(len(rows)), [method for method, _, _ in rows])
    ax.tick_params(axis="y", length=0, labelcolor=INK)
    if chance is not None:
        ax.axvline(chance, color=INK, linestyle=":", linewidth=1.3)
        ax.text(chance, -0.68, " guessing", size=10, color=SOFT_INK, va="center")
    ax.set(xlim=(0, max(accuracies) + 0.26), xlabel="test accuracy", title=headline(title))
    ax.set_ylim(len(rows) - 0.5, -0.5 if chance is None else -0.95)
    ax.grid(False, axis="y")
    ax.spines["left"].set_visible(False)
    finish()


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
        results = _numbers(results)  # (P, S)
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
    x, rows = _numbers(x), math.ceil(len(functions) / columns)
    drawn = {name: tuple(map(_numbers, pair)) for name, pair in functions.items()}
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


def _numbers(values) -> np.ndarray:
    if isinstance(values, torch.Tensor):
        values = values.detach().cpu()
    return np.asarray(values, dtype=np.float64)


def _by_measure(columns: Mapping[str, np.ndarray]) -> dict[str, dict[str, np.ndarray]]:
    """`{"train_loss": …}` → `{"loss": {"train": …}}`; a name without a split stands for itself."""
    panels: dict[str, dict[str, np.ndarray]] = {}
    for name, values in columns.items():
        split, _, measure = name.partition("_")
        if split not in SPLITS or not measure:
            split, measure = "", name
        panels.setdefault(measure, {})[split] = values
    return panels


def _draw_panel(ax, measure: str, curves: Mapping[str, np.ndarray], epochs) -> None:
    for split, values in curves.items():
        x = np.arange(1, len(values) + 1) if epochs is None else epochs
        marker = "o" if len(values) < 12 else None
        color = SPLITS.get(split, COLORS[0])
        ax.plot(x, values, color=color, marker=marker, markersize=4.5, label=split)
    ax.set(xlabel="epoch", ylabel=measure.replace("_", " "))
    ax.xaxis.get_major_locator().set_params(integer=True)
    if len(curves) > 1:
        ax.legend()


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s" if seconds >= 9.5 else f"{seconds:.1f} s"
    return f"{math.floor(seconds / 60 + 0.5)} min"
