"""Several processes train as one would: torchrun starts two of them here, with gloo."""

import os
import subprocess
import sys
import textwrap

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset

from dlcv.training import Trainer, distributed

JOB = """
    import os, signal, sys, torch
    from pathlib import Path
    from torch import nn
    from dlcv.training import Trainer, checkpoints, distributed, evaluate, load_checkpoint

    folder, epochs, micro_batch, dies, norm = Path(sys.argv[1]), *map(int, sys.argv[2:])
    torch.set_num_threads(1)
    torch.manual_seed(1)
    hidden = nn.BatchNorm1d(16) if norm else nn.Tanh()
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 16), hidden, nn.Linear(16, 3)).double()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)
    trainer = Trainer(model, optimizer, device="cpu", micro_batch=micro_batch or None)
    torch.manual_seed(2)
    images, labels = torch.rand(44, 3, 2, 2, dtype=torch.float64), torch.arange(44) % 3
    if (folder / "last.pt").exists():
        load_checkpoint(trainer, folder / "last.pt")
        print(f"goes on after epoch {len(trainer.history)}", flush=True)
    steps, seen = 0, 0

    def die(layer, inputs):
        global steps, seen
        steps += 1
        seen += len(inputs[0]) if layer.training else 0
        if dies and distributed.rank() == 1 and steps == dies:
            os.kill(os.getpid(), signal.SIGKILL)

    trainer.model.register_forward_pre_hook(die)
    left = epochs - len(trainer.history)
    trainer.fit(
        (images, labels), (images[:7], labels[:7]), epochs=left, batch_size=12,
        callbacks=[checkpoints(folder)],
    )
    print(f"rank {distributed.rank()} of {distributed.world_size()} learned from {seen} images")
"""


def run(folder, *, processes, epochs=3, micro_batch=0, dies=0, norm=0):
    job = folder.parent / "job.py"
    job.write_text(textwrap.dedent(JOB))
    start = [sys.executable]
    if processes > 1:
        start += ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    arguments = [str(job), str(folder), str(epochs), str(micro_batch), str(dies), str(norm)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    return subprocess.run(
        start + arguments, capture_output=True, text=True, timeout=120, env=environment
    )


def result(folder, ran):
    assert ran.returncode == 0, ran.stderr
    return torch.load(folder / "last.pt", weights_only=True)


def same_weights(one, other, tolerance):
    return all(
        torch.allclose(one["model"][name], other["model"][name], rtol=0, atol=tolerance)
        for name in one["model"]
    )


def same_measures(one, other):
    for mine, theirs in zip(one["history"], other["history"], strict=True):
        for name in mine.keys() - {"seconds"}:
            assert mine[name] == pytest.approx(theirs[name], abs=1e-6), name


def test_two_processes_learn_what_one_learns_from_the_joint_batch(tmp_path):
    one = result(tmp_path / "one", run(tmp_path / "one", processes=1))
    ran = run(tmp_path / "two", processes=2)
    two = result(tmp_path / "two", ran)
    assert same_weights(one, two, 1e-6)
    same_measures(one, two)
    assert "rank 0 of 2 learned from 66 images" in ran.stdout  # half of 44 in each of 3 epochs
    assert "rank 1 of 2 learned from 66 images" in ran.stdout
    in_parts = result(tmp_path / "parts", run(tmp_path / "parts", processes=2, micro_batch=2))
    assert same_weights(one, in_parts, 1e-6)


def test_all_processes_measure_the_model_that_is_saved(tmp_path):
    """Batch norm's statistics differ from process to process until they are shared."""
    saved = result(tmp_path / "norm", run(tmp_path / "norm", processes=2, epochs=1, norm=1))
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 16), nn.BatchNorm1d(16), nn.Linear(16, 3))
    model.double().eval().load_state_dict(saved["model"])
    torch.manual_seed(2)
    images, labels = torch.rand(44, 3, 2, 2, dtype=torch.float64), torch.arange(44) % 3
    loss = nn.functional.cross_entropy(model(images[:7]), labels[:7])
    assert saved["history"][0]["validation_loss"] == pytest.approx(loss.item(), abs=1e-9)


def test_a_job_whose_worker_dies_says_so_and_goes_on_from_its_checkpoint(tmp_path):
    whole = result(tmp_path / "whole", run(tmp_path / "whole", processes=2))
    broken = run(tmp_path / "broken", processes=2, dies=11)  # in the third epoch of four steps
    assert broken.returncode != 0
    assert "WorkerLost: process 0 of 2 stops" in broken.stderr
    assert "Run the same command again" in broken.stderr
    again = run(tmp_path / "broken", processes=2)
    assert "goes on after epoch 2" in again.stdout
    resumed = result(tmp_path / "broken", again)
    assert same_weights(whole, resumed, 0)
    same_measures(whole, resumed)


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
