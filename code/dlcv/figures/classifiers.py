"""What a classifier does: its regions in the plane, and where it errs."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from matplotlib.colors import ListedColormap
from torch.nn import functional as F

from .display import as_array, headline, start
from .style import COLORS, INK, MARKERS, SEQUENTIAL, tint

__all__ = ["plot_confusion", "plot_decision_regions", "plot_points"]


def plot_decision_regions(
    predict: Callable[[torch.Tensor], torch.Tensor],
    points: torch.Tensor,
    labels: torch.Tensor,
    *,
    ax=None,
    alt: str | None = None,
    classes: Sequence[str] | None = None,
    title: str | None = None,
    limits: tuple[float, float, float, float] | None = None,
    boundary: bool = True,
    resolution: int = 300,
) -> None:
    """Colors the plane by the class that a classifier gives to each place, and draws points on it.

    Args:
        predict: takes places (M, 2), of the same floating type as `points`, and returns class
            indices (M,) or scores (M, K), of which the largest wins.
        points: (N, 2).
        labels: (N,), class indices from 0.
        ax: axes to draw into; without them a figure is made and shown, and `alt` is needed.
        alt: what the figure shows.
        classes: names for the legend.
        title: a sentence that states the finding.
        limits: (left, right, bottom, top); by default the points and a margin.
        boundary: whether lines are drawn between the regions.
        resolution: places along each axis at which `predict` is asked.

    Raises:
        ValueError: a shape that does not fit.
    """
    points, labels = _checked(points, labels)
    ax, finish = start(ax, alt, (6.4, 4.9))
    limits = limits or _limits(points)
    scores = _ask(predict, points.dtype, limits, resolution)
    _draw_regions(ax, scores, limits, boundary)
    _draw_plane(ax, points, labels, limits, classes, title)
    finish()


def plot_points(
    points: torch.Tensor,
    labels: torch.Tensor,
    *,
    ax=None,
    alt: str | None = None,
    classes: Sequence[str] | None = None,
    title: str | None = None,
) -> None:
    """Draws labeled points in the plane, as `plot_decision_regions` does, without regions.

    Args:
        points: (N, 2).
        labels: (N,), class indices from 0.
        ax: axes to draw into; without them a figure is made and shown, and `alt` is needed.
        alt: what the figure shows.
        classes: names for the legend.
        title: a sentence that states the finding.

    Raises:
        ValueError: a shape that does not fit.
    """
    points, labels = _checked(points, labels)
    ax, finish = start(ax, alt, (6.4, 4.9))
    _draw_plane(ax, points, labels, _limits(points), classes, title)
    finish()


def plot_confusion(
    matrix: torch.Tensor,
    classes: Sequence[str],
    *,
    ax=None,
    alt: str | None = None,
    title: str | None = None,
) -> None:
    """Draws a confusion matrix: a row a true class, a column a predicted one.

    A cell is colored by its share of the row and holds the count.

    Args:
        matrix: (K, K) counts.
        classes: K names.
        ax: axes to draw into; without them a figure is made and shown, and `alt` is needed.
        alt: what the figure shows.
        title: a sentence that states the finding.

    Raises:
        ValueError: the matrix and the names do not fit together.
    """
    counts = as_array(matrix)
    if counts.shape != (len(classes), len(classes)):
        raise ValueError(f"matrix: shape {counts.shape} for {len(classes)} classes")
    ax, finish = start(ax, alt, (6.4, 5.6))
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    ax.imshow(share, cmap=SEQUENTIAL, vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            color = "white" if share[row, column] > 0.5 else INK
            ax.text(column, row, f"{count:g}", ha="center", va="center", color=color, size=9.5)
    places = range(len(classes))
    slant = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}
    ax.set_xticks(places, classes, **(slant if max(map(len, map(str, classes))) > 3 else {}))
    ax.set_yticks(places, classes)
    ax.set(xlabel="predicted class", ylabel="true class", title=headline(title))
    ax.grid(False)
    ax.tick_params(length=0)
    finish()


def _checked(points, labels) -> tuple[torch.Tensor, torch.Tensor]:
    """Both on the CPU, with shapes (N, 2) and (N,)."""
    points, labels = torch.as_tensor(points).detach().cpu(), torch.as_tensor(labels).cpu()
    if points.ndim != 2 or points.shape[1] != 2 or labels.shape != points.shape[:1]:
        raise ValueError(
            "points, labels: (N, 2) and (N,) were wanted, "
            f"not {tuple(points.shape)} and {tuple(labels.shape)}"
        )
    return points, labels


def _limits(points: torch.Tensor) -> tuple[float, float, float, float]:
    """The box of the points, wider by an eighth of its longer side."""
    low, high = points.min(dim=0).values, points.max(dim=0).values
    margin = float((high - low).max()) / 8 or 1.0
    (left, bottom), (right, top) = (low - margin).tolist(), (high + margin).tolist()
    return left, right, bottom, top


def _ask(predict, dtype: torch.dtype, limits, resolution: int) -> np.ndarray:
    """Scores (K, R, R) on a grid of places; class indices become one-hot scores, a little blurred.

    Without the blur a slanted border between two indices would be drawn as a staircase.
    """
    dtype = dtype if dtype.is_floating_point else torch.get_default_dtype()
    x = torch.linspace(limits[0], limits[1], resolution, dtype=dtype)
    y = torch.linspace(limits[2], limits[3], resolution, dtype=dtype)
    places = torch.cartesian_prod(y, x).flip(1)  # (R R, 2), row by row from the bottom
    with torch.no_grad():
        answer = torch.as_tensor(predict(places)).detach().cpu()
    if answer.ndim not in (1, 2) or len(answer) != len(places):
        wanted = f"({len(places)},) class indices or ({len(places)}, K) scores"
        raise ValueError(f"predict: returned {tuple(answer.shape)}; {wanted} were wanted")
    if answer.ndim == 2:
        return answer.T.reshape(-1, resolution, resolution).double().numpy()
    scores = F.one_hot(answer.long(), int(answer.max()) + 1).double()  # (R R, K)
    scores = scores.T.reshape(-1, resolution, resolution)
    return F.avg_pool2d(scores, 5, stride=1, padding=2, count_include_pad=False).numpy()


def _draw_regions(ax, scores: np.ndarray, limits, boundary: bool) -> None:
    winner = scores.argmax(axis=0)
    tints = ListedColormap([tint(color, 0.24) for color in COLORS])
    ax.imshow(
        winner, cmap=tints, vmin=-0.5, vmax=len(COLORS) - 0.5,
        origin="lower", extent=limits, interpolation="nearest",
    )  # fmt: skip
    if not boundary or len(scores) < 2:
        return
    for k in np.unique(winner):
        # Positive exactly where class k wins: its zero line is the region's edge.
        lead = scores[k] - np.delete(scores, k, axis=0).max(axis=0)
        if lead.min() < 0 < lead.max():
            ax.contour(lead, levels=[0], extent=limits, colors=[INK], linewidths=1.3)


def _draw_plane(ax, points, labels, limits, classes, title) -> None:
    """The points, and what stands around them: limits, axis labels, title, legend."""
    _draw_points(ax, points, labels, classes)
    ax.set(xlim=limits[:2], ylim=limits[2:], title=headline(title), aspect="equal")
    ax.set(xlabel="$x_1$", ylabel="$x_2$")
    ax.grid(False)
    if classes is not None:
        ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1), borderaxespad=0, handletextpad=0.2)


def _draw_points(ax, points, labels, classes) -> None:
    size = 46 if len(points) <= 60 else 26 if len(points) <= 300 else 12
    for k in range(int(labels.max()) + 1 if classes is None else len(classes)):
        x, y = points[labels == k].T.numpy()
        name = None if classes is None else classes[k]
        marker = MARKERS[k % 10]
        area = 1.5 * size if marker in "^v<>" else size  # a triangle fills half of its square
        style = {"color": COLORS[k % 10], "marker": marker, "edgecolor": "white"}
        ax.scatter(x, y, s=area, linewidth=0.7, label=name, zorder=3, **style)
