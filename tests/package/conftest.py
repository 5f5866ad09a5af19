"""What several test files of the package share."""

import pytest
import torch


@pytest.fixture
def one_thread():
    """Small tensors: threads only get in each other's way, above all on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
