"""The test that every `backward` has to pass: its gradient against a measured one."""

import numpy as np
import torch
from torch import Generator, Tensor

from dlcv.layers.base import Layer
from dlcv.layers.losses import Loss
from dlcv.layers.numeric import numeric_gradient, relative_error


def gradient_check(
    network: Layer,
    loss: Loss,
    x: Tensor,
    target: Tensor,
    *,
    most: int | None = None,
    generator: Generator | None = None,
    h: float = 1e-5,
) -> dict[str, float]:
    """How far each gradient from `backward` is from one measured by `numeric_gradient`.

    Chapter 8 builds it. An error below 10⁻⁷ is right, one above 10⁻² is wrong. In between, look for
    a kink: where a step of h moves a ReLU across 0, the difference measures no derivative. Two
    forward passes for each entry are slow: check small batches, small networks, or a few entries.

    Args:
        network: a layer or a `Sequential`, its parameters float64. They and `x` are moved in place,
            one entry at a time, and put back.
        loss: called as `loss(network(x), target)`.
        x: the network's input, float64.
        target: what the loss compares with.
        most: check only so many entries of each tensor, drawn at random; None checks all.
        generator: draws the entries; without one, PyTorch's global generator.
        h: how far each entry is moved.

    Returns:
        The `relative_error` for each parameter, by its name, and for the input, as "x".

    Raises:
        TypeError: a parameter or `x` is not float64.
        ValueError: `most` is not positive.
    """
    moved = {**network.parameters, "x": x}
    for name, tensor in moved.items():
        if tensor.dtype != torch.float64:
            raise TypeError(f"{name} must be float64 for a gradient check; got {tensor.dtype}")
    if most is not None and most < 1:
        raise ValueError(f"most must be at least 1; got {most}")

    def value(_=None):
        return loss(network(x), target)

    value()
    grad_x = network.backward(loss.backward())
    gradients = {**network.gradients, "x": grad_x}
    errors = {}
    for name, tensor in moved.items():
        drawn = torch.randperm(tensor.numel(), generator=generator)[:most].numpy()
        places = list(zip(*np.unravel_index(drawn, tensor.shape), strict=True))
        # tensor[i, j] lies in the same memory: what moves it moves the network
        measured = [numeric_gradient(value, tensor[*place], h) for place in places]
        ours = [gradients[name][*place] for place in places]
        errors[name] = relative_error(torch.stack(ours), torch.stack(measured))
    value()  # so that a `backward` that follows belongs to the network as it is
    return errors


def error_sizes(network: Layer, loss: Loss, x: Tensor, target: Tensor) -> Tensor:
    """The size of the error δ behind each linear layer: its root mean square, over all examples.

    Chapter 8 builds it, to see how far the error reaches back. For a batch of one example the
    gradient of a bias is δ itself, so the examples go through the network one by one. The gradients
    left behind are those of the last one.

    Args:
        network: a `Sequential` with `Linear` layers in it.
        loss: called as `loss(network(x), target)`.
        x: `(B, …)`, a few examples.
        target: what the loss compares with, `(B, …)`.

    Returns:
        One number for each bias of the network, in their order.

    Raises:
        ValueError: there is no example, or no bias.
    """
    squares = []
    for i in range(len(x)):
        loss(network(x[i : i + 1]), target[i : i + 1])
        network.backward(loss.backward())
        deltas = [g for name, g in network.gradients.items() if name.endswith("bias")]
        if not deltas:
            raise ValueError("network: a layer with a bias was wanted, and there is none")
        squares.append(torch.stack([(delta**2).mean() for delta in deltas]))
    if not squares:
        raise ValueError("x: at least one example was wanted, and there is none")
    return torch.stack(squares).mean(dim=0).sqrt()


def spread_sizes(network: Layer, x: Tensor) -> Tensor:
    """How far the examples lie apart in each hidden layer: the spread of its units.

    Chapter 8 measures with it what is left of the differences between images, layer by layer.

    Args:
        network: a `Sequential` of `Linear` layers with an activation between any two, as from
            `mlp`.
        x: `(B, …)`, two examples at least.

    Returns:
        One number for each hidden layer: the standard deviation of each unit over the examples,
        and the root mean square of that over the units.

    Raises:
        ValueError: fewer than two examples.
    """
    if len(x) < 2:
        raise ValueError(f"x: two examples at least were wanted, not {len(x)}")
    sizes = []
    for linear, activation in zip(network.layers[:-1:2], network.layers[1::2], strict=True):
        x = activation(linear(x))
        sizes.append(x.var(dim=0).mean().sqrt())
    return torch.stack(sizes)
