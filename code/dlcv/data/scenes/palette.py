"""The colors, materials, sizes and grounds of the scenes, by name."""

import torch

# Paints an object can have. Hues lie far enough apart to be named without hesitation.
COLORS: dict[str, str] = {
    "red": "#d8343f",
    "orange": "#f08a24",
    "yellow": "#f5cb32",
    "green": "#3c9d4e",
    "cyan": "#35bccb",
    "blue": "#2c63d0",
    "purple": "#8147c2",
    "pink": "#ef78b4",
}
PLAIN_COLOR = "blue"  # the paint of a single object as long as variation is 0

MATERIALS: tuple[str, ...] = ("flat", "glossy", "striped", "dotted")
SIZES: tuple[str, ...] = ("small", "medium", "large")
GROUNDS: tuple[str, ...] = (
    "shaded",
    "striped",
    "checked",
    "dotted",
    "wavy",
    "bricked",
    "ringed",
    "cloudy",
)

PLAIN_GROUND = "#efece5"
GROUND_COLORS: tuple[str, ...] = (
    "#f6ead6",  # cream
    "#c9b08a",  # sand
    "#8fae8b",  # sage
    "#47716c",  # sea
    "#a3bcd6",  # haze
    "#4a6487",  # slate blue
    "#cf9fa9",  # dusty rose
    "#75506b",  # plum
    "#34373f",  # charcoal
    "#bb8458",  # clay
    "#64503f",  # walnut
    "#dfe2de",  # fog
)


def rgb(code: str) -> list[float]:
    """`"#ff8000"` as three numbers in [0, 1]."""
    return [int(code[place : place + 2], 16) / 255 for place in (1, 3, 5)]


def paint_table() -> torch.Tensor:
    """The object colors: float32 (8, 3), RGB in [0, 1], in the order of `COLORS`."""
    return torch.tensor([rgb(code) for code in COLORS.values()])


def ground_table() -> torch.Tensor:
    """The ground colors: float32 (12, 3), RGB in [0, 1]."""
    return torch.tensor([rgb(code) for code in GROUND_COLORS])
