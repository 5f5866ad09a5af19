"""Checkpoints: a resumed run is the run never interrupted, and no accident loses the last one."""

import errno
import os
import pickle
import random
import resource
import subprocess
import sys
import textwrap
import zipfile

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import MultiStepLR, OneCycleLR, StepLR

from dlcv import data
from dlcv.training import (
    CheckpointError,
    Trainer,
    checkpoints,
    early_stopping,
    load_checkpoint,
    save_checkpoint,
)

IMAGES = torch.randint(256, (60, 3, 6, 6), dtype=torch.uint8, generator=torch.Generator())
LABELS = torch.arange(60) % 3


def make_trainer(kind="adam", precision="fp32"):
    torch.manual_seed(1)
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Dropout(0.3),
        nn.Flatten(),
        nn.Linear(64, 3),
    )
    if kind == "adam":
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        schedule, every = OneCycleLR(optimizer, 0.01, total_steps=6 * 4), "step"
    else:
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True)
        schedule, every = MultiStepLR(optimizer, [2, 4]), "epoch"
    return Trainer(
        model,
        optimizer,
        device="cpu",
        precision=precision,
        scheduler=schedule,
        schedule_every=every,
        clip_norm=1.0,
    )


def batches():
    """Shuffled, cropped and flipped: all of it drawn from the generators a checkpoint holds."""
    return data.batches((IMAGES, LABELS), 16, augment=data.Augment(crop=1, flip=True))


def draw_from_all_generators(trainer, row):
    row["drawn"] = random.random() + np.random.rand() + torch.rand(()).item()


def fit(trainer, epochs, *callbacks):
    everything = [draw_from_all_generators, *callbacks]
    return trainer.fit(batches(), (IMAGES, LABELS), epochs=epochs, callbacks=everything)


def weights_equal(one, other):
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(mine, theirs) for mine, theirs in pairs)


def without_seconds(history):
    return [{name: row[name] for name in row if name != "seconds"} for row in history]


# --- going on -----------------------------------------------------------------------------------


@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16"])
@pytest.mark.parametrize("kind", ["adam", "sgd"])
def test_a_resumed_run_equals_the_run_never_interrupted_bit_for_bit(tmp_path, kind, precision):
    torch.manual_seed(7), random.seed(7), np.random.seed(7)
    whole = make_trainer(kind, precision)
    torch.manual_seed(8)
    fit(whole, 6)

    torch.manual_seed(7), random.seed(7), np.random.seed(7)
    first = make_trainer(kind, precision)
    torch.manual_seed(8)
    fit(first, 4, checkpoints(tmp_path))
    torch.manual_seed(99), random.seed(99), np.random.seed(99)  # another process, another state
    second = make_trainer(kind, precision)
    load_checkpoint(second, tmp_path / "last.pt")
    fit(second, 2)

    assert weights_equal(second.model, whole.model)
    assert without_seconds(second.history) == without_seconds(whole.history)
    assert second.scheduler.get_last_lr() == whole.scheduler.get_last_lr()
    assert second.scaler.state_dict() == whole.scaler.state_dict()


def test_the_micro_batch_that_memory_allowed_is_kept(tmp_path):
    trainer, other = make_trainer(), make_trainer()
    trainer.micro_batch = 8
    save_checkpoint(trainer, tmp_path / "a.pt")
    load_checkpoint(other, tmp_path / "a.pt")
    assert other.micro_batch == 8


def test_the_best_epoch_and_the_table_of_metrics_are_kept_too(tmp_path):
    losses = iter([0.9, 0.5, 0.7])

    def pretend(trainer, row):
        row["validation_loss"] = next(losses)

    trainer, best = make_trainer(), make_trainer()
    history = fit(trainer, 3, pretend, checkpoints(tmp_path))
    load_checkpoint(best, tmp_path / "best.pt")
    assert best.history["epoch"] == [1, 2]
    lines = (tmp_path / "metrics.csv").read_text().splitlines()
    assert lines[0].split(",") == history.keys()
    assert [line.split(",")[0] for line in lines[1:]] == ["1", "2", "3"]


def test_the_best_accuracy_is_the_highest_and_a_nan_is_never_best(tmp_path):
    accuracies = iter([float("nan"), 0.4, 0.9, 0.5])

    def pretend(trainer, row):
        row["validation_accuracy"] = next(accuracies)

    trainer, best = make_trainer(), make_trainer()
    fit(trainer, 4, pretend, checkpoints(tmp_path, watch="validation_accuracy"))
    load_checkpoint(best, tmp_path / "best.pt")
    assert len(best.history) == 3
    assert trainer.history.best("validation_accuracy") == 2


@pytest.mark.parametrize(("saved", "loaded"), [("fp16", "fp32"), ("fp32", "fp16")])
def test_a_run_goes_on_in_another_precision(tmp_path, saved, loaded):
    one, other = make_trainer(precision=saved), make_trainer(precision=loaded)
    fit(one, 1, checkpoints(tmp_path))
    load_checkpoint(other, tmp_path / "last.pt")
    assert weights_equal(one.model, other.model)
    assert len(fit(other, 1)) == 2


def test_a_learning_rate_that_is_a_number_of_numpy_can_be_loaded(tmp_path):
    def make():
        torch.manual_seed(0)
        model = nn.Linear(2, 2)
        optimizer = torch.optim.SGD(model.parameters(), lr=np.logspace(-3, -1, 3)[1])
        return Trainer(model, optimizer, device="cpu", scheduler=StepLR(optimizer, 1))

    trainer, other = make(), make()
    trainer.fit([(torch.rand(4, 2), torch.tensor([0, 1, 0, 1]))], epochs=1)
    save_checkpoint(trainer, tmp_path / "a.pt")
    load_checkpoint(other, tmp_path / "a.pt")
    assert other.scheduler.get_last_lr() == pytest.approx([0.001])


def test_numbers_of_any_kind_that_a_callback_wrote_can_be_loaded(tmp_path):
    def write(trainer, row):
        row |= {"numpy": np.float64(0.5), "tensor": torch.tensor(2.0), "count": 3}

    trainer, other = make_trainer(), make_trainer()
    trainer.fit(batches(), epochs=1, callbacks=[write, checkpoints(tmp_path)])
    load_checkpoint(other, tmp_path / "last.pt")
    row = other.history[-1]
    assert (row["numpy"], row["tensor"], row["count"]) == (0.5, 2.0, 3)
    assert isinstance(row["count"], int)


def test_early_stopping_counts_on_after_a_resumed_run(tmp_path):
    losses = iter([0.5, 0.6, 0.7, 0.8, 0.9])

    def pretend(trainer, row):
        row["validation_loss"] = next(losses)

    trainer, other = make_trainer(), make_trainer()
    fit(trainer, 2, pretend, checkpoints(tmp_path))
    load_checkpoint(other, tmp_path / "last.pt")
    history = fit(other, 3, pretend, early_stopping(3))
    assert history["epoch"] == [1, 2, 3, 4]
    assert "validation_loss has not improved for 3 epochs" in other.stopped


# --- accidents ----------------------------------------------------------------------------------


def test_a_hundred_kills_at_any_moment_leave_a_checkpoint_that_loads(tmp_path):
    script = """
        import os, random, signal, sys, time, torch
        from torch import nn
        from dlcv.training import Trainer, load_checkpoint, save_checkpoint

        torch.set_num_threads(1)
        path, chance = sys.argv[1], random.Random(0)

        def make_trainer():
            model = nn.Sequential(nn.Flatten(), nn.Linear(12, 400), nn.Linear(400, 3))
            return Trainer(model, torch.optim.Adam(model.parameters()), device="cpu")

        def train(trainer):
            trainer.fit([(torch.rand(4, 12), torch.tensor([0, 1, 2, 0]))], epochs=1)
            save_checkpoint(trainer, path)

        def train_forever(ready):
            trainer = make_trainer()
            load_checkpoint(trainer, path)
            os.write(ready, b"!")
            while True:
                train(trainer)

        train(make_trainer())
        start = time.perf_counter()
        train(make_trainer())
        one_round = time.perf_counter() - start
        epochs, killed_while_writing = [], 0
        for _ in range(100):
            at_work, ready = os.pipe()
            child = os.fork()
            if child == 0:
                train_forever(ready)
            os.read(at_work, 1)
            time.sleep(chance.uniform(0, 4) * one_round)
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            os.close(at_work), os.close(ready)
            killed_while_writing += os.path.exists(path + ".unfinished")
            trainer = make_trainer()
            load_checkpoint(trainer, path)
            epochs.append(len(trainer.history))
        assert epochs == sorted(epochs), epochs
        print(epochs[-1], killed_while_writing)
    """
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(tmp_path / "last.pt")],
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"CUDA_VISIBLE_DEVICES": ""},  # with a GPU, autograd cannot be forked
    )
    assert ran.returncode == 0, ran.stderr
    epochs, killed_while_writing = map(int, ran.stdout.split())
    assert epochs > 20  # the processes were at work …
    assert killed_while_writing > 2  # … and some were killed in the middle of writing


def test_a_full_disk_keeps_the_checkpoint_before(tmp_path):
    trainer, path = make_trainer(), tmp_path / "last.pt"
    fit(trainer, 1)
    save_checkpoint(trainer, path)
    before = path.read_bytes()
    fit(trainer, 1)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, limits[1]))
        with pytest.raises(CheckpointError, match="could not be written.*untouched"):
            save_checkpoint(trainer, path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["last.pt"]


def test_a_disk_that_fails_at_the_very_end_keeps_the_checkpoint_before(tmp_path, monkeypatch):
    trainer, path = make_trainer(), tmp_path / "last.pt"
    save_checkpoint(trainer, path)
    before = path.read_bytes()

    def no_room(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_room)
    with pytest.raises(CheckpointError, match="No space left on device"):
        save_checkpoint(trainer, path)
    assert path.read_bytes() == before


# --- files that are none ------------------------------------------------------------------------


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "last.pt"
    trainer = make_trainer()
    fit(trainer, 1)
    save_checkpoint(trainer, path)
    return path


def refuse(path, says, trainer=None):
    """Loading must fail with a clear message and leave the trainer as it was."""
    trainer = trainer or make_trainer()
    weights = {name: value.clone() for name, value in trainer.model.state_dict().items()}
    generator = torch.get_rng_state()
    with pytest.raises(CheckpointError, match=says):
        load_checkpoint(trainer, path)
    assert all(torch.equal(value, weights[n]) for n, value in trainer.model.state_dict().items())
    assert torch.equal(torch.get_rng_state(), generator)
    assert len(trainer.history) == 0


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_a_truncated_checkpoint_is_named_as_damaged(saved, share):
    content = saved.read_bytes()
    saved.write_bytes(content[: int(len(content) * share)])
    refuse(saved, "last.pt is damaged")


def test_a_single_flipped_bit_in_a_weight_is_found(saved):
    with zipfile.ZipFile(saved) as records:
        record = max(records.infolist(), key=lambda record: record.file_size)
    content = bytearray(saved.read_bytes())
    content[record.header_offset + 200] ^= 1
    saved.write_bytes(content)
    refuse(saved, "last.pt is damaged")


def test_a_pickle_bomb_is_refused_and_never_runs(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "exploded"),))

    torch.save({"format": "dlcv checkpoint, version 1", "model": Bomb()}, tmp_path / "bomb.pt")
    (tmp_path / "plain.pt").write_bytes(pickle.dumps(Bomb()))
    refuse(tmp_path / "bomb.pt", "code in it is never run")
    refuse(tmp_path / "plain.pt", "damaged, or no file of tensors")
    assert not (tmp_path / "exploded").exists()


def test_a_file_of_weights_alone_is_named_for_what_it_is(tmp_path):
    torch.save(make_trainer().model.state_dict(), tmp_path / "weights.pt")
    refuse(tmp_path / "weights.pt", r"no checkpoint of save_checkpoint.*0\.weight.*load_state_dict")


def test_the_checkpoint_of_another_run_is_refused(saved):
    refuse(saved, "optimizer Adam, not SGD", make_trainer("sgd"))

    def trainer_of(model, groups=None):
        optimizer = torch.optim.Adam(groups(model) if groups else model.parameters(), lr=0.01)
        schedule = OneCycleLR(optimizer, 0.01, total_steps=24)
        return Trainer(model, optimizer, device="cpu", scheduler=schedule, schedule_every="step")

    wider = nn.Sequential(nn.Conv2d(3, 5, 3), *make_trainer().model[1:])
    refuse(
        saved, r"another model: its 0\.bias is \(4,\), this model's is \(5,\)", trainer_of(wider)
    )
    shorter = make_trainer().model[:1]
    refuse(saved, "another model: .*absent", trainer_of(shorter))
    two_groups = trainer_of(
        make_trainer().model, lambda m: [{"params": m[0].parameters()}, {"params": m[5].weight}]
    )
    refuse(saved, "other groups of parameters", two_groups)
    no_schedule = Trainer(
        (model := make_trainer().model), torch.optim.Adam(model.parameters()), device="cpu"
    )
    refuse(saved, "scheduler OneCycleLR, not NoneType", no_schedule)
    optimizer = torch.optim.Adam((model := make_trainer().model).parameters())
    other = Trainer(model, optimizer, device="cpu", scheduler=StepLR(optimizer, 1))
    refuse(saved, "scheduler OneCycleLR, not StepLR", other)


def test_a_checkpoint_that_is_not_there_is_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="no checkpoint .*nowhere.pt"):
        load_checkpoint(make_trainer(), tmp_path / "nowhere.pt")
