"""What training gave: the history of a run, and the ladder of methods."""

import math
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np

from .display import check_alt, headline, numbers, show, start
from .style import COLORS, INK, LEVEL, SOFT_INK, tint

__all__ = ["plot_history", "plot_ladder"]

SPLITS = {"train": COLORS[0], "validation": COLORS[1], "test": COLORS[2]}


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
    columns = {name: numbers(history[name]) for name in history.keys()}  # noqa: SIM118
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
        ax.axvline(chance, **LEVEL)
        ax.text(chance, -0.68, " guessing", size=10, color=SOFT_INK, va="center")
    ax.set(xlim=(0, max(accuracies) + 0.26), xlabel="test accuracy", title=headline(title))
    ax.set_ylim(len(rows) - 0.5, -0.5 if chance is None else -0.95)
    ax.grid(False, axis="y")
    ax.spines["left"].set_visible(False)
    finish()


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
