"""The training loop: five lines a step, and around them what a long run needs."""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, nullcontext
from operator import length_hint
from warnings import warn

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from dlcv.data.loaders import as_batches, labels_at_hand, to_device
from dlcv.metrics import check_classes
from dlcv.progress import report
from dlcv.shapes import shapes_explained
from dlcv.state import in_mode
from dlcv.training import distributed
from dlcv.training.device import pick_device, pick_precision
from dlcv.training.evaluation import Measured, Totals, check_finite, evaluate, mean_loss
from dlcv.training.history import History

LOOK_EVERY = 50  # steps between two looks at the losses, since each look waits for the GPU


class Trainer:
    """Trains a model: `Trainer(model, optimizer).fit(train, validation, epochs=5)`.

    `step` is the step of every PyTorch program, and nothing else changes the weights. Its `model`
    and `history` are up to date at any time, after an interrupt too. Started by `torchrun`, the
    same program trains on several devices.

    Args:
        model: maps images `(B, C, H, W)` to scores `(B, K)`. It is moved to the device.
        optimizer: a `torch.optim` optimizer of the model's parameters.
        loss: maps scores and labels to their mean over the images, one number.
        device: what `pick_device` takes.
        precision: what `pick_precision` takes: `"auto"` is mixed precision where that pays.
        channels_last: keep images and kernels in memory in the order (B, H, W, C), their shape
            stays (B, C, H, W); None: on CUDA in mixed precision.
        compile: train through `torch.compile`; the first step then takes up to a minute.
        scheduler: a `torch.optim.lr_scheduler` schedule made with the same optimizer.
        schedule_every: `"epoch"` or `"step"`: when the schedule moves on.
        clip_norm: the largest length that the gradient of all weights together may have.
        micro_batch: the most images that go through the model at once. A larger batch goes in
            parts whose gradients add up: the same step in less memory, where the loss is a plain
            mean over the images and no layer (batch norm) looks at several images at once.

    Raises:
        ValueError: an argument is none of these, or optimizer, model and scheduler do not match.

    Built in chapter 09.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        *,
        loss: Callable[[Tensor, Tensor], Tensor] = F.cross_entropy,
        device: str | torch.device = "auto",
        precision: str = "auto",
        channels_last: bool | None = None,
        compile: bool = False,
        scheduler: LRScheduler | None = None,
        schedule_every: str = "epoch",
        clip_norm: float | None = None,
        micro_batch: int | None = None,
    ):
        _check_parts(model, optimizer, scheduler, schedule_every)
        if micro_batch is not None and micro_batch < 1:
            raise ValueError(f"micro_batch must be at least 1; got {micro_batch}")
        distributed.start()
        self.device = pick_device(device)
        self.precision = pick_precision(precision, self.device)
        self.mixed = self.precision != torch.float32
        if channels_last is None:  # 5-D weights (of video) have no such layout
            flat = all(weight.ndim < 5 for weight in model.parameters())
            channels_last = self.mixed and self.device.type == "cuda" and flat
        self.channels_last = channels_last
        layout = torch.channels_last if channels_last else torch.preserve_format
        self.model = model.to(self.device, memory_format=layout)
        network = distributed.wrap(self.model, self.device)
        self.network = torch.compile(network) if compile else network  # what training calls
        self.optimizer = optimizer
        self.loss = loss.to(self.device) if isinstance(loss, nn.Module) else loss
        half = self.precision == torch.float16  # whose smallest gradients would become 0
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=half)
        self.scheduler, self.schedule_every = scheduler, schedule_every
        self.clip_norm, self.micro_batch = clip_norm, micro_batch
        self.history = History()
        self.stopped: str | None = None  # a callback writes here why training shall end
        self._step_number, self._unchecked_labels, self._skipped = 1, None, False

    def step(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Learn from a batch on the device: images `(B, C, H, W)`, labels `(B,)`.

        Returns the loss `()` and the scores `(B, K)` before the update. `fit` checks labels too.
        """
        if self.micro_batch is not None and self.micro_batch < len(images):
            return self._step_in_parts(images, labels)
        self.optimizer.zero_grad()  # forget the last step's gradients
        loss, scores = self.forward(images, labels)  # how wrong the model is: one number
        self.backward(loss)  # the gradient of the loss for every weight
        self.update()  # move every weight a little downhill
        return loss, scores

    def forward(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """The loss `()` and the scores `(B, K)` of a batch."""
        if self.channels_last and images.ndim == 4:
            images = images.contiguous(memory_format=torch.channels_last)
        mixed = torch.autocast(self.device.type, self.precision) if self.mixed else nullcontext()
        with mixed:
            with shapes_explained(self.model, images):
                scores = self.network(images)  # (B, C, H, W) → (B, K)
            check_classes(self.loss, scores, self._unchecked_labels)
            self._unchecked_labels = None
            loss = mean_loss(self.loss, scores, labels)
        if self.device.type == "cpu" and not math.isfinite(loss.item()):
            self._check_finite([loss.detach()], self._step_number)
        return loss, scores

    def backward(self, loss: Tensor) -> None:
        """Put the gradient of the loss into every weight's `.grad` (scaled up, in float16)."""
        self.scaler.scale(loss).backward()

    def update(self) -> None:
        """Clip the gradient if asked to, and let the optimizer move the weights."""
        try:
            if self.clip_norm is not None:
                self.scaler.unscale_(self.optimizer)
                weights = [w for group in self.optimizer.param_groups for w in group["params"]]
                nn.utils.clip_grad_norm_(weights, self.clip_norm)
            self.scaler.step(self.optimizer)  # without a scale this is optimizer.step()
        except torch.OutOfMemoryError as error:  # half a step may be done: it cannot be repeated
            raise MemoryError("no memory for the optimizer's step: take a smaller model") from error
        finally:
            if self.scaler.is_enabled():  # after an interrupt too, or gradients stay scaled up
                scale = self.scaler.get_scale()
                self.scaler.update()  # smaller, if a gradient was too large: no step was taken
                self._skipped = self.scaler.get_scale() < scale

    def fit(
        self,
        train: object,
        validation: object = None,
        *,
        epochs: int,
        batch_size: int = 128,
        callbacks: Sequence[Callable] = (),
        progress: str = "auto",
    ) -> History:
        """Train for some epochs, all layers in training mode; a second call goes on from there.

        After an interrupt inside an epoch, the weights have learned from a part of it that the
        history does not count, and a schedule by step has moved on: to be exact, go back to a
        checkpoint. Out of memory on CUDA in a training step halves `micro_batch`.

        Args:
            train: an `ImageData`, a pair of tensors `(images, labels)` (both are kept on the
                device, shuffled, and cut into batches), what `dlcv.data.batches` or
                `dlcv.data.stream` make, or any iterable of `(images, labels)` batches, such as a
                `DataLoader`. uint8 images become float32 in [0, 1].
            validation: the same, measured after each epoch; never trained on.
            epochs: passes over the training data.
            batch_size: images a step, on all devices together, for data that is not in batches.
            callbacks: functions `callback(trainer, row)`, called in turn (in every process) after
                each epoch with the new row of the history; what they write into `row` becomes a
                column. One that sets `trainer.stopped` to a reason (in every process) ends it.
            progress: `"auto"`, `"notebook"` (a bar and curves), `"lines"` or `"none"`.

        Returns:
            The history of all epochs so far, also kept as `trainer.history`.

        Raises:
            TrainingDiverged: a loss was nan or infinite; earlier epochs stay in the history, and on
                a CPU the weights are those before that step (batch norm's statistics are not).
            ValueError: no epoch, no data, a label of no class, or images that do not fit the model.
            TypeError: the data cannot be cut into batches.
            WorkerLost: under `torchrun`, another process has died.
        """
        if epochs < 1:
            raise ValueError(f"epochs must be at least 1; got {epochs}")
        train = as_batches(train, batch_size, shuffle=True, device=self.device)
        train = distributed.my_part(train, even=True)
        if validation is not None:
            validation = as_batches(validation, batch_size, shuffle=False, device=self.device)
            distributed.my_part(validation, even=False)  # refused now, not after an epoch
        self.stopped = None
        mode = progress if distributed.rank() == 0 else "none"
        steps = epochs * length_hint(train) or None  # None: some data do not know their length
        shown = report(mode, steps=steps, epochs=len(self.history) + epochs)
        with closing(shown), distributed.explain_lost_worker():
            for _ in range(epochs):
                row = self._run_epoch(train, validation, shown.step)
                for callback in callbacks:
                    callback(self, row)
                shown.epoch(self.history)
                if self.stopped:
                    break
        return self.history

    def _run_epoch(self, train: Iterable, validation: Iterable | None, tick: Callable) -> dict:
        """Train on every batch, measure, and append the row to the history."""
        start = time.perf_counter()
        row = {"epoch": len(self.history) + 1}
        measured = self._train_epoch(train, tick)
        row |= measured.columns("train")
        if validation is not None:
            distributed.share_buffers(self.model)
            measured = evaluate(self.model, validation, loss=self.loss, precision=self.precision)
            row |= measured.columns("validation")
        row["seconds"] = time.perf_counter() - start
        self.history.rows.append(row)
        if self.schedule_every == "epoch":
            self._advance_schedule(measured.loss)  # of the validation data, where there are any
        return row

    def _train_epoch(self, batches: Iterable, tick: Callable) -> Measured:
        totals = Totals(self.device)
        if hasattr(getattr(batches, "sampler", None), "set_epoch"):  # a DistributedSampler's order
            batches.sampler.set_epoch(len(self.history))
        with in_mode(self.model, training=True):
            for number, batch in enumerate(batches, start=1):
                self._step_number = number
                images, labels = to_device(batch, self.device)
                self._unchecked_labels = labels_at_hand(batches, batch, number == 1, self.device)
                totals.add(*self._step_within_memory(images, labels), labels)
                if number % LOOK_EVERY == 0:
                    self._check_finite(totals.losses[-LOOK_EVERY:], number - LOOK_EVERY + 1)
                if self.schedule_every == "step" and not self._skipped:
                    self._advance_schedule()
                tick()
        self._check_finite(totals.losses)
        return totals.read()

    def _step_within_memory(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """`step`; as long as the memory is too small for it, in parts half as large."""
        while True:
            try:
                return self.step(images, labels)
            except torch.OutOfMemoryError:
                largest = min(self.micro_batch or len(images), len(images))
                if largest == 1 or distributed.world_size() > 1:  # others wait for our gradients
                    raise
                self.micro_batch = math.ceil(largest / 2)
                warn(f"out of memory: at most {self.micro_batch} images at once now", stacklevel=2)

    def _step_in_parts(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """The same step with the batch in micro-batches: their weighted gradients add up."""
        self.optimizer.zero_grad()
        losses, scores, size = [], [], self.micro_batch
        for start in range(0, len(images), size):
            rows = slice(start, start + size)
            share = len(labels[rows]) / len(labels)  # of the batch's mean loss
            more_to_come = start + size < len(images)
            wait = more_to_come and distributed.world_size() > 1  # average with the last part only
            with self.network.no_sync() if wait else nullcontext():
                loss, part = self.forward(images[rows], labels[rows])
                self.backward(loss * share)
            losses.append(loss.detach() * share)
            scores.append(part.detach())
        self.update()
        return torch.stack(losses).sum(), torch.cat(scores)

    def _check_finite(self, losses: list[Tensor], first_step: int = 1) -> None:
        check_finite(losses, first_step, len(self.history) + 1, self.optimizer)

    def _advance_schedule(self, loss: float | None = None) -> None:
        if isinstance(self.scheduler, ReduceLROnPlateau):
            self.scheduler.step(loss)  # this one waits until the loss stops falling
        elif self.scheduler is not None:
            self.scheduler.step()


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
