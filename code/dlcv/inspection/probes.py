"""Linear probes: how easily can a linear classifier read the answer off a layer?"""

import numpy as np
import torch
from torch import Tensor

__all__ = ["linear_probe"]


def linear_probe(
    features: Tensor,
    labels: Tensor,
    test_features: Tensor,
    test_labels: Tensor,
    *,
    components: int | None = None,
    regularization: float = 1.0,
) -> float:
    """Test accuracy of a softmax regression on features that stay as they are.

    Alain and Bengio (2016, arXiv:1610.01644). The features are centered and scaled to variance 1,
    by what the training features say; the test features take no part in the fit. Chapter 12 builds
    it, from scikit-learn's parts.

    Args:
        features: `(N, …)`, of the training images; further axes are flattened.
        labels: int64 `(N,)`.
        test_features: `(M, …)`.
        test_labels: int64 `(M,)`.
        components: so many principal components of the features, in place of all of them, which
            makes layers of different sizes comparable (and the probe quick).
        regularization: strength of the penalty ½ λ Σ w², λ; 0 is refused.

    Returns:
        The share of right answers on the test features, in [0, 1].

    Raises:
        ValueError: numbers that do not fit together.
    """
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    _check("features", features, labels)
    _check("test_features", test_features, test_labels)
    if features.shape[1:] != test_features.shape[1:]:
        raise ValueError(
            f"test_features must be like features, {tuple(features.shape[1:])} an image; "
            f"got {tuple(test_features.shape[1:])}"
        )
    if regularization <= 0:
        raise ValueError(f"regularization must be above 0; got {regularization}")
    train, test = (_numbers(x) for x in (features, test_features))
    if components is not None and not 1 <= components <= min(train.shape):
        raise ValueError(f"components must be in 1 … {min(train.shape)}; got {components}")
    reduce = [] if components is None else [PCA(components, random_state=0)]
    classifier = LogisticRegression(C=1 / regularization, max_iter=1000)
    probe = make_pipeline(*reduce, StandardScaler(), classifier)
    probe.fit(train, labels.cpu().numpy())
    return float(probe.score(test, test_labels.cpu().numpy()))


def _check(name: str, features: Tensor, labels: Tensor) -> None:
    if features.ndim < 2 or labels.shape != features.shape[:1]:
        raise ValueError(
            f"{name} must be (N, …) with N labels; "
            f"got {tuple(features.shape)} and {tuple(labels.shape)}"
        )


def _numbers(features: Tensor) -> np.ndarray:
    """The features as rows, in float32 at least: NumPy has no bfloat16."""
    kind = torch.promote_types(features.dtype, torch.float32)
    return features.detach().cpu().flatten(1).to(kind).numpy()
