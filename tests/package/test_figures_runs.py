"""Repeated runs and functions with their slopes: what is drawn, and what is refused."""

import importlib

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from dlcv import figures

CURVES = importlib.import_module("dlcv.figures.curves")


@pytest.fixture
def ax():
    fig, ax = plt.subplots()
    yield ax
    plt.close(fig)


@pytest.fixture
def shown(monkeypatch):
    kept = []
    monkeypatch.setattr(CURVES, "show", lambda fig, alt: kept.append((fig, alt)))
    yield kept
    plt.close("all")


def test_every_run_has_a_mark_and_a_line_goes_through_the_means(ax):
    runs = {"a": torch.tensor([[1.0, 3.0], [2.0, 2.0], [5.0, 1.0]]), "b": np.zeros((3, 2))}
    figures.plot_runs([8, 16, "many"], runs, ax=ax, title="A finding", xlabel="units")
    lines = [line for line in ax.lines if len(line.get_ydata())]
    mean, *marks = [line for line in lines if line.get_color() == figures.COLORS[0]]
    assert mean.get_ydata().tolist() == [2, 2, 3]
    assert [line.get_ydata().tolist() for line in marks] == [[1, 2, 5], [3, 2, 1]]
    assert all(line.get_linestyle() == "None" and line.get_marker() == "o" for line in marks)
    assert [text.get_text() for text in ax.get_xticklabels()] == ["8", "16", "many"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b"]
    assert ax.get_title(loc="left") == "A finding"


@pytest.mark.parametrize("runs", [torch.zeros(2, 2), torch.zeros(3)])
def test_runs_of_another_shape_are_refused(ax, runs):
    with pytest.raises(ValueError, match=r"runs: 'a' must be \(3, S\)"):
        figures.plot_runs([1, 2, 3], {"a": runs}, ax=ax)


def test_a_function_and_its_slope_share_a_panel(shown):
    x = torch.linspace(-4, 4, 9)
    functions = {"square": (x**2, 2 * x), "line": (x, x**0), "none": (0 * x, 0 * x)}
    figures.plot_slopes(x, functions, columns=2, alt="Three functions.")
    (fig, alt), *others = shown
    assert alt == "Three functions." and others == []
    panels = [ax for ax in fig.axes if ax.get_visible()]
    assert [ax.get_title(loc="left") for ax in panels] == list(functions)
    for ax, (values, slopes) in zip(panels, functions.values(), strict=True):
        drawn = [line.get_ydata().tolist() for line in ax.lines]
        assert drawn == [values.tolist(), slopes.tolist()]
        assert [line.get_linestyle() for line in ax.lines] == ["-", "--"]


def test_slopes_of_another_length_are_refused(shown):
    with pytest.raises(ValueError, match="functions: 'f' has not 3 values and slopes"):
        figures.plot_slopes([1, 2, 3], {"f": ([1, 2, 3], [1, 2])}, alt="A function.")
    with pytest.raises(ValueError, match="alt"):
        figures.plot_slopes([1], {"f": ([1], [1])}, alt="")
    assert shown == []
