"""Random tensors, and what counts as equal, for the checks that compare in double precision."""

import torch
from torch import Tensor


def normal(*shape: int, seed: int = 0) -> Tensor:
    """Normal random numbers in float64, the same for the same seed."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def close(ours: Tensor, theirs: Tensor) -> bool:
    """Whether an answer has the shape of a float64 tensor, and its values to 1e-10."""
    alike = tuple(ours.shape) == tuple(theirs.shape)
    return alike and torch.allclose(ours.double(), theirs, atol=1e-10, rtol=0)
