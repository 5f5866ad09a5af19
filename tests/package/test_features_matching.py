"""Matches and homographies: against scikit-image, and against a transform that is known."""

import numpy as np
import pytest
import skimage.feature
import skimage.transform

from dlcv.data import photos
from dlcv.features import apply_homography, homography, match, ransac_homography, sift

TRUE = np.array([[1.1, 0.2, 8.0], [-0.1, 0.95, 3.0], [4e-4, -2e-4, 1.0]])


def points(count, seed=0):
    return np.random.default_rng(seed).uniform(0, 200, (count, 2))


@pytest.mark.parametrize("ratio", [0.6, 0.8, 0.95])
def test_matches_are_scikit_images(ratio):
    rng = np.random.default_rng(0)
    others = rng.random((80, 16))
    descriptors = np.concatenate([others[:30] + 0.15 * rng.normal(size=(30, 16)), others[60:] + 1])
    expected = skimage.feature.match_descriptors(
        descriptors, others, max_ratio=ratio, cross_check=False
    )
    assert 0 < len(expected) < 50
    assert np.array_equal(match(descriptors, others, ratio=ratio), expected)


def test_a_descriptor_with_two_equal_partners_has_no_match():
    others = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert match(np.array([[1.0, 0.0], [0.0, 1.0]]), others).tolist() == [[1, 2]]
    assert match(np.zeros((0, 2)), others).shape == (0, 2)


def test_points_are_mapped_by_hand():
    matrix = np.array([[2, 0, 1], [0, 1, 0], [0, 0.5, 1]])
    assert apply_homography(matrix, [[1, 2], [3, 0]]) == pytest.approx(np.array([[1.5, 1], [7, 0]]))
    assert np.isinf(apply_homography(matrix, [[1, -2]])).all()


@pytest.mark.parametrize("count", [4, 12])
def test_exact_pairs_give_the_true_matrix_back(count):
    source = points(count)
    found = homography(source, apply_homography(TRUE, source))
    assert np.abs(found - TRUE).max() < 1e-9


def test_noisy_pairs_give_scikit_images_matrix():
    source = points(40)
    target = apply_homography(TRUE, source) + np.random.default_rng(1).normal(size=(40, 2))
    expected = skimage.transform.estimate_transform("projective", source, target).params
    expected = expected / expected[2, 2]
    assert np.abs(expected - TRUE).max() > 1e-3  # the noise shows
    assert np.abs(homography(source, target) - expected).max() < 1e-8


def test_ransac_finds_the_transform_among_wrong_pairs():
    source = points(60)
    target = apply_homography(TRUE, source)
    target[:30] = points(30, seed=9)  # half of the pairs are wrong
    matrix, inliers = ransac_homography(source, target, threshold=1, trials=200, seed=3)
    assert inliers[30:].all() and inliers[:30].sum() <= 2
    assert np.abs(apply_homography(matrix, source[30:]) - target[30:]).max() < 1e-6
    plain = apply_homography(homography(source, target), source[30:])
    assert np.abs(plain - target[30:]).max() > 5  # all pairs at once: spoiled
    again, _ = ransac_homography(source, target, threshold=1, trials=200, seed=3)
    assert np.array_equal(matrix, again)


def test_ransac_uses_all_agreeing_pairs_not_only_four():
    rng = np.random.default_rng(4)
    source = points(80)
    target = apply_homography(TRUE, source) + 0.5 * rng.normal(size=(80, 2))
    target[:20] = points(20, seed=5)
    matrix, inliers = ransac_homography(source, target, threshold=3, trials=300)
    assert np.abs(matrix - homography(source[inliers], target[inliers])).max() < 1e-12
    assert inliers[20:].sum() >= 55


def test_two_views_of_a_photo_are_brought_together():
    image = photos.load("camera")[0].numpy()[50:250, 150:400] / 255.0
    known = np.array([[0.95, -0.1, 12.0], [0.12, 0.97, -8.0], [1e-4, 0, 1]])  # in (x, y)
    view = skimage.transform.warp(image, np.linalg.inv(known))
    places, descriptors = sift(image)
    view_places, view_descriptors = sift(view)
    pairs = match(descriptors, view_descriptors, ratio=0.8)
    source, target = places[pairs[:, 0], ::-1], view_places[pairs[:, 1], ::-1]
    matrix, inliers = ransac_homography(source, target, threshold=2, trials=300)
    corners = np.array([[20, 20], [230, 20], [230, 180], [20, 180]])
    miss = apply_homography(matrix, corners) - apply_homography(known, corners)
    assert inliers.sum() > 30
    assert np.linalg.norm(miss, axis=1).max() < 1


LINE = np.stack([np.arange(4.0), 2 * np.arange(4.0)], axis=1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: match(np.zeros((3, 4)), np.zeros((3, 5))), r"others: got shape .* wanted \(N, 4"),
        (lambda: match(np.zeros((3, 4)), np.zeros((1, 4))), "others: got 1 rows"),
        (lambda: match(np.eye(3), np.eye(3), ratio=0), "ratio: got 0"),
        (lambda: homography(points(3), points(3)), "got 3 and 3 points"),
        (lambda: homography(points(5), points(4)), "got 5 and 4 points"),
        (lambda: homography(np.zeros((4, 3)), points(4)), r"source: got shape \(4, 3\)"),
        (lambda: homography(LINE, points(4)), "leave the homography open"),
        (lambda: homography(np.ones((4, 2)), points(4)), "all points of one side are the same"),
        (lambda: ransac_homography(LINE, points(4)), "no homography with four agreeing pairs"),
        (lambda: ransac_homography(points(4), points(4), threshold=0), "threshold: got 0"),
        (lambda: ransac_homography(points(4), points(4), trials=0), "trials: got 0"),
    ],
)
def test_bad_input_says_what_was_wanted(call, message):
    with pytest.raises(ValueError, match=message):
        call()
