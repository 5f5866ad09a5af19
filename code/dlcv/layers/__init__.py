"""Networks from scratch: layers, losses and ways down, each with its derivative written by hand.

Chapters 5 to 8 build them. A layer has `forward` and `backward`; nothing here uses PyTorch's
automatic differentiation, which only checks the results. Read the modules in this order: `base`,
`linear`, `activations`, and then the one whose chapter you are in.
"""

from dlcv.layers.activations import (
    ELU,
    GELU,
    LeakyReLU,
    Maxout,
    ReLU,
    Sigmoid,
    SiLU,
    Tanh,
)
from dlcv.layers.base import Layer, Sequential
from dlcv.layers.linear import Flatten, Linear

__all__ = [
    "ELU",
    "Flatten",
    "GELU",
    "Layer",
    "LeakyReLU",
    "Linear",
    "Maxout",
    "ReLU",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Tanh",
]
