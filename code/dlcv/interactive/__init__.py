"""Figures with controls that work with a live kernel, on a static page, and in print.

`explore` turns one drawing function into a figure with sliders; every other function is a picture
to take hold of with the mouse or the keyboard.
"""

from .explorer import explore
from .kernel_editor import filter_walk, kernel_editor
from .linear_classifier import linear_classifier_explorer
from .neuron_graph import neuron_graph
from .noise_explorer import noise_explorer

__all__ = [
    "explore",
    "filter_walk",
    "kernel_editor",
    "linear_classifier_explorer",
    "neuron_graph",
    "noise_explorer",
]
