"""The builder of convolutional networks: shapes, counts, LeNet, and what it refuses."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from dlcv import layers, models

LENET = {"channels": (6, 16), "convs": 1, "kernel_size": 5, "padding": 0, "hidden": (120, 84)}


def count(model):
    return sum(p.numel() for p in model.parameters())


@pytest.mark.parametrize(("channels", "size", "known"), [(1, 32, 61_706), (3, 32, 62_006)])
def test_lenet_has_its_parameters_and_gives_lenets_scores(channels, size, known):
    ours = models.convnet((channels, size, size), 10, **LENET).double()
    theirs = models.LeNet(channels, 10, size).double()
    assert count(ours) == count(theirs) == known
    with torch.no_grad():
        for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
            p.copy_(q)
        images = torch.randn(3, channels, size, size, dtype=torch.float64)
        torch.testing.assert_close(ours(images), theirs(images), rtol=0, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(st.integers(1, 3), st.integers(16, 22), st.integers(16, 22)),
    st.lists(st.integers(1, 5), max_size=2), st.integers(1, 2), st.sampled_from([1, 3]),
    st.sampled_from([0, 1, "same"]), st.sampled_from(["max", "average", None]),
    st.lists(st.integers(1, 6), max_size=2), st.integers(1, 4),
)  # fmt: skip
def test_any_network_has_the_pattern_and_the_count_of_the_formulas(
    shape, channels, convs, kernel_size, padding, pool, hidden, classes
):
    model = models.convnet(
        shape, classes, channels=channels, convs=convs, kernel_size=kernel_size,
        padding=padding, pool=pool, hidden=hidden,
    )  # fmt: skip
    assert model(torch.zeros(2, *shape)).shape == (2, classes)
    block = ["conv", "relu"] * convs + (["pool"] if pool else [])
    wanted = block * len(channels) + ["flatten"] + ["fc", "relu"] * len(hidden) + ["scores"]
    assert [name.rstrip("0123456789") for name, _ in model.named_children()] == wanted

    pixels = padding if padding != "same" else kernel_size // 2
    (maps, *size), total = shape, 0
    for filters in channels:
        for _ in range(convs):
            total += layers.conv_parameters(maps, filters, kernel_size)
            size = layers.output_size(tuple(size), kernel_size, padding=pixels)
            maps = filters
        size = [side // 2 for side in size] if pool else size
    units = [maps * size[0] * size[1], *hidden, classes]
    total += sum((a + 1) * b for a, b in zip(units, units[1:], strict=False))
    assert count(model) == total


def test_the_kind_of_pooling_is_the_one_that_was_asked_for():
    kinds = {"max": nn.MaxPool2d, "average": nn.AvgPool2d}
    for name, kind in kinds.items():
        model = models.convnet((1, 8, 8), 2, channels=(3,), pool=name)
        assert type(model.pool1) is kind
        assert model.pool1.kernel_size == model.pool1.stride == 2


def test_without_blocks_it_is_the_perceptron_of_chapter_5():
    mlp = models.convnet((3, 32, 32), 10, channels=(), hidden=(512,))
    assert count(mlp) == count(models.build("mlp", (3, 32, 32), 10)) == 1_578_506


def test_build_knows_it_by_name():
    model = models.build("convnet", (1, 8, 12), 7)
    assert model(torch.zeros(2, 1, 8, 12)).shape == (2, 7)
    assert "convnet" in models.NAMES


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"channels": (6, 16, 32), "kernel_size": 5, "padding": 0},
            "the convolution in block 3: a",
        ),
        ({"channels": [4] * 6}, "the pooling in block 6: a 2 × 2"),
        ({"channels": 16}, "channels must be a list of whole numbers; got 16"),
        ({"channels": (16, 0)}, r"channels must be positive whole numbers; got \(16, 0\)"),
        ({"hidden": 120}, "hidden must be a list"),
        ({"hidden": (1.5,)}, "hidden must be positive"),
        ({"convs": 0}, "convs must be positive whole numbers; got 0"),
        ({"kernel_size": 4}, "kernel_size"),
        ({"padding": "valid"}, 'padding must be a whole number of at least 0 or "same"'),
        ({"padding": -1}, "padding must be a whole number"),
        ({"pool": "min"}, 'pool must be "max", "average" or None; got'),
    ],
)
def test_what_makes_no_network_is_refused_by_name(options, words):
    with pytest.raises(ValueError, match=words):
        models.convnet((3, 32, 32), 10, **options)


def test_images_and_classes_are_checked_too():
    with pytest.raises(ValueError, match=r"image_shape must be \(C, H, W\); got \(32, 32\)"):
        models.convnet((32, 32), 10)
    with pytest.raises(ValueError, match="classes must be positive whole numbers; got 0"):
        models.convnet((3, 32, 32), 0)
