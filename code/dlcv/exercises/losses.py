"""Checks for chapter 6, what to minimize."""

import math
from collections.abc import Callable

import numpy as np
import torch
from scipy import optimize, special
from torch.nn import functional as F

from dlcv.exercises.base import Verdict, exercise, require, require_shape
from dlcv.exercises.tensors import normal


def _close(ours: torch.Tensor, reference: torch.Tensor) -> bool:
    """Equal to 1e-10, or to 1e-6 where the answer is in single precision; never stretched."""
    tolerance = 1e-10 if ours.dtype == torch.float64 else 1e-6
    return ours.shape == reference.shape and torch.allclose(
        ours.double(), reference, rtol=tolerance, atol=tolerance
    )


@exercise("Smoothed targets")
def smooth_targets(answer: Callable) -> Verdict:
    """Check `smooth_targets(y, K, epsilon)`: labels (N,) to target distributions (N, K)."""
    y, K, epsilon = torch.tensor([2, 0, 3, 3, 1]), 4, 0.2
    q = answer(y.clone(), K, epsilon)
    require_shape(q, (5, 4), "(N, K)")
    require(q.is_floating_point(), "the targets are probabilities: return floats, not integers.")
    one_hot = F.one_hot(y, K).double()
    require(not _close(q, one_hot), "those are the one-hot targets: nothing is smoothed yet.")
    others = (1 - one_hot) / (K - 1)
    require(
        not _close(q, (1 - epsilon) * one_hot + epsilon * others),
        "the part ε is spread over all K classes, the true one included: ε/K each.",
    )
    require(
        not _close(q, one_hot + epsilon / K) and not _close(q, one_hot + epsilon),
        "each row must sum to 1: what the others get is taken from the true class.",
    )
    sums = q.sum(dim=1)
    require(_close(sums, torch.ones(5).double()), f"rows must sum to 1; yours: {sums.tolist()}.")
    # The loss that PyTorch computes with smoothing fixes every entry of q.
    for smoothing in (epsilon, 0.5, 1.0, 0.0):
        scores = normal(5, K, seed=1).requires_grad_()
        F.cross_entropy(scores, y, label_smoothing=smoothing, reduction="sum").backward()
        wanted = F.softmax(scores.detach(), dim=1) - scores.grad  # ∂L/∂z = p̂ − q
        close = _close(answer(y.clone(), K, smoothing), wanted)
        require(close, f"for ε = {smoothing} the targets are not PyTorch's: (1 − ε) y + ε/K.")


@exercise("Binary cross-entropy from scores")
def bce_with_logits(answer: Callable) -> Verdict:
    """Check `bce_with_logits(z, y)`: scores and labels (N,) to losses (N,), for any size of z."""
    z = torch.tensor([-2.0, -0.5, 0.0, 1.0, 3.0], dtype=torch.float64)
    y = torch.tensor([0.0, 1.0, 1.0, 0.0, 1.0], dtype=torch.float64)
    given = z.clone()
    ours, reference = answer(z, y.clone()), _bce(z, y)
    require(
        getattr(ours, "shape", None) != (),
        "return the loss of each example, of shape (N,), not their mean or sum.",
    )
    require_shape(ours, (5,), "(N,)")
    require(torch.equal(z, given), "your function changes its input; work on a new tensor.")
    require(not _close(ours, -reference), "the sign: a loss is positive.")
    require(
        not _close(ours, _bce(z, 1 - y)),
        "yours is small where the answer is wrong: swap y and 1−y.",
    )
    require(
        not _close(ours, _bce(z, torch.ones_like(y))),
        "yours is right where y = 1 only; where y = 0 the loss is −log(1 − ŷ).",
    )
    require(_close(ours, reference), "for scores between −2 and 3 the values are not (6.5)'s.")
    soft = torch.full_like(z, 0.3)
    require(_close(answer(z, soft), _bce(z, soft)), "y may be a probability, too: try y = 0.3.")
    for size in (40.0, 800.0):
        large = torch.tensor([size, size, -size, -size], dtype=torch.float64)
        labels = torch.tensor([0.0, 1.0, 0.0, 1.0], dtype=torch.float64)
        ours = answer(large, labels)
        require(
            bool(torch.isfinite(ours).all()),
            f"scores of ±{size:.0f} give nan or inf: never form ŷ and take its logarithm.",
        )
        require(
            _close(ours, _bce(large, labels)),
            f"at scores of ±{size:.0f} the loss of a wrong answer must be |z|: do not cut it off "
            "or add a small number inside the logarithm.",
        )


def _bce(z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return F.binary_cross_entropy_with_logits(z, y, reduction="none")


@exercise("Gradient of the hinge loss")
def hinge_gradient(answer: Callable) -> Verdict:
    """Check `hinge_gradient(z, y)`: scores (N, K) and labels (N,) to ∂L/∂z of the mean, (N, K)."""
    z, y = normal(6, 4, seed=3), torch.tensor([0, 1, 2, 3, 0, 1])
    z[5] = torch.tensor([-3.0, 3.0, -2.0, 0.0])  # right by more than the margin
    leaf = z.clone().requires_grad_()
    (F.multi_margin_loss(leaf, y) * 4).backward()  # PyTorch's divides by K; ours does not
    wanted, given = leaf.grad, z.clone()
    ours = answer(z, y.clone())
    require_shape(ours, (6, 4), "(N, K)")
    require(torch.equal(z, given), "your function changes its input; work on a new tensor.")
    true = F.one_hot(y, 4).bool()
    require(
        not _close(ours, wanted - true.double() / 6),
        "you count the true class among those inside its own margin: z_y − z_y + 1 is 1, but j = y "
        "is left out of the sum.",
    )
    require(not _close(ours, -wanted), "the sign: raising a wrong score raises the loss.")
    require(not _close(ours, 6 * wanted), "the loss is a mean over the batch: divide by N.")
    require(not _close(ours, wanted / 4), "the sum over the classes is not divided by K.")
    require(
        _close(ours[5], wanted[5]),
        "the last row leads by more than the margin: there is nothing to gain, its gradient is 0.",
    )
    wrong_scores = ours.masked_fill(true, 0)
    require(
        _close(wrong_scores, wanted.masked_fill(true, 0)),
        "each wrong class inside the margin (z_j − z_y + 1 > 0) gets 1/N, whatever the excess is; "
        "all other wrong classes get 0.",
    )
    require(
        bool((ours[true][:5] != 0).all()),
        "the true class's score stands in every term of the sum: its gradient is not 0.",
    )
    require(
        _close(ours, wanted),
        "the true class is pushed once for every wrong class inside the margin: minus their number "
        "over N.",
    )


@exercise("KL divergence")
def kl_divergence(answer: Callable) -> Verdict:
    """Check `kl_divergence(q, p)`: rows of probabilities, both (N, K), to KL(q‖p), (N,)."""
    q, p = (F.softmax(normal(5, 3, seed=seed), dim=1) for seed in (1, 2))
    ours = answer(q.clone(), p.clone())
    require_shape(ours, (5,), "(N,)")
    wanted = _kl(q, p)
    require(not _close(ours, _kl(p, q)), "the order: the mean is taken under q, Σ q log(q/p).")
    require(not _close(ours, -wanted), "the sign: KL is never negative.")
    require(
        not _close(ours, -(q * p.log()).sum(dim=1)),
        "that is the cross-entropy H(q, p); subtract the entropy H(q).",
    )
    require(not _close(ours, wanted / math.log(2)), "use the natural logarithm.")
    require(_close(ours, wanted), "the values differ from Σ q log(q/p), summed over the classes.")
    zero = torch.tensor([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0]], dtype=torch.float64)
    ours = answer(zero.clone(), p[:2].clone())
    require(
        not bool(torch.isnan(ours).any()),
        "q = 0 gives nan (0 · −∞): such a class counts 0. torch.where or torch.xlogy can help.",
    )
    require(_close(ours, _kl(zero, p[:2])), "a class with q = 0 counts exactly 0.")
    both = torch.tensor([[0.25, 0.75, 0.0]] * 2, dtype=torch.float64)
    require(
        _close(answer(zero.clone(), both.clone()), _kl(zero, both)),
        "a class with q = 0 and p = 0 counts 0, too: what is impossible and believed to be costs "
        "nothing.",
    )
    require(
        bool(torch.isposinf(answer(p[:2].clone(), zero.clone())).all()),
        "where p = 0 and q > 0 the divergence is infinite: the impossible has happened.",
    )


def _kl(q: torch.Tensor, p: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(special.rel_entr(q.numpy(), p.numpy()).sum(axis=1))


@exercise("A temperature that fits")
def fit_temperature(answer: Callable) -> Verdict:
    """Check `fit_temperature(scores, labels)`: (N, K) and (N,) to the best T, a number."""
    # First too sure, then not sure enough, then of another shape: there, confidence equals
    # accuracy at another T than that of the smallest loss.
    for times, power in ((3.0, 1.0), (0.4, 1.0), (3.0, 0.5)):
        scores, labels = _too_large(times, power)
        wanted = _best_temperature(scores, labels)
        T = answer(scores.clone(), labels.clone())
        T = float(T)
        require(math.isfinite(T) and T > 0, f"a temperature is a positive number, not {T}.")
        require(
            not math.isclose(T, 1 / wanted, rel_tol=0.1),
            "you found 1/T: the scores are divided by the temperature.",
        )
        require(
            not math.isclose(T, float(F.cross_entropy(scores / wanted, labels)), rel_tol=1e-3),
            "that is the smallest loss; return the T at which it is reached.",
        )
        accurate = abs(T / wanted - 1) < 0.03
        require(
            accurate or times > 1 or T < 1,
            "these scores are not sure enough: the best T is below 1. Search there, too.",
        )
        require(
            accurate or power == 1,
            f"T = {T:.3g} is not where the loss is smallest; choose T by F.cross_entropy(scores / "
            "T, labels), not by how the mean confidence or the accuracy look.",
        )
        require(
            accurate,
            f"T = {T:.3g} is not where F.cross_entropy(scores / T, labels) is smallest (to 3 %): "
            "take a finer or a wider grid.",
        )


def _too_large(times: float, power: float, count: int = 3000) -> tuple[torch.Tensor, torch.Tensor]:
    """`times` the scores from whose softmax the labels were drawn, their sizes to a power."""
    honest = 2 * normal(count, 5, seed=4)
    generator = np.random.default_rng(0)
    chances = F.softmax(honest, dim=1).numpy()
    labels = [generator.choice(5, p=row / row.sum()) for row in chances]
    return times * honest.sign() * honest.abs() ** power, torch.tensor(labels)


def _best_temperature(scores: torch.Tensor, labels: torch.Tensor) -> float:
    def loss(log_temperature: float) -> float:
        return float(F.cross_entropy(scores / math.exp(log_temperature), labels))

    return math.exp(optimize.minimize_scalar(loss, bounds=(-3, 3), method="bounded").x)
