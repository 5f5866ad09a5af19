"""Chapter 9's explorers: what they hand to their scripts, and what stands there without one."""

import importlib
import json
import math
import re

import pytest
import torch

from dlcv import interactive

SHAPES = importlib.import_module("dlcv.interactive.broadcasting")


def example():
    w = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    return (w * 3 - 4) ** 2 + w.sigmoid(), {"w": w}


def script_data(html, function):
    (call,) = re.findall(rf"\n  {function}\(root, (.*)\);\n", html)
    return json.loads(call)


def show_both():
    interactive.recorded_graph_explorer(*example(), alt="A graph </script> of & more.")
    interactive.broadcasting_explorer((4, 1), "+", (3,), alt="Two shapes </script> & more.")


def test_the_script_gets_every_node_with_pytorch_s_numbers(shown):
    interactive.recorded_graph_explorer(*example(), alt="A graph.")
    nodes = script_data(shown[0]["text/html"], "recordedGraph")["nodes"]
    assert sorted(node["turn"] for node in nodes) == list(range(len(nodes)))
    (leaf,) = [node for node in nodes if node["leaf"]]
    slope = 1 / (1 + math.exp(-2)) / (1 + math.exp(2))  # σ(2) σ(−2)
    assert float(leaf["received"]) == pytest.approx(2 * 2 * 3 + slope, abs=1e-2)
    assert len(leaf["arrives"]) == 2 and leaf["title"] == "w"
    square = next(node for node in nodes if node["title"] == "PowBackward0")
    assert square["kept"] == "exponent = 2, self = 2" and square["received"] == "1"
    assert square["sends"] == [{"to": square["sends"][0]["to"], "value": "4"}]
    assert square["rule"] and square["made"]


def test_the_whole_graph_stands_there_without_a_script(shown):
    interactive.recorded_graph_explorer(*example(), alt="A graph.")
    html = shown[0]["text/html"]
    drawing = html.split("<svg", 1)[1].split("</svg>")[0]
    assert drawing.count("data-node") == 6 and drawing.count("data-sent") == 6
    assert "loss = 4.881" in drawing and "w.grad = 12.1" in drawing
    assert "<noscript>" in html and shown[0]["text/plain"] == "A graph."


@pytest.mark.parametrize(
    ("a", "operation", "b"), [((4, 1), "+", (3,)), ((2, 3), "@", (4, 5)), ((), "+", (2,))]
)
def test_the_first_answer_stands_there_without_a_script(shown, a, operation, b):
    interactive.broadcasting_explorer(a, operation, b, alt="Two shapes.")
    html = shown[0]["text/html"]
    (text,) = re.findall(r"<p data-static>(.*?)</p>", html)
    first, second = torch.zeros(a), torch.zeros(b)
    try:
        expected = str(tuple((first + second if operation == "+" else first @ second).shape))
    except RuntimeError as error:
        expected = str(error).split("mat1")[-1]
    assert expected in text
    data = script_data(html, "broadcasting")
    assert data["start"] == [list(a), operation, list(b)]
    assert len(data["examples"]) == len(SHAPES.EXAMPLES) >= 5


def test_large_shapes_cost_nothing(shown):
    interactive.broadcasting_explorer((10**6, 10**6), "+", (10**6,), alt="Two shapes.")
    assert "has shape (1000000, 1000000)" in shown[0]["text/html"]
    interactive.broadcasting_explorer((10**6, 10**6), "@", (10**6, 10**6), alt="Two shapes.")
    assert "of shape (1000000, 1000000).</p>" in shown[1]["text/html"]


def test_nothing_is_fetched_and_two_runs_are_alike(shown):
    show_both()
    show_both()
    for first, second in (shown[::2], shown[1::2]):
        assert first["text/html"] == second["text/html"]
        assert "http" not in first["text/html"] and first["text/html"].count("</script>") == 1
        assert len(first["text/html"]) < 40_000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"first": (1,) * 7}, "first: at most 6"),
        ({"second": (-1,)}, "second: at most 6"),
        ({"second": (2.5,)}, "second: at most 6"),
        ({"operation": "*"}, "operation: one of"),
        ({"alt": " "}, "alt"),
    ],
)
def test_what_does_not_fit_is_refused(change, message, shown):
    with pytest.raises(ValueError, match=message):
        interactive.broadcasting_explorer(**{"alt": "Two shapes.", **change})
    assert shown == []


def test_a_graph_that_is_none_is_refused(shown):
    with pytest.raises(ValueError, match="requires_grad"):
        interactive.recorded_graph_explorer(torch.tensor(1.0), {}, alt="A graph.")
    with pytest.raises(ValueError, match="alt"):
        interactive.recorded_graph_explorer(*example(), alt="")
    assert shown == []
