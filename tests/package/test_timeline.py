"""The history: every event has a source in the book's bibliography; the figure shows them all."""

import re
from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot as plt
import pytest

from dlcv import data, figures
from dlcv.data.timeline import KINDS
from dlcv.figures import history

ROOT = Path(__file__).parents[2]
# What the plan of the book asks for: the event, and the year in which it stands.
PLANNED = {
    "mcculloch-1943": 1943,
    "rosenblatt-1958": 1958,
    "minsky-1969": 1969,
    "linnainmaa-1976": 1970,
    "werbos-1994": 1974,
    "rumelhart-1986": 1986,
    "lecun-1989": 1989,
    "lecun-1998": 1998,
    "dahl-2012": 2012,
    "hinton-2012": 2012,
    "krizhevsky-2012": 2012,
    "simonyan-2014": 2014,
    "szegedy-2014": 2014,
    "he-2015-resnet": 2015,
    "vaswani-2017": 2017,
    "dosovitskiy-2020": 2020,
    "radford-2021": 2021,
    "kirillov-2023": 2023,
}


def bibliography():
    """Anchor → entry."""
    text = (ROOT / "guide" / "bibliography.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^\(([\w-]+)\)=\n(.+)$", text, re.MULTILINE))


@pytest.mark.parametrize("event", data.timeline(), ids=lambda event: event.source)
def test_an_event_has_a_source_that_stands_in_the_bibliography(event):
    entry = bibliography()[event.source]
    assert event.link in entry, f"{event.link} is not the link of {event.source}"
    assert re.match(r"https://(doi|arxiv)\.org/|ISBN |https://www\.cs\.toronto\.edu/", event.link)
    first = re.match(r"[\w’'-]+", event.work)[0]
    assert entry.startswith(first), f"{event.work} is not {entry[:30]}"
    published = int(re.search(r" \((\d{4})\)\. ", entry)[1])
    note = entry[entry.index(event.link) + len(event.link) :]  # "Reprints the thesis of 1974."
    again = re.search(r"\((?:reprinted|in English) (\d{4})\)$", event.work)
    earlier = again and int(again[1]) == published and str(event.year) in note
    assert event.year == published or earlier


def test_the_events_of_the_plan_are_there_in_order():
    events = data.timeline()
    years = {event.source: event.year for event in events}
    assert PLANNED.items() <= years.items()
    assert [event.year for event in events] == sorted(years.values())
    assert {event.kind for event in events} == set(KINDS)
    assert len(years) == len(events)


def test_the_figure_shows_every_event_at_its_year(monkeypatch):
    shown = []
    monkeypatch.setattr(history, "show", lambda fig, alt: shown.append((fig, alt)))
    events = data.timeline()
    figures.plot_timeline(events, alt="The history.", title="A finding")
    fig, alt = shown[0]
    (ax,) = fig.axes
    texts = [text.get_text() for text in ax.texts]
    for event in events:
        assert {event.event, event.work, str(event.year)} <= set(texts)
    dots = [line.get_ydata()[0] for line in ax.lines if line.get_marker() == "o"]
    years = [event.year for event in events]
    scale = (len(events) - 1) / (years[-1] - years[0])  # rows a year
    assert dots == pytest.approx([(year - years[0]) * scale for year in years])
    assert (ax.get_title(loc="left"), alt) == ("A finding", "The history.")
    bottom, top = ax.get_ylim()
    assert bottom > top, "the oldest stands at the top"
    plt.close(fig)


def test_a_text_stays_inside_the_figure():
    fig = None

    def keep(figure, alt):
        nonlocal fig
        fig = figure

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history, "show", keep)
        figures.plot_timeline(data.timeline(), alt="The history.")
    fig.canvas.draw()
    for text in fig.axes[0].texts:
        assert fig.bbox.contains(*text.get_window_extent().max), text.get_text()
    plt.close(fig)


def event(year):
    return SimpleNamespace(year=year, kind="network", event="e", work="w")


@pytest.mark.parametrize("years", [[], [1990], [1990, 1990], [1990, 1980]])
def test_no_history_is_refused(years):
    with pytest.raises(ValueError, match="from the oldest to the newest"):
        figures.plot_timeline([event(year) for year in years], alt="Nothing.")
    with pytest.raises(ValueError, match="alt"):
        figures.plot_timeline(data.timeline(), alt="")
    assert plt.get_fignums() == []
