"""The picture of PyTorch's recorded graph: its numbers are PyTorch's, its places do not clash."""

import importlib

import matplotlib.pyplot as plt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dlcv import figures
from dlcv.figures.recorded_graph import place_nodes, record_graph, written

MODULE = importlib.import_module("dlcv.figures.recorded_graph")
OPERATIONS = [
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: a / (b * b + 1),
    lambda a, b: a.sigmoid() * b,
    lambda a, b: a.tanh() - b.exp() / 100,
]


def number(value, **options):
    return torch.tensor(value, dtype=torch.float64, **options)


def example():
    w, b = number(2.0, requires_grad=True), number(-1.0, requires_grad=True)
    return (w * 3 + b - 4) ** 2 + 0.5 * w**2, {"w": w, "b": b}


@st.composite
def programs(draw):
    """A random expression of three leaves, some of them used several times."""
    values = draw(st.lists(st.floats(-2, 2), min_size=3, max_size=3))
    leaves = {name: number(v, requires_grad=True) for name, v in zip("abc", values, strict=True)}
    made = list(leaves.values())
    for _ in range(draw(st.integers(1, 4))):
        operation = OPERATIONS[draw(st.integers(0, len(OPERATIONS) - 1))]
        one, other = (made[draw(st.integers(0, len(made) - 1))] for _ in range(2))
        made.append(operation(one, other))
    return made[-1], leaves


@settings(max_examples=40, deadline=None)
@given(programs())
def test_leaves_receive_what_autograd_says(program):
    loss, leaves = program
    nodes = record_graph(loss, leaves)
    truth = torch.autograd.grad(loss, list(leaves.values()), allow_unused=True, retain_graph=True)
    received = {node.title: node.received for node in nodes if node.leaf}
    for name, gradient in zip(leaves, truth, strict=True):
        assert (gradient is None) == (name not in received)
        if gradient is not None:
            assert torch.allclose(received[name], gradient, rtol=0, atol=1e-10)


@settings(max_examples=40, deadline=None)
@given(programs())
def test_what_arrives_at_a_node_is_what_was_sent_to_it_and_in_time(program):
    nodes = record_graph(*program)
    assert sorted(node.turn for node in nodes) == list(range(len(nodes)))
    assert nodes[0].turn == 0 and nodes[0].received == 1
    for i, node in enumerate(nodes[1:], start=1):
        senders = [(s, k) for s in nodes for k, target in enumerate(s.targets) if target == i]
        total = sum(sender.sent[slot] for sender, slot in senders)
        assert torch.allclose(node.received, total, rtol=0, atol=1e-10)
        assert all(sender.turn < node.turn for sender, _ in senders)


@settings(max_examples=40, deadline=None)
@given(programs())
def test_no_two_nodes_share_a_place_and_every_edge_runs_down_row_by_row(program):
    nodes = record_graph(*program)
    places, edges = place_nodes(nodes)
    assert len(set(places)) == len(nodes)
    assert len(edges) == sum(target is not None for node in nodes for target in node.targets)
    for i, slot, points in edges:
        assert points[0] == places[i] and points[-1] == places[nodes[i].targets[slot]]
        rows = [row for _, row in points]
        assert rows == list(range(rows[0], rows[0] + len(rows)))
        assert not set(points[1:-1]) & set(places)  # it runs around the nodes


def test_the_example_of_the_chapter_by_hand():
    nodes = record_graph(*example())
    by_title = {node.title: node for node in nodes if node.leaf}
    assert by_title["w"].received == 8 and by_title["b"].received == 2  # 2·1·3 + 2, 2·1
    product = next(node for node in nodes if "other = 3" in node.kept)
    assert product.title == "MulBackward0" and product.sent == (number(6.0), None)
    assert [node.kept for node in nodes if node.title == "PowBackward0"] == [
        "exponent = 2, self = 1",
        "exponent = 2, self = 2",
    ]


def test_the_graph_and_the_gradients_are_left_as_they_were():
    loss, leaves = example()
    leaves["w"].grad = number(5.0)
    record_graph(loss, leaves)
    record_graph(loss, leaves)
    assert leaves["w"].grad == 5 and leaves["b"].grad is None
    loss.backward()
    assert leaves["w"].grad == 13 and leaves["b"].grad == 2


def long_chain():
    value = number(1.0, requires_grad=True)
    for _ in range(30):
        value = value * 2
    return value


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (lambda: number(1.0), "requires_grad"),
        (lambda: number([1.0, 2.0], requires_grad=True) * 2, "one number"),
        (lambda: 3.0, "one number"),
        (long_chain, "31 nodes"),
    ],
)
def test_what_cannot_be_drawn_is_refused(loss, message):
    with pytest.raises(ValueError, match=message):
        record_graph(loss(), {})


@pytest.mark.parametrize(
    ("values", "text"),
    [(-0.5, "−0.5"), ([1.0, -2.0], "(1, −2)"), ([0.0] * 5, "shape (5,)"), (1 / 3, "0.3333")],
)
def test_numbers_are_written_short(values, text):
    assert written(torch.tensor(values)) == text


def test_the_figure_shows_every_node_and_every_gradient(monkeypatch):
    seen = []
    monkeypatch.setattr(MODULE, "show", lambda fig, alt: seen.append((fig, alt)))
    figures.plot_recorded_graph(*example(), alt="A graph.", title="Two ways to w")
    (fig, alt), texts = seen[0], [text.get_text() for text in seen[0][0].axes[0].texts]
    plt.close(fig)
    assert alt == "A graph." and fig.axes[0].get_title(loc="left") == "Two ways to w"
    assert {"loss = 3", "w.grad = 8", "b.grad = 2", "SubBackward0", "0.5", "6"} <= set(texts)
    assert texts.count("PowBackward0") == texts.count("MulBackward0") == 2
