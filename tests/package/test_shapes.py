"""A shape that does not fit is explained: the layer, what it got and wanted, the likely mistake."""

import copy

import pytest
import torch
from torch import nn

from dlcv.shapes import explain_shape_error

pytestmark = pytest.mark.usefixtures("one_thread")


def lenet(channels=3):
    return nn.Sequential(
        nn.Conv2d(channels, 6, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 10),
    )  # fmt: skip


def mlp():
    return nn.Sequential(nn.Flatten(), nn.Linear(192, 8), nn.BatchNorm1d(8), nn.Linear(8, 3))


class Nested(nn.Module):
    """Batch norm in a stem in a body: the name of a layer has three parts."""

    def __init__(self, features=4):
        super().__init__()
        stem = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(features), nn.Dropout())
        self.body = nn.ModuleDict({"stem": stem})
        self.head = nn.Linear(4, 2)

    def forward(self, images):
        return self.head(self.body["stem"](images).mean((2, 3)))


class OwnView(nn.Module):
    """The layers end well; then the model's own line fails."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(3, 4, 3)

    def forward(self, images):
        return self.convolution(images).view(-1, 7)


def explained(model, images):
    with pytest.raises((RuntimeError, ValueError, IndexError)) as caught:
        model(images)
    return explain_shape_error(model, images, caught.value)


def lines(model, *shape):
    return explained(model, torch.rand(shape)).splitlines()


def test_the_explanation_names_layer_got_wanted_and_mistake():
    assert lines(lenet(), 2, 1, 32, 32) == [
        "the shapes do not fit in layer '0': Conv2d(3, 6, kernel_size=(5, 5), stride=(1, 1))",
        "it got (2, 1, 32, 32) and wants (B, 3, H, W): in_channels=3",
        "the images are (2, 1, 32, 32): gray, for a model of color images; "
        "images.expand(-1, 3, -1, -1) fits",
    ]


@pytest.mark.parametrize(
    ("channels", "shape", "advice"),
    [
        (3, (2, 32, 32, 3), "images.permute(0, 3, 1, 2)"),
        (1, (2, 32, 32, 1), "images.permute(0, 3, 1, 2)"),
        (3, (32, 32, 3), "images.permute(2, 0, 1)[None]"),
        (3, (3, 32, 32), "images[None]"),
        (1, (4, 32, 32), "images[:, None]"),
        (3, (2, 1, 32, 32), "images.expand(-1, 3, -1, -1)"),
        (1, (2, 3, 32, 32), "images.mean(dim=1, keepdim=True)"),
    ],
)
def test_the_advice_for_images_with_wrong_axes_mends_them(channels, shape, advice):
    model, images = lenet(channels), torch.rand(shape)
    assert advice in explained(model, images).splitlines()[2]
    assert model(eval(advice, {"images": images})).shape[1:] == (10,)


def test_a_linear_layer_made_for_another_image_size_says_both_numbers():
    layer, shapes, images = lines(lenet(), 2, 3, 36, 36)
    assert "layer '7': Linear(in_features=400" in layer
    assert shapes == "it got (2, 576) and wants (…, 400): in_features=400"  # 576 = 16 × 6 × 6
    assert images.endswith(
        "the first Linear was made for other images: it wants 400 numbers an image, this image "
        "size gives 576"
    )


def test_an_mlp_for_another_image_size_is_explained_too():
    assert (
        "it wants 192 numbers an image, this image size gives 300" in lines(mlp(), 2, 3, 10, 10)[2]
    )


def test_a_second_linear_that_does_not_fit_the_first_is_not_the_images_fault():
    model = nn.Sequential(nn.Flatten(), nn.Linear(192, 8), nn.Linear(9, 3))
    layer, shapes, images = lines(model, 2, 3, 8, 8)
    assert "layer '2'" in layer and "it got (2, 8) and wants (…, 9)" in shapes
    assert images == "the images are (2, 3, 8, 8)"


def test_a_second_convolution_that_does_not_fit_the_first_is_not_the_images_fault():
    model = nn.Sequential(nn.Conv2d(3, 1, 3), nn.Conv2d(3, 4, 3))
    assert lines(model, 2, 3, 8, 8)[2] == "the images are (2, 3, 8, 8)"


def test_a_flattening_that_would_not_help_is_not_advised():
    assert "Flatten" not in lines(nn.Linear(5, 2), 2, 3, 4)[2]


def test_a_flattening_that_is_missing_is_named():
    assert (
        "3 × 8 × 8 = 192: an nn.Flatten() before it is missing" in lines(mlp()[1:], 2, 3, 8, 8)[2]
    )


def test_an_mlp_given_a_single_image_hears_of_the_batch_axis():
    assert "the batch axis is missing; images[None]" in lines(mlp(), 3, 8, 8)[2]


def test_a_convolution_that_takes_a_single_image_leaves_the_batch_norm_to_complain():
    layer, shapes, images = lines(Nested(), 3, 8, 8)
    assert "layer 'body.stem.1': BatchNorm2d(4" in layer
    assert shapes == "it got (4, 6, 6) and wants (B, 4, H, W): num_features=4"
    assert "the batch axis is missing; images[None]" in images


def test_a_layer_deep_inside_is_called_by_its_whole_name():
    layer, shapes, _ = lines(Nested(features=5), 2, 3, 8, 8)
    assert "layer 'body.stem.1': BatchNorm2d(5" in layer
    assert shapes == "it got (2, 4, 6, 6) and wants (B, 5, H, W): num_features=5"


@pytest.mark.parametrize(
    ("layer", "shape", "wants"),
    [
        (nn.Conv1d(3, 4, 3), (2, 4, 9), "(B, 3, L): in_channels=3"),
        (nn.Conv3d(3, 4, 3), (2, 4, 9, 9, 9), "(B, 3, D, H, W): in_channels=3"),
        (nn.ConvTranspose2d(3, 4, 3), (2, 4, 9, 9), "(B, 3, H, W): in_channels=3"),
        (nn.Conv2d(3, 4, 3), (2, 192), "(B, 3, H, W): in_channels=3"),
        (nn.Conv2d(4, 4, 3), (2, 3, 4, 9, 9), "(B, 4, H, W): in_channels=4"),
        (nn.BatchNorm2d(4), (2, 4), "(B, 4, H, W): num_features=4"),
        (nn.BatchNorm1d(4), (2, 5), "(B, 4, L): num_features=4"),
        (nn.BatchNorm3d(4), (2, 5, 3, 3, 3), "(B, 4, D, H, W): num_features=4"),
        (nn.LayerNorm((3, 4)), (2, 3, 5), "(…, 3, 4): normalized_shape"),
    ],
)
def test_each_kind_of_layer_says_what_it_wants(layer, shape, wants):
    assert lines(layer, *shape)[1] == f"it got {shape} and wants {wants}"


@pytest.mark.parametrize(("size", "name"), [(8, "3"), (4, "0")])
def test_an_image_that_is_too_small_is_told_with_pytorch_s_own_words(size, name):
    layer, shapes, images = lines(lenet(), 2, 3, size, size)
    assert f"layer '{name}': Conv2d" in layer
    assert "PyTorch says: Calculated padded input size per channel" in shapes
    assert "too small for this layer" in images


def test_a_pooling_that_would_leave_nothing_says_too_small():
    layer, _, images = lines(nn.Sequential(nn.MaxPool2d(2), nn.MaxPool2d(2)), 2, 3, 3, 3)
    assert "layer '1': MaxPool2d" in layer and "too small for this layer" in images


def test_a_batch_of_one_under_batch_norm_is_told_the_ways_out():
    layer, shapes, images = lines(mlp(), 1, 3, 8, 8)
    assert "layer '2': BatchNorm1d" in layer and "Expected more than 1 value" in shapes
    assert "no last batch of one image" in images and "model.eval()" in images


def test_the_model_s_own_line_is_not_blamed_on_its_last_layer():
    layer, shapes, _ = lines(OwnView(), 2, 3, 8, 8)
    assert layer == "the shapes do not fit in the model itself: OwnView"
    assert shapes.endswith("PyTorch says: shape '[-1, 7]' is invalid for input of size 288")


def test_a_compiled_model_is_explained_by_the_names_of_its_own_layers():
    compiled = nn.Module()
    compiled._orig_mod = lenet()  # what torch.compile(lenet()) holds; compiling takes too long here
    images = torch.rand(2, 1, 32, 32)
    with pytest.raises(RuntimeError) as caught:
        compiled._orig_mod(images)
    assert "layer '0': Conv2d" in explain_shape_error(compiled, images, caught.value)


@pytest.mark.parametrize(
    ("model", "images"),
    [
        (lenet(), torch.zeros(2, 3, 32, 32, dtype=torch.uint8)),
        (mlp(), torch.zeros(2, 3, 8, 8, dtype=torch.float64)),
        (nn.Embedding(3, 2), torch.tensor([5])),
    ],
    ids=["bytes", "doubles", "index"],
)
def test_an_error_that_is_not_about_shapes_is_left_alone(model, images):
    assert explained(model, images) is None


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory: the size of the segment …"),
        KeyError("shape"),
        RuntimeError("Expected all tensors to be on the same device, but got mat1 is on cpu"),
        ValueError("Expected input batch_size (2) to match target batch_size (3)."),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_from_elsewhere_is_left_alone(error):
    def refuse(*_):
        raise AssertionError("the model ran again")

    model, images = mlp(), torch.rand(2, 3, 8, 8)
    if not isinstance(error, ValueError):  # the loss's error speaks of sizes, so the model is tried
        model.register_forward_pre_hook(refuse)
    assert explain_shape_error(model, images, error) is None


def test_the_model_and_the_random_state_stay_as_they_are():
    model = Nested()
    model.head = nn.Linear(5, 2)  # batch norm and dropout run before it fails
    model.body["stem"][2].eval()
    modes = [layer.training for layer in model.modules()]
    images = torch.rand(4, 3, 8, 8)
    error = RuntimeError("mat1 and mat2 shapes cannot be multiplied (4x4 and 5x2)")
    before, random = copy.deepcopy(model.state_dict()), torch.get_rng_state()
    assert "layer 'head'" in explain_shape_error(model, images, error)
    model.body["stem"][2].train()
    assert "layer 'head'" in explain_shape_error(model, images, error)
    model.body["stem"][2].eval()
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert torch.equal(torch.get_rng_state(), random)
    assert [layer.training for layer in model.modules()] == modes
    assert all(weight.grad is None for weight in model.parameters())
    assert not any(layer._forward_pre_hooks or layer._forward_hooks for layer in model.modules())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
def test_a_model_on_a_gpu_is_explained_and_its_random_state_kept():
    model = Nested().cuda()
    model.head = nn.Linear(5, 2).cuda()
    images = torch.rand(4, 3, 8, 8, device="cuda")
    error = RuntimeError("mat1 and mat2 shapes cannot be multiplied (4x4 and 5x2)")
    before = torch.cuda.get_rng_state()
    assert "layer 'head'" in explain_shape_error(model, images, error)
    assert torch.equal(torch.cuda.get_rng_state(), before)
