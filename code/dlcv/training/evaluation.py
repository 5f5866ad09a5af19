"""How good a model is: its loss and accuracy over a whole data set, and all its answers."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer

from dlcv.data.loaders import as_batches, labels_at_hand, to_device
from dlcv.metrics import check_classes, labels_are_classes
from dlcv.state import device_of, in_mode
from dlcv.training import distributed

MOST_WAITING = 2**18  # scores that are kept until they are counted: 1 MB


class TrainingDiverged(RuntimeError):
    """The training loss is no longer a finite number."""


class Measured(NamedTuple):
    """What `evaluate` returns: the mean loss, and the share of right answers in [0, 1]."""

    loss: float
    accuracy: float  # nan where the labels are not classes (regression, say)

    def columns(self, split: str) -> dict[str, float]:
        """Columns for the history: `train_loss` and, where it is measured, `train_accuracy`."""
        accuracy = {f"{split}_accuracy": self.accuracy} if self.accuracy >= 0 else {}  # not nan
        return {f"{split}_loss": self.loss} | accuracy


class Totals:
    """Adds up losses and right answers batch by batch, at next to no cost for a step.

    Reading a number from a GPU (`loss.item()`) stops the program until the GPU has caught up, and
    every small operation costs time on any device. So a step only keeps what it has; right answers
    are counted for many batches at once, and the epoch reads all losses at its end.
    """

    def __init__(self, device: torch.device):
        self.device = device
        self.losses: list[Tensor] = []  # one number a batch, on the device
        self.sizes: list[int] = []  # images in each batch
        self.waiting: list[tuple[Tensor, Tensor]] = []  # scores and labels, not yet counted
        self.right: Tensor | int = 0  # right answers so far, on the device
        self.labeled: Tensor | int = 0  # images with a class (or pixels, for segmentation)

    def add(self, loss: Tensor, scores: Tensor, labels: Tensor) -> None:
        """Take in one batch: its mean loss `()`, scores `(B, K, …)` and labels `(B, …)`."""
        if self.waiting and self.waiting[-1][0].shape[1:] != scores.shape[1:]:
            self._count()  # images of another size
        self.losses.append(loss.detach())
        self.sizes.append(len(labels))
        self.waiting.append((scores.detach(), labels))
        if len(self.waiting) * scores.numel() > MOST_WAITING:
            self._count()

    def _count(self) -> None:
        """Compare the answers that wait with the labels, all at once."""
        if self.waiting and labels_are_classes(*self.waiting[0]):
            scores, labels = map(torch.cat, zip(*self.waiting, strict=True))
            self.right += (scores.argmax(dim=1) == labels).sum()
            self.labeled += ((labels >= 0) & (labels < scores.shape[1])).sum()  # others: ignored
        self.waiting = []

    def read(self) -> Measured:
        """Mean loss over the images (not over the batches: the last may be smaller), accuracy.

        Under `torchrun`, over the images of all processes.
        """
        self._count()
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
    loss = loss.to(totals.device) if isinstance(loss, nn.Module) else loss
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
    try:
        value = loss(scores, labels)
    except IndexError:  # what cross-entropy says of a wrong label on the CPU
        check_classes(loss, scores, labels)
        raise
    if not torch.is_tensor(value) or value.ndim != 0:
        got = tuple(value.shape) if torch.is_tensor(value) else type(value).__name__
        raise ValueError(f"loss must return one number, a tensor of shape (); got {got}")
    return value


def check_finite(losses: list[Tensor], first_step: int, epoch: int, optimizer: Optimizer) -> None:
    """Raise `TrainingDiverged` with the first of these steps whose loss is nan or infinite."""
    for step, loss in enumerate(torch.stack(losses).tolist() if losses else []):
        if math.isfinite(loss):
            continue
        rates = ", ".join(f"{group['lr']:g}" for group in optimizer.param_groups)
        raise TrainingDiverged(
            f"the loss is {loss:g} at step {first_step + step} of epoch {epoch}. Likely causes: a "
            f"learning rate that is too high (it is {rates}; try a tenth), inputs that are not "
            "scaled or hold nan, or a division by 0 or log of 0 in the model or the loss. Make the "
            "model and its optimizer anew, or go back to a checkpoint"
        )


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
        yield model(images), labels, labels_at_hand(batches, batch, number == 0, device)
