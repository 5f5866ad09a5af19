"""Pictures of windows: where they stand, what is left over, how far an output sees."""

import importlib

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Polygon, Rectangle

from dlcv import figures, layers

MODULE = importlib.import_module("dlcv.figures.windows")


@pytest.fixture
def shown(monkeypatch):
    """The figures that were shown, still open."""
    figs = []
    monkeypatch.setattr(MODULE, "show", lambda fig, alt: figs.append(fig))
    yield figs
    plt.close("all")


@pytest.mark.parametrize(("N", "F", "padding"), [(7, 3, 0), (8, 2, 1), (9, 5, 2)])
def test_there_is_a_square_a_pixel_and_a_row_a_window(shown, N, F, padding):
    figures.plot_windows(N, F, strides=(1, 2, 3), padding=padding, alt="Windows.")
    for ax, S in zip(shown[0].axes, (1, 2, 3), strict=True):
        squares = [p for p in ax.patches if isinstance(p, Rectangle)]
        pixels, windows = squares[: N + 2 * padding], squares[N + 2 * padding :]
        count = layers.output_size(N, F, S, padding, floor=True)
        assert len(windows) == count * F
        starts = [window.get_x() for window in windows[::F]]
        assert starts == pytest.approx([0.06 + k * S for k in range(count)])
        left_over = N + 2 * padding - ((count - 1) * S + F)
        amber = to_hex(figures.tint(figures.COLORS[1], 0.6))
        assert sum(to_hex(p.get_facecolor()) == amber for p in pixels) == left_over
        assert ax.get_title(loc="left").endswith(
            f"{left_over} left over" if left_over else f"{count} windows"
        )


def test_a_window_larger_than_the_row_is_refused(shown):
    with pytest.raises(ValueError, match="does not fit"):
        figures.plot_windows(3, 5, strides=(1,), alt="Windows.")
    assert shown == []


def test_volumes_tell_their_sizes(shown):
    figures.plot_volumes((3, 32, 32), 5, 6, alt="A block.")
    (ax,) = shown[0].axes
    texts = " ".join(text.get_text() for text in ax.texts)
    assert "32 × 32 × 3" in texts and "28 × 28 × 6" in texts and "5 · 5 · 3 = 75" in texts
    assert sum(isinstance(p, Polygon) for p in ax.patches) == 3 + 3 + 6


@pytest.mark.parametrize(
    "windows", [[(3, 1, 1)] * 3, [(3, 2, 1)] * 2, [(3, 1, 1), (3, 1, 2)], [(5, 2, 1), (2, 1, 3)]]
)
def test_the_picture_is_as_wide_as_the_receptive_field(shown, windows):
    figures.plot_receptive_fields({"a stack": windows}, alt="A stack.")
    (ax,) = shown[0].axes
    rows = [np.asarray(dots.get_offsets()) for dots in ax.collections]
    assert len(rows) == len(windows) + 1
    field, _ = layers.receptive_field(windows)
    assert rows[0][:, 0].min() == 0 and rows[0][:, 0].max() == field - 1
    assert len(rows[-1]) == 1 and rows[-1][0, 0] == pytest.approx((field - 1) / 2)
    assert f"{field} pixels" in [text.get_text() for text in ax.texts]


@pytest.mark.parametrize(("window", "pale"), [((3, 2, 1), 0), ((3, 1, 2), 2)])
def test_units_that_a_dilation_skips_are_pale(shown, window, pale):
    figures.plot_receptive_fields({"a stack": [(3, 1, 1), window]}, alt="A stack.")
    dots = [line for line in shown[0].axes[0].lines if line.get_marker() == "o"]
    assert sum(len(line.get_xdata()) for line in dots) == pale


@pytest.mark.parametrize(
    ("show", "arguments"),
    [
        ("plot_windows", (7, 3, (1,))),
        ("plot_volumes", ((3, 9, 9), 3, 2)),
        ("plot_receptive_fields", ({"a": [(3, 1, 1)]},)),
    ],
)
def test_alternative_text_is_needed(shown, show, arguments):
    with pytest.raises(ValueError, match="alt"):
        getattr(figures, show)(*arguments, alt=" ")
    assert shown == []
