"""`python -m dlcv.training`: train outside a notebook, on one device or, by `torchrun`, on many.

    python -m dlcv.training --data cifar10 --model lenet --epochs 20 --checkpoint runs/a
    torchrun --nproc-per-node=2 -m dlcv.training --data cifar10 --model lenet --checkpoint runs/b

The same command again goes on from the last epoch saved in the folder of `--checkpoint`.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

import torch
from torch.optim import SGD
from torch.optim.lr_scheduler import OneCycleLR

from dlcv import data, models
from dlcv.data.store import write_whole
from dlcv.progress import tensorboard
from dlcv.training import (
    CheckpointError,
    Trainer,
    checkpoints,
    describe_device,
    distributed,
    early_stopping,
    load_checkpoint,
    pick_device,
)

MAY_CHANGE = ("device", "precision", "compile", "checkpoint", "patience")  # when a run goes on


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m dlcv.training",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--data", choices=data.NAMES, default="scenes", help="data set (scenes)")
    add("--limit", type=int, help="train on this many images at most (all)")
    add("--model", choices=models.NAMES, default="lenet", help="architecture (lenet)")
    add("--epochs", type=int, default=20, help="passes over the training data, in all (20)")
    add("--batch-size", type=int, default=128, help="images a step, of all processes (128)")
    add("--lr", type=float, default=0.05, help="peak of the one-cycle learning rate (0.05)")
    add("--patience", type=int, help="stop after so many epochs without a lower loss (never)")
    add("--seed", type=int, default=0, help="fixes weights, order and augmentation (0)")
    add("--device", default="auto", help="auto, cpu, cuda, cuda:1 or mps (auto)")
    add("--precision", default="auto", help="auto, fp32, bf16 or fp16 (auto)")
    add("--compile", action="store_true", help="train through torch.compile")
    add("--checkpoint", type=Path, help="folder for checkpoints, configuration and metrics")
    return parser.parse_args(arguments)


def main(options: argparse.Namespace) -> None:
    """Train as the options say; go on where the folder of checkpoints says the run was."""
    distributed.start()
    torch.manual_seed(options.seed)
    train = data.load(options.data, "train", limit=options.limit)
    trainer, batches = prepare(options, train)
    torch.manual_seed(options.seed + distributed.rank())  # each process its own crops and flips
    callbacks = resume(trainer, options) if options.checkpoint else []
    callbacks += [early_stopping(options.patience)] if options.patience else []
    rank, processes, done = distributed.rank(), distributed.world_size(), len(trainer.history)
    print(
        f"rank {rank} of {processes} on {describe_device(trainer.device)}: {options.model}, "
        f"{train.name}, {len(train) // processes:,} images an epoch, {done} epochs done",
        flush=True,
    )
    for callback in callbacks[-1:] if options.patience and done else ():
        callback(trainer, trainer.history[-1])  # was the run stopped before it was repeated?
    if done < options.epochs and not trainer.stopped:
        test, left = data.load(options.data, "test"), options.epochs - done
        trainer.fit(batches, test, epochs=left, callbacks=callbacks, progress="lines")
    if rank == 0:
        reason, last = trainer.stopped or "done", trainer.history[-1]
        print(f"{reason}: test accuracy {last['validation_accuracy']:.4f}")


def prepare(options: argparse.Namespace, train: data.ImageData) -> tuple[Trainer, data.Batches]:
    """The model, its optimizer and schedule in a trainer, and the batches it learns from."""
    model = models.build(options.model, tuple(train.images.shape[1:]), len(train.classes))
    optimizer = SGD(model.parameters(), options.lr, 0.9, weight_decay=5e-4, nesterov=True)
    mirrored = options.data != "digits"  # a mirrored digit is another sign
    augment = data.Augment(crop=train.images.shape[-1] // 16, flip=mirrored)
    device = pick_device(options.device)
    batches = data.batches(train, options.batch_size, augment=augment, device=device)
    trainer = Trainer(
        model,
        optimizer,
        device=device,
        precision=options.precision,
        channels_last=True,
        compile=options.compile,
        scheduler=OneCycleLR(optimizer, options.lr, total_steps=options.epochs * len(batches)),
        schedule_every="step",
    )
    return trainer, batches


def resume(trainer: Trainer, options: argparse.Namespace) -> list[Callable]:
    """Load the last checkpoint of the folder, if there is one; callbacks that write the next."""
    folder = options.checkpoint
    config = {name: value for name, value in vars(options).items() if name not in MAY_CHANGE}
    if (folder / "last.pt").exists():
        before = json.loads((folder / "config.json").read_text())
        for name in config:
            if before.get(name) != config[name]:
                raise CheckpointError(
                    f"{folder} holds a run with {name}={before.get(name)}; got {name}="
                    f"{config[name]}: give another folder, or the options of that run"
                )
        load_checkpoint(trainer, folder / "last.pt")
    elif distributed.rank() == 0:
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(config, indent=2).encode()
        write_whole(folder / "config.json", lambda file: file.write(text))
    return [checkpoints(folder), *tensorboard(folder, distributed.rank())]


if __name__ == "__main__":
    try:
        main(parse(sys.argv[1:]))
    except (RuntimeError, ValueError) as error:
        if type(error) is RuntimeError:
            raise  # not one of ours: the whole story is wanted
        sys.exit(f"{type(error).__name__}: {error}")
