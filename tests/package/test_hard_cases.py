"""The hard cases must be what their names say, whatever draws them."""

import pytest
import torch

from dlcv.data import hard_cases
from dlcv.data.hard_cases import hard_case


@pytest.mark.parametrize("name", hard_cases.NAMES)
def test_a_case_has_equally_many_points_of_both_classes_and_repeats_with_its_seed(name):
    points, labels = hard_case(name, count=200, seed=3)
    assert points.shape == (200, 2) and points.dtype == torch.float64
    assert labels.bincount().tolist() == [100, 100]
    assert torch.equal(points, hard_case(name, count=200, seed=3)[0])
    assert not torch.equal(points, hard_case(name, count=200, seed=4)[0])


def test_the_quadrants_are_told_apart_by_the_sign_of_the_product():
    points, labels = hard_case("quadrants")
    assert torch.equal(points[:, 0] * points[:, 1] > 0, labels == 1)


def test_the_ring_lies_between_the_radii_one_and_two():
    points, labels = hard_case("ring")
    radius = points.norm(dim=1)
    assert torch.equal((radius >= 1) & (radius <= 2), labels == 1)
    assert radius.max() <= 3
    assert (radius[labels == 0] < 1).any() and (radius[labels == 0] > 2).any()


def test_the_rest_keeps_its_distance_from_the_three_modes():
    points, labels = hard_case("three modes", count=2000)
    distance = torch.cdist(points, hard_cases.MODES).amin(dim=1)
    assert distance[labels == 0].min() > 1.2
    assert (distance[labels == 1] < 1.2).double().mean() > 0.98


@pytest.mark.parametrize(("arguments", "message"), [
    ({"name": "spiral"}, "name must be one of quadrants, ring, three modes; got 'spiral'"),
    ({"name": "ring", "count": 7}, "count must be a positive even number, got 7"),
])  # fmt: skip
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        hard_case(**arguments)
