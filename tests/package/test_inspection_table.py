"""The table of layers against published numbers, calculations by hand and PyTorch's counter."""

import pytest
import torch
import torchvision
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from dlcv import inspection, models


def test_lenet_in_color_by_hand():
    table = inspection.layer_table(models.LeNet(3), (3, 32, 32))
    first, *_, last = table
    assert (first.name, first.kind, first.shape) == ("features.0", "Conv2d 5 × 5", (6, 28, 28))
    assert first.parameters == (5 * 5 * 3 + 1) * 6 and first.multiply_adds == 75 * 6 * 28 * 28
    assert [row.receptive_field for row in table[:7]] == [
        (side, side) for side in (5, 5, 6, 14, 14, 16, 16)
    ]
    assert (last.shape, last.parameters, last.multiply_adds) == ((10,), 84 * 10 + 10, 840)
    assert last.receptive_field is None
    assert table.parameters == 62_006


def test_resnet_18_has_its_published_numbers():
    model = torchvision.models.resnet18()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    table = inspection.layer_table(model, (3, 224, 224))
    assert table.parameters == 11_689_512
    assert table[3].receptive_field == (11, 11)
    beside = next(i for i, row in enumerate(table) if "downsample" in row.name)
    assert all(row.receptive_field is None for row in table[beside:])  # not a chain any more
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model.eval()(torch.zeros(1, 3, 224, 224))
    assert 2 * table.multiply_adds == counter.get_total_flops()
    for name, value in model.state_dict().items():
        torch.testing.assert_close(value, before[name])


def test_windows_that_differ_by_axis():
    model = nn.Sequential(
        nn.Conv2d(4, 6, (1, 7), stride=(1, 2), groups=2),
        nn.MaxPool2d((2, 3), stride=1),
        nn.Flatten(),
    )
    rows = inspection.layer_table(model, (4, 10, 31))
    assert [row.shape for row in rows] == [(6, 10, 13), (6, 9, 11), (6 * 9 * 11,)]
    assert [row.receptive_field for row in rows] == [(1, 7), (2, 11), (2, 11)]
    assert [row.kind for row in rows] == [
        "Conv2d 1 × 7, stride (1, 2)", "MaxPool2d 2 × 3, stride 1", "Flatten",
    ]  # fmt: skip
    assert rows.multiply_adds == (1 * 7 * 2) * 6 * 10 * 13


def test_the_table_shows_itself():
    table = inspection.layer_table(nn.Sequential(nn.Flatten(), nn.Linear(4, 3)), (1, 2, 2))
    header, line, flatten, linear, total = repr(table).splitlines()
    assert header.split("  ")[0] == "layer" and set(line) == {"-"}
    assert linear.split() == ["1", "Linear", "3", "15", "12", "all"]
    assert total.split() == ["all", "15", "12"]
    assert table._repr_html_().count("<tr>") == 4


def test_the_model_stays_as_it_was():
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Dropout()).train()
    inspection.layer_table(model, (1, 5, 5))
    assert all(layer.training for layer in model.modules())
    assert model[1].num_batches_tracked == 0
    assert not any(layer._forward_hooks for layer in model.modules())


def test_what_cannot_be_counted_or_does_not_fit():
    with pytest.raises(TypeError, match="of Bilinear are not known"):
        inspection.multiply_adds(nn.Bilinear(2, 2, 2), (2,))
    model = models.LeNet(3)
    with pytest.raises(ValueError, match="features.0"):
        inspection.layer_table(model, (1, 32, 32))
    assert not any(layer._forward_hooks for layer in model.modules())


class Mean(nn.Module):
    def forward(self, maps):
        return maps.mean(dim=(2, 3))


@pytest.mark.parametrize(
    "layer", [nn.Upsample(scale_factor=2), nn.LPPool2d(2, 2), nn.ZeroPad2d(1), Mean()]
)
def test_a_layer_that_changes_the_size_in_its_own_way_ends_the_chain(layer):
    rows = inspection.layer_table(nn.Sequential(nn.Conv2d(1, 2, 3), layer, nn.ReLU()), (1, 8, 8))
    assert [row.receptive_field for row in rows] == [(3, 3), None, None]


def test_the_parameters_of_a_layer_that_runs_twice_count_once():
    conv = nn.Conv2d(2, 2, 3, padding=1)
    model = nn.Sequential(conv, nn.ReLU(), conv)
    table = inspection.layer_table(model, (2, 5, 5))
    assert table.parameters == sum(p.numel() for p in model.parameters()) == 38
    assert [row.name for row in table] == ["0", "1", "0"]
    assert table.multiply_adds == 2 * 36 * 25  # the work is done twice
    assert table[-1].receptive_field == (5, 5)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_the_image_has_the_type_of_the_weights(dtype):
    table = inspection.layer_table(nn.Sequential(nn.Conv2d(1, 2, 3)).to(dtype), (1, 5, 5))
    assert table[0].shape == (2, 3, 3)


@pytest.mark.parametrize(
    ("layer", "shape"), [(nn.LSTM(4, 2), (3, 4)), (nn.MaxPool2d(2, return_indices=True), (1, 4, 4))]
)
def test_layers_that_give_no_tensor(layer, shape):
    with pytest.raises(TypeError, match="layer '0' gives a tuple; a tensor was wanted"):
        inspection.layer_table(nn.Sequential(layer), shape)
    assert not layer._forward_hooks
