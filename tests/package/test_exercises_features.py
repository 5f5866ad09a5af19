"""Chapter 4's checks reject the wrong answers that readers plausibly give, with a useful hint."""

import re

import numpy as np
import pytest

from dlcv.exercises import features as check


def votes(
    modulo=180, weighted=True, swapped=False, shift=0.0, rounded=False, mean=False, squared=False
):
    """A family of orientation histograms around the right one."""

    def histogram(dy, dx, bins):
        angle = np.degrees(np.arctan2(dx, dy) if swapped else np.arctan2(dy, dx)) % modulo
        position = angle * bins / modulo + shift
        index = (np.rint(position) if rounded else np.floor(position)).astype(int) % bins
        weights = np.hypot(dy, dx) ** (2 if squared else 1) if weighted else np.ones(dy.shape)
        counts = np.bincount(index.ravel(), weights.ravel(), bins)
        return counts / dy.size if mean else counts

    return histogram


def nine_bins_only(dy, dx, bins):
    return votes()(dy, dx, 9)


def in_place(dy, dx, bins):
    counts = votes()(dy, dx, bins)
    dy *= 0
    return counts


def without_arctan2(dy, dx, bins):
    angle = np.degrees(np.arctan(dy / dx))  # from -90 to 90
    return np.histogram(angle, bins, range=(0, 180), weights=np.hypot(dy, dx))[0]


def folded(dy, dx, bins):
    angle = np.abs(np.degrees(np.arctan2(dy, dx)))
    return np.histogram(angle, bins, range=(0, 180), weights=np.hypot(dy, dx))[0]


def with_edges(dy, dx, bins):
    angle = np.degrees(np.arctan2(dy, dx)) % 180
    return np.histogram(angle, bins, range=(0, 180), weights=np.hypot(dy, dx))


def hats_without_circle(dy, dx, bins):
    centers = (np.arange(bins) + 0.5) * 180 / bins
    distance = abs(np.degrees(np.arctan2(dy, dx))[..., None] % 180 - centers) * bins / 180
    return (np.maximum(1 - distance, 0) * np.hypot(dy, dx)[..., None]).sum(axis=(0, 1))


def binned(minlength=True, last=True, width=None):
    """`np.bincount` with and without what it needs."""

    def histogram(dy, dx, bins):
        angle = np.degrees(np.arctan2(dy, dx)) % 180
        index = (angle / width(bins) if width else angle * bins / 180).astype(int).ravel()
        index = index % bins if last else index
        return np.bincount(index, np.hypot(dy, dx).ravel(), bins if minlength else 0)

    return histogram


def without_range(dy, dx, bins):
    angle = np.degrees(np.arctan2(dy, dx)) % 180
    return np.histogram(angle, bins, weights=np.hypot(dy, dx))[0]


def counted_once(dy, dx, bins):
    position = (np.degrees(np.arctan2(dy, dx)) % 180 * bins / 180 - 0.5).ravel()
    lower, length = np.floor(position).astype(int), np.hypot(dy, dx).ravel()
    votes = np.zeros(bins)
    votes[lower % bins] += length * (lower + 1 - position)
    votes[(lower + 1) % bins] += length * (position - lower)
    return votes


def second_half_negated(x, mu, sigma):
    return gaussian()(x, mu, sigma) * np.repeat([1, -1], len(mu))


def soft(offset=0.5, circle=True, swapped=False, weighted=True):
    """A family of shared votes around the right one."""

    def histogram(dy, dx, bins):
        position = (np.degrees(np.arctan2(dy, dx)) % 180 * bins / 180 - offset).ravel()
        lower = np.floor(position).astype(int)
        share = lower + 1 - position if swapped else position - lower
        length = np.hypot(dy, dx).ravel() if weighted else np.ones(dy.size)
        low, high = (lower % bins, (lower + 1) % bins)
        if not circle:
            low, high = np.clip(lower, 0, bins - 1), np.clip(lower + 1, 0, bins - 1)
        return np.bincount(low, length * (1 - share), bins) + np.bincount(
            high, length * share, bins
        )

    return histogram


def boxes_like(clip=True, over="union"):
    """A family of overlaps around the right one."""

    def overlap(boxes, others):
        sides = np.minimum(boxes[:, None, 2:], others[:, 2:]) - np.maximum(
            boxes[:, None, :2], others[:, :2]
        )
        shared = (np.maximum(sides, 0) if clip else sides).prod(axis=2)
        a, b = ((z[:, 2:] - z[:, :2]).prod(axis=1) for z in (boxes, others))
        total = a[:, None] + b
        below = {
            "union": total - shared,
            "sum": total,
            "smaller": np.minimum(a[:, None], b),
            "nothing": 1,
        }
        return shared / below[over]

    return overlap


def width_and_height(boxes, others):
    ends = [np.hstack([z[:, :2], z[:, :2] + z[:, 2:]]) for z in (boxes, others)]
    return boxes_like()(*ends)


def first_half_negated(x, mu, sigma):
    return gaussian()(x, mu, sigma) * np.repeat([-1, 1], len(mu))


def square_of_the_mean(x, mu, sigma):
    z = ((x - mu) / sigma).mean(axis=0)
    return np.concatenate([z, (z**2 - 1) / 2**0.5])


def gaussian(sign=1, root=2**0.5, one=1, variance=False, total=False, plain=False, order=1):
    """A family of Fisher vectors around the right one."""

    def vector(x, mu, sigma):
        z = (x - mu) / sigma
        by_mu, by_sigma = z.mean(axis=0), (z**2 - one).mean(axis=0) / root
        if variance:
            by_mu = ((x - mu) / sigma**2).mean(axis=0)
        if plain:
            by_mu, by_sigma = z.mean(axis=0) / sigma, (z**2 - 1).mean(axis=0) / sigma
        both = np.concatenate([by_mu, by_sigma][::order])
        return sign * both * (len(x) if total else 1)

    return vector


def line_like(slope=False, absolute=True, divided=True, best=True, pair=False, fixed=None):
    """A family of RANSACs for a line around the right one."""

    def members(points, threshold, trials):
        rng, kept = np.random.default_rng(3), np.zeros(len(points), dtype=bool)
        for _ in range(trials):
            rows = rng.choice(len(points), size=2, replace=False)
            (dx, dy), (x, y) = points[rows[1]] - points[rows[0]], (points - points[rows[0]]).T
            if slope and dx == 0:
                continue
            distance = y - dy / dx * x if slope else dx * y - dy * x
            distance = distance / (np.hypot(dx, dy) if divided and not slope else 1)
            near = (abs(distance) if absolute else distance) < (fixed or threshold)
            if not best or near.sum() > kept.sum():
                kept = np.isin(np.arange(len(points)), rows) if pair else near
        return kept

    return members


def perpendicular_but_by_slope(points, threshold, trials):
    """Right, but for lines that are exactly upright."""
    rng, kept = np.random.default_rng(3), np.zeros(len(points), dtype=bool)
    for _ in range(trials):
        (a, b), (c, d) = points[rng.choice(len(points), size=2, replace=False)]
        if a != c:
            slope = (d - b) / (c - a)
            near = (
                abs(points[:, 1] - b - slope * (points[:, 0] - a)) / np.hypot(1, slope) < threshold
            )
            kept = near if near.sum() > kept.sum() else kept
    return kept


def least_squares(points, threshold, trials):
    middle = points.mean(axis=0)
    along = np.linalg.svd(points - middle)[2][0]
    x, y = (points - middle).T
    return abs(along[0] * y - along[1] * x) < threshold


RIGHT = [
    (check.line_members, line_like()),
    (check.line_members, lambda *given: line_like()(*given).astype(int)),
    (check.orientation_histogram, votes()),
    (check.orientation_histogram, binned()),
    (check.soft_histogram, soft()),
    (check.box_overlap, boxes_like()),
    (check.one_gaussian, gaussian()),
]

WRONG = [
    (check.orientation_histogram, votes(weighted=False), "weight its vote"),
    (check.orientation_histogram, votes(modulo=360), "modulo 180"),
    (check.orientation_histogram, votes(swapped=True), "swapped"),
    (check.orientation_histogram, votes(shift=1), "one bin off"),
    (check.orientation_histogram, votes(rounded=True), "floor"),
    (check.orientation_histogram, votes(mean=True), "do not divide"),
    (check.orientation_histogram, nine_bins_only, "9 bins only"),
    (check.orientation_histogram, in_place, "changes its input"),
    (check.orientation_histogram, without_arctan2, "below 0°"),
    (check.orientation_histogram, lambda dy, dx, bins: votes()(dy, dx, bins - 1), r"\(bins,\)"),
    (check.orientation_histogram, binned(minlength=False), "minlength"),
    (check.orientation_histogram, binned(last=False), "% bins"),
    (check.orientation_histogram, binned(width=lambda bins: 180 // bins), "180 // bins"),
    (check.orientation_histogram, without_range, "`range`"),
    (check.orientation_histogram, votes(squared=True), "square root"),
    (check.orientation_histogram, folded, "not `abs`"),
    (check.orientation_histogram, with_edges, "the counts and the edges"),
    (check.soft_histogram, hats_without_circle, "mind the circle"),
    (check.box_overlap, width_and_height, "two corners"),
    (check.one_gaussian, first_half_negated, "first half has the wrong sign"),
    (check.one_gaussian, square_of_the_mean, "square of the mean"),
    (check.one_gaussian, gaussian(root=2), "not over 2"),
    (check.soft_histogram, counted_once, "repeated index"),
    (check.one_gaussian, second_half_negated, "second half has the wrong sign"),
    (check.soft_histogram, votes(), "one bin; share it"),
    (check.soft_histogram, soft(offset=0), "centers are at"),
    (check.soft_histogram, soft(swapped=True), "swapped"),
    (check.soft_histogram, soft(circle=False), "mind the circle"),
    (check.soft_histogram, soft(weighted=False), "weight its vote"),
    (check.box_overlap, boxes_like(clip=False), "do not meet"),
    (check.box_overlap, boxes_like(over="sum"), "counts the shared area once"),
    (check.box_overlap, boxes_like(over="smaller"), "smaller box"),
    (check.box_overlap, boxes_like(over="nothing"), "shared area"),
    (check.box_overlap, lambda a, b: boxes_like()(b, a), r"\(N, M\)"),
    (check.one_gaussian, gaussian(sign=-1), "wrong sign"),
    (check.one_gaussian, gaussian(root=1), "√2"),
    (check.one_gaussian, gaussian(one=0), "where is the −1"),
    (check.one_gaussian, gaussian(variance=True), "not by σ²"),
    (check.one_gaussian, gaussian(total=True), "divide by T"),
    (check.one_gaussian, gaussian(plain=True), "plain gradient"),
    (check.one_gaussian, gaussian(order=-1), "means come first"),
    (check.one_gaussian, lambda x, mu, sigma: 1.0, "NumPy array"),
    (check.line_members, line_like(slope=True), "straight across"),
    (check.line_members, line_like(best=False), "keep the best draw"),
    (check.line_members, line_like(absolute=False), "without its sign"),
    (check.line_members, line_like(divided=False), "length of b"),
    (check.line_members, line_like(pair=True), "all who agree"),
    (check.line_members, line_like(fixed=1.0), "`threshold`"),
    (check.line_members, perpendicular_but_by_slope, "upright"),
    (check.line_members, least_squares, "all points together"),
    (check.line_members, lambda *given: np.flatnonzero(line_like()(*given)), r"\(N,\)"),
    (check.line_members, lambda points, *_: points[:, 0], "True or False"),
]


@pytest.mark.parametrize(("run", "answer"), RIGHT)
def test_the_right_answer_is_accepted(run, answer):
    verdict = run(answer)
    assert verdict.status == "passed", verdict


@pytest.mark.parametrize(("run", "answer", "hint"), WRONG)
def test_a_plausible_wrong_answer_is_rejected_with_a_hint(run, answer, hint):
    verdict = run(answer)
    assert verdict.status == "failed"
    assert re.search(hint, verdict.message), verdict


def test_each_check_has_at_least_three_wrong_answers():
    checks = [c for c in vars(check).values() if hasattr(c, "__wrapped__")]
    assert len(checks) == 5
    assert all(sum(run is c for run, *_ in WRONG) >= 3 for c in checks)


@pytest.mark.parametrize("run", [run for run, _ in RIGHT])
def test_an_untouched_stub_is_not_a_failure(run):
    assert run(lambda *arguments: ...).status == "not attempted"
