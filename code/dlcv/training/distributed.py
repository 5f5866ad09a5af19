"""One training job on several processes, each with its own device, started by `torchrun`.

Every process holds the whole model, takes its part of each batch, and after `backward` all of them
average their gradients (`DistributedDataParallel`, "DDP"); so all take the same step. Batch norm
sees a process's own part only; `nn.SyncBatchNorm` is for parts too small for it.
"""

import atexit
import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, DistributedSampler


class WorkerLost(RuntimeError):
    """Another process of this job has ended, so gradients can no longer be averaged.

    On GPUs no error comes: `torchrun` ends all processes and says which one failed.
    """


def start() -> None:
    """Join the processes that `torchrun` started; a program started alone stays alone."""
    if dist.is_torchelastic_launched() and not dist.is_initialized():
        if int(os.environ["LOCAL_RANK"]) < torch.cuda.device_count():
            torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        # gloo for what is on the CPU, nccl (NVIDIA's) for what is on the GPUs
        dist.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
        atexit.register(dist.destroy_process_group)


def rank() -> int:
    """This process's number: 0 in a program started alone."""
    return dist.get_rank() if dist.is_initialized() else 0


def world_size() -> int:
    """How many processes train together: 1 in a program started alone."""
    return dist.get_world_size() if dist.is_initialized() else 1


def wrap(network: nn.Module, device: torch.device) -> nn.Module:
    """The network with gradients that are averaged over all processes (as it is, if alone)."""
    if world_size() == 1:
        return network
    return DistributedDataParallel(network, device_ids=[device] if device.type == "cuda" else None)


def share_buffers(model: nn.Module) -> None:
    """Give all processes the buffers of the first: the statistics of batch norm."""
    for buffer in model.buffers() if world_size() > 1 else ():
        dist.broadcast(buffer, src=0)


def my_part(batches: object, *, even: bool) -> object:
    """What this process takes of every batch; `even` gives each process equally many images.

    Raises:
        TypeError: the data cannot be shared out.
    """
    if world_size() == 1:
        return batches
    if hasattr(batches, "share"):
        return batches.share(rank(), world_size(), even=even)
    if isinstance(batches, DataLoader) and isinstance(batches.sampler, DistributedSampler):
        return batches
    raise TypeError(
        f"{world_size()} processes train together, and each needs its own part of the data: give "
        "an ImageData, dlcv.data.batches(…) or a DataLoader with a DistributedSampler; "
        f"got {type(batches).__name__}"
    )


def total(numbers: list[float], device: torch.device) -> list[float]:
    """Each number, added up over all processes (float64; float32 where the device has no more)."""
    if world_size() == 1:
        return numbers
    exact = torch.float32 if device.type == "mps" else torch.float64
    numbers = torch.tensor(numbers, dtype=exact, device=device)
    dist.all_reduce(numbers)
    return numbers.tolist()


def gather(value: object) -> list:
    """`value` of every process, in the order of their numbers."""
    values = [value] * world_size()
    if world_size() > 1:
        dist.all_gather_object(values, value)
    return values


@contextmanager
def explain_lost_worker() -> Iterator[None]:
    """Turn what PyTorch says when the connection to another process is lost into `WorkerLost`."""
    try:
        yield
    except RuntimeError as error:
        connection = isinstance(error, dist.DistError) or "gloo" in str(error).lower()
        if world_size() == 1 or not connection:
            raise
        raise WorkerLost(
            f"process {rank()} of {world_size()} stops, because another process of this job has "
            "ended: what killed that one stands in its own output. Run the same command again: "
            "with --checkpoint (or load_checkpoint) it goes on from the last epoch that was saved"
        ) from error
