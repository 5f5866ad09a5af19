"""How a data set that does not come with a library gets here: cache, image folder, download."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from dlcv.data import image_folder
from dlcv.data.archives import Archive, fetch, unpack
from dlcv.data.images import ImageData
from dlcv.data.store import (
    DatasetUnavailable,
    folder,
    load_arrays,
    locked,
    offline,
    save_arrays,
    workbench,
)

SPLITS = ("train", "test")
Arrays = tuple[np.ndarray, np.ndarray]  # images uint8 (N, C, H, W), labels int64 (N,)


@dataclass(frozen=True)
class Recipe:
    """All that is special about one data set.

    Args:
        name: Its name, and the name of its folder inside `data.folder()`.
        classes: Class names in the order of the labels; also the names of the class folders.
        shape: The shape `(C, H, W)` of each image.
        archives: Returns the archives to download (a function, so that torchvision, which knows
            them, is imported only when needed).
        read: Reads one split, given the folder the archives were unpacked in and the split's name.
    """

    name: str
    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    archives: Callable[[], tuple[Archive, ...]]
    read: Callable[[Path, str], Arrays]


def obtain(recipe: Recipe, split: str) -> ImageData:
    """Get one split of a data set from the first place that has it.

    1. The cache `<folder>/<name>/<split>.npz`, unless an image folder has changed since.
    2. An image folder `<folder>/<name>/<split>/<class>/*.jpg` or `*.png` that somebody put there.
    3. The network, unless `DLCV_OFFLINE` is set.

    Raises:
        DatasetUnavailable: No place has it; the message says why.
    """
    home = folder() / recipe.name
    files = image_folder.list_images(home / split)
    source = image_folder.fingerprint(files) if files else None
    data = _cached(recipe, split, source)
    if data is not None:
        return data
    if not files and offline():
        raise DatasetUnavailable(f"{_what_is_there(home, split)} and DLCV_OFFLINE is set")
    with locked(home) as trouble:
        data = _cached(recipe, split, source)  # another process may have been faster
        if data is not None:
            return data
        if not files:
            return _download(recipe, split, trouble)
        arrays = image_folder.decode(files, recipe.classes, recipe.shape)
        _keep(recipe, split, arrays, source, trouble)
    return _image_data(recipe, split, arrays)


def _cached(recipe: Recipe, split: str, source: str | None) -> ImageData | None:
    """What the cache holds, if it is whole and made from `source` (None: from anything)."""
    loaded = load_arrays(folder() / recipe.name / f"{split}.npz")
    if loaded is None:
        return None
    images, labels, about = loaded
    if source not in (None, about.get("source")) or about.get("classes") != list(recipe.classes):
        return None
    return _image_data(recipe, split, (images, labels))


def _keep(recipe: Recipe, split: str, arrays: Arrays, source: str, trouble: OSError | None) -> None:
    """Write the cache; where that cannot be, say so and go on without."""
    about = {"source": source, "classes": recipe.classes}
    try:
        if trouble:
            raise trouble
        save_arrays(folder() / recipe.name / f"{split}.npz", *arrays, about)
    except OSError as error:
        warnings.warn(
            f"{recipe.name} ({split}) is loaded but not cached, so the next time takes as long: "
            f"{error}",
            stacklevel=2,
        )


def _download(recipe: Recipe, split: str, trouble: OSError | None) -> ImageData:
    """Fetch and unpack the archives, cache every split, return the one asked for."""
    home = folder() / recipe.name
    try:
        if trouble:
            raise trouble
        with workbench(home) as bench:
            for archive in recipe.archives():
                unpack(fetch(archive, bench), bench)
            arrays = {each: recipe.read(bench, each) for each in SPLITS}
    except (OSError, DatasetUnavailable) as error:
        raise DatasetUnavailable(f"{_what_is_there(home, split)} and {error}") from error
    for each in SPLITS:
        _keep(recipe, each, arrays[each], "download", trouble)
    return _image_data(recipe, split, arrays[split])


def _what_is_there(home: Path, split: str) -> str:
    """The first half of a message: what was found in the data set's folder."""
    if (home / f"{split}.npz").exists():
        return f"{home / split}.npz is damaged"
    if (home / split).is_dir():
        return f"{home / split} holds no images"
    return f"nothing is in {home}"


def _image_data(recipe: Recipe, split: str, arrays: Arrays) -> ImageData:
    images, labels = arrays
    return ImageData(
        images=torch.from_numpy(images),
        labels=torch.from_numpy(labels),
        classes=recipe.classes,
        name=recipe.name,
        split=split,
    )
