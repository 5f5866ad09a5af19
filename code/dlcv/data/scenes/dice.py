"""Random numbers that depend on nothing but the seed, the image's number and a name.

A usual generator hands out its numbers in a row, so image 7 depends on how many numbers images
0 to 6 used. Here every number is *computed* from (seed, name, image, column) by a hash. Image 7 is
therefore the same whether you ask for 8 images or for 50,000, in chunks of any size and on any
number of threads, and no global generator is read or changed.
"""

import zlib

import numpy as np
import torch
from torch import Tensor

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio: spreads consecutive numbers
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def scramble(numbers: np.ndarray) -> np.ndarray:
    """The finalizer of SplitMix64 (Steele, Lea, Flood 2014): turns counters into random bits.

    Args:
        numbers: uint64 array of any shape.

    Returns:
        uint64 array of the same shape; each output depends on its own input only.
    """
    numbers = (numbers ^ (numbers >> np.uint64(30))) * _MIX_1
    numbers = (numbers ^ (numbers >> np.uint64(27))) * _MIX_2
    return numbers ^ (numbers >> np.uint64(31))


class Dice:
    """One throw per image, by name: `dice("angle")` gives every image its own angle.

    Args:
        seed: any integer.
        numbers: int64 tensor (N,), the numbers of the images to throw for.
    """

    def __init__(self, seed: int, numbers: Tensor) -> None:
        self.seed = np.uint64(int(seed) & 0xFFFFFFFFFFFFFFFF)
        self.numbers = numbers.numpy().astype(np.uint64)

    def __call__(self, name: str, *shape: int) -> Tensor:
        """Uniform numbers in [0, 1): float32 tensor (N, *shape), always the same for a name."""
        columns = np.arange(int(np.prod(shape)), dtype=np.uint64)
        stream = np.array([zlib.crc32(name.encode())], dtype=np.uint64)
        key = scramble(scramble(stream * _GOLDEN) + self.seed)
        rows = scramble(self.numbers * _GOLDEN + key)
        bits = scramble(rows[:, None] + (columns + np.uint64(1)) * _GOLDEN)
        uniform = (bits >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-24)
        return torch.from_numpy(uniform).reshape(len(self.numbers), *shape)

    def between(self, name: str, low: float, high: float, *shape: int) -> Tensor:
        """Uniform numbers in [low, high): float32 tensor (N, *shape)."""
        return low + (high - low) * self(name, *shape)

    def choice(self, name: str, options: int, *shape: int) -> Tensor:
        """Whole numbers 0 ... options - 1, all equally likely: int64 tensor (N, *shape)."""
        return (self(name, *shape) * options).long()
