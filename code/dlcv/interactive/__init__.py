"""Figures with controls that work with a live kernel, on a static page, and in print.

`explore` turns one drawing function into a figure with sliders; `linear_classifier_explorer` is a
picture to take hold of with the mouse or the keyboard.
"""

from .explorer import explore
from .linear_classifier import linear_classifier_explorer

__all__ = ["explore", "linear_classifier_explorer"]
