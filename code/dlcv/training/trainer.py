"""The training loop: five lines a step, and around them what a long run needs."""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from dlcv.data.progress import progress
from dlcv.training.batches import as_batches, unpack
from dlcv.training.device import pick_device
from dlcv.training.history import History
from dlcv.training.measure import Measured, Totals, evaluate, in_mode, mean_loss


class TrainingDiverged(RuntimeError):
    """The training loss is no longer a finite number."""


class Trainer:
    """Trains a model: `Trainer(model, optimizer).fit(train, validation, epochs=5)`.

    `step` is the five-line step of every PyTorch program, and nothing else changes the weights.
    `trainer.model` and `trainer.history` are up to date at any time, after an interrupt too.

    Args:
        model: maps images `(B, C, H, W)` to scores `(B, K)`. It is moved to the device.
        optimizer: a `torch.optim` optimizer of the model's parameters.
        loss: maps scores and labels to their mean loss, one number. Cross-entropy by default.
        device: what `pick_device` takes.
        scheduler: a `torch.optim.lr_scheduler` schedule made with the same optimizer.
        schedule_every: `"epoch"` or `"step"`: when the schedule moves on.

    Raises:
        ValueError: the optimizer holds none of the model's parameters, the scheduler holds another
            optimizer, or `schedule_every` is something else.

    Built in chapter 09.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        *,
        loss: Callable[[Tensor, Tensor], Tensor] = F.cross_entropy,
        device: str | torch.device = "auto",
        scheduler: LRScheduler | None = None,
        schedule_every: str = "epoch",
    ):
        _check_parts(model, optimizer, scheduler, schedule_every)
        self.device = pick_device(device)
        self.model = model.to(self.device)
        self.optimizer, self.loss = optimizer, loss
        self.scheduler, self.schedule_every = scheduler, schedule_every
        self.history = History()

    def step(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Learn from one batch: images `(B, C, H, W)`, labels `(B,)`, both on the device.

        Returns:
            The loss `()` and the scores `(B, K)` before the update.
        """
        scores = self.model(images)  # forward: (B, C, H, W) → (B, K)
        loss = mean_loss(self.loss, scores, labels)  # how wrong they are: one number
        self.optimizer.zero_grad()  # forget the last step's gradients
        loss.backward()  # the gradient of the loss for every weight
        self.optimizer.step()  # move every weight a little downhill
        return loss, scores

    def fit(
        self,
        train: object,
        validation: object = None,
        *,
        epochs: int,
        batch_size: int = 128,
        callbacks: Sequence[Callable] = (),
    ) -> History:
        """Train for some epochs; a second call goes on where the first one ended.

        Args:
            train: an `ImageData`, a pair of tensors `(images, labels)` (both are shuffled and cut
                into batches), or an iterable of `(images, labels)` batches, such as a `DataLoader`.
                uint8 images become float32 in [0, 1].
            validation: the same, measured after each epoch; never trained on.
            epochs: passes over the training data.
            batch_size: images a step, for data that is not in batches.
            callbacks: functions `callback(trainer, row)`, called in turn after each epoch with the
                new row of the history; what they write into `row` becomes a column.

        Returns:
            The history of all epochs so far, also kept as `trainer.history`.

        Raises:
            TrainingDiverged: a loss was nan or infinite; earlier epochs stay in the history.
            ValueError: `epochs` is below one, the data is empty, or a label fits no class.
            TypeError: the data cannot be cut into batches.
        """
        if epochs < 1:
            raise ValueError(f"epochs must be at least 1; got {epochs}")
        train = as_batches(train, batch_size, shuffle=True)
        if validation is not None:
            validation = as_batches(validation, batch_size, shuffle=False)
        with closing(progress(total=_count_steps(train, epochs), unit="step")) as bar:
            for _ in range(epochs):
                bar.set_description(f"epoch {len(self.history) + 1}")
                row = self._run_epoch(train, validation, bar.update)
                for callback in callbacks:
                    callback(self, row)
        return self.history

    def _run_epoch(self, train: Iterable, validation: Iterable | None, tick: Callable) -> dict:
        """Train on every batch, measure, and append the row to the history."""
        start = time.perf_counter()
        row = {"epoch": len(self.history) + 1}
        measured = self._train_epoch(train, tick)
        row |= _columns("train", measured)
        if validation is not None:
            measured = evaluate(self.model, validation, loss=self.loss)
            row |= _columns("validation", measured)
        row["seconds"] = time.perf_counter() - start
        self.history.add(row)
        if self.schedule_every == "epoch":
            self._advance_schedule(measured.loss)
        return row

    def _train_epoch(self, batches: Iterable, tick: Callable) -> Measured:
        totals = Totals()
        with in_mode(self.model, training=True):
            for batch in batches:
                images, labels = unpack(batch, self.device)
                loss, scores = self.step(images, labels)
                totals.add(loss, scores, labels)
                if self.schedule_every == "step":
                    self._advance_schedule()
                tick()
        if not totals.losses:
            raise ValueError("the training data is empty: it gave no batch")
        self._stop_if_diverged(totals.batch_losses())
        return totals.read()

    def _advance_schedule(self, loss: float | None = None) -> None:
        if isinstance(self.scheduler, ReduceLROnPlateau):
            self.scheduler.step(loss)  # this one waits until the loss stops falling
        elif self.scheduler is not None:
            self.scheduler.step()

    def _stop_if_diverged(self, losses: Tensor) -> None:
        """Name the first step of the epoch whose loss is nan or infinite: losses `(steps,)`."""
        bad = (~losses.isfinite()).nonzero()
        if not len(bad):
            return
        step = int(bad[0])
        rates = ", ".join(f"{group['lr']:g}" for group in self.optimizer.param_groups)
        raise TrainingDiverged(
            f"the loss is {losses[step]:g} at step {step + 1} of epoch {len(self.history) + 1}. "
            f"Likely causes: a learning rate that is too high (it is {rates}; try a tenth), inputs "
            "that are not scaled or hold nan, or a division by 0 or log of 0 in the model or the "
            "loss. The weights are spoiled: make the model and its optimizer anew"
        )


def _count_steps(batches: Iterable, epochs: int) -> int | None:
    try:
        return epochs * len(batches)
    except TypeError:  # a stream: nobody knows how long it is
        return None


def _columns(split: str, measured: Measured) -> dict[str, float]:
    """The columns of one split; no accuracy where the labels are not classes (it is nan there)."""
    columns = {f"{split}_loss": measured.loss, f"{split}_accuracy": measured.accuracy}
    return {
        name: value
        for name, value in columns.items()
        if name.endswith("loss") or not math.isnan(value)
    }


def _check_parts(model, optimizer, scheduler, schedule_every) -> None:
    if schedule_every not in ("epoch", "step"):
        raise ValueError(f'schedule_every must be "epoch" or "step"; got {schedule_every!r}')
    if schedule_every == "step" and isinstance(scheduler, ReduceLROnPlateau):
        raise ValueError('ReduceLROnPlateau needs the loss of an epoch: schedule_every="epoch"')
    if scheduler is not None and scheduler.optimizer is not optimizer:
        raise ValueError("the scheduler was made with another optimizer than the one given")
    own = {id(weight) for weight in model.parameters()}
    if not any(id(weight) in own for group in optimizer.param_groups for weight in group["params"]):
        raise ValueError(
            "the optimizer holds none of the model's parameters, so training would change nothing: "
            "make it with model.parameters()"
        )
