"""Pictures of the scene generator: shapes, knobs, repeatability, errors."""

import random
import time

import numpy as np
import pytest
import torch

from dlcv.data import scenes
from dlcv.data.scenes import render

pytestmark = pytest.mark.usefixtures("one_thread")

KNOBS = ("viewpoint", "illumination", "occlusion", "clutter", "variation")
HALF = dict.fromkeys(KNOBS, 0.5)


def nearest_neighbor_accuracy(knobs, count=300):
    train = scenes.generate(count, seed=1, **knobs)
    test = scenes.generate(count, seed=2, **knobs)
    pixels = [s.images.flatten(1).float() for s in (test, train)]
    return (train.labels[torch.cdist(*pixels).argmin(1)] == test.labels).float().mean().item()


@pytest.mark.parametrize("size", [16, 31, 32, 128])
@pytest.mark.parametrize("objects", [1, (2, 5)])
def test_images_and_labels_have_the_promised_form(size, objects):
    drawn = scenes.generate(12, size=size, objects=objects, **HALF)
    assert drawn.images.shape == (12, 3, size, size) and drawn.images.dtype == torch.uint8
    assert drawn.labels.shape == (12,) and drawn.labels.dtype == torch.int64
    assert len(drawn) == 12 and len(drawn.classes) == len(set(drawn.classes)) == 10


def test_no_images_are_an_empty_set():
    none = scenes.generate(0, objects=(1, 3), **HALF)
    assert len(none) == 0 and none.images.shape == (0, 3, 32, 32)
    assert none.boxes.shape == (0, 3, 4) and list(none.captions) == []


def test_every_ten_images_show_every_class_once():
    labels = scenes.generate(200, **HALF).labels.view(20, 10)
    assert torch.equal(labels.sort(1).values, torch.arange(10).expand(20, 10))
    assert len(labels.unique(dim=0)) > 15  # and in another order each time


@pytest.mark.parametrize("objects", [1, (1, 4)])
def test_the_same_seed_gives_the_same_bits_in_any_chunks_and_threads(monkeypatch, objects):
    options = {"seed": 5, "objects": objects, **HALF}
    whole = scenes.generate(300, **options).images
    assert torch.equal(whole, scenes.generate(300, **options).images)
    assert not torch.equal(whole, scenes.generate(300, **{**options, "seed": 6}).images)
    threads = torch.get_num_threads()
    monkeypatch.setattr(render, "CHUNK_PIXELS", 37 * 32 * 32)
    try:
        for count in (1, 3):
            torch.set_num_threads(count)
            assert torch.equal(whole, scenes.generate(300, **options).images)
            assert torch.get_num_threads() == count
    finally:
        torch.set_num_threads(threads)


def test_image_i_does_not_depend_on_how_many_are_drawn():
    many = scenes.generate(157, objects=(1, 3), **HALF)
    assert torch.equal(many.images[:9], scenes.generate(9, objects=(1, 3), **HALF).images)
    last = scenes.generate(7, start=150, objects=(1, 3), **HALF)
    assert torch.equal(many.images[150:], last.images)
    assert many.captions[150:] == list(last.captions)
    assert many.questions[150:] == list(last.questions)


def test_no_global_random_state_is_read_or_changed():
    torch.manual_seed(0)
    first = scenes.generate(20, objects=2, **HALF)
    states = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()
    second = scenes.generate(20, objects=2, **HALF)
    assert first.questions[:] == second.questions[:]
    assert torch.equal(first.images, second.images)
    assert torch.equal(states[0], torch.get_rng_state())
    assert (states[1] == np.random.get_state()[1]).all() and states[2] == random.getstate()


def test_at_knob_0_one_centered_shape_stands_on_plain_ground():
    plain = scenes.generate(50)
    assert len(plain.images.flatten(1).unique(dim=0)) == 50  # alike, not the same
    centers = plain.positions[:, 0]
    assert (centers - 16).abs().max() < 1
    corner = plain.images[:, :, :3, :3].float()
    assert corner.std() < 5 and corner.mean() > 200
    assert nearest_neighbor_accuracy({}) > 0.97


@pytest.mark.parametrize("knob", KNOBS)
def test_a_knob_makes_nearest_neighbors_fail_more_and_more(knob):
    half, full = (nearest_neighbor_accuracy({knob: value}) for value in (0.5, 1.0))
    assert full < 0.92 and full < half - 0.02


@pytest.mark.parametrize("knob", KNOBS)
def test_turning_a_knob_a_little_changes_the_same_pictures_a_little(knob):
    low, near, far = (scenes.generate(100, **{knob: value}) for value in (0.50, 0.51, 1.0))
    assert torch.equal(low.labels, far.labels)
    little, much = ((low.images.float() - s.images.float()).abs().mean() for s in (near, far))
    assert 0 < little < 0.25 * much


@pytest.mark.parametrize("objects", [3, (1, 5)])
def test_as_many_objects_as_asked_for_stand_in_each_scene(objects):
    counts = scenes.generate(200, objects=objects).counts
    wanted = {3} if objects == 3 else {1, 2, 3, 4, 5}
    assert set(counts.tolist()) == wanted


def test_the_standard_sets_differ_and_a_limit_gives_their_beginning():
    train, test = scenes.load("train", limit=40), scenes.load("test", limit=30)
    assert len(train) == 40 and len(test) == 30
    assert not torch.equal(train.images[:30], test.images)
    assert torch.equal(train.images[:5], scenes.load("train", limit=5).images)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"viewpoint": 1.5}, r"viewpoint must lie in \[0, 1\], got 1.5"),
        ({"illumination": -0.1}, r"illumination must lie in \[0, 1\], got -0.1"),
        ({"occlusion": float("nan")}, r"occlusion must lie in \[0, 1\], got nan"),
        ({"clutter": "much"}, r"clutter must lie in \[0, 1\], got 'much'"),
        ({"variation": None}, r"variation must lie in \[0, 1\], got None"),
        ({"size": 8}, "size must be a whole number from 16 to 1024, got 8"),
        ({"size": 32.0}, "size must be a whole number from 16 to 1024, got 32.0"),
        ({"objects": 0}, "objects must be a whole number from 1 to 8, got 0"),
        ({"objects": (3, 2)}, r"objects must be \(low, high\) with low <= high, got \(3, 2\)"),
        ({"objects": "two"}, r"objects must be a number or a \(low, high\) pair, got 'two'"),
        ({"seed": 0.5}, "seed must be a whole number, got 0.5"),
        ({"start": -1}, "start must be a whole number of at least 0, got -1"),
    ],
)
def test_a_bad_argument_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        scenes.generate(1, **arguments)


def test_a_bad_count_split_or_limit_is_named():
    with pytest.raises(ValueError, match="count must be a whole number of at least 0, got -1"):
        scenes.generate(-1)
    with pytest.raises(ValueError, match="split must be one of train, test, got 'val'"):
        scenes.load("val")
    with pytest.raises(ValueError, match="limit must be a whole number of at least 0, got -3"):
        scenes.load("train", limit=-3)


def test_drawing_is_fast():
    scenes.generate(100, **HALF)
    start = time.process_time()
    scenes.generate(1000, **HALF)
    assert 1000 / (time.process_time() - start) > 2000  # images a CPU second; 10,000 is usual
