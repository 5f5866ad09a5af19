"""Networks from scratch: layers, losses and ways down, each with its derivative written by hand.

Chapters 5 to 8 build them. A layer has `forward` and `backward`; nothing here uses PyTorch's
automatic differentiation, which only checks the results. Read the modules in this order: `base`,
`linear`, and then the one whose chapter you are in.
"""

from dlcv.layers.base import Layer, Sequential
from dlcv.layers.descent import gradient_descent, random_local_search, random_search
from dlcv.layers.linear import Flatten, Linear
from dlcv.layers.numeric import numeric_gradient, relative_error

__all__ = [
    "Flatten",
    "Layer",
    "Linear",
    "Sequential",
    "gradient_descent",
    "numeric_gradient",
    "random_local_search",
    "random_search",
    "relative_error",
]
