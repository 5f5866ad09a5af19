"""The noise explorer: what it hands to its script, and what it refuses."""

import base64
import importlib
import json
import re

import numpy as np
import pytest
import torch

from dlcv import interactive

MODULE = importlib.import_module("dlcv.interactive.noise_explorer")


@pytest.fixture
def photo():
    return np.random.default_rng(0).integers(0, 256, (40, 50), dtype=np.uint8)


def test_the_script_gets_the_pixels_the_row_and_normal_noise(shown, photo):
    interactive.noise_explorer(torch.from_numpy(photo), 7, noise=0.2, sigma=1.5, alt="A row.")
    html = shown[0]["text/html"]
    (call,) = re.findall(r"\n  noiseExplorer\(root, (.*)\);\n", html)
    data = json.loads(call)
    pixels = np.frombuffer(base64.b64decode(data["pixels"]), dtype=np.uint8).reshape(40, 50)
    assert np.array_equal(pixels, photo)
    assert (data["height"], data["width"], data["row"]) == (40, 50, 7)
    draws = np.array(data["draws"])
    assert draws.shape == (MODULE.DRAWS, 50) and len(np.unique(draws, axis=0)) == MODULE.DRAWS
    assert abs(draws.mean()) < 0.2 and 0.85 < draws.std() < 1.15
    assert 'value="0.2" data-noise' in html and 'value="1.5" data-sigma' in html
    assert shown[0]["text/plain"] == "A row."


def test_nothing_is_fetched_and_two_runs_are_alike(shown, photo):
    for _ in range(2):
        interactive.noise_explorer(photo, 0, alt="A row </script> of & more")
    first, second = (output["text/html"] for output in shown)
    assert first == second
    assert not re.findall(r"(?:src|href)=\"(?!data:)", first) and "http" not in first
    assert first.count("</script>") == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image": np.zeros((3, 50, 50), np.uint8)}, r"image: \(H, W\)"),
        ({"image": np.zeros((200, 50), np.uint8)}, "from 3 to 128"),
        ({"image": np.zeros((50, 30), np.uint8)}, "image: at least 40"),
        ({"image": np.zeros((50, 50))}, "uint8"),
        ({"row": 40}, "row: a number from 0 to 39"),
        ({"row": -1}, "row"),
        ({"noise": 0.5}, "noise: a number from 0 to 0.3"),
        ({"sigma": float("nan")}, "sigma: a number from 0 to 8"),
        ({"alt": " "}, "alt"),
    ],
)
def test_what_does_not_fit_is_refused(change, message, shown, photo):
    with pytest.raises(ValueError, match=message):
        interactive.noise_explorer(**{"image": photo, "row": 5, "alt": "A row.", **change})
    assert shown == []
