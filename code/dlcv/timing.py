"""Timing that is right on asynchronous devices.

A GPU works on its own: PyTorch hands it the work and goes on at once, so a clock that does not
wait for the GPU measures how fast work is handed over. Everything here waits, before and after.
"""

import copy
import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from statistics import median
from time import perf_counter
from typing import NamedTuple

import torch
from torch import Tensor

from dlcv.state import in_mode, random_state, set_random_state

__all__ = ["StepProfile", "Throughput", "Timer", "profile_step", "race", "throughput"]

WARMUP = 3  # steps before the clock counts: the first ones load, compile and fill caches
PHASES = ("data", "forward", "backward", "optimizer")


class Timer:
    """Measures the seconds a block takes: `with Timer(device) as timer: …`, then `timer.seconds`.

    Args:
        device: where the block computes: `"cpu"`, `"cuda"`, `"cuda:1"`, `"mps"`, a `torch.device`.

    Raises:
        ValueError: the device is none of these.
    """

    def __init__(self, device: str | torch.device = "cpu"):
        self.device = _checked(device)
        self.seconds = math.nan  # until the block has ended

    def __enter__(self) -> "Timer":
        _wait_for(self.device)  # for what was handed over before the block
        self._start = perf_counter()
        return self

    def __exit__(self, error: type | None, *_: object) -> None:
        if error is None:  # after an error the device may not answer, and the error is what counts
            _wait_for(self.device)
        self.seconds = perf_counter() - self._start


class Throughput(NamedTuple):
    """What `throughput` measured, in images a second."""

    median: float
    lowest: float
    highest: float
    rounds: int

    def __repr__(self) -> str:
        """`79,000 images/s (median of 7 rounds, 75,200 to 80,100)`"""
        spread = f"{_rate(self.lowest)} to {_rate(self.highest)}"
        return f"{_rate(self.median)} images/s (median of {self.rounds} rounds, {spread})"


def throughput(
    work: Callable[[], object],
    count: int,
    *,
    device: str | torch.device = "cpu",
    rounds: int = 7,
    warmup: int = 2,
) -> Throughput:
    """Measure how many images a second a piece of work handles.

    Args:
        work: a function without arguments, called once a round.
        count: images that one call handles.
        device: where the work is done, as for `Timer`.
        rounds: calls that are timed, one by one.
        warmup: calls before those, not timed: the first ones load, compile and fill caches.

    Returns:
        `(median, lowest, highest, rounds)`, the first three in images a second.

    Raises:
        ValueError: `count` or `rounds` is below one, `warmup` below zero, or the device unknown.
    """
    for name, value, least in (("count", count, 1), ("rounds", rounds, 1), ("warmup", warmup, 0)):
        if value < least:
            raise ValueError(f"{name}: got {value}, wanted at least {least}")
    for _ in range(warmup):
        work()
    rates = []
    for _ in range(rounds):
        with Timer(device) as timer:
            work()
        rates.append(count / timer.seconds)
    return Throughput(median(rates), min(rates), max(rates), rounds)


def race(*jobs: Callable[[], object], device: str | torch.device = "cpu", rounds: int = 15) -> list:
    """Time jobs in turn, for a comparison that a busy machine does not spoil. Chapter 10 uses it.

    What slows the machine down for a while slows down all jobs of a round, so the ratio within a
    round is steadier than the ratio of two medians.

    Args:
        *jobs: functions without arguments, called in turn; two rounds come before, not timed.
        device: where the work is done, as for `Timer`.
        rounds: rounds that are timed.

    Returns:
        `(seconds, ratio)` of each job: the median of its times, and the median over the rounds of
        its time divided by that of the last job.

    Raises:
        ValueError: `rounds` is below one, or the device unknown.
    """
    if rounds < 1:
        raise ValueError(f"rounds: got {rounds}, wanted at least 1")
    times = []
    for _ in range(2 + rounds):
        timers = [Timer(device) for _ in jobs]
        for timer, job in zip(timers, jobs, strict=True):
            with timer:
                job()
        times.append([timer.seconds for timer in timers])
    columns = list(zip(*times[2:], strict=True))
    ratios = ([a / b for a, b in zip(column, columns[-1], strict=True)] for column in columns)
    return [(median(c), median(r)) for c, r in zip(columns, ratios, strict=True)]


class StepProfile(NamedTuple):
    """What `profile_step` measured: the parts of one training step, in percent of the step.

    The device is waited for after each part, so parts that overlap in training do not here: the
    step in training is no slower than `seconds`.
    """

    data: float | None  # None where no batches were given
    forward: float
    backward: float
    optimizer: float
    seconds: float  # of the whole step
    device: str  # "cpu", "cuda" or "mps"

    def __repr__(self) -> str:
        """A short table and a line of advice."""
        shares = [(name, getattr(self, name)) for name in PHASES]
        lines = [
            f"{name:<9} {share:5.1f} %  {self.seconds * share * 10:9.3f} ms"
            for name, share in shares
            if share is not None
        ]
        lines.append(f"{'step':<9} 100.0 %  {self.seconds * 1000:9.3f} ms  on {self.device}")
        return "\n".join([*lines, self.advice])

    @property
    def advice(self) -> str:
        """What would make the step faster, in one line."""
        if self.data is not None and self.data > 30:
            return (
                f"{self.data:.0f} % of the step waits for data: keep the set on the device with "
                "dlcv.data.batches, or give the DataLoader workers"
            )
        if self.optimizer > 30:
            return (
                f"{self.optimizer:.0f} % of the step updates weights: make the optimizer with "
                "fused=True, or take a larger batch, which needs fewer updates"
            )
        if self.device == "cpu":
            return "the model itself takes the time: a GPU, a smaller model or smaller images"
        return (
            "the model itself takes the time: mixed precision, a larger batch, torch.compile, or "
            "a smaller model"
        )


def profile_step(
    trainer, images: Tensor, labels: Tensor, *, batches: Iterable | None = None, rounds: int = 20
) -> StepProfile:
    """Measure which part of a training step takes how long.

    The steps are real ones; afterwards weights, gradients, buffers (the statistics of batch norm),
    the optimizer, the schedule, the layers' modes and the random state are as they were before.

    Args:
        trainer: a `dlcv.training.Trainer`.
        images: one batch `(B, C, H, W)`, floats.
        labels: its labels `(B,)`.
        batches: what an epoch iterates over; with it the time to get a batch, and to move it to
            the device, is measured too. The batches themselves are not learned from.
        rounds: steps to take the median of; a few more come before them, not timed.

    Returns:
        The parts in percent; their sum is 100. Shows itself as a table with one line of advice.

    Raises:
        ValueError: `rounds` is below one, or `batches` gives no batch.
    """
    if rounds < 1:
        raise ValueError(f"rounds: got {rounds}, wanted at least 1")
    images, labels = images.to(trainer.device), labels.to(trainer.device)
    with _put_back_afterwards(trainer, getattr(batches, "generator", None)):
        endless = None if batches is None else _repeat(batches)
        taken = [_timed_step(trainer, images, labels, endless) for _ in range(WARMUP + rounds)]
    seconds = [median(part) for part in zip(*taken[WARMUP:], strict=True)]
    if batches is None:
        seconds[0] = 0.0  # nothing was fetched: what its clock read is the cost of reading clocks
    shares = [100 * part / sum(seconds) for part in seconds]
    data = None if batches is None else shares[0]
    return StepProfile(data, *shares[1:], seconds=sum(seconds), device=trainer.device.type)


def _timed_step(
    trainer, images: Tensor, labels: Tensor, batches: Iterator | None
) -> tuple[float, float, float, float]:
    """One step; returns the seconds of data, forward, backward and optimizer."""
    data, forward, backward, optimizer = (Timer(trainer.device) for _ in PHASES)
    with data:
        for part in next(batches) if batches is not None else ():
            part.to(trainer.device, non_blocking=True)
    with forward:
        loss, _ = trainer.forward(images, labels)
    with backward:
        trainer.backward(loss)
    with optimizer:
        trainer.update()
        trainer.optimizer.zero_grad()
    return data.seconds, forward.seconds, backward.seconds, optimizer.seconds


def _repeat(batches: Iterable) -> Iterator:
    """The batches of one epoch after another, without end."""
    while True:
        empty = True
        for batch in batches:
            empty = False
            yield batch
        if empty:
            raise ValueError(
                "batches: got none; wanted what gives batches and can be iterated over again"
            )


@contextmanager
def _put_back_afterwards(trainer, generator: torch.Generator | None):
    """Whatever training steps change is put back at the end, after an error too."""
    model = trainer.model
    weights = [weight for group in trainer.optimizer.param_groups for weight in group["params"]]
    weights += [*model.parameters(), *model.buffers()]
    tensors = list({id(tensor): tensor for tensor in weights}.values())  # each of them once
    values = [tensor.detach().clone() for tensor in tensors]
    gradients = [tensor.grad for tensor in tensors]
    stateful = [part for part in vars(trainer).values() if _keeps_state(part)]
    states = [copy.deepcopy(part.state_dict()) for part in stateful]
    for tensor in tensors:
        tensor.grad = None  # so that new gradients are not added to the ones kept here
    randomness = random_state(trainer.device)
    own = generator.get_state() if generator is not None else None
    try:
        with in_mode(model, training=True):
            yield
    finally:
        set_random_state(randomness, trainer.device)
        if generator is not None:
            generator.set_state(own)
        with torch.no_grad():
            for tensor, value, gradient in zip(tensors, values, gradients, strict=True):
                tensor.copy_(value)
                tensor.grad = gradient
        for part, state in zip(stateful, states, strict=True):
            part.load_state_dict(state)


def _keeps_state(part: object) -> bool:
    """Whether a part of the trainer is its optimizer, schedule or loss scale."""
    return hasattr(part, "load_state_dict") and not isinstance(part, torch.nn.Module)


def _wait_for(device: torch.device) -> None:
    """Wait until the device has done all that was handed to it; the CPU always has."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def _checked(device: str | torch.device) -> torch.device:
    try:
        checked = torch.device(device)
    except (RuntimeError, TypeError):
        checked = None
    if checked is None or checked.type not in ("cpu", "cuda", "mps"):
        raise ValueError(f'device: got {device!r}, wanted "cpu", "cuda", "cuda:<number>" or "mps"')
    return checked


def _rate(images_a_second: float) -> str:
    return f"{images_a_second:,.0f}" if images_a_second >= 100 else f"{images_a_second:.3g}"
