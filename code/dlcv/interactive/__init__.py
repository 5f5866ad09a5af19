"""Figures with controls that work with a live kernel, on a static page, and in print.

`explore` turns one drawing function into a figure with sliders; `linear_classifier_explorer`,
`kernel_editor`, `filter_walk` and `descent_explorer` are pictures to take hold of with the mouse or
the keyboard.
"""

from .descent import SURFACES, Surface, descent_explorer
from .explorer import explore
from .kernel_editor import filter_walk, kernel_editor
from .linear_classifier import linear_classifier_explorer

__all__ = [
    "SURFACES",
    "Surface",
    "descent_explorer",
    "explore",
    "filter_walk",
    "kernel_editor",
    "linear_classifier_explorer",
]
