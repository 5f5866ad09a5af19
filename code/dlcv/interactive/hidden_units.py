"""A network with one layer of ReLU units in the plane, whose bends the reader moves."""

import math
from collections.abc import Mapping, Sequence
from html import escape

import torch

from ..figures.display import check_alt, publish
from ..figures.style import COLORS, tint
from .handles import line_handles, probe_handle
from .page import read_file, root_id, wrap

__all__ = ["hidden_units_explorer"]

SIDE = 432  # of the drawing, in its own units
HALF = 1.15  # the plane runs from -HALF to HALF in both directions
MOST_POINTS, MOST_UNITS = 300, 8
INKS = [COLORS[i] for i in (2, 4, 6, 3, 7, 9, 5, 8)]  # blue and amber are the classes


def hidden_units_explorer(
    cases: Mapping[str, tuple[torch.Tensor, torch.Tensor]],
    weights: Sequence[Sequence[float]] | torch.Tensor,
    bias: float = 0.0,
    *,
    rate: float = 0.3,
    alt: str,
) -> None:
    """Shows f(x) = Σ v max(0, w·x + b) + c on points of two classes, to be moved (chapter 05).

    Each hidden unit has a line, where it bends, and an arrow to the side where it is on. Dragging
    the arrow's tip turns and scales w, dragging its foot moves the bend; every number can be typed.
    The regions f > 0 and f < 0, the mean cross-entropy of σ(f) and the accuracy follow at once.
    Two buttons descend on that loss: over all weights, or over v and c only, which leaves the bends
    where they are. All of it is JavaScript inside the output.

    Args:
        cases: name → points (N, 2), at most 300, and labels (N,) of 0 and 1. The points of each
            case are scaled so that the largest coordinate is 1.
        weights: (H, 4), where to begin, at most 8 units: a row is w₁, w₂, b and v of one unit.
        bias: c, where to begin.
        rate: the learning rate.
        alt: what the figure shows; the state is added to it as it changes.

    Raises:
        ValueError: shapes that do not fit together, too many points or units, or an empty `alt`.
    """
    alt = check_alt(alt)
    weights = torch.as_tensor(weights, dtype=torch.float64).detach().cpu()
    if weights.ndim != 2 or weights.shape[1] != 4 or not 1 <= len(weights) <= MOST_UNITS:
        raise ValueError(
            f"weights: (H, 4) with H from 1 to {MOST_UNITS} was wanted, not {tuple(weights.shape)}"
        )
    if not weights.isfinite().all() or not math.isfinite(bias):
        raise ValueError("weights, bias: finite numbers were wanted")
    if not cases:
        raise ValueError("cases: one or more were wanted")
    data = {
        "cases": [_case(name, *case) for name, case in cases.items()],
        "weights": weights.tolist(),
        "bias": bias,
        "spare": [_spare(h) for h in range(MOST_UNITS)],
        "colors": COLORS[:2],
        "tints": [tint(color, 0.24) for color in COLORS[:2]],
        "half": HALF,
        "rate": rate,
        "alt": alt,
    }
    identity = root_id(data)
    script = ("hiddenUnits", "hidden_units.js")
    html = wrap("dlcv-explorer dlcv-units", _body(data), *script, data, identity)
    publish({"text/html": html, "text/plain": alt})


def _case(name: str, points: torch.Tensor, labels: torch.Tensor) -> dict:
    """The points of one case, scaled into [-1, 1]."""
    points = torch.as_tensor(points).detach().cpu().double()
    labels = torch.as_tensor(labels).detach().cpu().long()
    if points.ndim != 2 or points.shape[1] != 2 or labels.shape != points.shape[:1]:
        raise ValueError(
            f"cases: {name!r} needs points (N, 2) and labels (N,), "
            f"not {tuple(points.shape)} and {tuple(labels.shape)}"
        )
    if not 1 <= len(points) <= MOST_POINTS or not points.isfinite().all():
        raise ValueError(f"cases: {name!r} needs 1 to {MOST_POINTS} finite points")
    if not set(labels.tolist()) <= {0, 1}:
        raise ValueError(f"cases: the labels of {name!r} must be 0 and 1")
    scaled = points / points.abs().max().clamp(min=1e-12)
    rows = [[round(value, 4) for value in point] for point in scaled.tolist()]
    return {"name": name, "points": rows, "labels": labels.tolist()}


def _spare(h: int) -> list[float]:
    """A unit for whoever asks for one more: directions spread out, signs in turn."""
    turn = 2.4 * h + 0.4  # radians; 2.4 is about the golden angle
    return [round(value, 2) for value in (math.cos(turn), math.sin(turn), 0.3, (-1) ** h)]


def _body(data: dict) -> str:
    css = read_file("hidden_units.css")
    cases = "".join(
        f'<option value="{i}">{escape(case["name"])}</option>'
        for i, case in enumerate(data["cases"])
    )
    counts = "".join(f"<option>{count}</option>" for count in range(1, MOST_UNITS + 1))
    return "\n".join(
        [
            f"<style>{css}</style>",
            '<div class="dlcv-body" hidden>',
            _drawing(data["alt"]),
            '<div class="dlcv-panel">',
            '<div class="dlcv-choices">',
            f'<label>case <select data-case autocomplete="off">{cases}</select></label>',
            f'<label>hidden units <select data-hidden autocomplete="off">{counts}</select></label>',
            "</div>",
            _table(),
            '<p class="dlcv-summary" role="status">right: <b data-accuracy-text></b>, mean loss '
            "<b data-loss-text></b>, gradient steps: <b data-steps-text></b></p>",
            '<div class="dlcv-buttons" role="group" aria-label="Learning">',
            '<button type="button" data-fit>Train v and c only</button>',
            '<button type="button" data-train>Train all weights</button>',
            '<button type="button" data-shuffle>Random start</button>',
            '<button type="button" data-reset>Reset</button>',
            "</div>\n</div>\n</div>",
            "<noscript>This figure needs JavaScript.</noscript>",
        ]
    )


def _drawing(alt: str) -> str:
    """A canvas for regions and points, and over it an SVG for what can be taken hold of."""
    handles = "\n".join(line_handles("h", h, INKS[h], 2.5) for h in range(MOST_UNITS))
    return (
        f'<div class="dlcv-plane"><canvas width="{SIDE}" height="{SIDE}" aria-hidden="true">'
        f'</canvas>\n<svg data-handles viewBox="0 0 {SIDE} {SIDE}" role="group" '
        f'aria-label="{escape(alt)}">\n{handles}\n{probe_handle(-HALF, HALF)}\n</svg></div>'
    )


def _table() -> str:
    """A row a unit: its weights, to be typed, and its activation at the probe."""
    names = ["first weight", "second weight", "bias", "output weight"]
    rows = []
    for h in range(MOST_UNITS):
        fields = "".join(
            _field(f"{h},{j}", f"{name} of unit {h + 1}") for j, name in enumerate(names)
        )
        rows.append(
            f'<tr data-row><th scope="row"><span class="dlcv-swatch" style="background:{INKS[h]}">'
            f"</span>{h + 1}</th>{fields}<td data-activation></td></tr>"
        )
    heads = ["unit", "w₁", "w₂", "b", "v", "a"]
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    caption = "The weights; activations a and output f at the probe, <span data-where></span>"
    last = (
        f'<tr><th scope="row">c</th>{_field("-1,0", "bias of the output")}'
        '<td colspan="4" data-verdict></td></tr>'
    )
    return (
        f'<table class="dlcv-numbers"><caption>{caption}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}{last}</tbody></table>"
    )


def _field(place: str, label: str) -> str:
    return (
        f'<td><input type="number" step="0.1" data-parameter="{place}" autocomplete="off" '
        f'aria-label="{label}"></td>'
    )
