"""Figures with controls that work with a live kernel, on a static page, and in print.

`explore` turns one drawing function into a figure with sliders; the others are pictures to take
hold of with the mouse or the keyboard.
"""

from .broadcasting import broadcasting_explorer
from .explorer import explore
from .kernel_editor import filter_walk, kernel_editor
from .linear_classifier import linear_classifier_explorer
from .recorded_graph import recorded_graph_explorer

__all__ = [
    "broadcasting_explorer",
    "explore",
    "filter_walk",
    "kernel_editor",
    "linear_classifier_explorer",
    "recorded_graph_explorer",
]
