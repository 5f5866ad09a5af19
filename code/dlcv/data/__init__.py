"""Data sets as whole tensors, from wherever they can be had, with or without a network.

`load` gets the labeled sets (`digits`, `scenes`, `cifar10`). `batches` cuts them for training,
`stream` loads what does not fit in memory, and `Augment` changes the images of a batch at random.
`photos` and `scenes` are modules with functions of their own, `hard_case` draws points in the
plane, and `timeline` is the history of the field as a table.
"""

from dlcv.data import photos, scenes
from dlcv.data.augment import Augment
from dlcv.data.hard_cases import hard_case
from dlcv.data.images import ImageData
from dlcv.data.loaders import Batches, batches
from dlcv.data.loading import NAMES, load
from dlcv.data.store import DatasetUnavailable, folder
from dlcv.data.streams import Stream, stream
from dlcv.data.timeline import Event, timeline

__all__ = [
    "Augment",
    "Batches",
    "DatasetUnavailable",
    "Event",
    "ImageData",
    "NAMES",
    "Stream",
    "batches",
    "folder",
    "hard_case",
    "load",
    "photos",
    "scenes",
    "stream",
    "timeline",
]
