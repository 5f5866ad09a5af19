"""Outputs of layers, receptive boxes and best patches, against layers run by hand and autograd."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from dlcv import inspection

FEW = settings(max_examples=25, deadline=None)


def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(2, 3, 3, padding=1),
        nn.BatchNorm2d(3),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()),
        nn.Flatten(),
        nn.Linear(4, 5),
    )


def state(model):
    modes = [layer.training for layer in model.modules()]
    values = [value.clone() for value in model.state_dict().values()]
    grads = [parameter.grad for parameter in model.parameters()]
    return modes, values, grads


def assert_untouched(model, before):
    modes, values, grads = state(model)
    assert modes == before[0] and grads == before[2]
    assert all(torch.equal(a, b) for a, b in zip(values, before[1], strict=True))
    assert not any(layer._forward_hooks for layer in model.modules())


def test_outputs_are_those_of_the_layers_run_by_hand():
    model, images = network(), torch.randn(6, 2, 6, 6)
    model[1].eval(), model[4].train()
    before = state(model)
    found = inspection.activations(model, images, ["4.0", "0", "1"])
    assert list(found) == ["4.0", "0", "1"]
    assert_untouched(model, before)
    model.eval()
    torch.testing.assert_close(found["0"], model[0](images))
    # The ReLU behind layer 1 writes into its input; what was recorded must not change.
    torch.testing.assert_close(found["1"], model[1](model[0](images)))
    torch.testing.assert_close(found["4.0"], model[4][0](model[:4](images)))
    assert not found["0"].requires_grad


def test_recorded_outputs_can_be_differentiated():
    model = network().double().eval()
    images = torch.randn(1, 2, 6, 6, dtype=torch.float64)
    with inspection.recording(model, ["0"]) as outputs:
        score = model(images)[0, 2]
    (gradient,) = torch.autograd.grad(score, outputs["0"])
    inner = outputs["0"].detach().clone().requires_grad_()
    model[1:](inner * 1)[0, 2].backward()
    torch.testing.assert_close(gradient, inner.grad, rtol=0, atol=1e-12)


def test_hooks_are_gone_after_an_error():
    model = network()
    before = state(model)
    with pytest.raises(ValueError, match="wants .B, 2, H, W."):
        inspection.activations(model, torch.randn(1, 3, 6, 6), ["0"])
    assert_untouched(model, before)
    with pytest.raises(ZeroDivisionError), inspection.recording(model, ["0", "4"]):
        1 / 0  # noqa: B018
    assert_untouched(model, before)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (["conv9"], "no layer 'conv9'; it has '0', '1'"),
        ("0", r"such as \['0'\]"),
        ([""], "no layer"),
    ],
)
def test_names_that_are_not_there(layers, message):
    with pytest.raises(ValueError, match=message):
        inspection.activations(network(), torch.randn(1, 2, 6, 6), layers)


def test_a_layer_that_does_not_run_and_one_that_gives_no_tensor():
    model = nn.Sequential(nn.Conv2d(2, 2, 1))
    model.spare, model.forward = nn.ReLU(), model[0].forward
    with pytest.raises(ValueError, match="'spare' is part of the model, but it did not run"):
        inspection.activations(model, torch.zeros(1, 2, 2, 2), ["spare"])
    recurrent = nn.Sequential(nn.LSTM(2, 2))
    with pytest.raises(TypeError, match="'0' gives a tuple"):
        inspection.activations(recurrent, torch.zeros(1, 2, 2), ["0"])
    assert not recurrent[0]._forward_hooks


windows = st.lists(
    st.tuples(
        st.sampled_from(["conv", "pool"]), st.integers(1, 3), st.integers(1, 2), st.integers(0, 1),
        st.integers(1, 2),
    ),
    min_size=1, max_size=3,
)  # fmt: skip


@FEW
@given(windows, st.integers(0, 3), st.integers(0, 3))
def test_the_box_is_where_the_gradient_is(chain, row, column):
    layers, margin = [], 40
    for kind, kernel, stride, padding, dilation in chain:
        if kind == "conv":
            layer = nn.Conv2d(1, 1, kernel, stride, padding, dilation, bias=False).double()
            nn.init.ones_(layer.weight)
        else:
            layer = nn.AvgPool2d(kernel, stride, min(padding, kernel // 2))
        layers.append(layer)
    model = nn.Sequential(*layers)
    left, top, right, bottom = inspection.receptive_box(
        model, str(len(layers) - 1), (row, column), (1, margin, margin)
    )
    image = torch.zeros(1, 1, margin, margin, dtype=torch.float64, requires_grad=True)
    model(image)[0, 0, row, column].backward()
    seen = image.grad[0, 0].nonzero()
    if len(seen):  # a place may see nothing but padding
        kernel_gaps = any(
            dilation > 1 or stride > kernel for _, kernel, stride, _, dilation in chain
        )
        (y0, x0), (y1, x1) = seen.amin(0).tolist(), (seen.amax(0) + 1).tolist()
        assert max(left, 0) <= x0 and x1 <= right and max(top, 0) <= y0 and y1 <= bottom
        if not kernel_gaps:
            assert (max(left, 0), max(top, 0), right, bottom) == (x0, y0, x1, y1)


def test_boxes_that_have_no_formula_and_places_that_are_not_there():
    model = network()
    assert inspection.receptive_box(model, "4", (0, 0), (2, 6, 6)) == (-1, -1, 7, 7)
    with pytest.raises(ValueError, match="Flatten before it sees the whole image"):
        inspection.receptive_box(model, "6", (0, 0), (2, 6, 6))
    with pytest.raises(ValueError, match=r"\(0, 6\) lies outside the layer's output \(3, 6, 6\)"):
        inspection.receptive_box(model, "0", (0, 6), (2, 6, 6))
    with pytest.raises(ValueError, match="no layer 'x'"):
        inspection.receptive_box(model, "x", (0, 0), (2, 6, 6))
    same = nn.Sequential(nn.Conv2d(1, 1, 5, padding="same"))
    assert inspection.receptive_box(same, "0", (3, 4), (1, 9, 9)) == (2, 1, 7, 6)


def test_the_best_patches_of_a_filter_that_is_known():
    images = torch.zeros(4, 1, 6, 6)
    images[0, 0, 1, 2], images[1, 0, 5, 0], images[3, 0, 3, 3] = 0.5, 0.9, 0.7
    model = nn.Sequential(nn.Conv2d(1, 1, 3, padding=1, bias=False))
    model[0].weight.data = torch.zeros(1, 1, 3, 3)
    model[0].weight.data[0, 0, 1, 1] = 2
    best = inspection.top_patches(model, images, "0", 0, count=3)
    assert [p.image for p in best] == [1, 3, 0]
    assert [p.place for p in best] == [(5, 0), (3, 3), (1, 2)]
    assert [p.value for p in best] == pytest.approx([1.8, 1.4, 1.0])
    assert [p.box for p in best] == [(-1, 4, 2, 7), (2, 2, 5, 5), (1, 0, 4, 3)]
    patch = inspection.cut_patch(images[1], best[0].box)
    expected = torch.tensor([[1, 0, 0], [1, 0.9, 0], [1, 1, 1]])
    torch.testing.assert_close(patch[0], expected)
    inside = inspection.cut_patch(images[3], best[1].box, fill=0.0)
    torch.testing.assert_close(inside, F.pad(images[3], (1, 1, 1, 1))[:, 3:6, 3:6])


def test_patches_that_cannot_be_had():
    model, images = network(), torch.zeros(3, 2, 6, 6)
    with pytest.raises(ValueError, match="count must be in 1 … 3"):
        inspection.top_patches(model, images, "0", 0, count=4)
    with pytest.raises(ValueError, match="channel"):
        inspection.top_patches(model, images, "0", 3, count=1)


def test_a_layer_that_runs_twice_sees_what_it_saw_the_last_time():
    relu = nn.ReLU()
    model = nn.Sequential(nn.Conv2d(1, 2, 3), relu, nn.MaxPool2d(2), nn.Conv2d(2, 2, 3), relu)
    generator = torch.Generator().manual_seed(0)
    for weight in model.parameters():
        weight.data = torch.rand(weight.shape, generator=generator)  # no ReLU is ever off
    images = torch.rand(2, 1, 12, 12, generator=generator).requires_grad_()
    (best,) = inspection.top_patches(model, images, "1", 0, count=1)  # both ReLUs are "1"
    row, column = best.place
    (gradient,) = torch.autograd.grad(model(images)[best.image, 0, row, column], images)
    seen = gradient[best.image, 0].nonzero()
    left, top, right, bottom = best.box
    assert right - left == bottom - top == 8  # 3, then a pooling, then 3 again at jump 2
    assert top <= seen[:, 0].min() and seen[:, 0].max() < bottom
    assert left <= seen[:, 1].min() and seen[:, 1].max() < right
    assert best.value == pytest.approx(model(images)[best.image, 0, row, column].item())


class Halved(nn.Module):
    """Computes something of its own behind its last part."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 3)

    def forward(self, x):
        return self.conv(x)[:, :, ::2, ::2]


@pytest.mark.parametrize("layer", [Halved(), nn.Upsample(scale_factor=2), nn.PixelUnshuffle(2)])
def test_no_box_where_a_layer_moves_places_in_its_own_way(layer):
    model = nn.Sequential(nn.Conv2d(1, 1, 3), layer)
    with pytest.raises(ValueError, match=f"because {type(layer).__name__}"):
        inspection.receptive_box(model, "1", (1, 1), (1, 12, 12))


def test_places_are_a_row_and_a_column():
    with pytest.raises(ValueError, match=r"place: a row and a column were wanted, not \(1,\)"):
        inspection.receptive_box(network(), "0", (1,), (2, 6, 6))


def test_a_patch_that_lies_outside_of_its_image_is_empty():
    image = torch.zeros(1, 6, 6)
    for box in [(-9, -9, -4, -4), (7, 7, 12, 12), (0, -9, 5, -4)]:
        assert torch.equal(inspection.cut_patch(image, box), torch.ones(1, 5, 5))
