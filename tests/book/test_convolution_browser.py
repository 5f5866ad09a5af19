"""The explorers of chapter 10 in a real browser, alone on a bare page, against PyTorch."""

import importlib
import json
from itertools import product

import pytest
import torch
from bare_page import check_manners, html_of, put, without_scripts
from torch.nn import functional as F

from dlcv import interactive, layers

SLIDING = importlib.import_module("dlcv.interactive.sliding_filter")
# Sets all sliders at once, as a reader would one by one, and returns what the figure then says.
SET = """settings => settings.map(values => {
  const root = document.querySelector('.dlcv-explorer');
  for (const [name, value] of Object.entries(values)) {
    const field = root.querySelector(`[data-set="${name}"]`);
    if (field.value === String(value)) continue;
    field.value = value;
    field.dispatchEvent(new Event('input'));
  }
  return {...root.dataset};
})"""


@pytest.fixture(scope="module")
def sliding():
    show = interactive.sliding_filter
    return html_of("sliding_filter", show, alt="A window on a picture.")


@pytest.fixture(scope="module")
def field():
    show = interactive.receptive_field_explorer
    return html_of("receptive_field", show, alt="What an output sees.")


def settings_of_all_kinds() -> list[dict[str, int]]:
    ranges = [range(low, high + 1) for _, low, high in SLIDING.CONTROLS.values()]
    ranges[0] = (3, 6, 7, 10)
    return [dict(zip("NFSPD", values, strict=True)) for values in product(*ranges)]


def in_pytorch(N, F_, S, P, D) -> list[float]:
    image = torch.tensor(SLIDING.picture()[:N, :N])[None, None].double()
    kernel = torch.tensor(SLIDING.weights(F_))[None, None].double()
    return F.conv2d(image, kernel, stride=S, padding=P, dilation=D).flatten().tolist()


def test_a_setting_gives_the_output_of_pytorch_or_the_sentence_of_the_package(page, sliding):
    put(page, sliding)
    settings = settings_of_all_kinds()
    for setting, said in zip(settings, page.evaluate(SET, settings), strict=True):
        refusal = SLIDING.sentence(*setting.values())
        assert said["sentence"] == refusal, setting
        assert json.loads(said["outputs"]) == ([] if refusal else in_pytorch(*setting.values()))


def test_what_does_not_fit_is_told_in_place_of_the_output(page, sliding):
    put(page, sliding)
    page.get_by_label("S, stride").fill("3")
    wanted = "a 3 × 3 filter with stride 3 does not fit a 7 × 7 input: (7 − 3 + 0) / 3 is not whole"
    assert page.locator("[data-refused]").text_content().startswith(wanted)
    assert not page.locator("[data-output]").is_visible()
    assert "PyTorch would leave the rest out: 2 × 2." in page.locator("[data-cost]").text_content()
    page.get_by_label("P, padding").fill("1")
    assert page.locator("[data-output]").is_visible()
    assert "(7 − 3 + 2 · 1) / 3 + 1 = 3" in page.locator("[data-cost]").text_content()


def test_the_cost_is_that_of_the_package(page, sliding):
    put(page, sliding)
    page.evaluate(SET, [{"N": 9, "F": 5, "P": 1, "D": 2}])
    words = page.locator("[data-cost]").text_content()
    assert "covers 2 · (5 − 1) + 1 = 9" in words
    size = layers.output_size(9, 5, 1, 1, 2)
    assert f"{layers.conv_parameters(3, 16, 5):,} parameters, " in words
    assert f"{layers.conv_multiply_adds(3, 16, 5, size):,} multiply-adds." in words


def test_buttons_and_arrow_keys_move_the_window(page, sliding):
    put(page, sliding)
    window, words = page.get_by_role("slider", name="Window"), page.get_by_role("status")
    values = in_pytorch(7, 3, 1, 0, 1)
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Back").click()
    assert words.text_content().startswith("row 0, column 1: (−1) · ")
    assert words.text_content().endswith(f" = {values[1]:g}".replace("-", "−"))
    window.focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowDown", "ArrowUp", "ArrowLeft", "End"):
        page.keyboard.press(key)
    told = f"row 1, column 4: output {values[9]:g}".replace("-", "−")
    assert window.get_attribute("aria-valuetext") == told
    assert window.get_attribute("aria-valuenow") == "9"
    page.keyboard.press("Home")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    assert window.get_attribute("aria-valuenow") == "0"
    page.get_by_role("button", name="Start").click()
    assert words.text_content().startswith("row 0, column 0:")


def test_a_click_moves_the_window_and_fills_the_output_up_to_there(page, sliding):
    put(page, sliding)
    output = page.locator("[data-output]")
    box = page.locator("[data-input]").bounding_box()
    page.mouse.click(box["x"] + 4.5 / 7 * box["width"], box["y"] + 2.5 / 7 * box["height"])
    assert page.get_by_role("status").text_content().startswith("row 1, column 3:")
    texts = output.locator("text").all_text_contents()
    assert all(texts[:9]) and not any(texts[9:])
    box = output.bounding_box()
    page.mouse.click(box["x"] + 0.9 * box["width"], box["y"] + 0.9 * box["height"])
    assert all(output.locator("text").all_text_contents())
    assert page.get_by_role("status").text_content().startswith("row 4, column 4:")


def test_it_plays_by_itself_and_stops_at_the_end(page, sliding):
    page.clock.install()
    put(page, sliding)
    page.evaluate(SET, [{"N": 4}])  # four places
    button = page.locator("[data-play]")
    button.click()
    assert button.text_content() == "Pause"
    page.clock.run_for(1100)
    assert page.locator("[data-input]").get_attribute("aria-valuenow") == "2"
    page.clock.run_for(2000)
    assert page.locator("[data-input]").get_attribute("aria-valuenow") == "3"
    assert button.text_content() == "Play"


def gradient(count, F_, S, D, doubling, chosen) -> list[float]:
    """What `chosen` of five outputs does with each pixel, through layers of ones."""
    windows = [(F_, S, D * 2**layer if doubling else D) for layer in range(count)]
    field, jump = layers.receptive_field(windows)
    x = torch.zeros(1, 1, field + 4 * jump, dtype=torch.float64, requires_grad=True)
    z = x
    for side, stride, dilation in windows:
        ones = torch.ones(1, 1, side, dtype=torch.float64)
        z = F.conv1d(z, ones, stride=stride, dilation=dilation)
    z[0, 0, chosen].backward()
    return x.grad[0, 0].tolist()


@pytest.mark.parametrize("doubling", [False, True])
def test_the_field_and_the_ways_are_those_of_pytorch(page, field, doubling):
    put(page, field)
    page.locator("[data-doubling]").set_checked(doubling)
    names = ("layers", "F", "S", "D")
    settings = [
        dict(zip(names, s, strict=True)) for s in product((1, 2, 4), (1, 2, 3, 5), (1, 2), (1, 3))
    ]
    for setting, said in zip(settings, page.evaluate(SET, settings), strict=True):
        seen = gradient(*setting.values(), doubling, chosen=2)
        assert json.loads(said["seen"]) == seen, setting
        windows = [
            (setting["F"], setting["S"], setting["D"] * (2**layer if doubling else 1))
            for layer in range(setting["layers"])
        ]
        assert (int(said["field"]), int(said["jump"])) == layers.receptive_field(windows)


def test_the_output_is_chosen_with_keys_and_mouse(page, field):
    put(page, field)
    drawing, root = (
        page.get_by_role("slider", name="What an output sees."),
        page.locator(".dlcv-field"),
    )
    drawing.focus()
    for key, now in (("ArrowLeft", "1"), ("Home", "0"), ("ArrowLeft", "0"), ("End", "4")):
        page.keyboard.press(key)
        assert drawing.get_attribute("aria-valuenow") == now
    assert json.loads(root.get_attribute("data-seen")) == gradient(3, 3, 1, 1, False, chosen=4)
    top = page.locator("[data-drawing] circle").nth(-4).bounding_box()  # the second output
    page.mouse.click(top["x"] + 3, top["y"] + 3)
    assert drawing.get_attribute("aria-valuetext") == "output 2 of 5: receptive field 7"


def test_holes_are_told(page, field):
    put(page, field)
    page.get_by_label("D, dilation of each layer").fill("2")
    words = page.get_by_role("status").text_content()
    assert "layer 2, dilation 2: r = 5 + 2 · (3 − 1) · 1 = 9" in words
    assert "a stretch of 13 pixels" in words and "only 7 of them count" in words


@pytest.mark.parametrize("which", ["sliding", "field"])
def test_it_keeps_to_the_manners_of_a_figure(page, which, sliding, field):
    check_manners(page, sliding if which == "sliding" else field)


def test_the_largest_input_fits_on_a_phone(page, sliding):
    page.set_viewport_size({"width": 360, "height": 740})
    put(page, sliding)
    page.evaluate(SET, [{"N": 10, "P": 2, "F": 5}])
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_without_scripts_a_sentence_stands_there(browser, sliding, field, tmp_path):
    page = without_scripts(browser, sliding + field, tmp_path)
    assert page.locator("noscript").count() == 2
    assert not page.locator("[data-input], [data-drawing]").first.is_visible()
    page.context.close()


def test_two_on_a_page_do_not_disturb_each_other(page, sliding):
    put(page, sliding, sliding)
    page.locator("[data-next]").nth(1).click()
    places = page.evaluate(
        "[...document.querySelectorAll('.dlcv-sliding')].map(r => r.dataset.place)"
    )
    assert places == ["0", "1"]
