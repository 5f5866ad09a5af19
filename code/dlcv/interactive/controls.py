"""The controls of `explore`: what the caller asked for, checked and put in order."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Control", "frame_values", "make_controls"]

MOST_FRAMES = 64


@dataclass(frozen=True)
class Control:
    """One control: its values and how they are shown.

    Attributes:
        name: the argument of the drawing function.
        values: the values on the static page, in order.
        label: what stands before the control.
        unit: what stands after the value.
        start: index of the first value shown.
        live_step: distance between two values of the live slider; None for a choice or a switch,
            and for floats, which are continuous.
    """

    name: str
    values: tuple
    label: str
    unit: str
    start: int
    live_step: float | None = None

    @property
    def kind(self) -> str:
        """`"switch"` for bools, `"number"` for numbers, `"choice"` for strings."""
        first = type(self.values[0])
        return {bool: "switch", str: "choice"}.get(first, "number")

    def text(self, value) -> str:
        """A value as the reader sees it."""
        if self.kind == "switch":
            return "on" if value else "off"
        if self.kind == "choice":
            return value
        return f"{value:g}".replace("-", "−") + self.unit


def make_controls(
    choices: Mapping[str, Sequence],
    labels: Mapping[str, str],
    units: Mapping[str, str],
    defaults: Mapping[str, object],
    live_steps: Mapping[str, float],
) -> list[Control]:
    """Checks the arguments of `explore` and returns one `Control` each.

    Raises:
        ValueError: no control, a control with mixed or too few values, a name that is no control,
            a default that is not among the values, or more than 64 frames.
    """
    if not choices:
        raise ValueError("explore: at least one control is wanted, such as sigma=[0.5, 1, 2]")
    options = {"labels": labels, "units": units, "defaults": defaults, "live_steps": live_steps}
    for option, mapping in options.items():
        if unknown := set(mapping) - set(choices):
            raise ValueError(f"{option}: {sorted(unknown)} is no control of {sorted(choices)}")
    controls = []
    for name, given in choices.items():
        values = _plain_values(name, given)
        default = defaults.get(name, next(iter(given)))
        if default not in values:
            raise ValueError(f"defaults: {name}={default!r} is not among {list(values)}")
        unit, start = units.get(name, ""), values.index(default)
        step = live_steps.get(name, _whole_step(values))
        controls.append(Control(name, values, labels.get(name, name), unit, start, step))
    _check_product(controls)
    return controls


def frame_values(controls: Sequence[Control]) -> list[dict]:
    """Every combination of values, the last control changing fastest."""
    names = [control.name for control in controls]
    combinations = itertools.product(*(control.values for control in controls))
    return [dict(zip(names, values, strict=True)) for values in combinations]


def _plain_values(name: str, given: Sequence) -> tuple:
    """Python's own bools, strings, ints and floats, all of one kind."""
    if isinstance(given, str) or not hasattr(given, "__iter__"):
        raise ValueError(f"{name}: a list or range of values was wanted, not {given!r}")
    values = tuple(v.item() if isinstance(v, np.generic) else v for v in given)
    if all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values):
        if not all(math.isfinite(v) for v in values):
            raise ValueError(f"{name}: numbers must be finite, not {list(values)}")
        if list(values) != sorted(values):
            raise ValueError(f"{name}: numbers must rise from left to right, not {list(values)}")
    elif all(isinstance(v, bool) for v in values):
        values = tuple(sorted(values))  # unchecked is False
    elif not all(isinstance(v, str) for v in values):
        raise ValueError(f"{name}: all numbers, all strings or all bools, not {list(values)}")
    if len(values) < 2 or len(set(values)) < len(values):
        raise ValueError(f"{name}: two or more different values were wanted, not {list(values)}")
    return values


def _whole_step(values: tuple) -> int | None:
    """For whole numbers the largest step that meets them all: 2 for 1, 3, 5, 9."""
    if not all(type(v) is int for v in values):
        return None
    return math.gcd(*(v - values[0] for v in values))


def _check_product(controls: Sequence[Control]) -> None:
    counts = [len(control.values) for control in controls]
    if math.prod(counts) > MOST_FRAMES:
        product = " × ".join(f"{len(c.values)} ({c.name})" for c in controls)
        raise ValueError(
            f"explore: {product} = {math.prod(counts)} frames; a page holds at most "
            f"{MOST_FRAMES}: give a control fewer values"
        )
