"""`python -m dlcv.training`: trains, writes its files, goes on, and says what is wrong."""

import csv
import json
import os
import re
import runpy
import subprocess
import sys

import pytest
import torch

from dlcv.training import CheckpointError
from dlcv.training import __main__ as command
from dlcv.training.__main__ import main, parse


def run(*arguments):
    main(parse(["--data", "digits", "--model", "mlp", "--device", "cpu", *arguments]))


def weights(folder):
    return torch.load(folder / "last.pt", weights_only=True)["model"]


def test_the_command_trains_and_writes_config_metrics_and_checkpoints(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-m", "dlcv.training", "--data", "digits", "--model", "mlp",
         "--epochs", "3", "--device", "auto", "--precision", "auto", "--checkpoint", "runs/a"],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert lines[0].startswith("rank 0 of 1 on ") and "mlp, digits, 1,437 images" in lines[0]
    assert [line.split(" · ")[0] for line in lines[1:4]] == ["epoch 1/3", "epoch 2/3", "epoch 3/3"]
    accuracy = float(lines[4].removeprefix("done: test accuracy "))
    folder = tmp_path / "runs" / "a"
    rows = list(csv.DictReader((folder / "metrics.csv").open()))
    assert float(rows[-1]["validation_accuracy"]) == pytest.approx(accuracy, abs=1e-4)
    assert accuracy > 0.8  # of ten digits
    assert json.loads((folder / "config.json").read_text())["epochs"] == 3
    assert (folder / "last.pt").exists() and (folder / "best.pt").exists()


def test_a_run_that_was_broken_off_goes_on_to_the_same_weights(tmp_path, monkeypatch, capsys):
    from dlcv.training import checkpoint

    run("--epochs", "3", "--checkpoint", str(tmp_path / "whole"))
    saved = checkpoint.save_checkpoint

    def save_and_stop(trainer, path):
        saved(trainer, path)
        if path.name == "last.pt" and len(trainer.history) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(checkpoint, "save_checkpoint", save_and_stop)
    with pytest.raises(KeyboardInterrupt):
        run("--epochs", "3", "--checkpoint", str(tmp_path / "broken"))
    monkeypatch.undo()
    run("--epochs", "3", "--checkpoint", str(tmp_path / "broken"))
    assert "2 epochs done" in capsys.readouterr().out
    whole, broken = weights(tmp_path / "whole"), weights(tmp_path / "broken")
    assert all(torch.equal(whole[name], broken[name]) for name in whole)

    run("--epochs", "3", "--checkpoint", str(tmp_path / "whole"))  # nothing is left to do
    assert "3 epochs done\ndone: test accuracy" in capsys.readouterr().out


def test_another_run_does_not_go_into_the_same_folder(tmp_path):
    run("--epochs", "1", "--checkpoint", str(tmp_path))
    before = weights(tmp_path)
    with pytest.raises(CheckpointError, match="holds a run with lr=0.05; got lr=0.1: give another"):
        run("--epochs", "1", "--lr", "0.1", "--checkpoint", str(tmp_path))
    assert all(torch.equal(before[name], weights(tmp_path)[name]) for name in before)


def test_patience_stops_a_run_that_has_stuck(capsys):
    run("--epochs", "30", "--lr", "0.0", "--patience", "2")
    out = capsys.readouterr().out
    assert "validation_loss has not improved for 2 epochs: test accuracy" in out
    assert "epoch 4/30" not in out


def test_a_run_that_was_stopped_early_stays_stopped(tmp_path, capsys):
    for _ in range(2):
        run("--epochs", "9", "--lr", "0.0", "--patience", "1", "--checkpoint", str(tmp_path))
        assert "has not improved for 1 epochs: test accuracy" in capsys.readouterr().out
        assert len((tmp_path / "metrics.csv").read_text().splitlines()) == 3  # names, two epochs


def test_tensorboard_gets_the_metrics_where_it_is_installed(tmp_path, monkeypatch):
    written = []

    class Writer:
        def __init__(self, folder):
            self.folder = folder

        def add_scalar(self, name, value, epoch):
            self.waiting = [*getattr(self, "waiting", []), (name, epoch)]

        def flush(self):
            written.extend(self.waiting)

    module = type(sys)("torch.utils.tensorboard")
    module.SummaryWriter = Writer
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    run("--epochs", "2", "--checkpoint", str(tmp_path))
    assert ("validation_accuracy", 1) in written and ("train_loss", 2) in written


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--model", "lenet"], "ValueError: size must be at least 16 pixels for LeNet; got 8"),
        (["--data", "cifar10", "--model", "lenet"], "DatasetUnavailable: .*Three ways out"),
        (["--model", "mlp", "--device", "cuda:7"], "ValueError: .*cuda:7.*was asked for"),
        (["--model", "alexnet"], "invalid choice: 'alexnet'"),
    ],
)
def test_what_cannot_be_done_ends_with_one_clear_line(
    tmp_path, monkeypatch, capsys, arguments, says
):
    """The file runs as Python would run it, without another import of PyTorch."""
    monkeypatch.setenv("DLCV_OFFLINE", "1")
    monkeypatch.setenv("DLCV_DATA", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["training", "--data", "digits", *arguments])
    with pytest.raises(SystemExit) as stopped:
        runpy.run_path(command.__file__, run_name="__main__")
    said = stopped.value.code  # Python prints a text and ends with 1
    assert isinstance(said, str) or said == 2
    assert re.search(says, said if isinstance(said, str) else capsys.readouterr().err.strip())
