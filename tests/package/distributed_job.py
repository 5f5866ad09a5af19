"""A training job for the tests of several processes; no test itself.

    torchrun --nproc-per-node=2 distributed_job.py JOB          one job, as a user would start it
    python distributed_job.py several [JOB, …]                  one after the other

A JOB is JSON: the arguments of `main`, and "processes" where `several` starts it. `several` lets
torchrun's own agent fork the processes, so that PyTorch is imported once and not for each of them.
"""

import atexit
import json
import os
import signal
import sys
import uuid
from pathlib import Path

import torch
from torch import nn

from dlcv.training import Trainer, checkpoints, distributed, load_checkpoint


def main(folder: str, epochs: int = 3, micro_batch: int | None = None, dies: int = 0, norm=False):
    """Train a small network on 44 random images; process 1 kills itself in step `dies`."""
    torch.manual_seed(1)
    hidden = nn.BatchNorm1d(16) if norm else nn.Tanh()
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 16), hidden, nn.Linear(16, 3)).double()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)
    trainer = Trainer(model, optimizer, device="cpu", micro_batch=micro_batch)
    torch.manual_seed(2)
    images, labels = torch.rand(44, 3, 2, 2, dtype=torch.float64), torch.arange(44) % 3
    name, folder = Path(folder).name, Path(folder)
    if (folder / "last.pt").exists():
        load_checkpoint(trainer, folder / "last.pt")
        print(f"{name}: goes on after epoch {len(trainer.history)}", flush=True)
    steps, seen = 0, 0

    def count(layer, inputs):
        nonlocal steps, seen
        steps += 1
        seen += len(inputs[0]) if layer.training else 0
        if dies and distributed.rank() == 1 and steps == dies:
            os.kill(os.getpid(), signal.SIGKILL)

    trainer.model.register_forward_pre_hook(count)
    left = epochs - len(trainer.history)
    trainer.fit(
        (images, labels), (images[:7], labels[:7]), epochs=left, batch_size=12,
        callbacks=[checkpoints(folder)],
    )  # fmt: skip
    rank, processes = distributed.rank(), distributed.world_size()
    print(f"{name}: rank {rank} of {processes} learned from {seen} images", flush=True)


def forked(arguments: dict) -> None:
    """`main` in a process that the agent forked, to its proper end."""
    main(**arguments)
    atexit._run_exitfuncs()  # a forked process leaves them out


def several(jobs: list[dict]) -> None:
    """Run each job on its number of processes."""
    import torch._dynamo  # noqa: F401 - each process would, for seconds, in its first step
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    for job in jobs:
        config = LaunchConfig(
            min_nodes=1, max_nodes=1, nproc_per_node=job.pop("processes"), max_restarts=0,
            run_id=str(uuid.uuid4()), rdzv_backend="c10d", rdzv_endpoint="localhost:0",
            start_method="fork",
        )  # fmt: skip
        elastic_launch(config, forked)(job)


if __name__ == "__main__":
    torch.set_num_threads(1)
    if sys.argv[1] == "several":
        several(json.loads(sys.argv[2]))
    else:
        main(**json.loads(sys.argv[1]))
