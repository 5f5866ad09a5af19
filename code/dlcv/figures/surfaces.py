"""A loss over two weights as a map, with the paths that a search takes on it."""

from collections.abc import Callable, Mapping, Sequence

import matplotlib.pyplot as plt
import torch

from .display import check_alt, headline, show, start
from .style import COLORS, INK, SEQUENTIAL, tint

__all__ = ["plot_descent", "show_descents"]

LINES = 12
PLACES = 61  # along each axis


def plot_descent(
    loss: Callable[[torch.Tensor], torch.Tensor],
    paths: Mapping[str, torch.Tensor],
    limits: tuple[float, float, float, float],
    *,
    ax=None,
    alt: str | None = None,
    title: str | None = None,
    names: Sequence[str] = ("$w_1$", "$w_2$"),
) -> None:
    """Draws the contour lines of a loss of two weights, and paths on them (chapter 07).

    The lines stand at equal distances of the *root* of the height above the lowest place shown, so
    that a round bowl gets rings at equal distances. Both axes have the same scale, so that a step
    against the gradient stands at right angles to the lines. A ring marks where a path begins and a
    full dot where it ends; what leaves the map is cut off.

    Args:
        loss: takes (2,) and returns one number. It is called through `torch.vmap`, on many places
            at once.
        paths: name → (T, 2), the weights after each step; the empty name has no entry in the
            legend.
        limits: (left, right, bottom, top).
        ax: axes to draw into; without them a figure is made and shown, and `alt` is needed.
        alt: what the figure shows.
        title: a sentence that states the finding.
        names: what the two weights are called.

    Raises:
        ValueError: a path that is not (T, 2), or limits that do not rise.
    """
    left, right, bottom, top = limits
    if not (left < right and bottom < top):
        raise ValueError(f"limits: left < right and bottom < top were wanted, not {limits}")
    for name, path in paths.items():
        if path.ndim != 2 or path.shape[1] != 2:
            raise ValueError(f"paths: {name!r} must be (T, 2), not {tuple(path.shape)}")
    ax, finish = start(ax, alt, (6.4, 4.6))
    _draw_map(ax, loss, limits)
    for (name, path), color in zip(paths.items(), COLORS[1:], strict=False):
        _draw_path(ax, path.detach().cpu(), color, name)
    ax.set(xlim=(left, right), ylim=(bottom, top), title=headline(title))
    ax.set(xlabel=names[0], ylabel=names[1], aspect="equal")
    ax.grid(False)
    if any(paths):
        ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1), borderaxespad=0)
    finish()


def show_descents(
    loss: Callable[[torch.Tensor], torch.Tensor],
    paths: Mapping[str, torch.Tensor],
    limits: tuple[float, float, float, float],
    *,
    alt: str,
) -> None:
    """Shows the same map once for each path, side by side; the paths' names are the titles.

    Arguments and errors are those of `plot_descent`.
    """
    check_alt(alt)
    left, right, bottom, top = limits
    height = 2.5 * (top - bottom) / (right - left) + 1.05  # the map, its title and its label
    fig, axes = plt.subplots(1, len(paths), figsize=(2.5 * len(paths), height), squeeze=False)
    for ax, (name, path) in zip(axes[0], paths.items(), strict=True):
        plot_descent(loss, {"": path}, limits, ax=ax, title=name)
        ax.label_outer()
    show(fig, alt=alt)


def _draw_map(ax, loss: Callable, limits: Sequence[float]) -> None:
    """Shades and contour lines: the lower, the darker."""
    x = torch.linspace(limits[0], limits[1], PLACES, dtype=torch.float64)
    y = torch.linspace(limits[2], limits[3], PLACES, dtype=torch.float64)
    places = torch.cartesian_prod(y, x).flip(1)  # (P P, 2), row by row from the bottom
    height = torch.vmap(loss)(places).detach().reshape(PLACES, PLACES)
    root = (height - height.min()).sqrt()
    levels = torch.linspace(0, root.max().item(), LINES + 1)
    shades = SEQUENTIAL.reversed()
    ax.contourf(x, y, root, levels=levels, cmap=shades, alpha=0.35, vmin=-root.max(), zorder=0)
    ax.contour(x, y, root, levels=levels[1:], colors=[tint(INK, 0.35)], linewidths=0.7, zorder=1)


def _draw_path(ax, path: torch.Tensor, color: str, name: str) -> None:
    x, y = path.T.numpy()
    mark = {"marker": "o", "markersize": 3.5} if len(path) <= 120 else {}
    ax.plot(x, y, color=color, linewidth=1.4, zorder=3, label=name or None, **mark)
    ax.plot(x[:1], y[:1], "o", color="white", markeredgecolor=color, markersize=9, zorder=4)
    ax.plot(x[-1:], y[-1:], "o", color=color, markersize=7.5, zorder=5)
