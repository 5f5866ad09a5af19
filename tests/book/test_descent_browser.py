"""The descent explorer in a real browser, alone on a bare page: its steps are torch.optim's."""

import json

import pytest
import torch
from bare_page import check_manners, html_of, put, without_scripts

from dlcv import interactive

ALT = "Contour lines and a path."


@pytest.fixture(scope="module")
def html():
    return html_of("descent", interactive.descent_explorer, alt=ALT)


@pytest.fixture
def page(page, html):
    """The explorer. Whoever wants no motion gets a run at once, so the tests need not wait."""
    page.emulate_media(reduced_motion="reduce")
    put(page, html)
    return page


def data_of(page, name):
    return json.loads(page.locator(".dlcv-descent").get_attribute(f"data-{name}"))


def press(page, name, times=1):
    for _ in range(times):
        page.get_by_role("button", name=name).click()


def state(page):
    return page.locator("[data-state]").text_content()


def by_torch(surface, start, steps, rate, momentum):
    """The path of torch.optim.SGD with autograd's derivative, (steps + 1, 2)."""
    w = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer, path = torch.optim.SGD([w], lr=rate, momentum=momentum), [w.detach().clone()]
    for _ in range(steps):
        optimizer.zero_grad()
        surface(w).backward()
        optimizer.step()
        path.append(w.detach().clone())
    return torch.stack(path)


@pytest.mark.parametrize(("index", "momentum"), [(0, 0.9), (1, 0), (2, 0.5), (3, 0.9)])
def test_the_steps_are_those_of_torch(page, index, momentum):
    surface = interactive.SURFACES[index]
    page.get_by_role("combobox").select_option(str(index))
    page.get_by_label("momentum β", exact=True).fill(str(momentum))
    press(page, "Run")
    path = torch.tensor(data_of(page, "path"), dtype=torch.float64)
    assert len(path) > 20
    theirs = by_torch(surface, surface.start, len(path) - 1, surface.learning_rate, momentum)
    torch.testing.assert_close(path, theirs, rtol=1e-9, atol=1e-9)
    assert data_of(page, "loss") == pytest.approx(surface(path[-1]).item(), abs=1e-9)


def test_one_step_is_one_step_and_the_numbers_are_shown(page):
    assert state(page).startswith("step 0: w = (−1.60, 1.20), loss 2.0000, gradient 2.0000.")
    page.get_by_label("learning rate α", exact=True).fill("0.5")
    press(page, "One step", times=2)  # a quarter of the start: 1/2 · (0.4² + 0.3²) = 0.125
    assert state(page).startswith("step 2: w = (−0.40, 0.30), loss 0.1250, gradient 0.5000.")
    assert "step 2" in page.get_by_role("status").text_content()
    label = page.locator("[data-curve]").get_attribute("aria-label")
    assert label.startswith(f"{ALT} Surface: round bowl. At step 2") and "loss 0.1250" in label
    press(page, "Back to the start")
    assert data_of(page, "steps") == 0 and state(page).startswith("step 0: w = (−1.60, 1.20)")


def test_it_says_when_it_has_diverged_and_goes_no_further(page):
    page.get_by_role("combobox").select_option(label="narrow valley")
    page.get_by_label("learning rate α", exact=True).fill("0.1")  # above 2/25
    assert "allows α up to 0.080" in state(page)
    press(page, "Run")
    assert "Diverged: the steps grow without limit." in state(page)
    assert "Diverged" in page.get_by_role("status").text_content()
    steps = data_of(page, "steps")
    press(page, "Run")
    press(page, "One step")
    assert data_of(page, "steps") == steps < 200
    page.get_by_label("momentum β", exact=True).fill("0.5")  # the limit is 0.12 now
    press(page, "Back to the start")
    assert "allows α up to 0.120" in state(page)
    press(page, "Run")
    assert data_of(page, "diverged") is False and data_of(page, "loss") < 1e-6


def test_on_the_saddle_it_stops_and_a_hair_beside_it_goes_on(page):
    page.get_by_role("combobox").select_option(label="saddle")
    start = page.locator("[data-map]")
    start.focus()
    page.keyboard.press("ArrowDown")  # from 0.04 to 0 exactly
    press(page, "Run")
    assert data_of(page, "path")[-1] == [pytest.approx(0, abs=1e-5), 0]
    assert "Flat" in state(page)
    start.focus()
    page.keyboard.press("ArrowDown")
    press(page, "Run")
    assert "Flat" in state(page) and data_of(page, "path")[-1][1] == pytest.approx(-1, abs=1e-4)


def test_the_start_is_moved_with_the_arrow_keys(page):
    start = page.get_by_role("slider", name="Start, moved with the arrow keys")
    start.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "Shift+ArrowDown"):
        page.keyboard.press(key)  # 0.04 each, 0.2 with Shift
    assert data_of(page, "path") == [[pytest.approx(-1.52), pytest.approx(1.04)]]
    assert start.get_attribute("aria-valuetext").startswith("start at −1.52, 1.04; step 0")
    assert float(start.get_attribute("aria-valuenow")) == pytest.approx(-1.52)
    for _ in range(60):
        page.keyboard.press("Shift+ArrowRight")
    assert data_of(page, "path")[0][0] == 2  # not out of the map


def test_the_start_is_dragged_and_the_path_begins_anew(page):
    press(page, "One step", times=3)
    box = page.locator("[data-map]").bounding_box()
    x, y = box["x"] + 0.75 * box["width"], box["y"] + 0.25 * box["height"]
    page.mouse.move(x, y)
    page.mouse.down()
    assert data_of(page, "path") == [[pytest.approx(1, abs=0.02), pytest.approx(1, abs=0.02)]]
    page.mouse.move(x, y + 0.5 * box["height"], steps=3)
    page.mouse.up()
    page.mouse.move(x - 50, y)  # the button is up: nothing follows
    assert data_of(page, "path") == [[pytest.approx(1, abs=0.02), pytest.approx(-1, abs=0.02)]]
    box = page.locator("[data-map]").bounding_box()
    page.touchscreen.tap(box["x"] + 0.25 * box["width"], box["y"] + 0.5 * box["height"])
    assert data_of(page, "path") == [[pytest.approx(-1, abs=0.02), pytest.approx(0, abs=0.02)]]


def test_slider_and_field_show_the_same_number(page):
    slide, field = (
        page.get_by_label(f"learning rate α{end}", exact=True) for end in (", slider", "")
    )
    field.fill("0.01")
    assert float(slide.input_value()) == pytest.approx(-2)
    slide.focus()
    page.keyboard.press("End")
    assert field.input_value() == "4"  # 10^0.6, two digits
    assert slide.get_attribute("aria-valuetext") == "4"
    field.fill("-1")  # cannot be meant: the last number stays
    press(page, "One step")
    assert data_of(page, "path")[1] == [pytest.approx(4.8), pytest.approx(-3.6)]  # (1 − 4) · start
    momentum = page.get_by_label("momentum β, slider", exact=True)
    momentum.focus()
    page.keyboard.press("End")
    assert page.get_by_label("momentum β", exact=True).input_value() == "0.99"


def color(page, selector, x, y):
    """The color at a place given in shares of the canvas."""
    return page.evaluate(
        """([selector, x, y]) => {
          const canvas = document.querySelector(selector);
          return [...canvas.getContext('2d').getImageData(
            Math.round(x * canvas.width), Math.round(y * canvas.height), 1, 1).data];
        }""",
        [selector, x, y],
    )


def test_the_map_shows_low_ground_dark_and_the_path_on_it(page):
    assert color(page, "[data-map]", 0.5, 0.503)[0] < color(page, "[data-map]", 0.97, 0.03)[0]
    page.get_by_label("learning rate α", exact=True).fill("1")
    press(page, "One step")  # straight to the middle
    assert color(page, "[data-map]", 0.3, 0.35) == [212, 128, 0, 255]
    press(page, "Back to the start")
    assert color(page, "[data-map]", 0.3, 0.35) == [156, 143, 134, 255]  # gray, to compare with


def test_a_run_moves_step_by_step_and_can_be_stopped(page, html):
    page.emulate_media(reduced_motion="no-preference")
    put(page, html)
    page.get_by_label("learning rate α", exact=True).fill("0.001")
    press(page, "Run")
    page.wait_for_function("document.querySelector('.dlcv-descent').dataset.steps > 2")
    press(page, "Stop")
    steps = data_of(page, "steps")
    page.wait_for_timeout(200)
    assert data_of(page, "steps") == steps < 300
    assert page.get_by_role("button", name="Run").is_visible()


def test_it_keeps_to_the_manners_of_a_figure(page, html):
    check_manners(page, html)
    assert page.locator("main :is(input, select, button, [tabindex]):visible").count() == 9


def test_without_scripts_a_picture_stands_alone(browser, html, tmp_path):
    page = without_scripts(browser, html, tmp_path)
    assert page.locator("img[data-static]").is_visible()
    assert not page.locator("[data-map]").is_visible()
    assert page.locator("noscript").is_visible()
    page.context.close()


def test_two_explorers_on_a_page_do_not_disturb_each_other(page, html):
    put(page, html, html)
    page.get_by_role("button", name="One step").nth(1).click()
    steps = page.evaluate(
        "[...document.querySelectorAll('.dlcv-descent')].map(root => root.dataset.steps)"
    )
    assert steps == ["0", "1"]
