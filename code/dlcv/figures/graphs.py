"""Computational graphs: every node with its value above it and its gradient below."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.patches import Circle

from .display import headline, start
from .style import COLORS, INK, SOFT_INK, tint

__all__ = ["NEURON_GRAPH", "Node", "plot_graph"]

VALUE, GRADIENT = COLORS[0], COLORS[4]
RADIUS = 0.28
ACROSS, DOWN = 1.0, 1.16  # inches from one node's place to the next, before the figure is scaled


@dataclass(frozen=True)
class Node:
    """One number of a computational graph, and the operation that makes it.

    Attributes:
        name: the number's name, a key of the values and gradients.
        sign: what stands in the circle.
        parents: names of the nodes it is computed from; none for an input.
        place: (column, row) in the picture; data flow to the right, rows count downwards.
    """

    name: str
    sign: str
    parents: tuple[str, ...]
    place: tuple[float, float]


#: The sigmoid neuron f = 1 / (1 + exp(−(w₀x₀ + w₁x₁ + w₂))) of chapter 8, node by node.
NEURON_GRAPH = (
    Node("w0", "w₀", (), (0, 0)),
    Node("x0", "x₀", (), (0, 1)),
    Node("w1", "w₁", (), (0, 2)),
    Node("x1", "x₁", (), (0, 3)),
    Node("w2", "w₂", (), (0, 4)),
    Node("p0", "×", ("w0", "x0"), (1, 0.5)),
    Node("p1", "×", ("w1", "x1"), (1, 2.5)),
    Node("s", "+", ("p0", "p1"), (2, 1.5)),
    Node("z", "+", ("s", "w2"), (3, 2)),
    Node("r", "× −1", ("z",), (4, 2)),
    Node("c", "exp", ("r",), (5, 2)),
    Node("d", "+ 1", ("c",), (6, 2)),
    Node("f", "1 / ·", ("d",), (7, 2)),
)


def plot_graph(
    nodes: Sequence[Node | tuple],
    values: Mapping[str, float],
    gradients: Mapping[str, float],
    *,
    ax=None,
    alt: str | None = None,
    title: str | None = None,
) -> None:
    """Draws a computational graph: data flow to the right, gradients back to the left.

    Args:
        nodes: the graph; a node's parents come before it. A tuple of a node's four parts will do.
        values: name → number, written above the node.
        gradients: name → derivative of the last node's value, written below the node.
        ax: axes to draw into; without them a figure is made and shown, and `alt` is needed.
        alt: what the figure shows.
        title: a sentence that states the finding.

    Raises:
        ValueError: a parent that is no node.
        KeyError: a node without a value or a gradient.
    """
    nodes = [node if isinstance(node, Node) else Node(*node) for node in nodes]
    places = {node.name: node.place for node in nodes}
    if unknown := {p for node in nodes for p in node.parents} - set(places):
        raise ValueError(f"nodes: the parents {sorted(unknown)} are none of {list(places)}")
    columns, rows = zip(*places.values(), strict=True)
    width, height = ACROSS * (max(columns) + 1), DOWN * (max(rows) - min(rows) + 1)
    scale = min(1.0, 7.2 / width)
    ax, finish = start(ax, alt, (scale * width, scale * height + (0.4 if title else 0)))
    for node in nodes:
        for parent in node.parents:
            _edge(ax, places[parent], node.place)
        _node(ax, node, values[node.name], gradients[node.name])
    ax.set(xlim=(-0.5, max(columns) + 0.5), ylim=(DOWN * (max(rows) + 0.5), DOWN * -0.5))
    ax.set(aspect="equal", title=headline(title))
    ax.axis("off")
    finish()


def _edge(ax, parent: tuple, child: tuple) -> None:
    """An arrow from circle to circle."""
    arrow = {"arrowstyle": "-|>", "color": SOFT_INK, "shrinkA": 0, "shrinkB": 0, "lw": 1.1}
    (x, y), (to_x, to_y) = (parent[0], DOWN * parent[1]), (child[0], DOWN * child[1])
    length = ((to_x - x) ** 2 + (to_y - y) ** 2) ** 0.5
    part = (RADIUS + 0.03) / length
    begin = (x + part * (to_x - x), y + part * (to_y - y))
    end = (to_x - part * (to_x - x), to_y - part * (to_y - y))
    ax.annotate("", end, begin, arrowprops=arrow)


def _node(ax, node: Node, value: float, gradient: float) -> None:
    x, y = node.place[0], DOWN * node.place[1]
    fill = "white" if node.parents else tint(COLORS[0], 0.16)
    ax.add_patch(Circle((x, y), RADIUS, facecolor=fill, edgecolor=INK, linewidth=1.1, zorder=2))
    middle = {"ha": "center", "va": "center", "zorder": 3}
    ax.text(x, y - 0.06 * bool(node.parents), node.sign, color=INK, size=10.5, **middle)
    if node.parents:  # an input's sign is its name
        ax.text(x, y + 0.15, node.name, color=SOFT_INK, size=8.5, style="italic", **middle)
    for number, color, shift in ((value, VALUE, -1), (gradient, GRADIENT, 1)):
        text = f"{number:.2f}".replace("-", "−")
        ax.text(x, y + shift * (RADIUS + 0.15), text, color=color, size=10, weight="bold", **middle)
