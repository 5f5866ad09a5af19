"""Chapter 9's explorers in a real browser, alone on a bare page: they say what PyTorch says."""

import itertools
import json
import random

import pytest
import torch
from bare_page import check_manners, check_on_a_phone, check_with_axe, html_of, put, without_scripts

from dlcv import interactive
from dlcv.interactive.broadcasting import EXAMPLES


@pytest.fixture(scope="module")
def graph_html():
    w, b = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (2.0, -1.0))
    loss = (w * 3 + b - 4) ** 2 + 0.5 * w**2
    leaves = {"w": w, "b": b}
    show = interactive.recorded_graph_explorer
    return html_of("recorded_graph", show, loss, leaves, alt="The recorded graph.")


@pytest.fixture(scope="module")
def shapes_html():
    show = interactive.broadcasting_explorer
    return html_of("broadcasting", show, (4, 1), "+", (3,), alt="Two shapes.")


@pytest.fixture(params=["graph", "shapes"])
def either_html(request, graph_html, shapes_html):
    return {"graph": graph_html, "shapes": shapes_html}[request.param]


def told(page):
    return page.get_by_role("status").inner_text()


# --- the recorded graph -------------------------------------------------------------------------


def test_a_walk_by_mouse_tells_what_every_node_does(page, graph_html):
    put(page, graph_html)
    assert "Nothing has run yet" in told(page)
    assert page.locator("[data-sent]:visible").count() == 0
    walked = []
    while page.get_by_role("button", name="Next node").is_enabled():
        page.get_by_role("button", name="Next node").click()
        walked.append(told(page))
    assert len(walked) == 9
    assert "∂loss/∂loss" in walked[0] and "AddBackward0" in walked[0]
    # (wx + b − 4)² with wx + b − 4 = 1: receives 1, sends 2 · 1.
    (square,) = [text for text in walked if "exponent = 2, self = 1" in text]
    assert "It receives 1." in square and "It sends 2 to SubBackward0." in square
    (difference,) = [text for text in walked if "SubBackward0\n" in text]
    assert "the other input needs no gradient" in difference
    assert "w.grad" in walked[-1] and "2 + 6 = 8" in walked[-1]
    assert page.locator("[data-sent]:visible").count() == 9
    assert "w.grad = 8" in page.locator("svg").inner_html()


def test_a_leaf_shows_what_has_arrived_so_far(page, graph_html):
    put(page, graph_html)
    leaf = page.locator(".dlcv-leaf", has_text="w.grad")
    seen = [leaf.text_content()]
    for _ in range(9):
        page.locator("[data-next]").click()
        seen.append(leaf.text_content())
    assert [text for text, _ in itertools.groupby(seen)] == [
        "w.grad = …",
        "w.grad = 2",
        "w.grad = 2 + 6",
        "w.grad = 8",
    ]


def test_the_keyboard_walks_forward_and_back(page, graph_html):
    put(page, graph_html)
    page.keyboard.press("Tab")  # Back can do nothing yet: the first stop is Next node
    for _ in range(7):
        page.keyboard.press("Enter")
    assert "Node 7 of 9: b.grad" in told(page) and "It receives 2." in told(page)
    leaf = page.locator(".dlcv-leaf", has_text="b.grad")
    assert "dlcv-current" in leaf.get_attribute("class")
    page.keyboard.press("Shift+Tab")  # now Back
    page.keyboard.press("Enter")
    assert "Node 6 of 9" in told(page) and "dlcv-waiting" in leaf.get_attribute("class")
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Space")  # To the end
    assert "Node 9 of 9" in told(page) and "dlcv-waiting" not in leaf.get_attribute("class")
    page.get_by_role("button", name="Reset").click()
    assert page.get_by_role("button", name="Back").is_disabled()


def test_a_click_on_a_box_jumps_to_its_turn(page, graph_html):
    put(page, graph_html)
    page.locator(".dlcv-node", has_text="SubBackward0").click()
    assert "Node 5 of 9: SubBackward0" in told(page)
    assert "Node 5 of 9" in page.locator("svg").get_attribute("aria-label")


def test_without_scripts_the_whole_graph_stands_there(browser, graph_html, tmp_path):
    page = without_scripts(browser, graph_html, tmp_path)
    assert page.locator("[data-sent]:visible").count() == 9
    assert page.locator("svg").is_visible() and not page.locator("[data-next]").is_visible()
    assert page.locator("noscript").is_visible()
    page.context.close()


# --- shapes -------------------------------------------------------------------------------------


def fill(page, a, operation, b):
    page.locator("[data-operation]").select_option(operation)
    page.locator("[data-a]").fill(", ".join(map(str, a)))
    page.locator("[data-b]").fill(", ".join(map(str, b)))
    data = page.locator(".dlcv-shapes").evaluate("root => ({ ...root.dataset })")
    return json.loads(data["result"]) if data["result"] else None, data["says"]


def truth(a, operation, b):
    try:
        first, second = torch.zeros(a), torch.zeros(b)
        return list((first + second if operation == "+" else first @ second).shape), ""
    except RuntimeError as error:
        return None, str(error)


def random_shapes(operation):
    dice = random.Random(operation)
    cases = []
    for _ in range(120):
        a, b = ([dice.choice([1, 2, 3, 4]) for _ in range(dice.randint(0, 4))] for _ in range(2))
        if dice.random() < 0.5:  # otherwise too few of them would fit
            b = [n if dice.random() < 0.8 else 1 for n in a][dice.randint(0, len(a)) :]
            b = [*b[:-2], b[-1], b[-2]] if operation == "@" and len(b) > 1 else b
        cases.append((tuple(a), operation, tuple(b)))
    return cases


@pytest.mark.parametrize("operation", ["+", "@"])
def test_the_result_and_the_error_are_pytorch_s(page, shapes_html, operation):
    put(page, shapes_html)
    fitted = said = 0
    for case in random_shapes(operation):
        (result, says), (expected, error) = fill(page, *case), truth(*case)
        assert result == expected, case
        assert (says == "") if result is not None else says in error, (case, says, error)
        fitted += result is not None
        said += bool(says)
    assert fitted >= 20 and said >= 5


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_an_example_fills_in_its_shapes(page, shapes_html, name):
    put(page, shapes_html)
    page.locator("[data-example]").select_option(label=name)
    a, operation, b = EXAMPLES[name]
    expected, error = truth(a, operation, b)
    data = page.locator(".dlcv-shapes").evaluate("root => ({ ...root.dataset })")
    assert (json.loads(data["result"]) if data["result"] else None) == expected
    assert data["says"] in error and bool(data["says"]) == bool(error)
    if expected:
        assert f"({', '.join(map(str, expected))}" in told(page)


def test_the_axes_show_what_is_added_stretched_and_wrong(page, shapes_html):
    put(page, shapes_html)
    assert page.locator(".dlcv-stretched").all_text_contents() == ["1 → 3"]
    assert page.locator(".dlcv-added").all_text_contents() == ["1"]
    assert page.locator(".dlcv-result").all_text_contents() == ["4", "3"]
    assert "mistake that no error reports" in told(page)
    fill(page, (64, 3, 8, 8), "+", (3,))
    assert page.locator(".dlcv-clash").all_text_contents() == ["8", "3"]
    assert "axis −1 is 8 in a and 3 in b" in told(page)
    fill(page, (5, 4), "@", (3, 4))
    assert page.locator(".dlcv-clash").all_text_contents() == ["4", "3"]
    assert "With b transposed it would fit" in told(page)


@pytest.mark.parametrize("text", ["3, x", "-1", "2.5", "1,1,1,1,1,1,1", "9999999"])
def test_what_is_no_shape_is_asked_for_again(page, shapes_html, text):
    put(page, shapes_html)
    page.locator("[data-a]").fill(text)
    assert told(page).startswith("Write the shape of a")
    page.locator("[data-a]").fill("(2, 3,)")
    assert "has shape (2, 3)" in told(page)
    page.locator("[data-a]").fill("")  # no axes: a single number
    assert "has shape (3,)" in told(page)


def test_without_scripts_the_first_answer_stands_there(browser, shapes_html, tmp_path):
    page = without_scripts(browser, shapes_html, tmp_path)
    assert "(4, 3)" in page.locator("[data-static]").inner_text()
    assert not page.locator("[data-a]").is_visible() and page.locator("noscript").is_visible()
    page.context.close()


# --- both ---------------------------------------------------------------------------------------


def test_each_keeps_to_the_manners_of_a_figure(page, either_html):
    check_manners(page, either_html)


def test_the_graph_keeps_to_them_in_the_middle_of_a_walk(page, graph_html):
    put(page, graph_html)
    page.locator("[data-next]").click()
    check_with_axe(page)


def test_shapes_that_clash_or_are_long_keep_to_them(page, shapes_html):
    put(page, shapes_html)
    fill(page, (5, 4), "@", (3, 4))
    check_with_axe(page)
    fill(page, (64, 3, 128, 128, 5, 6), "+", (7,))
    check_on_a_phone(page)


def test_two_on_a_page_do_not_disturb_each_other(page, graph_html, shapes_html):
    put(page, graph_html, shapes_html, graph_html)
    page.locator("[data-next]").nth(1).click()
    steps = page.locator(".dlcv-graph").evaluate_all("roots => roots.map(r => r.dataset.step)")
    assert steps == ["0", "1"]
