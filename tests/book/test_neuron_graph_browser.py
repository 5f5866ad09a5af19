"""The neuron's graph in a real browser, alone on a bare page: its gradients are autograd's."""

import json

import pytest
import torch
from bare_page import check_manners, check_that_no_name_leaks, html_of, put, without_scripts

from dlcv import interactive

CLASSIC = {"w0": 2.0, "x0": -1.0, "w1": -3.0, "x1": -2.0, "w2": -3.0}


@pytest.fixture(scope="module")
def html():
    show = interactive.neuron_graph
    return html_of("neuron_graph", show, alt="The graph of a sigmoid neuron.")


def assert_agrees_with_autograd(page, inputs):
    t = {name: torch.tensor(x, dtype=torch.float64).requires_grad_() for name, x in inputs.items()}
    z = t["w0"] * t["x0"] + t["w1"] * t["x1"] + t["w2"]
    z.retain_grad()
    f = torch.sigmoid(z)
    f.backward()
    root = page.locator(".dlcv-graph")
    values = json.loads(root.get_attribute("data-values"))
    gradients = json.loads(root.get_attribute("data-gradients"))
    assert values["f"] == pytest.approx(f.item(), abs=1e-12)
    for name, tensor in {**t, "z": z}.items():
        assert values[name] == pytest.approx(tensor.item(), abs=1e-12)
        assert gradients[name] == pytest.approx(tensor.grad.item(), abs=1e-12)


def node(page, name):
    """The value and the gradient that stand at a node."""
    group = page.locator(f'[data-node="{name}"]')
    return tuple(group.locator(f"[data-{what}]").text_content() for what in ("value", "gradient"))


def test_it_opens_with_every_number_of_the_classic_example(page, html):
    put(page, html)
    assert_agrees_with_autograd(page, CLASSIC)
    expected = {
        "w0": ("2.00", "−0.20"), "x0": ("−1.00", "0.39"), "w1": ("−3.00", "−0.39"),
        "x1": ("−2.00", "−0.59"), "w2": ("−3.00", "0.20"), "p0": ("−2.00", "0.20"),
        "p1": ("6.00", "0.20"), "s": ("4.00", "0.20"), "z": ("1.00", "0.20"),
        "r": ("−1.00", "−0.20"), "c": ("0.37", "−0.53"), "d": ("1.37", "−0.53"),
        "f": ("0.73", "1.00"),
    }  # fmt: skip
    assert {name: node(page, name) for name in expected} == expected


@pytest.mark.parametrize("way", ["typed", "slid"])
def test_each_input_can_be_changed(page, html, way):
    put(page, html)
    inputs = {"w0": 0.5, "x0": 2.0, "w1": 1.5, "x1": -0.7, "w2": 0.1}
    for name, number in inputs.items():
        if way == "typed":
            page.locator(f'[data-type="{name}"]').fill(str(number))
        else:
            page.locator(f'[data-slide="{name}"]').fill(str(number))
    assert_agrees_with_autograd(page, inputs)
    page.get_by_role("button", name="Reset inputs").click()
    assert_agrees_with_autograd(page, CLASSIC)


def test_a_half_typed_number_does_no_harm_and_a_large_one_is_held_back(page, html):
    put(page, html)
    page.locator('[data-type="w0"]').fill("")
    assert_agrees_with_autograd(page, CLASSIC)
    page.locator('[data-type="w0"]').fill("400")
    assert_agrees_with_autograd(page, {**CLASSIC, "w0": 4.0})


def test_the_keyboard_moves_an_input_and_walks_the_graph(page, html):
    put(page, html)
    page.get_by_label("w₀, slider").focus()
    page.keyboard.press("ArrowLeft")
    assert_agrees_with_autograd(page, {**CLASSIC, "w0": 1.9})
    page.locator("[data-walk]").focus()
    page.keyboard.press("Home")
    assert (node(page, "p0"), node(page, "x1")) == (("", ""), ("−2.00", ""))
    page.keyboard.press("ArrowRight")
    assert node(page, "p0") == ("−1.90", "")
    page.keyboard.press("End")
    assert node(page, "w0") == ("1.90", node(page, "w0")[1]) and node(page, "w0")[1]


def test_a_walk_forward_and_backward_writes_each_step_out(page, html):
    put(page, html)
    page.get_by_role("button", name="Start").click()
    forward, words = page.get_by_role("button", name="Next"), page.get_by_role("status")
    said = [words.text_content()]
    for _ in range(17):
        forward.click()
        said.append(words.text_content())
    assert said[1] == "Forward: p0 = w₀ × x₀2 × (−1) = −2"
    assert said[6] == "Forward: c = exp(r)exp((−1)) = 0.368"
    assert said[9] == "Turn round.The derivative of f with respect to itself is 1."
    assert said[10] == "Backward through f: 1 arrivesto d: 1 · (−1/d²) = 1 · (−0.534) = −0.534"
    assert said[17] == (
        "Backward through p0: 0.197 arrives"
        "to w₀: 0.197 · x₀ = 0.197 · (−1) = −0.197to x₀: 0.197 · w₀ = 0.197 · 2 = 0.393"
    )
    page.get_by_role("button", name="Back").click()
    assert node(page, "w0") == ("2.00", "")
    assert page.locator(".dlcv-graph").get_attribute("data-step") == "16"


def test_numbers_appear_in_the_order_of_the_walk(page, html):
    put(page, html)
    names = ["p0", "p1", "s", "z", "r", "c", "d", "f"]
    for step in range(18):
        page.locator("[data-walk]").fill(str(step))
        shown = [name for name in names if node(page, name)[0]]
        assert shown == names[: min(step, 8)]
        back = [name for name in names if node(page, name)[1]]
        # the way back goes through s in one step to p0 and p1
        assert len(back) == [*[0] * 9, 1, 2, 3, 4, 5, 6, 8, 8, 8][step]


def middle(page, name):
    box = page.locator(f'[data-node="{name}"] circle').bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_mouse_drags_an_input_and_a_click_leads_to_a_step(page, html):
    put(page, html)
    x, y = middle(page, "w2")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 80)
    page.mouse.up()
    page.mouse.move(x, y)
    assert_agrees_with_autograd(page, {**CLASSIC, "w2": -1.0})
    page.mouse.click(*middle(page, "c"))
    assert "Backward through c" in page.get_by_role("status").text_content()


def test_saturation_is_written_small_and_stays_finite(page, html):
    put(page, html)
    for name in CLASSIC:
        page.locator(f'[data-type="{name}"]').fill("-4")
    assert_agrees_with_autograd(page, dict.fromkeys(CLASSIC, -4.0))
    for name in ("w0", "w1"):
        page.locator(f'[data-type="{name}"]').fill("4")
    assert node(page, "c")[0] == "4e15"
    assert "NaN" not in page.locator("svg").first.text_content()


def test_it_keeps_to_the_manners_of_a_figure(page, html):
    check_manners(page, html)
    assert page.locator("main :is(input, button):visible").count() == 15


def test_two_graphs_do_not_disturb_each_other_and_leak_no_name(page, html):
    check_that_no_name_leaks(page, html, html)
    page.locator('[data-type="w0"]').nth(1).fill("0")
    both = [json.loads(r.get_attribute("data-values")) for r in page.locator(".dlcv-graph").all()]
    assert (both[0]["w0"], both[1]["w0"]) == (2, 0)


def test_without_scripts_a_sentence_says_so(browser, html, tmp_path):
    page = without_scripts(browser, html, tmp_path)
    assert page.locator("noscript").is_visible()
    assert not page.locator("[data-restart]").is_visible()
    page.context.close()
