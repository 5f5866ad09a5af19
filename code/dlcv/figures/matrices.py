"""A linear classifier with every number on the page."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import torch
from matplotlib.patches import Rectangle

from .display import check_alt, show
from .style import COLORS, DIVERGING, INK, LINE, SOFT_INK, tint

__all__ = ["show_scores_by_hand"]


def show_scores_by_hand(
    image: torch.Tensor,
    weights: torch.Tensor,
    bias: torch.Tensor,
    classes: Sequence[str],
    *,
    alt: str,
) -> None:
    """Shows an image, W, x, b and the scores W x + b as grids of numbers (chapter 02).

    Args:
        image: (H, W), gray values in [0, 1]; H W must be small enough to print.
        weights: (K, H W).
        bias: (K,).
        classes: K names, one a row of `weights`.
        alt: what the figure shows.

    Raises:
        ValueError: shapes that do not fit together, or an empty `alt`.
    """
    check_alt(alt)
    x = image.flatten()  # (D,)
    if weights.shape != (len(bias), len(x)) or len(classes) != len(bias):
        raise ValueError(
            f"weights: ({len(bias)}, {len(x)}) with {len(bias)} class names was wanted, "
            f"not {tuple(weights.shape)} with {len(classes)}"
        )
    scores = weights @ x + bias
    # The columns of the figure: where each block begins, and its height in cells.
    w_left, x_left = image.shape[1] + 2.2, image.shape[1] + 2.7 + len(x)
    fig, ax = plt.subplots(figsize=(6.4, 2.5), layout="none")
    _grid(ax, image, 0, "image", "gray", (0, 1))
    _grid(ax, weights, w_left, "$W$", DIVERGING, (-2.2, 2.2))
    _grid(ax, x[:, None], x_left, "$\\mathbf{x}$", "gray", (0, 1))
    _grid(ax, bias[:, None], x_left + 2, "$\\mathbf{b}$", DIVERGING, (-2.2, 2.2))
    _grid(ax, scores[:, None], x_left + 4, "scores", None, None, winner=int(scores.argmax()))
    for left, sign in ((x_left + 1.5, "+"), (x_left + 3.5, "=")):
        ax.text(left, 0, sign, ha="center", va="center", size=16, color=SOFT_INK)
    for k, name in enumerate(classes):
        row = (len(classes) - 1) / 2 - k
        ax.text(w_left - 0.15, row, name, ha="right", va="center", size=11, color=SOFT_INK)
        ax.text(x_left + 5.15, row, name, ha="left", va="center", size=11, color=SOFT_INK)
    half = max(len(x), len(bias)) / 2
    ax.set(xlim=(-0.1, x_left + 6.4), ylim=(-half - 0.1, half + 0.7), aspect="equal")
    ax.axis("off")
    fig.subplots_adjust(0.01, 0.01, 0.99, 0.99)
    show(fig, alt=alt)


def _grid(ax, values, left: float, name: str, colors, limits, winner: int | None = None) -> None:
    """A block of numbers in square cells, centered on height 0, with its name above it."""
    rows, columns = values.shape
    for place, value in enumerate(values.flatten().tolist()):
        row, column = divmod(place, columns)
        corner = (left + column, rows / 2 - 1 - row)
        color = (1.0, 1.0, 1.0)
        if colors is not None:
            color = plt.get_cmap(colors)((value - limits[0]) / (limits[1] - limits[0]))
        dark = sum(color[:3]) < 1.5
        if row == winner:
            color = tint(COLORS[0], 0.3)
        ax.add_patch(Rectangle(corner, 1, 1, facecolor=color, edgecolor=LINE))
        style = {"color": "white" if dark else INK, "weight": "bold" if row == winner else "normal"}
        number = f"{value:.2g}".replace("-", "−")
        ax.text(
            corner[0] + 0.5, corner[1] + 0.5, number, ha="center", va="center", size=11, **style
        )
    ax.text(left + columns / 2, rows / 2 + 0.15, name, ha="center", va="bottom", size=12, color=INK)
