"""Networks from scratch: layers, losses and ways down, each with its derivative written by hand.

Chapters 5 to 8 build them. A layer has `forward` and `backward`; nothing here uses PyTorch's
automatic differentiation, which only checks the results. Read the modules in this order: `base`,
`linear`, and then the one whose chapter you are in.
"""

from dlcv.layers.base import Layer, Sequential
from dlcv.layers.linear import Flatten, Linear
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

__all__ = [
    "AbsoluteError",
    "BinaryCrossEntropy",
    "Flatten",
    "Huber",
    "Layer",
    "Linear",
    "Loss",
    "MeanSquaredError",
    "MultiHinge",
    "Sequential",
    "SoftmaxCrossEntropy",
    "log_softmax",
    "softmax",
]
