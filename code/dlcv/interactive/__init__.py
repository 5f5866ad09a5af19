"""Figures with controls that work with a live kernel, on a static page, and in print.

`explore` turns one drawing function into a figure with sliders; the others are pictures to take
hold of with the mouse or the keyboard.
"""

from .activations import activation_explorer
from .broadcasting import broadcasting_explorer
from .descent import SURFACES, Surface, descent_explorer
from .explorer import explore
from .hidden_units import hidden_units_explorer
from .kernel_editor import filter_walk, kernel_editor
from .linear_classifier import linear_classifier_explorer
from .maps import map_explorer
from .network_builder import network_builder
from .neuron_graph import neuron_graph
from .noise_explorer import noise_explorer
from .pooling_explorer import pooling_explorer
from .receptive_field import receptive_field_explorer
from .recorded_graph import recorded_graph_explorer
from .robust_line import robust_line_explorer
from .sliding_filter import sliding_filter
from .softmax_explorer import softmax_explorer

__all__ = [
    "SURFACES",
    "Surface",
    "activation_explorer",
    "broadcasting_explorer",
    "descent_explorer",
    "explore",
    "filter_walk",
    "hidden_units_explorer",
    "kernel_editor",
    "linear_classifier_explorer",
    "map_explorer",
    "network_builder",
    "neuron_graph",
    "noise_explorer",
    "pooling_explorer",
    "receptive_field_explorer",
    "recorded_graph_explorer",
    "robust_line_explorer",
    "sliding_filter",
    "softmax_explorer",
]
