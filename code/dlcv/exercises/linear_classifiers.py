"""Checks for chapter 2, linear classifiers."""

from collections.abc import Callable

import torch
from torch.nn import functional as F

from dlcv.data.hard_cases import hard_case
from dlcv.exercises.base import Verdict, exercise, require, require_shape


@exercise("Stable softmax")
def softmax(answer: Callable) -> Verdict:
    """Check `softmax(scores)`: (N, K) scores to (N, K) probabilities, without overflow."""
    scores = torch.tensor([[1.0, 2.0, 4.0], [0.0, 0.0, 0.0]], dtype=torch.float64)
    given = scores.clone()
    probabilities = answer(scores)
    require_shape(probabilities, (2, 3), "(N, K)")
    require(torch.equal(scores, given), "your function changes its input; work on a new tensor.")
    require(
        not torch.allclose(probabilities, F.softmax(scores, dim=0), atol=1e-8),
        "each row is one image: normalize over the classes, dim=1, not over the images.",
    )
    require(
        bool(torch.isfinite(probabilities).all()),
        "scores between 0 and 4 already give nan or inf: subtract a constant taken from the row "
        "itself, and do not divide by it.",
    )
    require(
        not torch.allclose(probabilities, F.softmax(scores - scores.max(dim=0).values, dim=1)),
        "the maximum runs over the classes of one image: max(dim=1, keepdim=True).values.",
    )
    sums = probabilities.sum(dim=1)
    require(
        torch.allclose(sums, torch.ones_like(sums)),
        f"each row must sum to 1; yours: {sums.tolist()}.",
    )
    _compare_softmax(answer, scores, "the values differ from exp(z) / Σ exp(z).")
    large = torch.tensor([[-5000.0, 1000.0, 1002.0], [-2000.0, -2001.0, -2002.0]]).double()
    _compare_softmax(
        answer, large[:1], "scores around 1000 overflow: subtract each row's maximum before exp."
    )
    _compare_softmax(
        answer, large[1:], "scores around -2000 give 0/0: the largest shifted score must be 0."
    )
    _compare_softmax(
        answer,
        large,
        "rows with very different sizes: each row needs its own maximum (keepdim=True).",
    )


def _compare_softmax(answer: Callable, scores: torch.Tensor, hint: str) -> None:
    close = torch.allclose(answer(scores.clone()), F.softmax(scores, dim=1), atol=1e-10)
    require(close, hint)


@exercise("Gradient of the softmax")
def softmax_gradient(answer: Callable) -> Verdict:
    """Check `softmax_gradient(probabilities, upstream)`: both (N, K), result ∂L/∂scores (N, K)."""
    generator = torch.Generator().manual_seed(0)
    scores = torch.randn(5, 3, generator=generator, dtype=torch.float64, requires_grad=True)
    upstream = torch.randn(5, 3, generator=generator, dtype=torch.float64)
    probabilities = F.softmax(scores, dim=1)
    probabilities.backward(upstream)
    p = probabilities.detach()
    ours = answer(p.clone(), upstream.clone())
    require_shape(ours, (5, 3), "(N, K)")
    require(
        not torch.allclose(ours, p * (1 - p) * upstream, atol=1e-8),
        "that is ∂p_i/∂z_i only; a score also moves the other probabilities.",
    )
    require(
        not torch.allclose(ours, -scores.grad, atol=1e-8),
        "right size, wrong sign: the bracket is [i = j] − p_j.",
    )
    over_images = p * (upstream - (upstream * p).sum(dim=0, keepdim=True))
    require(
        not torch.allclose(ours, over_images, atol=1e-8),
        "the sum runs over the classes (dim=1), separately for each image.",
    )
    require(
        torch.allclose(ours.sum(dim=1), torch.zeros(5, dtype=torch.float64), atol=1e-8),
        "each row must sum to 0, because adding a constant to all scores changes nothing: subtract "
        "the mean of the upstream gradient, weighted with p.",
    )
    require(torch.allclose(ours, scores.grad, atol=1e-10), "the values differ from autograd's.")


@exercise("One feature for the ring")
def ring_feature(answer: Callable) -> Verdict:
    """Check `ring_feature(points)`: (N, 2) points to (N,) numbers that one threshold separates."""
    points, labels = hard_case("ring", seed=7)
    feature = answer(points.clone())
    require_shape(feature, (len(points),), "(N,)")
    require(bool(torch.isfinite(feature).all()), "some of your feature's values are not finite.")
    require(len(feature.unique()) > 2, "return a number that varies, not the answer itself.")
    single = torch.stack([answer(point[None])[0] for point in points[:20]])
    require(
        torch.allclose(single, feature[:20]),
        "the feature of a point must not depend on the other points in the batch.",
    )
    accuracy = _best_threshold(feature.double(), labels)
    if accuracy < 0.95:
        require(
            not _is_monotone_in_radius(points, feature),
            "your feature grows steadily with ‖x‖, so one threshold gives a disc, not a ring. "
            "It must be small at one radius and grow on both sides of it.",
        )
        require(
            False,
            f"the best threshold on your feature is right on {accuracy:.0%} only. "
            "What do all points of the ring, and no others, share?",
        )


def _best_threshold(feature: torch.Tensor, labels: torch.Tensor) -> float:
    """Accuracy of the best rule "class 1 where the feature is below (or above) t"."""
    order = feature.argsort()
    ones = labels[order].double()
    below = torch.cat([torch.zeros(1).double(), ones.cumsum(0)])  # ones below each threshold
    count = torch.arange(len(ones) + 1)
    accuracy = (below + (len(ones) - count) - (below[-1] - below)) / len(ones)
    return float(torch.maximum(accuracy, 1 - accuracy).max())


def _is_monotone_in_radius(points: torch.Tensor, feature: torch.Tensor) -> bool:
    steps = feature[points.norm(dim=1).argsort()].diff()
    return bool((steps >= 0).all() or (steps <= 0).all())


@exercise("Ten-class perceptron")
def perceptron_update(answer: Callable) -> Verdict:
    """Check `perceptron_update(W, x, y)`: the new W (K, D) after one image x (D,) of class y."""
    W = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]])
    x = torch.tensor([2.0, 0.5])  # scores 2, 0.5 and -2.5: row 0 wins
    given = W.clone()
    kept, new, last = (answer(W, x, y) for y in (0, 1, 2))
    require(torch.equal(W, given), "your function changes W in place; return a new matrix.")
    for result in (kept, new, last):
        require_shape(result, (3, 2), "(K, D)")
    require(torch.equal(kept, W), "the answer was right (row 0 wins): then nothing changes.")
    require(
        not torch.equal(new[1], W[1] - x),
        "the true class must score higher next time: add x to its row, do not subtract it.",
    )
    require(torch.equal(new[1], W[1] + x), "the row of the true class must become W[y] + x.")
    require(
        not torch.equal(new[0], W[0]),
        "the row of the class that won by mistake must be punished too: subtract x from it.",
    )
    require(torch.equal(new[0], W[0] - x), "the row of the winner must become W[winner] - x.")
    require(torch.equal(new[2], W[2]), "a class that neither won nor was true keeps its row.")
    expected = torch.stack([W[0] - x, W[1], W[2] + x])
    require(torch.equal(last, expected), "only the winner is punished, not all that beat class y.")


@exercise("Distance to the boundary")
def boundary_distance(answer: Callable) -> Verdict:
    """Check `boundary_distance(W, b, X, k, j)`: signed distances (N,), positive on k's side."""
    W = torch.tensor([[3.0, 4.0], [0.0, 0.0], [0.0, 2.0]], dtype=torch.float64)
    b = torch.tensor([-4.0, 1.0, 1.0], dtype=torch.float64)
    X = torch.tensor([[0.0, 0.0], [3.0, 4.0], [3.0, -1.0]], dtype=torch.float64)
    # Between classes 0 and 1 the boundary is 3x + 4y = 5; distances by the school formula.
    expected = torch.tensor([-1.0, 4.0, 0.0], dtype=torch.float64)
    ours = answer(W, b, X, 0, 1)
    require_shape(ours, (3,), "(N,)")
    require(
        not torch.allclose(ours, 5 * expected),
        "that is the difference of the scores; divide by the length of w_k - w_j.",
    )
    require(not torch.allclose(ours, 5 * expected / 25), "divide by the length, not its square.")
    require(not torch.allclose(ours, -expected), "the sign: positive where class k wins.")
    require(not torch.allclose(ours, expected + 1), "do not forget the biases: b_k - b_j.")
    require(not torch.allclose(ours, expected.abs()), "keep the sign: on which side is the point?")
    require(
        torch.allclose(ours, expected),
        "the boundary 3x + 4y = 5 gives other distances: divide the whole numerator (brackets) "
        "and use b_k - b_j with k and j as they are given.",
    )
    # Between classes 0 and 2 it is 3x + 2y = 5: the weights of both classes count.
    expected = torch.tensor([-5.0, 12.0, 2.0], dtype=torch.float64) / 13**0.5
    require(
        torch.allclose(answer(W, b, X, 0, 2), expected),
        "divide by the length of the difference w_k - w_j, not of w_k alone.",
    )
