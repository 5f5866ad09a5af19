"""Points to drag and three lines fitted to them: which loss follows an outlier?"""

import math
from collections.abc import Sequence
from html import escape

from ..figures.display import check_alt, publish
from ..figures.style import COLORS, INK, LINE, SOFT_INK
from .page import root_id, wrap

__all__ = ["robust_line_explorer"]

WIDTH, HEIGHT = 480, 380  # of the drawing, in its own units
MOST_POINTS = 20
#: key: (name, color, dashes)
LINES = {
    "l2": ("L2", COLORS[0], "none"),
    "l1": ("L1", COLORS[1], "12 6"),
    "huber": ("Huber", COLORS[2], "3 5"),
}


def robust_line_explorer(
    points: Sequence[Sequence[float]],
    delta: float = 1.0,
    limits: Sequence[float] = (0, 10, 0, 10),
    *,
    alt: str,
) -> None:
    """Shows points to drag, and the best line by L2, by L1 and by Huber's loss (chapter 06).

    All three follow at once: least squares by formula, least absolute error exactly (some best line
    passes through two of the points, so all pairs are tried), Huber by reweighted least squares. A
    slider sets δ. All of it is JavaScript inside the output; the arrow keys move points, too.

    Args:
        points: N pairs (x, y), 3 to 20, inside `limits`.
        delta: δ of Huber's loss, from 0.1 to 5.
        limits: what is drawn: left, right, bottom, top.
        alt: what the figure shows; the slopes are added to it as they change.

    Raises:
        ValueError: numbers that do not fit or are out of range, or an empty `alt`.
    """
    alt = check_alt(alt)
    points = [[float(value) for value in point] for point in points]
    left, right, bottom, top = (float(limit) for limit in limits)
    if not (left < right and bottom < top):
        raise ValueError(f"limits: got {tuple(limits)}, wanted left < right and bottom < top")
    if not 3 <= len(points) <= MOST_POINTS or any(len(point) != 2 for point in points):
        raise ValueError(f"points: got {len(points)}, wanted 3 to {MOST_POINTS} pairs (x, y)")
    if not all(left <= x <= right and bottom <= y <= top for x, y in points):
        raise ValueError(f"points: got one outside the limits {tuple(limits)}")
    if not 0.1 <= delta <= 5:
        raise ValueError(f"delta: got {delta}, wanted 0.1 to 5")
    data = {
        "points": points,
        "delta": delta,
        "limits": [left, right, bottom, top],
        "width": WIDTH,
        "height": HEIGHT,
        "alt": alt,
    }
    script = ("robustLine", "robust_line.js")
    html = wrap("dlcv-explorer", _body(data), *script, data, root_id("line", data))
    publish({"text/html": html, "text/plain": alt})


def _body(data: dict) -> str:
    slider = (
        '<input type="range" min="0.1" max="5" step="0.1" data-delta autocomplete="off">'
        '<span class="dlcv-value" aria-hidden="true" data-delta-text></span>'
    )
    return "\n".join(
        [
            '<div class="dlcv-body" hidden>',
            _drawing(data),
            '<div class="dlcv-panel">',
            _table(),
            f'<div class="dlcv-controls"><label><span>Huber’s δ</span>{slider}</label></div>',
            '<div class="dlcv-buttons"><button type="button" data-reset>Reset</button></div>',
            "</div>\n</div>",
            "<noscript>This figure needs JavaScript.</noscript>",
        ]
    )


def _drawing(data: dict) -> str:
    """Axes, the three lines, and the points; the script puts them into their places."""
    left, right, bottom, top = data["limits"]
    style = f'fill="{SOFT_INK}" font-size="14" font-family="sans-serif"'
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="group" '
        f'aria-label="{escape(data["alt"])}">',
        f'<text x="{WIDTH - 20}" y="{HEIGHT - 9}" {style}>x</text>',
        f'<text x="8" y="20" {style}>y</text>',
    ]
    for value in _ticks(left, right):
        x = (value - left) * WIDTH / (right - left)
        parts.append(
            f'<path d="M{x:.1f},0V{HEIGHT}" stroke="{LINE}"/>'
            f'<text x="{x + 4:.1f}" y="{HEIGHT - 9}" {style}>{_minus(value)}</text>'
        )
    for value in _ticks(bottom, top):
        y = (top - value) * HEIGHT / (top - bottom)
        parts.append(
            f'<path d="M0,{y:.1f}H{WIDTH}" stroke="{LINE}"/>'
            f'<text x="6" y="{y - 5:.1f}" {style}>{_minus(value)}</text>'
        )
    for key, (_, color, dashes) in LINES.items():
        paint = f'stroke="{color}" stroke-width="3.5" stroke-dasharray="{dashes}"'
        parts.append(f'<line class="dlcv-line" data-line="{key}" {paint}/>')
    parts += [_dot(i, bottom, top) for i in range(len(data["points"]))]
    return "\n".join([*parts, "</svg>"])


def _dot(i: int, bottom: float, top: float) -> str:
    return (
        f'<g class="dlcv-probe" tabindex="0" role="slider" aria-label="Point {i + 1}, moved with '
        f'the arrow keys" aria-valuemin="{bottom}" aria-valuemax="{top}" aria-valuenow="0">'
        f'<circle r="16" fill="transparent"/>'
        f'<circle r="7" fill="#fff" stroke="{INK}" stroke-width="2.5"/></g>'
    )


def _table() -> str:
    """A row a loss: its line's sign, slope and intercept, and the mean loss it could not avoid."""
    rows = "".join(
        f'<tr><th scope="row"><svg viewBox="0 0 30 8" width="30" height="8" aria-hidden="true">'
        f'<path d="M0,4H30" stroke="{color}" stroke-width="3.5" stroke-dasharray="{dashes}"/></svg>'
        f"<span>{name}</span></th><td data-slope={key}></td><td data-intercept={key}></td>"
        f"<td data-mean={key}></td></tr>"
        for key, (name, color, dashes) in LINES.items()
    )
    heads = "".join(f'<th scope="col">{h}</th>' for h in ("loss", "slope", "intercept", "its mean"))
    return (
        '<table class="dlcv-numbers"><caption>The best line by each loss</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers strictly inside the limits, at most six of them."""
    step = 10 ** math.floor(math.log10((high - low) / 2))
    step *= next(s for s in (1, 2, 5) if (high - low) / (step * s) <= 6.5 or s == 5)
    first, last = math.floor(low / step) + 1, math.ceil(high / step) - 1
    return [i * step for i in range(first, last + 1)]


def _minus(value: float) -> str:
    return f"{value:g}".replace("-", "−")
