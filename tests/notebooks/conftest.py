"""A chapter runs inside the test's own process: what it sets for all of PyTorch is set back."""

import pytest
import torch


@pytest.fixture(autouse=True, scope="module")
def pytorch_as_it_was():
    """The number type that chapter 8 makes the default would change every test after it."""
    dtype = torch.get_default_dtype()
    yield
    torch.set_default_dtype(dtype)
