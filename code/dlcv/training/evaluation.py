"""How good a model is: its loss and accuracy over a whole data set, and all its answers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dlcv.data.loaders import as_batches, labels_at_hand, to_device
from dlcv.metrics import check_classes, labels_are_classes
from dlcv.training import distributed


class Measured(NamedTuple):
    """What `evaluate` returns: the mean loss, and the share of right answers in [0, 1]."""

    loss: float
    accuracy: float  # nan where the labels are not classes (regression, say)


class Totals:
    """Adds up losses and right answers batch by batch, without waiting for the device.

    Reading a number from a GPU (`loss.item()`) stops the program until the GPU has caught up.
    So a step only stores its loss as a tensor, and the epoch reads all of them at its end.
    """

    def __init__(self, device: torch.device):
        self.device = device
        self.losses: list[Tensor] = []  # one number a batch, on the device
        self.sizes: list[int] = []  # images in each batch
        self.right: Tensor | int = 0  # right answers so far, on the device
        self.labeled: Tensor | int = 0  # images with a class (or pixels, for segmentation)

    def add(self, loss: Tensor, scores: Tensor, labels: Tensor) -> None:
        """Take in one batch: its mean loss `()`, scores `(B, K, …)` and labels `(B, …)`."""
        self.losses.append(loss.detach())
        self.sizes.append(len(labels))
        if labels_are_classes(scores, labels):
            self.right += (scores.detach().argmax(dim=1) == labels).sum()
            self.labeled += ((labels >= 0) & (labels < scores.shape[1])).sum()  # others: ignored

    def read(self) -> Measured:
        """Mean loss over the images (not over the batches: the last may be smaller), accuracy.

        Under `torchrun`, over the images of all processes.
        """
        sizes = torch.tensor(self.sizes, dtype=torch.float64)  # (number of batches,)
        losses = torch.stack(self.losses).cpu().double() if self.losses else sizes  # both empty
        sums = [float(losses @ sizes), float(sizes.sum()), float(self.right), float(self.labeled)]
        loss, images, right, labeled = distributed.total(sums, self.device)
        if not images:
            raise ValueError("the data is empty: it gave no batch")
        return Measured(loss / images, right / labeled if labeled else float("nan"))


def evaluate(
    model: nn.Module,
    data: object,
    *,
    loss: Callable = F.cross_entropy,
    batch_size: int = 512,
    precision: torch.dtype = torch.float32,
) -> Measured:
    """Measure a model on data, without training it.

    The model is put in evaluation mode (no dropout, stored batch-norm statistics) and back in the
    mode it was in; no gradients are computed. It runs on the device that its weights are on.
    Under `torchrun` every process must call it: each measures its part.

    Args:
        model: maps images `(B, C, H, W)` to scores `(B, K)`.
        data: what `Trainer.fit` takes.
        loss: maps scores and labels to their mean loss, one number.
        batch_size: rows at a time, where `data` is not already in batches.
        precision: what `pick_precision` returns.

    Returns:
        `(loss, accuracy)`: the mean loss over all images, and the share of right answers in [0, 1].

    Raises:
        ValueError: the data is empty, or a label fits no class.
        TypeError: the data cannot be cut in batches.

    Built in chapter 09.
    """
    totals = Totals(device_of(model))
    with measuring(model, precision):
        for scores, labels, unchecked in _answers(model, data, batch_size):
            check_classes(loss, scores, unchecked)
            totals.add(mean_loss(loss, scores, labels), scores, labels)
    return totals.read()


def predict(model: nn.Module, data: object, *, batch_size: int = 512) -> tuple[Tensor, Tensor]:
    """What a model says of data, beside the truth: scores `(N, K)` and labels `(N,)` on the CPU.

    Under `torchrun` each process predicts its part of every batch.
    These are what the measures in `dlcv.metrics` take: `accuracy(*predict(model, data))`.

    Args:
        model: see `evaluate`.
        data: what `evaluate` takes.
        batch_size: rows at a time, where `data` is not already in batches.

    Raises:
        ValueError: the data is empty.
    """
    with measuring(model, torch.float32):
        answers = [(s.cpu(), t.cpu()) for s, t, _ in _answers(model, data, batch_size)]
    if not answers:
        raise ValueError("the data is empty: it gave no batch")
    scores, labels = zip(*answers, strict=True)
    return torch.cat(scores), torch.cat(labels)


def mean_loss(loss: Callable, scores: Tensor, labels: Tensor) -> Tensor:
    """`loss(scores, labels)`, which must be one number."""
    value = loss(scores, labels)
    if not torch.is_tensor(value) or value.ndim != 0:
        got = tuple(value.shape) if torch.is_tensor(value) else type(value).__name__
        raise ValueError(f"loss must return one number, a tensor of shape (); got {got}")
    return value


def device_of(model: nn.Module) -> torch.device:
    """The device that a model's weights are on (the CPU where it has none)."""
    first = next(model.parameters(), None)
    return torch.device("cpu") if first is None else first.device


@contextmanager
def in_mode(model: nn.Module, *, training: bool) -> Iterator[None]:
    """Put a model in training or evaluation mode, then each of its layers back as it was."""
    before = {layer: layer.training for layer in model.modules()}
    try:
        model.train(training)
        yield
    finally:
        for layer, mode in before.items():
            layer.training = mode


@contextmanager
def measuring(model: nn.Module, precision: torch.dtype) -> Iterator[None]:
    """Evaluation mode, no gradients, and the large products in `precision`."""
    faster = torch.autocast(device_of(model).type, precision, enabled=precision != torch.float32)
    with in_mode(model, training=False), torch.no_grad(), faster:
        yield


def _answers(model: nn.Module, data: object, batch_size: int) -> Iterator[tuple]:
    """Batch by batch: scores and labels on the model's device, and labels to be checked."""
    device = device_of(model)
    batches = as_batches(data, batch_size, shuffle=False, device=device)
    for number, batch in enumerate(distributed.my_part(batches, even=False)):
        images, labels = to_device(batch, device)
        yield model(images), labels, labels_at_hand(batches, batch, first=number == 0)
