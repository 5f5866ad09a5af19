"""The softmax explorer and the robust lines: what they hand to their scripts, what they refuse."""

import json
import re

import pytest

from dlcv import interactive

SCORES, ANIMALS = [2.0, 1.0, -0.5], ["cat", "dog", "fox & hen"]
POINTS = [[1, 2], [2, 2.5], [3, 9]]


def script_data(html, function):
    (call,) = re.findall(rf"\n  {function}\(root, (.*)\);\n", html)
    return json.loads(call)


def test_the_softmax_script_gets_what_was_given(shown):
    interactive.softmax_explorer(SCORES, ANIMALS, 1, 0.5, alt=" Three scores. ")
    html = shown[0]["text/html"]
    data = script_data(html, "softmaxExplorer")
    given = (data["scores"], data["classes"], data["label"], data["temperature"])
    assert given == (SCORES, ANIMALS, 1, 0.5)
    assert shown[0]["text/plain"] == data["alt"] == "Three scores."
    assert "fox &amp; hen" in html and "needs JavaScript" in html
    assert "http" not in html and len(html) < 30_000


def test_the_line_script_gets_what_was_given(shown):
    interactive.robust_line_explorer(POINTS, 2, (0, 4, -1, 9), alt="Three points.")
    data = script_data(shown[0]["text/html"], "robustLine")
    assert (data["points"], data["delta"], data["limits"]) == (POINTS, 2, [0, 4, -1, 9])
    html = shown[0]["text/html"]
    assert "needs JavaScript" in html and "http" not in html and len(html) < 30_000


def test_the_same_figure_has_the_same_id_and_another_has_another(shown):
    for scores in (SCORES, SCORES, SCORES[::-1]):
        interactive.softmax_explorer(scores, ANIMALS, alt="Three scores.")
    first, second, third = (re.search(r'id="([^"]+)"', o["text/html"])[1] for o in shown)
    assert first == second != third


@pytest.mark.parametrize(
    ("scores", "classes", "label", "temperature", "match"),
    [
        ([1.0], ["cat"], 0, 1, "scores: got 1 for 1 classes, wanted 2 to 6"),
        ([1.0, 2.0], ["cat"], 0, 1, "scores: got 2 for 1 classes"),
        ([1.0] * 7, list("abcdefg"), 0, 1, "wanted 2 to 6"),
        ([1.0, float("inf")], ["cat", "dog"], 0, 1, "scores: .* wanted finite numbers"),
        ([1.0, 2.0], ["cat", "dog"], 2, 1, "label: got 2, wanted 0 to 1"),
        ([1.0, 2.0], ["cat", "dog"], -1, 1, "label: got -1"),
        ([1.0, 2.0], ["cat", "dog"], 0, 0, "temperature: got 0, wanted 0.1 to 10"),
        ([1.0, 2.0], ["cat", "dog"], 0, 11, "temperature: got 11"),
    ],
)
def test_a_softmax_that_cannot_be_shown_is_refused(scores, classes, label, temperature, match):
    with pytest.raises(ValueError, match=match):
        interactive.softmax_explorer(scores, classes, label, temperature, alt="Scores.")


@pytest.mark.parametrize(
    ("points", "delta", "limits", "match"),
    [
        (POINTS[:2], 1, (0, 10, 0, 10), "points: got 2, wanted 3 to 20 pairs"),
        ([[1, 2, 3]] * 3, 1, (0, 10, 0, 10), "points: got 3, wanted 3 to 20 pairs"),
        ([[1, 2]] * 21, 1, (0, 10, 0, 10), "points: got 21"),
        (POINTS, 1, (0, 10, 0, 8), "points: got one outside the limits"),
        ([*POINTS, [float("nan"), 1]], 1, (0, 10, 0, 10), "points: got one outside"),
        (POINTS, 0, (0, 10, 0, 10), "delta: got 0, wanted 0.1 to 5"),
        (POINTS, 1, (10, 0, 0, 10), "limits: .* wanted left < right"),
    ],
)
def test_lines_that_cannot_be_shown_are_refused(points, delta, limits, match):
    with pytest.raises(ValueError, match=match):
        interactive.robust_line_explorer(points, delta, limits, alt="Points.")


def test_both_need_words_for_those_who_do_not_see(shown):
    with pytest.raises(ValueError, match="alt"):
        interactive.softmax_explorer(SCORES, ANIMALS, alt=" ")
    with pytest.raises(ValueError, match="alt"):
        interactive.robust_line_explorer(POINTS, alt="")
