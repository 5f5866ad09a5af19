"""Windows, pyramids, detections and suppression: against torchvision and planted targets."""

import numpy as np
import pytest
import torch
import torchvision

from dlcv.features import (
    cascade,
    detect,
    overlap,
    pyramid,
    sliding_windows,
    suppress_overlaps,
)


def random_boxes(count, seed):
    rng = np.random.default_rng(seed)
    corner = rng.integers(0, 60, (count, 2))
    return np.concatenate([corner, corner + rng.integers(1, 40, (count, 2))], axis=1).astype(float)


def test_windows_are_views_and_their_boxes_cut_them_out():
    image = np.random.default_rng(0).random((20, 31))
    windows, boxes = sliding_windows(image, (5, 8), stride=3)
    assert windows.shape == (6, 8, 5, 8) and boxes.shape == (6, 8, 4)
    assert np.shares_memory(windows, image)
    for row, column in [(0, 0), (2, 5), (5, 7)]:
        x0, y0, x1, y1 = boxes[row, column]
        assert np.array_equal(windows[row, column], image[y0:y1, x0:x1])


def test_one_window_fits_an_image_of_its_size():
    windows, boxes = sliding_windows(torch.rand(9, 7), (9, 7))
    assert windows.shape == (1, 1, 9, 7) and boxes.tolist() == [[[0, 0, 7, 9]]]


def test_a_pyramid_shrinks_by_the_factor_down_to_the_smallest():
    image = np.random.default_rng(1).random((100, 160))
    levels = pyramid(image, scale_factor=2, smallest=25)
    assert [level.shape for level in levels] == [(100, 160), (50, 80), (25, 40)]
    assert levels[0] is image or np.array_equal(levels[0], image)
    assert levels[2].std() < 0.5 * image.std()  # noise is smoothed away, not picked from
    assert abs(levels[2].mean() - image.mean()) < 0.01


def test_a_planted_square_is_found_at_its_place_and_size():
    image = np.zeros((90, 120))
    image[30:62, 50:82] = 1  # 32 pixels a side: twice the template's square
    template = np.full((24, 24), -1.0)
    template[4:20, 4:20] = 1

    def score(windows):
        assert windows.shape[1:] == (24, 24)
        return (windows * template).mean(axis=(1, 2))

    boxes, scores = detect(image, score, size=24, stride=2, scale_factor=2**0.5, threshold=0.2)
    assert len(boxes) > 1 and (np.diff(scores) <= 0).all() and scores.min() > 0.2
    assert overlap(boxes[:1], np.array([[42, 22, 90, 70]]))[0, 0] > 0.8
    kept = suppress_overlaps(boxes, scores, iou=0.1)
    assert kept[0] == 0 and len(kept) < len(boxes)


def test_levels_that_are_not_an_exact_fraction_map_back_exactly():
    seen = []
    boxes, _ = detect(
        np.zeros((51, 77)),
        lambda windows: seen.append(len(windows)) or np.ones(len(windows)),
        size=25,
        stride=1,
        scale_factor=1.5,
    )
    assert boxes[:, :2].min() == 0
    assert boxes[:, 2].max() == pytest.approx(77) and boxes[:, 3].max() == pytest.approx(51)
    assert len(boxes) == sum(seen)


def test_many_windows_are_scored_in_portions_in_the_right_order():
    image = np.arange(120 * 130, dtype=float).reshape(120, 130) / 1e5
    portions = []

    def score(windows):
        portions.append(len(windows))
        return windows[:, 0, 0]  # the pixel at the top left names the window

    boxes, scores = detect(image, score, size=(60, 25), stride=1, scale_factor=9, threshold=-1)
    assert len(portions) > 1 and max(portions) <= 4096
    x0, y0 = boxes[:, 0].astype(int), boxes[:, 1].astype(int)
    assert np.array_equal(image[y0, x0], scores)


def test_nothing_above_the_threshold_gives_no_boxes():
    boxes, scores = detect(np.zeros((40, 40)), lambda windows: np.zeros(len(windows)), size=20)
    assert boxes.shape == (0, 4) and scores.shape == (0,)
    assert suppress_overlaps(boxes, scores).shape == (0,)


def test_a_cascade_shows_the_second_stage_only_what_the_first_lets_through():
    windows = np.arange(6.0)[:, None, None] * np.ones((6, 2, 2))
    seen = []

    def quick(given):
        return given[:, 0, 0] - 2.5  # 3, 4 and 5 pass

    def thorough(given):
        seen.append(given[:, 0, 0].tolist())
        return -10.0 * given[:, 0, 0]

    assert cascade(quick, thorough)(windows).tolist() == [-2, -2, -2, -30, -40, -50]
    assert cascade(quick, thorough, rejected=-99)(windows[1:4]).tolist() == [-99, -99, -30]
    assert seen == [[3, 4, 5], [3]]
    assert cascade(quick, thorough)(windows[:3]).tolist() == [-2, -2, -2]
    assert cascade(quick, thorough)(windows[:0]).shape == (0,)
    assert len(seen) == 2  # not called when nothing passed


def test_a_score_of_0_does_not_pass_the_first_stage():
    score = cascade(lambda given: np.zeros(len(given)), lambda given: np.ones(len(given)))
    assert score(np.zeros((2, 3, 3))).tolist() == [-2, -2]


def test_a_detector_takes_a_cascade():
    image = np.zeros((40, 40))
    image[10:20, 20:30] = 1

    def mean(windows):
        return windows.mean(axis=(1, 2))

    score = cascade(lambda windows: mean(windows) - 0.5, mean)
    boxes, scores = detect(image, score, size=10, stride=5, threshold=-1)
    assert boxes[0].tolist() == [20, 10, 30, 20] and scores[0] == 1
    assert scores.min() > 0.5  # what the first stage stops lies below the threshold


def test_overlap_is_torchvisions():
    boxes, others = random_boxes(30, seed=2), random_boxes(20, seed=3)
    expected = torchvision.ops.box_iou(torch.tensor(boxes), torch.tensor(others)).numpy()
    assert (expected > 0).mean() > 0.2
    assert np.abs(overlap(boxes, others) - expected).max() < 1e-12


def test_overlap_by_hand():
    square = np.array([[0.0, 0.0, 2.0, 2.0]])
    others = np.array([[0, 0, 2, 2], [1, 0, 3, 2], [2, 0, 4, 2], [1, 1, 1, 1]], dtype=float)
    assert overlap(square, others)[0] == pytest.approx([1, 1 / 3, 0, 0])
    assert overlap(others[3:], others[3:])[0, 0] == 0  # no area at all


@pytest.mark.parametrize("iou", [0.1, 0.3, 0.5, 0.9])
def test_suppression_is_torchvisions(iou):
    boxes, scores = random_boxes(150, seed=4), np.random.default_rng(5).normal(size=150)
    expected = torchvision.ops.nms(torch.tensor(boxes), torch.tensor(scores), iou).numpy()
    assert 10 < len(expected) < 150
    assert np.array_equal(suppress_overlaps(boxes, scores, iou), expected)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sliding_windows(np.zeros((20, 20)), 21), "a window of 21 × 21 does not fit"),
        (lambda: sliding_windows(np.zeros((20, 20)), 5, 0), "stride: got 0"),
        (lambda: pyramid(np.zeros((40, 40)), 1.0), "scale_factor: got 1.0, wanted a number above"),
        (lambda: pyramid(np.zeros((20, 40))), r"shape \(20, 40\) is below the smallest, 25 × 25"),
        (lambda: detect(np.zeros((30, 30)), lambda w: w, size=25), "score: returned shape"),
        (
            lambda: detect(np.zeros((30, 30)), lambda w: np.full(len(w), np.nan), size=25),
            "wanted one finite number a window",
        ),
        (lambda: overlap(np.array([[3, 0, 1, 1]]), np.zeros((0, 4))), "boxes: a box ends before"),
        (lambda: overlap(np.zeros((1, 4)), np.zeros((1, 5))), r"others: got shape \(1, 5\)"),
        (lambda: suppress_overlaps(np.zeros((2, 4)), np.zeros(3)), r"scores: got shape \(3,\)"),
    ],
)
def test_bad_input_says_what_was_wanted(call, message):
    with pytest.raises(ValueError, match=message):
        call()
