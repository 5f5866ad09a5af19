"""Chapter 6's explorers in a real browser, alone on a bare page: softmax and robust lines."""

import json
import math

import numpy as np
import pytest
import scipy.optimize
import scipy.special
from bare_page import check_manners, html_of, put
from sklearn.linear_model import LinearRegression, QuantileRegressor

from dlcv import interactive

SCORES, ANIMALS = [2.0, 1.0, 0.2, -1.0], ["cat", "dog", "fox", "cow"]
POINTS = [[1, 2.1], [2, 2.4], [3, 3.6], [4, 3.9], [5, 5.2], [6, 5.4], [7, 6.6], [8, 7.1], [9, 1]]


@pytest.fixture(scope="module")
def softmax_html():
    show = interactive.softmax_explorer
    return html_of("softmax_explorer", show, SCORES, ANIMALS, alt="Four scores.")


@pytest.fixture(scope="module")
def line_html():
    show = interactive.robust_line_explorer
    return html_of("robust_line", show, POINTS, alt="Nine points.")


def state(page, name):
    return json.loads(page.locator(".dlcv-explorer").get_attribute(f"data-{name}"))


def drag(page, handle, right, down):
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + right / 2, y + down / 2)
    page.mouse.move(x + right, y + down)
    page.mouse.up()


def slide(page, selector, value):
    page.locator(selector).evaluate(
        "(field, value) => { field.value = value; field.dispatchEvent(new Event('input')); }", value
    )


# ---------------------------------------------------------------------------- softmax


def assert_softmax(page, scores, temperature, label):
    """The page holds SciPy's softmax, entropy and loss."""
    z = np.array(scores) / temperature
    p = scipy.special.softmax(z)
    np.testing.assert_allclose(state(page, "scores"), scores, atol=1e-12)
    np.testing.assert_allclose(state(page, "probabilities"), p, atol=1e-12)
    assert math.isclose(state(page, "entropy"), scipy.special.entr(p).sum(), abs_tol=1e-12)
    assert math.isclose(state(page, "loss"), -scipy.special.log_softmax(z)[label], abs_tol=1e-12)


def test_the_softmax_is_scipys_at_every_temperature_and_label(page, softmax_html):
    put(page, softmax_html)
    assert_softmax(page, SCORES, 1, 0)
    for power in (-1, -0.3, 0.5, 1):
        slide(page, "input[data-temperature]", power)
        assert_softmax(page, SCORES, 10**power, 0)
    page.get_by_label("true class").select_option("fox")
    assert_softmax(page, SCORES, 10, 2)
    page.get_by_role("button", name="Reset").click()
    assert_softmax(page, SCORES, 1, 0)


def test_scores_of_any_size_can_be_typed_and_a_half_typed_one_does_no_harm(page, softmax_html):
    put(page, softmax_html)
    page.get_by_label("score of dog", exact=True).fill("1000")
    page.get_by_label("score of cat", exact=True).fill("1001")
    page.get_by_label("score of cow", exact=True).fill("-1000")
    page.get_by_label("score of fox", exact=True).fill("")
    assert_softmax(page, [1001, 1000, 0.2, -1000], 1, 0)
    page.get_by_label("true class").select_option("cow")
    assert_softmax(page, [1001, 1000, 0.2, -1000], 1, 3)


def test_one_more_for_all_changes_nothing_and_doubling_is_half_the_temperature(page, softmax_html):
    put(page, softmax_html)
    before = state(page, "probabilities")
    for _ in range(3):
        page.get_by_role("button", name="Add 1").click()
    assert_softmax(page, [score + 3 for score in SCORES], 1, 0)
    np.testing.assert_allclose(state(page, "probabilities"), before, atol=1e-12)
    page.get_by_role("button", name="Reset").click()
    page.get_by_role("button", name="Double").click()
    slide(page, "input[data-temperature]", 0.3)  # the slider's step is 0.02: T = 1.995
    np.testing.assert_allclose(state(page, "probabilities"), before, atol=1e-3)
    assert_softmax(page, [2 * score for score in SCORES], 10**0.3, 0)


def test_a_score_can_be_dragged_and_moved_with_the_keys(page, softmax_html):
    put(page, softmax_html)
    dog = page.get_by_role("slider", name="Score of dog")
    drag(page, dog, 0, -30)
    moved = state(page, "scores")
    assert moved[1] > 2 and moved[:1] + moved[2:] == SCORES[:1] + SCORES[2:]
    assert_softmax(page, moved, 1, 0)
    drag(page, dog, 0, 2000)
    assert state(page, "scores")[1] == -5
    for key, score in (("ArrowUp", -4.9), ("Shift+ArrowUp", -3.9), ("ArrowLeft", -4.0)):
        page.keyboard.press(key)
        assert state(page, "scores")[1] == pytest.approx(score)
    assert dog.get_attribute("aria-valuetext").startswith("score −4.00, probability 0.00")
    assert dog.get_attribute("aria-valuenow") == "-4.00"


def press(page, column, height, score):
    """Press the mouse in a column, `height` of the drawing down; drag to a score's height."""
    box = page.locator("svg").first.bounding_box()
    x = box["x"] + (44 + (column + 0.5) * (480 - 44) / 4) / 480 * box["width"]
    page.mouse.move(x, box["y"] + height * box["height"])
    page.mouse.down()
    pressed = state(page, "scores")
    page.mouse.move(x, box["y"] + (106 - score * 16) / 372 * box["height"])
    page.mouse.up()
    page.mouse.move(x, box["y"])  # let go: nothing moves any more
    return pressed


def test_the_mouse_takes_the_dot_of_its_column_wherever_it_is_pressed(page, softmax_html):
    put(page, softmax_html)
    # halfway down the bars' part of the drawing stands score −3.6
    pressed = press(page, column=2, height=(106 + 3.6 * 16) / 372, score=3)
    assert pressed == pytest.approx([2, 1, -3.6, -1], abs=0.1)
    assert state(page, "scores") == pytest.approx([2, 1, 3, -1], abs=0.1)
    page.keyboard.press("ArrowDown")  # the dot that was taken has the focus
    assert state(page, "scores")[2] == pytest.approx(2.9, abs=0.1)


def test_a_press_among_the_probabilities_moves_no_score(page, softmax_html):
    put(page, softmax_html)
    assert press(page, column=2, height=0.8, score=3) == SCORES
    assert state(page, "scores") == SCORES


def test_the_gradient_in_the_table_is_that_of_the_loss(page, softmax_html):
    put(page, softmax_html)
    slide(page, "input[data-temperature]", 0.3)
    shown = [cell.replace("−", "-") for cell in page.locator("[data-gradient]").all_text_contents()]
    step = 1e-6
    for k, text in enumerate(shown):
        shifted = np.array([SCORES, SCORES])
        shifted[:, k] += [step, -step]
        above, below = -scipy.special.log_softmax(shifted / 10**0.3, axis=1)[:, 0]
        assert float(text) == pytest.approx((above - below) / (2 * step), abs=0.0051)


# ---------------------------------------------------------------------------- robust lines


def huber_line(points, delta):
    x, y = np.array(points).T
    loss = lambda line: scipy.special.huber(delta, line[0] * x + line[1] - y).mean()  # noqa: E731
    options = {"xatol": 1e-9, "fatol": 1e-13, "maxiter": 5000}
    return scipy.optimize.minimize(loss, [0.5, 1], method="Nelder-Mead", options=options).x


def assert_lines(page, points, delta):
    """Least squares and least absolute errors are scikit-learn's, Huber's is SciPy's."""
    np.testing.assert_allclose(state(page, "points"), points, atol=1e-9)
    lines, (x, y) = state(page, "lines"), np.array(points).T
    squares = LinearRegression().fit(x[:, None], y)
    np.testing.assert_allclose(lines["l2"], [*squares.coef_, squares.intercept_], atol=1e-9)
    absolute = QuantileRegressor(quantile=0.5, alpha=0).fit(x[:, None], y)
    least = np.abs(absolute.predict(x[:, None]) - y).mean()
    assert np.abs(lines["l1"][0] * x + lines["l1"][1] - y).mean() == pytest.approx(least, abs=1e-7)
    np.testing.assert_allclose(lines["huber"], huber_line(points, delta), atol=1e-4)


def test_the_lines_are_those_of_the_libraries(page, line_html):
    put(page, line_html)
    assert_lines(page, POINTS, 1)
    for delta in (0.1, 2.5, 5):
        slide(page, "input[data-delta]", delta)
        assert_lines(page, POINTS, delta)


def test_a_point_can_be_dragged_and_moved_with_the_keys(page, line_html):
    put(page, line_html)
    last = page.get_by_role("slider", name="Point 9")
    drag(page, last, -20, -150)
    moved = state(page, "points")
    assert moved[:8] == POINTS[:8] and moved[8][0] < 9 and moved[8][1] > 4
    assert_lines(page, moved, 1)
    drag(page, last, 2000, 2000)
    assert state(page, "points")[8] == [10, 0]
    for key in ("ArrowUp", "Shift+ArrowUp", "ArrowLeft", "ArrowDown"):
        page.keyboard.press(key)
    assert state(page, "points")[8] == pytest.approx([9.8, 1.0])
    assert last.get_attribute("aria-valuetext") == "x = 9.80, y = 1.00"
    page.get_by_role("button", name="Reset").click()
    assert_lines(page, POINTS, 1)


def test_far_down_only_the_line_of_squares_follows(page, line_html):
    put(page, line_html)
    before = state(page, "lines")
    drag(page, page.get_by_role("slider", name="Point 9"), 0, 30)
    after = state(page, "lines")
    assert after["l2"][0] < before["l2"][0] - 0.02
    np.testing.assert_allclose(after["l1"], before["l1"], atol=1e-9)
    np.testing.assert_allclose(after["huber"], before["huber"], atol=1e-4)


def test_points_above_one_another_do_no_harm(page, line_html):
    put(page, line_html)
    for i in range(1, 10):
        drag(page, page.get_by_role("slider", name=f"Point {i},"), -1000, 0)
    lines = state(page, "lines")
    assert all(math.isfinite(value) for line in lines.values() for value in line)


# ---------------------------------------------------------------------------- both


@pytest.mark.parametrize("which", ["softmax_html", "line_html"])
def test_it_keeps_to_the_manners_of_a_figure(page, which, request):
    check_manners(page, request.getfixturevalue(which))


def test_two_equal_figures_on_one_page_both_work(page, softmax_html):
    put(page, softmax_html, softmax_html)
    first, second = page.locator(".dlcv-explorer").all()
    second.get_by_role("button", name="Double").click()
    assert json.loads(first.get_attribute("data-scores")) == SCORES
    assert json.loads(second.get_attribute("data-scores")) == [2 * score for score in SCORES]
