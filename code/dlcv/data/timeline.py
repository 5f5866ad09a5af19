"""The history of neural networks as a table: one event a row, each with the work it rests on.

The rows stand in `timeline.csv`; every work is an entry of the book's bibliography. Chapter 5
draws them.
"""

import csv
from importlib.resources import files
from typing import NamedTuple

KINDS = ("network", "learning", "seeing")


class Event(NamedTuple):
    """One event of the history.

    Args:
        year: when the work appeared.
        kind: one of `KINDS`: a new network, a new way to learn, or a step in seeing.
        event: what happened, in a few words.
        work: the authors.
        source: the anchor of the work in the book's bibliography.
        link: its DOI or arXiv address; a book without one has its ISBN.
    """

    year: int
    kind: str
    event: str
    work: str
    source: str
    link: str


def timeline() -> list[Event]:
    """All events, from the oldest to the newest."""
    with files(__package__).joinpath("timeline.csv").open(encoding="utf-8", newline="") as file:
        events = [Event(**row | {"year": int(row["year"])}) for row in csv.DictReader(file)]
    return sorted(events, key=lambda event: event.year)
