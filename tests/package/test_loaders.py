"""`dlcv.data`: batches in memory, streams, sharing among processes, augmentation."""

import multiprocessing
import os
import signal
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.distributed as dist
from PIL import Image
from torch.utils.data import DataLoader, Dataset, TensorDataset
from torchvision.transforms import functional as torchvision

from dlcv import data
from dlcv.data.augment import crop_and_flip, cut_out
from dlcv.data.images import ImageData
from dlcv.data.loaders import as_batches, to_device

MEAN, STD = (0.4, 0.5, 0.6), (0.1, 0.2, 0.3)

pytestmark = pytest.mark.usefixtures("one_thread")


def make_pair(count=30, size=4):
    """Random bytes; the label of image i is i."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(256, (count, 3, size, size), dtype=torch.uint8, generator=generator)
    return images, torch.arange(count)


class Samples(Dataset):
    """A pair of tensors, one sample at a time; `change` makes something else of each image."""

    def __init__(self, pair, change=lambda image: image):
        self.pair, self.change = pair, change

    def __len__(self):
        return len(self.pair[1])

    def __getitem__(self, index):
        return self.change(self.pair[0][index]), int(self.pair[1][index])


def both(pair, *args, **options):
    """The two loaders of the same data."""
    return data.batches(pair, *args, **options), data.stream(Samples(pair), *args, **options)


def rows_of(loader):
    """The labels of each batch, which `make_pair` made the numbers of the rows."""
    return [labels.tolist() for _, labels in loader]


def equal(one, other):
    return len(one) == len(other) and all(
        torch.equal(mine, theirs)
        for ours, others in zip(one, other, strict=True)
        for mine, theirs in zip(ours, others, strict=True)
    )


# ---- an epoch


def test_an_epoch_shows_every_row_once_and_the_last_batch_is_what_is_left():
    for loader in both(make_pair(7), 3):
        epoch = rows_of(loader)
        assert [len(rows) for rows in epoch] == [3, 3, 1] and len(loader) == 3
        assert sorted(sum(epoch, [])) == list(range(7))
        assert sum(epoch, []) != list(range(7)), "it should be shuffled"


def test_each_image_keeps_its_label_and_is_scaled_to_the_unit_interval():
    images, labels = make_pair()
    wanted = torch.from_numpy(images.numpy().astype(np.float32) / np.float32(255))
    for loader in both((images, labels), 4):
        for batch, rows in loader:
            assert batch.dtype == torch.float32
            assert torch.equal(batch, wanted[rows])


def test_without_shuffling_the_batches_are_those_of_a_data_loader():
    images, labels = make_pair()
    wanted = list(DataLoader(TensorDataset(images.float() / 255, labels), batch_size=8))
    for loader in both((images, labels), 8, shuffle=False):
        assert equal(list(loader), wanted)


def test_normalization_is_torchvision_s():
    images, labels = make_pair()
    wanted = torchvision.normalize(torchvision.convert_image_dtype(images), MEAN, STD)
    for loader in both((images, labels), 8, shuffle=False, mean=MEAN, std=STD):
        assert torch.equal(torch.cat([batch for batch, _ in loader]), wanted)


def test_looping_changes_nothing_in_the_data():
    floats, labels = make_pair()[0].float(), torch.arange(30)
    before = floats.clone()
    for loader in both((floats, labels), 8, shuffle=False, mean=MEAN, std=STD):
        first, second = list(loader), list(loader)
        assert equal(first, second)
        assert torch.equal(floats, before)


@pytest.mark.parametrize(
    "images", [torch.rand(5, 2), torch.arange(5), torch.rand(5, 2).double(), torch.rand(5, 1, 9, 9)]
)
def test_images_may_have_any_shape_and_only_bytes_are_scaled(images):
    labels = torch.rand(5, 3)
    assert equal(list(data.batches((images, labels), 5, shuffle=False)), [(images, labels)])


def test_a_loader_says_what_it_is():
    images, labels = make_pair()
    in_memory, streamed = both((images, labels), 8)
    assert in_memory.images is images and in_memory.labels is labels
    for loader in (in_memory, streamed):
        assert (loader.batch_size, loader.shuffle) == (8, True)
        assert loader.device == torch.device("cpu")
        assert "4 batches of 8, shuffled, on cpu" in repr(loader)


# ---- the order


def test_the_same_seed_gives_the_same_batches_twice_whatever_is_augmented():
    pair = make_pair()
    augment = data.Augment(crop=1, flip=True, cutout=2)
    for loader in both(pair, 4, augment=augment):
        torch.manual_seed(5)
        first = list(loader)
        torch.manual_seed(5)
        assert equal(first, list(loader))
        torch.manual_seed(6)
        assert not equal(first, list(loader))
    orders = []
    for options in ({}, {"augment": augment}, {"augment": data.Augment(flip=True)}):
        for loader in both(pair, 4, **options):
            torch.manual_seed(5)
            orders.append(rows_of(loader))
    assert orders == [orders[0]] * 6  # the stream's order is that of the batches in memory


def test_every_epoch_has_another_order():
    for loader in both(make_pair(), 30):
        assert rows_of(loader) != rows_of(loader)


def test_with_a_generator_no_epoch_depends_on_other_random_numbers():
    def two_epochs(augment):
        generator = torch.Generator().manual_seed(3)
        loader = data.batches(make_pair(), 8, augment=augment, generator=generator)
        return rows_of(loader) + rows_of(loader)

    assert two_epochs(None) == two_epochs(data.Augment(crop=1, flip=True))


def test_the_order_is_torch_s_permutation():
    torch.manual_seed(4)
    wanted = torch.randperm(30).split(8)
    torch.manual_seed(4)
    assert rows_of(data.batches(make_pair(), 8)) == [rows.tolist() for rows in wanted]


def test_workers_leave_the_global_random_numbers_alone():
    states = []
    for workers in (0, 1):
        torch.manual_seed(0)
        list(data.stream(Samples(make_pair()), 8, workers=workers))
        states.append(torch.get_rng_state())
    assert torch.equal(*states)


# ---- several processes


@pytest.mark.parametrize(("count", "batch_size", "world_size"), [(30, 8, 2), (25, 8, 3), (9, 4, 3)])
def test_the_parts_of_all_processes_together_are_the_whole_batches(count, batch_size, world_size):
    for loader in both(make_pair(count), batch_size, shuffle=False):
        whole = rows_of(loader)
        parts = [rows_of(loader.share(rank, world_size, even=False)) for rank in range(world_size)]
        for number, batch in enumerate(whole):
            mine = [part[number] if number < len(part) else [] for part in parts]
            assert mine == [batch[rank::world_size] for rank in range(world_size)]
        for rank, part in enumerate(parts):
            assert len(part) == len(loader.share(rank, world_size, even=False))


def test_even_parts_are_equally_large_and_leave_out_the_end_of_a_batch():
    for loader in both(make_pair(12), 5, shuffle=False):  # 0–4, 5–9, 10–11
        first, second = (loader.share(rank, 2, even=True) for rank in (0, 1))
        assert rows_of(first) == [[0, 2], [5, 7], [10]] and len(first) == 3
        assert rows_of(second) == [[1, 3], [6, 8], [11]] and len(second) == 3
    for loader in both(make_pair(11), 5, shuffle=False):  # the last batch is 10 alone
        assert [len(loader.share(rank, 2, even=True)) for rank in (0, 1)] == [2, 2]
        assert rows_of(loader.share(1, 2, even=True)) == [[1, 3], [6, 8]]
        assert rows_of(loader.share(1, 2, even=False)) == [[1, 3], [6, 8]]
        assert rows_of(loader.share(0, 2, even=False)) == [[0, 2, 4], [5, 7, 9], [10]]


def test_shuffled_parts_of_one_seed_are_parts_of_the_same_batches():
    for loader in both(make_pair(30), 8):
        parts = []
        for part in (loader, loader.share(0, 2, even=False), loader.share(1, 2, even=False)):
            torch.manual_seed(1)
            parts.append(rows_of(part))
        for whole, even_rows, odd_rows in zip(*parts, strict=True):
            assert (even_rows, odd_rows) == (whole[::2], whole[1::2])


def test_a_share_is_a_copy():
    for loader in both(make_pair(30), 8, mean=MEAN, std=STD):
        part = loader.share(1, 2, even=True)
        assert type(part) is type(loader) and part.batch_size == 8
        assert sum(map(len, rows_of(loader))) == 30
        assert sum(map(len, rows_of(part))) == 15


@pytest.mark.parametrize(("rank", "world_size"), [(2, 2), (-1, 2), (0, 0)])
def test_a_rank_that_does_not_exist_is_refused(rank, world_size):
    with pytest.raises(ValueError, match=f"rank: got {rank} of {world_size} processes"):
        data.batches(make_pair(), 8).share(rank, world_size, even=True)


def test_more_processes_than_images_in_a_batch_are_refused_in_training():
    small = data.batches(make_pair(), 2, shuffle=False)
    with pytest.raises(ValueError, match="got 3 processes for batches of 2, wanted at least one"):
        small.share(0, 3, even=True)
    assert len(small.share(2, 3, even=False)) == 0


def show_shared_epochs(rank, meeting, shown):
    """In a process of its own: write down the rows of two epochs."""
    dist.init_process_group("gloo", init_method=meeting, rank=rank, world_size=2)
    torch.manual_seed(rank)  # the processes draw different random numbers
    loaders = [loader.share(rank, 2, even=False) for loader in both(make_pair(20), 6)]
    shown.put((rank, [rows for loader in loaders for _ in range(2) for rows in rows_of(loader)]))
    dist.destroy_process_group()


def test_two_processes_with_other_seeds_follow_the_order_of_the_first(tmp_path):
    context = multiprocessing.get_context("fork")  # a new Python would import torch for seconds
    shown = context.Queue()
    arguments = (tmp_path / "meeting").as_uri(), shown
    processes = [
        context.Process(target=show_shared_epochs, args=(rank, *arguments)) for rank in (0, 1)
    ]
    try:
        for process in processes:
            process.start()
        parts = dict(shown.get(timeout=60) for _ in processes)
    finally:
        for process in processes:
            process.join(timeout=10)
            process.kill()
    torch.manual_seed(0)
    wanted = [rows for _ in range(4) for rows in torch.randperm(20).split(6)]
    assert parts[0] == [rows[::2].tolist() for rows in wanted]
    assert parts[1] == [rows[1::2].tolist() for rows in wanted]


# ---- streams


def test_workers_give_what_the_main_process_gives_epoch_after_epoch():
    alone, helped = (data.stream(Samples(make_pair()), 4, workers=count) for count in (0, 2))
    for seed in (0, 1):
        torch.manual_seed(seed)
        wanted = list(alone)
        torch.manual_seed(seed)
        assert equal(list(helped), wanted)


@pytest.mark.parametrize(("mode", "shape"), [("RGB", (3, 4, 6)), ("L", (1, 4, 6))])
def test_a_stream_takes_pil_images(mode, shape):
    array = np.arange(24 * shape[0], dtype=np.uint8).reshape(4, 6, shape[0])
    image = Image.fromarray(array.squeeze(), mode)
    ((batch, labels),) = data.stream([(image, 7)], 1)
    assert labels.tolist() == [7]
    assert torch.equal(batch[0], torch.from_numpy(array).permute(2, 0, 1) / 255)
    assert batch.shape[1:] == shape


def test_a_worker_that_dies_is_explained_and_the_next_epoch_has_new_ones():
    pair, parent = make_pair(8), os.getpid()
    alive = torch.zeros(1).share_memory_()

    def die(image):
        if os.getpid() != parent and not alive:
            os.kill(os.getpid(), signal.SIGKILL)
        return image

    loader = data.stream(Samples(pair, die), 4, workers=1)
    with pytest.raises(RuntimeError, match=r"worker process .* has died.*memory.*/dev/shm"):
        list(loader)
    alive.fill_(1)
    assert sorted(sum(rows_of(loader), [])) == list(range(8))


def test_an_error_in_the_data_set_comes_through():
    def fail(image):
        raise RuntimeError("this picture is broken")

    for workers in (0, 1):
        with pytest.raises(RuntimeError, match="this picture is broken") as caught:
            list(data.stream(Samples(make_pair(), fail), 4, workers=workers))
        assert "has died" not in str(caught.value)


@pytest.mark.parametrize(
    ("samples", "error", "words"),
    [
        ([(np.zeros((3, 4, 4)), 0)], TypeError, "got ndarray, wanted a tensor .* or a PIL image"),
        ([torch.rand(3, 4, 4)], TypeError, "got Tensor, wanted \\(image, label\\)"),
        (
            [(torch.rand(3, 4, 4), 0), (torch.rand(3, 5, 4), 0)],
            ValueError,
            r"\(3, 4, 4\), \(3, 5, 4\), wanted one",
        ),
    ],
)
def test_a_sample_that_does_not_fit_is_named(samples, error, words):
    with pytest.raises(error, match=words):
        list(data.stream(samples, 2))


# ---- arguments


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"batch_size": 0}, ValueError, "batch_size: got 0, wanted at least 1"),
        ({"mean": MEAN}, ValueError, r"got \(0.4, 0.5, 0.6\) and None, wanted both"),
        ({"std": STD}, ValueError, r"got None and \(0.1, 0.2, 0.3\), wanted both"),
        ({"mean": MEAN, "std": (0.1,)}, ValueError, "got 3 and 1 numbers"),
        ({"mean": (0.5,), "std": (0.1,)}, ValueError, r"got 1 numbers .*\(\d+, 3, 4, 4\)"),
        ({"mean": MEAN, "std": (0.1, 0, 0.1)}, ValueError, "std above 0"),
        ({"mean": (0.1, float("nan"), 0.1), "std": STD}, ValueError, "finite"),
        ({"augment": "flip"}, TypeError, "augment: got str"),
        ({"augment": data.Augment(crop=4)}, ValueError, "crop: got 4 for images of 4 × 4"),
    ],
)
def test_an_argument_that_does_not_fit_is_named(change, error, words):
    for make, source in ((data.batches, make_pair()), (data.stream, Samples(make_pair()))):
        with pytest.raises(error, match=words):
            list(make(source, **{"batch_size": 8, **change}))


@pytest.mark.parametrize(
    ("source", "error", "words"),
    [
        (torch.rand(4, 2), TypeError, "data: got Tensor, wanted an ImageData or a pair"),
        ((torch.rand(4, 2), [1, 2, 3, 4]), TypeError, r"got a tuple of \(Tensor, list\)"),
        ((torch.rand(4, 2), torch.rand(3)), ValueError, "got 4 images but 3 labels"),
        ((torch.rand(0, 2), torch.rand(0)), ValueError, "empty"),
    ],
)
def test_data_that_cannot_be_cut_is_refused(source, error, words):
    with pytest.raises(error, match=words):
        data.batches(source, 2)


@pytest.mark.parametrize(
    ("source", "error", "words"),
    [
        ((sample for sample in []), TypeError, "dataset: got generator"),
        ([], ValueError, "empty"),
    ],
)
def test_a_data_set_that_cannot_be_streamed_is_refused(source, error, words):
    with pytest.raises(error, match=words):
        data.stream(source, 2)


def test_fewer_than_no_workers_are_refused():
    with pytest.raises(ValueError, match="workers: got -1, wanted 0 or more"):
        data.stream(Samples(make_pair()), 2, workers=-1)


def test_whole_numbers_other_than_bytes_are_not_normalized():
    with pytest.raises(TypeError, match="torch.int64, wanted uint8 or floats"):
        data.batches((make_pair()[0].long(), torch.arange(30)), 8, mean=MEAN, std=STD)


# ---- what a training loop accepts


def test_data_in_tensors_is_cut_and_what_is_in_batches_stays_as_it_is():
    images, labels = make_pair(6)
    held = ImageData(images, labels % 3, ("a", "b", "c"), "small", "train")
    for source in (held, (images, labels), SimpleNamespace(images=images, labels=labels)):
        cut = as_batches(source, 4, shuffle=False, device=torch.device("cpu"))
        assert isinstance(cut, data.Batches)
        assert (cut.batch_size, cut.shuffle, cut.images is images) == (4, False, True)
    loader = DataLoader(TensorDataset(images, labels), 3)
    for source in (*both((images, labels), 3), loader, list(loader)):
        assert as_batches(source, 4, shuffle=True, device="cpu") is source


@pytest.mark.parametrize(
    ("source", "words"),
    [(7, "got int"), (iter([]), "only once"), (TensorDataset(torch.rand(2)), "got TensorDataset")],
)
def test_what_gives_no_batches_twice_is_refused(source, words):
    with pytest.raises(TypeError, match=words):
        as_batches(source, 4, shuffle=True, device="cpu")


def test_a_batch_in_place_is_not_copied_and_bytes_become_floats():
    floats, labels = torch.rand(2, 3), torch.zeros(2)
    for batch in ((floats, labels), [floats, labels]):
        images, same = to_device(batch, torch.device("cpu"))
        assert images is floats and same is labels
    byte = torch.tensor([[0, 51, 255]], dtype=torch.uint8)
    images, _ = to_device((byte, labels[:1]), torch.device("cpu"))
    assert images.tolist() == [[0.0, pytest.approx(0.2), 1.0]] and images.dtype == torch.float32
    assert byte.tolist() == [[0, 51, 255]]


@pytest.mark.parametrize(
    ("batch", "error", "words"),
    [
        (torch.rand(2, 3), TypeError, "got Tensor"),
        ((torch.rand(2, 3),), TypeError, r"a tuple of \(Tensor\)"),
        ((torch.rand(2, 3), [0, 1]), TypeError, "Tensor, list"),
        ((torch.rand(2, 3), torch.rand(3)), ValueError, "2 images and 3 labels"),
        ((torch.rand(0, 3), torch.rand(0)), ValueError, "0 images and 0 labels"),
    ],
)
def test_a_batch_that_is_no_pair_is_refused(batch, error, words):
    with pytest.raises(error, match=words):
        to_device(batch, torch.device("cpu"))


# ---- augmentation


@pytest.mark.parametrize("border", ["reflect", "zeros"])
@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_crop_and_flip_is_torchvision_s_pad_crop_and_flip(border, dtype):
    places = list(product(range(-3, 4), range(-3, 4), (False, True)))
    images = torch.randint(256, (len(places), 2, 7, 5)).to(dtype)
    down, right, flipped = (torch.tensor(part) for part in zip(*places, strict=True))
    mode = {"reflect": "reflect", "zeros": "constant"}[border]
    changed = crop_and_flip(images, down, right, flipped, border)
    assert changed.dtype == dtype
    for image, result, (top, left, mirrored) in zip(images, changed, places, strict=True):
        wanted = torchvision.pad(image, [3, 3, 3, 3], padding_mode=mode)
        wanted = torchvision.crop(wanted, top + 3, left + 3, 7, 5)
        wanted = torchvision.hflip(wanted) if mirrored else wanted
        assert torch.equal(result, wanted)


def test_every_place_and_both_directions_come_about_equally_often():
    count, crop = 20_000, 2
    image = torch.arange(81.0).view(1, 1, 9, 9).expand(count, 1, 9, 9)  # pixel (y, x) is 9y + x
    torch.manual_seed(0)
    windows = data.Augment(crop=crop, flip=True)(image)[:, 0]
    flipped = windows[:, 4, 4] > windows[:, 4, 5]
    place = windows[:, 4, 4].long() - 40  # 9 · down + right, from the center pixel
    cases = torch.stack([place, flipped.long()]).unique(dim=1, return_counts=True)
    assert {tuple(case) for case in cases[0].T.tolist()} == {
        (9 * down + right, mirrored)
        for down, right, mirrored in product(range(-crop, crop + 1), range(-crop, crop + 1), (0, 1))
    }
    mean = count / 50
    assert (cases[1] - mean).abs().max() < 4.5 * mean**0.5  # 50 cases, Poisson: sd is √mean


def test_the_squares_of_cutout_are_those_of_the_paper_s_code():
    size, height, width = 4, 6, 7
    centers = torch.tensor(list(product(range(height), range(width))))
    cut = cut_out(torch.ones(len(centers), 3, height, width), *centers.T, size)
    for image, (y, x) in zip(cut, centers.tolist(), strict=True):
        mask = np.ones((height, width))  # as in github.com/uoguelph-mlrg/Cutout
        y1, y2 = np.clip([y - size // 2, y + size // 2], 0, height)
        x1, x2 = np.clip([x - size // 2, x + size // 2], 0, width)
        mask[y1:y2, x1:x2] = 0
        assert np.array_equal(image, np.stack([mask] * 3))


def test_cutout_centers_anywhere_and_an_odd_square_is_whole():
    torch.manual_seed(0)
    cut = data.Augment(cutout=1)(torch.full((6000, 2, 3, 4), 9, dtype=torch.uint8))
    assert cut.dtype == torch.uint8
    assert ((cut == 0).flatten(1).sum(1) == 2).all()  # one pixel, both channels
    counts = (cut[:, 0] == 0).sum(0)
    assert (counts - 500).abs().max() < 4.5 * 500**0.5
    middle = cut_out(torch.ones(1, 1, 5, 5), torch.tensor([2]), torch.tensor([2]), 3)
    assert middle[0, 0].sum() == 25 - 9 and middle[0, 0, 1:4, 1:4].sum() == 0


def test_nothing_asked_for_changes_nothing_and_the_images_given_stay_as_they_are():
    images = make_pair()[0]
    before = images.clone()
    assert torch.equal(data.Augment()(images), images)
    changed = data.Augment(crop=2, flip=True, cutout=2, border="zeros")(images)
    assert changed.shape == images.shape and not torch.equal(changed, images)
    assert torch.equal(images, before)


def test_a_crop_alone_mirrors_nothing_and_a_flip_alone_moves_nothing():
    images = torch.arange(25.0).view(1, 1, 5, 5).repeat(200, 1, 1, 1)
    moved = data.Augment(crop=1)(images)
    assert (moved[:, 0, 2, 1] < moved[:, 0, 2, 2]).all()
    turned = data.Augment(flip=True)(images)
    same = (turned == images).flatten(1).all(1)
    assert torch.equal(turned[~same], images[~same].flip(-1))
    assert 60 < same.sum() < 140


def test_batches_are_augmented_as_bytes_and_then_normalized():
    seen = []

    def darken(images):
        seen.append(images.dtype)
        return images // 2

    images, labels = make_pair()
    wanted = torchvision.normalize((images // 2).float() / 255, MEAN, STD)
    options = dict(shuffle=False, augment=darken, mean=MEAN, std=STD)
    for loader in both((images, labels), 8, **options):
        assert torch.equal(torch.cat([batch for batch, _ in loader]), wanted)
    assert set(seen) == {torch.uint8}


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"crop": -1}, ValueError, "crop: got -1, wanted 0 or more"),
        ({"crop": 1.5}, TypeError, "crop: got 1.5"),
        ({"cutout": -2}, ValueError, "cutout: got -2"),
        ({"flip": 0.5}, TypeError, "flip: got 0.5"),
        ({"border": "wrap"}, ValueError, "border: got 'wrap'"),
    ],
)
def test_an_augmentation_that_cannot_be_is_refused(options, error, words):
    with pytest.raises(error, match=words):
        data.Augment(**options)


def test_images_that_cannot_be_augmented_are_refused():
    with pytest.raises(TypeError, match="images: got list"):
        data.Augment(crop=1)([1])
    with pytest.raises(ValueError, match=r"got shape \(3, 4, 4\), wanted \(B, C, H, W\)"):
        data.Augment(crop=1)(torch.rand(3, 4, 4))
    wide = data.Augment(crop=9, border="zeros")(torch.ones(50, 1, 4, 4))
    assert wide.min() == 0  # zeros may be wider than the image


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
def test_on_a_gpu_the_order_is_the_cpu_s_and_everything_stays_there():
    augment = data.Augment(crop=1, flip=True, cutout=2)
    orders = []
    for device in ("cpu", "cuda"):
        for loader in both(make_pair(), 8, augment=augment, mean=MEAN, std=STD, device=device):
            torch.manual_seed(0)
            epoch = list(loader)
            assert all(
                images.device.type == labels.device.type == device for images, labels in epoch
            )
            orders.append([labels.tolist() for _, labels in epoch])
    assert orders == [orders[0]] * 4
    images = make_pair()[0]
    flags = torch.arange(30) % 2 == 0
    places = torch.arange(30) % 3 - 1, torch.arange(30) % 2
    on_gpu = crop_and_flip(images.cuda(), *(part.cuda() for part in (*places, flags)))
    assert torch.equal(on_gpu.cpu(), crop_and_flip(images, *places, flags))
