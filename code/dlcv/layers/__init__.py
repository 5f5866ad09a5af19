"""Networks from scratch: layers, losses and ways down, each with its derivative written by hand.

Chapters 5 to 8 build them. A layer has `forward` and `backward`; nothing here uses PyTorch's
automatic differentiation, which only checks the results. Read the modules in this order: `base`,
`linear`, `activations`, and then the one whose chapter you are in.
"""

from dlcv.layers.activations import ELU, GELU, LeakyReLU, Maxout, ReLU, Sigmoid, SiLU, Tanh
from dlcv.layers.autograd import Value
from dlcv.layers.base import Layer, Sequential
from dlcv.layers.checking import error_sizes, gradient_check, spread_sizes
from dlcv.layers.descent import gradient_descent, random_local_search, random_search
from dlcv.layers.linear import Flatten, Linear, mlp
from dlcv.layers.losses import (
    AbsoluteError,
    BinaryCrossEntropy,
    Huber,
    Loss,
    MeanSquaredError,
    MultiHinge,
    SoftmaxCrossEntropy,
    log_softmax,
    softmax,
)
from dlcv.layers.numeric import numeric_gradient, relative_error

__all__ = [
    "AbsoluteError",
    "BinaryCrossEntropy",
    "ELU",
    "Flatten",
    "GELU",
    "Huber",
    "Layer",
    "LeakyReLU",
    "Linear",
    "Loss",
    "Maxout",
    "MeanSquaredError",
    "MultiHinge",
    "ReLU",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "SoftmaxCrossEntropy",
    "Tanh",
    "Value",
    "error_sizes",
    "gradient_check",
    "gradient_descent",
    "log_softmax",
    "mlp",
    "numeric_gradient",
    "random_local_search",
    "random_search",
    "relative_error",
    "softmax",
    "spread_sizes",
]
