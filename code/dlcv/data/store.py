"""The folder data is kept in, and how files get into it: whole or not at all.

Every file is made in a temporary folder beside its final place and then renamed, which the
operating system does in one step. What a killed process leaves in its temporary folder is swept
away by the next one. A file read back is checked by checksum; a damaged one counts as absent.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

UNFINISHED = ".unfinished-"  # how the names of temporary folders begin


class DatasetUnavailable(RuntimeError):
    """A data set that is neither here nor can be fetched now; the message says what to do."""


def folder() -> Path:
    """Where data sets are kept: `DLCV_DATA`, or `dlcv` in the user's cache folder.

    Nothing is created by asking.
    """
    chosen = os.environ.get("DLCV_DATA")
    if chosen:
        return Path(chosen).expanduser().absolute()
    import pooch

    return Path(pooch.os_cache("dlcv"))


def offline() -> bool:
    """Whether `DLCV_OFFLINE` forbids the network (any value but an empty one, 0, no, false)."""
    return os.environ.get("DLCV_OFFLINE", "").strip().lower() not in ("", "0", "no", "false")


@contextmanager
def locked(home: Path) -> Iterator[OSError | None]:
    """Hold the lock of the folder `home`, made if need be, and clear what a dead process left.

    A second process waits here until the first one is done.

    Yields:
        None when `home` can be written to, else the error that says why not (and no lock).
    """
    from filelock import FileLock

    lock = FileLock(home / ".lock")
    trouble = None
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock.acquire()
        _sweep(home)
    except (OSError, NotImplementedError) as error:  # the second: a disk without locks
        trouble = OSError(f"{home} cannot be written to ({error})")
    try:
        yield trouble
    finally:
        lock.release()


def _sweep(home: Path) -> None:
    """Remove temporary folders; with the lock held, whoever made them is gone."""
    for leftover in home.glob(UNFINISHED + "*"):
        shutil.rmtree(leftover, ignore_errors=True)


@contextmanager
def workbench(home: Path) -> Iterator[Path]:
    """A temporary folder inside `home` (same disk: a finished file moves out in one step)."""
    bench = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=home))
    try:
        yield bench
    finally:
        shutil.rmtree(bench, ignore_errors=True)


def write_whole(path: Path, write: Callable) -> None:
    """Let `write(file)` make the file at `path`: it appears whole or not at all.

    Args:
        path: The file; one that was there before is replaced in one step.
        write: Gets a binary file, open for writing.

    Raises:
        OSError: The file cannot be written. Then, and after any error in `write`, the old file is
            untouched and nothing is left behind.
    """
    unfinished = path.with_name(path.name + ".unfinished")  # a killed process's is written over
    try:
        with open(unfinished, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())  # on the disk before it gets its name
        os.replace(unfinished, path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def plain_numbers(value: object) -> object:
    """The same with Python's own numbers for NumPy's, which `torch.load` takes for code."""
    if isinstance(value, dict):
        return {name: plain_numbers(part) for name, part in value.items()}
    if isinstance(value, list):
        return [plain_numbers(part) for part in value]
    return value.item() if isinstance(value, np.generic) else value


def save_arrays(path: Path, images: np.ndarray, labels: np.ndarray, about: dict) -> None:
    """Write images, labels and a small dictionary as one file; it appears whole or not at all.

    Args:
        path: The file, ending in `.npz`.
        images: uint8 `(N, C, H, W)`.
        labels: int64 `(N,)`.
        about: What else to remember, as JSON can hold it.

    Raises:
        OSError: The file cannot be written (no room, no permission); nothing is left behind.
    """
    arrays = {"images": images, "labels": labels, "about": np.array(json.dumps(about))}
    write_whole(path, lambda file: np.savez(file, **arrays))


def load_arrays(path: Path) -> tuple[np.ndarray, np.ndarray, dict] | None:
    """Read what `save_arrays` wrote, checked against the checksums (CRC-32) inside the file.

    Returns:
        Images, labels and the dictionary; None where the file is absent, cut short or altered.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return arrays["images"], arrays["labels"], json.loads(str(arrays["about"]))
    except Exception:  # a damaged file can fail in any way; the answer to each is to make it anew
        return None
