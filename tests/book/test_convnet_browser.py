"""Chapter 11's two figures in a real browser, alone on a bare page."""

import itertools
import json

import numpy as np
import pytest
import torch
from bare_page import check_manners, html_of, put, without_scripts

from dlcv import interactive, models
from dlcv.inspection import layer_table
from dlcv.interactive.pooling_explorer import FILTERS, POOLINGS, SIZES, pooled

PICTURE = np.zeros((16, 16), dtype=np.uint8)
PICTURE[4:12, 4:12] = np.random.default_rng(0).integers(0, 256, (8, 8))
LENET = {
    "channels": (6, 16), "convs": 1, "kernel_size": 5, "padding": 0, "pool": "max",
    "hidden": (120, 84),
}  # fmt: skip
DEEP = {
    "channels": (16, 32, 64), "convs": 2, "kernel_size": 3, "padding": "same", "pool": "average",
    "hidden": (),
}  # fmt: skip
SHAPES = {"CIFAR-10": (3, 32, 32), "MNIST": (1, 28, 28)}


@pytest.fixture(scope="module")
def explorer():
    show = interactive.pooling_explorer
    return html_of("pooling_explorer", show, PICTURE, alt="A digit, filtered, pooled.")


@pytest.fixture(scope="module")
def builder():
    show, nets = interactive.network_builder, {"LeNet": LENET, "Six convolutions": DEEP}
    return html_of("network_builder", show, nets, SHAPES, alt="A table of layers.")


# ------------------------------------------------------------------------- pooling and shifts


def moved(right, down):
    return np.roll(PICTURE, (down, right), axis=(0, 1)) / 255  # nothing reaches the edge


def changes(page):
    return json.loads(page.locator(".dlcv-pooling").get_attribute("data-changes"))


def expected_changes(right, down, filter, pool, size):
    before = [torch.tensor(PICTURE / 255), *pooled(PICTURE / 255, filter, pool, size)]
    now = [torch.tensor(moved(right, down)), *pooled(moved(right, down), filter, pool, size)]
    return [float((b - a).norm() / a.norm()) for a, b in zip(before, now, strict=True)]


def test_the_changes_are_those_that_pytorch_computes(page, explorer):
    put(page, explorer)
    page.locator("[data-kernel]").select_option(label="upper edges")
    page.get_by_label("to the right").fill("1")
    page.get_by_label("down").fill("-3")
    for pool, size in itertools.product(POOLINGS, SIZES):
        page.locator("[data-kind]").select_option(pool)
        page.locator("[data-size]").select_option(str(size))
        expected = expected_changes(1, -3, "upper edges", pool, size)
        np.testing.assert_allclose(changes(page), expected, atol=1e-9)
        found = json.loads(page.locator(".dlcv-pooling").get_attribute("data-pooled"))
        _, now = pooled(moved(1, -3), "upper edges", pool, size)
        np.testing.assert_allclose(found, now.flatten(), atol=1e-9)


def test_the_arrow_keys_and_the_mouse_move_the_picture(page, explorer):
    put(page, explorer)
    assert changes(page) == [0, 0, 0]
    page.get_by_label("to the right").focus()
    page.keyboard.press("ArrowRight")
    words = page.get_by_role("status")
    assert words.text_content().startswith("Moved: 1 right. The picture has changed by ")
    assert page.get_by_label("to the right").get_attribute("aria-valuetext") == "1 pixels"
    frame = page.locator('[data-canvas="picture"]').bounding_box()
    cell, center = frame["width"] / 16, (frame["x"] + 60, frame["y"] + 60)
    page.mouse.move(*center)
    page.mouse.down()
    page.mouse.move(center[0] - 3 * cell, center[1] + 30 * cell)
    page.mouse.up()
    assert words.text_content().startswith("Moved: 2 left, 4 down.")
    expected = expected_changes(-2, 4, next(iter(FILTERS)), "max", 2)
    np.testing.assert_allclose(changes(page), expected, atol=1e-9)
    page.get_by_role("button", name="Back in place").click()
    assert words.text_content().startswith("Moved: in place.")


# ---------------------------------------------------------------------------- network builder


def rows(page):
    return json.loads(page.locator(".dlcv-builder").get_attribute("data-rows"))


def assert_same_table(page, shape, **options):
    table = layer_table(models.convnet(shape, 10, **options), shape)
    table = [row for row in table if row.kind not in ("ReLU", "Flatten")]
    found = [
        (r["name"], tuple(r["shape"]), r["parameters"], r["adds"], r["field"]) for r in rows(page)
    ]
    assert found == [
        (r.name, r.shape, r.parameters, r.multiply_adds, r.receptive_field and r.receptive_field[0])
        for r in table
    ]


def test_the_table_is_that_of_the_package(page, builder):
    put(page, builder)
    assert_same_table(page, (3, 32, 32), **LENET)
    assert page.locator("[data-parameters]").text_content() == "62,006"
    assert page.locator("[data-adds]").text_content() == "651,720"
    page.get_by_role("button", name="Six convolutions").click()
    assert_same_table(page, (3, 32, 32), **DEEP)
    words = page.get_by_role("status").text_content()
    assert words.startswith("[(CONV-RELU)*2-POOL]*3-SOFTMAX: ")


@pytest.mark.parametrize("pool", ["max", "none"])
def test_every_list_and_field_has_its_effect(page, builder, pool):
    put(page, builder)
    chosen = {"shape": "1", "blocks": "3", "convs": "2", "kernel": "3", "padding": "none"}
    for name, value in {**chosen, "pool": pool, "layers": "1"}.items():
        page.locator(f'[data-set="{name}"]').select_option(value)
    page.get_by_label("filters of block 3").fill("7")
    page.get_by_label("units of connected layer 1").fill("33")
    options = {"kernel_size": 3, "padding": 0, "hidden": (33,), "convs": 2}
    pool = None if pool == "none" else pool
    if pool:  # 28, 26, 24, 12, 10, 8, 4, 2: the sixth convolution does not fit
        assert "In block 3 a 3 × 3 filter does not fit" in page.get_by_role("status").text_content()
        page.locator('[data-set="convs"]').select_option("1")
        options["convs"] = 1
    assert_same_table(page, (1, 28, 28), channels=(6, 16, 7), pool=pool, **options)


def test_without_blocks_and_layers_it_is_softmax_regression(page, builder):
    put(page, builder)
    for name in ("blocks", "layers"):
        page.locator(f'[data-set="{name}"]').select_option("0")
    assert_same_table(page, (3, 32, 32), channels=())
    assert page.get_by_role("status").text_content().startswith("SOFTMAX: 30,730 parameters")


# ------------------------------------------------------------------------------------- manners


@pytest.mark.parametrize("which", ["explorer", "builder"])
def test_it_keeps_to_the_manners_of_a_figure(page, which, request):
    check_manners(page, request.getfixturevalue(which))


@pytest.mark.parametrize("which", ["explorer", "builder"])
def test_without_scripts_a_still_one_stands_alone(browser, which, request, tmp_path):
    page = without_scripts(browser, request.getfixturevalue(which), tmp_path)
    assert page.locator("[data-static]").is_visible()
    assert not page.locator(".dlcv-body").is_visible()
    page.context.close()
