"""Networks from scratch: layers, losses and ways down, each with its derivative written by hand.

Chapters 5 to 11 build them. A layer has `forward` and `backward`; nothing here uses PyTorch's
automatic differentiation, which only checks the results. Read the modules in this order: `base`,
`linear`, `activations`, and then the one whose chapter you are in.
"""

from dlcv.layers.activations import ELU, GELU, LeakyReLU, Maxout, ReLU, Sigmoid, SiLU, Tanh
from dlcv.layers.autograd import Value
from dlcv.layers.base import Layer, Sequential
from dlcv.layers.checking import error_sizes, gradient_check, spread_sizes
from dlcv.layers.columns import col2im, im2col
from dlcv.layers.convolution import Conv2d
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
from dlcv.layers.pooling import AvgPool2d, GlobalAvgPool2d, MaxPool2d
from dlcv.layers.sizes import (
    conv_multiply_adds,
    conv_parameters,
    output_size,
    receptive_field,
    same_padding,
)

__all__ = [
    "AbsoluteError",
    "AvgPool2d",
    "BinaryCrossEntropy",
    "Conv2d",
    "ELU",
    "Flatten",
    "GELU",
    "GlobalAvgPool2d",
    "Huber",
    "Layer",
    "LeakyReLU",
    "Linear",
    "Loss",
    "MaxPool2d",
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
    "col2im",
    "conv_multiply_adds",
    "conv_parameters",
    "error_sizes",
    "gradient_check",
    "gradient_descent",
    "im2col",
    "log_softmax",
    "mlp",
    "numeric_gradient",
    "output_size",
    "random_local_search",
    "random_search",
    "receptive_field",
    "relative_error",
    "same_padding",
    "softmax",
    "spread_sizes",
]
