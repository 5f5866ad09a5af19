"""The explorers of chapter 5: what they hand to their scripts, and what they refuse."""

import importlib
import json
import re

import pytest
import torch
from torch import nn

from dlcv import interactive, layers

UNITS = importlib.import_module("dlcv.interactive.hidden_units")
POINTS, LABELS = torch.tensor([[2.0, 0.5], [-4.0, 1.0]]), torch.tensor([0, 1])
WEIGHTS = [[1, 0.5, -0.2, 1], [-1, 2, 0, -1]]
FUNCTIONS = {
    "sigmoid": (layers.Sigmoid(), nn.Sigmoid()),
    "leaky ReLU": (layers.LeakyReLU(), nn.LeakyReLU(0.1)),
    "GELU": (layers.GELU(), nn.GELU()),
}
OURS = {name: ours for name, (ours, _) in FUNCTIONS.items()}


def script_data(html):
    (call,) = re.findall(r"\n  (?:hiddenUnits|activationExplorer)\(root, (.*)\);\n", html)
    return json.loads(call)


def test_the_script_gets_the_points_of_every_case_scaled(shown):
    cases = {"first": (POINTS, LABELS), "second": (POINTS / 8, LABELS.flip(0))}
    interactive.hidden_units_explorer(cases, WEIGHTS, 0.5, rate=0.1, alt="Two points.")
    data = script_data(shown[0]["text/html"])
    assert [case["name"] for case in data["cases"]] == ["first", "second"]
    assert [case["labels"] for case in data["cases"]] == [[0, 1], [1, 0]]
    for case in data["cases"]:
        assert case["points"] == [[0.5, 0.125], [-1, 0.25]]
    assert (data["weights"], data["bias"], data["rate"]) == (WEIGHTS, 0.5, 0.1)
    assert len(data["spare"]) == UNITS.MOST_UNITS
    assert shown[0]["text/plain"] == "Two points."


def test_the_curves_are_pytorchs(shown):
    interactive.activation_explorer(OURS, "GELU", alt="Three functions.")
    data = script_data(shown[0]["text/html"])
    assert data["start"] == [2, -1]
    z = torch.linspace(data["first"], data["last"], 201, dtype=torch.float64, requires_grad=True)
    assert data["step"] == pytest.approx((z[1] - z[0]).item())
    for tabulated in data["functions"]:
        values = FUNCTIONS[tabulated["name"]][1](z)
        (slopes,) = torch.autograd.grad(values.sum(), z)
        for key, wanted in (("values", values), ("slopes", slopes)):
            ours = torch.tensor(tabulated[key], dtype=torch.float64)
            torch.testing.assert_close(ours, wanted.detach(), rtol=0, atol=6e-6)


@pytest.mark.parametrize("explorer", ["units", "activations"])
def test_nothing_is_fetched_and_two_runs_are_alike(shown, explorer):
    alt = "A figure </script> of & more"
    for _ in range(2):
        if explorer == "units":
            interactive.hidden_units_explorer({"a <b>": (POINTS, LABELS)}, WEIGHTS, alt=alt)
        else:
            interactive.activation_explorer(OURS, "sigmoid", "GELU", alt=alt)
    first, second = (output["text/html"] for output in shown)
    assert first == second
    assert not re.findall(r"(?:src|href)=\"(?!data:)", first) and "http" not in first
    assert first.count("</script>") == 1 and "<b>" not in first.replace("<b></b>", "")
    assert len(first) < 60_000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": [[1, 2, 3]]}, r"weights: \(H, 4\)"),
        ({"weights": torch.zeros(9, 4)}, "from 1 to 8"),
        ({"weights": [[float("nan")] * 4]}, "finite"),
        ({"bias": float("inf")}, "finite"),
        ({"cases": {}}, "one or more"),
        ({"cases": {"a": (POINTS[:1], LABELS)}}, r"'a' needs points \(N, 2\)"),
        ({"cases": {"a": (torch.zeros(301, 2), torch.zeros(301))}}, "1 to 300"),
        ({"cases": {"a": (POINTS, LABELS + 1)}}, "must be 0 and 1"),
        ({"alt": " "}, "alt"),
    ],
)
def test_hidden_units_that_do_not_fit_are_refused(change, message, shown):
    given = {"cases": {"a": (POINTS, LABELS)}, "weights": WEIGHTS, "alt": "A figure.", **change}
    with pytest.raises(ValueError, match=message):
        interactive.hidden_units_explorer(**given)
    assert shown == []


def test_functions_that_are_not_there_are_refused(shown):
    for names in (["softmax"], ["GELU", "softmax"], [None]):
        with pytest.raises(ValueError, match="is none of sigmoid, leaky ReLU, GELU"):
            interactive.activation_explorer(OURS, *names, alt="A figure.")
    with pytest.raises(TypeError, match="'m' is a Maxout, no Activation"):
        interactive.activation_explorer({"m": layers.Maxout()}, "m", alt="A figure.")
    with pytest.raises(ValueError, match="alt"):
        interactive.activation_explorer(OURS, "GELU", alt="")
    assert shown == []
