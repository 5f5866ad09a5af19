"""A fully connected network as a drawing: a circle a unit, a line a weight."""

from collections.abc import Sequence

from matplotlib.patches import Circle

from .display import headline, start
from .style import COLORS, INK, LINE, SOFT_INK, tint

__all__ = ["plot_network"]

RADIUS = 0.3
APART = {"layers": 2.5, "units": 0.76}  # between the middles of two circles


def plot_network(
    sizes: Sequence[int],
    *,
    marked: tuple[int, int, int] | None = None,
    names: Sequence[str] | None = None,
    ax=None,
    alt: str | None = None,
    title: str | None = None,
) -> None:
    """Draws a fully connected network with its symbols (chapter 05).

    Units of the input are called x, those of layer l aˡ; each is counted from 1, from the top.

    Args:
        sizes: units in each layer, the input first: `(3, 4, 2)`.
        marked: `(l, j, k)`: the weight into unit j of layer l from unit k of layer l - 1 is drawn
            in color with its symbol.
        names: what stands below each layer; by default "input", "hidden layer", "output".
        ax: axes to draw into; without them a figure is made and shown, and `alt` is needed.
        alt: what the figure shows.
        title: a sentence that states the finding.

    Raises:
        ValueError: fewer than two layers, an empty one, a weight that is not there, or another
            number of names.
    """
    _check(sizes, marked, names)
    height = max(sizes) * APART["units"]
    width = (len(sizes) - 1) * APART["layers"]
    ax, finish = start(ax, alt, (6.4, min(4.6, 6.4 * (height + 0.75) / (width + 1.4))))
    for layer in range(1, len(sizes)):
        _draw_weights(ax, sizes, layer, marked)
    for layer, size in enumerate(sizes):
        last = layer == len(sizes) - 1
        name = names[layer] if names else ("input", "hidden layer", "output")[min(layer, 1) + last]
        _draw_layer(ax, sizes, layer, marked)
        style = {"ha": "center", "va": "top", "color": SOFT_INK, "size": 10.5}
        ax.text(layer * APART["layers"], -height / 2 - 0.08, f"{name}\n{size}", **style)
    ax.set(xlim=(-0.7, width + 0.7), ylim=(-height / 2 - 0.62, height / 2 + 0.05))
    ax.set(aspect="equal", title=headline(title))
    ax.axis("off")
    finish()


def _check(sizes, marked, names) -> None:
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"sizes: two layers or more, none of them empty, not {tuple(sizes)}")
    if names is not None and len(names) != len(sizes):
        raise ValueError(f"names: {len(names)} for {len(sizes)} layers")
    if marked is not None:
        layer, j, k = marked
        there = 1 <= layer < len(sizes) and 1 <= j <= sizes[layer] and 1 <= k <= sizes[layer - 1]
        if not there:
            raise ValueError(f"marked: a network {tuple(sizes)} has no weight (l, j, k) = {marked}")


def _place(sizes: Sequence[int], layer: int, unit: int) -> tuple[float, float]:
    """Middle of a unit's circle; units count from 1, from the top."""
    return layer * APART["layers"], ((sizes[layer] + 1) / 2 - unit) * APART["units"]


def _draw_weights(ax, sizes, layer: int, marked) -> None:
    """The lines into a layer; the marked one in color, with its symbol."""
    for j in range(1, sizes[layer] + 1):
        for k in range(1, sizes[layer - 1] + 1):
            here, there = _place(sizes, layer - 1, k), _place(sizes, layer, j)
            chosen = marked == (layer, j, k)
            style = {"color": COLORS[1] if chosen else LINE, "linewidth": 2.6 if chosen else 1.1}
            ax.plot(*zip(here, there, strict=True), zorder=2 if chosen else 1, **style)
            if chosen:
                middle = [0.42 * a + 0.58 * b for a, b in zip(here, there, strict=True)]
                box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
                text = {"color": INK, "size": 13, "ha": "center", "va": "center", "zorder": 3}
                ax.text(*middle, f"$w^{layer}_{{{j}{k}}}$", bbox=box, **text)


def _draw_layer(ax, sizes, layer: int, marked) -> None:
    """The circles of a layer, with their symbols; the two ends of the marked weight stand out."""
    ends = set() if marked is None else {(marked[0], marked[1]), (marked[0] - 1, marked[2])}
    for unit in range(1, sizes[layer] + 1):
        middle, end = _place(sizes, layer, unit), (layer, unit) in ends
        face = tint(COLORS[1] if end else COLORS[0], 0.25 if layer or end else 0.1)
        edge = COLORS[1] if end else COLORS[0]
        style = {"facecolor": face, "edgecolor": edge, "linewidth": 1.6, "zorder": 4}
        ax.add_patch(Circle(middle, RADIUS, **style))
        symbol = f"$a^{layer}_{unit}$" if layer else f"$x_{unit}$"
        text = {"color": INK, "size": 12, "ha": "center", "va": "center", "zorder": 5}
        ax.text(*middle, symbol, **text)
