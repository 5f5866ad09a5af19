"""Loss and accuracy over a whole data set, read from the device once."""

from collections.abc import Callable
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dlcv.training.batches import as_batches, unpack


class Measured(NamedTuple):
    """What `evaluate` returns: the mean loss, and the share of right answers in [0, 1]."""

    loss: float
    accuracy: float  # nan where the labels are not classes (regression, say)


class Totals:
    """Adds up losses and right answers batch by batch, without waiting for the device.

    Reading a number from a GPU (`loss.item()`) stops the program until the GPU has caught up.
    So each step only stores its loss as a tensor, and the epoch reads all of them at its end.
    """

    def __init__(self):
        self.losses: list[Tensor] = []  # one number a batch, on the device
        self.sizes: list[int] = []  # images in each batch
        self.right: Tensor | int = 0  # right answers so far, on the device
        self.answers = 0  # class labels so far (one a pixel for segmentation)

    def add(self, loss: Tensor, scores: Tensor, labels: Tensor) -> None:
        """Take in one batch: its mean loss `()`, scores `(B, K, …)` and labels `(B, …)`."""
        self.losses.append(loss.detach())
        self.sizes.append(len(labels))
        if labels_are_classes(scores, labels):
            self.right = self.right + (scores.detach().argmax(dim=1) == labels).sum()
            self.answers += labels.numel()

    def batch_losses(self) -> Tensor:
        """All losses so far, `(number of batches,)`, float64 on the CPU."""
        return torch.stack(self.losses).cpu().double()

    def read(self) -> Measured:
        """Mean loss over the images (not over the batches: the last may be smaller), accuracy."""
        sizes = torch.tensor(self.sizes, dtype=torch.float64)
        loss = float((self.batch_losses() * sizes).sum() / sizes.sum())
        return Measured(loss, int(self.right) / self.answers if self.answers else float("nan"))


def evaluate(
    model: nn.Module, data: object, *, loss: Callable = F.cross_entropy, batch_size: int = 512
) -> Measured:
    """Measure a model on data, without training it.

    The model is put in evaluation mode (no dropout, stored batch-norm statistics) and back in the
    mode it was in; no gradients are computed. It runs on the device that its weights are on.

    Args:
        model: maps images `(B, C, H, W)` to scores `(B, K)`.
        data: what `Trainer.fit` takes.
        loss: maps scores and labels to their mean loss, one number.
        batch_size: rows at a time, where `data` is not already in batches.

    Returns:
        `(loss, accuracy)`: the mean loss over all images, and the share of right answers in [0, 1].

    Raises:
        ValueError: the data is empty, or a label fits no class.
        TypeError: the data cannot be cut in batches.

    Built in chapter 09.
    """
    first = next(model.parameters(), None)
    device = torch.device("cpu") if first is None else first.device
    totals = Totals()
    with in_mode(model, training=False), torch.no_grad():
        for batch in as_batches(data, batch_size, shuffle=False):
            images, labels = unpack(batch, device)
            scores = model(images)
            totals.add(mean_loss(loss, scores, labels), scores, labels)
    if not totals.losses:
        raise ValueError("the data to evaluate on is empty: it gave no batch")
    return totals.read()


def mean_loss(loss: Callable, scores: Tensor, labels: Tensor) -> Tensor:
    """`loss(scores, labels)`, after a check that every label is the number of a class.

    The check is for cross-entropy on the CPU: reading labels back from a GPU at every step would
    make the program wait for it.
    """
    takes_classes = loss is F.cross_entropy or isinstance(loss, nn.CrossEntropyLoss)
    if takes_classes and labels.device.type == "cpu" and labels_are_classes(scores, labels):
        check_labels(labels, scores.shape[1], getattr(loss, "ignore_index", -100))
    value = loss(scores, labels)
    if not torch.is_tensor(value) or value.ndim != 0:
        got = tuple(value.shape) if torch.is_tensor(value) else type(value).__name__
        raise ValueError(f"loss must return one number, a tensor of shape (); got {got}")
    return value


def check_labels(labels: Tensor, classes: int, ignore_index: int = -100) -> None:
    """Raise `ValueError` unless every label lies in 0 … classes − 1 or is `ignore_index`."""
    lowest, highest = labels.aminmax()
    if lowest >= 0 and highest < classes:
        return
    wrong = labels[((labels < 0) | (labels >= classes)) & (labels != ignore_index)]
    if len(wrong):
        raise ValueError(
            f"label {int(wrong[0])} fits no class: the model gives {classes} scores, so labels "
            f"must lie in 0 … {classes - 1}. Count classes from 0, or give the model more outputs"
        )


def labels_are_classes(scores: Tensor, labels: Tensor) -> bool:
    """Whether labels `(B, …)` number the classes of scores `(B, K, …)`."""
    return not labels.is_floating_point() and scores.ndim == labels.ndim + 1


@contextmanager
def in_mode(model: nn.Module, *, training: bool):
    """Put a model in training or evaluation mode, then each of its layers back as it was."""
    before = {layer: layer.training for layer in model.modules()}
    try:
        model.train(training)
        yield
    finally:
        for layer, mode in before.items():
            layer.training = mode
