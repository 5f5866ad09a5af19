"""The graph that PyTorch recorded, to walk through as `backward` does, node by node."""

from collections.abc import Mapping
from html import escape

from torch import Tensor

from ..figures.display import check_alt, publish
from ..figures.recorded_graph import RULES, RecordedNode, place_nodes, record_graph, written
from ..figures.style import INK, SOFT_INK
from .page import read_file, root_id, wrap

__all__ = ["recorded_graph_explorer"]

COLUMN, ROW = 136, 72  # of the drawing, in its own units
WIDTH, HEIGHT = 116, 38  # of a node's box


def recorded_graph_explorer(loss: Tensor, leaves: Mapping[str, Tensor], *, alt: str) -> None:
    """Shows the graph behind a loss; buttons walk through `backward` one node at a time.

    Each node is one of PyTorch's own, in the order in which a real `backward` visited it, with the
    numbers that it received and sent (chapter 09). All of it is in the output: it works without a
    kernel, and where no script runs the whole graph stands there with every gradient.

    Args:
        loss: one number, computed from tensors with `requires_grad=True`.
        leaves: the names of those tensors.
        alt: what the figure shows; the state is added to it as it changes.

    Raises:
        ValueError: `loss` is not one number, nothing was recorded, the graph is too large, or an
            empty `alt`.
    """
    alt = check_alt(alt)
    nodes = record_graph(loss, leaves)
    places, edges = place_nodes(nodes)
    data = {"nodes": [_described(node, nodes) for node in nodes], "alt": alt}
    body = "\n".join([_drawing(nodes, places, edges, written(loss), alt), _panel(len(nodes))])
    css = read_file("recorded_graph.css")
    content = f'<style>{css}</style>\n<div class="dlcv-body">\n{body}\n</div>'
    script = ("recordedGraph", "recorded_graph.js")
    html = wrap("dlcv-explorer dlcv-graph", content, *script, data, root_id(data, places))
    publish({"text/html": html, "text/plain": alt})


def _described(node: RecordedNode, nodes: list[RecordedNode]) -> dict:
    """A node as the script speaks of it."""
    made, rule = RULES.get(node.title, ("", ""))
    sends = [
        {"to": target, "value": written(gradient)}
        for target, gradient in zip(node.targets, node.sent, strict=True)
        if target is not None
    ]
    arrives = [
        written(sender.sent[slot])
        for sender in sorted(nodes, key=lambda sender: sender.turn)
        for slot, target in enumerate(sender.targets)
        if target is not None and nodes[target] is node
    ]
    return {
        "title": node.title,
        "leaf": node.leaf,
        "turn": node.turn,
        "made": made,
        "rule": rule,
        "kept": node.kept,
        "received": written(node.received),
        "arrives": arrives,
        "sends": sends,
        "unwanted": sum(target is None for target in node.targets),
    }


def _drawing(nodes: list, places: list, edges: list, loss: str, alt: str) -> str:
    """The SVG with the whole graph in its last state."""
    reach, rows = max(abs(x) for x, _ in places), max(row for _, row in places)
    for _, _, points in edges:
        reach = max(reach, *(abs(x) for x, _ in points))
    width, height = round((2 * reach + 1) * COLUMN), rows * ROW + HEIGHT + 46

    def at(x: float, row: float) -> tuple[float, float]:
        return width / 2 + x * COLUMN, 34 + HEIGHT / 2 + row * ROW

    x, y = at(*places[0])
    text = f'text-anchor="middle" font-family="sans-serif" font-size="14" fill="{INK}"'
    parts = [
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="group" '
        f'aria-label="{escape(alt)}">',
        f'<text x="{x:.0f}" y="{y - HEIGHT / 2 - 12:.0f}" {text}>loss = {loss}</text>',
    ]
    for i, slot, points in edges:
        parts.append(_edge(nodes[i].sent[slot], i, slot, [at(*point) for point in points], text))
    parts += [
        _box(i, node, *at(*place), text)
        for i, (node, place) in enumerate(zip(nodes, places, strict=True))
    ]
    return "\n".join([*parts, "</svg>"])


def _edge(gradient: Tensor, i: int, slot: int, points: list, text: str) -> str:
    """The way of a gradient from a node, and its number at the first half."""
    (x, y), *rest = points
    path = f"M{x:.0f},{y:.0f}"
    for next_x, next_y in rest:
        middle = (y + next_y) / 2
        path += f"C{x:.0f},{middle:.0f} {next_x:.0f},{middle:.0f} {next_x:.0f},{next_y:.0f}"
        x, y = next_x, next_y
    label_x, label_y = (points[0][k] / 2 + points[1][k] / 2 for k in (0, 1))
    return (
        f'<path class="dlcv-edge" d="{path}" fill="none" stroke="{SOFT_INK}" stroke-width="1.5"/>'
        f'<text class="dlcv-sent" data-sent="{i},{slot}" x="{label_x:.0f}" y="{label_y + 5:.0f}" '
        f"{text}>{written(gradient)}</text>"
    )


def _box(i: int, node: RecordedNode, x: float, y: float, text: str) -> str:
    kind = "dlcv-node dlcv-leaf" if node.leaf else "dlcv-node"
    name = f"{node.title}.grad = {written(node.received)}" if node.leaf else node.title
    return (
        f'<g class="{kind}" data-node="{i}" transform="translate({x:.0f},{y:.0f})">'
        f'<rect x="{-WIDTH / 2:g}" y="{-HEIGHT / 2:g}" width="{WIDTH}" height="{HEIGHT}" rx="9"/>'
        f'<text y="5" {text}>{escape(name)}</text></g>'
    )


def _panel(count: int) -> str:
    buttons = [
        ("data-back", "Back"),
        ("data-next", "Next node"),
        ("data-all", "To the end"),
        ("data-reset", "Reset"),
    ]
    shown = "".join(f'<button type="button" {name}>{label}</button>' for name, label in buttons)
    return (
        '<div class="dlcv-panel">\n'
        f'<div class="dlcv-buttons" role="group" aria-label="Walk through backward" hidden>{shown}'
        "</div>\n"
        f'<div class="dlcv-told" role="status" data-told><p>{count} nodes; beside each line stands '
        "the gradient that runs along it.</p></div>\n</div>\n"
        "<noscript>To walk through it node by node, this figure needs JavaScript.</noscript>"
    )
