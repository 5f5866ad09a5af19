"""The interactive figures in a real browser, each alone on a bare page: no kernel, no network."""

import json
import math
import re

import matplotlib.pyplot as plt
import pytest
import torch
from bare_page import check_manners, html_of, put, without_scripts

from dlcv import interactive

LEVELS = [0, 0.25, 0.5, 0.75, 1]
CLASSES = ["cat", "dog", "ship"]


def gray(level, dark=False, side="left"):
    return plt.figure(figsize=(4, 2), facecolor=str(level * (1 - 0.5 * dark)), layout="none")


@pytest.fixture(scope="module")
def explorer_html():
    controls = {"level": LEVELS, "side": ["left", "right"], "dark": [False, True]}
    words = {"labels": {"level": "brightness"}, "units": {"level": " units"}}
    alt = "{side}, gray {level}, dark: {dark}"
    return html_of("explorer", interactive.explore, gray, alt=alt, **words, **controls)


@pytest.fixture(scope="module")
def problem():
    """Points of three classes, and weights and a bias that err on many of them."""
    random = torch.Generator().manual_seed(0)
    centers = torch.tensor([[-2.0, 0.0], [2.0, 0.5], [0.0, 2.5]], dtype=torch.float64)
    noise = torch.randn(3, 20, 2, generator=random, dtype=torch.float64)
    points = (centers[:, None] + 0.8 * noise).reshape(-1, 2).mul(1000).round() / 1000
    labels = torch.arange(3).repeat_interleave(20)
    weights = torch.tensor([[1.0, 0.2], [-0.5, 0.9], [-0.4, -0.8]], dtype=torch.float64)
    return points, labels, weights, torch.tensor([0.3, -0.1, 0.2], dtype=torch.float64)


@pytest.fixture(scope="module")
def linear_html(problem):
    show = interactive.linear_classifier_explorer
    return html_of("linear_classifier", show, *problem, CLASSES, alt="Three classes.")


def brightness(page):
    """How bright the middle of the shown picture is, from 0 to 1."""
    return page.evaluate(
        """async () => {
          const image = document.querySelector('.dlcv-explore img');
          await image.decode();
          const canvas = document.createElement('canvas');
          canvas.width = image.naturalWidth; canvas.height = image.naturalHeight;
          const context = canvas.getContext('2d');
          context.drawImage(image, 0, 0);
          return context.getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data[0] / 255;
        }"""
    )


# ---------------------------------------------------------------------------- explore


def test_arrow_keys_change_the_picture_its_text_and_the_value(page, explorer_html):
    put(page, explorer_html)
    image, slider = page.locator("img"), page.get_by_label("brightness")
    assert image.get_attribute("alt") == "left, gray 0, dark: False"
    assert brightness(page) == pytest.approx(0, abs=0.01)
    slider.focus()
    for level in LEVELS[1:]:
        page.keyboard.press("ArrowRight")
        assert image.get_attribute("alt") == f"left, gray {level}, dark: False"
        assert brightness(page) == pytest.approx(level, abs=0.01)
        assert slider.get_attribute("aria-valuetext") == f"{level:g} units"
        assert page.get_by_text(f"{level:g} units", exact=True).is_visible()
        assert page.locator("[aria-live=polite]").text_content() == image.get_attribute("alt")
    page.keyboard.press("Home")
    assert image.get_attribute("alt") == "left, gray 0, dark: False"
    assert brightness(page) == pytest.approx(0, abs=0.01)  # the first picture comes back


def test_lists_and_boxes_change_the_picture_too(page, explorer_html):
    put(page, explorer_html)
    page.get_by_label("brightness").fill("4")
    page.get_by_label("side").select_option("right")
    page.get_by_label("dark").focus()
    page.keyboard.press("Space")
    assert page.locator("img").get_attribute("alt") == "right, gray 1, dark: True"
    assert brightness(page) == pytest.approx(0.5, abs=0.01)


def test_the_mouse_moves_the_slider(page, explorer_html):
    put(page, explorer_html)
    box = page.get_by_label("brightness").bounding_box()
    page.mouse.click(box["x"] + box["width"] - 3, box["y"] + box["height"] / 2)
    assert page.locator("img").get_attribute("alt") == "left, gray 1, dark: False"


def test_two_equal_figures_on_a_page_do_not_disturb_each_other(page, explorer_html):
    put(page, explorer_html, explorer_html)
    for i in (0, 1):
        page.locator("input[type=range]").nth(i).fill(str(i + 1))
    texts = [image.get_attribute("alt") for image in page.locator("img").all()]
    assert texts == ["left, gray 0.25, dark: False", "left, gray 0.5, dark: False"]


def test_without_scripts_the_first_picture_stands_alone(browser, explorer_html, tmp_path):
    page = without_scripts(browser, explorer_html, tmp_path)
    assert page.locator("img").is_visible()
    assert not page.get_by_label("brightness").is_visible()
    assert page.locator("noscript").is_visible()
    page.context.close()


def test_on_paper_there_is_the_picture_with_its_values(page, explorer_html):
    put(page, explorer_html)
    page.get_by_label("brightness").fill("2")
    page.emulate_media(media="print")
    assert page.locator("img").is_visible()
    assert page.get_by_text("0.5 units", exact=True).is_visible()
    assert not page.locator("input[type=range]").is_visible()


# ---------------------------------------------------------------------------- both


@pytest.fixture(params=["explorer", "linear"])
def either_html(request):
    return request.getfixturevalue(f"{request.param}_html")


def test_it_keeps_to_the_manners_of_a_figure(page, either_html):
    check_manners(page, either_html)


def test_nothing_moves_when_a_control_is_used(page, either_html):
    put(page, either_html, "<p id=end>The end.</p>")
    before = page.locator("#end").bounding_box()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        page.locator("input[type=range], [role=slider]").first.press(key)
    assert page.locator("#end").bounding_box() == before


# ---------------------------------------------------------------------------- linear classifier


def state(page):
    """What the figure says about itself, numbers as numbers."""
    attributes = page.evaluate("({...document.querySelector('.dlcv-explorer').dataset})")
    names = ("loss", "accuracy", "steps", "weights", "bias", "scores", "probabilities")
    return {name: torch.tensor(json.loads(attributes[name]), dtype=torch.float64) for name in names}


def assert_agrees(page, points, labels, weights, bias):
    """The figure's loss, accuracy, weights and bias are those that torch finds."""
    seen, scores = state(page), points @ weights.T + bias
    loss = torch.nn.functional.cross_entropy(scores, labels)
    torch.testing.assert_close(seen["weights"], weights, atol=1e-9, rtol=0)
    torch.testing.assert_close(seen["bias"], bias, atol=1e-9, rtol=0)
    torch.testing.assert_close(seen["loss"], loss, atol=1e-9, rtol=0)
    accuracy = (scores.argmax(dim=1) == labels).double().mean()
    torch.testing.assert_close(seen["accuracy"], accuracy)


def torch_steps(problem, count, rate):
    """Weights and bias after some steps of torch's own gradient descent."""
    points, labels, *parameters = problem
    weights, bias = (p.clone().requires_grad_() for p in parameters)
    optimizer = torch.optim.SGD([weights, bias], lr=rate)
    for _ in range(count):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(points @ weights.T + bias, labels).backward()
        optimizer.step()
    return weights.detach(), bias.detach()


def test_the_loss_is_torchs(page, linear_html, problem):
    put(page, linear_html)
    assert_agrees(page, *problem)
    loss = torch.nn.functional.cross_entropy(problem[0] @ problem[2].T + problem[3], problem[1])
    assert f"mean loss {loss:.3f}" in page.locator("[role=status]").text_content()


def test_a_gradient_step_is_torchs(page, linear_html, problem):
    put(page, linear_html)
    page.get_by_label("learning rate").fill("0.3")
    page.get_by_role("button", name="One gradient step").click()
    assert_agrees(page, *problem[:2], *torch_steps(problem, 1, 0.3))
    assert state(page)["steps"] == 1


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_training_is_two_hundred_of_torchs_steps(page, linear_html, problem, motion):
    page.emulate_media(reduced_motion=motion)
    put(page, linear_html)
    page.get_by_role("button", name="Train").click()
    page.wait_for_selector(".dlcv-explorer[data-steps='200']")
    assert_agrees(page, *problem[:2], *torch_steps(problem, 200, 0.5))
    page.get_by_role("button", name="Reset").click()
    assert_agrees(page, *problem)


def test_training_can_be_stopped(page, linear_html):
    put(page, linear_html)
    page.evaluate(
        """() => {
          document.querySelector('[data-train]').click();
          requestAnimationFrame(() => document.querySelector('[data-train]').click());
        }"""
    )
    page.get_by_role("button", name="Train").wait_for()
    steps = state(page)["steps"]
    page.wait_for_timeout(100)
    assert 0 < steps < 200 and state(page)["steps"] == steps


def test_every_number_can_be_typed(page, linear_html, problem):
    points, labels, weights, bias = problem
    put(page, linear_html)
    weights, bias = weights.clone(), bias.clone()
    for k, name in enumerate(CLASSES):
        for j, what in enumerate(["first weight", "second weight", "bias"]):
            value = 0.1 * (k + 1) - 0.3 * j
            page.get_by_label(f"{what} of {name}").fill(f"{value:.1f}")
            (weights[k] if j < 2 else bias)[j if j < 2 else k] = round(value, 1)
    assert_agrees(page, points, labels, weights, bias)
    page.get_by_label("bias of cat").fill("")  # half-typed: the last number stays
    assert_agrees(page, points, labels, weights, bias)


def test_scores_without_bound_give_no_overflow(page, linear_html, problem):
    points, labels, weights, bias = problem
    put(page, linear_html)
    page.get_by_label("first weight of dog").fill("5000")
    weights = weights.clone()
    weights[1, 0] = 5000
    assert_agrees(page, points, labels, weights, bias)
    for field in page.locator("[data-parameter]").all():
        field.fill("0")
    assert state(page)["loss"].item() == pytest.approx(math.log(3))


def place(page, selector):
    """The middle of an element, in the page and in the coordinates of the points."""
    box = page.locator(selector).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    frame = page.locator(".dlcv-body > svg").bounding_box()
    return x, y, (x - frame["x"]) / frame["width"], (y - frame["y"]) / frame["height"]


def drag(page, selector, dx, dy):
    x, y, *_ = place(page, selector)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx, y + dy, steps=3)
    page.mouse.up()


def test_a_dragged_foot_moves_the_line_and_keeps_the_weights(page, linear_html, problem):
    put(page, linear_html)
    drag(page, ".dlcv-foot[data-k='1']", 12, -20)
    seen = state(page)
    torch.testing.assert_close(seen["weights"], problem[2])
    assert abs(seen["bias"][1] - problem[3][1]) > 0.1 and seen["bias"][0] == problem[3][0]
    assert_agrees(page, *problem[:2], seen["weights"], seen["bias"])


def test_a_dragged_tip_turns_its_own_class_alone(page, linear_html, problem):
    put(page, linear_html)
    x, y, *_ = place(page, ".dlcv-tip[data-k='0'] circle:last-child")
    drag(page, ".dlcv-tip[data-k='0'] circle:last-child", 5, -40)
    seen = state(page)
    moved = place(page, ".dlcv-tip[data-k='0'] circle:last-child")
    assert moved[:2] == pytest.approx((x + 5, y - 40), abs=1)  # it stays under the mouse
    torch.testing.assert_close(seen["weights"][1:], problem[2][1:])
    assert seen["weights"][0, 1] > problem[2][0, 1] + 0.1
    assert_agrees(page, *problem[:2], seen["weights"], seen["bias"])


@pytest.mark.parametrize(("parameter", "value"), [("0,0", "40"), ("0,0", "-40"), ("0,1", "40")])
def test_the_tip_of_a_long_arrow_stays_within_reach(page, linear_html, parameter, value):
    put(page, linear_html)
    page.locator(f"[data-parameter='{parameter}']").fill(value)
    *_, across, down = place(page, ".dlcv-tip[data-k='0'] circle:last-child")
    assert 0 < across < 1 and 0 < down < 1


def test_the_probe_follows_the_arrow_keys_and_shows_its_scores(page, linear_html, problem):
    _, _, weights, bias = problem
    put(page, linear_html)
    probe = page.get_by_role("slider", name="Probe point")
    seen = []
    for key in ("ArrowLeft", "ArrowUp", "Shift+ArrowLeft", "ArrowDown", "Shift+ArrowRight"):
        probe.press(key)
        seen.append(probe.get_attribute("aria-valuetext"))
        numbers = re.findall(r"= (−?[\d.]+)", seen[-1])
        where = torch.tensor([float(n.replace("−", "-")) for n in numbers], dtype=torch.float64)
        scores = where @ weights.T + bias
        torch.testing.assert_close(state(page)["scores"], scores, atol=0.02, rtol=0)
        exact = state(page)["scores"].softmax(dim=0)
        torch.testing.assert_close(state(page)["probabilities"], exact, atol=1e-12, rtol=0)
        assert CLASSES[scores.argmax()] in seen[-1]
    assert len(set(seen)) == 4 and seen[4] == seen[0]  # there and back again


def test_a_click_moves_the_probe_and_the_region_there_is_the_winners(page, linear_html):
    put(page, linear_html)
    frame = page.locator(".dlcv-body > svg").bounding_box()
    winners = set()
    for across, down in [(0.1, 0.9), (0.9, 0.9), (0.15, 0.2), (0.93, 0.06)]:
        x, y = frame["x"] + across * frame["width"], frame["y"] + down * frame["height"]
        page.mouse.click(x, y)
        regions = page.evaluate(
            """([x, y]) => document.elementsFromPoint(x, y)
              .filter(e => e.matches('polygon')).map(e => e.dataset.region)""",
            [x, y],
        )
        winner = int(state(page)["scores"].argmax())
        assert regions == [str(winner)]
        winners.add(winner)
    assert len(winners) == 3


def test_the_drawing_says_in_words_what_it_shows(page, linear_html):
    put(page, linear_html)
    drawing = page.locator(".dlcv-body > svg")
    before = drawing.get_attribute("aria-label")
    assert before.startswith("Three classes. Loss ") and "Probe at x₁ = " in before
    page.get_by_role("button", name="One gradient step").click()
    assert drawing.get_attribute("aria-label") != before
