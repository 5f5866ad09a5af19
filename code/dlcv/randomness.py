"""The state of the random numbers, to be kept and put back."""

import random

import numpy as np
import torch

__all__ = ["random_state", "set_random_state"]


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
        state["device"] = _generator(device).get_state()
    return state


def set_random_state(state: dict, device: str | torch.device = "cpu") -> None:
    """Put back what `random_state` gave: the same numbers are drawn again after it."""
    device = torch.device(device)
    random.setstate(state["python"])
    name, keys, *rest = state["numpy"]
    np.random.set_state((name, keys.cpu().numpy().astype(np.uint32), *rest))
    torch.set_rng_state(state["torch"].cpu())  # the states of generators live on the CPU
    if device.type != "cpu" and state["device"] is not None:
        _generator(device).set_state(state["device"].cpu())


def _generator(device: torch.device) -> torch.Generator:
    """The global generator of a GPU."""
    if device.type == "mps":
        return torch.mps._get_default_mps_generator()
    torch.cuda.init()
    return torch.cuda.default_generators[device.index or 0]
