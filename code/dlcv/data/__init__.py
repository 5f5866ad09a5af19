"""Data sets as whole tensors, from wherever they can be had, with or without a network.

`load` gets the labeled sets (`digits`, `scenes`, `cifar10`), `batches` cuts them for training;
`photos` and `scenes` are modules with functions of their own, and `hard_case` draws points in the
plane.
"""

from dlcv.data import photos, scenes
from dlcv.data.batches import Batches, batches
from dlcv.data.hard_cases import hard_case
from dlcv.data.images import ImageData
from dlcv.data.loading import NAMES, load
from dlcv.data.store import DatasetUnavailable, folder

__all__ = [
    "Batches",
    "DatasetUnavailable",
    "ImageData",
    "NAMES",
    "batches",
    "folder",
    "hard_case",
    "load",
    "photos",
    "scenes",
]
