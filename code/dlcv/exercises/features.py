"""Checks for chapter 4, features by hand. Answers take and return NumPy arrays."""

import math
from collections.abc import Callable

import numpy as np
import torch

from dlcv.exercises.base import Verdict, exercise, require, require_shape
from dlcv.exercises.features_cases import crowd, gradients, lines, soft_votes, turned


@exercise("Orientation histogram")
def orientation_histogram(answer: Callable) -> Verdict:
    """Check `orientation_histogram(dy, dx, bins)`: gradients (H, W) to summed votes (bins,)."""
    dy, dx = gradients()
    angle, length = np.degrees(np.arctan2(dy, dx)) % 180, np.hypot(dy, dx)
    wanted = np.histogram(angle, 9, range=(0, 180), weights=length)[0]
    ours = _tried(answer, dy, dx, 9)
    _check_votes(ours, dy, dx, wanted)
    off = "every vote is one bin off: bin 0 begins at 0° and ends at 180° / bins."
    rounded = np.bincount((np.rint(angle / 20) % 9).astype(int).ravel(), length.ravel(), 9)
    folded = np.abs(np.degrees(np.arctan2(dy, dx)))
    mistakes = [
        (np.roll(wanted, 1), off),
        (np.roll(wanted, -1), off),
        (rounded, "you round; bin b holds the angles from b · 180° / bins on: floor."),
        (
            np.histogram(folded, 9, range=(0, 180), weights=length)[0],
            "-30° and 150° are one direction, -30° and 30° are not: modulo 180°, not `abs`.",
        ),
    ]
    _none_of(mistakes, ours)
    require(
        _close(ours, wanted),
        "the values differ from NumPy's weighted histogram of θ. Degrees? Bins from 0° to 180°, "
        "not from the smallest angle to the largest (`range`)?",
    )
    six, eight = (np.histogram(angle, n, range=(0, 180), weights=length)[0] for n in (6, 8))
    require(_close(_tried(answer, dy, dx, 6), six), "it works for 9 bins only; use `bins`.")
    require(
        _close(_tried(answer, dy, dx, 8), eight),
        "with 8 bins a bin is 22.5° wide: divide by 180 / bins, not by 180 // bins.",
    )
    _check_unusual_cells(answer)


@exercise("Soft votes")
def soft_histogram(answer: Callable) -> Verdict:
    """Check `soft_histogram(dy, dx, bins)`: each vote shared by the two nearest bin centers."""
    dy, dx = gradients()
    wanted, ours = soft_votes(dy, dx, 9), _tried(answer, dy, dx, 9)
    twice = _tried(answer, np.ones((1, 2)), np.ones((1, 2)), 9)  # 45°, between two centers
    require(
        twice.shape != (9,) or not math.isclose(twice.sum(), math.sqrt(2)),
        "two equal gradients count once: `h[index] += votes` adds only once to a repeated index; "
        "use np.bincount with weights, or np.add.at.",
    )
    last = _tried(answer, np.array([[math.sin(math.radians(175))]]), np.array([[-0.9961947]]), 9)
    circle = (
        "mind the circle: 175° gives three quarters to the last bin and one quarter to the first."
    )
    require(last.shape != (9,) or not _close(last[[0, 8]], [0, 0.75]), circle)
    _check_votes(ours, dy, dx, wanted)
    angle, length = np.degrees(np.arctan2(dy, dx)) % 180, np.hypot(dy, dx)
    hard = np.histogram(angle, 9, range=(0, 180), weights=length)[0]
    require(
        not _close(ours, hard), "each vote still goes to one bin; share it between two neighbors."
    )
    moved = [soft_votes(*turned(dy, dx, turn), 9) for turn in (-10, 10)]
    require(
        not any(_close(ours, other) for other in moved),
        "you measure from the bins' edges; the centers are at 10°, 30°, … for 9 bins.",
    )
    single = _tried(answer, np.array([[math.sin(math.radians(15))]]), np.array([[0.9659258]]), 9)
    require(
        not _close(single[:2], [0.25, 0.75]),
        "the shares are swapped: the nearer center gets the larger part.",
    )
    require(_close(last[[0, 8]], [0.25, 0.75]), circle)
    require(_close(ours, wanted), "the values differ: weight 1 at a center, 0 at the next, linear.")
    require(_close(_tried(answer, dy, dx, 6), soft_votes(dy, dx, 6)), "it works for 9 bins only.")


@exercise("Every box with every other")
def box_overlap(answer: Callable) -> Verdict:
    """Check `box_overlap(boxes, others)`: (N, 4) and (M, 4) to (N, M), against torchvision."""
    rng = np.random.default_rng(0)
    corners = rng.uniform(0, 20, (9, 2))
    both = np.hstack([corners, corners + rng.uniform(5, 30, (9, 2))])
    both = np.vstack([both, [[200.0, 200, 210, 220]]])  # far from all others
    boxes, others = both[:4], both[4:]
    ours = _tried(answer, boxes, others)
    from torchvision.ops import box_iou  # slow to import: only for who has tried

    wanted = box_iou(torch.tensor(boxes), torch.tensor(others)).numpy()
    require_shape(ours, (4, 6), "(N, M)")
    require(
        _close(ours[:, 5], 0),
        "boxes that do not meet must give 0: negative widths and heights become 0 before they are "
        "multiplied (two negative ones would give a positive area).",
    )
    areas, other_areas = ((b[:, 2:] - b[:, :2]).prod(axis=1) for b in (boxes, others))
    total = areas[:, None] + other_areas
    shared = wanted * total / (1 + wanted)  # IoU = I / (A + B - I)
    smaller = np.minimum(areas[:, None], other_areas)
    mistakes = [
        (shared, "that is the shared area; divide it by the area of the union."),
        (
            shared / total,
            "the union counts the shared area once: subtract it from the sum of the two areas.",
        ),
        (shared / smaller, "you divide by the smaller box; divide by the union of the two."),
    ]
    _none_of(mistakes, ours)
    require(
        _close(ours, wanted),
        "the values differ from torchvision.ops.box_iou. A box is (x0, y0, x1, y1): two corners.",
    )


@exercise("Fisher vector of one Gaussian")
def one_gaussian(answer: Callable) -> Verdict:
    """Check `one_gaussian(x, mu, sigma)`: (T, D), (D,), (D,) to (2D,), against autograd."""
    rng = np.random.default_rng(0)
    x, mu, sigma = rng.normal(1, 2, (7, 3)), rng.normal(size=3), rng.uniform(0.5, 2, 3)
    mean, deviation = (torch.tensor(v, requires_grad=True) for v in (mu, sigma))
    density = torch.distributions.Normal(mean, deviation).log_prob(torch.tensor(x)).sum(dim=1)
    density.mean().backward()
    raw = np.concatenate([mean.grad.numpy(), deviation.grad.numpy()])
    units = np.concatenate([sigma, sigma / math.sqrt(2)])
    wanted, ours = raw * units, _tried(answer, x, mu, sigma)
    require_shape(ours, (6,), "(2D,)")
    _none_of(
        [
            (-wanted, "right size, wrong sign: z = (x − μ) / σ, and z² − 1."),
            (raw, "that is the plain gradient; multiply by σ and by σ/√2, so that all compare."),
            (7 * wanted, "divide by T: a bag twice as large must not count twice."),
            (
                np.concatenate([wanted[3:], wanted[:3]]),
                "the means come first, then the standard deviations.",
            ),
        ],
        ours,
    )
    _check_halves(ours, wanted, (x - mu).mean(axis=0) / sigma**2)
    require(_close(ours, wanted), "the values differ from PyTorch's gradient times σ and σ/√2.")


@exercise("A line through a crowd")
def line_members(answer: Callable) -> Verdict:
    """Check `line_members(points, threshold, trials)`: bool (N,), against scikit-image's RANSAC."""
    steep, upright = crowd(degrees=80), crowd(degrees=90)
    ours = _tried(answer, steep, 1.0, 500)
    require_shape(ours, (len(steep),), "(N,)")
    require(np.isin(ours, [0, 1]).all(), "return True or False for each point.")
    wanted, near_mean = lines(steep)
    found, chosen = int(ours.sum()), int(ours[wanted].sum())
    require(found > 2, "no more than two points: keep the best draw, and all who agree with it.")
    require(
        not np.array_equal(ours > 0, near_mean),
        "that is the line that all points together like best; draw two points and let all vote.",
    )
    require(
        found < 2 * wanted.sum(),
        f"{found} points agree, far too many: is the distance without its sign (`abs`)?",
    )
    require(
        chosen > 0.9 * wanted.sum(),
        f"only {chosen} of the {wanted.sum()} points along the line agree. Keep the best of all "
        "draws; measure straight across the line, and divide by the length of b − a.",
    )
    require(np.array_equal(ours > 0, wanted), "scikit-image's RANSAC keeps other points.")
    ours = _tried(answer, upright, 1.0, 500)
    require(
        np.array_equal(ours > 0, lines(upright)[0]),
        "an upright line is missed: do not divide by Δx; use the formula for the distance.",
    )
    narrow = _tried(answer, steep, 0.1, 500)
    require(narrow.sum() < wanted.sum(), "`threshold` makes no difference; use it.")


def _check_halves(ours: np.ndarray, wanted: np.ndarray, by_variance: np.ndarray) -> None:
    """The mistakes in one half of a Fisher vector alone: means, then standard deviations."""
    by_mu, by_sigma = wanted[:3], wanted[3:]
    _none_of(
        [
            (-by_mu, "the first half has the wrong sign: z = (x − μ) / σ, not (μ − x) / σ."),
            (by_variance, "z is divided by σ, the standard deviation, not by σ², the variance."),
        ],
        ours[:3],
    )
    _none_of(
        [
            (by_sigma * math.sqrt(2), "the second half is still to be over √2."),
            (by_sigma / math.sqrt(2), "the second half is over √2, not over 2."),
            (
                by_sigma + 1 / math.sqrt(2),
                "where is the −1? A bag that spreads like the Gaussian must give 0: z² − 1.",
            ),
            (
                -by_sigma,
                "the second half has the wrong sign: z² − 1, not 1 − z² (scikit-image has it the "
                "other way around; see section 5).",
            ),
            (
                (by_mu**2 - 1) / math.sqrt(2),
                "square each z, then average; the square of the mean is something else.",
            ),
        ],
        ours[3:],
    )


def _check_unusual_cells(answer: Callable) -> None:
    """A flat cell, a level gradient, and one that rounding turns by a hair below 0°."""
    flat = _tried(answer, np.zeros((2, 3)), np.zeros((2, 3)), 9)
    require(
        np.isfinite(flat).all(), "a flat cell gives nan: use arctan2(dy, dx), it needs no division."
    )
    require(
        flat.shape == (9,),
        f"a flat cell must give 9 zeros, not shape {flat.shape}: bincount needs minlength=bins.",
    )
    hair = _tried(answer, np.full((2, 3), -1e-20), np.ones((2, 3)), 9)
    require(
        hair.shape == (9,),
        f"-1e-20 degrees % 180 rounds to 180.0, and you return shape {hair.shape}: put 180° into "
        "a bin that exists (% bins).",
    )
    require(
        math.isclose(hair[0] + hair[8], 6),
        "a gradient a hair below 0° is lost: its vote belongs to the first or the last bin.",
    )


def _check_votes(ours: np.ndarray, dy: np.ndarray, dx: np.ndarray, wanted: np.ndarray) -> None:
    """The mistakes that both kinds of histograms invite."""
    require_shape(ours, (9,), "(bins,)")
    length, pixels = np.hypot(dy, dx).sum(), dy.size
    require(np.isfinite(ours).all(), "nan or inf: use arctan2(dy, dx), which needs no division.")
    require(
        not math.isclose(ours.sum(), pixels),
        "every pixel counts as one; weight its vote with the length of its gradient.",
    )
    require(
        not any(math.isclose(ours.sum(), part) for part in (1, length / pixels)),
        "do not divide here: the votes must add up to the summed lengths.",
    )
    round_the_clock = np.degrees(np.arctan2(dy, dx)) % 360
    whole = np.histogram(round_the_clock, 9, range=(0, 360), weights=np.hypot(dy, dx))[0]
    flipped = np.degrees(np.arctan2(dx, dy)) % 180
    swapped = np.histogram(flipped, 9, range=(0, 180), weights=np.hypot(dy, dx))[0]
    mistakes = [
        (whole, "you count directions modulo 360°; opposite ones must share a bin: modulo 180°."),
        (swapped, "dy and dx are swapped: θ = arctan2(dy, dx)."),
        (soft_votes(dx, dy, 9), "dy and dx are swapped: θ = arctan2(dy, dx)."),
    ]
    _none_of(mistakes, ours)
    require(
        not math.isclose(ours.sum(), (dy**2 + dx**2).sum()),
        "a vote weighs as much as the gradient is long; you left out the square root.",
    )
    require(
        math.isclose(ours.sum(), wanted.sum(), rel_tol=1e-9),
        f"the votes must add up to {wanted.sum():.3f}, the summed lengths, not to "
        f"{ours.sum():.3f}. Is an angle below 0° or at 180° lost?",
    )


def _tried(answer: Callable, *arguments) -> np.ndarray:
    """The answer on copies of the arguments, as an array; it must leave them as they are."""
    copies = [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]
    result = answer(*copies)
    untouched = all(np.array_equal(a, b) for a, b in zip(arguments, copies, strict=True))
    require(untouched, "your function changes its input; work on a new array.")
    require(
        isinstance(result, (np.ndarray, list, tuple)),
        f"return a NumPy array, not {type(result).__name__}.",
    )
    several = isinstance(result, tuple) and isinstance(result[0], np.ndarray)
    require(not several, "return one array; np.histogram gives the counts and the edges: take [0].")
    return np.asarray(result, dtype=float)


def _none_of(mistakes: list[tuple[np.ndarray, str]], ours: np.ndarray) -> None:
    """Each mistake is what a wrong answer would give, and the hint for it."""
    for values, hint in mistakes:
        require(not _close(ours, values), hint)


def _close(ours: np.ndarray, wanted) -> bool:
    if np.ndim(wanted) and ours.shape != np.shape(wanted):
        return False
    return np.allclose(ours, wanted, rtol=1e-6, atol=1e-7)
