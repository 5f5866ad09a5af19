"""A history as a figure: a true scale of years on the left, one line of text an event."""

from collections.abc import Sequence

import matplotlib.pyplot as plt

from .display import check_alt, headline, show
from .style import COLORS, INK, SOFT_INK, tint

__all__ = ["plot_timeline"]

ROW = 0.265  # inches a line of text takes
PLACES = {"axis": 0.0, "bend": 0.62, "year": 0.88, "event": 1.8, "right": 9.6}


def plot_timeline(events: Sequence, *, alt: str, title: str | None = None) -> None:
    """Draws events along an axis of years, from top to bottom (chapter 05).

    The dots on the axis stand at true distances; the lines of text are spread evenly, and a thin
    line leads from each dot to its text. Each kind of event has a color.

    Args:
        events: from `dlcv.data.timeline()`, or anything with `year`, `kind`, `event` and `work`,
            from the oldest to the newest.
        alt: what the figure shows.
        title: a sentence that states the finding.

    Raises:
        ValueError: fewer than two events, years that fall, or an empty `alt`.
    """
    check_alt(alt)
    years = [event.year for event in events]
    if len(years) < 2 or years != sorted(years) or years[0] == years[-1]:
        raise ValueError("events: two or more, from the oldest to the newest, were wanted")
    kinds = list(dict.fromkeys(event.kind for event in events))
    fig, ax = plt.subplots(figsize=(6.4, ROW * len(events) + 0.75))
    _draw_axis(ax, years)
    for row, event in enumerate(events):
        height = _height(event.year, years)
        _draw_event(ax, event, height, row, COLORS[kinds.index(event.kind)])
    for i, kind in enumerate(kinds):
        style = {"color": COLORS[i], "weight": "bold", "size": 10.5, "va": "center"}
        ax.text(PLACES["year"] + 2.2 * i, -1.2, f"● {kind}", **style)
    ax.set(xlim=(-1.05, PLACES["right"]), ylim=(len(events) - 0.4, -1.8), title=headline(title))
    ax.axis("off")
    show(fig, alt=alt)


def _height(year: float, years: Sequence[int]) -> float:
    """Where a year stands on the axis, in rows: the first at row 0, the last at the last row."""
    return (year - years[0]) / (years[-1] - years[0]) * (len(years) - 1)


def _draw_axis(ax, years: Sequence[int]) -> None:
    ax.plot([PLACES["axis"]] * 2, [0, len(years) - 1], color=SOFT_INK, linewidth=1.5)
    for year in range(10 * -(-years[0] // 10), years[-1] + 1, 10):
        height = _height(year, years)
        ax.plot([-0.12, 0], [height] * 2, color=SOFT_INK, linewidth=1.2)
        style = {"ha": "right", "va": "center", "size": 9.5, "color": SOFT_INK}
        ax.text(-0.18, height, str(year), **style)


def _draw_event(ax, event, height: float, row: int, color: str) -> None:
    """A dot on the axis, a line to the text, and the text: year, event, authors."""
    across = [PLACES["axis"], PLACES["bend"], PLACES["year"] - 0.08]
    ax.plot(across, [height, row, row], color=tint(color, 0.35), linewidth=1, zorder=1)
    ax.plot(PLACES["axis"], height, "o", color=color, markersize=6.5, zorder=3)
    common = {"va": "center", "size": 10}
    ax.text(PLACES["year"], row, str(event.year), color=color, weight="bold", **common)
    words = ax.text(PLACES["event"], row, event.event, color=INK, **common)
    style = {"xycoords": words, "textcoords": "offset points", "size": 8.5, "va": "center"}
    ax.annotate(event.work, (1, 0.5), (7, 0), color=SOFT_INK, **style)
