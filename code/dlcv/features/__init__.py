"""Vision by hand, as chapter 4 builds it: descriptors, visual words, a detector, matching points.

Images are gray floats in [0, 1], `(H, W)`, as NumPy arrays or torch tensors; results are NumPy
arrays in float64.
"""

from dlcv.features.detection import (
    cascade,
    detect,
    overlap,
    pyramid,
    sliding_windows,
    suppress_overlaps,
)
from dlcv.features.gist import equalize_contrast, gabor_bank, gist, gist_many
from dlcv.features.hog import (
    cell_histograms,
    gradients,
    hog,
    hog_many,
    hog_picture,
    normalize_blocks,
)
from dlcv.features.matching import apply_homography, homography, match, ransac_homography
from dlcv.features.sift import dense_sift, dense_sift_many, sift
from dlcv.features.words import FisherVector, VisualWords, fisher_vector, posteriors

__all__ = [
    "FisherVector",
    "VisualWords",
    "apply_homography",
    "cascade",
    "cell_histograms",
    "dense_sift",
    "dense_sift_many",
    "detect",
    "equalize_contrast",
    "fisher_vector",
    "gabor_bank",
    "gist",
    "gist_many",
    "gradients",
    "hog",
    "hog_many",
    "hog_picture",
    "homography",
    "match",
    "normalize_blocks",
    "overlap",
    "posteriors",
    "pyramid",
    "ransac_homography",
    "sift",
    "sliding_windows",
    "suppress_overlaps",
]
