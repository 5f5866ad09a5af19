"""Handwritten digits, 8 × 8 pixels, shipped inside scikit-learn."""

import numpy as np
import torch

from dlcv.data.images import ImageData

CLASSES = tuple("0123456789")


def load(split: str = "train") -> ImageData:
    """1,797 real handwritten digits: 1,437 to train on, 360 to test on. Needs no network.

    The pictures are 8 × 8 with gray levels 0 … 16, scaled here to 0 … 255. The split is fixed, and
    each digit makes up the same share of both parts. Which person wrote which digit is not
    recorded, so both parts may hold digits by the same hand: expect flattering test numbers.

    Args:
        split: `"train"` or `"test"`.

    Returns:
        Images uint8 `(N, 1, 8, 8)`, white ink on black.

    References:
        E. Alpaydin and C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine
        Learning Repository, 1998. https://doi.org/10.24432/C50P49
    """
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    train, test = train_test_split(
        np.arange(len(digits.target)), test_size=0.2, stratify=digits.target, random_state=0
    )
    chosen = np.sort(train if split == "train" else test)
    levels = np.rint(digits.images[chosen] * 255 / 16).astype(np.uint8)  # (N, 8, 8)
    return ImageData(
        images=torch.from_numpy(levels[:, None]),  # (N, 1, 8, 8)
        labels=torch.from_numpy(digits.target[chosen].astype(np.int64)),
        classes=CLASSES,
        name="digits",
        split=split,
    )
