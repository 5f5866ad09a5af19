"""From data to batches: what a training loop can iterate over, once an epoch."""

from collections.abc import Iterable, Iterator

import torch
from torch import Tensor


class Batches:
    """Cut two tensors held in memory into batches, in a new order each time if `shuffle`.

    The order comes from PyTorch's global generator on the CPU, so `torch.manual_seed` fixes it
    and it is the same on every device.

    Args:
        images: `(N, …)`, one input a row.
        labels: `(N,)` or `(N, …)`, one target a row.
        batch_size: rows in a batch; the last batch may be smaller.
        shuffle: whether every pass visits the rows in a new random order.

    Raises:
        ValueError: the two lengths differ, or `batch_size` is below one.
    """

    def __init__(self, images: Tensor, labels: Tensor, batch_size: int, *, shuffle: bool):
        if len(images) != len(labels):
            raise ValueError(f"there are {len(images)} images but {len(labels)} labels")
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1; got {batch_size}")
        self.images, self.labels = images, labels
        self.batch_size, self.shuffle = batch_size, shuffle

    def __len__(self) -> int:
        return -(-len(self.labels) // self.batch_size)  # division rounded up

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        count = len(self.labels)
        order = torch.randperm(count) if self.shuffle else torch.arange(count)
        for rows in order.split(self.batch_size) if count else ():
            yield self.images[rows.to(self.images.device)], self.labels[rows.to(self.labels.device)]


def as_batches(data: object, batch_size: int, *, shuffle: bool) -> Iterable:
    """Turn whatever holds the data into something that gives batches on every pass.

    Args:
        data: an `ImageData` (anything with tensors `.images` and `.labels`), a pair of tensors
            `(images, labels)`, or an iterable of `(images, labels)` batches that can be iterated
            again, such as a `DataLoader` or a list. Only the first two are cut and shuffled here.
        batch_size: rows in a batch.
        shuffle: whether each pass takes a new order.

    Returns:
        An iterable of `(images, labels)`.

    Raises:
        TypeError: `data` is none of these, for example a generator, which is empty after one pass.
    """
    if hasattr(data, "images") and hasattr(data, "labels"):
        return Batches(data.images, data.labels, batch_size, shuffle=shuffle)
    if isinstance(data, tuple) and len(data) == 2 and all(torch.is_tensor(part) for part in data):
        return Batches(*data, batch_size, shuffle=shuffle)
    wanted = "an ImageData, a pair of tensors (images, labels), or a DataLoader or list of batches"
    if not isinstance(data, Iterable):
        raise TypeError(f"data must be {wanted}; got {type(data).__name__}")
    if isinstance(data, Iterator):
        raise TypeError(
            f"a {type(data).__name__} can be read only once, and every epoch reads all the data: "
            f"give {wanted}"
        )
    return data


def unpack(batch: object, device: torch.device) -> tuple[Tensor, Tensor]:
    """Check one batch and move it to the device; uint8 images become float32 in [0, 1].

    Args:
        batch: a pair `(images, labels)` of equal length.
        device: where the model lives.

    Returns:
        Images and labels, on the device.

    Raises:
        TypeError: the batch is not a pair of tensors.
        ValueError: the batch is empty or its two lengths differ.
    """
    if not (
        isinstance(batch, list | tuple) and len(batch) == 2 and all(map(torch.is_tensor, batch))
    ):
        raise TypeError(
            f"a batch must be a pair of tensors (images, labels); got {_outline(batch)}"
        )
    images, labels = batch
    if len(images) != len(labels) or len(images) == 0:
        raise ValueError(
            "a batch needs as many images as labels and at least one; "
            f"got {len(images)} images and {len(labels)} labels"
        )
    images = images.to(device, non_blocking=True)
    if images.dtype == torch.uint8:
        images = images.float() / 255  # after the move: a byte travels faster than a float
    return images, labels.to(device, non_blocking=True)


def _outline(batch: object) -> str:
    if isinstance(batch, list | tuple):
        return f"a {type(batch).__name__} of ({', '.join(type(part).__name__ for part in batch)})"
    return type(batch).__name__
