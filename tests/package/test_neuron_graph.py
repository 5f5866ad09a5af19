"""The neuron's graph: the picture, what the explorer hands to its script, what is refused."""

import json
import re

import matplotlib.pyplot as plt
import pytest

from dlcv import figures, interactive
from dlcv.figures import NEURON_GRAPH, Node, plot_graph

ONES = {node.name: 1.0 for node in NEURON_GRAPH}


def texts(ax):
    return [text.get_text() for text in ax.texts if text.get_text()]


def test_the_picture_shows_signs_values_and_gradients():
    fig, ax = plt.subplots()
    values = {name: i + 0.25 for i, name in enumerate(ONES)}
    gradients = {name: -i - 0.5 for i, name in enumerate(ONES)}
    plot_graph(NEURON_GRAPH, values, gradients, ax=ax, title="A neuron")
    written = texts(ax)
    assert {"w₀", "x₁", "exp", "× −1", "0.25", "12.25", "−0.50", "−12.50"} <= set(written)
    at = {text.get_text(): text.get_position() for text in ax.texts if text.get_text()}
    assert at["0.25"][1] < at["w₀"][1] < at["−0.50"][1]  # rows count downwards
    assert ax.yaxis_inverted() and ax.get_title(loc="left") == "A neuron"
    plt.close(fig)


def test_a_graph_of_ones_own_is_drawn_and_a_wrong_one_refused():
    two = (Node("x", "x", (), (0, 0)), ("y", "²", ("x",), (1, 0)))
    fig, ax = plt.subplots()
    plot_graph(two, {"x": 3, "y": 9}, {"x": 6, "y": 1}, ax=ax)
    assert {"3.00", "9.00", "6.00", "1.00"} <= set(texts(ax))
    with pytest.raises(ValueError, match=r"parents \['u'\]"):
        plot_graph((Node("y", "²", ("u",), (1, 0)),), ONES, ONES, ax=ax)
    with pytest.raises(KeyError):
        plot_graph(two, {"x": 3}, {"x": 6, "y": 1}, ax=ax)
    with pytest.raises(ValueError, match="alt"):
        plot_graph(two, {"x": 3, "y": 9}, {"x": 6, "y": 1})
    plt.close(fig)
    assert figures.plot_graph is plot_graph


def test_the_script_gets_the_graph_and_the_inputs(shown):
    interactive.neuron_graph((1, 2, 3), (-1, 0.5), alt="A neuron.")
    html = shown[0]["text/html"]
    (call,) = re.findall(r"\n  neuronGraph\(root, (.*)\);\n", html)
    data = json.loads(call)
    assert data["start"] == {"w0": 1, "x0": -1, "w1": 2, "x1": 0.5, "w2": 3}
    assert [node["name"] for node in data["nodes"]] == list(ONES)
    assert data["nodes"][5] == {"name": "p0", "sign": "×", "parents": ["w0", "x0"]}
    assert shown[0]["text/plain"] == "A neuron."
    assert html.count('<path data-edge="') == 12 and html.count('<g class="dlcv-node"') == 13


def test_nothing_is_fetched_and_two_runs_are_alike(shown):
    for _ in range(2):
        interactive.neuron_graph(alt="A neuron </script> of & more")
    first, second = (output["text/html"] for output in shown)
    assert first == second
    assert not re.findall(r"(?:src|href)=", first) and "http" not in first
    assert first.count("</script>") == 1
    assert len(first) < 40_000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": (1, 2)}, "weights: 3 numbers"),
        ({"inputs": (1, 2, 3)}, "inputs: 2 numbers"),
        ({"inputs": (1, 5)}, "from −4 to 4"),
        ({"weights": (1, 2, float("nan"))}, "weights"),
        ({"alt": ""}, "alt"),
    ],
)
def test_what_does_not_fit_is_refused(change, message, shown):
    with pytest.raises(ValueError, match=message):
        interactive.neuron_graph(**{"alt": "A neuron.", **change})
    assert shown == []
