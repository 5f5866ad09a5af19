"""The explorer of maps in a real browser, alone on a bare page."""

import numpy as np
import pytest
import torch
from bare_page import check_manners, html_of, put, without_scripts

from dlcv import interactive

GENERATOR = torch.Generator().manual_seed(0)
IMAGES = torch.randint(0, 256, (2, 3, 6, 7), dtype=torch.uint8, generator=GENERATOR)
LAYERS = {
    "first": torch.rand(2, 5, 4, 3, generator=GENERATOR)
    * torch.tensor([1.0, 4.0])[:, None, None, None],
    "second": torch.rand(2, 3, 2, 2, generator=GENERATOR),
}
READ = """name => {
  const canvas = document.querySelector(`[data-${name}]`);
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return [canvas.width, canvas.height, Array.from(pixels.data)];
}"""


@pytest.fixture(scope="module")
def html():
    def made(**options):
        show = interactive.map_explorer
        titles = ["a star", "a ring"]
        return html_of("maps", show, IMAGES, LAYERS, titles, alt="Maps.", **options)

    return made


def drawn(page, name):
    width, height, pixels = page.evaluate(READ, name)
    return np.array(pixels).reshape(height, width, 4)[..., :3]


def expected(layer, image, channel, largest=None):
    values = LAYERS[layer][image, channel].numpy()
    return values / (largest or values.max()) * 255


def test_image_and_map_are_those_that_are_chosen(page, html):
    put(page, html())
    assert np.array_equal(drawn(page, "picture"), IMAGES[0].permute(1, 2, 0).numpy())
    assert np.abs(drawn(page, "map")[..., 0] - expected("first", 0, 0)).max() <= 1
    page.locator("[data-image]").select_option("a ring")
    page.locator("[data-channel]").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert np.array_equal(drawn(page, "picture"), IMAGES[1].permute(1, 2, 0).numpy())
    assert np.abs(drawn(page, "map")[..., 0] - expected("first", 1, 3)).max() <= 1
    assert "a ring · first, map 3: largest value" in page.locator("[data-told]").text_content()


def test_one_scale_for_all_scenes(page, html):
    put(page, html())
    page.get_by_label("one scale for all scenes").check()
    largest = float(LAYERS["first"][:, 0].max())
    assert np.abs(drawn(page, "map")[..., 0] - expected("first", 0, 0, largest)).max() <= 2


def test_a_layer_with_fewer_maps_keeps_the_number_in_range(page, html):
    put(page, html(start=(0, 0, 4)))
    assert page.locator("[data-channel]").input_value() == "4"
    page.get_by_label("layer").select_option("second")
    assert page.locator("[data-channel]").input_value() == "2"
    assert np.abs(drawn(page, "map")[..., 0] - expected("second", 0, 2)).max() <= 1


def test_classes_are_chosen_by_name(page):
    maps = {"last": LAYERS["second"]}
    options = {"channels": ["cat", "dog", "cow"], "notes": [["a", "b", "c"], ["d", "e", "f"]]}
    show = interactive.map_explorer
    page_html = html_of("maps", show, IMAGES, maps, ["x", "y"], alt="Maps.", **options)
    put(page, page_html)
    page.get_by_label("class").select_option("cow")
    page.locator("[data-image]").select_option("y")
    assert page.locator("[data-told]").text_content() == "y · last, cow: f"
    assert page.locator("[data-map]").get_attribute("aria-label") == "Maps. y · last, cow"


def test_manners(page, html):
    check_manners(page, html())


def test_without_scripts_a_picture_is_there(browser, html, tmp_path):
    page = without_scripts(browser, html(), tmp_path)
    assert (
        page.locator("[data-static]").is_visible() and not page.locator("canvas").first.is_visible()
    )
    page.context.close()
