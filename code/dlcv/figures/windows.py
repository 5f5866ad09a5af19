"""Windows that slide: where they stand, what they make of a block of numbers, how far they see."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.patches import Polygon, Rectangle

from ..layers import output_size, receptive_field
from .display import check_alt, show
from .style import COLORS, INK, LINE, SOFT_INK, tint

__all__ = ["plot_receptive_fields", "plot_volumes", "plot_windows"]

BLUE, AMBER, TEAL = COLORS[:3]


def plot_windows(
    size: int, kernel_size: int, strides: Sequence[int], *, alt: str, padding: int = 0
) -> None:
    """Draws a row of pixels and, below it, each window that fits: what is left over is amber.

    Chapter 10. One dimension says all there is to say: the other one does the same.

    Args:
        size: pixels in the row, N.
        kernel_size: pixels in a window, F.
        strides: one panel for each, from left to right.
        alt: what the figure shows.
        padding: zeros on each side, P.

    Raises:
        ValueError: a window covers more pixels than there are.
    """
    check_alt(alt)
    counts = [output_size(size, kernel_size, S, padding, floor=True) for S in strides]
    fig, axes = plt.subplots(1, len(strides), figsize=(6.4, 2.1), squeeze=False)
    for ax, S, count in zip(axes[0], strides, counts, strict=True):
        reached = (count - 1) * S + kernel_size
        over = size + 2 * padding - reached
        _windows(ax, size, kernel_size, S, padding, count)
        ax.set(xlim=(-0.1, size + 2 * padding + 0.1), ylim=(1.1 + 0.62 * max(counts), -0.2))
        verdict = f"{over} left over" if over else f"{count} windows"
        ax.set_title(f"stride {S}: {verdict}", fontsize=10.5)
        ax.axis("off")
    show(fig, alt=alt)


def _windows(ax, N: int, F: int, S: int, P: int, count: int) -> None:
    reached = (count - 1) * S + F
    for i in range(N + 2 * P):
        inside = P <= i < P + N
        color = tint(AMBER, 0.6) if i >= reached else "#fff" if inside else "#ECEDF0"
        ax.add_patch(Rectangle((i, 0), 1, 0.9, facecolor=color, edgecolor=SOFT_INK, linewidth=0.8))
        if not inside:
            ax.text(i + 0.5, 0.47, "0", ha="center", va="center", fontsize=8, color=SOFT_INK)
    for k in range(count):
        for u in range(F):
            place = (k * S + u + 0.06, 1.1 + 0.62 * k)
            ax.add_patch(Rectangle(place, 0.88, 0.45, facecolor=tint(BLUE, 0.55), edgecolor=BLUE))


def plot_volumes(size: tuple[int, int, int], kernel_size: int, filters: int, *, alt: str) -> None:
    """Draws a block of numbers, a window through its whole depth, and the maps that come out.

    Chapter 10. Three channels are drawn in red, green and blue.

    Args:
        size: (channels, height, width) of the input.
        kernel_size: side of the filter; stride 1, no padding.
        filters: how many, and as many maps.
        alt: what the figure shows.
    """
    check_alt(alt)
    C, H, W = size
    height, width = output_size((H, W), kernel_size)
    fig, ax = plt.subplots(figsize=(6.4, 2.8))
    shades = ["#B03A2E", "#2E7D57", "#2F5FD0"] if C == 3 else [SOFT_INK] * C
    deep, shift = kernel_size + 2.5, 2.2  # from sheet to sheet, in the input and in the output
    right = W + deep * C + 18
    spot = (right + width - 1.5, height - 1.5)  # the output of the window that is drawn
    for c in reversed(range(C)):
        _sheet(ax, c * deep, c * deep, W, H, tint(shades[c], 0.16), shades[c])
        x, y = (c * deep + side - kernel_size - 1 for side in (W, H))
        _sheet(ax, x, y, kernel_size, kernel_size, tint(shades[c], 0.7), INK)
        for corner in (y, y + kernel_size):
            ax.plot(
                [x + kernel_size, spot[0]], [corner, spot[1]], color=INK, linewidth=0.6, zorder=4
            )
    for o in reversed(range(filters)):
        _sheet(ax, right + o * shift, o * shift, width, height, tint(BLUE, 0.22), BLUE)
    ax.add_patch(Rectangle((spot[0] - 0.7, spot[1] - 0.7), 1.4, 1.4, color=AMBER, zorder=5))
    for x, depth, side in ((W / 2, C, (H, W)), (right + width / 2, filters, (height, width))):
        ax.text(x, -2.2, f"{side[0]} × {side[1]} × {depth}", ha="center", va="top")
    products = f"{kernel_size} · {kernel_size} · {C} = {kernel_size**2 * C}"
    note = f"{products}\nproducts, one sum,\none bias"
    ax.text(W + deep * C + 4, 0, note, ha="center", fontsize=9.5, linespacing=1.4)
    ax.set_aspect("equal")
    ax.autoscale_view()
    ax.axis("off")
    show(fig, alt=alt)


def _sheet(ax, x: float, y: float, width: float, height: float, face: str, edge: str) -> None:
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    ax.add_patch(Polygon(corners, facecolor=face, edgecolor=edge, linewidth=1, zorder=2))


def plot_receptive_fields(
    stacks: Mapping[str, Sequence[tuple[int, int, int]]], *, alt: str
) -> None:
    """Draws stacks of layers over a row of pixels, and all that one output depends on.

    Chapter 10. One panel a stack, from left to right, with the input at the bottom.

    Args:
        stacks: title → (kernel size, stride, dilation) of each layer, from the input on.
        alt: what the figure shows.
    """
    check_alt(alt)
    fig, axes = plt.subplots(1, len(stacks), figsize=(6.4, 2.5), squeeze=False)
    for ax, (title, windows) in zip(axes[0], stacks.items(), strict=True):
        field, _ = receptive_field(windows)
        _pyramid(ax, list(windows))
        ax.set_title(title, fontsize=10.5)
        ax.set(xlim=(-1.8, field + 0.8), ylim=(-0.75, len(windows) + 0.35))
        ax.text((field - 1) / 2, -0.35, f"{field} pixels", ha="center", va="top", fontsize=10)
        ax.axis("off")
    show(fig, alt=alt)


def _pyramid(ax, windows: list[tuple[int, int, int]]) -> None:
    """All units on which the one output at the top depends, and what connects them."""
    seen, start, jump = [{0}], [0.0], [1]  # of each layer, from the top; then from the input
    for F, S, D in reversed(windows):
        seen.append({i * S + u * D for i in seen[-1] for u in range(F)})
    for F, S, D in windows:
        start.append(start[-1] + D * (F - 1) / 2 * jump[-1])
        jump.append(jump[-1] * S)
    seen.reverse()
    for l, (units, first, step) in enumerate(zip(seen, start, jump, strict=True)):
        if l:
            F, S, D = windows[l - 1]
            below = [(i, i * S + u * D) for i in units for u in range(F)]
            for i, k in below:
                x = (first + i * step, start[l - 1] + k * jump[l - 1])
                ax.plot(x, (l, l - 1), color=tint(BLUE, 0.55), linewidth=0.9, zorder=1)
        pale = set(range(min(units), max(units))) - units  # other outputs depend on these
        places = [first + i * step for i in pale]
        ax.plot(places, [l] * len(pale), "o", color=LINE, markersize=22**0.5, zorder=1)
        color = AMBER if l == len(windows) else BLUE
        x = [first + i * step for i in sorted(units)]
        ax.scatter(x, [l] * len(x), s=22, color=color, zorder=2)
    ax.plot([-0.4, max(seen[0]) + 0.4], [-0.28] * 2, color=INK, linewidth=1.2)
    ax.plot([-0.4, max(seen[0]) + 0.4], [0] * 2, color=LINE, linewidth=0.8, zorder=0)
