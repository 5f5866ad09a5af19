"""Looking into a network: what its layers cost, what they see, and what they answer to.

Chapter 11 builds the table of layers, chapter 12 the rest. Everything here takes a PyTorch model as
it is, and leaves its weights and its mode as they were. Read the modules in this order: `table`,
`activations`, `patches`, `probes`, `attribution`, `pointing`, `ascent`, `adversarial`.
"""

from .activations import activations, recording
from .adversarial import fgsm
from .ascent import preferred_images
from .attribution import enlarge, grad_cam, occlusion, saliency
from .patches import Patch, cut_patch, receptive_box, top_patches
from .pointing import Pointing, pointing_game
from .probes import linear_probe
from .table import LayerRow, LayerTable, layer_table, multiply_adds

__all__ = [
    "LayerRow",
    "LayerTable",
    "Patch",
    "Pointing",
    "activations",
    "cut_patch",
    "enlarge",
    "fgsm",
    "grad_cam",
    "layer_table",
    "linear_probe",
    "multiply_adds",
    "occlusion",
    "pointing_game",
    "preferred_images",
    "receptive_box",
    "recording",
    "saliency",
    "top_patches",
]
