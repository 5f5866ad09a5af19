"""`ImageData`: a whole data set as one tensor of images and one tensor of labels."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import torch

TITLES = {"cifar10": "CIFAR-10"}  # of data sets whose name in code is not what they are called


@dataclass(frozen=True, eq=False, repr=False)
class ImageData:
    """Labeled images, held in memory as whole tensors.

    One byte a channel: the 50,000 training images of CIFAR-10 take 154 MB, so that they fit on
    any device at once and a batch is a single indexing operation. Chapter 02 introduces it.

    Args:
        images: uint8 `(N, C, H, W)`, values 0–255.
        labels: int64 `(N,)`, each an index into `classes`.
        classes: The class names, in the order of the labels.
        name: What the data is, for example `"cifar10"`. Where a fallback was used, its name.
        split: Which part of it, for example `"train"`.

    Raises:
        TypeError: A tensor has another dtype, or is no tensor.
        ValueError: Shapes or lengths do not fit together, or a label names no class.
    """

    images: torch.Tensor
    labels: torch.Tensor
    classes: tuple[str, ...]
    name: str
    split: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "classes", tuple(self.classes))
        _check_tensor("images", self.images, torch.uint8, ("N", "C", "H", "W"))
        _check_tensor("labels", self.labels, torch.int64, ("N",))
        if len(self.images) != len(self.labels):
            raise ValueError(
                f"images and labels: got {len(self.images)} images and {len(self.labels)} labels, "
                "wanted as many of one as of the other"
            )
        if len(self.labels) and not self._labels_name_classes():
            lowest, highest = self.labels.min().item(), self.labels.max().item()
            raise ValueError(
                f"labels: got values from {lowest} to {highest}, "
                f"wanted 0 to {len(self.classes) - 1} for {len(self.classes)} classes"
            )

    def _labels_name_classes(self) -> bool:
        return bool((self.labels >= 0).all() and (self.labels < len(self.classes)).all())

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        channels, height, width = self.images.shape[1:]
        return (
            f"ImageData({self.name}, {self.split}: {len(self):,} images of {channels} × {height} "
            f"× {width}, {len(self.classes)} classes, on {self.images.device})"
        )

    @property
    def title(self) -> str:
        """The name as a text writes it: "CIFAR-10" for `"cifar10"`."""
        return TITLES.get(self.name, self.name)

    def to(self, device: torch.device | str) -> Self:
        """The same data with both tensors on `device`."""
        return replace(self, images=self.images.to(device), labels=self.labels.to(device))

    def floats(self) -> torch.Tensor:
        """All images as float32 `(N, C, H, W)` in [0, 1]; four times the memory of `images`."""
        return self.images.float() / 255

    def subset(self, indices: torch.Tensor | np.ndarray | Sequence[int] | slice) -> Self:
        """The images at `indices`: positions, a slice, or a mask with one boolean an image."""
        if not isinstance(indices, slice):
            indices = torch.as_tensor(indices, device=self.images.device)
            if len(indices) == 0:
                indices = indices.long()  # an empty list would arrive as floats
        return replace(self, images=self.images[indices], labels=self.labels[indices])


def _check_tensor(argument: str, value: object, dtype: torch.dtype, axes: tuple[str, ...]) -> None:
    """Refuse anything but a tensor of this dtype with these axes."""
    wanted = f"wanted a {dtype} tensor ({', '.join(axes)})"
    if not isinstance(value, torch.Tensor):
        raise TypeError(f"{argument}: got {type(value).__name__}, {wanted}")
    if value.dtype != dtype:
        raise TypeError(f"{argument}: got dtype {value.dtype}, {wanted}")
    if value.ndim != len(axes):
        raise ValueError(f"{argument}: got shape {tuple(value.shape)}, {wanted}")


def balanced_order(labels: torch.Tensor) -> torch.Tensor:
    """A fixed shuffle of which every beginning holds the classes about equally often.

    Each round takes one image of every class that has any left, in random order. The shuffle
    depends on the labels only, never on a seed or on a library's version.

    Args:
        labels: int64 `(N,)`.

    Returns:
        A permutation of 0 … N − 1, int64 `(N,)` on the CPU.
    """
    labels = labels.cpu().numpy()
    shuffled = np.random.RandomState(0).permutation(len(labels))  # NumPy keeps this stream as it is
    round_of = np.empty(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        members = np.flatnonzero(labels[shuffled] == label)
        round_of[members] = np.arange(len(members))  # the class's first image, its second, …
    return torch.from_numpy(shuffled[np.argsort(round_of, kind="stable")])
