"""Rolling down a surface: gradient descent with momentum, to start, steer and step through."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from html import escape

import matplotlib.pyplot as plt
import torch

from ..figures.display import check_alt, publish, to_image
from ..figures.style import COLORS, INK, SOFT_INK, tint
from ..figures.surfaces import plot_descent
from .frames import data_uri, smallest
from .page import read_file, root_id, wrap

__all__ = ["SURFACES", "Surface", "descent_explorer"]

SIDE = 440  # of the map, in pixels of the page


@dataclass(frozen=True)
class Surface:
    """A loss of two weights, and where and how the descent on it begins.

    Attributes:
        name: what the list of surfaces calls it.
        terms: (c, i, j) for each term c w₁ⁱ w₂ʲ of a polynomial.
        start: the first weights.
        learning_rate: the first α.
        momentum: the first β.
        half: the map shows both weights from −half to half.
    """

    name: str
    terms: Sequence[tuple[float, int, int]]
    start: tuple[float, float]
    learning_rate: float = 0.1
    momentum: float = 0.0
    half: float = 2.0

    def __call__(self, w: torch.Tensor) -> torch.Tensor:
        """The loss: weights (…, 2) to (…)."""
        x, y = w.unbind(dim=-1)
        return sum(c * x**i * y**j for c, i, j in self.terms)


#: Curvatures 1 and 1; 1 and 25, along axes turned by 30°; a pass between two minima; a lower and a
#: higher minimum.
SURFACES = (
    Surface("round bowl", [(0.5, 2, 0), (0.5, 0, 2)], (-1.6, 1.2), 0.3),
    Surface("narrow valley", [(3.5, 2, 0), (-6 * 3**0.5, 1, 1), (9.5, 0, 2)], (-1.7, -0.3), 0.06),
    Surface("saddle", [(0.5, 2, 0), (-0.5, 0, 2), (0.25, 0, 4)], (-1.6, 0.04), 0.2),
    Surface(
        "two minima",
        [(0.25, 4, 0), (-0.5, 2, 0), (0.12, 1, 0), (0.5, 0, 2)],
        (1.7, 1.2),
        0.1,
    ),
)


def descent_explorer(surfaces: Sequence[Surface] = SURFACES, *, alt: str) -> None:
    """Shows gradient descent with momentum on a surface that the reader picks (chapter 07).

    The start is moved with the mouse or the arrow keys; learning rate and momentum are set with
    sliders or typed; steps are taken one by one or in a run. The path is drawn on contour lines,
    the loss as a curve beside them. All of it is JavaScript inside the output. Where no script
    runs, the first surface is shown with a path of thirty steps.

    Args:
        surfaces: what there is to choose from; the first is shown first.
        alt: what the figure shows; the state is added to it as it changes.

    Raises:
        ValueError: no surface, one that does not fit, or an empty `alt`.
    """
    alt = check_alt(alt)
    if not surfaces:
        raise ValueError("surfaces: at least one was wanted")
    for surface in surfaces:
        _check(surface)
    colors = {"ink": INK, "soft": SOFT_INK, "path": COLORS[1], "before": COLORS[8]}
    colors |= {"low": tint(COLORS[0], 0.45), "line": tint(INK, 0.45)}
    data = {"surfaces": [asdict(surface) for surface in surfaces], "colors": colors, "alt": alt}
    body = _picture(surfaces[0], alt) + _body([surface.name for surface in surfaces], alt)
    script = ("descentExplorer", "descent.js")
    html = wrap("dlcv-explorer dlcv-descent", body, *script, data, root_id(data))
    publish({"text/html": html, "text/plain": alt})


def _check(surface: Surface) -> None:
    if not surface.terms or any(i < 0 or j < 0 or i + j > 8 for _, i, j in surface.terms):
        raise ValueError(f"surfaces: {surface.name!r} needs terms (c, i, j) with i + j from 0 to 8")
    if not surface.half > 0 or any(abs(value) > surface.half for value in surface.start):
        raise ValueError(f"surfaces: {surface.name!r} must start inside ±half")
    if not surface.learning_rate > 0 or not 0 <= surface.momentum < 1:
        raise ValueError(f"surfaces: {surface.name!r} needs α > 0 and 0 ≤ β < 1")


def _picture(surface: Surface, alt: str) -> str:
    """The first surface with thirty steps, for where no script runs."""
    w, velocity = torch.tensor(surface.start, dtype=torch.float64), 0
    path = [w]
    for _ in range(30):
        gradient = torch.autograd.functional.jacobian(surface, path[-1])
        velocity = surface.momentum * velocity + gradient
        path.append(path[-1] - surface.learning_rate * velocity)
    half = surface.half
    fig, ax = plt.subplots(figsize=(4.4, 4.4))
    plot_descent(surface, {"": torch.stack(path)}, (-half, half, -half, half), ax=ax)
    plt.close(fig)
    source = data_uri(smallest(to_image(fig, 150), 82))
    size = f'width="{SIDE}" height="{SIDE}"'
    return f'<img data-static src="{source}" alt="{escape(alt)}" {size}>\n'


def _body(names: Sequence[str], alt: str) -> str:
    css = read_file("descent.css")
    options = "".join(f'<option value="{i}">{escape(name)}' for i, name in enumerate(names))
    where = (
        'tabindex="0" role="slider" aria-label="Start, moved with the arrow keys" '
        'aria-valuemin="-1" aria-valuemax="1" aria-valuenow="0"'
    )
    return "\n".join(
        [
            f"<style>{css}</style>",
            '<div class="dlcv-body" hidden>',
            f'<canvas data-map width="{2 * SIDE}" height="{2 * SIDE}" {where}></canvas>',
            '<div class="dlcv-panel">',
            f'<canvas data-curve width="{2 * SIDE}" height="{SIDE // 2}" role="img" '
            f'aria-label="{escape(alt)}"></canvas>',
            '<p class="dlcv-state" data-state></p>',
            f'<label><span>surface</span><select data-surface autocomplete="off">{options}'
            "</select></label>",
            _number("learning rate α", "rate", 'min="-3" max="0.6" step="0.05"'),
            _number("momentum β", "momentum", 'min="0" max="0.99" step="0.01"'),
            '<div class="dlcv-buttons" role="group" aria-label="Descent">',
            '<button type="button" data-step>One step</button>',
            '<button type="button" data-run>Run</button>',
            '<button type="button" data-reset>Back to the start</button>',
            '</div>\n<p class="dlcv-status" role="status" data-said></p>\n</div>\n</div>',
            "<noscript>To roll down yourself, this figure needs JavaScript.</noscript>",
        ]
    )


def _number(label: str, name: str, slider: str) -> str:
    """A slider and a field to type in for the same number."""
    return (
        f"<label><span>{label}</span>"
        f'<input type="range" data-slide="{name}" {slider} autocomplete="off" '
        f'aria-label="{label}, slider">'
        f'<input type="number" data-type="{name}" min="0" step="any" autocomplete="off" '
        f'aria-label="{label}"></label>'
    )
