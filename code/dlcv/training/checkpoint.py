"""Checkpoints: a run that was killed goes on as if nothing had happened."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import torch

from dlcv.data.store import plain_numbers, write_whole
from dlcv.state import random_state, set_random_state
from dlcv.training import distributed
from dlcv.training.trainer import Trainer

FORMAT = "dlcv checkpoint, version 1"
PARTS = ("model", "optimizer", "scheduler", "scaler")


class CheckpointError(RuntimeError):
    """A checkpoint could not be written, or what was found is none for this trainer."""


def save_checkpoint(trainer: Trainer, path: str | Path) -> None:
    """Write everything a run needs to go on: weights, optimizer, schedule, loss scale, history,
    micro-batch size and the state of the random numbers. Call it between epochs: in a callback.

    The file is written under another name and renamed when it is whole, which the operating system
    does in one step: whoever kills this process finds the old file or the new one. Under `torchrun`
    every process must call this; the first one writes.

    Raises:
        CheckpointError: no room or no permission; the file that was there before is untouched.
    """
    state = {"format": FORMAT, "random": distributed.gather(random_state(trainer.device))}
    state |= {"history": plain_numbers(trainer.history.rows), "micro_batch": trainer.micro_batch}
    for name in PARTS:
        part = getattr(trainer, name)
        content = part.state_dict() if part is not None else None
        state[name] = content if name == "model" else plain_numbers(content)
        state[f"{name}_class"] = type(part).__name__
    if distributed.rank() > 0:
        return
    try:
        write_whole(Path(path), lambda file: torch.save(state, file))
    except (OSError, RuntimeError) as error:  # torch.save says RuntimeError when a disk is full
        raise CheckpointError(
            f"{path} could not be written ({error}); what was there before is untouched"
        ) from error


def load_checkpoint(trainer: Trainer, path: str | Path) -> None:
    """Put a trainer, made as the saved one was, in the state that `save_checkpoint` wrote.

    On a CPU, `fit` for the epochs that are left (its `epochs` are additional ones) then gives bit
    for bit the weights of a run that was never interrupted, if all random numbers come from this
    process's own generators. The file is read with `weights_only=True`: no code in it is run.

    Raises:
        FileNotFoundError: there is no such file.
        CheckpointError: the file is damaged, no checkpoint, or of another model, optimizer or
            schedule; the trainer is as it was.
    """
    state = _read(Path(path))
    _check_fits(trainer, state, path)
    for name in PARTS:
        if state[name]:  # nothing is kept of a missing schedule or an unused loss scale
            getattr(trainer, name).load_state_dict(state[name])
    trainer.history.rows = state["history"]
    trainer.micro_batch = state["micro_batch"]
    states = state["random"]  # one a process: another number of them goes on with what it has
    if len(states) == distributed.world_size():
        set_random_state(states[distributed.rank()], trainer.device)


def checkpoints(folder: str | Path, *, watch: str = "validation_loss") -> Callable:
    """A callback for `Trainer.fit` that saves after each epoch.

    Args:
        folder: made if need be; `last.pt` is the checkpoint of the last epoch, `best.pt` that of
            the best epoch, and `metrics.csv` the history as a table.
        watch: the column that says which epoch is best: the lowest of a loss, the highest of
            anything else. Where it is not measured there is no `best.pt`.
    """
    folder = Path(folder)

    def save(trainer: Trainer, row: dict) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if watch in row and trainer.history.best(watch) == len(trainer.history) - 1:
            save_checkpoint(trainer, folder / "best.pt")  # first: no kill in between can lose it
        save_checkpoint(trainer, folder / "last.pt")
        if distributed.rank() == 0:
            table = trainer.history.as_csv().encode()
            write_whole(folder / "metrics.csv", lambda file: file.write(table))

    return save


def _read(path: Path) -> dict:
    """The content of a checkpoint file, every byte checked."""
    if not path.is_file():
        raise FileNotFoundError(f"there is no checkpoint {path}")
    try:
        with zipfile.ZipFile(path) as records:  # PyTorch's own reader takes a flipped bit as it is
            damaged = records.testzip()
        if damaged is None:
            state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged or foreign file can fail in any way
        raise CheckpointError(
            f"{path} is damaged, or no file of tensors and numbers (code in it is never run): "
            f"{(str(error) or repr(error)).splitlines()[0]}"
        ) from error
    if damaged is not None:
        raise CheckpointError(f"{path} is damaged: the checksum of its part {damaged} is wrong")
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        found = ", ".join(map(str, list(state)[:4])) if isinstance(state, dict) else type(state)
        raise CheckpointError(
            f"{path} is no checkpoint of save_checkpoint (it holds {found} …); plain weights are "
            "loaded with model.load_state_dict(torch.load(path, weights_only=True))"
        )
    return state


def _check_fits(trainer: Trainer, state: dict, path: str | Path) -> None:
    """Refuse the checkpoint of another model, optimizer or schedule before anything changes."""
    for name in PARTS:
        mine = type(getattr(trainer, name)).__name__
        if state[f"{name}_class"] != mine:
            raise CheckpointError(
                f"{path} was saved with {name} {state[f'{name}_class']}, not {mine}"
            )
    saved = {name: tuple(value.shape) for name, value in state["model"].items()}
    mine = {name: tuple(value.shape) for name, value in trainer.model.state_dict().items()}
    if saved != mine:
        name = sorted(set(saved.items()) ^ set(mine.items()))[0][0]
        raise CheckpointError(
            f"{path} is of another model: its {name} is {saved.get(name, 'absent')}, "
            f"this model's is {mine.get(name, 'absent')}"
        )
    groups = [len(group["params"]) for group in state["optimizer"]["param_groups"]]
    if groups != [len(group["params"]) for group in trainer.optimizer.param_groups]:
        raise CheckpointError(
            f"{path} is of an optimizer with other groups of parameters: {groups}"
        )
