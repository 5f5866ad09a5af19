"""From data in memory to batches on the device, and what every loop over batches needs.

A `Loader` is iterated once an epoch and gives `(images, labels)`. `Batches`, here, cuts them from
whole tensors; `Stream`, in `streams`, loads them. Both draw the same `Order` of rows and do the
same to the images (`Finish`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

import torch
from torch import Tensor

from dlcv.data.images import ImageData
from dlcv.data.order import Order


@dataclass(frozen=True, eq=False)
class Finish:
    """What is done to the images of a batch on the device: augment, scale, normalize."""

    augment: Callable[[Tensor], Tensor] | None
    mean: Tensor | None  # (C,)
    std: Tensor | None  # (C,)

    def __call__(self, images: Tensor) -> Tensor:
        """Images `(B, C, …)` ready for a model. They are this batch's own: changed in place."""
        self.check(images)
        if self.augment is not None:
            images = self.augment(images)  # before the scaling: a byte is faster to move
        images = unit_floats(images)
        if self.mean is not None:
            each = (-1,) + (1,) * (images.ndim - 2)  # one number a channel: (C, 1, 1)
            images = images.sub_(self.mean.view(each)).div_(self.std.view(each))
        return images

    def check(self, images: Tensor) -> None:
        """Refuse images `(B, C, …)` that `mean` does not go with."""
        if self.mean is None:
            return
        if images.ndim < 2 or images.shape[1] != len(self.mean):
            raise ValueError(
                f"mean, std: got {len(self.mean)} numbers for images of shape "
                f"{tuple(images.shape)}, wanted one for each channel, (N, channels, …)"
            )
        if images.dtype != torch.uint8 and not images.is_floating_point():
            raise TypeError(f"mean, std: got images of {images.dtype}, wanted uint8 or floats")


@dataclass(eq=False, repr=False)
class Loader:
    """What `Batches` and `Stream` have in common."""

    order: Order
    finish: Finish
    device: torch.device

    @property
    def batch_size(self) -> int:
        """Images in a batch, of all processes together."""
        return self.order.batch_size

    @property
    def shuffle(self) -> bool:
        """Whether every epoch has an order of its own."""
        return self.order.shuffle

    @property
    def generator(self) -> torch.Generator | None:
        """What the order is drawn from; None: PyTorch's global generator on the CPU."""
        return self.order.generator

    def __len__(self) -> int:
        return len(self.order)

    def __repr__(self) -> str:
        kind, how = type(self).__name__, "shuffled, " if self.shuffle else ""
        return f"{kind}({len(self)} batches of {self.batch_size}, {how}on {self.device})"

    def share(self, rank: int, world_size: int, *, even: bool) -> Self:
        """The part of process `rank`, one of `world_size`: a copy that gives its rows only.

        Of each batch it takes the rows `rank::world_size`. When shuffled, all processes follow the
        order that process 0 drew, so all must begin an epoch together.

        Args:
            rank: 0 … world_size − 1.
            world_size: the number of processes.
            even: leave out the last `len(batch) % world_size` rows of a batch, so that all
                processes take equally many and the plain mean of their gradients is the batch's:
                for training. Otherwise no row is left out, and a process skips a batch of which
                nothing is left for it: for evaluation.

        Raises:
            ValueError: there is no such rank, or with `even` a batch has too few rows to share.
        """
        return replace(self, order=self.order.share(rank, world_size, even))


@dataclass(eq=False, repr=False)
class Batches(Loader):
    """What `batches` returns: iterate once an epoch; `len()` is the number of batches."""

    images: Tensor
    labels: Tensor

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        for rows in self.order.draw(self.device):
            # index_select always copies, and is many times faster than images[rows] on the CPU
            yield self.finish(self.images.index_select(0, rows)), self.labels.index_select(0, rows)


def batches(
    data: ImageData | tuple[Tensor, Tensor],
    batch_size: int,
    *,
    shuffle: bool = True,
    augment: Callable[[Tensor], Tensor] | None = None,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    device: torch.device | str | None = None,
    generator: torch.Generator | None = None,
) -> Batches:
    """Keep a whole data set on the device and cut batches from it there.

    `torch.manual_seed` fixes the order, which is the same on every device. The augmentation draws
    from the device's global generator. On the CPU that is the order's, too: there, the order of a
    second epoch depends on what was drawn in the first, unless the order has its own `generator`.

    Args:
        data: an `ImageData`, or a pair of tensors: images `(N, …)`, labels `(N,)` or `(N, …)`.
        batch_size: images in a batch; the last batch holds what is left.
        shuffle: draw a new order each epoch.
        augment: maps images `(B, C, H, W)` to images, while they are bytes: an `Augment`.
        mean: one number a channel, subtracted from images that lie in [0, 1].
        std: one number a channel; the difference is divided by it.
        device: where to keep the data; where it is now by default.
        generator: a CPU generator for the order; PyTorch's global one by default.

    Returns:
        An iterable of `(images, labels)` on the device; uint8 images become float32 in [0, 1].
        It has `.images`, `.labels`, `.batch_size`, `.shuffle`, `.device`.

    Raises:
        TypeError: `data` is something else, or its images are no numbers to normalize.
        ValueError: the data is empty, its lengths differ, `batch_size` is below 1, or `mean` and
            `std` do not fit.

    Chapter 09 uses it first; chapter 13 adds the augmentation.
    """
    pair = _images_and_labels(data)
    if pair is None:
        wanted = "an ImageData or a pair of tensors (images, labels)"
        raise TypeError(f"data: got {outline(data)}, wanted {wanted}")
    images, labels = pair
    if len(images) != len(labels):
        raise ValueError(
            f"data: got {len(images)} images but {len(labels)} labels, wanted as many of one as "
            "of the other"
        )
    device = images.device if device is None else torch.device(device)
    order = Order(len(images), batch_size, shuffle, generator)
    finish = make_finish(augment, mean, std, device)
    finish.check(images)
    return Batches(order, finish, device, images.to(device), labels.to(device))


def as_batches(
    data: object, batch_size: int, *, shuffle: bool, device: torch.device | str | None
) -> Iterable:
    """Turn whatever holds the data into something that gives batches on every pass.

    Args:
        data: an `ImageData` (anything with tensors `.images` and `.labels`) or a pair of tensors,
            which are cut by `batches`; or an iterable of `(images, labels)` batches that can be
            iterated again: `Batches`, `Stream`, a `DataLoader`, a list. It stays as it is.
        batch_size: images in a batch.
        shuffle: whether each pass takes a new order.
        device: where to keep data that is cut here.

    Returns:
        An iterable of `(images, labels)`.

    Raises:
        TypeError: `data` is none of these, for example a generator, which is empty after one pass.
    """
    if isinstance(data, Loader):
        return data
    if _images_and_labels(data) is not None:
        return batches(data, batch_size, shuffle=shuffle, device=device)
    wanted = "an ImageData, a pair of tensors (images, labels), or a DataLoader or list of batches"
    if not isinstance(data, Iterable):
        raise TypeError(f"data must be {wanted}; got {outline(data)}")
    if isinstance(data, Iterator):
        raise TypeError(
            f"a {type(data).__name__} can be read only once, and every epoch reads all the data: "
            f"give {wanted}"
        )
    return data


def labels_at_hand(
    batches: object, batch: Sequence[Tensor], first: bool, device: torch.device
) -> Tensor | None:
    """Labels to be checked before a loss is computed on `device`, without waiting for a GPU.

    Of data kept in memory these are all of them, before the first batch; else a batch's own, while
    they are still on the CPU. (A loss computed on the CPU notices wrong ones by itself.)
    """
    if isinstance(batches, Batches) or device.type == "cpu":
        return (batches.labels if isinstance(batches, Batches) else batch[1]) if first else None
    labels = getattr(batches, "labels_at_hand", batch[1])
    return labels if labels.device.type == "cpu" else None


def to_device(batch: object, device: torch.device) -> tuple[Tensor, Tensor]:
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
    if not _is_pair(batch, (tuple, list)):
        raise TypeError(f"a batch must be a pair of tensors (images, labels); got {outline(batch)}")
    images, labels = batch
    count = len(images)
    if count != len(labels) or count == 0:
        raise ValueError(
            "a batch needs as many images as labels and at least one; "
            f"got {count} images and {len(labels)} labels"
        )
    images = unit_floats(images.to(device, non_blocking=True))  # a byte travels faster than a float
    return images, labels.to(device, non_blocking=True)


def unit_floats(images: Tensor) -> Tensor:
    """uint8 images as float32 in [0, 1]; others as they are."""
    return images.float().div_(255) if images.dtype == torch.uint8 else images


def make_finish(
    augment: Callable | None,
    mean: Sequence[float] | None,
    std: Sequence[float] | None,
    device: torch.device,
) -> Finish:
    """Check the arguments and put the numbers on the device.

    Raises:
        TypeError: `augment` cannot be called.
        ValueError: `mean` or `std` is missing, their lengths differ, or a number is impossible.
    """
    if augment is not None and not callable(augment):
        raise TypeError(f"augment: got {outline(augment)}, wanted a function of images")
    if mean is None and std is None:
        return Finish(augment, None, None)
    if mean is None or std is None:
        raise ValueError(f"mean, std: got {mean} and {std}, wanted both or neither")
    means, stds = (torch.as_tensor(part, dtype=torch.float32).flatten() for part in (mean, std))
    if len(means) != len(stds):
        raise ValueError(f"mean, std: got {len(means)} and {len(stds)} numbers, wanted as many")
    if not (means.isfinite().all() and stds.isfinite().all() and (stds > 0).all()):
        raise ValueError(f"mean, std: got {mean} and {std}, wanted finite numbers, std above 0")
    return Finish(augment, means.to(device), stds.to(device))


def outline(value: object) -> str:
    """The type of a value, and of its parts, for an error message."""
    if isinstance(value, list | tuple):
        return f"a {type(value).__name__} of ({', '.join(type(part).__name__ for part in value)})"
    return type(value).__name__


def _images_and_labels(data: object) -> tuple[Tensor, Tensor] | None:
    """The two tensors that hold a data set, or None if `data` holds it in another way."""
    if hasattr(data, "images") and hasattr(data, "labels"):
        data = data.images, data.labels
    return data if _is_pair(data, tuple) else None


def _is_pair(value: object, kinds: type | tuple[type, ...]) -> bool:
    return (
        isinstance(value, kinds)
        and len(value) == 2
        and isinstance(value[0], Tensor)
        and isinstance(value[1], Tensor)
    )
