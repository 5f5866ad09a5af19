"""The sliding filter and the receptive field: what they hand to their scripts, what they refuse."""

import importlib
import json
import re

import pytest

from dlcv import interactive

SLIDING = importlib.import_module("dlcv.interactive.sliding_filter")
SHOW = {
    "sliding_filter": interactive.sliding_filter,
    "receptive_field": interactive.receptive_field_explorer,
}


def script_data(html, function):
    (call,) = re.findall(rf"\n  {function}\(root, (.*)\);\n", html)
    return json.loads(call)


def test_the_script_of_the_sliding_filter_gets_pixels_and_settings(shown):
    interactive.sliding_filter(9, 5, 2, 1, 1, channels=(4, 8), alt="A window.")
    data = script_data(shown[0]["text/html"], "slidingFilter")
    assert data["start"] == {"N": 9, "F": 5, "S": 2, "P": 1, "D": 1}
    assert data["channels"] == [4, 8] and shown[0]["text/plain"] == "A window."
    assert data["pixels"] == SLIDING.picture().tolist()
    assert len(data["pixels"]) == 10 and {len(row) for row in data["pixels"]} == {10}


def test_the_script_of_the_receptive_field_gets_its_layers(shown):
    interactive.receptive_field_explorer(2, 5, 2, 1, doubling=True, alt="Layers.")
    data = script_data(shown[0]["text/html"], "receptiveField")
    assert data["start"] == {"layers": 2, "F": 5, "S": 2, "D": 1} and data["doubling"] is True


@pytest.mark.parametrize("name", SHOW)
def test_nothing_is_fetched_and_two_runs_are_alike(shown, name):
    for _ in range(2):
        SHOW[name](alt="A figure </script> of & more")
    first, second = (output["text/html"] for output in shown)
    assert first == second
    assert not re.findall(r"(?:src|href)=", first) and "http" not in first
    assert first.count("</script>") == 1 and first.count("<noscript>") == 1
    assert len(first) < 30_000


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("sliding_filter", {"size": 11}, "side of the input N: 3 to 10 was wanted, not 11"),
        ("sliding_filter", {"kernel_size": 0}, "side of the filter F"),
        ("sliding_filter", {"stride": 1.5}, "stride S"),
        ("sliding_filter", {"padding": -1}, "padding P"),
        ("sliding_filter", {"dilation": 4}, "dilation D"),
        ("sliding_filter", {"channels": (3, 0)}, "channels"),
        ("sliding_filter", {"alt": ""}, "alt"),
        ("receptive_field", {"layers": 6}, "layers: 1 to 5"),
        ("receptive_field", {"stride": 3}, "stride of each layer"),
        ("receptive_field", {"alt": " "}, "alt"),
    ],
)
def test_what_does_not_fit_is_refused(shown, name, arguments, message):
    with pytest.raises(ValueError, match=message):
        SHOW[name](**{"alt": "A figure.", **arguments})
    assert shown == []
