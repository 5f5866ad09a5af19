"""Scores to drag, a temperature, and the probabilities, entropy and loss that follow."""

import math
from collections.abc import Sequence
from html import escape

from ..figures.display import check_alt, publish
from ..figures.style import COLORS, INK, LINE, SOFT_INK
from .page import root_id, wrap

__all__ = ["softmax_explorer"]

WIDTH, HEIGHT = 480, 372  # of the drawing, in its own units
LEFT, LIMIT = 44, 5  # room for the axis; the largest score that is drawn
ZERO, UNIT = 106, 16  # y of score 0, and the length of one score
FLOOR, FULL = 334, 92  # y of probability 0, and the length of probability 1
COLDEST, HOTTEST = 0.1, 10


def softmax_explorer(
    scores: Sequence[float],
    classes: Sequence[str],
    label: int = 0,
    temperature: float = 1.0,
    *,
    alt: str,
) -> None:
    """Shows scores as bars to drag, and softmax(z / T), its entropy and its loss (chapter 06).

    Scores can also be typed or moved with the arrow keys; a slider sets the temperature T, a list
    the true class, and buttons add 1 to every score or double all. The table shows the gradient
    (p̂ − y) / T of the loss −log p̂_y. All of it is JavaScript inside the output.

    Args:
        scores: K numbers, one for each class; those beyond ±5 are drawn up to the edge.
        classes: K names, 2 to 6.
        label: index of the true class.
        temperature: where the slider starts, from 0.1 to 10.
        alt: what the figure shows; the state is added to it as it changes.

    Raises:
        ValueError: numbers that do not fit together or are out of range, or an empty `alt`.
    """
    alt = check_alt(alt)
    scores = [float(score) for score in scores]
    if len(scores) != len(classes) or not 2 <= len(scores) <= 6:
        raise ValueError(f"scores: got {len(scores)} for {len(classes)} classes, wanted 2 to 6")
    if not all(map(math.isfinite, scores)):
        raise ValueError(f"scores: got {scores}, wanted finite numbers")
    if label not in range(len(classes)):
        raise ValueError(f"label: got {label}, wanted 0 to {len(classes) - 1}")
    if not COLDEST <= temperature <= HOTTEST:
        raise ValueError(f"temperature: got {temperature}, wanted {COLDEST} to {HOTTEST}")
    data = {
        "scores": scores,
        "classes": list(classes),
        "label": label,
        "temperature": temperature,
        "limit": LIMIT,
        "left": LEFT,
        "step": (WIDTH - LEFT) / len(classes),
        "zero": ZERO,
        "unit": UNIT,
        "floor": FLOOR,
        "full": FULL,
        "alt": alt,
    }
    script = ("softmaxExplorer", "softmax_explorer.js")
    html = wrap("dlcv-explorer", _body(data), *script, data, root_id("softmax", data))
    publish({"text/html": html, "text/plain": alt})


def _body(data: dict) -> str:
    options = "".join(f'<option value="{k}">{escape(c)}' for k, c in enumerate(data["classes"]))
    most = math.log(len(data["classes"]))
    slider = (
        f'<input type="range" min="{math.log10(COLDEST):g}" max="{math.log10(HOTTEST):g}" '
        'step="0.02" data-temperature autocomplete="off">'
    )
    return "\n".join(
        [
            '<div class="dlcv-body" hidden>',
            _drawing(data),
            '<div class="dlcv-panel">',
            '<div class="dlcv-controls">',
            f"<label><span>temperature T</span>{slider}"
            '<span class="dlcv-value" aria-hidden="true" data-temperature-text></span></label>',
            f"<label><span>true class</span><select data-label autocomplete=off>{options}</select>"
            "</label></div>",
            _table(data["classes"]),
            '<p class="dlcv-summary" role="status">loss −log p̂ of the true class '
            f"<b data-loss></b>; entropy <b data-entropy></b> of at most log {len(data['classes'])}"
            f" = {most:.3f}</p>",
            '<div class="dlcv-buttons" role="group" aria-label="All scores">',
            '<button type="button" data-shift>Add 1 to every score</button>',
            '<button type="button" data-double>Double every score</button>',
            '<button type="button" data-reset>Reset</button>',
            "</div>\n</div>\n</div>",
            "<noscript>This figure needs JavaScript.</noscript>",
        ]
    )


def _drawing(data: dict) -> str:
    """Scores above, probabilities below, a column a class; the script moves the bars."""
    style = f'fill="{SOFT_INK}" font-size="14" font-family="sans-serif"'
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="group" '
        f'aria-label="{escape(data["alt"])}">',
        f'<text x="8" y="17" {style}>scores z (drag the dots)</text>',
        f'<text x="8" y="{FLOOR - FULL - 22}" {style}>probabilities softmax(z / T)</text>',
    ]
    for value in (-LIMIT, 0, LIMIT):
        parts.append(_line(ZERO - UNIT * value, f"{value}".replace("-", "−"), value == 0))
    for value in (0, 1):
        parts.append(_line(FLOOR - FULL * value, str(value), value == 0))
    columns = enumerate(data["classes"])
    parts += [_column(k, name, data["step"], style) for k, name in columns]
    return "\n".join([*parts, "</svg>"])


def _line(y: float, text: str, strong: bool) -> str:
    color = SOFT_INK if strong else LINE
    return (
        f'<path d="M{LEFT},{y}H{WIDTH}" stroke="{color}"/><text x="{LEFT - 8}" y="{y + 5}" '
        f'text-anchor="end" fill="{SOFT_INK}" font-size="14" font-family="sans-serif">{text}</text>'
    )


def _column(k: int, name: str, step: float, style: str) -> str:
    """The two bars of a class, its name, and the dot to take hold of."""
    center, width = LEFT + step * (k + 0.5), 0.5 * step
    bar = f'x="{center - width / 2:.1f}" width="{width:.1f}" y="0" height="0" fill="{COLORS[k]}"'
    place = f'x="{center:.1f}" text-anchor="middle"'
    return (
        f'<rect data-score-bar="{k}" {bar} opacity="0.55"/><rect data-probability-bar="{k}" {bar}/>'
        f'<text data-number="{k}" {place} {style} y="0"></text>'
        f'<text {place} y="{FLOOR + 22}" {style}>{escape(name)}</text>'
        f'<g class="dlcv-probe" data-k="{k}" tabindex="0" role="slider" '
        f'aria-label="Score of {escape(name)}" aria-orientation="vertical" '
        f'aria-valuemin="{-LIMIT}" aria-valuemax="{LIMIT}" aria-valuenow="0">'
        f'<circle r="18" fill="transparent"/>'
        f'<circle r="9" fill="{COLORS[k]}" stroke="{INK}" stroke-width="1.5"/></g>'
    )


def _table(classes: Sequence[str]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td><input type="number" step="0.1" '
        f'data-typed="{k}" autocomplete="off" aria-label="score of {escape(name)}"></td>'
        f'<td data-gradient="{k}"></td></tr>'
        for k, name in enumerate(classes)
    )
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("class", "score z", "∂loss/∂z"))
    caption = "Scores to type, and the gradient (p̂ − y) / T"
    return (
        f'<table class="dlcv-numbers"><caption>{caption}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )
