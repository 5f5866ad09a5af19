"""The noise explorer in a real browser, alone on a bare page: its curves are those of SciPy."""

import re

import numpy as np
import pytest
from bare_page import check_manners, html_of, put
from scipy import ndimage

from dlcv import interactive

PHOTO = np.random.default_rng(0).integers(0, 256, (45, 60), dtype=np.uint8)
PHOTO[20, :30], PHOTO[20, 30:] = 30, 220  # a row with a step


@pytest.fixture(scope="module")
def html():
    show = interactive.noise_explorer
    return html_of("noise_explorer", show, PHOTO, row=20, alt="A noisy row.")


def shown(page):
    """What the figure draws, as arrays."""
    values = page.evaluate("document.querySelector('.dlcv-noise').shown")
    return {name: np.array(value) for name, value in values.items()}


def smoothed(row, sigma):
    return ndimage.gaussian_filter1d(row, sigma, mode="mirror") if sigma else row


def slope(row):
    return ndimage.correlate1d(row, [-0.5, 0, 0.5], mode="mirror")


@pytest.mark.parametrize("sigma", [0, 0.1, 0.7, 2.5, 8])
def test_the_curves_are_scipys(page, html, sigma):
    put(page, html)
    page.locator("[data-sigma]").fill(str(sigma))
    seen = shown(page)
    np.testing.assert_allclose(seen["smooth"], smoothed(seen["noisy"], sigma), atol=1e-12)
    np.testing.assert_allclose(seen["slope"], slope(seen["smooth"]), atol=1e-12)
    np.testing.assert_allclose(seen["clean"], slope(smoothed(PHOTO[20] / 255, sigma)), atol=1e-12)
    dot = np.zeros(99)
    dot[49] = 1  # what one noisy pixel becomes; the variances of the pixels add up
    gain = np.sqrt((slope(smoothed(dot, sigma)) ** 2).sum())
    assert seen["spread"] == pytest.approx(0.1 * gain, rel=1e-9)


def test_the_noise_has_the_strength_of_its_slider_and_can_be_drawn_again(page, html):
    put(page, html)
    page.locator("[data-noise]").fill("0")
    np.testing.assert_array_equal(shown(page)["noisy"], PHOTO[20] / 255)
    assert "without noise" in page.get_by_role("status").text_content()
    page.locator("[data-noise]").fill("0.3")
    draws = []
    for _ in range(6):
        draws.append(shown(page)["noisy"] - PHOTO[20] / 255)
        page.get_by_role("button", name="Draw the noise again").click()
    assert 0.27 < np.std(draws[:5]) < 0.33
    assert len({tuple(draw) for draw in draws}) == 5  # then they begin anew


def test_the_words_the_mark_and_the_band_say_what_is_drawn(page, html):
    put(page, html)
    page.locator("[data-sigma]").fill("2")
    seen, words = shown(page), page.get_by_role("status").text_content()
    found = abs(seen["slope"]).argmax()
    assert f"Row 20: steepest at column {found} " in words
    peak = abs(seen["clean"]).max()
    assert f"{peak:.3f}, {peak / seen['spread']:.1f} times the noise" in words
    assert page.locator("svg").get_attribute("aria-label") == f"A noisy row. {words}"
    place = float(re.match(r"M([\d.]+),", page.locator("[data-found]").get_attribute("d"))[1])
    assert place == pytest.approx((found + 0.5) / 60 * 440, abs=0.1)
    limit = float(page.locator("[data-limit]").first.text_content())
    tall = float(page.locator("[data-band]").get_attribute("height"))
    assert tall / 120 == pytest.approx(2 * seen["spread"] / limit, rel=0.1)


def test_the_row_follows_the_keys_and_the_mouse(page, html):
    put(page, html)
    photo = page.get_by_role("slider", name="Row of the photo")
    for key, row in (
        ("ArrowDown", 21),
        ("PageDown", 29),
        ("ArrowUp", 28),
        ("Home", 0),
        ("End", 44),
    ):
        photo.press(key)
        assert photo.get_attribute("aria-valuetext") == f"row {row}"
        assert shown(page)["row"] == row
    box = photo.bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 10.5 / 45 * box["height"])
    page.mouse.down()
    assert shown(page)["row"] == 10
    page.mouse.move(box["x"] + 9, box["y"] + 20.5 / 45 * box["height"])
    page.mouse.up()
    assert shown(page)["row"] == 20
    np.testing.assert_allclose(shown(page)["clean"], slope(PHOTO[20] / 255), atol=1e-12)


def test_two_on_a_page_do_not_disturb_each_other(page, html):
    put(page, html, html)
    page.locator("[data-sigma]").nth(1).fill("4")
    spreads = page.evaluate(
        "[...document.querySelectorAll('.dlcv-noise')].map(root => root.shown.spread)"
    )
    assert spreads[0] > 3 * spreads[1]


def test_it_keeps_to_the_manners_of_a_figure(page, html):
    check_manners(page, html)
