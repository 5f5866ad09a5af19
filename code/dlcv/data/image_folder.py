"""Read a data set from `<folder>/<class>/*.jpg` or `*.png`, decoded once into one tensor."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from dlcv.data.store import DatasetUnavailable
from dlcv.progress import progress

ENDINGS = (".jpg", ".jpeg", ".png")


def list_images(folder: Path) -> dict[str, list[os.DirEntry]]:
    """The image files of each class folder, sorted by name.

    Returns:
        Class name → files. Empty where `folder` is absent or holds no image at all.
    """
    try:
        classes = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir())
    except (FileNotFoundError, NotADirectoryError):
        return {}
    files = {name: _images_in(folder / name) for name in classes if not name.startswith(".")}
    return files if any(files.values()) else {}


def _images_in(folder: Path) -> list[os.DirEntry]:
    entries = [entry for entry in os.scandir(folder) if entry.name.lower().endswith(ENDINGS)]
    return sorted(entries, key=lambda entry: entry.name)


def fingerprint(files: dict[str, list[os.DirEntry]]) -> str:
    """A hash over names, sizes and times of change: another value when the folder changed."""
    digest = hashlib.sha256()
    for class_name, entries in files.items():
        for entry in entries:
            status = entry.stat()
            line = f"{class_name}/{entry.name} {status.st_size} {status.st_mtime_ns}\n"
            digest.update(line.encode())
    return digest.hexdigest()


def decode(
    files: dict[str, list[os.DirEntry]], classes: tuple[str, ...], shape: tuple[int, int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Decode all images, in several threads.

    Args:
        files: Class name → image files, as `list_images` returns them.
        classes: The class names wanted, in the order of the labels.
        shape: The shape `(C, H, W)` each image must have; C is 1 or 3.

    Returns:
        Images uint8 `(N, C, H, W)`, class after class, and labels int64 `(N,)`.

    Raises:
        DatasetUnavailable: A class is missing, unknown or empty, or a file is damaged or of another
            size. The message names it.
    """
    _check_classes(files, classes)
    paths = [Path(entry.path) for name in classes for entry in files[name]]
    images = np.empty((len(paths), *shape), dtype=np.uint8)

    def decode_into(index: int) -> None:
        images[index] = _decode_one(paths[index], shape)

    with ThreadPoolExecutor() as threads:
        steps = threads.map(decode_into, range(len(paths)))
        for _ in progress(steps, total=len(paths), desc="decoding", unit=" images"):
            pass
    return images, np.repeat(np.arange(len(classes)), [len(files[name]) for name in classes])


def _check_classes(files: dict[str, list[os.DirEntry]], classes: tuple[str, ...]) -> None:
    missing = [name for name in classes if not files.get(name)]
    unknown = [name for name in files if name not in classes]
    if missing:
        raise DatasetUnavailable(f"the image folder has no images of: {', '.join(missing)}")
    if unknown:
        raise DatasetUnavailable(
            f"the image folder has classes that do not belong there: {', '.join(unknown)}"
        )


def _decode_one(path: Path, shape: tuple[int, int, int]) -> np.ndarray:
    """One image as uint8 `(C, H, W)`."""
    channels, height, width = shape
    try:
        with Image.open(path) as picture:
            pixels = np.asarray(picture.convert("RGB" if channels == 3 else "L"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DatasetUnavailable(f"the image {path} cannot be decoded ({error})") from error
    if pixels.shape[:2] != (height, width):
        came = f"{pixels.shape[0]} × {pixels.shape[1]}"
        raise DatasetUnavailable(f"the image {path} has {came} pixels, wanted {height} × {width}")
    return pixels.reshape(height, width, channels).transpose(2, 0, 1)  # (H, W, C) -> (C, H, W)
