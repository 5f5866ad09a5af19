"""Figures of losses: what is drawn is what was given, and what cannot be drawn is refused."""

import importlib

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from sklearn.linear_model import LinearRegression, QuantileRegressor

from dlcv import figures

MODULE = importlib.import_module("dlcv.figures.losses")
X = torch.linspace(-2, 2, 41)
PAIRS = {"square": (X**2, 2 * X), "size": (X.abs(), X.sign())}


@pytest.fixture
def shown(monkeypatch):
    """The figures that would be shown, with their alternative texts."""
    kept = []
    monkeypatch.setattr(MODULE, "show", lambda fig, *, alt: kept.append((fig, alt)))
    yield kept
    plt.close("all")


def test_losses_stand_left_and_their_derivatives_right(shown):
    figures.plot_losses(X, PAIRS, titles=("Left", "Right"), xlabel="r", height=3, alt="Two losses.")
    ((fig, alt),) = shown
    assert alt == "Two losses."
    for part, ax in enumerate(fig.axes):
        for line, pair in zip(ax.lines, PAIRS.values(), strict=False):
            np.testing.assert_allclose(line.get_ydata(), pair[part])
        assert ax.get_title(loc="left") == ("Left", "Right")[part] and ax.get_xlabel() == "r"
        assert len({line.get_linestyle() for line in ax.lines[:2]}) == 2
    assert fig.axes[0].get_ylim()[1] == 3


def test_probabilities_are_bars_with_their_numbers(shown):
    rows = {"cold": [1.0, 0.0], "warm": torch.tensor([0.6, 0.4])}
    figures.plot_probabilities(rows, ["cat", "dog"], alt="Two rows of bars.")
    ((fig, _),) = shown
    heights = [[bar.get_height() for bar in ax.patches] for ax in fig.axes]
    np.testing.assert_allclose(heights, [[1, 0], [0.6, 0.4]])
    assert [ax.get_title(loc="left") for ax in fig.axes] == ["cold", "warm"]
    assert [text.get_text() for text in fig.axes[1].texts] == ["0.60", "0.40"]


def test_a_reliability_curve_lies_beside_the_diagonal():
    _, ax = plt.subplots()
    figures.plot_reliability({"sure": ([0.5, 0.9], [0.4, 0.7])}, ax=ax, title="Too sure")
    diagonal, curve = ax.lines
    np.testing.assert_allclose(diagonal.get_xydata(), [[0, 0], [1, 1]])
    np.testing.assert_allclose(curve.get_xydata(), [[0.5, 0.4], [0.9, 0.7]])
    plt.close("all")


def test_line_fits_are_the_best_lines_by_their_losses():
    generator = np.random.default_rng(0)
    x = np.linspace(0, 4, 15)
    y = 1.5 * x - 2 + generator.normal(size=15)
    y[3] += 20
    losses = {"L2": lambda r: (r**2, 2 * r), "L1": lambda r: r.abs()}
    _, ax = plt.subplots()
    figures.plot_line_fits(x, y, losses, ax=ax)
    squares, least, points = ax.lines
    fit = LinearRegression().fit(x[:, None], y).predict(x[:, None])
    np.testing.assert_allclose(squares.get_ydata(), fit, atol=1e-4)
    best = np.abs(QuantileRegressor(alpha=0).fit(x[:, None], y).predict(x[:, None]) - y).mean()
    assert np.abs(least.get_ydata() - y).mean() == pytest.approx(best, abs=1e-4)
    np.testing.assert_allclose(points.get_xydata(), np.stack([x, y], axis=1))
    plt.close("all")


def test_a_mark_stands_on_each_picture_and_left_over_places_are_empty(shown):
    images, points = torch.zeros(3, 3, 8, 8), torch.tensor([[1.0, 2.0], [3.0, 4.0], [0.0, 8.0]])
    figures.show_marks(images, points, columns=2, alt="Three pictures with a cross each.")
    ((fig, _),) = shown
    marks = [ax.lines[0].get_xydata()[0].tolist() for ax in fig.axes[:3]]
    assert marks == points.tolist()
    assert len(fig.axes) == 4 and not fig.axes[3].images and not fig.axes[3].axison


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: figures.plot_losses(X, dict.fromkeys("abcde", (X, X)), alt="Five."), "got 5"),
        (lambda: figures.plot_losses(X, {"a": (X, X[1:])}, alt="One."), "'a' has 40 values"),
        (lambda: figures.plot_losses(X, PAIRS, alt=" "), "alt"),
        (lambda: figures.plot_probabilities({"a": [0.5]}, ["x", "y"], alt="A."), "'a' is not 2"),
        (lambda: figures.plot_probabilities({"a": [1.5]}, ["x"], alt="A."), "'a' is not 1"),
        (lambda: figures.plot_reliability({"a": ([0.5], [])}, alt="A."), "'a' has 1 and 0"),
        (lambda: figures.plot_line_fits([1, 2], [1], {}, alt="A."), r"got \(2,\) and \(1,\)"),
        (lambda: figures.plot_line_fits([1], [1], dict.fromkeys("abcde"), alt="A."), "got 5"),
        (
            lambda: figures.show_marks(torch.zeros(2, 1, 4, 4), [[1, 2]], alt="A."),
            r"points: got shape \(1, 2\), wanted \(2, 2\)",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(call, match):
    with pytest.raises(ValueError, match=match):
        call()
    plt.close("all")
