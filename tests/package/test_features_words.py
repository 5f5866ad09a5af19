"""SIFT, visual words and Fisher vectors: against automatic gradients and the libraries."""

import numpy as np
import pytest
import skimage.feature
import torch
from sklearn.mixture import GaussianMixture
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from dlcv.data import photos
from dlcv.features import (
    FisherVector,
    VisualWords,
    dense_sift,
    dense_sift_many,
    fisher_vector,
    posteriors,
    sift,
)

SEED = 0


@pytest.fixture(scope="module")
def bags():
    """12 bags of 3-dimensional descriptors around two places, six bags near each."""
    rng = np.random.default_rng(SEED)
    near = np.repeat([[0.0, 0.0, 1.0], [2.0, 1.0, 0.0]], 6, axis=0)
    return [center + 0.4 * rng.normal(size=(15 + i, 3)) for i, center in enumerate(near)]


@pytest.fixture(scope="module")
def mixture(bags):
    return GaussianMixture(3, covariance_type="diag", random_state=0).fit(np.concatenate(bags))


def parameters(mixture):
    return mixture.weights_, mixture.means_, np.sqrt(mixture.covariances_)


def test_posteriors_are_those_of_scikit_learn(bags, mixture):
    far = np.concatenate([bags[0], [[300.0, -300.0, 0.0]]])  # where every density is 0 in floats
    ours = posteriors(far, *parameters(mixture))
    assert np.abs(ours - mixture.predict_proba(far)).max() < 1e-10


def test_the_fisher_vector_is_the_scaled_gradient_of_the_log_likelihood(bags, mixture):
    weights, means, deviations = (torch.tensor(p) for p in parameters(mixture))
    means.requires_grad_()
    deviations.requires_grad_()
    x = torch.tensor(bags[3])[:, None, :]  # (T, 1, D)
    normal = torch.distributions.Normal(means, deviations)
    likelihood = (weights.log() + normal.log_prob(x).sum(-1)).logsumexp(1).mean()
    by_means, by_deviations = torch.autograd.grad(likelihood, (means, deviations))
    scale = deviations.detach() / weights.sqrt()[:, None]
    expected = torch.cat([(scale * by_means).ravel(), (scale * by_deviations).ravel() / 2**0.5])
    ours = fisher_vector(bags[3], *parameters(mixture))
    assert np.abs(ours - expected.numpy()).max() < 1e-10


def test_the_fisher_vector_is_scikit_images_but_for_the_weights_and_a_sign(bags, mixture):
    theirs = skimage.feature.fisher_vector(bags[5], mixture)
    by_weights, by_means, by_deviations = np.split(theirs, [3, 3 + 9])
    ours = fisher_vector(bags[5], *parameters(mixture))
    assert np.abs(ours - np.concatenate([by_means, -by_deviations])).max() < 1e-10
    assert by_weights.shape == (3,)


def test_the_fisher_vector_of_one_gaussian_by_hand():
    # Mean 1, deviation 2; descriptors 3 and 5 stand 1 and 2 deviations above it.
    vector = fisher_vector(
        np.array([[3.0], [5.0]]), np.array([1.0]), np.array([[1.0]]), np.array([[2.0]])
    )
    assert vector == pytest.approx([(1 + 2) / 2, (0 + 3) / (2 * 2**0.5)])


def test_fisher_vectors_have_two_numbers_a_gaussian_and_dimension_and_length_1(bags):
    empty = np.zeros((0, 3))
    vectors = FisherVector(4, seed=1).fit(bags).transform([*bags, empty])
    assert vectors.shape == (13, 2 * 4 * 3)
    assert np.linalg.norm(vectors[:12], axis=1) == pytest.approx(1)
    assert not vectors[12].any()


def test_power_and_length_are_normalized_as_scikit_image_does(bags):
    encoder = FisherVector(2).fit(bags)
    theirs = skimage.feature.fisher_vector(bags[0], encoder.mixture_)[2:]
    theirs = np.sign(theirs) * np.abs(theirs) ** 0.5 * np.repeat([1, -1], 6)
    ours = encoder.transform(bags[:1])[0]
    assert np.abs(ours - theirs / np.linalg.norm(theirs)).max() < 1e-10


def test_descriptors_can_be_reduced_first(bags):
    encoder = FisherVector(2, dimensions=2).fit(bags)
    assert encoder.transform([bags[0], np.zeros((0, 3))]).shape == (2, 2 * 2 * 2)


@pytest.mark.parametrize("make", [lambda: VisualWords(4), lambda: FisherVector(1)])
def test_the_encoders_work_in_a_pipeline_and_repeat_themselves(bags, make):
    labels = np.repeat([0, 1], 6)
    pipeline = make_pipeline(make(), LinearSVC()).fit(bags, labels)
    assert pipeline.score(bags, labels) == 1
    again = make().fit(bags).transform(bags)
    assert np.array_equal(again, make().fit(bags).transform(bags))


def test_words_count_the_nearest_centers():
    far_apart = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    rng = np.random.default_rng(0)
    bags = [far_apart[[0, 0, 0, 0, 1]] + 0.1 * rng.normal(size=(5, 2)), far_apart[[2, 2]]]
    words = VisualWords(3, power=1).fit(bags)
    order = np.linalg.norm(words.centers_[None] - far_apart[:, None], axis=2).argmin(axis=1)
    histograms = words.transform([*bags, np.zeros((0, 2))])[:, order]
    lengths = 17**0.5
    assert histograms == pytest.approx(
        np.array([[4 / lengths, 1 / lengths, 0], [0, 0, 1], [0, 0, 0]])
    )
    rooted = VisualWords(3).fit(bags).transform(bags[:1])[0]
    assert np.sort(rooted) == pytest.approx([0, 1 / 5**0.5, 2 / 5**0.5])


def test_sift_is_scikit_images_and_finds_nothing_in_a_flat_image():
    image = photos.load("cat")[0, 80:200, 150:300].numpy() / 255.0
    finder = skimage.feature.SIFT()
    finder.detect_and_extract(image)
    places, descriptors = sift(image)
    assert len(places) > 20
    assert np.array_equal(places.round(), finder.keypoints)
    assert np.array_equal(descriptors * 512, finder.descriptors)
    assert np.linalg.norm(descriptors, axis=1) == pytest.approx(1, abs=0.05)
    places, descriptors = sift(np.full((40, 40), 0.5))
    assert places.shape == (0, 2) and descriptors.shape == (0, 128)


def test_dense_sift_covers_the_image_with_patches():
    image = photos.faces().images[0, 0].numpy() / 255.0
    centers, descriptors = dense_sift(image, patch_size=8, stride=3)
    assert centers.shape == (36, 2) and descriptors.shape == (36, 128)
    assert centers[0] == pytest.approx([3.5, 3.5]) and centers[-1] == pytest.approx([18.5, 18.5])
    assert np.linalg.norm(descriptors, axis=1) == pytest.approx(1)


@pytest.mark.parametrize(("patch_size", "stride"), [(8, 3), (16, 2), (4, 5)])
def test_many_images_at_once_equal_one_by_one(patch_size, stride):
    images = np.random.default_rng(1).random((3, 21, 30))
    centers, together = dense_sift_many(images, patch_size=patch_size, stride=stride)
    alone = [dense_sift(image, patch_size=patch_size, stride=stride) for image in images]
    assert together.shape == (3, len(centers), 128)
    assert all(np.array_equal(places, centers) for places, _ in alone)
    assert np.abs(together - [descriptors for _, descriptors in alone]).max() < 1e-14
    assert dense_sift_many(images[:0])[1].shape == (0, 5 * 8, 128)


@pytest.mark.parametrize("patch_size", [4, 8, 12])
def test_a_descriptor_is_the_sums_of_its_cells_one_by_one(patch_size):
    image = np.random.default_rng(2).random((20, 23))
    dy = np.pad(image[2:] - image[:-2], ((1, 1), (0, 0)))
    dx = np.pad(image[:, 2:] - image[:, :-2], ((0, 0), (1, 1)))
    angle, length = np.degrees(np.arctan2(dy, dx)), np.hypot(dy, dx)
    votes = [length * np.interp(angle, 45 * np.arange(8), one, period=360) for one in np.eye(8)]
    centers, descriptors = dense_sift(image, patch_size=patch_size, stride=3)
    cell = patch_size // 4
    for (row, column), ours in zip(centers - (patch_size - 1) / 2, descriptors, strict=True):
        corners = [(int(row) + i * cell, int(column) + j * cell) for i, j in np.ndindex(4, 4)]
        sums = [v[r : r + cell, c : c + cell].sum() for r, c in corners for v in votes]
        clipped = np.minimum(sums / np.linalg.norm(sums), 0.2)
        assert np.abs(ours - clipped / np.linalg.norm(clipped)).max() < 1e-12


@pytest.mark.parametrize("degrees", [0, 45, 90, 180, 225, 315])
def test_dense_sift_tells_a_direction_from_its_opposite(degrees):
    angle = np.deg2rad(degrees)
    y, x = np.mgrid[:18, :18]
    ramp = 0.02 * (np.cos(angle) * x + np.sin(angle) * y)
    _, descriptors = dense_sift(ramp[:, :], patch_size=16, stride=1)
    cells = descriptors[4].reshape(4, 4, 8)  # the middle one of 3 × 3 patches: no border pixel
    # All 16 cells hold one and the same bin: 1 / √16 each, whatever is clipped on the way.
    assert cells[:, :, degrees // 45] == pytest.approx(0.25)
    assert np.delete(cells, degrees // 45, axis=2) == pytest.approx(0, abs=1e-9)


def test_dense_sift_shares_a_vote_between_two_directions():
    angle = np.deg2rad(45 * 2 + 9)  # a fifth of the way from bin 2 to bin 3
    y, x = np.mgrid[:18, :18]
    ramp = 0.02 * (np.cos(angle) * x + np.sin(angle) * y)
    _, descriptors = dense_sift(ramp, patch_size=16, stride=1)
    votes = np.array([0.8, 0.2]) / np.sqrt(16 * (0.8**2 + 0.2**2))  # 0.24 and 0.06
    votes = np.array([0.2, votes[1]])  # clipped
    expected = votes / np.sqrt(16 * (votes**2).sum())
    assert descriptors[4].reshape(16, 8)[:, [2, 3]] == pytest.approx(np.tile(expected, (16, 1)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: VisualWords(9).fit([np.zeros((4, 2))]), "got 4 in all, wanted at least 9"),
        (lambda: VisualWords(2).fit(np.zeros((4, 2))), "got one array, wanted a list"),
        (lambda: VisualWords(2).fit([np.zeros((4, 2)), np.zeros((4, 3))]), r"with \[2, 3\] column"),
        (lambda: VisualWords(2, power=0).fit([np.zeros((4, 2))]), "power: got 0"),
        (lambda: FisherVector(0).fit([np.zeros((4, 2))]), "components: got 0"),
        (lambda: FisherVector(2, dimensions=0).fit([np.eye(4)]), "dimensions: got 0"),
        (lambda: FisherVector(2).fit([np.eye(4)]).transform([np.eye(3)]), r"wanted \(N, 4\)"),
        (lambda: FisherVector(2).fit([np.full((4, 2), np.nan)]), r"descriptors\[0\]: it holds NaN"),
        (lambda: dense_sift(np.zeros((25, 25)), patch_size=10), "patch_size: got 10"),
        (lambda: dense_sift(np.zeros((7, 25))), r"a multiple of 4 that fits shape \(7, 25\)"),
        (lambda: dense_sift_many(np.zeros((25, 25))), r"got shape \(25, 25\), wanted \(N, H, W\)"),
        (lambda: sift(np.zeros((25, 25, 3))), r"image: got shape \(25, 25, 3\)"),
    ],
)
def test_bad_input_says_what_was_wanted(call, message):
    with pytest.raises(ValueError, match=message):
        call()
