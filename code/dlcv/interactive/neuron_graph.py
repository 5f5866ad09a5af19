"""The computational graph of a sigmoid neuron, walked forward and backward, step by step."""

import math
from collections.abc import Sequence
from html import escape

from ..figures.display import check_alt, publish
from ..figures.graphs import GRADIENT, NEURON_GRAPH, VALUE, Node
from ..figures.style import COLORS, INK, SOFT_INK, tint
from .page import read_file, root_id, wrap

__all__ = ["neuron_graph"]

LIMIT = 4.0  # the inputs run from −4 to 4
WIDTH, HEIGHT, RADIUS = 368, 530, 21  # of the drawing, in its own units
# (column, row): the last four nodes stand below the others and run back to the left, so that the
# graph fits a phone.
PLACES = {node.name: node.place for node in NEURON_GRAPH} | {
    "r": (3, 5), "c": (2, 5), "d": (1, 5), "f": (0, 5)
}  # fmt: skip


def neuron_graph(
    weights: Sequence[float] = (2, -3, -3), inputs: Sequence[float] = (-1, -2), *, alt: str
) -> None:
    """Shows f = 1 / (1 + exp(−(w₀x₀ + w₁x₁ + w₂))) as a graph with all values and gradients.

    Chapter 08. The five inputs can be dragged or typed. A slider walks through the graph one node
    at a time, forward and then backward, and the step's arithmetic is written out beside it. All
    of it is JavaScript inside the output: it works without a kernel and without a network.

    Args:
        weights: w₀, w₁ and w₂, each from −4 to 4.
        inputs: x₀ and x₁, each from −4 to 4.
        alt: what the figure shows; the state is added to it as it changes.

    Raises:
        ValueError: a wrong number of values, a value out of range, or an empty `alt`.
    """
    alt = check_alt(alt)
    w, x = _checked("weights", weights, 3), _checked("inputs", inputs, 2)
    start = {"w0": w[0], "x0": x[0], "w1": w[1], "x1": x[1], "w2": w[2]}
    data = {
        "nodes": [
            {"name": node.name, "sign": node.sign, "parents": node.parents} for node in NEURON_GRAPH
        ],
        "start": start,
        "limit": LIMIT,
        "alt": alt,
    }
    identity = root_id(data)
    content = _body(data, identity)
    script = ("neuronGraph", "neuron_graph.js")
    html = wrap("dlcv-explorer dlcv-graph", content, *script, data, identity)
    publish({"text/html": html, "text/plain": alt})


def _checked(name: str, values: Sequence[float], count: int) -> list[float]:
    numbers = [float(value) for value in values]
    if len(numbers) != count or not all(abs(number) <= LIMIT for number in numbers):
        raise ValueError(
            f"{name}: {count} numbers from −{LIMIT:g} to {LIMIT:g} were wanted, not {numbers}"
        )
    return numbers


def _body(data: dict, identity: str) -> str:
    css = read_file("neuron_graph.css")
    last = 2 * sum(bool(node.parents) for node in NEURON_GRAPH) + 1
    return "\n".join(
        [
            f"<style>{css}</style>",
            '<div class="dlcv-body" hidden>',
            _drawing(data["alt"], identity),
            '<div class="dlcv-panel">',
            '<label class="dlcv-step"><span>step</span> <input type="range" min="0" '
            f'max="{last}" step="1" value="{last}" data-walk autocomplete="off"> '
            '<span class="dlcv-value" aria-hidden="true" data-count></span></label>',
            '<div class="dlcv-buttons" role="group" aria-label="Steps">',
            '<button type="button" data-move="-1">Back</button>',
            '<button type="button" data-move="1">Next</button>',
            '<button type="button" data-restart>Start</button>',
            '<button type="button" data-reset>Reset inputs</button></div>',
            '<p class="dlcv-terms" role="status" data-terms></p>',
            _inputs(),
            "</div>\n</div>",
            "<noscript>This figure needs JavaScript; the picture beside it does not.</noscript>",
        ]
    )


def _inputs() -> str:
    """A row an input: a slider and a field to type in, and its gradient."""
    rows = []
    for node in NEURON_GRAPH:
        if node.parents:
            continue
        limits = f'min="{-LIMIT:g}" max="{LIMIT:g}" step="0.1" autocomplete="off"'
        rows.append(
            f'<tr><th scope="row">{node.sign}</th>'
            f'<td><input type="range" data-slide="{node.name}" aria-label="{node.sign}, slider" '
            f'{limits}></td><td><input type="number" data-type="{node.name}" '
            f'aria-label="{node.sign}" {limits}></td></tr>'
        )
    caption = "<caption>the five inputs</caption>"
    return f'<table class="dlcv-numbers">{caption}<tbody>{"".join(rows)}</tbody></table>'


def _drawing(alt: str, identity: str) -> str:
    """The SVG with everything in it; the script writes the numbers."""
    arrow = f"{identity}-arrow"
    return "\n".join(
        [
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
            f'aria-label="{escape(alt)}" font-family="sans-serif" text-anchor="middle">',
            f'<defs><marker id="{arrow}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" '
            'markerHeight="8" markerUnits="userSpaceOnUse" orient="auto-start-reverse">'
            '<path d="M0,1L10,5L0,9z" fill="context-stroke"/></marker></defs>',
            f'<text x="{WIDTH - 8}" y="18" text-anchor="end" font-size="13">'
            f'<tspan fill="{VALUE}">value above,</tspan> '
            f'<tspan fill="{GRADIENT}">gradient below</tspan></text>',
            *(_edge(p, node.name, arrow) for node in NEURON_GRAPH for p in node.parents),
            *(_node(node) for node in NEURON_GRAPH),
            "</svg>",
        ]
    )


def _center(name: str) -> tuple[float, float]:
    column, row = PLACES[name]
    return 38 + 92 * column, 52 + 84 * row


def _edge(parent: str, child: str, arrow: str) -> str:
    """An arrow from circle to circle; between two circles one above the other it swings out."""
    (x, y), (to_x, to_y) = _center(parent), _center(child)
    length = math.hypot(to_x - x, to_y - y)
    across, down = (RADIUS + 2) * (to_x - x) / length, (RADIUS + 2) * (to_y - y) / length
    path = f"M{x + across:.1f},{y + down:.1f}L{to_x - across:.1f},{to_y - down:.1f}"
    if x == to_x:
        side = x + RADIUS + 2
        path = f"M{side},{y}C{side + 36},{y} {side + 36},{to_y} {side + 2},{to_y}"
    return (
        f'<path data-edge="{parent},{child}" d="{path}" fill="none" stroke="{SOFT_INK}" '
        f'stroke-width="1.4" marker-end="url(#{arrow})"/>'
    )


def _node(node: Node) -> str:
    """A circle with its sign and name, the value above it and the gradient below."""
    x, y = _center(node.name)
    fill = "#fff" if node.parents else tint(COLORS[0], 0.16)
    name = (
        f'<text y="14" font-size="11" font-style="italic" fill="{SOFT_INK}">{node.name}</text>'
        if node.parents
        else ""
    )
    return (
        f'<g class="dlcv-node" data-node="{node.name}" transform="translate({x},{y})">'
        f'<circle r="{RADIUS}" fill="{fill}" stroke="{INK}" stroke-width="1.4"/>'
        f'<text y="{2 if node.parents else 5}" font-size="14" fill="{INK}">{node.sign}</text>{name}'
        f'<text y="-{RADIUS + 5}" font-size="14" font-weight="bold" fill="{VALUE}" data-value>'
        f'</text><text y="{RADIUS + 15}" font-size="14" font-weight="bold" fill="{GRADIENT}" '
        "data-gradient></text></g>"
    )
