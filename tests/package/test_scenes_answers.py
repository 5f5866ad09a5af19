"""Annotations of the scene generator must be true of the pictures."""

import colorsys
import re

import numpy as np
import pytest
import torch
from scipy import ndimage
from skimage import draw, measure

from dlcv.data import scenes
from dlcv.data.scenes import CLASSES, COLORS, KEYPOINTS, MATERIALS, SIZES

pytestmark = pytest.mark.usefixtures("one_thread")

EVERYTHING = {
    "viewpoint": 0.4,
    "illumination": 0.4,
    "occlusion": 0.6,
    "clutter": 0.5,
    "variation": 0.6,
}


@pytest.fixture(scope="module")
def hard():
    return scenes.generate(60, size=96, objects=(1, 5), seed=11, **EVERYTHING)


@pytest.fixture(scope="module")
def clear():
    """Groups without knobs: flat paint, plain light, any color."""
    return scenes.generate(60, size=96, objects=(2, 4), seed=12)


def named(scene_set, index):
    """Attributes of the objects of one scene in words."""
    rows = zip(
        scene_set.object_labels[index].tolist(),
        scene_set.colors[index].tolist(),
        scene_set.materials[index].tolist(),
        scene_set.sizes[index].tolist(),
        strict=True,
    )
    names = list(COLORS)
    return [(CLASSES[a], names[b], MATERIALS[c], SIZES[d]) for a, b, c, d in rows if a >= 0]


def test_boxes_are_the_tight_bounds_that_skimage_finds(hard):
    for index in range(len(hard)):
        for place, box in enumerate(hard.boxes[index].tolist()):
            mask = hard.masks[index, place].numpy().astype(int)
            if not mask.any():
                assert box == [0, 0, 0, 0]
                continue
            top, left, bottom, right = measure.regionprops(mask)[0].bbox
            assert box == [left, top, right, bottom]


def test_visible_masks_are_disjoint_parts_of_the_whole_ones(hard):
    assert hard.masks.sum(1).max() == 1
    assert not (hard.masks & ~hard.whole_masks).any()
    share = hard.masks.sum((2, 3)) / hard.whole_masks.sum((2, 3)).clamp(min=1)
    assert torch.allclose(hard.shares, share)
    assert (hard.shares < 0.9).any() and hard.masks.dtype == torch.bool


def test_places_without_an_object_are_empty(hard):
    absent = torch.arange(5) >= hard.counts[:, None]
    assert absent.any()
    assert not hard.whole_masks[absent].any() and not hard.keypoints[absent].any()
    for attribute in (hard.object_labels, hard.colors, hard.materials, hard.sizes):
        assert (attribute[absent] == -1).all() and (attribute[~absent] >= 0).all()


def test_a_circles_mask_has_the_area_of_a_circle(clear):
    circles = clear.object_labels == CLASSES.index("circle")
    areas = clear.whole_masks.sum((2, 3))[circles]
    assert len(areas) > 5
    assert torch.allclose(
        areas / (torch.pi * (0.88 * clear.radii[circles]) ** 2), torch.ones(()), atol=0.03
    )


def test_a_mask_covers_the_pixels_that_differ_from_the_ground():
    drawn = scenes.generate(20, size=64)
    paint = torch.tensor([int(COLORS["blue"][i : i + 2], 16) for i in (1, 3, 5)])
    is_paint = (drawn.images - paint[:, None, None]).abs().amax(1) < 3
    for seen, mask in zip(is_paint.numpy(), drawn.masks[:, 0].numpy(), strict=True):
        assert not (seen & ~mask).any()
        assert seen[ndimage.binary_erosion(mask, iterations=2)].all()


HUES = {  # in degrees, as color names are commonly used
    "red": 0,
    "orange": 30,
    "yellow": 50,
    "green": 125,
    "cyan": 185,
    "blue": 220,
    "purple": 270,
    "pink": 330,
}


def hue(rgb):
    return 360 * colorsys.rgb_to_hsv(*rgb)[0]


def test_the_named_color_has_the_hue_of_the_pixels():
    drawn = scenes.generate(80, size=96, objects=(2, 4), seed=4, variation=0.5, viewpoint=0.5)
    checked = 0
    for index in range(len(drawn)):
        for place, (_, color, material, _) in enumerate(named(drawn, index)):
            core = ndimage.binary_erosion(drawn.masks[index, place].numpy(), iterations=2)
            if material != "flat" or core.sum() < 20:
                continue
            seen = hue(drawn.images[index].numpy()[:, core].mean(1) / 255)
            gaps = {n: min(abs(h - seen), 360 - abs(h - seen)) for n, h in HUES.items()}
            assert min(gaps, key=gaps.get) == color
            checked += 1
    assert checked > 100


def test_the_nearer_of_two_overlapping_objects_hides_the_other():
    drawn = scenes.generate(60, size=64, objects=4, seed=3, occlusion=0.8)
    board = drawn.instances == 4
    overlaps = 0
    for index in range(len(drawn)):
        order = drawn.order[index].tolist()
        for rank, near in enumerate(order):
            for far in order[rank + 1 :]:
                both = drawn.whole_masks[index, near] & drawn.whole_masks[index, far]
                overlaps += both.any().item()
                assert not (both & drawn.masks[index, far]).any()
        depths = [drawn.depth[index][drawn.masks[index, place]] for place in order]
        depths = [values.unique().tolist() for values in depths if len(values)]
        assert all(len(values) == 1 for values in depths)  # upright: one depth each
        assert sorted(depths) == depths
    assert overlaps > 50
    assert board.flatten(1).any(1).all()
    assert all(
        drawn.depth[i][board[i]].max() < drawn.depth[i][~board[i]].min().clamp(max=0.95)
        or drawn.depth[i][board[i]].max() < drawn.world.objects.depth[i].min()
        for i in range(60)
    )


def test_the_ground_recedes_from_1_at_the_bottom_to_3_at_the_top():
    drawn = scenes.generate(5, size=100)
    column = drawn.depth[0, :, 0]
    assert torch.allclose(column, torch.linspace(2.99, 1.01, 100), atol=1e-4)


def test_occlusion_hides_more_and_more_of_the_main_object():
    shares = [scenes.generate(100, size=64, occlusion=k).shares.mean() for k in (0.0, 0.5, 1.0)]
    assert shares[0] == 1 and shares[0] > shares[1] + 0.05 > shares[2] + 0.1
    assert shares[2] > 0.35  # something is left to see


def test_corner_key_points_span_the_mask_as_a_polygon():
    drawn = scenes.generate(200, size=96, seed=6, viewpoint=0.6, variation=0.8)
    corners = {"triangle": slice(1, 4), "square": slice(1, 5)}
    checked = 0
    for index in range(len(drawn)):
        name = CLASSES[drawn.labels[index]]
        inside = (drawn.keypoints[index, 0, :, 2] != 1).all()
        if name in corners and inside:
            points = drawn.keypoints[index, 0, corners[name], :2].numpy()
            polygon = draw.polygon2mask((96, 96), points[:, ::-1] - 0.5)
            mask = drawn.whole_masks[index, 0].numpy()
            overlap = (polygon & mask).sum() / (polygon | mask).sum()
            assert overlap > (0.93 if name == "triangle" else 0.8)  # squares may be rounded
            checked += 1
    assert checked > 10


def test_key_points_are_marked_hidden_where_something_nearer_is_seen(hard):
    seen_and_hidden = [0, 0]
    for index in range(len(hard)):
        for place, (shape, *_) in enumerate(named(hard, index)):
            points = hard.keypoints[index, place]
            assert (points[len(KEYPOINTS[shape]) :] == 0).all()
            for x, y, visibility in points[points[:, 2] > 0].tolist():
                if not (0 <= x < 96 and 0 <= y < 96):
                    assert visibility == 1
                    continue
                front = hard.instances[index, int(y), int(x)].item()
                depth = torch.cat((hard.world.objects.depth[index], torch.tensor([0.0])))
                hidden = front >= 0 and depth[front] < depth[place]
                assert visibility == (1 if hidden else 2)
                seen_and_hidden[hidden] += 1
    assert min(seen_and_hidden) > 50


THING = re.compile(
    rf"an? (?:(small|large) )?(?:({'|'.join(MATERIALS)}) )?"
    rf"({'|'.join(COLORS)}) ({'|'.join(CLASSES)})"
)


def centroid(scene_set, index, place):
    """(row, column) of the visible pixels, by scipy."""
    return ndimage.center_of_mass(scene_set.masks[index, place].numpy())


def holds(relation, one, other, one_depth, other_depth):
    """Is the relation true of two centroids (row, column) and depths?"""
    return {
        "left of": one[1] < other[1],
        "right of": one[1] > other[1],
        "above": one[0] < other[0],
        "below": one[0] > other[0],
        "in front of": one_depth < other_depth,
        "behind": one_depth > other_depth,
    }[relation]


def seen(scene_set, index):
    """Objects of which a tenth and six pixels are visible, in words, with their numbers."""
    visible = scene_set.masks[index].sum((1, 2))
    enough = (visible >= 6) & (visible >= 0.1 * scene_set.whole_masks[index].sum((1, 2)))
    return [(place, words) for place, words in enumerate(named(scene_set, index)) if enough[place]]


def find(objects, size, material, color, shape):
    """Numbers of the objects that a phrase of a caption may speak of."""
    wanted = (shape, color, material or "flat", size or "medium")
    return [place for place, words in objects if words == wanted]


@pytest.mark.parametrize("which", ["hard", "clear"])
def test_captions_are_true(which, request):
    drawn = request.getfixturevalue(which)
    related = 0
    for index, text in enumerate(drawn.captions):
        objects = seen(drawn, index)
        phrases = [match.groups() for match in THING.finditer(text)]
        said = sorted((s, c, m or "flat", z or "medium") for z, m, c, s in phrases)
        assert said == sorted(words for _, words in objects)  # everything, and nothing else
        relation = re.search(r"left of|right of|above|below|in front of|behind", text)
        assert bool(relation) == (len(objects) > 1)
        if relation:
            depth = drawn.world.objects.depth[index]
            assert any(
                holds(
                    relation.group(),
                    centroid(drawn, index, one),
                    centroid(drawn, index, other),
                    depth[one],
                    depth[other],
                )
                for one in find(objects, *phrases[0])
                for other in find(objects, *phrases[1])
                if one != other
            )
            related += 1
    assert related > 20


def answer(text, objects, drawn, index):
    """Answer a question from masks and attributes, by other means than the generator's."""
    shapes = {words[0]: place for place, words in objects}
    words = dict(objects)
    depth = drawn.world.objects.depth[index]
    if match := re.fullmatch(r"How many (\w+) (?:objects )?are there\?|How many objects.*", text):
        wanted = match.group(1) if "objects" not in text or match.group(1) in COLORS else None
        if wanted in (None, "objects"):
            return str(len(objects))
        return str(sum(wanted == w[1] or wanted in (w[0] + "s", w[0] + "es") for _, w in objects))
    if match := re.fullmatch(r"Is there an? (\w+) (\w+)\?", text):
        return "yes" if any(w[1] == match[1] and w[0] == match[2] for _, w in objects) else "no"
    if match := re.fullmatch(r"What color is the (\w+)\?", text):
        return words[shapes[match[1]]][1]
    if match := re.fullmatch(r"What material is the (\w+)\?", text):
        return words[shapes[match[1]]][2]
    if match := re.fullmatch(r"What shape is the (\w+) object\?", text):
        (only,) = [w[0] for _, w in objects if w[1] == match[1]]
        return only
    if match := re.fullmatch(r"Which is nearer, the (\w+) or the (\w+)\?", text):
        return min(match.groups(), key=lambda shape: depth[shapes[shape]])
    if match := re.fullmatch(r"Is the (\w+) (larger|smaller) than the (\w+)\?", text):
        one, other = (SIZES.index(words[shapes[match[group]]][3]) for group in (1, 3))
        return "yes" if (one > other) == (match[2] == "larger") else "no"
    match = re.fullmatch(r"Is the (\w+) (left of|right of|above|below) the (\w+)\?", text)
    one, other = (centroid(drawn, index, shapes[match[group]]) for group in (1, 3))
    return "yes" if holds(match[2], one, other, 0, 0) else "no"


@pytest.mark.parametrize("which", ["hard", "clear"])
def test_answers_are_true(which, request):
    drawn = request.getfixturevalue(which)
    kinds = set()
    for index, questions in enumerate(drawn.questions):
        objects = seen(drawn, index)
        for question in questions:
            assert answer(question.text, objects, drawn, index) == question.answer, question
            kinds.add(question.kind)
    everything = {"count", "color", "shape", "material", "existence", "relation", "size", "depth"}
    assert kinds == everything


def test_questions_name_one_object_only(clear):
    for index, questions in enumerate(clear.questions):
        shapes = [words[0] for _, words in seen(clear, index)]
        for question in questions:
            for shape in re.findall(r"\bthe (\w+)\b(?! object)", question.text):
                assert shapes.count(shape) == 1


def test_yes_and_no_are_about_as_frequent():
    drawn = scenes.generate(400, size=32, objects=(2, 4), seed=8)
    answers = {"existence": [], "relation": [], "size": []}
    for question in (q for questions in drawn.questions for q in questions):
        if question.kind in answers:
            answers[question.kind].append(question.answer == "yes")
    for given in answers.values():
        assert len(given) > 100 and 0.38 < np.mean(given) < 0.62


def test_a_large_object_is_larger_than_a_small_one_of_its_class():
    drawn = scenes.generate(200, size=64, objects=4, seed=9, viewpoint=0.3)
    for index in range(len(drawn)):
        by_class = {}
        for radius, (shape, _, _, size) in zip(
            drawn.radii[index], named(drawn, index), strict=False
        ):
            by_class.setdefault((shape, size), []).append(radius.item())
        for shape in CLASSES:
            small, large = by_class.get((shape, "small")), by_class.get((shape, "large"))
            assert not (small and large) or max(small) < min(large)
