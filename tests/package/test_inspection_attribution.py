"""Explanations of a score, against autograd, networks whose answer is known, and the papers."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from dlcv import inspection

FEW = settings(max_examples=25, deadline=None)
sizes = st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(4, 7), st.integers(4, 7))


def convolutional(channels, seed=0, training=True):
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Conv2d(channels, 4, 3), nn.ReLU(), nn.Dropout(0.5),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 5),
    )  # fmt: skip
    return model.double().train(training)


def assert_untouched(model):
    assert all(layer.training for layer in model.modules())
    assert not any(layer._forward_hooks for layer in model.modules())
    assert all(parameter.grad is None for parameter in model.parameters())


@FEW
@given(sizes)
def test_saliency_of_a_linear_classifier_is_its_template(shape):
    B, C, H, W = shape
    model = nn.Sequential(nn.Flatten(), nn.Linear(C * H * W, 6)).double()
    classes = torch.arange(B) % 6
    maps = inspection.saliency(model, torch.rand(shape, dtype=torch.float64), classes)
    templates = model[1].weight.detach()[classes].reshape(shape)
    torch.testing.assert_close(maps, templates.abs().amax(1), rtol=0, atol=1e-10)


@FEW
@given(sizes)
def test_grad_cam_is_cam_where_a_mean_and_a_linear_layer_follow(shape):
    """Zhou et al. 2015: Σ_m W_km A_m, here divided by the number of places."""
    B, C, H, W = shape
    model, images = convolutional(C), torch.randn(shape, dtype=torch.float64)
    maps = inspection.grad_cam(model, images, 3, "1")
    with torch.no_grad():
        inner = model[:2](images)
        cam = torch.einsum("m,bmij->bij", model[5].weight[3], inner) / inner[0, 0].numel()
    torch.testing.assert_close(maps, cam.relu(), rtol=0, atol=1e-10)
    assert_untouched(model)


def test_grad_cam_by_the_papers_equations():
    torch.manual_seed(1)
    front, back = nn.Conv2d(2, 3, 3), nn.Sequential(nn.Tanh(), nn.Flatten(), nn.Linear(48, 4))
    model, images = nn.Sequential(front, back).double(), torch.randn(2, 2, 6, 6).double()
    jacobian = torch.autograd.functional.jacobian(back, front(images))  # (B, K, B, C, h, w)
    expected = []
    for i, k in enumerate([3, 1]):
        weights = jacobian[i, k, i].mean(dim=(1, 2))  # equation 1: α_k
        expected.append((weights[:, None, None] * front(images)[i]).sum(0).relu())  # equation 2
    ours = inspection.grad_cam(model, images, torch.tensor([3, 1]), "0")
    torch.testing.assert_close(ours, torch.stack(expected).detach(), rtol=0, atol=1e-10)


def test_explanations_work_without_gradients_around_them_and_with_frozen_weights():
    model, images = convolutional(2), torch.randn(2, 2, 5, 5).double()
    with_grad = inspection.saliency(model, images, 1), inspection.grad_cam(model, images, 1, "0")
    model.requires_grad_(False)
    with torch.no_grad():
        torch.testing.assert_close(inspection.saliency(model, images, 1), with_grad[0])
        torch.testing.assert_close(inspection.grad_cam(model, images, 1, "0"), with_grad[1])
    assert_untouched(model)


@FEW
@given(
    st.integers(1, 2), st.integers(1, 4), st.integers(1, 3), st.integers(0, 2), st.integers(0, 2)
)
def test_occlusion_of_a_linear_classifier(channels, size, stride, more_rows, more_columns):
    """A square takes away Σ w (x - fill); a pixel gets the mean over the squares that cover it."""
    stride = min(size, stride)
    H, W = size + stride * (1 + more_rows), size + stride * more_columns
    images = torch.rand(2, channels, H, W, dtype=torch.float64)
    model = nn.Sequential(nn.Flatten(), nn.Linear(channels * H * W, 3)).double()
    maps = inspection.occlusion(model, images, 2, size, stride, fill=0.25)
    weights = model[1].weight.detach()[2].reshape(channels, H, W)
    taken = (weights * (images - 0.25)).sum(1)  # (2, H, W)
    total, count = torch.zeros(2, H, W).double(), torch.zeros(H, W)
    for top in range(0, H - size + 1, stride):
        for left in range(0, W - size + 1, stride):
            square = slice(top, top + size), slice(left, left + size)
            total[:, *square] += taken[:, *square].sum((1, 2))[:, None, None]
            count[square] += 1
    torch.testing.assert_close(maps, total / count, rtol=0, atol=1e-10)


def test_squares_that_leave_pixels_out_are_refused():
    model, images = convolutional(1), torch.zeros(1, 1, 6, 6).double()
    with pytest.raises(ValueError, match="stride must be at most size = 2"):
        inspection.occlusion(model, images, 0, size=2, stride=3)
    with pytest.raises(ValueError, match="does not fit"):
        inspection.occlusion(model, images, 0, size=3, stride=2)


@pytest.mark.parametrize(
    ("classes", "message"),
    [(5, "0 … 4"), (-1, "0 … 4"), (torch.tensor([0, 1, 2]), "2 images"), (0.5, "whole numbers")],
)
def test_classes_that_do_not_fit(classes, message):
    model, images = convolutional(2), torch.zeros(2, 2, 5, 5).double()
    for explain in (
        lambda: inspection.saliency(model, images, classes),
        lambda: inspection.occlusion(model, images, classes, 5, 5),
        lambda: inspection.grad_cam(model, images, classes, "0"),
    ):
        with pytest.raises(ValueError, match=message):
            explain()
        assert_untouched(model)


def test_layers_and_images_that_do_not_fit():
    model = convolutional(2)
    with pytest.raises(ValueError, match=r"'5' gives \(1, 5\); maps"):
        inspection.grad_cam(model, torch.zeros(1, 2, 5, 5).double(), 0, "5")
    with pytest.raises(ValueError, match="images must be floats"):
        inspection.saliency(model, torch.zeros(1, 2, 5, 5, dtype=torch.uint8), 0)
    with pytest.raises(ValueError, match="wants .B, 2, H, W."):
        inspection.saliency(model, torch.zeros(1, 3, 5, 5).double(), 0)
    assert_untouched(model)


def test_enlarge_is_bilinear_and_wants_maps():
    maps = torch.rand(2, 3, 4)
    large = inspection.enlarge(maps, (9, 8))
    torch.testing.assert_close(large, F.interpolate(maps[None], (9, 8), mode="bilinear")[0])
    with pytest.raises(ValueError, match=r"\(B, h, w\)"):
        inspection.enlarge(maps[0], 8)


def test_the_pointing_game_by_hand():
    maps = torch.tensor([[[0.0, 2.0], [1.0, 0.0]]] * 2 + [[[1.0, 1.0], [1.0, 1.0]]])
    masks = torch.tensor([[[0, 1], [0, 0]], [[1, 0], [1, 1]], [[1, 1], [1, 1]]]).bool()
    result = inspection.pointing_game(maps, masks)
    assert result.hits.tolist() == [True, False, False]  # the last map points nowhere
    assert result.rate == pytest.approx(1 / 3) and result.chance == pytest.approx(8 / 12)


@FEW
@given(st.integers(200, 400), st.integers(3, 8))
def test_random_maps_hit_as_often_as_chance_says(count, side):
    generator = torch.Generator().manual_seed(count + side)
    masks = torch.rand(count, side, side, generator=generator) < 0.4
    masks[:, 0, 0] = True
    result = inspection.pointing_game(torch.rand(count, side, side, generator=generator), masks)
    assert abs(result.rate - result.chance) < 4.5 * (0.25 / count) ** 0.5


def test_pointing_games_that_cannot_be_played():
    maps, masks = torch.rand(2, 3, 3), torch.ones(2, 3, 3).bool()
    with pytest.raises(ValueError, match=r"\(B, H, W\)"):
        inspection.pointing_game(maps, masks[:1])
    with pytest.raises(ValueError, match="not finite"):
        inspection.pointing_game(maps / 0, masks)
    masks[1] = False
    with pytest.raises(ValueError, match="mask of image 1 is empty"):
        inspection.pointing_game(maps, masks)


def test_classes_are_whole_numbers_of_any_kind():
    model, images = convolutional(2), torch.randn(2, 2, 5, 5).double()
    expected = inspection.saliency(model, images, torch.tensor([3, 1]))
    for classes in (torch.tensor([3, 1], dtype=torch.uint8), torch.tensor([3, 1]).int(), [3, 1]):
        torch.testing.assert_close(inspection.saliency(model, images, classes), expected)
    with pytest.raises(ValueError, match=r"whole numbers in 0 … 4; got \[3, 7\]"):
        inspection.saliency(model, images, [3, 7])


def test_occlusion_refuses_bytes_and_steps_of_nothing():
    model = nn.Sequential(Scaled(), nn.Flatten(), nn.Linear(16, 2))
    images = torch.zeros(1, 1, 4, 4, dtype=torch.uint8)
    with pytest.raises(ValueError, match="images must be floats"):
        inspection.occlusion(model, images, 0, 2, 2)
    with pytest.raises(ValueError, match="size must be a whole number of at least 1; got 0"):
        inspection.occlusion(model, images.float(), 0, 0, 0)


class Scaled(nn.Module):
    def forward(self, images):
        return images / 255


def test_a_layer_that_has_no_part_in_the_score():
    model = convolutional(2)
    model.append(Branch())
    with pytest.raises(ValueError, match="layer: '6.side' has no part in the score"):
        inspection.grad_cam(model, torch.zeros(1, 2, 5, 5).double(), 0, "6.side")
    assert_untouched(model)


class Branch(nn.Module):
    def __init__(self):
        super().__init__()
        self.side = nn.ReLU()

    def forward(self, scores):
        self.side(scores[:, :, None, None])
        return scores


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_explanations_in_half_precision_are_near_those_in_double(dtype):
    model = convolutional(1)
    images = torch.rand(1, 5, 1, 5, generator=torch.Generator().manual_seed(0)).double()
    images = images.transpose(1, 2)  # a batch of one gray image, not contiguous

    def explained(x):
        yield inspection.saliency(model.to(x.dtype), x, 3)
        yield inspection.grad_cam(model, x, 3, "1")
        yield inspection.occlusion(model, x, 3, 3, 1)

    full_half = zip(list(explained(images)), explained(images.to(dtype)), strict=True)
    for full, half in full_half:
        assert full.shape == half.shape
        torch.testing.assert_close(half.double(), full, rtol=0.1, atol=0.02)
