"""The losses against PyTorch: values and gradients in float64, over random shapes and numbers."""

import pytest
import scipy.special
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from dlcv import layers

pytestmark = pytest.mark.usefixtures("one_thread")
TOLERANCE = 1e-10
quick = settings(max_examples=60, deadline=None)
seeds = st.integers(0, 2**31)
shapes = st.lists(st.integers(1, 6), min_size=1, max_size=3)
sizes = st.tuples(st.integers(1, 8), st.integers(1, 7))  # (B, K)
spreads = st.sampled_from([0.1, 1.0, 30.0, 1000.0])


def randn(shape, seed, spread=1.0):
    generator = torch.Generator().manual_seed(seed)
    return spread * torch.randn(shape, generator=generator, dtype=torch.float64)


def labels(size, seed):
    return torch.randint(size[1], size[:1], generator=torch.Generator().manual_seed(seed))


def assert_as_torch(loss, reference, prediction, target):
    """Value, gradient, types and shapes are those of `reference` and its autograd."""
    leaf = prediction.clone().requires_grad_()
    expected = reference(leaf, target)
    expected.backward()
    given_prediction, given_target = prediction.clone(), target.clone()
    value, gradient = loss(prediction, target), loss.backward()
    scale = max(1.0, abs(expected.item()))
    assert value.shape == () and gradient.shape == prediction.shape
    assert value.dtype == gradient.dtype == prediction.dtype
    assert abs(value.item() - expected.item()) <= TOLERANCE * scale
    torch.testing.assert_close(gradient, leaf.grad, rtol=0, atol=TOLERANCE)
    assert torch.equal(prediction, given_prediction) and torch.equal(target, given_target)


REGRESSION = [
    (layers.MeanSquaredError(), F.mse_loss),
    (layers.AbsoluteError(), F.l1_loss),
    (layers.Huber(), F.huber_loss),
    (layers.Huber(delta=0.3), lambda z, y: F.huber_loss(z, y, delta=0.3)),
    (layers.Huber(delta=7.0), lambda z, y: F.huber_loss(z, y, delta=7.0)),
]


@pytest.mark.parametrize("loss, reference", REGRESSION)
@given(shapes, seeds, spreads)
@quick
def test_regression_losses_are_those_of_torch(loss, reference, shape, seed, spread):
    assert_as_torch(loss, reference, randn(shape, seed, spread), randn(shape, seed + 1, spread))


@given(shapes, seeds, spreads, st.booleans())
@quick
def test_binary_cross_entropy_is_that_of_torch(shape, seed, spread, hard):
    target = torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    target = target.round() if hard else target
    reference = F.binary_cross_entropy_with_logits
    assert_as_torch(layers.BinaryCrossEntropy(), reference, randn(shape, seed, spread), target)


@given(sizes, seeds, spreads, st.sampled_from([0.0, 0.1, 0.5, 1.0]), st.booleans())
@quick
def test_softmax_cross_entropy_is_that_of_torch(size, seed, spread, smoothing, weighted):
    weights = 0.1 + randn(size[1], seed + 1).abs() if weighted else None

    def reference(scores, target):
        return F.cross_entropy(scores, target, weight=weights, label_smoothing=smoothing)

    loss = layers.SoftmaxCrossEntropy(smoothing, weights)
    assert_as_torch(loss, reference, randn(size, seed, spread), labels(size, seed))


@given(sizes, seeds, spreads, st.sampled_from([0.2, 1.0, 5.0]))
@quick
def test_multi_hinge_is_k_times_that_of_torch(size, seed, spread, margin):
    def reference(scores, target):
        return size[1] * F.multi_margin_loss(scores, target, margin=margin)

    loss = layers.MultiHinge(margin)
    assert_as_torch(loss, reference, randn(size, seed, spread), labels(size, seed))


@given(shapes, seeds, spreads)
@quick
def test_softmax_and_its_logarithm_are_those_of_scipy(shape, seed, spread):
    scores = randn(shape, seed, spread)
    expected = torch.from_numpy(scipy.special.log_softmax(scores.numpy(), axis=-1))
    torch.testing.assert_close(layers.log_softmax(scores), expected, rtol=1e-12, atol=1e-12)
    expected = torch.from_numpy(scipy.special.softmax(scores.numpy(), axis=-1))
    torch.testing.assert_close(layers.softmax(scores), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_huge_scores_overflow_nowhere(dtype):
    scores = torch.tensor([[1e30, -1e30, 0], [-1e30, -1e30, -1e30], [3, 2, 1]], dtype=dtype)
    target = torch.tensor([1, 0, 2])
    for loss in (layers.SoftmaxCrossEntropy(0.1), layers.MultiHinge()):
        assert loss(scores, target).isfinite() and loss.backward().isfinite().all()
    binary = layers.BinaryCrossEntropy()
    assert binary(scores, (scores < 0).to(dtype)).isfinite() and binary.backward().isfinite().all()
    assert layers.log_softmax(scores).isfinite().all()


def test_an_impossible_class_gets_probability_zero():
    scores = torch.tensor([[0.0, float("-inf"), 0.0]])
    assert torch.equal(layers.softmax(scores), torch.tensor([[0.5, 0.0, 0.5]]))


@pytest.mark.parametrize(
    "loss, prediction, target",
    [
        (layers.AbsoluteError(), torch.zeros(3), torch.zeros(3)),
        (layers.MultiHinge(), torch.tensor([[0.0, 1.0]]), torch.tensor([1])),
    ],
)
def test_in_its_kink_the_gradient_is_zero(loss, prediction, target):
    loss(prediction, target)
    assert torch.equal(loss.backward(), torch.zeros_like(prediction))


EVERY = [
    (layers.MeanSquaredError, randn((4, 3), 0), randn((4, 3), 1)),
    (layers.AbsoluteError, randn((4, 3), 0), randn((4, 3), 1)),
    (layers.Huber, randn((4, 3), 0), randn((4, 3), 1)),
    (layers.BinaryCrossEntropy, randn((4, 3), 0), torch.ones(4, 3).double()),
    (layers.SoftmaxCrossEntropy, randn((4, 3), 0), torch.tensor([0, 1, 2, 0])),
    (layers.MultiHinge, randn((4, 3), 0), torch.tensor([0, 1, 2, 0])),
]
every = pytest.mark.parametrize(
    "kind, prediction, target", EVERY, ids=[e[0].__name__ for e in EVERY]
)


@every
def test_backward_needs_a_forward_and_belongs_to_the_last(kind, prediction, target):
    loss = kind()
    with pytest.raises(RuntimeError, match=f"{kind.__name__}: call forward before backward"):
        loss.backward()
    loss(prediction, target)
    first = loss.backward()
    assert torch.equal(loss.backward(), first)
    loss(2 * prediction[:2] + 1, target[:2])
    assert loss.backward().shape == (2, 3)


@every
def test_a_batch_repeated_has_the_same_loss_and_smaller_gradients(kind, prediction, target):
    loss = kind()
    value, gradient = loss(prediction, target), loss.backward()
    twice = loss(prediction.repeat(2, 1), torch.cat([target, target]))
    torch.testing.assert_close(twice, value)
    torch.testing.assert_close(loss.backward(), gradient.repeat(2, 1) / 2)


@every
def test_what_is_no_prediction_is_refused_by_name(kind, prediction, target):
    with pytest.raises(TypeError, match="prediction: got list, wanted a tensor of floats"):
        kind()(prediction.tolist(), target)
    with pytest.raises(TypeError, match=r"prediction: got torch.int64, wanted floats"):
        kind()(prediction.long(), target)
    with pytest.raises(ValueError, match=r"prediction: got shape \(0, 3\), wanted"):
        kind()(prediction[:0], target[:0])


@pytest.mark.parametrize("kind", [case[0] for case in EVERY[:4]])
def test_numbers_need_targets_of_their_own_shape_and_kind(kind):
    prediction = torch.zeros(4)
    with pytest.raises(ValueError, match=r"target: got shape \(4, 1\), wanted .*\(4,\)"):
        kind()(prediction, torch.zeros(4, 1))
    with pytest.raises(ValueError, match=r"target: got shape \(\), wanted"):
        kind()(prediction, torch.tensor(0.0))
    with pytest.raises(TypeError, match="target: got torch.int64, wanted floats"):
        kind()(prediction, torch.zeros(4, dtype=torch.int64))


@pytest.mark.parametrize("bad", [-0.1, 1.1, 2.0, float("nan")])
def test_a_yes_or_no_target_is_a_probability(bad):
    with pytest.raises(ValueError, match="target: wanted probabilities, from 0 to 1"):
        layers.BinaryCrossEntropy()(torch.zeros(2), torch.tensor([0.5, bad]))


@pytest.mark.parametrize("kind", [layers.SoftmaxCrossEntropy, layers.MultiHinge])
@pytest.mark.parametrize(
    "target, error, match",
    [
        (torch.tensor([0, 3]), ValueError, "target: got 0 to 3, wanted indices from 0 to 2"),
        (torch.tensor([-1, 1]), ValueError, "target: got -1 to 1, wanted indices from 0 to 2"),
        (torch.tensor([0, 1, 2]), ValueError, r"target: got shape \(3,\), wanted \(2,\)"),
        (torch.tensor([[0], [1]]), ValueError, r"target: got shape \(2, 1\), wanted \(2,\)"),
        (torch.eye(3)[:2], TypeError, "target: got torch.float32, wanted class indices"),
        (torch.tensor([True, False]), TypeError, "target: got torch.bool, wanted class indices"),
        ([0, 1], TypeError, "target: got list, wanted class indices"),
    ],
)
def test_a_class_target_is_an_index_for_each_row(kind, target, error, match):
    with pytest.raises(error, match=match):
        kind()(torch.zeros(2, 3), target)


@pytest.mark.parametrize("shape", [(3,), (2, 3, 4), (2, 0)])
@pytest.mark.parametrize("kind", [layers.SoftmaxCrossEntropy, layers.MultiHinge])
def test_class_scores_are_rows(kind, shape):
    with pytest.raises(ValueError, match=r"prediction: got shape .*wanted \(B, K\)"):
        kind()(torch.zeros(shape), torch.zeros(shape[0], dtype=torch.int64))


def test_settings_out_of_range_are_refused_by_name():
    for kind, name in ((layers.Huber, "delta"), (layers.MultiHinge, "margin")):
        for bad in (0, -1, float("nan")):
            with pytest.raises(ValueError, match=f"{name}: got {bad}, wanted a positive number"):
                kind(bad)
    for bad in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="label_smoothing: got .* from 0 to 1"):
            layers.SoftmaxCrossEntropy(label_smoothing=bad)
    for bad in (torch.tensor([1.0, 0.0]), torch.ones(2, 2), torch.tensor([1.0, float("nan")])):
        with pytest.raises(ValueError, match=r"class_weights: wanted shape \(K,\)"):
            layers.SoftmaxCrossEntropy(class_weights=bad)
    with pytest.raises(TypeError, match="class_weights: got list"):
        layers.SoftmaxCrossEntropy(class_weights=[1.0, 2.0])
    loss = layers.SoftmaxCrossEntropy(class_weights=torch.ones(2))
    with pytest.raises(ValueError, match="class_weights: got 2 of them for 3 classes"):
        loss(torch.zeros(1, 3), torch.tensor([0]))


@pytest.mark.parametrize("function", [layers.softmax, layers.log_softmax])
def test_what_are_no_scores_is_refused_by_name(function):
    with pytest.raises(TypeError, match="scores: got torch.int64, wanted floats"):
        function(torch.tensor([1, 2]))
    for empty in (torch.tensor(1.0), torch.zeros(2, 0)):
        with pytest.raises(ValueError, match=r"scores: got shape .* wanted \(…, K\)"):
            function(empty)


def test_a_loss_of_one_s_own_says_what_it_lacks():
    class Unfinished(layers.Loss):
        pass

    with pytest.raises(NotImplementedError, match="Unfinished has no forward"):
        Unfinished()(torch.zeros(1), torch.zeros(1))
    with pytest.raises(NotImplementedError, match="Unfinished has no backward"):
        Unfinished().backward()
