"""A model that notes how a training loop treats it: what chapter 9's check of such a loop needs."""

import weakref

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dlcv.exercises.base import require

__all__ = ["WatchedModel", "check_gradients", "check_modes"]


class WatchedModel(nn.Module):
    """A linear layer, 6 inputs to 3 scores in float64, that notes how it is called.

    Images whose mean is above 50 belong to the validation set.
    """

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(6, 3).double()
        self.calls = []  # (is validation, training mode, gradients recorded, scores)
        self.score_gradients = []  # ∂L/∂scores of each training batch
        self.fresh, self.added_up = [], []  # the weight's gradient of one backward, and its .grad
        self.graphs, self.most_alive = [], 0
        self.linear.weight.register_hook(lambda g: self.fresh.append(g.clone()))
        self.linear.weight.register_post_accumulate_grad_hook(
            lambda weight: self.added_up.append(weight.grad.clone())
        )

    def forward(self, images: Tensor) -> Tensor:
        """Scores `(B, 3)` for images `(B, 6)`."""
        scores = self.linear(images)
        validation = bool(images.mean() > 50)
        self.calls.append((validation, self.training, scores.requires_grad, scores.detach()))
        if scores.requires_grad and not validation:
            scores.register_hook(lambda gradient: self.score_gradients.append(gradient.clone()))
            token = _Token()
            scores.grad_fn.metadata["token"] = token  # lives as long as the graph does
            self.graphs.append(weakref.ref(token))
            self.most_alive = max(self.most_alive, sum(ref() is not None for ref in self.graphs))
        return scores


class _Token:
    """Something that a weak reference can watch."""


def check_gradients(model: WatchedModel, labels: Tensor) -> None:
    """Require that the loss is the cross-entropy of scores, and a step uses its own gradient only.

    Args:
        model: what the loop has trained.
        labels: those of the first batch.
    """
    require(model.score_gradients, "no gradient reaches the model: call loss.backward().")
    scores = next(call[3] for call in model.calls if not call[0]).requires_grad_()
    (right,) = torch.autograd.grad(F.cross_entropy(scores, labels), scores)
    (twice,) = torch.autograd.grad(F.cross_entropy(scores.softmax(1), labels), scores)
    came = model.score_gradients[0]
    require(
        not torch.allclose(came, twice, atol=1e-12),
        "cross_entropy gets probabilities, and takes the softmax of them again: give it the "
        "scores as they are.",
    )
    require(
        torch.allclose(came, right, atol=1e-12),
        "the gradient of the scores is not that of their cross-entropy with the batch's labels.",
    )
    pairs = zip(model.fresh, model.added_up, strict=True)
    require(
        all(torch.allclose(fresh, total, atol=1e-12) for fresh, total in pairs),
        "gradients of earlier batches are still in .grad: optimizer.zero_grad() before backward.",
    )


def check_modes(model: WatchedModel) -> None:
    """Require training in training mode, and measuring in evaluation mode without a graph."""
    validation = [call for call in model.calls if call[0]]
    require(validation, "the validation set is never used.")
    require(
        not any(training for _, training, _, _ in validation),
        "the model is measured in training mode (dropout would be on): model.eval() before the "
        "validation set.",
    )
    require(
        not any(recorded for _, _, recorded, _ in validation),
        "a graph is recorded for the validation set, though nothing is learned from it: "
        "with torch.no_grad().",
    )
    require(
        all(training for is_validation, training, _, _ in model.calls if not is_validation),
        "after the first validation the model stays in evaluation mode: model.train() at the "
        "beginning of each epoch.",
    )
