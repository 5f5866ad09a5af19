"""The landscape marks the row it draws; the wheel has each hue where its angle says."""

import colorsys
import math

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from dlcv import figures
from dlcv.figures import seeing


def test_the_curve_and_the_mark_are_the_row_that_was_asked_for(monkeypatch):
    shown = []
    monkeypatch.setattr(seeing, "show", lambda fig, *, alt: shown.append(fig))
    image = torch.arange(200).reshape(10, 20)
    figures.show_landscape(image, (2, 8), (5, 15), 4, alt="A slope.")
    picture, curve, land = shown[0].axes
    assert curve.lines[0].get_xdata().tolist() == list(range(5, 15))
    assert curve.lines[0].get_ydata().tolist() == image[4, 5:15].tolist()
    assert picture.lines[0].get_ydata()[0] == 2.5
    assert list(land.lines[0].get_data_3d()[2]) == image[4, 5:15].tolist()
    plt.close(shown[0])


def test_a_row_outside_the_part_is_refused():
    with pytest.raises(ValueError, match="row: 9"):
        figures.show_landscape(torch.zeros(10, 10), (2, 8), (0, 10), 9, alt="Flat.")


@pytest.mark.parametrize("degrees", [0, 45, 90, 120, 240, 300])
def test_the_wheel_shows_each_hue_at_its_angle(degrees):
    wheel = figures.hue_wheel(201)
    turn = math.radians(degrees)
    column, row = round(100 + 60 * math.cos(turn)), round(100 - 60 * math.sin(turn))
    red, green, blue = wheel[:, row, column]
    hue, saturation, value = colorsys.rgb_to_hsv(red, green, blue)
    assert min(abs(hue * 360 - degrees), 360 - abs(hue * 360 - degrees)) < 1
    assert (saturation, value) == (pytest.approx(0.6, abs=0.02), 1)
    assert wheel[:, 0, 0].tolist() == [1, 1, 1]


@pytest.mark.parametrize(("degrees", "color"), [(0, 0), (120, 1), (240, 2)])
def test_a_direction_has_its_color_and_the_key_agrees(degrees, color):
    turn = math.radians(degrees)
    pixel = figures.color_directions(np.full((1, 1), turn))[:, 0, 0]
    assert pixel[color] == pytest.approx(1) and sorted(pixel)[:2] == pytest.approx([0.25, 0.25])
    row, column = round(63.5 + 50 * math.sin(turn)), round(63.5 + 50 * math.cos(turn))  # clockwise
    assert figures.direction_wheel(128)[:, row, column] == pytest.approx(pixel, abs=0.02)


def test_where_nothing_changes_a_direction_is_black():
    strength = np.array([[0.0, 1.0, 4.0]])
    colors = figures.color_directions(np.zeros((1, 3)), strength)
    assert colors[0].tolist() == [[0, 0.25, 1]]
    assert (
        figures.color_directions(np.zeros((1, 3)), 0 * strength).tolist()
        == np.zeros((3, 1, 3)).tolist()
    )
