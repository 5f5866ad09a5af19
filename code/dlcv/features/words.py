"""One vector for a bag of descriptors: visual words and Fisher vectors. Chapter 4 builds them.

References:
    G. Csurka et al., *Visual Categorization with Bags of Keypoints*, ECCV workshop on Statistical
    Learning in Computer Vision, 2004.
    F. Perronnin, J. Sánchez and T. Mensink, *Improving the Fisher Kernel for Large-Scale Image
    Classification*, ECCV 2010. https://doi.org/10.1007/978-3-642-15561-1_11
"""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture

from dlcv.features.inputs import as_rows, check_whole


class VisualWords(TransformerMixin, BaseEstimator):
    """Histograms over a vocabulary of descriptors, found by k-means.

    Takes and returns what a scikit-learn transformer does, so it fits into `make_pipeline`.

    Args:
        words: Size of the vocabulary.
        power: Each count is raised to it (½ keeps one frequent word from drowning the others, 1
            leaves the counts); then the vector is scaled to length 1.
        seed: Starts k-means.

    Attributes:
        centers_: The vocabulary, `(words, D)`, after `fit`.
    """

    def __init__(self, words: int = 100, *, power: float = 0.5, seed: int = 0):
        self.words = words
        self.power = power
        self.seed = seed

    def fit(self, descriptors: list[np.ndarray], y=None) -> "VisualWords":
        """Find the words in a list of descriptor arrays, `(N_i, D)` for image i; `y` is unused.

        Raises:
            ValueError: A shape or parameter is wrong, or there are fewer descriptors than words.
        """
        check_whole(words=self.words)
        _check_power(self.power)
        rows = _stack(descriptors, at_least=self.words)
        self.means_ = KMeans(self.words, n_init=1, random_state=self.seed).fit(rows)
        self.centers_ = self.means_.cluster_centers_
        return self

    def transform(self, descriptors: list[np.ndarray]) -> np.ndarray:
        """How often each word occurs in each image, `(images, words)`, each row of length 1.

        An image without descriptors gets zeros.
        """
        bags = _bags(descriptors, columns=self.centers_.shape[1])
        counts = [np.bincount(self.closest(bag), minlength=self.words) for bag in bags]
        return normalize(np.array(counts, dtype=float), self.power)

    def closest(self, descriptors: np.ndarray) -> np.ndarray:
        """The word nearest to each descriptor: `(N, D)` → int `(N,)`."""
        if len(descriptors) == 0:
            return np.zeros(0, dtype=int)
        return self.means_.predict(descriptors)


class FisherVector(TransformerMixin, BaseEstimator):
    """How a bag of descriptors would change a Gaussian mixture fitted to all descriptors.

    See `fisher_vector` for the formulas; then each number z becomes sign(z)·|z|^power, and the
    vector is scaled to length 1.

    Args:
        components: Gaussians in the mixture, K.
        dimensions: Descriptors are first reduced to so many numbers by PCA; None leaves them.
        power: Exponent of the power normalization.
        seed: Starts the fit.

    Attributes:
        mixture_: The fitted `sklearn.mixture.GaussianMixture`, after `fit`.
        pca_: The fitted `sklearn.decomposition.PCA`, or None.
    """

    def __init__(
        self,
        components: int = 16,
        *,
        dimensions: int | None = None,
        power: float = 0.5,
        seed: int = 0,
    ):
        self.components = components
        self.dimensions = dimensions
        self.power = power
        self.seed = seed

    def fit(self, descriptors: list[np.ndarray], y=None) -> "FisherVector":
        """Fit the mixture to a list of descriptor arrays, `(N_i, D)` for image i; `y` is unused.

        Raises:
            ValueError: A shape or parameter is wrong, or there are too few descriptors.
        """
        check_whole(components=self.components)
        _check_power(self.power)
        rows = _stack(descriptors, at_least=max(self.components, self.dimensions or 1))
        self.columns_ = rows.shape[1]
        self.pca_ = None
        if self.dimensions is not None:
            check_whole(dimensions=self.dimensions)
            self.pca_ = PCA(self.dimensions, random_state=self.seed).fit(rows)
            rows = self.pca_.transform(rows)
        # A floor under the variances, in proportion to the data's own.
        floor = 1e-3 * rows.var(axis=0).mean() + 1e-12
        self.mixture_ = GaussianMixture(
            self.components, covariance_type="diag", reg_covar=floor, random_state=self.seed
        ).fit(rows)
        return self

    def transform(self, descriptors: list[np.ndarray]) -> np.ndarray:
        """The normalized Fisher vector of each image, `(images, 2·K·D)`; zeros for an empty bag."""
        mixture = self.mixture_
        deviations = np.sqrt(mixture.covariances_)
        vectors = []
        for bag in _bags(descriptors, columns=self.columns_):
            if self.pca_ is not None and len(bag):
                bag = self.pca_.transform(bag)
            bag = bag.reshape(len(bag), mixture.means_.shape[1])  # an empty bag skipped the PCA
            vectors.append(fisher_vector(bag, mixture.weights_, mixture.means_, deviations))
        return normalize(np.array(vectors), self.power)


def posteriors(
    descriptors: np.ndarray, weights: np.ndarray, means: np.ndarray, deviations: np.ndarray
) -> np.ndarray:
    """How probably each Gaussian made each descriptor: γ, `(T, K)`, rows that sum to 1.

    Args:
        descriptors: `(T, D)`.
        weights: `(K,)`, w, with sum 1.
        means: `(K, D)`, μ.
        deviations: `(K, D)`, σ, standard deviations (not variances).
    """
    z = (descriptors[:, None, :] - means) / deviations  # (T, K, D)
    log_density = np.log(weights) - np.log(deviations).sum(axis=1) - 0.5 * (z**2).sum(axis=2)
    log_density -= log_density.max(axis=1, keepdims=True)  # else exp gives 0 / 0 far out
    density = np.exp(log_density)
    return density / density.sum(axis=1, keepdims=True)


def fisher_vector(
    descriptors: np.ndarray, weights: np.ndarray, means: np.ndarray, deviations: np.ndarray
) -> np.ndarray:
    """The gradient of a bag's log-likelihood by the mixture's means and standard deviations.

    With γ the `posteriors` and z = (x − μ_k) / σ_k, per Gaussian k and dimension:

    G_μ = Σₜ γₜₖ z / (T √w_k),  G_σ = Σₜ γₜₖ (z² − 1) / (T √(2 w_k)).

    That is the gradient of the mean log-likelihood, times σ_k / √w_k and σ_k / √(2 w_k): the square
    root of the inverse of an approximate Fisher information, which makes all numbers comparable.
    The gradient by the weights is left out, as in the paper: it adds little.
    `skimage.feature.fisher_vector` puts it in front (K numbers) and gives G_σ the other sign.

    Args:
        descriptors: The bag, `(T, D)`; T may be 0.
        weights: `(K,)`.
        means: `(K, D)`.
        deviations: `(K, D)`, standard deviations.

    Returns:
        float64 `(2·K·D,)`: all G_μ, Gaussian by Gaussian, then all G_σ. Not normalized.
    """
    count = max(len(descriptors), 1)  # an empty bag pulls nowhere: zeros
    gamma = posteriors(descriptors, weights, means, deviations)[:, :, None]  # (T, K, 1)
    z = (descriptors[:, None, :] - means) / deviations  # (T, K, D)
    by_means = (gamma * z).sum(axis=0) / (count * np.sqrt(weights)[:, None])
    by_deviations = (gamma * (z**2 - 1)).sum(axis=0) / (count * np.sqrt(2 * weights)[:, None])
    return np.concatenate([by_means.ravel(), by_deviations.ravel()])


def normalize(vectors: np.ndarray, power: float = 0.5) -> np.ndarray:
    """Signed power, then length 1, row by row: `(N, D)` → `(N, D)`; a row of zeros stays."""
    vectors = np.sign(vectors) * np.abs(vectors) ** power
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)


def _bags(descriptors: list[np.ndarray], columns: int | None = None) -> list[np.ndarray]:
    """The list, each array checked and float64 `(N_i, D)` with one D."""
    if isinstance(descriptors, np.ndarray) and descriptors.ndim == 2:
        raise ValueError("descriptors: got one array, wanted a list with an array for each image")
    bags = [as_rows(bag, f"descriptors[{i}]", columns) for i, bag in enumerate(descriptors)]
    widths = {bag.shape[1] for bag in bags}
    if len(widths) > 1:
        raise ValueError(f"descriptors: arrays with {sorted(widths)} columns, wanted one width")
    return bags


def _stack(descriptors: list[np.ndarray], at_least: int) -> np.ndarray:
    """All descriptors of all images, `(N, D)`."""
    bags = _bags(descriptors)
    count = sum(len(bag) for bag in bags)
    if count < max(at_least, 2):
        raise ValueError(f"descriptors: got {count} in all, wanted at least {max(at_least, 2)}")
    return np.concatenate(bags)


def _check_power(power: float) -> None:
    if not 0 < power <= 1:
        raise ValueError(f"power: got {power!r}, wanted a number in (0, 1]")
