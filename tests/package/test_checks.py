"""`claim` and `same` must be able to fail: a book full of green ticks proves nothing otherwise."""

import math

import numpy as np
import pytest
import torch

from dlcv.checks import claim, same


def test_a_claim_that_holds_prints_its_sentence(capsys):
    claim("two is less than three", 2 < 3)
    assert capsys.readouterr().out == "✓ two is less than three\n"


@pytest.mark.parametrize("holds", [False, np.bool_(False), torch.tensor(False)])
def test_a_claim_that_does_not_hold_raises_with_its_sentence(holds):
    with pytest.raises(AssertionError, match="three is less than two"):
        claim("three is less than two", holds)


@pytest.mark.parametrize("holds", [0.97, 1, "yes", None, torch.tensor([True, True]), [True]])
def test_a_claim_refuses_what_is_not_one_truth_value(holds):
    with pytest.raises(TypeError, match="holds must be one truth value"):
        claim("the accuracy is high", holds)


def test_same_prints_the_largest_difference(capsys):
    same(torch.tensor([1.0, 2.0]), [1.0, 2.25], tol=0.5, what="the scores")
    assert "the scores: the largest difference is 2.5e-01" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("ours", "reference"),
    [
        ([1.0, 2.0], [1.0, 2.0 + 1e-9]),
        ([1.0, math.nan], [1.0, 2.0]),
        ([math.nan], [math.nan]),
        ([math.inf], [1.0]),
        ([math.inf], [-math.inf]),
    ],
)
def test_same_fails_on_a_difference_or_a_nan(ours, reference):
    with pytest.raises(AssertionError, match="gradient of W"):
        same(ours, reference, what="gradient of W")


def test_same_fails_on_shapes_that_would_broadcast():
    with pytest.raises(AssertionError, match=r"shape \(3, 1\) is not the reference's \(3,\)"):
        same(torch.zeros(3, 1), torch.zeros(3))


def test_same_takes_gradients_infinities_and_empty_results():
    same(torch.tensor([1.0, math.inf], requires_grad=True), [1.0, math.inf])
    same([], [])


def test_same_refuses_what_is_not_numbers():
    with pytest.raises(TypeError, match="got dict"):
        same({"a": 1}, {"a": 1})
