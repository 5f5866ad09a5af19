"""Several processes train as one would: torchrun starts two of them here, with gloo.

All jobs run in two programs: one that a worker's death ends, and one that runs the others in turn.
Importing PyTorch takes seconds, and each process of a program of its own would do it again.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset

from dlcv.training import Trainer, distributed

JOB = str(Path(__file__).with_name("distributed_job.py"))
TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
JOBS = {
    "one": {"processes": 1},
    "two": {"processes": 2},
    "parts": {"processes": 2, "micro_batch": 2},
    "norm": {"processes": 2, "epochs": 1, "norm": True},
    "broken": {"processes": 2},  # goes on where the other program was broken off
}


def python(*arguments):
    environment = os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=240, env=environment
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("jobs")


@pytest.fixture(scope="module")
def broken(home):
    """A job whose process 1 dies in the third epoch of four steps, as a user would start it."""
    return python(*TORCHRUN, JOB, json.dumps({"folder": str(home / "broken"), "dies": 11}))


@pytest.fixture(scope="module")
def ran(home, broken):
    """All jobs, run after the broken one: what they printed."""
    jobs = [{"folder": str(home / name), **job} for name, job in JOBS.items()]
    done = python(JOB, "several", json.dumps(jobs))
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def saved(home, ran):
    """The last checkpoint of each job."""
    return {name: torch.load(home / name / "last.pt", weights_only=True) for name in JOBS}


def same_weights(one, other, tolerance):
    return all(
        torch.allclose(one["model"][name], other["model"][name], rtol=0, atol=tolerance)
        for name in one["model"]
    )


def same_measures(one, other):
    for mine, theirs in zip(one["history"], other["history"], strict=True):
        for name in mine.keys() - {"seconds"}:
            assert mine[name] == pytest.approx(theirs[name], abs=1e-6), name


def test_two_processes_learn_what_one_learns_from_the_joint_batch(saved, ran):
    assert same_weights(saved["one"], saved["two"], 1e-6)
    same_measures(saved["one"], saved["two"])
    assert "one: rank 0 of 1 learned from 132 images" in ran
    for rank in (0, 1):  # half of 44 in each of 3 epochs
        assert f"two: rank {rank} of 2 learned from 66 images" in ran
    assert same_weights(saved["one"], saved["parts"], 1e-6)


def test_all_processes_measure_the_model_that_is_saved(saved):
    """Batch norm's statistics differ from process to process until they are shared."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 16), nn.BatchNorm1d(16), nn.Linear(16, 3))
    model.double().eval().load_state_dict(saved["norm"]["model"])
    torch.manual_seed(2)
    images, labels = torch.rand(44, 3, 2, 2, dtype=torch.float64), torch.arange(44) % 3
    loss = nn.functional.cross_entropy(model(images[:7]), labels[:7])
    measured = saved["norm"]["history"][0]["validation_loss"]
    assert measured == pytest.approx(loss.item(), abs=1e-9)


def test_a_job_whose_worker_dies_says_so_and_goes_on_from_its_checkpoint(broken, saved, ran):
    assert broken.returncode != 0
    assert "WorkerLost: process 0 of 2 stops" in broken.stderr
    assert "Run the same command again" in broken.stderr
    assert "broken: goes on after epoch 2" in ran
    assert same_weights(saved["two"], saved["broken"], 0)
    same_measures(saved["two"], saved["broken"])


def test_a_sampler_of_one_s_own_gets_the_number_of_the_epoch():
    data = TensorDataset(torch.rand(8, 12), torch.arange(8) % 3)
    sampler = DistributedSampler(data, num_replicas=2, rank=0)
    loader = DataLoader(data, batch_size=2, sampler=sampler)
    model = nn.Linear(12, 3)
    trainer = Trainer(model, torch.optim.SGD(model.parameters(), lr=0.1), device="cpu")
    orders = []
    trainer.fit(loader, epochs=3, callbacks=[lambda *_: orders.append(list(sampler))])
    assert orders[0] != orders[1] != orders[2]


def test_data_that_cannot_be_shared_out_is_refused_before_the_first_epoch(monkeypatch):
    monkeypatch.setattr(distributed, "world_size", lambda: 2)
    list_of_batches = [(torch.rand(4, 12), torch.arange(4) % 3)]
    with pytest.raises(TypeError, match="2 processes train together.*got list"):
        distributed.my_part(list_of_batches, even=True)
