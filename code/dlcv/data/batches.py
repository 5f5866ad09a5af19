"""Batches cut from data that lives on the device as one tensor."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from dlcv.data.images import ImageData


@dataclass(frozen=True, eq=False)
class Batches:
    """What `batches` returns: loop over it once an epoch; `len()` is the number of batches."""

    data: ImageData
    batch_size: int
    shuffle: bool
    generator: torch.Generator | None

    def __len__(self) -> int:
        return -(-len(self.data) // self.batch_size)  # rounded up: the last batch may be smaller

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        images, labels = self.data.images, self.data.labels
        order = torch.arange(len(self.data))
        if self.shuffle:
            order = torch.randperm(len(self.data), generator=self.generator)
        for indices in order.to(images.device).split(self.batch_size):
            yield images[indices].float() / 255, labels[indices]


def batches(
    data: ImageData,
    batch_size: int,
    shuffle: bool = True,
    generator: torch.Generator | None = None,
) -> Batches:
    """Cut data into batches of floats, on the device the data lives on.

    Args:
        data: The images and labels.
        batch_size: Images a batch; the last batch holds what is left.
        shuffle: Draw a new order each time the loop starts.
        generator: A CPU generator for the order; `torch`'s own without it.

    Returns:
        An iterable of `(images, labels)`: float32 `(B, C, H, W)` in [0, 1] and int64 `(B,)`. It
        can be looped over many times.

    Raises:
        ValueError: `batch_size` is smaller than 1.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size: got {batch_size}, wanted at least 1")
    return Batches(data, batch_size, shuffle, generator)
