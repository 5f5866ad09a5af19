"""One look for every figure of the book: its colors, its sizes, its lines.

The categorical colors were found by maximizing the smallest difference (CIEDE2000) between any two
of them, as seen with normal vision and with each of the three color-vision deficiencies simulated
by Machado, Oliveira and Fernandes (2009, doi:10.1109/TVCG.2009.113), with a contrast of at least
3:1 against white for every color.
"""

import matplotlib as mpl
from cycler import cycler
from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgb

__all__ = ["COLORS", "DASHES", "DIVERGING", "LEVEL", "MARKERS", "SEQUENTIAL", "tint", "use_style"]

#: Ten categorical colors: blue, amber, teal, orchid, rust, sky, violet, wine, gray, plum.
COLORS = [
    "#3269E6", "#D48000", "#236A5C", "#AB5690", "#AD3900",
    "#219FD0", "#4B08AF", "#6F1220", "#9C8F86", "#54284E",
]  # fmt: skip

#: One marker a class, so that color is never the only sign.
MARKERS = ["o", "s", "^", "D", "v", "P", "X", "<", ">", "p"]

#: One line style a curve, for the same reason.
DASHES = ["solid", (0, (5, 2)), (0, (1, 1.4)), "dashdot"]

INK, SOFT_INK, LINE = "#22252B", "#5A606B", "#D9DCE2"

#: A value that something is compared with, such as what guessing would get.
LEVEL = {"color": INK, "linestyle": (0, (2, 3)), "linewidth": 1.4}

#: Negative is orange, zero is white, positive is blue.
DIVERGING = LinearSegmentedColormap.from_list(
    "dlcv_diverging", ["#7A3300", "#D48000", "#FBE3BF", "#FFFFFF", "#CBDAFB", "#3269E6", "#122F78"]
)

#: From white to dark blue, for counts and probabilities.
SEQUENTIAL = LinearSegmentedColormap.from_list(
    "dlcv_sequential", ["#FFFFFF", "#CBDAFB", "#7FA3F0", "#3269E6", "#122F78"]
)


def use_style() -> None:
    """Sets matplotlib's defaults to the book's style; importing `dlcv.figures` calls it.

    A default figure is 6.4 inches wide and saved at 200 dots an inch: 1280 pixels, shown 640
    pixels wide, so that its letters are as large as those of the text around it.
    """
    mpl.rcParams.update({**_canvas(), **_text(), **_axes(), **_marks()})


def tint(color: str, strength: float = 0.25) -> str:
    """Mixes a color with white.

    Args:
        color: anything matplotlib takes for a color.
        strength: 1 leaves the color as it is, 0 gives white.

    Returns:
        The mixture as a hex string.
    """
    return to_hex([1 - strength * (1 - channel) for channel in to_rgb(color)])


def _canvas() -> dict:
    return {
        "figure.figsize": (6.4, 3.8),
        "figure.dpi": 100,
        "figure.facecolor": "white",
        "figure.constrained_layout.use": True,
        "savefig.dpi": 200,
        "savefig.facecolor": "white",
        "image.cmap": "gray",
    }


def _text() -> dict:
    return {
        "font.family": ["DejaVu Sans"],  # comes with matplotlib: the same letters everywhere
        "font.size": 11.5,
        "text.color": INK,
        "axes.labelcolor": INK,
        "axes.labelsize": 11.5,
        "axes.titlesize": 12.5,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.titlepad": 10,
        "figure.titlesize": 13,
        "figure.titleweight": "bold",
        "xtick.labelsize": 10.5,
        "ytick.labelsize": 10.5,
        "legend.fontsize": 10.5,
    }


def _axes() -> dict:
    return {
        "axes.edgecolor": "#9AA0AA",
        "axes.linewidth": 0.9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.grid": True,
        "grid.color": LINE,
        "grid.linewidth": 0.8,
        "xtick.color": "#9AA0AA",
        "ytick.color": "#9AA0AA",
        "xtick.labelcolor": SOFT_INK,
        "ytick.labelcolor": SOFT_INK,
        "legend.frameon": False,
    }


def _marks() -> dict:
    return {
        "axes.prop_cycle": cycler(color=COLORS),
        "lines.linewidth": 2.2,
        "lines.markersize": 6,
        "lines.solid_capstyle": "round",
        "patch.edgecolor": "white",
        "errorbar.capsize": 3,
    }
