"""Figures with controls that work with a live kernel, on a static page, and in print.

`explore` turns one drawing function into a figure with sliders. The others are pictures to take
hold of with the mouse or the keyboard: `linear_classifier_explorer`, `kernel_editor`,
`filter_walk`, `robust_line_explorer` and `softmax_explorer`.
"""

from .explorer import explore
from .kernel_editor import filter_walk, kernel_editor
from .linear_classifier import linear_classifier_explorer
from .robust_line import robust_line_explorer
from .softmax_explorer import softmax_explorer

__all__ = [
    "explore",
    "filter_walk",
    "kernel_editor",
    "linear_classifier_explorer",
    "robust_line_explorer",
    "softmax_explorer",
]
