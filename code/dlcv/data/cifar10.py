"""CIFAR-10: 60,000 color photographs of ten kinds of things, 32 × 32 pixels."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from dlcv.data.archives import Archive
from dlcv.data.recipes import Arrays, Recipe

CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)


def cifar_recipe(name: str, classes: tuple[str, ...], find_torchvision_class: Callable) -> Recipe:
    """The recipe for a data set of the CIFAR family.

    Args:
        name: The data set's name.
        classes: Its class names in the order of the labels.
        find_torchvision_class: Returns the class in `torchvision.datasets` that knows the archive's
            address and checksum and reads what is inside.
    """

    def archives() -> tuple[Archive, ...]:
        source = find_torchvision_class()
        return (Archive(source.url, f"md5:{source.tgz_md5}"),)

    def read(folder: Path, split: str) -> Arrays:
        original = find_torchvision_class()(folder, train=split == "train")
        images = original.data.transpose(0, 3, 1, 2)  # (N, H, W, C) -> (N, C, H, W)
        return np.ascontiguousarray(images), np.array(original.targets, dtype=np.int64)

    return Recipe(name, classes, (3, 32, 32), archives, read)


def _torchvision_cifar10() -> type:
    from torchvision.datasets import CIFAR10

    return CIFAR10


RECIPE = cifar_recipe("cifar10", CLASSES, _torchvision_cifar10)
"""50,000 images to train on, 10,000 to test on.

A. Krizhevsky, *Learning Multiple Layers of Features from Tiny Images*, University of Toronto, 2009.
https://www.cs.toronto.edu/~kriz/cifar.html
"""
