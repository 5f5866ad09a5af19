"""Probes, adversarial examples and preferred images, against scikit-learn and known answers."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import scale
from torch import nn
from torch.nn import functional as F

from dlcv import inspection

FEW = settings(max_examples=20, deadline=None)


def blobs(count, seed):
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 3
    return labels[:, None] * 0.7 + torch.randn(count, 4, generator=generator), labels


def test_the_probe_is_a_logistic_regression_on_scaled_features():
    features, labels = blobs(90, 0)
    features = features * torch.tensor([1e-3, 1, 10, 100])
    ours = inspection.linear_probe(features, labels, features, labels)
    theirs = LogisticRegression(max_iter=1000).fit(scale(features.double().numpy()), labels)
    assert ours == theirs.score(scale(features.double().numpy()), labels)


def test_the_probe_flattens_and_does_not_learn_from_the_test():
    features, labels = blobs(60, 1)
    test, test_labels = blobs(45, 2)
    flat = inspection.linear_probe(features, labels, test, test_labels)
    folded = inspection.linear_probe(
        features.reshape(60, 2, 2), labels, test.reshape(45, 2, 2), test_labels
    )
    assert flat == folded
    noise = torch.randn(40, 30, generator=torch.Generator().manual_seed(0))
    random = inspection.linear_probe(noise[:20], labels[:20] % 2, noise[20:], labels[:20] % 2)
    assert 0.2 < random < 0.8  # a probe that had seen these labels would be right on all


def test_components_are_those_of_largest_variance():
    features, labels = blobs(90, 3)
    hidden = torch.cat([features * 100, torch.randn(90, 20)], dim=1)
    ours = inspection.linear_probe(hidden, labels, hidden, labels, components=4)
    codes = scale(PCA(4, random_state=0).fit_transform(hidden.numpy()))
    assert ours == LogisticRegression(max_iter=1000).fit(codes, labels).score(codes, labels)


def test_probes_that_cannot_be_made():
    features, labels = blobs(30, 0)
    for arguments, options, message in [
        ((features, labels[:5], features, labels), {}, "features must be .N, …. with N labels"),
        ((features, labels, features[:, :2], labels), {}, "test_features must be like features"),
        ((features, labels, features, labels), {"components": 5}, "components must be in 1 … 4"),
        ((features, labels, features, labels), {"regularization": 0}, "above 0"),
    ]:
        with pytest.raises(ValueError, match=message):
            inspection.linear_probe(*arguments, **options)


def classifier(channels=2, side=4):
    torch.manual_seed(0)
    layers = [nn.Conv2d(channels, 3, 3), nn.Dropout(0.5), nn.Tanh(), nn.Flatten()]
    return nn.Sequential(*layers, nn.Linear(3 * (side - 2) ** 2, 3)).double().train()


def assert_untouched(model):
    assert all(layer.training for layer in model.modules())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not any(layer._forward_hooks for layer in model.modules())


@FEW
@given(st.integers(1, 4), st.floats(0.001, 0.1))
def test_fgsm_moves_by_epsilon_along_the_sign_of_the_gradient(batch, epsilon):
    model, images = classifier(), 0.3 + 0.4 * torch.rand(batch, 2, 4, 4, dtype=torch.float64)
    labels, given_images = torch.arange(batch) % 3, images.clone()
    changed = inspection.fgsm(model, images, labels, epsilon)
    assert torch.equal(images, given_images)
    assert_untouched(model)
    model.eval()
    leaf = images.clone().requires_grad_()
    F.cross_entropy(model(leaf), labels).backward()
    expected = images + epsilon * leaf.grad.sign()
    torch.testing.assert_close(changed, expected, rtol=0, atol=1e-12)


def test_fgsm_of_a_linear_score_rises_as_the_paper_says():
    """Goodfellow et al. 2014, section 3: wᵀη grows by ε‖w‖₁, here for two classes ±w/2."""
    w = torch.tensor([[0.5, -1.0, 2.0, 0.0]]).double()
    model = nn.Sequential(nn.Flatten(), nn.Linear(4, 2, bias=False)).double()
    model[1].weight.data = torch.cat([w, -w]) / 2
    image = torch.full((1, 1, 2, 2), 0.5).double()
    changed = inspection.fgsm(model, image, torch.tensor([1]), 0.1)
    assert (w @ (changed - image).flatten()).item() == pytest.approx(0.1 * 3.5)


def test_fgsm_clips_and_refuses():
    model, images = classifier(), torch.ones(2, 2, 4, 4).double()
    changed = inspection.fgsm(model, images, torch.tensor([0, 1]), 0.2)
    assert changed.max() == 1 and changed.min() == pytest.approx(0.8)
    wide = inspection.fgsm(model, images, torch.tensor([0, 1]), 0.2, low=-1, high=3)
    assert wide.max() == pytest.approx(1.2)
    for wrong, labels, epsilon, message in [
        (images, torch.tensor([0, 1]), -0.1, "epsilon must be at least 0"),
        (images.byte(), torch.tensor([0, 1]), 0.1, "images must be floats"),
        (images, torch.tensor([0, 7]), 0.1, "label 7"),
    ]:
        with pytest.raises(ValueError, match=message):
            inspection.fgsm(model, wrong, labels, epsilon)
        assert_untouched(model)


def test_the_preferred_image_of_a_template_is_the_template():
    """What raises w · x most in [0, 1] is 1 where w is positive and 0 where it is negative."""
    torch.manual_seed(3)
    model = nn.Sequential(nn.Flatten(), nn.Linear(2 * 5 * 5, 3))
    before, random = [p.clone() for p in model.parameters()], torch.get_rng_state()
    options = {"steps": 400, "rate": 0.1, "jitter": 0, "smooth": 0.0}
    best = inspection.preferred_images(model, "1", [2, 0], (2, 5, 5), **options)
    assert torch.equal(random, torch.get_rng_state())
    for image, channel in zip(best, (2, 0), strict=True):
        weights = model[1].weight[channel].reshape(2, 5, 5)
        clear = weights.abs() > 0.02
        torch.testing.assert_close(image[clear], (weights > 0).float()[clear])
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))
    assert_untouched(model)


def test_ascent_raises_a_channel_and_blur_makes_the_image_smoother():
    model, shape = classifier(side=8).float(), (2, 8, 8)
    start = inspection.preferred_images(model, "0", [1], shape, steps=0)
    assert start.std() < 0.1 and abs(start.mean() - 0.5) < 0.05
    rough, soft = (
        inspection.preferred_images(model, "0", [1], shape, steps=30, smooth=s) for s in (0.0, 0.5)
    )
    value = [model[0](x)[0, 1].mean().item() for x in (start, rough, soft)]
    assert value[1] > value[0] and value[2] > value[0]
    assert soft.diff(dim=3).abs().mean() < rough.diff(dim=3).abs().mean()
    assert rough.min() >= 0 and rough.max() <= 1


def test_ascents_that_cannot_be_made():
    model = classifier()
    for arguments, options, message in [
        (("0", [3], (2, 4, 4)), {}, "channels must be in 0 … 2"),
        (("9", [0], (2, 4, 4)), {}, "no layer '9'"),
        (("0", [0], (2, 4, 4)), {"smooth": 2}, "smooth in"),
    ]:
        with pytest.raises(ValueError, match=message):
            inspection.preferred_images(model.float(), *arguments, **options)
        assert_untouched(model)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_ascent_stays_where_nothing_answers(dtype):
    """A unit that is off has gradient 0: the image stays, and no number becomes NaN."""
    model = nn.Sequential(nn.Conv2d(1, 1, 3), nn.ReLU()).to(dtype)
    model[0].weight.data.fill_(-1), model[0].bias.data.fill_(-1)
    options = {"jitter": 0, "smooth": 0.0}
    start, end = (
        inspection.preferred_images(model, "1", [0], (1, 5, 5), steps=n, **options) for n in (0, 5)
    )
    assert end.dtype == dtype and torch.equal(start, end)


def test_ascents_into_layers_that_cannot_answer():
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(0))
    model[0].spare = nn.ReLU()
    for layer, channels, shape, message in [
        ("1", [0], (1, 5, 5), r"layer: '1' gives \(18,\); \(B, channels, …\) was wanted"),
        ("0.spare", [0], (1, 5, 5), "'0.spare' is part of the model, but it did not run"),
        ("0", [0], (3, 5, 5), r"layer '0': Conv2d"),
        ("0", [0], (5, 5), r"image_shape must be \(C, H, W\); got \(5, 5\)"),
        ("0", [], (1, 5, 5), "channels: one at least was wanted"),
    ]:
        with pytest.raises(ValueError, match=message):
            inspection.preferred_images(model, layer, channels, shape)


def test_fgsm_wants_scores_and_a_label_for_each_image():
    model, images = classifier(), torch.ones(2, 2, 4, 4).double()
    with pytest.raises(ValueError, match=r"labels: \(2,\) was wanted, not \(3,\)"):
        inspection.fgsm(model, images, torch.tensor([0, 1, 2]), 0.1)
    flat = nn.Sequential(model, nn.Flatten(0))
    with pytest.raises(ValueError, match=r"model must give scores \(B, K\); got \(6,\)"):
        inspection.fgsm(flat, images, torch.tensor([0, 1]), 0.1)


def test_a_probe_reads_features_in_half_precision():
    features, labels = blobs(90, 0)
    for dtype in (torch.float16, torch.bfloat16):
        half = features.to(dtype)
        ours = inspection.linear_probe(half, labels, half, labels)
        assert ours == inspection.linear_probe(half.float(), labels, half.float(), labels)
