"""Batches from data that does not fit in memory: loaded one by one, the same from there on."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, default_collate

from dlcv.data.loaders import Loader, make_finish, outline
from dlcv.data.order import Order


@dataclass(eq=False, repr=False)
class Stream(Loader):
    """What `stream` returns: iterate once an epoch; `len()` is the number of batches."""

    dataset: Dataset
    workers: int
    labels_at_hand: Tensor | None = field(init=False, default=None)  # of this batch, on the CPU
    _loader: DataLoader | None = field(init=False, default=None)  # made for the first epoch

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        self._loader = self._loader or self._make_loader()
        try:
            for images, labels in self._loader:
                self.labels_at_hand = labels
                images = images.to(self.device, non_blocking=True)
                yield self.finish(images), labels.to(self.device, non_blocking=True)
        except RuntimeError as error:
            if not str(error).startswith("DataLoader worker"):
                raise
            self._loader = None  # the next epoch starts new workers
            raise RuntimeError(
                "a worker process that loads images has died. Likely causes: the memory is full "
                f"(there are {self.workers} workers, each with its own copy of what the data set "
                "changes: take fewer, or smaller batches); /dev/shm is full (in Docker: "
                "--shm-size=2g); a crash in a library that decodes images (workers=0 shows where). "
                f"PyTorch says: {error}"
            ) from error

    def _make_loader(self) -> DataLoader:
        return DataLoader(
            self.dataset,
            batch_sampler=self.order,
            collate_fn=_stack,
            num_workers=self.workers,
            persistent_workers=self.workers > 0,
            pin_memory=self.device.type == "cuda",  # lets the copy run beside the computation
            # The workers' seeds. From the global generator they would be drawn in some epochs and
            # not in others, and a resumed run would not be the same.
            generator=torch.Generator().manual_seed(torch.initial_seed()),
        )


def stream(
    dataset: Dataset,
    batch_size: int,
    *,
    shuffle: bool = True,
    augment: Callable[[Tensor], Tensor] | None = None,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    device: torch.device | str | None = None,
    workers: int = 0,
) -> Stream:
    """Load batches one by one, for a data set that does not fit in memory.

    A `DataLoader` loads them; augmentation and normalization run on the device, on whole batches.

    Args:
        dataset: a map-style data set: `len(dataset)`, and `dataset[i]` is `(image, label)`. The
            image is a tensor `(C, H, W)`, uint8 or float, or a PIL image; all of one size.
        batch_size: images in a batch; the last batch holds what is left.
        shuffle: draw a new order each epoch: with the same seed, the one that `batches` draws.
        augment: as in `batches`.
        mean: as in `batches`.
        std: as in `batches`.
        device: where batches are copied to; the CPU by default.
        workers: processes that load batches ahead; 0 loads them where they are used.

    Returns:
        An iterable of `(images, labels)` on the device; uint8 images become float32 in [0, 1].
        It has `.batch_size`, `.shuffle`, `.device`.

    Raises:
        TypeError: `dataset` is no map-style data set, or a sample is something else.
        ValueError: as in `batches`, `workers` is negative, or the images of a batch differ in size.
        RuntimeError: while iterating, a worker died.

    Built in chapter 18.
    """
    if not (hasattr(dataset, "__getitem__") and hasattr(dataset, "__len__")):
        raise TypeError(
            f"dataset: got {outline(dataset)}, wanted a data set with len(dataset) and dataset[i]"
        )
    if workers < 0:
        raise ValueError(f"workers: got {workers}, wanted 0 or more")
    device = torch.device("cpu" if device is None else device)
    order = Order(len(dataset), batch_size, shuffle)
    return Stream(order, make_finish(augment, mean, std, device), device, dataset, workers)


def _stack(samples: list) -> list[Tensor]:
    """The samples of a batch as two tensors: images `(B, C, H, W)`, labels `(B, …)`.

    A worker process does this, so a whole batch travels between the processes, not its parts.
    """
    for sample in samples:
        if not (isinstance(sample, tuple | list) and len(sample) == 2):
            raise TypeError(
                f"a sample of the data set: got {outline(sample)}, wanted (image, label)"
            )
    images = [_as_tensor(image) for image, _ in samples]
    sizes = {tuple(image.shape) for image in images}
    if len(sizes) > 1:
        raise ValueError(
            f"the images of a batch have the shapes {', '.join(map(str, sorted(sizes)))}, wanted "
            "one: crop or resize them in the data set"
        )
    return [torch.stack(images), default_collate([label for _, label in samples])]


def _as_tensor(image: Tensor | Image.Image) -> Tensor:
    """An image as a tensor `(C, H, W)`."""
    if isinstance(image, Image.Image):
        # Slow to import, and there already where a torchvision data set made the image.
        from torchvision.transforms.functional import pil_to_tensor

        return pil_to_tensor(image)
    if not isinstance(image, Tensor):
        raise TypeError(
            f"an image of the data: got {outline(image)}, wanted a tensor (C, H, W) or a PIL image"
        )
    return image
