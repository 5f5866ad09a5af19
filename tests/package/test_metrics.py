"""Measures of a classifier: against numbers worked out by hand."""

import pytest
import torch
from torch import nn

from dlcv import metrics
from dlcv.training import predict

# Six images, three classes. The answers (largest scores) are 0 0 1 2 2 1; four of them are right.
SCORES = torch.tensor(
    [[3, 1, 0], [2, 1, 0], [0, 2, 1], [0, 1, 5], [1, 0, 2], [0, 3, 1]], dtype=torch.float32
)
LABELS = torch.tensor([0, 1, 1, 2, 0, 1])


def test_accuracy_is_the_share_of_right_answers():
    assert metrics.accuracy(SCORES, LABELS) == pytest.approx(4 / 6)


def test_top_k_counts_labels_among_the_k_best():
    assert metrics.top_k_accuracy(SCORES, LABELS, k=1) == pytest.approx(4 / 6)
    assert metrics.top_k_accuracy(SCORES, LABELS, k=2) == pytest.approx(6 / 6)
    assert metrics.top_k_accuracy(SCORES, torch.tensor([2, 1, 0, 2, 0, 1]), k=2) == pytest.approx(
        4 / 6
    )
    assert metrics.top_k_accuracy(SCORES, LABELS, k=3) == 1
    assert metrics.top_k_accuracy(SCORES[:3, :2], torch.tensor([0, 1, 1]), k=1) == pytest.approx(
        2 / 3
    )
    for k in (0, 4):
        with pytest.raises(ValueError, match=f"k must be in 1 … 3.*got {k}"):
            metrics.top_k_accuracy(SCORES, LABELS, k=k)


def test_confusion_has_a_row_for_each_truth_and_a_column_for_each_answer():
    assert metrics.confusion(SCORES, LABELS).tolist() == [[1, 0, 1], [1, 2, 0], [0, 0, 1]]


def test_f1_is_the_mean_over_the_classes():
    # class 0: P 1/2, R 1/2; class 1: P 2/2, R 2/3; class 2: P 1/2, R 1/1
    assert metrics.f1(SCORES, LABELS) == pytest.approx((1 / 2 + 4 / 5 + 2 / 3) / 3)


def test_roc_auc_counts_pairs_in_the_right_order():
    scores = torch.tensor([[0.0, 0.0], [0.0, 2.0], [0.0, 1.0], [0.0, 3.0]])
    labels = torch.tensor([0, 0, 1, 1])  # of the 4 pairs (0, 1) only (second, third) is wrong
    assert metrics.roc_auc(scores, labels) == pytest.approx(3 / 4)
    with pytest.raises(ValueError, match="no image of class 1"):
        metrics.roc_auc(scores, torch.zeros(4).long())


@pytest.mark.parametrize(
    "measure",
    [
        metrics.accuracy,
        metrics.confusion,
        metrics.f1,
        metrics.roc_auc,
        lambda scores, labels: metrics.top_k_accuracy(scores, labels, k=2),
    ],
)
def test_what_does_not_fit_gets_a_clear_error(measure):
    with pytest.raises(ValueError, match=r"got \(6, 3\) and \(5,\)"):
        measure(SCORES, LABELS[:5])
    with pytest.raises(ValueError, match="label 3 fits no class"):
        measure(SCORES, LABELS + 1)


def test_predict_gives_all_scores_in_order_beside_the_labels():
    model = nn.Sequential(nn.Flatten(), nn.Dropout(0.9), nn.Linear(12, 3))
    images, labels = torch.rand(10, 3, 2, 2), torch.arange(10) % 3
    scores, truth = predict(model, (images, labels), batch_size=4)
    assert torch.allclose(scores, model[2](images.flatten(1)))  # no dropout
    assert torch.equal(truth, labels)
    assert not scores.requires_grad and model.training
    with pytest.raises(ValueError, match="is empty"):
        predict(model, [])
