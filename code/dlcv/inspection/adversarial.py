"""Adversarial examples: a change too small to see that changes the answer."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dlcv.inspection.inputs import leaf, scores_of
from dlcv.metrics import check_labels
from dlcv.state import in_mode

__all__ = ["fgsm"]


def fgsm(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    epsilon: float,
    low: float = 0.0,
    high: float = 1.0,
) -> Tensor:
    """The fast gradient sign method: x + ε · sign(∂L / ∂x), L the cross-entropy.

    Goodfellow, Shlens and Szegedy (2014, arXiv:1412.6572), section 4. Chapter 12 derives it.

    Args:
        model: maps images `(B, C, H, W)` to scores `(B, K)`; it runs in evaluation mode.
        images: floats `(B, C, H, W)`.
        labels: the true classes, int64 `(B,)`.
        epsilon: the most a value may change.
        low: the smallest value that images have; what falls below is clipped.
        high: the largest value that they have.

    Returns:
        Images like `images`, on the model's device. Weights and their gradients stay as they were.

    Raises:
        ValueError: a negative `epsilon`, images that are no floats, or images or labels that do not
            fit the model.
    """
    if epsilon < 0:
        raise ValueError(f"epsilon must be at least 0; got {epsilon}")
    images = leaf(model, images)
    with torch.enable_grad(), in_mode(model, training=False):
        scores = scores_of(model, images)
        if labels.shape != scores.shape[:1]:
            wanted, came = tuple(scores.shape[:1]), tuple(labels.shape)
            raise ValueError(f"labels: {wanted} was wanted, not {came}")
        check_labels(labels, scores.shape[1])
        loss = F.cross_entropy(scores, labels.to(images.device), reduction="sum")
        (gradient,) = torch.autograd.grad(loss, images)
    return (images.detach() + epsilon * gradient.sign()).clamp(low, high)
