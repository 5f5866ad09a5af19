"""Boxes, masks, key points, motion, matches, numbers and depth: drawn where they belong."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb
from matplotlib.patches import Circle, ConnectionPatch, Rectangle

from dlcv import figures
from dlcv.data import scenes
from dlcv.figures import tasks
from dlcv.figures.display import to_image


@pytest.fixture
def ax():
    fig, ax = plt.subplots(figsize=(4, 4), layout="none")
    ax.set_position([0, 0, 1, 1])
    yield ax
    plt.close(fig)


def color_at(ax, x, y):
    """What is drawn at a place of the image, from 0 to 1."""
    picture = np.asarray(to_image(ax.figure, 100)) / 255
    across, up = ax.transData.transform((x, y))
    return picture[picture.shape[0] - 1 - int(up), int(across)]


def black(size=8):
    return torch.zeros(3, size, size, dtype=torch.uint8)


@pytest.mark.parametrize("scale", [255, 1.0])
def test_a_pixel_covers_the_square_below_and_right_of_its_place(ax, scale):
    image = torch.zeros(3, 4, 8, dtype=torch.uint8 if scale == 255 else torch.float64)
    image[0, 1, 6] = scale  # red at x = 6, y = 1
    figures.draw_image(ax, image, "above", "below")
    assert color_at(ax, 6.5, 1.5) == pytest.approx([1, 0, 0])
    assert color_at(ax, 6.5, 2.5) == pytest.approx([0, 0, 0])
    assert ax.get_xlim() == (0, 8) and ax.get_ylim() == (4, 0)
    assert (ax.get_title(), ax.get_xlabel()) == ("above", "below")


def test_a_gray_image_may_lack_its_channel(ax):
    figures.draw_image(ax, torch.full((4, 4), 0.5))
    assert color_at(ax, 2, 2) == pytest.approx([0.5] * 3, abs=0.01)


def test_near_is_darker_than_far(ax):
    figures.draw_depth(ax, torch.tensor([[3.0, 1.0]]))
    assert color_at(ax, 0.5, 0.5) == pytest.approx([1, 1, 1])
    assert color_at(ax, 1.5, 0.5).sum() < 1


def test_a_box_runs_along_its_edges_and_carries_its_name(ax):
    figures.draw_image(ax, black())
    figures.draw_boxes(ax, torch.tensor([[1.0, 2.0, 5.0, 7.0], [0, 0, 2, 2]]), ["one", "two"])
    first, second = (patch for patch in ax.patches if isinstance(patch, Rectangle))
    assert first.get_bbox().extents.tolist() == [1, 2, 5, 7]
    assert second.get_bbox().extents.tolist() == [0, 0, 2, 2]
    assert color_at(ax, 5, 4) == pytest.approx(to_rgb(figures.COLORS[0]), abs=0.02)
    assert [text.get_text() for text in ax.texts] == ["one", "two"]


def test_a_mask_colors_its_pixels_and_no_others(ax):
    masks = torch.zeros(2, 8, 8, dtype=torch.bool)
    masks[0, 1:4, 1:4] = True
    masks[1, 5:8, 4:8] = True
    figures.draw_image(ax, black())
    figures.draw_masks(ax, masks, opacity=1)
    assert color_at(ax, 2.5, 2.5) == pytest.approx(to_rgb(figures.COLORS[0]), abs=0.02)
    assert color_at(ax, 6.5, 6.8) == pytest.approx(to_rgb(figures.COLORS[1]), abs=0.02)
    assert color_at(ax, 6.5, 2.5) == pytest.approx([0, 0, 0])


def test_an_empty_and_a_full_mask_are_drawn_without_a_line(ax):
    figures.draw_image(ax, black())
    figures.draw_masks(ax, torch.stack([torch.zeros(8, 8), torch.ones(8, 8)]), opacity=1)
    assert color_at(ax, 4, 4) == pytest.approx(to_rgb(figures.COLORS[1]), abs=0.02)


def test_a_seen_key_point_is_full_a_hidden_one_hollow_and_none_is_left_out(ax):
    figures.draw_image(ax, black())
    points = torch.tensor([[2.0, 2, 2], [6, 2, 1], [0, 0, 0]])
    figures.draw_keypoints(ax, points, ["seen", "hidden", "none"])
    blue = pytest.approx(to_rgb(figures.COLORS[0]), abs=0.02)
    assert color_at(ax, 2, 2) == blue
    assert color_at(ax, 6, 2) == pytest.approx([1, 1, 1])
    assert len(ax.lines) == 2
    assert [text.get_text() for text in ax.texts] == ["seen", "hidden"]


def test_a_circle_has_its_radius_and_a_hand_that_turns_downward(ax):
    figures.draw_image(ax, black(40))
    figures.draw_circles(ax, [[10.0, 20.0, 5.0, 0.0], [30.0, 8.0, 4.0, np.pi / 2]])
    rings = [patch for patch in ax.patches if isinstance(patch, Circle)]
    assert [(*ring.center, ring.radius) for ring in rings] == [(10, 20, 5), (30, 8, 4)]
    hands = [line.get_xydata() for line in ax.lines]
    assert hands[0] == pytest.approx(np.array([[10, 20], [15, 20]]))
    assert hands[1] == pytest.approx(np.array([[30, 8], [30, 12]]))


def test_motion_points_from_before_to_after(ax):
    figures.draw_image(ax, 255 - black())
    figures.draw_motion(ax, torch.tensor([[1.0, 1.0]]), torch.tensor([[6.0, 5.0]]))
    (arrow,) = ax.texts
    assert (tuple(arrow.xyann), tuple(arrow.xy)) == ((1, 1), (6, 5))  # the head is at xy
    assert color_at(ax, 3.5, 3.0).max() < 0.5
    assert color_at(ax, 3.5, 1.0) == pytest.approx([1, 1, 1])


def test_a_match_leads_from_one_picture_to_the_other():
    fig, (left, right) = plt.subplots(1, 2)
    figures.draw_image(left, black())
    figures.draw_image(right, black())
    figures.draw_matches(left, right, [[1.0, 2.0]], [[3.0, 4.0]])
    (line,) = (artist for artist in fig.artists if isinstance(artist, ConnectionPatch))
    assert (tuple(line.xy1), tuple(line.xy2)) == ((1, 2), (3, 4))
    assert (line.coords1, line.coords2) == (left.transData, right.transData)
    plt.close(fig)


@pytest.mark.parametrize(
    ("values", "texts"),
    [([[0, 255]], ["0", "255"]), ([[0.25, 0.5]], ["0.25", "0.5"])],
)
def test_numbers_stand_on_their_pixels(ax, values, texts):
    figures.draw_numbers(ax, torch.tensor(values))
    assert [text.get_text() for text in ax.texts] == texts
    assert [text.get_position() for text in ax.texts] == [(0.5, 0.5), (1.5, 0.5)]
    assert ax.texts[0].get_color() == "white"


WRONG = {
    "image": lambda ax: figures.draw_image(ax, torch.zeros(4, 4, 3)),
    "depth": lambda ax: figures.draw_depth(ax, torch.zeros(1, 4, 4)),
    "boxes": lambda ax: figures.draw_boxes(ax, torch.zeros(4)),
    "names": lambda ax: figures.draw_boxes(ax, torch.zeros(2, 4), ["one"]),
    "masks": lambda ax: figures.draw_masks(ax, torch.zeros(4, 4)),
    "circles": lambda ax: figures.draw_circles(ax, torch.zeros(4, 3)),
    "keypoints": lambda ax: figures.draw_keypoints(ax, torch.zeros(4, 2)),
    "points": lambda ax: figures.draw_motion(ax, torch.zeros(2, 2), torch.zeros(3, 2)),
    "values": lambda ax: figures.draw_numbers(ax, torch.zeros(3, 2, 2)),
}


@pytest.mark.parametrize("argument", WRONG)
def test_a_wrong_shape_is_refused_by_name(ax, argument):
    with pytest.raises(ValueError, match=argument):
        WRONG[argument](ax)


@pytest.fixture
def shown(monkeypatch):
    """Every figure that `dlcv.figures.tasks` shows, with its text."""
    found = []
    monkeypatch.setattr(tasks, "show", lambda fig, *, alt: found.append((fig, alt)))
    yield found
    plt.close("all")


def test_six_answers_about_one_scene_are_those_of_the_generator(shown):
    some = scenes.generate(2, size=32, objects=(1, 3), variation=0.5, seed=1)
    figures.show_answers(some, 1, alt="Six answers.")
    ((fig, alt),) = shown
    assert alt == "Six answers." and len(fig.axes) == 6
    count = int(some.counts[1])
    boxes = [p.get_bbox().extents.tolist() for p in fig.axes[1].patches]
    assert boxes == some.boxes[1, :count].tolist()
    assert fig.axes[5].get_xlabel().replace("\n", " ") == some.captions[1]


def test_answers_between_pictures_want_four_similar_ones(shown):
    points = torch.tensor([[1.0, 1.0], [5.0, 5.0]])
    rest = (black(), points, points + 1), (black(), black(), points, points), (black(), "a star")
    figures.show_answers_between([black()] * 4, *rest, alt="Four answers.")
    ((fig, alt),) = shown
    assert alt == "Four answers." and len(fig.axes) == 8
    assert fig.axes[7].get_xlabel() == "from “a star”"
    with pytest.raises(ValueError, match="similar"):
        figures.show_answers_between([black()] * 3, *rest, alt="Three.")
