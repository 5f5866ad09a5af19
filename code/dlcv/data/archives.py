"""Fetch an archive by checksum and unpack it, trusting neither network nor archive."""

import tarfile
import threading
import zipfile
from dataclasses import dataclass
from pathlib import Path

from dlcv.data.store import DatasetUnavailable
from dlcv.progress import somebody_watches

SILENCE = 30.0  # seconds a running download may stand still
ATTEMPTS = 2  # a broken download is begun again once


@dataclass(frozen=True)
class Archive:
    """A file on the network.

    Args:
        url: Its address.
        checksum: What it must hash to, for example `"md5:c58f…"` or `"sha256:…"`.
        answer_within: Seconds the server has to give a first answer.
    """

    url: str
    checksum: str
    answer_within: float = 8.0

    @property
    def filename(self) -> str:
        """The last part of the address: the name the archive is kept under."""
        return self.url.rsplit("/", 1)[-1]


def fetch(archive: Archive, folder: Path) -> Path:
    """Download an archive into `folder` and check it; a broken download is begun again once.

    Returns:
        The file, its checksum verified.

    Raises:
        DatasetUnavailable: No answer, or twice no whole and right file. Nothing is left behind.
        OSError: The file cannot be written.
    """
    import pooch

    _reach(archive)
    path = folder / archive.filename
    algorithm, checksum = archive.checksum.split(":")
    for _ in range(ATTEMPTS):
        trouble = _download(archive, path)
        if not trouble and pooch.file_hash(path, alg=algorithm) == checksum:
            return path
        trouble = trouble or "it does not have the right checksum"
        path.unlink(missing_ok=True)
    raise DatasetUnavailable(f"{archive.url} was fetched {ATTEMPTS} times in vain: {trouble}")


def _reach(archive: Archive) -> None:
    """Ask the server for a first sign of life, so that an absent network is noticed in seconds.

    Looking up a host's name has no time limit of its own and can hang for minutes. It is done in a
    thread that we stop waiting for.
    """
    import requests

    answers = []

    def ask():
        try:
            requests.head(archive.url, timeout=archive.answer_within, allow_redirects=True)
            answers.append("")
        except requests.RequestException as error:
            answers.append(_first_cause(error))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(archive.answer_within)
    trouble = answers[0] if answers else f"no answer within {archive.answer_within:g} seconds"
    if trouble:
        raise DatasetUnavailable(f"{archive.url} cannot be reached: {trouble}")


def _download(archive: Archive, path: Path) -> str:
    """One attempt; returns what went wrong, or an empty string."""
    import pooch
    import requests

    download = pooch.HTTPDownloader(
        chunk_size=1 << 16,
        timeout=(archive.answer_within, SILENCE),
        progressbar=somebody_watches(),
    )
    try:
        download(archive.url, str(path), None)
    except requests.RequestException as error:
        return _first_cause(error)
    return ""


def _first_cause(error: BaseException) -> str:
    """The innermost message of a chain of errors: "Connection refused", not five wrappers."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__
    return str(error) or type(error).__name__


def unpack(path: Path, folder: Path) -> None:
    """Unpack a tar or zip archive, refusing one with a member that would land outside `folder`.

    Raises:
        DatasetUnavailable: The archive is damaged, or reaches outside.
        OSError: A file cannot be written.
    """
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                _refuse_outsiders(path, archive.namelist(), folder)
                archive.extractall(folder)
        else:
            with tarfile.open(path) as archive:
                _refuse_outsiders(path, archive.getnames(), folder)
                _refuse_links(path, archive.getmembers())
                # Python before 3.11.4 has no filters; the checks above do what we want of them.
                filters = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
                archive.extractall(folder, **filters)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        raise DatasetUnavailable(f"{path.name} is damaged: {error}") from error


def _refuse_outsiders(path: Path, names: list[str], folder: Path) -> None:
    """Raise at the first member name that leads out of `folder`, before anything is written."""
    inside = folder.resolve()
    for name in names:
        if not (inside / name).resolve().is_relative_to(inside):
            raise DatasetUnavailable(f"{path.name} reaches outside its folder: {name!r}")


def _refuse_links(path: Path, members: list[tarfile.TarInfo]) -> None:
    """Raise at the first member that is neither a file nor a folder: a link can lead anywhere."""
    for member in members:
        if not (member.isfile() or member.isdir()):
            raise DatasetUnavailable(f"{path.name} reaches outside its folder: {member.name!r}")
