"""`dlcv.data`: the data sets that are always there, `ImageData` and `load`'s arguments."""

import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from dlcv import data
from dlcv.data.images import ImageData, balanced_order

CODE = Path(__file__).parents[2] / "code"


@pytest.fixture(autouse=True)
def empty_folder_and_no_network(tmp_path, monkeypatch):
    monkeypatch.setenv("DLCV_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DLCV_OFFLINE", "1")

    def refuse(*args, **kwargs):
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def small(count=6, classes=("a", "b", "c")):
    images = torch.arange(count * 12, dtype=torch.uint8).reshape(count, 3, 2, 2)
    labels = torch.arange(count) % len(classes)
    return ImageData(images, labels, classes, name="small", split="train")


# ---- ImageData


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"images": torch.zeros(6, 3, 2, 2)}, TypeError, ["images", "float32", "uint8"]),
        ({"images": np.zeros((6, 3, 2, 2), np.uint8)}, TypeError, ["images", "ndarray"]),
        ({"images": torch.zeros(6, 2, 2, dtype=torch.uint8)}, ValueError, ["images", "(6, 2, 2)"]),
        ({"labels": torch.zeros(6, dtype=torch.int32)}, TypeError, ["labels", "int32", "int64"]),
        ({"labels": torch.zeros(5, dtype=torch.int64)}, ValueError, ["6 images", "5 labels"]),
        ({"labels": torch.full((6,), 3)}, ValueError, ["labels", "from 3 to 3", "0 to 2"]),
        ({"labels": torch.full((6,), -1)}, ValueError, ["labels", "-1"]),
    ],
)
def test_image_data_refuses_what_does_not_fit_and_names_it(change, error, words):
    good = small()
    fields = {"images": good.images, "labels": good.labels, "classes": good.classes}
    with pytest.raises(error) as caught:
        ImageData(**{**fields, **change}, name="x", split="train")
    for word in words:
        assert word in str(caught.value)


def test_floats_run_from_zero_to_one():
    images = torch.tensor([0, 51, 255], dtype=torch.uint8).reshape(1, 3, 1, 1)
    floats = ImageData(images, torch.tensor([0]), ("a",), "x", "train").floats()
    assert floats.dtype == torch.float32
    assert floats.flatten().tolist() == pytest.approx([0.0, 0.2, 1.0])


@pytest.mark.parametrize(
    "indices",
    [[4, 1], torch.tensor([4, 1]), np.array([4, 1])],
    ids=["list", "tensor", "array"],
)
def test_a_subset_keeps_images_and_labels_together(indices):
    part = small().subset(indices)
    assert part.labels.tolist() == [1, 1]
    assert torch.equal(part.images, small().images[[4, 1]])


def test_a_subset_may_be_a_mask_a_slice_or_empty():
    everything = small()
    assert everything.subset(everything.labels == 2).labels.tolist() == [2, 2]
    assert everything.subset(slice(1, 3)).labels.tolist() == [1, 2]
    assert len(everything.subset([])) == 0


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_data_moves_to_the_device_and_batches_are_cut_there():
    moved = small().to("cuda")
    assert moved.images.is_cuda and moved.labels.is_cuda
    images, labels = next(iter(data.batches(moved, 4)))
    assert images.is_cuda and labels.is_cuda
    assert moved.subset([4, 1]).labels.tolist() == [1, 1]


# ---- the class-balanced order


def test_every_beginning_of_the_balanced_order_has_the_classes_equally_often():
    labels = torch.arange(7).repeat_interleave(20)  # sorted by class, as image folders are
    order = balanced_order(labels)
    assert sorted(order.tolist()) == list(range(140))
    for count in (7, 14, 70):
        assert labels[order[:count]].bincount().tolist() == [count // 7] * 7
    assert labels[order[:7]].tolist() != list(range(7)), "the classes should not come sorted"


def test_the_balanced_order_uses_up_unequal_classes():
    labels = torch.tensor([0] * 10 + [1] * 2)
    assert labels[balanced_order(labels)[:4]].bincount().tolist() == [2, 2]


# ---- digits


def test_digits_are_scikit_learns_digits():
    original = load_digits()
    rows = {row.tobytes() for row in original.images.astype(np.uint8)}
    train, test = data.load("digits"), data.load("digits", "test")
    assert len(train) + len(test) == len(original.images) == 1797
    for part in (train, test):
        assert part.images.shape[1:] == (1, 8, 8)
        levels = (part.images[:, 0].float() * 16 / 255).round().to(torch.uint8).numpy()
        assert {row.tobytes() for row in levels} <= rows
    assert train.images.max() == 255


def test_digits_keep_their_labels():
    original = load_digits()
    label_of = dict(zip(map(bytes, original.images.astype(np.uint8)), original.target, strict=True))
    for part in (data.load("digits"), data.load("digits", "test")):
        levels = (part.images[:, 0].float() * 16 / 255).round().to(torch.uint8).numpy()
        assert [label_of[bytes(image)] for image in levels] == part.labels.tolist()


def test_the_digits_split_is_fixed_and_stratified():
    train, test = data.load("digits"), data.load("digits", "test")
    share = test.labels.bincount() / (train.labels.bincount() + test.labels.bincount())
    assert share.min() > 0.19 and share.max() < 0.21
    assert torch.equal(train.images, data.load("digits").images)


# ---- load


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"name": "cifar11"}, ["name", "'cifar11'", "'cifar10'", "'digits'", "'scenes'"]),
        ({"name": "digits", "split": "validation"}, ["split", "'validation'", "'train', 'test'"]),
        ({"name": "digits", "limit": 0}, ["limit", "0", "at least 1"]),
        ({"name": "cifar10", "fallback": "mnist"}, ["fallback", "'mnist'", "'scenes'"]),
        ({"name": "cifar10", "fallback": "digits"}, ["fallback", "(1, 8, 8)", "(3, 32, 32)"]),
    ],
)
def test_a_wrong_argument_is_named_with_what_came_and_what_is_wanted(arguments, words):
    with pytest.raises(ValueError) as caught:
        data.load(**arguments)
    for word in words:
        assert word in str(caught.value)


def test_a_limit_takes_every_class_equally_often():
    assert data.load("digits", limit=50).labels.bincount().tolist() == [5] * 10


def test_a_limit_larger_than_the_data_takes_all_of_it():
    assert len(data.load("digits", "test", limit=10_000)) == 360


@pytest.mark.parametrize("split", ["train", "test"])
def test_scenes_are_labeled_and_balanced(split):
    scenes = data.load("scenes", split, limit=100)
    assert (scenes.name, scenes.split) == ("scenes", split)
    assert scenes.images.shape == (100, 3, 32, 32)
    assert scenes.labels.bincount(minlength=10).tolist() == [10] * 10


def test_without_data_and_network_the_error_names_three_ways_out(tmp_path):
    with pytest.raises(data.DatasetUnavailable) as caught:
        data.load("cifar10")
    message = str(caught.value)
    assert "DLCV_OFFLINE" in message
    assert str(tmp_path / "data" / "cifar10" / "train") in message
    assert 'fallback="scenes"' in message
    assert not (tmp_path / "data").exists(), "asking should leave nothing behind"


def test_with_a_fallback_one_line_says_why_and_what_is_used_instead(capsys):
    stand_in = data.load("cifar10", "test", fallback="scenes", limit=40)
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    assert all(word in printed for word in ("cifar10", "DLCV_OFFLINE", "scenes"))
    assert stand_in.name == "scenes"
    assert stand_in.images.shape == (40, 3, 32, 32)
    assert len(stand_in.classes) == 10


def test_cifar10_comes_from_its_authors_with_the_checksum_they_publish():
    from dlcv.data.cifar10 import RECIPE

    (archive,) = RECIPE.archives()
    assert archive.url == "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
    assert archive.checksum == "md5:c58f30108f718f92721af3b95e74349a"  # on the page of that address
    assert (RECIPE.classes[0], RECIPE.classes[6], RECIPE.classes[9]) == (
        "airplane",
        "frog",
        "truck",
    )


def test_the_folder_follows_the_environment(monkeypatch, tmp_path):
    assert data.folder() == tmp_path / "data"
    monkeypatch.setenv("DLCV_DATA", "~/elsewhere")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert data.folder() == tmp_path / "elsewhere"
    monkeypatch.delenv("DLCV_DATA")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert data.folder().name == "dlcv"


# ---- photos


@pytest.mark.parametrize("name", data.photos.names())
def test_each_photo_is_there_without_a_network(name):
    photo = data.photos.load(name)
    assert photo.dtype == torch.uint8
    assert photo.shape[0] in (1, 3) and min(photo.shape[1:]) >= 100
    assert photo.float().std() > 5, "a picture is not one flat gray"
    assert data.photos.credit(name)


def test_the_astronaut_is_in_color_and_the_right_way_around():
    from skimage import data as originals

    assert np.array_equal(data.photos.load("astronaut").permute(1, 2, 0), originals.astronaut())
    assert np.array_equal(data.photos.load("camera")[0], originals.camera())


def test_an_unknown_photo_is_named():
    with pytest.raises(ValueError, match="name: got 'lena', wanted one of astronaut"):
        data.photos.load("lena")


def test_a_gray_photo_is_the_mean_of_the_channels_and_may_be_made_smaller():
    whole = data.photos.gray("coffee")
    pixels = data.photos.load("coffee").numpy() / 255  # (3, 400, 600)
    np.testing.assert_allclose(whole, pixels.mean(axis=0), rtol=0, atol=1e-15)
    small = data.photos.gray("coffee", 100)
    blocks = whole[:, :400].reshape(100, 4, 100, 4).mean(axis=(1, 3))
    np.testing.assert_allclose(small, blocks, rtol=0, atol=1e-15)
    with pytest.raises(ValueError, match="side: got 401, wanted 1 to 400"):
        data.photos.gray("coffee", 401)


def test_pieces_are_cut_from_the_photographs():
    photos = torch.arange(2 * 3 * 8 * 9).reshape(2, 3, 8, 9)
    pieces = data.photos.pieces(photos, 200, 4, torch.Generator().manual_seed(0))
    again = data.photos.pieces(photos, 200, 4, torch.Generator().manual_seed(0))
    assert pieces.shape == (200, 3, 4, 4) and torch.equal(pieces, again)
    corners = set()
    for piece in pieces:
        n, rest = divmod(int(piece[0, 0, 0]), 3 * 8 * 9)  # the number is the place
        y, x = divmod(rest, 9)
        assert torch.equal(piece, photos[n, :, y : y + 4, x : x + 4])
        corners.add((n, y, x))
    assert {y for _, y, _ in corners} == set(range(5)) and {n for n, _, _ in corners} == {0, 1}
    assert {x for _, _, x in corners} == set(range(6))


def test_pieces_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="side: got 9, wanted 1 to 8"):
        data.photos.pieces(torch.zeros(2, 3, 8, 9), 1, 9)
    with pytest.raises(ValueError, match="photos: got shape"):
        data.photos.pieces(torch.zeros(3, 8, 9), 1, 4)


def test_the_disparity_leads_from_the_left_picture_to_the_same_thing_in_the_right():
    left, right, disparity = data.photos.stereo()
    left, right = left.float().mean(0), right.float().mean(0)
    columns = torch.arange(disparity.shape[1]).expand_as(disparity)

    def mismatch(matches):
        inside = matches.isfinite() & (matches >= 0) & (matches <= columns.max())
        chosen = matches.nan_to_num(0).round().long().clamp(0, columns.max())
        return (left - right.gather(1, chosen)).abs()[inside].mean()

    assert mismatch(columns - disparity) < 0.5 * mismatch(columns.float())
    assert mismatch(columns - disparity) < 0.5 * mismatch(columns + disparity)


def test_faces_are_labeled():
    faces = data.photos.faces()
    assert faces.images.shape == (200, 1, 25, 25)
    black = (faces.images == 0).float().mean(dim=(1, 2, 3))  # wedges left by turned photographs
    assert black[faces.labels == 1].mean() < 0.05 < black[faces.labels == 0].mean()
    assert faces.classes[1] == "face"


# ---- the package


def test_importing_the_package_loads_no_torch():
    code = "import sys, dlcv; print(dlcv.__version__); assert 'torch' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=CODE)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()[0].isdigit()
