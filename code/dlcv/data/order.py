"""Which rows of a data set make up each batch of an epoch, on one process or on several."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

import torch
import torch.distributed as dist
from torch import Tensor


@dataclass(frozen=True)
class Order:
    """Draws the rows of an epoch's batches.

    The processes of a distributed job take every `world_size`-th row of a batch, so their parts
    together are the batch that one process alone would take.

    Args:
        count: rows in the data set.
        batch_size: rows in a batch, of all processes together; the last batch holds what is left.
        shuffle: draw a new order each epoch.
        generator: a CPU generator for the order; PyTorch's global one by default.
        rank: the number of this process, 0 … world_size − 1.
        world_size: the number of processes.
        even: leave out the last rows of a batch that do not divide among the processes.

    Raises:
        ValueError: `count` or `batch_size` is below 1, or there is no such rank, or with `even`
            no batch has a row for each process.
    """

    count: int
    batch_size: int
    shuffle: bool
    generator: torch.Generator | None = None
    rank: int = 0
    world_size: int = 1
    even: bool = False

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError("data: the data set is empty, wanted at least one image")
        if self.batch_size < 1:
            raise ValueError(f"batch_size: got {self.batch_size}, wanted at least 1")
        if not 0 <= self.rank < self.world_size:
            raise ValueError(
                f"rank: got {self.rank} of {self.world_size} processes, wanted a number from 0 to "
                "one less than the number of processes"
            )
        if len(self) == 0 and self.even:
            raise ValueError(
                f"world_size: got {self.world_size} processes for batches of "
                f"{min(self.batch_size, self.count)}, wanted at least one image for each process"
            )

    def share(self, rank: int, world_size: int, even: bool) -> Self:
        """The same order, seen by process `rank` of `world_size`."""
        return replace(self, rank=rank, world_size=world_size, even=even)

    def __len__(self) -> int:
        """The number of batches of which this process takes anything."""
        full, rest = divmod(self.count, self.batch_size)
        return full * (self._part(self.batch_size) > 0) + (self._part(rest) > 0)

    def draw(self, device: torch.device | str = "cpu") -> list[Tensor]:
        """The rows of each batch of one epoch: int64 tensors on `device`, none of them empty."""
        if self.shuffle:
            order = torch.randperm(self.count, generator=self.generator)
            order = _as_on_rank_0(order) if self.world_size > 1 else order
        else:
            order = torch.arange(self.count)
        parts = [
            rows[self.rank :: self.world_size][: self._part(len(rows))]
            for rows in order.to(device).split(self.batch_size)
        ]
        return [rows for rows in parts if len(rows)]

    def __iter__(self) -> Iterator[list[int]]:
        """The same as lists of numbers: what a `DataLoader` takes as its `batch_sampler`."""
        for rows in self.draw():  # a generator, since a DataLoader with workers calls iter() twice
            yield rows.tolist()

    def _part(self, size: int) -> int:
        """How many rows of a batch of `size` this process takes."""
        if self.even:
            return size // self.world_size
        return len(range(self.rank, size, self.world_size))


def _as_on_rank_0(order: Tensor) -> Tensor:
    """The order that process 0 drew; without a process group, the one drawn here."""
    if not (dist.is_available() and dist.is_initialized()):
        return order
    dist.broadcast(order, src=0)
    return order
