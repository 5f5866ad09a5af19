"""The explorer of maps: what it hands to its script, and what it refuses."""

import base64
import json
import re

import numpy as np
import pytest
import torch

from dlcv import interactive


def script_data(html):
    (call,) = re.findall(r"\n  mapExplorer\(root, (.*)\);\n", html)
    return json.loads(call)


def numbers(text, shape):
    return np.frombuffer(base64.b64decode(text), dtype=np.uint8).reshape(shape)


def test_the_script_gets_images_and_scaled_maps(shown):
    images = torch.randint(0, 256, (2, 3, 4, 5), dtype=torch.uint8)
    maps = torch.tensor([[[[0.0, 2.0], [1.0, -3.0]]], [[[0.0, 0.0], [0.0, 0.0]]]])
    interactive.map_explorer(images, {"conv": maps}, ["one", "<two>"], alt="Maps.")
    html = shown[0]["text/html"]
    data = script_data(html)
    sent = numbers(data["images"], (2, 4, 5, 3)).transpose(0, 3, 1, 2)
    assert np.array_equal(sent, images.numpy())
    (layer,) = data["layers"]
    assert numbers(layer["values"], (2, 1, 2, 2))[0, 0].tolist() == [[0, 255], [128, 0]]
    assert numbers(layer["values"], (2, 1, 2, 2))[1].max() == 0
    assert layer["largest"] == [[2.0], [0.0]] and layer["size"] == [2, 2]
    assert numbers(data["palette"], (256, 3))[[0, 255]].tolist() == [[0] * 3, [255] * 3]
    assert "&lt;two&gt;" in html and shown[0]["text/plain"] == "Maps."
    assert 'data-static src="data:image/webp;base64,' in html


def test_named_channels_become_a_list_with_notes(shown):
    options = {"channels": ["cat", "dog"], "notes": [["sure", "not"]], "start": (0, 0, 1)}
    interactive.map_explorer(
        torch.rand(1, 3, 2, 2), {"a": torch.rand(1, 2, 2, 2)}, ["x"], alt="Maps.", **options
    )
    data = script_data(shown[0]["text/html"])
    assert data["names"] == ["cat", "dog"] and data["notes"] == [["sure", "not"]]
    assert '<option value="1">dog</option>' in shown[0]["text/html"]


@pytest.mark.parametrize("layers", [1, 2])
def test_a_menu_of_a_single_layer_is_not_shown(shown, layers):
    maps = {f"relu{number}": torch.rand(1, 2, 2, 2) for number in range(layers)}
    interactive.map_explorer(torch.rand(1, 3, 2, 2), maps, ["x"], alt="Maps.")
    hidden = "<label hidden><span>layer</span>" in shown[0]["text/html"]
    assert hidden == (layers == 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"titles": []}, "0 for 1 images"),
        ({"images": torch.zeros(1, 1, 2, 2)}, r"\(N, 3, H, W\)"),
        ({"layers": {"a": torch.zeros(2, 2, 2, 2)}}, r"'a' has shape .*; \(1, channels, h, w\)"),
        ({"channels": ["cat"]}, r"\(1, 1, h, w\) was wanted"),
        ({"notes": [["one"]]}, "one text for every image and channel"),
        ({"layers": {"a": torch.zeros(1, 400, 32, 32)}}, "show fewer images"),
        ({"alt": " "}, "alt"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    given = {"images": torch.zeros(1, 3, 2, 2), "layers": {"a": torch.zeros(1, 2, 2, 2)}}
    given |= {"titles": ["x"], "alt": "Maps."} | change
    with pytest.raises(ValueError, match=message):
        interactive.map_explorer(**given)
