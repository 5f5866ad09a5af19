"""One look for every figure: image grids, templates, decision regions, curves, tables as bars.

A function that takes `ax` draws into it and shows nothing. Without `ax` it makes a figure, shows it
with the alternative text `alt`, and closes it. Importing this module sets the book's style.
"""

from .annotations import (
    draw_boxes,
    draw_circles,
    draw_depth,
    draw_image,
    draw_keypoints,
    draw_masks,
    draw_matches,
    draw_motion,
    draw_numbers,
)
from .classifiers import plot_confusion, plot_decision_regions, plot_points
from .curves import plot_curves, plot_runs, plot_slopes
from .display import show
from .graphs import NEURON_GRAPH, Node, plot_graph
from .history import plot_timeline
from .images import image_grid, show_images, show_templates, template_grid
from .inside import plot_groups, show_embeddings, show_explanations, show_maps, show_patches
from .losses import plot_line_fits, plot_losses, plot_probabilities, plot_reliability, show_marks
from .matrices import show_scores_by_hand
from .networks import plot_network
from .pooling import show_pooling, show_strip
from .progress import plot_history, plot_ladder
from .recorded_graph import plot_recorded_graph
from .seeing import color_directions, direction_wheel, hue_wheel, show_landscape
from .style import COLORS, DIVERGING, MARKERS, SEQUENTIAL, tint, use_style
from .surfaces import plot_descent, show_descents
from .tasks import show_answers, show_answers_between
from .windows import plot_receptive_fields, plot_volumes, plot_windows

__all__ = [
    "COLORS",
    "DIVERGING",
    "MARKERS",
    "NEURON_GRAPH",
    "Node",
    "SEQUENTIAL",
    "color_directions",
    "direction_wheel",
    "draw_boxes",
    "draw_circles",
    "draw_depth",
    "draw_image",
    "draw_keypoints",
    "draw_masks",
    "draw_matches",
    "draw_motion",
    "draw_numbers",
    "hue_wheel",
    "image_grid",
    "plot_confusion",
    "plot_curves",
    "plot_decision_regions",
    "plot_descent",
    "plot_graph",
    "plot_groups",
    "plot_history",
    "plot_ladder",
    "plot_line_fits",
    "plot_losses",
    "plot_network",
    "plot_points",
    "plot_probabilities",
    "plot_receptive_fields",
    "plot_recorded_graph",
    "plot_reliability",
    "plot_runs",
    "plot_slopes",
    "plot_timeline",
    "plot_volumes",
    "plot_windows",
    "show",
    "show_answers",
    "show_answers_between",
    "show_descents",
    "show_embeddings",
    "show_explanations",
    "show_images",
    "show_landscape",
    "show_maps",
    "show_marks",
    "show_patches",
    "show_pooling",
    "show_scores_by_hand",
    "show_strip",
    "show_templates",
    "template_grid",
    "tint",
    "use_style",
]

use_style()
