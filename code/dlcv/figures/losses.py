"""Losses and what they see: marked pictures, shapes, probabilities, calibration."""

from collections.abc import Callable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy.optimize import minimize

from .annotations import draw_image
from .curves import plot_curves
from .display import check_alt, headline, numbers, show, start
from .style import COLORS, DASHES, INK, SOFT_INK

__all__ = ["plot_line_fits", "plot_losses", "plot_probabilities", "plot_reliability", "show_marks"]


def plot_line_fits(
    x: Sequence[float],
    y: Sequence[float],
    losses: Mapping[str, Callable],
    *,
    ax=None,
    alt: str | None = None,
    title: str | None = None,
) -> None:
    """Draws points and the best straight line by each loss, one line style each (chapter 06).

    Args:
        x: N places, rising.
        y: N values that were seen there.
        losses: name → a function of the residuals, a float64 tensor (N,), that returns their losses
            (N,), or a pair of which they are the first; at most four.
        ax: axes to draw into; without them a figure is made and shown, and `alt` is needed.
        alt: what the figure shows.
        title: a sentence that states the finding.

    Raises:
        ValueError: more than four losses, or another number of `y` than of `x`.
    """
    _check_count("losses", losses)
    x, y = (torch.as_tensor(values).detach().cpu().double() for values in (x, y))
    if x.shape != y.shape or x.ndim != 1:
        raise ValueError(f"x, y: got {tuple(x.shape)} and {tuple(y.shape)}, wanted (N,) and (N,)")
    ax, finish = start(ax, alt, (6.4, 3.6))
    lines = {name: _best_line(x, y, loss) for name, loss in losses.items()}
    plot_curves(x, lines, ax=ax, title=title, xlabel="x", ylabel="y")
    for line, dashes in zip(ax.lines, DASHES, strict=False):
        line.set(linestyle=dashes, marker="none")  # the marks are the points
    ax.legend(handlelength=2.6)
    ax.plot(x, y, "o", color=INK, markersize=6, zorder=3)
    finish()


def plot_losses(
    x: Sequence[float],
    losses: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    *,
    alt: str,
    titles: tuple[str, str] = ("", ""),
    xlabel: str = "",
    height: float | None = None,
) -> None:
    """Draws losses on the left and their derivatives on the right, one line style each.

    Args:
        x: N places: residuals, scores or margins.
        losses: name → (N losses, N derivatives with respect to x); at most four.
        alt: what the figure shows.
        titles: what is found on the left, and on the right.
        xlabel: what x is.
        height: where the left axis ends; by default where the losses do.

    Raises:
        ValueError: more than four losses, a length that is not that of `x`, or an empty `alt`.
    """
    check_alt(alt)
    _check_count("losses", losses)
    fig, axes = plt.subplots(1, 2, figsize=(7.4, 3.4))
    for part, ax in enumerate(axes):
        curves = {name: pair[part] for name, pair in losses.items()}
        label = ("loss", "derivative")[part]
        plot_curves(x, curves, ax=ax, xlabel=xlabel, ylabel=label)
        ax.set_title(titles[part])
    axes[1].axhline(0, color=INK, linewidth=0.8, zorder=1)
    if axes[1].get_legend():
        axes[1].get_legend().remove()  # the left one serves both
    if height is not None:
        axes[0].set_ylim(-0.03 * height, height)
    show(fig, alt=alt)


def plot_probabilities(
    rows: Mapping[str, Sequence[float]], classes: Sequence[str], *, alt: str
) -> None:
    """Draws probabilities as bars, a panel for each row, all on the scale from 0 to 1.

    Args:
        rows: title → K probabilities.
        classes: K names.
        alt: what the figure shows.

    Raises:
        ValueError: a row that has not one number in [0, 1] for each class, or an empty `alt`.
    """
    check_alt(alt)
    fig, axes = plt.subplots(1, len(rows), figsize=(7.4, 2.7), sharey=True, squeeze=False)
    for ax, (title, values) in zip(axes[0], rows.items(), strict=True):
        values = numbers(values)
        if values.shape != (len(classes),) or not ((values >= 0) & (values <= 1)).all():
            raise ValueError(f"rows: {title!r} is not {len(classes)} probabilities")
        bars = ax.bar(range(len(classes)), values, color=COLORS[: len(classes)], width=0.66)
        ax.bar_label(bars, [f"{value:.2f}" for value in values], color=INK, size=10)
        ax.set_xticks(range(len(classes)), classes)
        ax.set(title=title, ylim=(0, 1.12))
        ax.grid(False, axis="x")
    axes[0, 0].set_ylabel("probability")
    show(fig, alt=alt)


def plot_reliability(
    answers: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    *,
    ax=None,
    alt: str | None = None,
    title: str | None = None,
) -> None:
    """Draws how often answers are right against how sure they are (chapter 06).

    Args:
        answers: name → (confidence, share of right answers), one pair of numbers a bin, in [0, 1].
        ax: axes to draw into; without them a figure is made and shown, and `alt` is needed.
        alt: what the figure shows.
        title: a sentence that states the finding.

    Raises:
        ValueError: two lengths that differ.
    """
    ax, finish = start(ax, alt, (5.2, 4.4))
    ax.plot([0, 1], [0, 1], color=SOFT_INK, linewidth=1.3, linestyle=":")
    ax.text(0.03, 0.93, "says less than it knows", color=SOFT_INK, size=10)
    ax.text(0.97, 0.05, "says more than it knows", color=SOFT_INK, size=10, ha="right")
    for i, (name, (confidence, right)) in enumerate(answers.items()):
        if len(confidence) != len(right):
            raise ValueError(f"answers: {name!r} has {len(confidence)} and {len(right)} numbers")
        marker, style = "osD^"[i % 4], DASHES[i % 4]
        ax.plot(confidence, right, color=COLORS[i % 10], label=name, marker=marker, linestyle=style)
    ax.set(xlim=(0, 1), ylim=(0, 1), title=headline(title))
    ax.set(xlabel="how sure it is", ylabel="how often it is right")
    ax.legend(loc="center left", bbox_to_anchor=(0.02, 0.72), handlelength=2.6)
    finish()


def show_marks(images, points, *, columns: int = 5, alt: str) -> None:
    """Shows pictures with a cross on each: where somebody has clicked (chapter 06).

    Args:
        images: (N, C, H, W), uint8 from 0 to 255 or floats from 0 to 1.
        points: (N, 2), x and y in pixels; a pixel covers the square from (x, y) to (x + 1, y + 1).
        columns: pictures in a row.
        alt: what the figure shows.

    Raises:
        ValueError: not one point for each picture, or an empty `alt`.
    """
    check_alt(alt)
    points = numbers(points)
    if points.shape != (len(images), 2):
        raise ValueError(f"points: got shape {points.shape}, wanted ({len(images)}, 2)")
    rows = -(-len(images) // columns)
    size = (9, 1.9 * rows)
    fig, axes = plt.subplots(rows, columns, figsize=size, squeeze=False)
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, image, (x, y) in zip(axes.flat, images, points, strict=False):
        draw_image(ax, image)
        ax.plot(x, y, "X", color="white", markersize=11, markeredgecolor=INK, clip_on=False)
    show(fig, alt=alt)


def _best_line(x: torch.Tensor, y: torch.Tensor, loss: Callable) -> torch.Tensor:
    """The values at x of the line with the smallest mean loss."""

    def mean(line) -> float:
        losses = loss(line[0] * x + line[1] - y)
        return float((losses[0] if isinstance(losses, tuple) else losses).mean())

    begin = np.polyfit(x, y, 1)  # least squares
    slope, intercept = minimize(mean, begin, method="Nelder-Mead", options={"xatol": 1e-6}).x
    return slope * x + intercept


def _check_count(name: str, curves: Mapping) -> None:
    if len(curves) > len(DASHES):
        raise ValueError(f"{name}: got {len(curves)}, wanted at most {len(DASHES)}")
