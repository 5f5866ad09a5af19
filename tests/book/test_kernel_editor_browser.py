"""The kernel editor in a real browser, alone on a bare page: its sums are those of dlcv.filters."""

import numpy as np
import pytest
from bare_page import check_manners, html_of, put, without_scripts

from dlcv import filters, interactive
from dlcv.interactive.kernel_editor import BORDERS, PRESETS

PHOTO = np.random.default_rng(0).integers(0, 256, (7, 9), dtype=np.uint8)
SQUARE = np.zeros((10, 10), dtype=np.uint8)
SQUARE[2:7, 3:8] = 90
ODD_ONE = [[0.5, -1, 2], [3, 0, -0.25], [1, 4, -2]]


@pytest.fixture(scope="module")
def editor():
    def html(*args):
        show = interactive.kernel_editor
        return html_of("kernel_editor", show, *args, alt="A photo, also filtered.")

    return html


@pytest.fixture(scope="module")
def walk():
    show = interactive.filter_walk
    return html_of("kernel_editor", show, SQUARE, alt="A square and its means.")


def filtered(page, shape=PHOTO.shape):
    values = page.evaluate("Array.from(document.querySelector('.dlcv-kernel').filtered)")
    return np.array(values).reshape(shape)


def assert_filters_agree(page, kernel, border, filter_with=filters.correlate2d):
    expected = filter_with(PHOTO / 255, np.array(kernel, dtype=float), border)
    np.testing.assert_allclose(filtered(page), expected, atol=1e-12)


@pytest.mark.parametrize("border", list(BORDERS))
@pytest.mark.parametrize("flip", [False, True])
def test_the_sums_are_those_of_the_package(page, editor, border, flip):
    put(page, editor(PHOTO, ODD_ONE, 2))
    page.locator("[data-border]").select_option(border)
    page.locator("[data-flip]").set_checked(flip)
    filter_with = filters.convolve2d if flip else filters.correlate2d
    assert_filters_agree(page, np.array(ODD_ONE) / 2, border, filter_with)


@pytest.mark.parametrize("name", list(PRESETS))
def test_a_preset_fills_in_its_weights(page, editor, name):
    put(page, editor(PHOTO, ODD_ONE, 1))
    page.locator("[data-preset]").select_option(label=name)
    weights, divisor = PRESETS[name]
    assert_filters_agree(page, np.array(weights) / divisor, "reflect")
    fields = page.locator("[data-weight]:visible")
    assert [float(f.input_value()) for f in fields.all()] == np.array(weights).flatten().tolist()
    assert float(page.locator("[data-divisor]").input_value()) == divisor


def test_every_weight_can_be_typed_and_a_half_typed_one_does_no_harm(page, editor):
    put(page, editor(PHOTO))
    page.locator("[data-size]").select_option("5")
    kernel = np.arange(25).reshape(5, 5) / 4 - 3
    for field, weight in zip(page.locator("[data-weight]").all(), kernel.flatten(), strict=True):
        field.fill(str(weight))
    page.locator("[data-divisor]").fill("-8")
    page.locator("[data-divisor]").fill("0")  # cannot be meant: the last divisor stays
    page.get_by_label("weight 2 up, 2 left").fill("")
    assert_filters_agree(page, kernel / -8, "reflect")
    selected = page.locator("[data-preset]").locator("option:checked")
    assert selected.text_content() == "my own"


def test_another_size_keeps_the_middle_of_the_kernel(page, editor):
    put(page, editor(PHOTO, ODD_ONE, 1))
    page.locator("[data-size]").select_option("5")
    assert_filters_agree(page, np.pad(ODD_ONE, 1), "reflect")
    page.locator("[data-size]").select_option("3")
    assert_filters_agree(page, ODD_ONE, "reflect")


def test_the_sum_under_the_window_is_written_out(page, walk):
    put(page, walk)
    window, words = page.get_by_role("slider"), page.get_by_role("status")
    window.focus()
    for key in ("ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    assert words.text_content() == (
        "row 2, column 2: (0 + 0 + 0 + 0 + 0 + 90 + 0 + 0 + 90) / 9 = 20"
    )
    page.keyboard.press("ArrowRight")
    assert words.text_content().endswith("(0 + 0 + 0 + 0 + 90 + 90 + 0 + 90 + 90) / 9 = 40")
    assert window.get_attribute("aria-valuetext") == "row 2, column 3: output 40"
    for key, place in (("End", "row 2, column 9:"), ("Home", "row 2, column 0:")):
        window.press(key)
        assert window.get_attribute("aria-valuetext").startswith(place)
    page.keyboard.press("ArrowRight")
    assert window.get_attribute("aria-valuetext").startswith("row 2, column 1:")
    expected = filters.correlate2d(SQUARE.astype(float), np.full((3, 3), 1 / 9), "zero")
    np.testing.assert_allclose(filtered(page, (10, 10)), expected, atol=1e-12)


def color(page, selector, row, column, shape):
    """The color near a corner of one output pixel's cell, where no number is written."""
    return page.evaluate(
        """([selector, across, down]) => {
          const canvas = document.querySelector(selector);
          const pen = canvas.getContext('2d');
          return [...pen.getImageData(across * canvas.width, down * canvas.height, 1, 1).data];
        }""",
        [selector, (column + 0.15) / shape[1], (row + 0.15) / shape[0]],
    )


def test_in_a_walk_only_what_the_window_has_passed_is_there(page, walk):
    put(page, walk)
    frame = page.locator("[data-before]").bounding_box()
    cell = frame["width"] / 10
    page.mouse.click(frame["x"] + 5.5 * cell, frame["y"] + 4.5 * cell)
    assert "row 4, column 5" in page.get_by_role("status").text_content()
    assert color(page, "[data-after]", 4, 4, (10, 10)) == [255, 255, 255, 255]
    assert color(page, "[data-after]", 2, 4, (10, 10)) == [170, 170, 170, 255]
    assert color(page, "[data-after]", 4, 7, (10, 10))[3] == 0


@pytest.mark.parametrize(
    ("shown", "darkest", "brightest"),
    [("clipped", [0, 0, 0], [255, 255, 255]), ("stretched", [0, 0, 0], [255, 255, 255])],
)
def test_the_range_of_the_picture_can_be_chosen(page, editor, shown, darkest, brightest):
    ramp = np.tile(np.arange(9, dtype=np.uint8) * 30, (9, 1))
    laplacian = [[0, 0, 0], [-4, 0, 4], [0, 0, 0]]  # 0 at both edges, then 4 · 60 / 255 = 0.94
    put(page, editor(ramp, laplacian, 1))
    page.locator("[data-shown]").select_option(shown)
    assert color(page, "[data-after]", 2, 0, (9, 9))[:3] == darkest
    middle = color(page, "[data-after]", 2, 2, (9, 9))[0]
    assert middle == (240 if shown == "clipped" else 255)
    page.locator("[data-shown]").select_option("signed")
    assert color(page, "[data-after]", 2, 0, (9, 9))[:3] == [255, 255, 255]
    assert color(page, "[data-after]", 2, 2, (9, 9))[:3] == [50, 105, 230]
    page.locator("[data-flip]").check()
    assert color(page, "[data-after]", 2, 2, (9, 9))[:3] == [212, 128, 0]


@pytest.mark.parametrize("which", ["editor", "walk"])
def test_it_keeps_to_the_manners_of_a_figure(page, which, editor, walk):
    check_manners(page, editor(PHOTO) if which == "editor" else walk)


def test_a_large_kernel_fits_on_a_phone_too(page, editor):
    page.set_viewport_size({"width": 360, "height": 740})
    put(page, editor(PHOTO))
    page.locator("[data-size]").select_option("5")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_without_scripts_the_two_pictures_stand_alone(browser, editor, tmp_path):
    page = without_scripts(browser, editor(PHOTO), tmp_path)
    assert page.locator("img[data-static]").is_visible()
    assert not page.locator("[data-size]").is_visible()
    assert page.locator("noscript").is_visible()
    page.context.close()


def test_two_editors_on_a_page_do_not_disturb_each_other(page, editor):
    html = editor(PHOTO)
    put(page, html, html)
    page.locator("[data-preset]").nth(1).select_option(label="identity")
    both = page.evaluate(
        "[...document.querySelectorAll('.dlcv-kernel')].map(root => Array.from(root.filtered))"
    )
    np.testing.assert_allclose(np.array(both[1]).reshape(PHOTO.shape), PHOTO / 255, atol=1e-12)
    assert not np.allclose(both[0], both[1])
