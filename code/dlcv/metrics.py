"""How good a classifier is, from its scores and the true labels (`dlcv.training.predict`).

The measures are scikit-learn's; here they take what PyTorch gives: scores `(N, K)`, any real
numbers of which the largest is the answer, and labels `(N,)`, 0 … K − 1.
Chapter 02 builds the accuracy, chapter 11 the confusion matrix, chapter 16 the F1 score and
ROC-AUC, chapter 20 the top-k accuracy.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["accuracy", "check_labels", "confusion", "f1", "roc_auc", "top_k_accuracy"]


def accuracy(scores: Tensor, labels: Tensor) -> float:
    """The share of right answers, in [0, 1]."""
    return _sklearn().accuracy_score(_checked(scores, labels), scores.argmax(dim=1).cpu())


def top_k_accuracy(scores: Tensor, labels: Tensor, k: int = 5) -> float:
    """The share of images whose label is among the `k` highest scores, in [0, 1].

    Raises:
        ValueError: `k` is not in 1 … K; see also `check_labels`.
    """
    classes = scores.shape[1]
    if not 1 <= k <= classes:
        raise ValueError(f"k must be in 1 … {classes}, the number of classes; got {k}")
    labels = _checked(scores, labels)
    if k == classes:
        return 1.0
    numbers = scores.cpu()
    if classes == 2:  # scikit-learn then wants the scores of the second class alone
        numbers = numbers[:, 1] - numbers[:, 0]
    score = _sklearn().top_k_accuracy_score
    return float(score(labels, numbers, k=k, labels=range(classes)))


def confusion(scores: Tensor, labels: Tensor) -> Tensor:
    """Counts `(K, K)`, int64: a row for each true class, a column for each answer."""
    labels, answers = _checked(scores, labels), scores.argmax(dim=1).cpu()
    counts = _sklearn().confusion_matrix(labels, answers, labels=range(scores.shape[1]))
    return torch.from_numpy(counts)


def f1(scores: Tensor, labels: Tensor) -> float:
    """The mean over the classes of 2PR / (P + R), precision P and recall R, in [0, 1].

    A class that is neither there nor answered counts as 0.
    """
    labels, answers = _checked(scores, labels), scores.argmax(dim=1).cpu()
    classes = range(scores.shape[1])
    score = _sklearn().f1_score
    return float(score(labels, answers, labels=classes, average="macro", zero_division=0))


def roc_auc(scores: Tensor, labels: Tensor) -> float:
    """The chance that an image of a class gets a higher softmax share for it than one of another.

    The area under the ROC curve of each class against the rest, then the mean over the classes, in
    [0, 1]; 0.5 for guessing.

    Raises:
        ValueError: a class does not occur among the labels; see also `check_labels`.
    """
    labels = _checked(scores, labels)
    absent = sorted(set(range(scores.shape[1])) - set(labels.tolist()))
    if absent:
        raise ValueError(f"labels: no image of class {absent[0]}, so its ROC curve is not defined")
    shares = scores.cpu().double().softmax(dim=1)
    return float(_sklearn().roc_auc_score(F.one_hot(labels, scores.shape[1]), shares))


def check_labels(labels: Tensor, classes: int, ignore_index: int = -100) -> None:
    """Raise `ValueError` unless every label lies in 0 … classes − 1 or is `ignore_index`."""
    lowest, highest = labels.aminmax()
    if lowest >= 0 and highest < classes:
        return
    wrong = labels[((labels < 0) | (labels >= classes)) & (labels != ignore_index)]
    if len(wrong):
        raise ValueError(
            f"label {int(wrong[0])} fits no class: the model gives {classes} scores, so labels "
            f"must lie in 0 … {classes - 1}. Count classes from 0, or give the model more outputs"
        )


def check_classes(loss: Callable, scores: Tensor, labels: Tensor | None) -> None:
    """`check_labels`, where the loss is cross-entropy and the labels are classes.

    A label that is no class would end the whole process in the GPU's cross-entropy.
    """
    if labels is None:
        return
    takes_classes = getattr(loss, "func", loss) is F.cross_entropy or isinstance(
        loss, nn.CrossEntropyLoss
    )
    if takes_classes and labels_are_classes(scores, labels):
        check_labels(labels, scores.shape[1], getattr(loss, "ignore_index", -100))


def labels_are_classes(scores: Tensor, labels: Tensor) -> bool:
    """Whether labels `(B, …)` number the classes of scores `(B, K, …)`."""
    several = scores.ndim == labels.ndim + 1 and scores.shape[1] > 1
    return several and not labels.is_floating_point()


def _checked(scores: Tensor, labels: Tensor) -> Tensor:
    """The labels on the CPU, where shapes and labels fit the scores."""
    if scores.ndim != 2 or labels.shape != scores.shape[:1] or not len(labels):
        raise ValueError(
            "scores must be (N, K) and labels (N,), with N at least 1; "
            f"got {tuple(scores.shape)} and {tuple(labels.shape)}"
        )
    check_labels(labels, scores.shape[1])
    return labels.cpu()


def _sklearn():
    from sklearn import metrics  # here, because it takes a second to import

    return metrics
