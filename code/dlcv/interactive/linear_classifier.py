"""A linear classifier of points in the plane, to take hold of with the mouse or the keyboard."""

import math
from collections.abc import Sequence
from html import escape

import torch

from ..figures.display import check_alt, publish
from ..figures.style import COLORS, INK, LINE, SOFT_INK, tint
from .handles import line_handles, probe_handle
from .page import root_id, wrap

__all__ = ["linear_classifier_explorer"]

WIDTH = 480  # of the drawing, in its own units
MOST_POINTS = 400
# One shape a class, so that color is never the only sign; about 10 units wide.
SHAPES = [
    "M-5,0a5,5 0 1,0 10,0a5,5 0 1,0 -10,0z",  # circle
    "M-4.5,-4.5h9v9h-9z",  # square
    "M0,-6l5.5,10h-11z",  # triangle
    "M0,-6.5l5,6.5l-5,6.5l-5,-6.5z",  # diamond
    "M0,6l5.5,-10h-11z",  # triangle on its tip
    "M-2,-5.5h4v3.5h3.5v4h-3.5v3.5h-4v-3.5h-3.5v-4h3.5z",  # plus
]


def linear_classifier_explorer(
    points: torch.Tensor,
    labels: torch.Tensor,
    weights: torch.Tensor | None = None,
    bias: torch.Tensor | None = None,
    classes: Sequence[str] | None = None,
    *,
    alt: str,
) -> None:
    """Shows a linear classifier whose weights the reader moves (chapter 02).

    Each class has an arrow, its row of W, on the line where its score is zero. Dragging the arrow's
    tip turns and scales the row, dragging its foot moves the line; every number can be typed too.
    Regions, the scores and probabilities at a movable probe, the mean softmax cross-entropy of all
    points and the accuracy follow at once. Buttons take gradient steps on that loss. All of it is
    JavaScript inside the output: it works without a kernel and without a network.

    Args:
        points: (N, 2), at most 400.
        labels: (N,), class indices from 0.
        weights: (K, 2), where to begin; by default unit vectors in K directions.
        bias: (K,); by default zeros.
        classes: K names, 2 to 6; by default "class 0", "class 1", …
        alt: what the figure shows; the state is added to it as it changes.

    Raises:
        ValueError: shapes that do not fit together, too many points or classes, or an empty `alt`.
    """
    alt = check_alt(alt)
    points = torch.as_tensor(points).detach().cpu().double()
    labels = torch.as_tensor(labels).detach().cpu().long()
    count = _count_classes(points, labels, weights, classes)
    classes = list(classes or (f"class {k}" for k in range(count)))
    turns = torch.arange(count) * 2 * math.pi / count
    directions = torch.stack([turns.cos(), turns.sin()], dim=1)  # (K, 2)
    weights = _checked("weights", directions if weights is None else weights, (count, 2))
    bias = _checked("bias", torch.zeros(count) if bias is None else bias, (count,))
    data = _data(points, labels, weights, bias, classes, alt)
    identity = root_id(data)
    script = ("linearClassifier", "linear_classifier.js")
    html = wrap("dlcv-explorer", _body(data), *script, data, identity)
    publish({"text/html": html, "text/plain": alt})


def _count_classes(points, labels, weights, classes) -> int:
    if points.ndim != 2 or points.shape[1] != 2 or labels.shape != points.shape[:1]:
        raise ValueError(
            "points, labels: (N, 2) and (N,) were wanted, "
            f"not {tuple(points.shape)} and {tuple(labels.shape)}"
        )
    if not 1 <= len(points) <= MOST_POINTS or not points.isfinite().all():
        raise ValueError(f"points: 1 to {MOST_POINTS} finite ones were wanted, not {len(points)}")
    given = classes if classes is not None else weights
    count = int(labels.max()) + 1 if given is None else len(given)
    if not 2 <= count <= len(SHAPES) or labels.min() < 0 or labels.max() >= count:
        raise ValueError(
            f"labels: from 0 to {count - 1} for {count} classes (2 to {len(SHAPES)}), "
            f"not from {labels.min()} to {labels.max()}"
        )
    return count


def _checked(name: str, values: torch.Tensor, shape: tuple) -> torch.Tensor:
    values = torch.as_tensor(values).detach().cpu().double()
    if values.shape != shape or not values.isfinite().all():
        raise ValueError(f"{name}: finite {shape} was wanted, not {tuple(values.shape)}")
    return values


def _data(points, labels, weights, bias, classes: Sequence[str], alt: str) -> dict:
    """What the script needs, and nothing else."""
    low, high = points.min(dim=0).values, points.max(dim=0).values
    center, half = (low + high) / 2, 0.62 * float((high - low).max()) or 1.0
    corners = [center[0] - half, center[0] + half, center[1] - 0.9 * half, center[1] + 0.9 * half]
    means = [
        points[labels == k].mean(dim=0) if (labels == k).any() else center
        for k in range(len(classes))
    ]
    return {
        "points": [[round(value, 6) for value in point] for point in points.tolist()],
        "labels": labels.tolist(),
        "classes": classes,
        "weights": weights.tolist(),
        "bias": bias.tolist(),
        "anchors": [[round(value, 6) for value in mean.tolist()] for mean in means],
        "limits": [round(float(corner), 6) for corner in corners],
        "probe": [round(value, 6) for value in center.tolist()],
        "alt": alt,
    }


def _body(data: dict) -> str:
    return "\n".join(
        [
            '<div class="dlcv-body" hidden>',
            _drawing(data),
            '<div class="dlcv-panel">',
            _table(data["classes"]),
            '<p class="dlcv-summary" role="status">mean loss <b data-loss-text></b>, accuracy '
            "<b data-accuracy-text></b>, gradient steps: <b data-steps-text></b></p>",
            '<div class="dlcv-buttons" role="group" aria-label="Learning">',
            '<button type="button" data-step>One gradient step</button>',
            '<button type="button" data-train>Train (200 steps)</button>',
            '<button type="button" data-reset>Reset</button>',
            '<label>learning rate <input type="number" data-rate value="0.5" min="0" max="100" '
            'step="0.1" autocomplete="off"></label>',
            "</div>\n</div>\n</div>",
            "<noscript>This figure needs JavaScript.</noscript>",
        ]
    )


def _drawing(data: dict) -> str:
    """The SVG with everything in it; the script puts the moving parts into their places."""
    left, right, bottom, top = data["limits"]
    scale = WIDTH / (right - left)
    height = round(scale * (top - bottom))
    count = len(data["classes"])
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="group" '
        f'aria-label="{escape(data["alt"])}">',
        *(
            f'<polygon data-region="{k}" fill="{tint(COLORS[k], 0.24)}" stroke="{INK}"/>'
            for k in range(count)
        ),
        *_axes(data["limits"], scale, height),
    ]
    for (x, y), label in zip(data["points"], data["labels"], strict=True):
        where = f"{(x - left) * scale:.1f},{(top - y) * scale:.1f}"
        paint = f'fill="{COLORS[label]}" stroke="#fff"'
        parts.append(f'<path d="{SHAPES[label]}" transform="translate({where})" {paint}/>')
    parts += [line_handles("k", k, COLORS[k], 2) for k in range(count)]
    return "\n".join([*parts, probe_handle(left, right), "</svg>"])


def _axes(limits: Sequence[float], scale: float, height: int) -> list[str]:
    """Numbers along the lower and the left edge, and the names of the axes."""
    left, right, bottom, top = limits
    step = 10 ** math.floor(math.log10((right - left) / 2))
    step *= next(s for s in (1, 2, 5) if (right - left) / (step * s) <= 6.5 or s == 5)
    style = f'fill="{SOFT_INK}" font-size="14" font-family="sans-serif"'
    parts = [
        f'<text x="{WIDTH - 24}" y="{height - 9}" {style}>x₁</text>',
        f'<text x="8" y="20" {style}>x₂</text>',
    ]
    for i in range(math.ceil(left / step), math.floor(right / step) + 1):
        x, text = (i * step - left) * scale, f"{i * step:g}".replace("-", "−")
        if 20 < x < WIDTH - 40:
            place = f'x="{x:.1f}" y="{height - 9}" text-anchor="middle"'
            parts.append(f'<path d="M{x:.1f},{height}v-6" stroke="{SOFT_INK}"/>')
            parts.append(f"<text {place} {style}>{text}</text>")
    for i in range(math.ceil(bottom / step), math.floor(top / step) + 1):
        y, text = (top - i * step) * scale, f"{i * step:g}".replace("-", "−")
        if 40 < y < height - 20:
            parts.append(f'<path d="M0,{y:.1f}h6" stroke="{SOFT_INK}"/>')
            parts.append(f'<text x="10" y="{y + 5:.1f}" {style}>{text}</text>')
    return parts


def _table(classes: Sequence[str]) -> str:
    """A row a class: its weights and bias, to be typed, its score and probability at the probe."""
    rows = []
    for k, name in enumerate(classes):
        fields = "".join(
            f'<td><input type="number" step="0.1" data-parameter="{k},{j}" autocomplete="off" '
            f'aria-label="{what} of {escape(name)}"></td>'
            for j, what in enumerate(["first weight", "second weight", "bias"])
        )
        sign = (
            f'<svg viewBox="-8 -8 16 16" width="14" height="14" aria-hidden="true">'
            f'<path d="{SHAPES[k]}" fill="{COLORS[k]}" stroke="{LINE}"/></svg>'
        )
        rows.append(
            f'<tr data-row><th scope="row">{sign}<span>{escape(name)}</span></th>{fields}'
            "<td data-score></td><td><span data-probability></span>"
            f'<span class="dlcv-track"><span class="dlcv-bar" style="background:{COLORS[k]}">'
            "</span></span></td></tr>"
        )
    heads = ["class", "w₁", "w₂", "b", "score", "softmax"]
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    caption = "W and b; score and probability at the probe <span data-where></span>"
    body = "".join(rows)
    return (
        f'<table class="dlcv-numbers"><caption>{caption}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
