"""The shapes of the scene generator, against hand calculations, scipy and geometry."""

import math

import pytest
import torch
from scipy import ndimage, stats

from dlcv.data.scenes import CLASSES, KEYPOINTS
from dlcv.data.scenes.dice import Dice
from dlcv.data.scenes.keypoints import MOST_POINTS, shape_points
from dlcv.data.scenes.shapes import signed_distance


def at(name, x, y, first=0.0, second=0.0):
    """Signed distance of one point to one shape."""
    one = [torch.tensor([[[float(value)]]]) for value in (x, y)]
    varied = [torch.tensor([float(value)]) for value in (first, second)]
    return signed_distance(torch.tensor([CLASSES.index(name)]), *one, *varied).item()


def on_a_grid(name, first=0.0, second=0.0, pixels=400, half=1.6):
    """Signed distances on a fine grid, and the width of one cell."""
    line = (torch.arange(pixels) + 0.5) / pixels * 2 * half - half
    x, y = line.expand(1, pixels, pixels), line[:, None].expand(1, pixels, pixels)
    label = torch.tensor([CLASSES.index(name)])
    varied = torch.tensor([float(first)]), torch.tensor([float(second)])
    return signed_distance(label, x.contiguous(), y.contiguous(), *varied)[0], 2 * half / pixels


@pytest.mark.parametrize(
    ("name", "x", "y", "expected"),
    [
        ("circle", 0, 0, -0.88),
        ("circle", 3, 4, 5 - 0.88),
        ("square", 1, 0, 0.26),
        ("square", 0, 0, -0.74),
        ("ring", 0, 0, 0.92 - 2 * 0.165),
        ("ring", 0, 0.92 - 0.165, -0.165),
        ("cross", 0.98, 0, 0.10),
        ("triangle", 0, 1, 0.38),
        ("triangle", 0, -1.0, 0.12),
        ("star", 0, -0.98, 0),
        ("star", 0, -1.5, 0.52),
        ("heart", 0, 0.90, 0),
        ("crescent", -1.76, 0, 1),
        ("arrow", 0, -1.95, 1),
        ("arrow", 0, 1, 0.1),
        ("drop", 0, -1.96, 1),
        ("drop", 0, 1.94, 1),
    ],
)
def test_distances_equal_hand_computed_values(name, x, y, expected):
    assert at(name, x, y) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("first", [-0.9, 0.0, 0.9])
def test_the_distance_outside_agrees_with_scipys_distance_transform(name, first):
    if name == "heart":
        first = 0.0  # a wider heart is stretched: its outline is exact, the distance is not
    distance, cell = on_a_grid(name, first, second=first / 2)
    outside = distance > 0
    reference = torch.from_numpy(ndimage.distance_transform_edt(outside.numpy())) * cell
    error = (distance - reference)[outside].abs().max().item()
    # The transform knows the outline to a cell or two only (it measures to cell centers, and the
    # tip of a star may slip between them).
    assert error < 2.5 * cell


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("first", [-1.0, 0.0, 1.0])
@pytest.mark.parametrize("second", [-1.0, 1.0])
def test_every_shape_is_one_piece_within_its_radius(name, first, second):
    distance, cell = on_a_grid(name, first, second)
    inside = distance.numpy() < 0
    pieces, _ = ndimage.label(inside, structure=torch.ones(3, 3).numpy())
    sizes = torch.from_numpy(pieces[inside]).bincount()
    assert (sizes > 3).sum() == 1  # a sharp tip may leave a few cells on their own
    line = torch.arange(400) * cell - 1.6
    radius = (line[:, None] ** 2 + line**2).sqrt()[torch.from_numpy(inside)].max().item()
    assert 0.75 < radius < 1.18


def area(name, first=0.0, second=0.0):
    distance, cell = on_a_grid(name, first, second)
    return (distance < 0).sum().item() * cell**2


def test_areas_agree_with_geometry():
    assert area("circle") == pytest.approx(math.pi * 0.88**2, rel=0.01)
    assert area("ring") == pytest.approx(math.pi * (0.92**2 - 0.59**2), rel=0.01)
    assert area("triangle") == pytest.approx(0.84 * (0.62 + 0.88), rel=0.01)
    assert area("cross") == pytest.approx(2 * 1.76 * 0.54 - 0.54**2, rel=0.01)
    five_points = 5 * 0.98 * 0.46 * math.sin(math.pi / 5)
    assert area("star") == pytest.approx(five_points, rel=0.01)
    seven_points = 7 * 0.98 * 0.46 * math.sin(math.pi / 7)
    assert area("star", first=1.0) == pytest.approx(seven_points, rel=0.01)


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("first", [-1.0, 0.0, 0.5, 1.0])
def test_key_points_lie_on_the_outline_except_the_center(name, first):
    varied = torch.tensor([first]), torch.tensor([0.4])
    points = shape_points(name, *varied)[0]
    assert points.shape == (MOST_POINTS, 2)
    for label, (x, y) in zip(KEYPOINTS[name], points.tolist(), strict=False):
        if label == "center" or math.isnan(x):
            continue
        assert abs(at(name, x, y, first, 0.4)) < 0.012, label


def test_a_star_has_as_many_tips_as_points():
    tips = shape_points("star", torch.tensor([0.0, 0.5, 1.0]), torch.zeros(3))[:, 1:, 0]
    assert (~tips.isnan()).sum(1).tolist() == [5, 6, 7]


def test_dice_are_uniform_and_unrelated():
    dice = Dice(3, torch.arange(20_000))
    first, second = dice("one"), dice("two")
    assert stats.kstest(first.numpy(), "uniform").pvalue > 1e-3
    assert first.min() >= 0 and first.max() < 1
    pairs = [
        (first, second),
        (first[1:], first[:-1]),
        (first, Dice(4, torch.arange(20_000))("one")),
    ]
    columns = dice("many", 2)
    for one, other in [*pairs, columns.unbind(1)]:
        assert abs(torch.corrcoef(torch.stack((one, other)))[0, 1]) < 0.035  # five sigma


def test_a_throw_depends_on_the_scenes_number_alone():
    many, few = Dice(7, torch.arange(100)), Dice(7, torch.tensor([42]))
    assert torch.equal(many("angle", 3)[42:43], few("angle", 3))
