"""What every benchmark shares: alternating rounds, medians of pairs, tables, the results file.

A benchmark is a module with a docstring (its first line is the section's title, the rest is printed
below it), a list `LIBRARIES` whose versions are printed, and a function
`measure(quick=False) -> list[Table]`. `quick` takes sizes so small that the numbers mean nothing:
it is for the tests.
"""

import gc
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import torch

Times = dict[str, list[float]]  # for each contender, the seconds of every round


@dataclass
class Table:
    """One table of a section: `rows` are cells ready to print, as many in each as `columns`."""

    title: str
    columns: list[str]
    rows: list[list[str]]
    rounds: int
    notes: list[str] = field(default_factory=list)  # sentences printed below the table
    threads: int = field(default_factory=torch.get_num_threads)  # as set where the table is made

    def markdown(self) -> str:
        """The table as text: heading, rounds and threads, rows with aligned columns, notes."""
        cells = [self.columns, *self.rows]
        widths = [max(len(row[i]) for row in cells) for i in range(len(self.columns))]
        lines = [_line(row, widths) for row in cells]
        lines.insert(1, "|" + "|".join(_rule(i, width) for i, width in enumerate(widths)) + "|")
        effort = f"{count(self.rounds, 'round')}, {count(self.threads, 'thread')}.\n\n"
        head = f"### {self.title}\n\n{effort if self.rounds else ''}".rstrip("\n") + "\n"
        return "\n".join([head, *lines, *(f"\n{note}" for note in self.notes)]) + "\n"


def count(number: int, noun: str) -> str:
    """`"1 round"`, `"2 rounds"`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def alternate(contenders: dict[str, Callable], rounds: int, warmup: int = 1) -> Times:
    """Call all contenders in turn, `rounds` times over, and time every call.

    Each round starts with another contender, so none has the same neighbor or place throughout. A
    contender that returns a float has timed itself: that number of seconds is taken instead.
    """
    names = list(contenders)
    times: Times = {name: [] for name in names}
    gc.collect()
    gc.freeze()  # what is there by now need not be looked through again before every call
    try:
        for number in range(-warmup, rounds):
            start = number % len(names)
            for name in names[start:] + names[:start]:
                seconds = _time(contenders[name])
                if number >= 0:
                    times[name].append(seconds)
    finally:
        gc.unfreeze()
    return times


def _time(call: Callable[[], object]) -> float:
    gc.collect()  # nobody pays for what the one before left behind
    synchronize()
    start = time.perf_counter()
    own = call()
    synchronize()
    return own if isinstance(own, float) else time.perf_counter() - start


def synchronize() -> None:
    """Wait for the GPU: its work is only queued when a call returns."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def paired(times: Times, name: str, first: str) -> tuple[np.ndarray, np.ndarray]:
    """Differences to and ratios over the contender `first`, round by round."""
    ours, theirs = np.array(times[name]), np.array(times[first])
    return ours - theirs, ours / theirs


def interval(values: np.ndarray, draws: int = 2000) -> tuple[float, float]:
    """95 % bootstrap interval of the median of `values`."""
    random = np.random.default_rng(0)
    samples = random.choice(values, (draws, len(values)))
    low, high = np.quantile(np.median(samples, axis=1), [0.025, 0.975])
    return float(low), float(high)


def overhead_rows(times: Times, steps: int) -> list[list[str]]:
    """Name, ms a step, extra µs a step over the first contender [95 %], ratio to it."""
    first = next(iter(times))
    rows = []
    for name, seconds in times.items():
        row = [name, f"{1e3 * statistics.median(seconds) / steps:.2f}"]
        if name == first:
            rows.append([*row, "", "1"])
            continue
        extra, ratio = paired(times, name, first)
        extra = 1e6 * extra / steps
        low, high = interval(extra)
        spread = f"{np.median(extra):+,.0f} [{low:+,.0f}, {high:+,.0f}]"
        rows.append([*row, spread, f"{np.median(ratio):.3f}"])
    return rows


OVERHEAD_COLUMNS = ["loop", "ms a step", "extra µs a step [95 %]", "ratio"]


def rate_rows(times: Times, items: int | dict[str, int], first: str | None = None) -> list:
    """Name, items a second, and how many times as fast as the contender `first`.

    Args:
        times: of `alternate`.
        items: how many items a call makes; a dictionary where the contenders differ.
        first: whom to compare with; the first of `times` by default.
    """
    first = first or next(iter(times))
    if isinstance(items, int):
        items = dict.fromkeys(times, items)
    rows = []
    for name, seconds in times.items():
        _, ratio = paired(times, first, name)  # seconds of first over ours: speed, turned round
        speed = float(np.median(ratio)) * items[name] / items[first]
        rate = items[name] / statistics.median(seconds)
        rows.append([name, f"{rate:,.0f}", f"{speed:.3g}" if name != first else "1"])
    return rows


def time_cell(seconds: list[float]) -> str:
    """The median of some times, in the unit that suits it: `"1.23 ms"`."""
    median = statistics.median(seconds)
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if median >= size:
            return f"{median / size:.3g} {unit}"
    return f"{median / 1e-6:.3g} µs"


@contextmanager
def threads(number: int) -> Iterator[None]:
    """Let PyTorch use `number` CPU threads inside the block; make the `Table` there, too."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _line(row: list[str], widths: list[int]) -> str:
    first, *rest = zip(row, widths, strict=True)
    cells = [first[0].ljust(first[1])] + [cell.rjust(width) for cell, width in rest]
    return "| " + " | ".join(cells) + " |"


def _rule(index: int, width: int) -> str:
    return "-" * (width + 2) if index == 0 else "-" * (width + 1) + ":"
