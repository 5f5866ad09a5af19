"""The cells and crowds that chapter 4's checks try answers on, and what must come out."""

import math

import numpy as np

__all__ = ["crowd", "gradients", "lines", "soft_votes", "turned"]


def gradients() -> tuple[np.ndarray, np.ndarray]:
    """dy and dx of a small cell, all directions, no angle near a bin's edge."""
    angle = np.radians(np.arange(30) * 53.7 % 360 + 0.37).reshape(5, 6)
    length = 0.5 + np.arange(30).reshape(5, 6) % 7
    return length * np.sin(angle), length * np.cos(angle)


def crowd(degrees: float) -> np.ndarray:
    """40 points along a line, at most 0.3 from it, and 60 anywhere but near it: (100, 2)."""
    rng, turn = np.random.default_rng(1), math.radians(degrees)
    off = rng.uniform(-0.3, 0.3, 40) * (degrees != 90)  # upright: every Δx is 0
    far = rng.choice([-1, 1], 60) * rng.uniform(8, 50, 60)
    along = np.concatenate([np.linspace(-50, 50, 40), rng.uniform(-50, 50, 60)])
    flat = np.stack([along, np.concatenate([off, far])], axis=1)
    rotation = [[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]]
    return rng.permutation((flat @ rotation).round(6))


def lines(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which points scikit-image's RANSAC keeps, and which lie near its least-squares line."""
    from skimage.measure import LineModelND, ransac

    voted = ransac(points, LineModelND, 2, 1.0, max_trials=500, rng=0)[1]
    return voted, LineModelND.from_estimate(points).residuals(points) < 1


def turned(dy: np.ndarray, dx: np.ndarray, degrees: float) -> tuple[np.ndarray, np.ndarray]:
    """The same gradients, turned."""
    angle, length = np.arctan2(dy, dx) + math.radians(degrees), np.hypot(dy, dx)
    return length * np.sin(angle), length * np.cos(angle)


def soft_votes(dy: np.ndarray, dx: np.ndarray, bins: int) -> np.ndarray:
    """Shared votes: NumPy interpolates linearly between bin centers on the half circle."""
    angle, length = np.degrees(np.arctan2(dy, dx)), np.hypot(dy, dx)
    centers = (np.arange(bins) + 0.5) * 180 / bins
    hats = [np.interp(angle, centers, one, period=180) for one in np.eye(bins)]
    return np.array([(hat * length).sum() for hat in hats])
