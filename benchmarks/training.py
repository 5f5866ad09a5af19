"""Training loops

The same networks, weights and batches in memory, and the same optimizer (SGD with momentum), in a
raw minimal loop and in four others. The raw loop keeps nothing; what the others keep is said in
their rows. All of them must end with the raw loop's weights; this is checked before the clock runs.

Every loop reads the same object, which hands out two batches in a first epoch, then one epoch to be
timed, then one batch, and notes when each epoch begins. The clock runs from the beginning of the
timed epoch to the beginning of the next: all that a loop does at the end of an epoch counts, what
it does once before and after the training does not. Output goes to a buffer that takes itself for
a terminal, so progress is really drawn.
"""

import contextlib
import copy
import importlib
import importlib.util
import io
import logging
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.harness import (
    OVERHEAD_COLUMNS,
    Table,
    alternate,
    overhead_rows,
    synchronize,
    threads,
)
from dlcv.training import Trainer

LIBRARIES = ["torch", "lightning", "accelerate"]
RIVALS = Path(__file__).parent.parent / "_build" / "bench"  # where `make bench` installs them
WARMUP_STEPS = 2
SETTINGS = dict(lr=0.01, momentum=0.9)


class Batches:
    """Ready batches for three epochs of 2, `len(self)` and 1 steps, and a clock on the second."""

    def __init__(self, batches: list[tuple[Tensor, Tensor]]):
        self.batches = batches
        self.starts: list[float] = []

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        steps = (WARMUP_STEPS, len(self), 1)[len(self.starts)]
        synchronize()
        self.starts.append(time.perf_counter())
        yield from self.batches[:steps]

    def seconds(self) -> float:
        """How long the timed epoch took, its end included."""
        _, start, end = self.starts
        return end - start


def mlp() -> nn.Module:
    """A tiny network, where a loop's own work shows: 3072-128-10."""
    return nn.Sequential(nn.Flatten(), nn.Linear(3072, 128), nn.ReLU(), nn.Linear(128, 10))


def cnn() -> nn.Module:
    """A small convolutional network, as in the first chapters that train one."""
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(2048, 10),
    )


# ----------------------------------------------------------------------------------- the loops


def raw_loop(model: nn.Module, batches: Batches) -> None:
    """The five lines of every PyTorch program."""
    optimizer = torch.optim.SGD(model.parameters(), **SETTINGS)
    model.train()
    for _ in range(3):
        for images, labels in batches:
            loss = F.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def raw_loop_with_items(model: nn.Module, batches: Batches) -> None:
    """The raw loop, reading loss and accuracy at every step, as many scripts do."""
    optimizer = torch.optim.SGD(model.parameters(), **SETTINGS)
    losses, accuracies = [], []
    model.train()
    for _ in range(3):
        for images, labels in batches:
            scores = model(images)
            loss = F.cross_entropy(scores, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            accuracies.append((scores.argmax(1) == labels).float().mean().item())


def our_trainer(model: nn.Module, batches: Batches) -> None:
    """`dlcv.training.Trainer`, history and progress on."""
    optimizer = torch.optim.SGD(model.parameters(), **SETTINGS)
    device = next(model.parameters()).device
    trainer = Trainer(model, optimizer, device=device, precision="fp32")  # as all the others
    trainer.fit(batches, epochs=3, progress="lines")


def lightning_bare(model: nn.Module, batches: Batches) -> None:
    """Lightning's Trainer with all that can be switched off switched off."""
    quiet = dict(logger=False, enable_progress_bar=False)
    _lightning_fit(_lightning_module(model, logs=False), batches, **quiet)


def lightning_logging(model: nn.Module, batches: Batches) -> None:
    """Lightning's Trainer as one uses it: loss and accuracy logged, in the progress bar, to CSV."""
    from lightning.pytorch.loggers import CSVLogger

    with tempfile.TemporaryDirectory() as folder:
        _lightning_fit(_lightning_module(model, logs=True), batches, logger=CSVLogger(folder))


def _lightning_fit(module: object, batches: Batches, **options) -> None:
    from lightning.pytorch import Trainer as LightningTrainer

    trainer = LightningTrainer(
        max_epochs=3,
        accelerator="gpu" if next(module.parameters()).is_cuda else "cpu",
        devices=1,
        enable_checkpointing=False,
        enable_model_summary=False,
        **options,
    )
    trainer.fit(module, batches)


def _lightning_module(network: nn.Module, *, logs: bool) -> object:
    from lightning.pytorch import LightningModule

    class Module(LightningModule):
        def __init__(self):
            super().__init__()
            self.network = network

        def training_step(self, batch, _):
            images, labels = batch
            scores = self.network(images)
            loss = F.cross_entropy(scores, labels)
            if logs:
                accuracy = (scores.argmax(1) == labels).float().mean()
                self.log("loss", loss, on_epoch=True, prog_bar=True)
                self.log("accuracy", accuracy, on_epoch=True, prog_bar=True)
            return loss

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), **SETTINGS)

    return Module()


def accelerate_loop(model: nn.Module, batches: Batches) -> None:
    """The raw loop with Hugging Face Accelerate's model, optimizer and backward."""
    from accelerate import Accelerator

    accelerator = Accelerator(cpu=not next(model.parameters()).is_cuda)
    optimizer = torch.optim.SGD(model.parameters(), **SETTINGS)
    model, optimizer = accelerator.prepare(model, optimizer)
    model.train()
    for _ in range(3):
        for images, labels in batches:
            loss = F.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            accelerator.backward(loss)
            optimizer.step()


# ---------------------------------------------------------------------------------- the tables


def loops() -> dict[str, Callable]:
    """The loops that can run here, by the name of their row; the raw one first."""
    found = {
        "raw loop": raw_loop,
        "raw loop, again": raw_loop,
        "raw loop, loss and accuracy read each step": raw_loop_with_items,
        "dlcv Trainer, history and progress": our_trainer,
    }
    if is_there("accelerate"):
        found["Accelerate, bare"] = accelerate_loop
    if is_there("lightning"):
        found["Lightning, bare"] = lightning_bare
        found["Lightning, loss and accuracy logged, progress"] = lightning_logging
    return found


def is_there(library: str) -> bool:
    """Whether a library that `make bench` installs beside the book's environment can be had."""
    if RIVALS.is_dir() and str(RIVALS) not in sys.path:
        sys.path.append(str(RIVALS))  # last: torch and numpy stay the book's own
        importlib.invalidate_caches()
    return importlib.util.find_spec(library) is not None


def compare(
    title: str, network: Callable, *, rounds: int, steps: int, batch_size: int, device: str = "cpu"
) -> Table:
    """Time every loop on fresh copies of one network, in alternating rounds."""
    torch.manual_seed(0)
    images = torch.rand(steps, batch_size, 3, 32, 32, device=device)
    labels = torch.randint(10, (steps, batch_size), device=device)
    batches = list(zip(images, labels, strict=True))

    torch.manual_seed(0)
    start = network().to(device)
    found = loops()
    check_weights(found, start, batches)

    def timed(loop: Callable) -> Callable[[], float]:
        def run() -> float:
            watched = Batches(batches)
            with hushed():
                loop(copy.deepcopy(start), watched)
            return watched.seconds()

        return run

    times = alternate({name: timed(loop) for name, loop in found.items()}, rounds)
    missing = [name for name in ("lightning", "accelerate") if not is_there(name)]
    notes = [f"{name.title()} could not be had here: not measured." for name in missing]
    return Table(
        f"{title}, batches of {batch_size}, {steps} steps an epoch",
        OVERHEAD_COLUMNS,
        overhead_rows(times, steps),
        rounds,
        notes,
    )


def check_weights(loops: dict[str, Callable], start: nn.Module, batches: list) -> None:
    """Raise unless every loop leads where the first one leads, to 1 % of the way.

    cuDNN's fastest convolutions add up in another order each time, and a hundred steps make that
    2 % of the way: here, where no clock runs, it is told to keep the order.
    """

    def led_to(loop: Callable) -> Tensor:
        model = copy.deepcopy(start)
        with hushed(), torch.backends.cudnn.flags(deterministic=True):
            loop(model, Batches(batches))
        return nn.utils.parameters_to_vector(model.parameters()).detach().cpu()

    before = nn.utils.parameters_to_vector(start.parameters()).detach().cpu()
    wanted, *others = [led_to(loop) for loop in loops.values()]
    for name, found in zip(list(loops)[1:], others, strict=True):
        miss = float((found - wanted).norm() / (wanted - before).norm())
        if miss > 0.01:
            raise AssertionError(f"{name} misses the raw loop's weights by {miss:.0%} of the way")


class Terminal(io.StringIO):
    """A buffer that takes itself for a terminal."""

    def isatty(self) -> bool:
        """Yes: draw your progress."""
        return True


@contextlib.contextmanager
def hushed() -> Iterator[None]:
    """What a loop prints goes to a buffer; warnings and log lines go nowhere."""
    buffer = Terminal()
    logging.disable(logging.WARNING)
    try:
        with (
            contextlib.redirect_stdout(buffer),
            contextlib.redirect_stderr(buffer),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)


def measure(quick: bool = False) -> list[Table]:
    """Both networks on the CPU, one thread; the CNN with steps of two lengths."""
    small = dict(rounds=2, steps=3, batch_size=4) if quick else {}
    with threads(1):
        return [
            compare("CNN 16-32", cnn, **dict(rounds=15, steps=50, batch_size=64) | small),
            compare("CNN 16-32", cnn, **dict(rounds=15, steps=50, batch_size=32) | small),
            compare("MLP 3072-128-10", mlp, **dict(rounds=30, steps=100, batch_size=32) | small),
        ]
