"""Executed claims: every result the text states is asserted by one of these two functions.

Chapter 2 is the first to use them; `guide/how-to-use.md` explains them to the reader.
"""

import numbers

import numpy as np
import torch


def claim(sentence: str, holds) -> None:
    """Print `✓ sentence` when the sentence holds, and stop the notebook when it does not.

    Args:
        sentence: What the text says, as a full sentence without its period.
        holds: One truth value: a `bool`, a NumPy boolean, or a boolean tensor with one element.

    Raises:
        AssertionError: The sentence does not hold. The message is the sentence.
        TypeError: `holds` is not one truth value. `claim("…", accuracy)` would hold for every
            accuracy but 0, so a number is refused.
    """
    if isinstance(holds, torch.Tensor) and holds.dtype == torch.bool and holds.numel() == 1:
        holds = bool(holds)
    if not isinstance(holds, (bool, np.bool_)):
        raise TypeError(
            f"holds must be one truth value (a comparison), got {type(holds).__name__}: {holds!r}"
        )
    if not holds:
        raise AssertionError(f"This claim does not hold: {sentence}")
    print(f"✓ {sentence}")


def same(ours, reference, tol: float = 1e-10, what: str = "the two results") -> None:
    """Print the largest difference between two results, and stop when it is above `tol`.

    Args:
        ours: What our code computed: a tensor, an array, a number or a nested list of numbers.
        reference: What it must equal, with the same shape.
        tol: The largest absolute difference that still counts as the same.
        what: What is compared, for the printed line and the error message.

    Raises:
        AssertionError: The shapes differ, a difference exceeds `tol`, or one side is NaN.
    """
    ours, reference = _as_array(ours), _as_array(reference)
    if ours.shape != reference.shape:
        raise AssertionError(f"{what}: shape {ours.shape} is not the reference's {reference.shape}")
    # Equal infinities count as equal: their difference would be NaN.
    different = ours != reference
    difference = float(np.abs(ours[different] - reference[different]).max(initial=0.0))
    if not difference <= tol:  # written so that NaN fails too
        raise AssertionError(f"{what}: the largest difference is {difference:.1e}, above {tol:.0e}")
    print(f"✓ {what}: the largest difference is {difference:.1e} (allowed: {tol:.0e})")


def _as_array(values) -> np.ndarray:
    """`values` as a float64 NumPy array on the CPU, without its gradient history."""
    if isinstance(values, torch.Tensor):
        values = values.detach().to("cpu", torch.float64).numpy()
    elif not isinstance(values, (numbers.Number, np.ndarray, list, tuple)):
        raise TypeError(f"expected a tensor, an array or numbers, got {type(values).__name__}")
    return np.asarray(values, dtype=np.float64)
