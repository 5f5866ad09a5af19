"""What PyTorch recorded behind a number, and what `backward` sends through it, as a picture."""

from collections.abc import Mapping
from dataclasses import dataclass

import matplotlib.pyplot as plt
from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.path import Path
from torch import Tensor

from .display import headline, show
from .style import COLORS, INK, SOFT_INK, tint

__all__ = ["RecordedNode", "place_nodes", "plot_recorded_graph", "record_graph", "written"]

MOST_NODES = 24
#: node: (the operation that made it, what it does with the gradient that it receives)
RULES = {
    "AddBackward0": ("a + b", "passes it on, to both"),
    "SubBackward0": ("a − b", "passes it on to a, with a minus sign to b"),
    "MulBackward0": ("a · b", "times b for a, times a for b"),
    "DivBackward0": ("a / b", "times 1/b for a, times −a/b² for b"),
    "PowBackward0": ("aⁿ", "times n · aⁿ⁻¹"),
    "NegBackward0": ("−a", "times −1"),
    "ExpBackward0": ("exp(a)", "times exp(a), the result"),
    "LogBackward0": ("log(a)", "times 1/a"),
    "SigmoidBackward0": ("σ(a)", "times σ(a) · (1 − σ(a))"),
    "TanhBackward0": ("tanh(a)", "times 1 − tanh²(a)"),
    "ReluBackward0": ("max(0, a)", "times 1 where a is positive, else times 0"),
    "SumBackward0": ("sum of a", "a copy for every entry of a"),
    "MeanBackward0": ("mean of a", "an equal share for every entry of a"),
}


@dataclass(frozen=True)
class RecordedNode:
    """One node of the recorded graph, and its turn in `backward`."""

    title: str  # the class of the node, or the name of the tensor a leaf stands for
    leaf: bool
    targets: tuple[int | None, ...]  # the nodes it sends gradients to; None: nobody wants that one
    kept: str  # what it keeps for `backward`
    received: Tensor
    sent: tuple[Tensor | None, ...]  # one for each target
    turn: int  # 0 for the first one that `backward` visits


def record_graph(loss: Tensor, leaves: Mapping[str, Tensor]) -> list[RecordedNode]:
    """Walk the graph behind a loss, run `backward` through it, and note what happens.

    The graph is kept, and the `.grad` of every leaf is as it was before.

    Args:
        loss: one number, computed from tensors with `requires_grad=True`.
        leaves: the names of those tensors.

    Returns:
        The nodes, each once; the first is the one that made `loss`.

    Raises:
        ValueError: `loss` is not one number, nothing was recorded, or the graph is too large.

    Chapter 09 walks the graph by hand and shows this picture of it.
    """
    if not isinstance(loss, Tensor) or loss.grad_fn is None or loss.numel() != 1:
        raise ValueError(
            "loss: one number computed from tensors with requires_grad=True was wanted, got "
            f"{loss!r}"
        )
    nodes = _walk(loss.grad_fn)
    if len(nodes) > MOST_NODES:
        raise ValueError(f"loss: {len(nodes)} nodes were recorded; {MOST_NODES} at most are drawn")
    turns = _watch_backward(loss, nodes)
    index = {node: i for i, node in enumerate(nodes)}
    names = {id(tensor): name for name, tensor in leaves.items()}
    return [
        RecordedNode(
            title=_title(node, names),
            leaf=hasattr(node, "variable"),
            targets=tuple(index.get(target) for target, _ in node.next_functions),
            kept=_kept(node),
            received=turns[node][1],
            sent=turns[node][2],
            turn=turns[node][0],
        )
        for node in nodes
    ]


def place_nodes(nodes: list[RecordedNode]) -> tuple[list, list]:
    """Where to draw each node, and the way of each edge.

    Nodes lie in rows, each below everything that sends to it. An edge that passes a row gets a
    place of its own there, so that it runs around the nodes.

    Returns:
        `(places, edges)`: `(x, row)` for each node, with x in units of a column, from the middle;
        and `(source, slot, [(x, row), …])` for each edge, from its source to its target.
    """
    depth = [0] * len(nodes)
    for i in sorted(range(len(nodes)), key=lambda i: nodes[i].turn):  # senders before receivers
        for target in nodes[i].targets:
            if target is not None:
                depth[target] = max(depth[target], depth[i] + 1)
    ways = {
        (i, slot): [i, *((i, slot, row) for row in range(depth[i] + 1, depth[target])), target]
        for i, node in enumerate(nodes)
        for slot, target in enumerate(node.targets)
        if target is not None
    }
    x = _columns(depth, ways)
    places = [(x[i], depth[i]) for i in range(len(nodes))]
    edges = []
    for (i, slot), way in ways.items():
        points = [(x[station], depth[i] + step) for step, station in enumerate(way)]
        edges.append((i, slot, points))
    return places, edges


def plot_recorded_graph(
    loss: Tensor, leaves: Mapping[str, Tensor], *, alt: str, title: str | None = None
) -> None:
    """Draws the recorded graph, the loss on top, with the gradient that runs along each edge.

    Args:
        loss: see `record_graph`.
        leaves: see `record_graph`.
        alt: what the figure shows.
        title: a sentence that states the finding.

    Raises:
        ValueError: see `record_graph`.
    """
    nodes = record_graph(loss, leaves)
    places, edges = place_nodes(nodes)
    rows, reach = max(row for _, row in places), max(abs(x) for x, _ in places)
    fig, ax = plt.subplots(figsize=(min(6.4, 2.6 + 2.1 * reach), 0.9 + 0.72 * rows))
    for i, slot, points in edges:
        ax.add_patch(PathPatch(_curve(points), fill=False, edgecolor=SOFT_INK, linewidth=1.4))
        middle = (0.5 * (points[0][0] + points[1][0]), -0.5 * (points[0][1] + points[1][1]))
        ax.text(*middle, written(nodes[i].sent[slot]), zorder=2, **_centered(COLORS[4], "white"))
    for node, (x, row) in zip(nodes, places, strict=True):
        _draw_box(ax, node, x, -row)
    ax.text(places[0][0], 0.62, f"loss = {written(loss)}", **_centered(INK, "none"))
    ax.set(xlim=(-reach - 0.6, reach + 0.6), ylim=(-rows - 0.5, 0.8), title=headline(title))
    ax.axis("off")
    show(fig, alt=alt)


def written(values: Tensor) -> str:
    """A few numbers as short text, or the shape of many."""
    if values.numel() > 4:
        return f"shape {tuple(values.shape)}"
    numbers = [f"{value:.4g}".replace("-", "−") for value in values.detach().flatten().tolist()]
    return numbers[0] if values.ndim == 0 else f"({', '.join(numbers)})"


def _walk(root) -> list:
    """Every node behind `root`, each once."""
    nodes, waiting = [], [root]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in nodes:
            nodes.append(node)
            waiting += [target for target, _ in reversed(node.next_functions)]
    return nodes


def _watch_backward(loss: Tensor, nodes: list) -> dict:
    """node: (its turn, what it received, what it sent), from one real `backward`."""
    turns = {}

    def watch(node):
        def note(sent, received):
            turns[node] = (len(turns), received[0].detach(), sent)

        return node.register_hook(note)

    variables = [node.variable for node in nodes if hasattr(node, "variable")]
    before = [tensor.grad for tensor in variables]
    hooks = [watch(node) for node in nodes]
    try:
        for tensor in variables:
            tensor.grad = None
        loss.backward(retain_graph=True)
    finally:
        for hook in hooks:
            hook.remove()
        for tensor, gradient in zip(variables, before, strict=True):
            tensor.grad = gradient
    return turns


def _title(node, names: Mapping[int, str]) -> str:
    if not hasattr(node, "variable"):
        return node.name()
    return names.get(id(node.variable), "a leaf")


def _kept(node) -> str:
    """What a node keeps, written out: `self = 1, exponent = 2`."""
    kept = {name[7:]: getattr(node, name) for name in dir(node) if name.startswith("_saved_")}
    parts = []
    for name, value in kept.items():
        if isinstance(value, Tensor):
            parts.append(f"{name} = {written(value)}")
        elif isinstance(value, int | float) and name not in ("alpha", "beta"):
            parts.append(f"{name} = {value:g}")
    return ", ".join(parts)


def _columns(depth: list[int], ways: Mapping[tuple, list]) -> dict:
    """An x for every node and every place where an edge passes a row."""
    rows = [[] for _ in range(max(depth) + 1)]
    neighbors = {i: [] for i in range(len(depth))}
    for i, row in enumerate(depth):
        rows[row].append(i)
    for (i, _), way in ways.items():
        for step, (one, other) in enumerate(zip(way, way[1:], strict=False), start=depth[i] + 1):
            neighbors.setdefault(one, []).append(other)
            neighbors.setdefault(other, []).append(one)
            if isinstance(other, tuple):
                rows[step].append(other)
    x = {}
    for row in rows:
        _spread(row, x)
    for sweep in range(8):  # each row in the order of the means of its neighbors, down and up
        for row in rows if sweep % 2 == 0 else reversed(rows):
            row.sort(
                key=lambda one: sum(x[n] for n in neighbors[one]) / max(1, len(neighbors[one]))
            )
            _spread(row, x)
    return x


def _spread(row: list, x: dict) -> None:
    """Give the members of a row whole steps around the middle."""
    x.update({one: k - (len(row) - 1) / 2 for k, one in enumerate(row)})


def _draw_box(ax, node: RecordedNode, x: float, y: float) -> None:
    color = COLORS[2] if node.leaf else COLORS[0]
    box = FancyBboxPatch(
        (x - 0.42, y - 0.24), 0.84, 0.48, boxstyle="round,pad=0,rounding_size=0.12",
        facecolor=tint(color, 0.14), edgecolor=color, linewidth=1.4, zorder=3,
    )  # fmt: skip
    ax.add_patch(box)
    text = f"{node.title}.grad = {written(node.received)}" if node.leaf else node.title
    ax.text(x, y, text, zorder=4, **_centered(INK, "none"))


def _curve(points: list) -> Path:
    """A line that leaves and reaches every place from straight above or below."""
    vertices, codes = [(points[0][0], -points[0][1])], [Path.MOVETO]
    for (x, row), (next_x, next_row) in zip(points, points[1:], strict=False):
        middle = -0.5 * (row + next_row)
        vertices += [(x, middle), (next_x, middle), (next_x, -next_row)]
        codes += [Path.CURVE4] * 3
    return Path(vertices, codes)


def _centered(color: str, behind: str) -> dict:
    pad = {"facecolor": behind, "edgecolor": "none", "pad": 1.5}
    return {"ha": "center", "va": "center", "size": 10, "color": color, "bbox": pad}
