"""Pooling by numbers, the strip, and what the two explorers of chapter 11 refuse."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from dlcv import figures, interactive
from dlcv.figures import pooling

MAP = torch.arange(16.0).reshape(4, 4)
PICTURE = np.zeros((16, 16), dtype=np.uint8)
NET = {"channels": (4,), "kernel_size": 3}


@pytest.fixture
def shown(monkeypatch):
    drawn = []
    monkeypatch.setattr(pooling, "show", lambda fig, alt: drawn.append(fig))
    yield drawn
    plt.close("all")


def test_every_number_is_printed_in_its_window(shown):
    figures.show_pooling(MAP, {"largest": MAP[1::2, 1::2]}, alt="A map and its maxima")
    before, after = shown[0].axes
    assert [text.get_text() for text in before.texts] == [f"{v:g}" for v in range(16)]
    assert [text.get_text() for text in after.texts] == ["5", "7", "13", "15"]
    windows = before.images[0].get_array()
    assert (windows == np.kron([[0, 1], [2, 3]], np.ones((2, 2)))).all()


def test_windows_must_lie_side_by_side(shown):
    with pytest.raises(ValueError, match="'mean'.* does not divide"):
        figures.show_pooling(MAP, {"mean": MAP[:3, :3]}, alt="A map and its means")


def test_probabilities_stand_below_their_places(shown):
    probabilities = torch.rand(10, 5)
    figures.show_strip(torch.rand(16, 32), probabilities, range(8, 28, 4), alt="A strip of digits")
    lower = shown[0].axes[1].images[0]
    assert lower.get_extent() == [6, 26, 9.5, -0.5]
    np.testing.assert_allclose(lower.get_array(), probabilities)
    with pytest.raises(ValueError, match=r"\(K, 4\) was wanted, not \(10, 5\)"):
        figures.show_strip(torch.rand(16, 32), probabilities, range(4), alt="A strip of digits")


@pytest.mark.parametrize(
    ("image", "options", "words"),
    [
        (PICTURE[:, :12], {}, "image: "),
        (PICTURE[:14, :14], {}, "a multiple of 4"),
        (PICTURE / 255, {}, "uint8"),
        (PICTURE, {"filter": "Gabor"}, "filter: one of"),
        (PICTURE, {"pool": "min"}, "pool: one of"),
        (PICTURE, {"size": 3}, "size: one of"),
        (PICTURE, {"right": 5}, "right: a whole number up to 4"),
        (PICTURE, {"alt": ""}, "alt"),
    ],
)
def test_the_pooling_explorer_refuses(image, options, words):
    with pytest.raises(ValueError, match=words):
        interactive.pooling_explorer(image, **{"alt": "A digit, filtered and pooled", **options})


@pytest.mark.parametrize(
    ("networks", "shapes", "words"),
    [
        ({}, {"small": (1, 8, 8)}, "one at least"),
        ({"net": NET}, {}, "one at least"),
        ({"net": {**NET, "kernel_size": 9}}, {"small": (1, 8, 8)}, "'net' has kernel_size 9"),
        ({"net": {**NET, "convs": 4}}, {"small": (1, 8, 8)}, "'net' has convs 4"),
        ({"net": {**NET, "channels": [4] * 6}}, {"small": (1, 8, 8)}, "'net' has channels 6"),
        ({"net": {**NET, "padding": 1}}, {"small": (1, 8, 8)}, "'net' has padding 1"),
        ({"net": {**NET, "channels": [4] * 4}}, {"small": (1, 8, 8)}, "pooling in block 4"),
    ],
)
def test_the_network_builder_refuses(networks, shapes, words):
    with pytest.raises(ValueError, match=words):
        interactive.network_builder(networks, shapes, alt="A table of layers")


def test_the_names_of_curves_stand_where_they_are_put():
    fig, ax = plt.subplots()
    figures.plot_curves(range(3), {"a": [0, 1, 2], "b": [2, 1, 0]}, ax=ax, legend=(0.6, 0.1))
    assert ax.get_legend()._loc == (0.6, 0.1)
    plt.close(fig)
