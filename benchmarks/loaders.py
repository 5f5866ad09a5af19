"""Loaders with augmentation

Images of 3 × 32 × 32 random bytes in memory, in shuffled batches of 256: crop (4 pixels, mirrored
border), flip, normalize. `batches` and `stream` do this for a whole batch at once on the device;
the others for each image, as torchvision's documentation shows it, then copy the batch to the
device. Workers stay alive between epochs; starting them is not timed. A worker is a process of its
own with one thread; the number of threads below is that of the main process.
"""

from collections.abc import Callable, Iterable

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset, TensorDataset
from torchvision import transforms
from torchvision.transforms import v2

from benchmarks.harness import Table, alternate, rate_rows, threads
from dlcv import data

LIBRARIES = ["torch", "torchvision", "pillow"]
MEAN, STD, BATCH_SIZE = (0.49, 0.48, 0.45), (0.25, 0.24, 0.26), 256

PIL_TRANSFORM = transforms.Compose(
    [
        transforms.RandomCrop(32, padding=4, padding_mode="reflect"),
        transforms.RandomHorizontalFlip(),
        transforms.ToTensor(),
        transforms.Normalize(MEAN, STD),
    ]
)
TENSOR_TRANSFORM = v2.Compose(
    [
        v2.RandomCrop(32, padding=4, padding_mode="reflect"),
        v2.RandomHorizontalFlip(),
        v2.ToDtype(torch.float32, scale=True),
        v2.Normalize(MEAN, STD),
    ]
)


class Samples(Dataset):
    """One transformed image at a time, as torchvision's data sets give them."""

    def __init__(self, images: torch.Tensor | np.ndarray, labels: list[int], transform: Callable):
        self.images, self.labels, self.transform = images, labels, transform

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        image = self.images[index]
        image = Image.fromarray(image) if isinstance(image, np.ndarray) else image
        return self.transform(image), self.labels[index]


def epoch(loader: Iterable, device: str) -> Callable[[], None]:
    """A function that runs through all batches and leaves each on the device."""

    def run() -> None:
        for images, labels in loader:
            images.to(device, non_blocking=True)
            labels.to(device, non_blocking=True)

    return run


def loaders(count: int, slow_count: int, device: str) -> dict[str, tuple[Iterable, int]]:
    """The contenders, each with the number of its images: fewer where every image costs time."""
    images = torch.randint(256, (count, 3, 32, 32), dtype=torch.uint8)
    labels = torch.randint(10, (count,))
    few = images[:slow_count], labels[:slow_count].tolist()
    arrays = few[0].permute(0, 2, 3, 1).contiguous().numpy()  # (N, H, W, C), as CIFAR10 keeps them
    ours = dict(augment=data.Augment(crop=4, flip=True), mean=MEAN, std=STD, device=device)
    found = {
        "dlcv batches": (data.batches((images, labels), BATCH_SIZE, **ours), count),
        "dlcv stream": (data.stream(TensorDataset(images, labels), BATCH_SIZE, **ours), count),
    }
    per_image = {"PIL": (arrays, PIL_TRANSFORM, (0, 2)), "v2": (few[0], TENSOR_TRANSFORM, (0,))}
    for kind, (source, transform, worker_counts) in per_image.items():
        for workers in worker_counts:
            loader = DataLoader(
                Samples(source, few[1], transform),
                BATCH_SIZE,
                shuffle=True,
                num_workers=workers,
                persistent_workers=workers > 0,
                pin_memory=device == "cuda",
            )
            name = f"DataLoader, {kind} transforms, {workers} workers"
            found[name] = (loader, slow_count)
    return found


def measure(quick: bool = False, device: str = "cpu") -> list[Table]:
    """Images a second of each loader, and how many times the PIL one with two workers that is."""
    count, slow_count, rounds = (64, 32, 1) if quick else (10_000, 2_000, 9)
    found = loaders(count, slow_count, device)
    with threads(1):
        times = alternate({name: epoch(found[name][0], device) for name in found}, rounds)
        items = {name: number for name, (_, number) in found.items()}
        first = "DataLoader, PIL transforms, 2 workers"
        columns = ["loader", "images/s", "times PIL, 2 workers"]
        title = f"An epoch of {count:,} images, on {device}"
        note = f"The `DataLoader`s ran through {slow_count:,} of the images."
        return [Table(title, columns, rate_rows(times, items, first), rounds, notes=[note])]


def main() -> None:
    """Print the table."""
    for table in measure():
        print(table.markdown())


if __name__ == "__main__":
    main()
