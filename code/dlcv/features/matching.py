"""Points that match: nearest neighbors, the plane-to-plane map, and how to bear wrong matches.

Chapter 4 builds them.

References:
    D. G. Lowe, *Distinctive Image Features from Scale-Invariant Keypoints*, International Journal
    of Computer Vision 60(2), 2004. https://doi.org/10.1023/B:VISI.0000029664.99615.94
    R. Hartley and A. Zisserman, *Multiple View Geometry in Computer Vision*, 2nd edition, 2004,
    chapter 4. https://doi.org/10.1017/CBO9780511811685
    M. A. Fischler and R. C. Bolles, *Random Sample Consensus*, Communications of the ACM 24(6),
    1981. https://doi.org/10.1145/358669.358692
"""

import numpy as np
import torch
from scipy.spatial.distance import cdist

from dlcv.features.inputs import as_rows, check_whole


def match(
    descriptors: np.ndarray | torch.Tensor,
    others: np.ndarray | torch.Tensor,
    *,
    ratio: float = 0.8,
) -> np.ndarray:
    """The nearest neighbor of each descriptor, where it is clearly the nearest (Lowe's ratio test).

    A match stays when the nearest neighbor is closer than `ratio` times the second nearest. A
    descriptor with two equally near neighbors has no match.

    Args:
        descriptors: `(N, D)`.
        others: `(P, D)`, at least two.
        ratio: In (0, 1]; smaller is stricter.

    Returns:
        int64 `(M, 2)`: rows of `descriptors` and of `others`, in the order of `descriptors`.

    Raises:
        ValueError: The shapes do not fit, fewer than two `others`, or a ratio outside (0, 1].
    """
    descriptors = as_rows(descriptors, "descriptors")
    others = as_rows(others, "others", columns=descriptors.shape[1])
    if len(others) < 2:
        raise ValueError(f"others: got {len(others)} rows, the ratio test compares the two nearest")
    if not 0 < ratio <= 1:
        raise ValueError(f"ratio: got {ratio!r}, wanted a number in (0, 1]")
    distances = cdist(descriptors, others)  # (N, P)
    rows, nearest = np.arange(len(descriptors)), distances.argmin(axis=1)
    first = distances[rows, nearest]
    distances[rows, nearest] = np.inf
    clear = first < ratio * distances.min(axis=1)
    return np.stack([rows[clear], nearest[clear]], axis=1)


def homography(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The 3 × 3 matrix H that maps points of one plane to another: the direct linear transform.

    Each pair (x, y) → (u, v) says that (u, v, 1) and H (x, y, 1) are parallel: two equations,
    linear in the nine entries of H. The singular vector of the smallest singular value solves them
    all best. Points are first moved and scaled to mean 0 and root mean square distance √2, so that
    large pixel numbers do not spoil the arithmetic (Hartley).

    Args:
        source: Points `(N, 2)`, at least four. Give both sides in the same order of coordinates,
            `(x, y)` or `(row, column)`; the matrix then speaks that order.
        target: Where they went, `(N, 2)`.

    Returns:
        float64 `(3, 3)` with H[2, 2] = 1.

    Raises:
        ValueError: Shapes that do not fit, fewer than four pairs, or points that leave H open (such
            as three of four on one line).
    """
    source, target = _pairs(source, target)
    move_source, move_target = _to_unit(source), _to_unit(target)
    x, y = apply_homography(move_source, source).T
    u, v = apply_homography(move_target, target).T
    one, zero = np.ones_like(x), np.zeros_like(x)
    equations = np.concatenate(
        [
            np.stack([x, y, one, zero, zero, zero, -u * x, -u * y, -u], axis=1),
            np.stack([zero, zero, zero, x, y, one, -v * x, -v * y, -v], axis=1),
        ]
    )  # (2N, 9)
    _, values, directions = np.linalg.svd(equations)
    if values[7] < 1e-9 * values[0]:  # eight unknown ratios want eight independent equations
        raise ValueError("source, target: the points leave the homography open (on one line?)")
    matrix = np.linalg.inv(move_target) @ directions[-1].reshape(3, 3) @ move_source
    if abs(matrix[2, 2]) < 1e-12 * np.abs(matrix).max():
        raise ValueError("source, target: the homography sends the origin to infinity")
    return matrix / matrix[2, 2]


def apply_homography(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Map points `(N, 2)` by a homography: append 1, multiply, divide by the third number.

    Returns:
        float64 `(N, 2)`; infinity for a point on the line that the matrix sends to infinity.
    """
    points = as_rows(points, "points", columns=2)
    mapped = np.column_stack([points, np.ones(len(points))]) @ np.asarray(matrix).T  # (N, 3)
    with np.errstate(divide="ignore", invalid="ignore"):
        return mapped[:, :2] / mapped[:, 2:]


def ransac_homography(
    source: np.ndarray,
    target: np.ndarray,
    *,
    threshold: float = 3.0,
    trials: int = 1000,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """A homography from pairs of which many are wrong: random sample consensus.

    Draw four pairs, solve, count the pairs that agree; after all trials solve once more with all
    that agreed with the best. When a share e of the pairs is right, one trial is clean with
    probability e⁴.

    Args:
        source: Points `(N, 2)`, at least four.
        target: Their supposed partners, `(N, 2)`.
        threshold: How far from its partner a mapped point may land, in the unit of `target`.
        trials: How many samples are drawn.
        seed: Starts the random numbers.

    Returns:
        The matrix `(3, 3)` as in `homography`, and bool `(N,)`: the pairs it was solved with.

    Raises:
        ValueError: As in `homography`, or fewer than four pairs ever agreed.
    """
    source, target = _pairs(source, target)
    check_whole(trials=trials)
    if not threshold > 0:
        raise ValueError(f"threshold: got {threshold!r}, wanted a distance above 0")
    rng = np.random.default_rng(seed)
    best = np.zeros(len(source), dtype=bool)
    for _ in range(trials):
        sample = rng.choice(len(source), size=4, replace=False)
        try:
            matrix = homography(source[sample], target[sample])
        except ValueError:  # three of the four on one line: this sample says nothing
            continue
        miss = np.linalg.norm(apply_homography(matrix, source) - target, axis=1)
        if (miss < threshold).sum() > best.sum():
            best = miss < threshold
    if best.sum() < 4:
        raise ValueError(f"source, target: no homography with four agreeing pairs, {trials} trials")
    return homography(source[best], target[best]), best


def _pairs(source: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both sides as float64 `(N, 2)`, checked."""
    source, target = as_rows(source, "source", columns=2), as_rows(target, "target", columns=2)
    if len(source) != len(target) or len(source) < 4:
        raise ValueError(
            f"source, target: got {len(source)} and {len(target)} points, "
            "wanted the same number, at least four"
        )
    return source, target


def _to_unit(points: np.ndarray) -> np.ndarray:
    """The matrix that moves points to mean 0 and root mean square distance √2."""
    center = points.mean(axis=0)
    size = np.sqrt(((points - center) ** 2).sum(axis=1).mean())
    if size == 0:
        raise ValueError("source, target: all points of one side are the same")
    scale = np.sqrt(2) / size
    return np.array([[scale, 0, -scale * center[0]], [0, scale, -scale * center[1]], [0, 0, 1]])
