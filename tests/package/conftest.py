"""What several test files of the package share."""

import sys

import pytest
import torch

import dlcv.interactive  # noqa: F401 - so that all its modules are there


@pytest.fixture
def one_thread():
    """Small tensors: threads only get in each other's way, above all on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def shown(monkeypatch):
    """What is published by whichever interactive figure a test shows."""
    outputs = []
    for name, module in sys.modules.items():
        if name.startswith("dlcv.interactive.") and hasattr(module, "publish"):
            monkeypatch.setattr(module, "publish", outputs.append)
    return outputs
