"""What can go wrong on the way to a data set: each a clear error or a recovery, no debris.

A tiny archive in CIFAR-10's own format is served from this machine. Whatever a test does, the data
folder afterwards holds finished files only.
"""

import errno
import hashlib
import io
import multiprocessing
import os
import pickle
import resource
import shutil
import signal
import socket
import subprocess
import tarfile
import tempfile
import threading
import time
import warnings
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.datasets import CIFAR10

from dlcv.data import DatasetUnavailable
from dlcv.data.archives import Archive, fetch, unpack
from dlcv.data.cifar10 import cifar_recipe
from dlcv.data.recipes import obtain
from dlcv.data.store import UNFINISHED, load_arrays, save_arrays

CLASSES = ("bird", "cat", "dog")
COUNTS = {"train": 30, "test": 12}
RNG = np.random.RandomState(7)
PIXELS = {split: RNG.randint(0, 256, (n, 3, 32, 32), dtype=np.uint8) for split, n in COUNTS.items()}
LABELS = {split: np.arange(n) % 3 for split, n in COUNTS.items()}


# ---- a small CIFAR-10 on a server of our own


def tar_gz(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


FILES = {
    f"cifar-10-batches-py/{split}_batch": pickle.dumps(
        {"data": PIXELS[split].reshape(-1, 3072), "labels": LABELS[split].tolist()}
    )
    for split in COUNTS
}
FILES["cifar-10-batches-py/batches.meta"] = pickle.dumps({"label_names": list(CLASSES)})
ARCHIVE = tar_gz(FILES)


class Server(ThreadingHTTPServer):
    """Serves `content`; `behavior` says how the next downloads go: whole, half, wrong, hang."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.behavior, self.downloads = ARCHIVE, [], 0
        self.url = f"http://127.0.0.1:{self.server_port}/small.tar.gz"


class Handler(BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.send_response(200)
        self.end_headers()

    def do_GET(self):
        self.server.downloads += 1
        behavior = self.server.behavior.pop(0) if self.server.behavior else "whole"
        content = self.server.content
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if behavior == "wrong":
            content = content[:-1] + b"?"
        if behavior in ("half", "hang"):
            content = content[: len(content) // 2]
        self.wfile.write(content)
        self.wfile.flush()
        if behavior == "hang":
            time.sleep(30)

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    server = Server()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def small_recipe(url, checksum):
    """A recipe as CIFAR-10's, through torchvision's own reader, for our small archive."""

    def find_small_cifar():
        facts = {"url": url, "tgz_md5": checksum}
        for split in COUNTS:
            batch = FILES[f"cifar-10-batches-py/{split}_batch"]
            facts[f"{split}_list"] = [[f"{split}_batch", md5(batch)]]
        meta = FILES["cifar-10-batches-py/batches.meta"]
        facts["meta"] = {"filename": "batches.meta", "key": "label_names", "md5": md5(meta)}
        return type("SmallCIFAR10", (CIFAR10,), facts)

    return cifar_recipe("small", CLASSES, find_small_cifar)


@pytest.fixture
def source(server):
    """Address and checksum of the small archive."""
    return server.url, md5(ARCHIVE)


@pytest.fixture
def recipe(source):
    return small_recipe(*source)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """The data set's folder, not yet there; the environment leads to it."""
    monkeypatch.setenv("DLCV_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("DLCV_OFFLINE", raising=False)
    return tmp_path / "data" / "small"


def assert_right(loaded, split="train"):
    assert np.array_equal(loaded.images, PIXELS[split])
    assert np.array_equal(loaded.labels, LABELS[split])
    assert loaded.classes == CLASSES


def assert_only_finished_files(home, *names):
    present = {path.name for path in home.iterdir() if path.name != ".lock"}
    assert present == set(names)


def put_images(home, split="train", ending="png"):
    """Write the pictures as an image folder, losslessly."""
    for index, (pixels, label) in enumerate(zip(PIXELS[split], LABELS[split], strict=True)):
        folder = home / split / CLASSES[label]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels.transpose(1, 2, 0)).save(folder / f"{index:04d}.{ending}")


def assert_from_folder(loaded, split="train"):
    order = np.argsort(LABELS[split], kind="stable")  # an image folder comes class by class
    assert np.array_equal(loaded.images, PIXELS[split][order])
    assert np.array_equal(loaded.labels, LABELS[split][order])


# ---- what other processes do (each starts clean from a server without threads)

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["torchvision.datasets", "requests", "pooch", "filelock"])


def load(source):
    return len(obtain(small_recipe(*source), "train"))


def load_together(source, start):
    start.wait()
    assert_right(obtain(small_recipe(*source), "train"))


def load_and_be_killed(source):
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # the system kills at the 20,001st byte
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return load_with_little_room(source)


def load_with_little_room(source):
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
    return load(source)


def load_without_privileges(source):
    """As a user to whom a folder of mode 555 is read-only (root may write anywhere)."""
    Image.init()  # what is imported late must be imported before: Python may be root's own
    if os.geteuid() == 0:
        os.setgid(65534)
        os.setuid(65534)
    return load(source)


def report(sender, environment, action, arguments):
    """Run `action` in this process; send what it returned or raised, and its warnings."""
    os.environ.update(environment)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            outcome = action(*arguments)
        except Exception as error:
            outcome = f"{type(error).__name__}: {error}"
    sender.send((outcome, [str(warning.message) for warning in caught]))


def begin(action, *arguments):
    """Start a process; returns it and the end of a pipe that its report comes out of."""
    receiver, sender = PROCESSES.Pipe(duplex=False)
    environment = {name: os.environ[name] for name in ("DLCV_DATA", "NO_PROXY")}
    child = PROCESSES.Process(target=report, args=(sender, environment, action, arguments))
    child.start()
    sender.close()
    return child, receiver


def end(child, receiver):
    """Wait for a process; returns its exit code, what it returned or raised, its warnings."""
    try:
        outcome, warned = receiver.recv() if receiver.poll(60) else ("no report in 60 s", [])
    except EOFError:
        outcome, warned = "killed", []
    child.kill() if outcome == "no report in 60 s" else child.join(60)
    return child.exitcode, outcome, warned


# ---- download


def test_a_download_is_read_and_both_splits_are_kept(recipe, server, home):
    assert_right(obtain(recipe, "train"))
    assert_right(obtain(recipe, "test"), "test")
    assert server.downloads == 1
    assert_only_finished_files(home, "train.npz", "test.npz")


def test_offline_the_network_is_not_touched(recipe, server, home, monkeypatch):
    monkeypatch.setenv("DLCV_OFFLINE", "1")
    with pytest.raises(DatasetUnavailable, match="DLCV_OFFLINE"):
        obtain(recipe, "train")
    assert server.downloads == 0
    assert not home.exists()


@pytest.mark.parametrize("broken", ["half", "wrong"])
def test_a_truncated_or_altered_archive_is_fetched_again(recipe, server, home, broken):
    server.behavior = [broken]
    assert_right(obtain(recipe, "train"))
    assert server.downloads == 2
    assert_only_finished_files(home, "train.npz", "test.npz")


@pytest.mark.parametrize("broken", ["half", "wrong"])
def test_an_archive_broken_twice_is_given_up(recipe, server, home, broken):
    server.behavior = [broken, broken]
    with pytest.raises(DatasetUnavailable, match="incomplete|IncompleteRead|checksum"):
        obtain(recipe, "train")
    assert_only_finished_files(home)


def test_a_damaged_archive_with_the_right_checksum_is_named(server, home):
    server.content = ARCHIVE[: len(ARCHIVE) // 2]
    with pytest.raises(DatasetUnavailable, match="small.tar.gz is damaged"):
        obtain(small_recipe(server.url, md5(server.content)), "train")
    assert_only_finished_files(home)


def test_a_server_that_never_answers_is_given_up_in_seconds(tmp_path):
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as mute:  # listens, but serves nobody
        url = f"http://127.0.0.1:{mute.server_port}/x.tar.gz"
        start = time.monotonic()
        with pytest.raises(DatasetUnavailable, match="cannot be reached"):
            fetch(Archive(url, "md5:0", answer_within=0.5), tmp_path)
        assert time.monotonic() - start < 5


def test_a_name_that_is_never_looked_up_is_given_up_in_seconds(tmp_path, monkeypatch):
    def look_up_in_vain(*args, **kwargs):
        time.sleep(3)
        raise socket.gaierror("gave up")

    monkeypatch.setattr(socket, "getaddrinfo", look_up_in_vain)
    start = time.monotonic()
    with pytest.raises(DatasetUnavailable, match="no answer within 0.5 seconds"):
        fetch(Archive("http://localhost:9/x", "md5:0", answer_within=0.5), tmp_path)
    assert time.monotonic() - start < 2.5


def test_a_refused_connection_is_told_in_few_words(tmp_path):
    with pytest.raises(DatasetUnavailable, match="Connection refused"):
        fetch(Archive("http://127.0.0.1:9/x.tar.gz", "md5:0"), tmp_path)
    assert list(tmp_path.iterdir()) == []


# ---- archives that reach outside


def link(name, target):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, target
    return member


@pytest.mark.parametrize("name", ["../evil", "good/../../evil", "{absolute}/evil"])
@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_an_archive_cannot_write_outside_its_folder(tmp_path, kind, name):
    path, inside = tmp_path / "archive", tmp_path / "inside"
    name = name.format(absolute=tmp_path)
    inside.mkdir()
    if kind == "tar":
        path.write_bytes(tar_gz({"good/file": b"1", name: b"2"}))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("good/file", "1")
            archive.writestr(name, "2")
    with pytest.raises(DatasetUnavailable, match="outside its folder.*evil"):
        unpack(path, inside)
    assert list(inside.iterdir()) == [], "nothing is written before the check"
    assert not (tmp_path / "evil").exists()


def test_an_archive_cannot_write_through_a_link(tmp_path):
    path, inside = tmp_path / "archive", tmp_path / "inside"
    inside.mkdir()
    with tarfile.open(path, "w") as archive:
        archive.addfile(link("door", str(tmp_path)))
        member = tarfile.TarInfo("door/evil")
        archive.addfile(member, io.BytesIO(b""))
    with pytest.raises(DatasetUnavailable, match="outside its folder"):
        unpack(path, inside)
    assert not (tmp_path / "evil").exists()


# ---- interrupted, at the same time, damaged


def test_a_process_killed_while_it_writes_leaves_no_half_file(recipe, source, home):
    put_images(home)
    exit_code, outcome, _ = end(*begin(load_and_be_killed, source))
    assert (exit_code, outcome) == (-signal.SIGXFSZ, "killed")
    assert (home / "train.npz.unfinished").exists(), "killed too early"
    assert not (home / "train.npz").exists()
    assert_from_folder(obtain(recipe, "train"))
    assert_only_finished_files(home, "train", "train.npz")


def test_a_process_killed_while_it_downloads_leaves_no_half_file(recipe, source, server, home):
    server.behavior = ["hang"]
    child, _ = begin(load, source)
    deadline = time.monotonic() + 60
    while not list(home.glob(f"{UNFINISHED}*/small.tar.gz")) and time.monotonic() < deadline:
        time.sleep(0.01)
    child.kill()
    child.join(60)
    assert list(home.glob(f"{UNFINISHED}*/*")), "killed too early"
    assert_right(obtain(recipe, "train"))
    assert_only_finished_files(home, "train.npz", "test.npz")


def test_two_processes_at_once_download_once_and_both_get_the_data(source, server, home):
    start = PROCESSES.Barrier(2)
    children = [begin(load_together, source, start) for _ in range(2)]
    assert [end(*child) for child in children] == [(0, None, []), (0, None, [])]
    assert server.downloads == 1
    assert_only_finished_files(home, "train.npz", "test.npz")


def test_a_cache_cut_short_is_replaced(recipe, server, home):
    obtain(recipe, "train")
    whole = (home / "train.npz").read_bytes()
    for length in (0, 10, len(whole) // 2, len(whole) - 1):
        (home / "train.npz").write_bytes(whole[:length])
        assert_right(obtain(recipe, "train"))
    assert server.downloads == 5
    assert load_arrays(home / "train.npz") is not None


def test_one_altered_byte_anywhere_in_the_cache_never_alters_the_data(tmp_path):
    path = tmp_path / "x.npz"
    save_arrays(path, PIXELS["test"], LABELS["test"], {"source": "here"})
    whole, noticed = path.read_bytes(), 0
    for position in range(0, len(whole), 97):
        altered = bytearray(whole)
        altered[position] ^= 0xFF
        path.write_bytes(altered)
        loaded = load_arrays(path)
        noticed += loaded is None
        if loaded is not None:  # a byte that means nothing, such as a time of day
            assert np.array_equal(loaded[0], PIXELS["test"])
            assert np.array_equal(loaded[1], LABELS["test"])
            assert loaded[2] == {"source": "here"}
    assert noticed > 0.95 * len(range(0, len(whole), 97))


def test_a_damaged_cache_is_named_where_nothing_can_replace_it(recipe, home, monkeypatch):
    obtain(recipe, "train")
    (home / "train.npz").write_bytes(b"half")
    monkeypatch.setenv("DLCV_OFFLINE", "1")
    with pytest.raises(DatasetUnavailable, match=r"train\.npz is damaged"):
        obtain(recipe, "train")
    assert_right(obtain(recipe, "test"), "test")


# ---- image folders


@pytest.mark.parametrize("ending", ["png", "jpg", "JPEG"])
def test_an_image_folder_is_decoded_and_then_cached(recipe, server, home, ending):
    put_images(home, ending=ending)
    loaded = obtain(recipe, "train")
    assert len(loaded) == COUNTS["train"]
    if ending == "png":
        assert_from_folder(loaded)
    shutil.rmtree(home / "train")
    assert torch.equal(obtain(recipe, "train").images, loaded.images), "the cache is enough"
    assert server.downloads == 0
    assert_only_finished_files(home, "train.npz")


def test_a_changed_image_folder_is_decoded_anew(recipe, home):
    put_images(home)
    before = obtain(recipe, "train")
    Image.new("RGB", (32, 32), "red").save(home / "train" / "bird" / "0000.png")
    after = obtain(recipe, "train")
    assert after.images[0, :, 0, 0].tolist() == [255, 0, 0]
    assert torch.equal(after.images[1:], before.images[1:])
    (home / "train" / "bird" / "0000.png").unlink()
    assert len(obtain(recipe, "train")) == COUNTS["train"] - 1


def spoil(home, how):
    picture = home / "train" / "cat" / "0001.png"
    if how == "corrupt image":
        picture.write_bytes(b"this is no picture")
    elif how == "truncated image":
        picture.write_bytes(picture.read_bytes()[:1000])
    elif how == "other size":
        Image.new("RGB", (40, 32)).save(picture)
    elif how == "class missing":
        shutil.rmtree(home / "train" / "cat")
    elif how == "class empty":
        [path.unlink() for path in (home / "train" / "cat").iterdir()]
    elif how == "class unknown":
        (home / "train" / "catt").mkdir()


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("corrupt image", ["cat/0001.png", "cannot be decoded"]),
        ("truncated image", ["cat/0001.png", "cannot be decoded"]),
        ("other size", ["cat/0001.png", "32 × 40", "32 × 32"]),
        ("class missing", ["no images of: cat"]),
        ("class empty", ["no images of: cat"]),
        ("class unknown", ["do not belong there: catt"]),
    ],
)
def test_a_spoiled_image_folder_is_refused_and_the_culprit_named(recipe, home, how, words):
    put_images(home)
    spoil(home, how)
    with pytest.raises(DatasetUnavailable) as caught:
        obtain(recipe, "train")
    for word in words:
        assert word in str(caught.value)
    assert_only_finished_files(home, "train")


def test_an_empty_image_folder_gives_way_to_the_download(recipe, home, monkeypatch):
    (home / "train" / "cat").mkdir(parents=True)
    monkeypatch.setenv("DLCV_OFFLINE", "1")
    with pytest.raises(DatasetUnavailable, match="train holds no images"):
        obtain(recipe, "train")
    monkeypatch.delenv("DLCV_OFFLINE")
    assert_right(obtain(recipe, "train"))


# ---- no permission, no room


def test_a_file_in_place_of_the_folder_is_named(recipe, server, home):
    home.parent.write_text("in the way")
    with pytest.raises(DatasetUnavailable, match="cannot be written to"):
        obtain(recipe, "train")
    assert server.downloads == 0


@pytest.fixture
def shut(monkeypatch):
    """A data set's folder that everybody can reach and nobody can write to, once it is shut."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "small"
        home.mkdir()
        os.chmod(folder, 0o755)
        monkeypatch.setenv("DLCV_DATA", folder)
        yield home
        home.chmod(0o755)


def test_a_read_only_image_folder_is_loaded_without_a_cache(source, shut):
    put_images(shut)
    shut.chmod(0o555)
    exit_code, outcome, warned = end(*begin(load_without_privileges, source))
    assert (exit_code, outcome) == (0, COUNTS["train"])
    assert "not cached" in warned[0] and "Permission denied" in warned[0]
    assert [path.name for path in shut.iterdir()] == ["train"]


def test_without_permission_to_write_the_download_says_so(source, server, shut):
    shut.chmod(0o555)
    _, message, _ = end(*begin(load_without_privileges, source))
    assert message.startswith("DatasetUnavailable") and "Permission denied" in message
    assert server.downloads == 0
    assert list(shut.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path, monkeypatch):
    """A disk of 64 kB: too small for the data."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("needs the right to mount a tmpfs (root on Linux)")
    monkeypatch.setenv("DLCV_DATA", str(disk))
    yield disk / "small"
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_full_disk_stops_the_download_cleanly(recipe, small_disk):
    with pytest.raises(DatasetUnavailable, match=os.strerror(errno.ENOSPC)):
        obtain(recipe, "train")
    assert_only_finished_files(small_disk)


def test_on_a_full_disk_an_image_folder_is_loaded_without_a_cache(recipe, small_disk):
    folder = small_disk / "train"
    for label, name in enumerate(CLASSES):
        (folder / name).mkdir(parents=True)
        Image.new("RGB", (32, 32), (label, 0, 0)).save(folder / name / "0.png")
    (small_disk.parent / "filler").write_bytes(bytes(44 * 1024))
    with pytest.warns(UserWarning, match="not cached.*" + os.strerror(errno.ENOSPC)):
        assert len(obtain(recipe, "train")) == 3
    assert_only_finished_files(small_disk, "train")


def test_a_download_that_finds_no_room_leaves_nothing_half_written(source, home):
    _, message, _ = end(*begin(load_with_little_room, source))
    assert message.startswith("DatasetUnavailable") and "too large" in message
    assert_only_finished_files(home)


def test_a_cache_that_finds_no_room_leaves_nothing_half_written(source, home):
    put_images(home)
    _, outcome, warned = end(*begin(load_with_little_room, source))
    assert outcome == COUNTS["train"] and "not cached" in warned[0]
    assert_only_finished_files(home, "train")
