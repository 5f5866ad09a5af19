"""What a computation shall leave as it found it: random numbers, modes and hooks of layers."""

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import nn

__all__ = ["device_of", "in_mode", "random_state", "set_random_state", "watching"]


def random_state(device: str | torch.device = "cpu") -> dict:
    """The state of every global generator that training may draw from.

    Args:
        device: a GPU has a generator of its own; the CPU's is always included.

    Returns:
        The states of Python's, NumPy's and PyTorch's generators: plain numbers, strings and
        tensors on the CPU, so that `torch.load(…, weights_only=True)` reads them.
    """
    device = torch.device(device)
    name, keys, *rest = np.random.get_state()
    state = {"python": random.getstate(), "torch": torch.get_rng_state(), "device": None}
    state["numpy"] = [name, torch.from_numpy(keys.astype(np.int64)), *rest]
    if device.type != "cpu":
        state["device"] = torch.get_device_module(device).get_rng_state(device)
    return state


def set_random_state(state: dict, device: str | torch.device = "cpu") -> None:
    """Put back what `random_state` gave: the same numbers are drawn again after it."""
    device = torch.device(device)
    random.setstate(state["python"])
    name, keys, *rest = state["numpy"]
    np.random.set_state((name, keys.numpy().astype(np.uint32), *rest))
    torch.set_rng_state(state["torch"])
    if device.type != "cpu" and state["device"] is not None:
        torch.get_device_module(device).set_rng_state(state["device"], device)


def device_of(model: nn.Module) -> torch.device:
    """The device that a model's weights are on (the CPU where it has none)."""
    first = next(model.parameters(), None)
    return torch.device("cpu") if first is None else first.device


@contextmanager
def in_mode(model: nn.Module, *, training: bool) -> Iterator[None]:
    """Put a model in training or evaluation mode, then each of its layers back as it was."""
    before = {layer: layer.training for layer in model.modules()}
    try:
        model.train(training)
        yield
    finally:
        for layer, mode in before.items():
            layer.training = mode


@contextmanager
def watching(
    layers: Iterable[nn.Module], after: Callable, before: Callable | None = None
) -> Iterator[None]:
    """Inside the block, hear of every forward pass of some layers; the hooks are gone after it.

    Args:
        layers: the ones to hear of.
        after: called as `after(layer, inputs, output)` when a layer has run; what it returns takes
            the place of the output, unless it is None.
        before: called as `before(layer, inputs)` when a layer begins.
    """
    hooks = []
    try:
        for layer in layers:
            hooks.append(layer.register_forward_hook(after))
            if before is not None:
                hooks.append(layer.register_forward_pre_hook(before))
        yield
    finally:
        for hook in hooks:
            hook.remove()
