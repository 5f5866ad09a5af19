"""The drawing of a network: a circle a unit, a line a weight, and the marked one where it is."""

import matplotlib.pyplot as plt
import pytest
from matplotlib.patches import Circle

from dlcv import figures


@pytest.fixture
def ax():
    fig, ax = plt.subplots()
    yield ax
    plt.close(fig)


@pytest.mark.parametrize("sizes", [(3, 4, 2), (2, 1), (1, 5, 5, 3)])
def test_there_is_a_circle_a_unit_and_a_line_a_weight(ax, sizes):
    figures.plot_network(sizes, ax=ax)
    assert sum(isinstance(patch, Circle) for patch in ax.patches) == sum(sizes)
    weights = sum(here * there for here, there in zip(sizes, sizes[1:], strict=False))
    assert len(ax.lines) == weights
    texts = {text.get_text() for text in ax.texts}
    assert {f"$x_{k}$" for k in range(1, sizes[0] + 1)} <= texts
    assert f"$a^{len(sizes) - 1}_{sizes[-1]}$" in texts
    assert {f"input\n{sizes[0]}", f"output\n{sizes[-1]}"} <= texts


def test_the_marked_weight_leads_from_unit_k_to_unit_j(ax):
    figures.plot_network((3, 4, 2), marked=(1, 2, 3), ax=ax, names=["in", "mid", "out"])
    (line,) = [line for line in ax.lines if line.get_color() == figures.COLORS[1]]
    centers = {text.get_text(): text.get_position() for text in ax.texts}
    start, end = zip(line.get_xdata(), line.get_ydata(), strict=True)
    assert start == pytest.approx(centers["$x_3$"]) and end == pytest.approx(centers["$a^1_2$"])
    assert "$w^1_{23}$" in centers and "mid\n4" in centers


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sizes": (3,)}, "two layers or more"),
        ({"sizes": (3, 0, 2)}, "none of them empty"),
        ({"sizes": (3, 4), "names": ["one"]}, "names: 1 for 2 layers"),
        ({"sizes": (3, 4), "marked": (1, 5, 1)}, r"no weight \(l, j, k\) = \(1, 5, 1\)"),
        ({"sizes": (3, 4), "marked": (1, 1, 4)}, "no weight"),
        ({"sizes": (3, 4), "marked": (2, 1, 1)}, "no weight"),
    ],
)
def test_what_does_not_fit_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        figures.plot_network(**options, alt="A network.")
    assert plt.get_fignums() == []
