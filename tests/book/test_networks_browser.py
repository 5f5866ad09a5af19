"""The explorers of chapter 5 in a real browser, alone on a bare page."""

import importlib
import json

import pytest
import torch
from bare_page import check_manners, check_on_a_phone, html_of, put, without_scripts
from torch.nn import functional as F

from dlcv import data, interactive, layers

UNITS = importlib.import_module("dlcv.interactive.hidden_units")
CURVES = importlib.import_module("dlcv.interactive.activations")
CASES = {name: data.hard_case(name, 40) for name in ("quadrants", "ring")}
WEIGHTS = [[1, 0.2, -0.2, 1], [-0.4, 1, -0.1, -1], [-1, -0.6, 0.1, 1.5]]
# |x1 + x2| - |x1 - x2| is positive exactly where the signs agree.
CROSS = [[1, 1, 0, 1], [-1, -1, 0, 1], [1, -1, 0, -1], [-1, 1, 0, -1]]
FUNCTIONS = {"sigmoid": layers.Sigmoid(), "ReLU": layers.ReLU(), "GELU": layers.GELU()}


@pytest.fixture
def page(page):
    """Whoever wants no motion gets the result at once, so the tests need not wait."""
    page.emulate_media(reduced_motion="reduce")
    return page


def units_html(weights=WEIGHTS, bias=0.25, **options):
    show = interactive.hidden_units_explorer
    return html_of("hidden_units", show, CASES, weights, bias, **options, alt="Four units.")


def curves_html(*names):
    names = names or ("sigmoid", "ReLU")
    show = interactive.activation_explorer
    return html_of("activations", show, FUNCTIONS, *names, alt="Two functions.")


EACH = {"units": units_html, "activations": curves_html}
each_explorer = pytest.mark.parametrize("make", EACH.values(), ids=EACH)


def state(page, name):
    return json.loads(page.locator("[data-ready]").first.get_attribute(f"data-{name}"))


# ---------------------------------------------------------------------------- hidden units


def torch_network(units, bias, name):
    """Loss and accuracy of the network in PyTorch, on the points as the explorer scales them."""
    points, labels = CASES[name]
    x = (points / points.abs().max()).mul(1e4).round().div(1e4)
    f = torch.relu(x @ units[:, :2].T + units[:, 2]) @ units[:, 3] + bias
    loss = F.binary_cross_entropy_with_logits(f, labels.double())
    return loss, ((f > 0) == labels.bool()).double().mean().item()


def parameters(page):
    units = torch.tensor(state(page, "units"), dtype=torch.float64)
    return units, torch.tensor(state(page, "bias"), dtype=torch.float64)


@pytest.mark.parametrize("name", list(CASES))
def test_loss_and_accuracy_are_pytorchs(page, name):
    put(page, units_html())
    page.locator("[data-case]").select_option(label=name)
    loss, accuracy = torch_network(torch.tensor(WEIGHTS, dtype=torch.float64), 0.25, name)
    assert state(page, "loss") == pytest.approx(loss.item(), abs=1e-12)
    assert state(page, "accuracy") == pytest.approx(accuracy)


@pytest.mark.parametrize("button", ["Train all weights", "Train v and c only"])
def test_training_takes_the_steps_pytorch_takes(page, button):
    put(page, units_html())
    page.get_by_role("button", name=button).click()
    page.wait_for_function("document.querySelector('[data-steps-text]').textContent === '500'")
    units = torch.tensor(WEIGHTS, dtype=torch.float64, requires_grad=True)
    bias = torch.tensor(0.25, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([units, bias], lr=0.3, momentum=0.9)
    for _ in range(500):
        loss, _ = torch_network(units, bias, "quadrants")
        optimizer.zero_grad()
        loss.backward()
        if "only" in button:
            units.grad[:, :3] = 0
        optimizer.step()
    ours, our_bias = parameters(page)
    torch.testing.assert_close(ours, units.detach(), rtol=0, atol=1e-6)
    torch.testing.assert_close(our_bias, bias.detach(), rtol=0, atol=1e-6)


def test_four_units_set_by_hand_solve_the_quadrants(page):
    put(page, units_html())
    page.locator("[data-hidden]").select_option("4")
    for h, row in enumerate(CROSS):
        for j, value in enumerate(row):
            page.locator(f'[data-parameter="{h},{j}"]').fill(str(value))
    page.locator('[data-parameter="-1,0"]').fill("0")
    page.locator('[data-parameter="-1,0"]').fill("")  # half typed: does no harm
    assert state(page, "accuracy") == 1
    assert parameters(page)[0].tolist() == CROSS
    middle = page.evaluate(
        """() => {
          const canvas = document.querySelector('canvas'), pen = canvas.getContext('2d');
          const side = canvas.width;
          const at = (x, y) => [...pen.getImageData(x * side, y * side, 1, 1).data];
          return [[0.02, 0.02], [0.98, 0.02], [0.02, 0.98], [0.98, 0.98]].map(([x, y]) => at(x, y));
        }"""
    )
    assert middle[0] == middle[3] != middle[1] == middle[2]  # opposite corners share a color


def test_a_bend_is_dragged_by_its_foot_and_turned_by_its_tip(page):
    put(page, units_html([[1, 0, 0, 1]], 0.0))
    frame = page.locator("[data-handles]").bounding_box()

    def spot(x, y):
        scale = frame["width"] / (2 * UNITS.HALF)
        return frame["x"] + (x + UNITS.HALF) * scale, frame["y"] + (UNITS.HALF - y) * scale

    def drag(start, end):
        page.mouse.move(*spot(*start))
        page.mouse.down()
        page.mouse.move(*spot(*end), steps=4)
        page.mouse.up()

    drag((0, 0), (-0.5, 0))  # the foot: the bend moves to x1 = -0.5
    assert parameters(page)[0][0].tolist() == pytest.approx([1, 0, 0.5, 1], abs=0.02)
    drag((-0.1, 0), (-0.5, 0.4))  # the tip: a quarter turn about the foot
    assert parameters(page)[0][0].tolist() == pytest.approx([0, 1, 0, 1], abs=0.02)
    page.get_by_role("button", name="Reset").click()
    assert parameters(page)[0].tolist() == [[1, 0, 0, 1]]


def test_the_probe_walks_with_the_arrow_keys_and_tells_what_it_sees(page):
    put(page, units_html([[1, 0, 0, 1], [0, -1, 0, 1]], 0.0))
    probe = page.locator(".dlcv-probe")
    probe.focus()
    for key in ("ArrowRight", "ArrowUp", "Shift+ArrowLeft"):
        page.keyboard.press(key)
    assert state(page, "output") == pytest.approx(0.5 + 0.05 - 0.2)
    assert probe.get_attribute("aria-valuetext") == "x₁ = 0.35, x₂ = 0.30; f = 0.35: class 1"
    assert page.locator("[data-activation]").all_text_contents()[:2] == ["0.35", "off"]


def test_a_random_start_has_as_many_units_as_asked_and_is_another_each_time(page):
    put(page, units_html())
    page.locator("[data-hidden]").select_option("7")
    page.get_by_role("button", name="Random start").click()
    first = parameters(page)[0]
    page.get_by_role("button", name="Random start").click()
    second = parameters(page)[0]
    assert first.shape == second.shape == (7, 4) and not torch.equal(first, second)
    assert second.abs().max() <= 2 and page.locator("tr[data-row]:visible").count() == 7


# ---------------------------------------------------------------------------- activations


def test_value_and_slope_follow_the_point(page):
    put(page, curves_html())
    plot = page.get_by_role("slider")
    plot.focus()
    for key, z in (("ArrowLeft", 0.95), ("Shift+ArrowLeft", 0.45), ("Home", -5), ("End", 5)):
        page.keyboard.press(key)
        at = torch.tensor([z], dtype=torch.float64)
        assert state(page, "z") == pytest.approx(z)
        for f, a, slope in zip(
            (FUNCTIONS["sigmoid"], FUNCTIONS["ReLU"]),
            page.locator("[data-a]").all_text_contents(),
            page.locator("[data-slope]").all_text_contents(),
            strict=True,
        ):
            assert (a, slope) == (f"{f.function(at)[0]:.3f}", f"{f.derivative(at)[0]:.3f}")
    text = plot.get_attribute("aria-valuetext")
    assert text == ("z = 5.00; sigmoid: σ(z) = 0.993, slope 0.007; ReLU: σ(z) = 5.000, slope 1.000")


def test_the_point_is_dragged_and_another_function_chosen(page):
    put(page, curves_html("sigmoid"))
    frame = page.locator("[data-plot]").bounding_box()
    scale = frame["width"] / CURVES.WIDTH
    middle = frame["x"] + (CURVES.LEFT + CURVES.REACH * CURVES.UNIT) * scale
    page.mouse.click(middle + 2 * CURVES.UNIT * scale, frame["y"] + 60)
    assert state(page, "z") == pytest.approx(2)
    assert page.locator("[data-a]").first.text_content() == "0.881"
    assert not page.locator("[data-a]").nth(1).is_visible()
    page.get_by_label("first function").select_option(label="GELU")
    page.get_by_label("second function").select_option(label="ReLU")
    assert page.locator("[data-a]").all_text_contents() == ["1.954", "2.000"]
    paths = page.locator(".dlcv-curve").evaluate_all("all => all.map(p => p.getAttribute('d'))")
    assert all(path.startswith("M") for path in paths)
    assert [path.count("M") for path in paths] == [1, 1, 1, 2]  # only the ReLU's slope jumps


# ---------------------------------------------------------------------------- both


@each_explorer
def test_each_keeps_to_the_manners_of_a_figure(page, make):
    check_manners(page, make())


def test_eight_units_fit_on_a_phone_too(page):
    put(page, units_html())
    page.locator("[data-hidden]").select_option("8")
    check_on_a_phone(page)


@each_explorer
def test_without_scripts_it_says_so(browser, make, tmp_path):
    page = without_scripts(browser, make(), tmp_path)
    assert page.locator("noscript").is_visible() and not page.locator("select").first.is_visible()
    page.context.close()
