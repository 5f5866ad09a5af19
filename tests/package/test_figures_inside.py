"""Figures of what is inside a network: what is drawn, and what is refused."""

import matplotlib.pyplot as plt
import pytest
import torch

from dlcv import figures
from dlcv.figures import images as grids
from dlcv.figures import inside
from dlcv.inspection import Patch


@pytest.fixture
def shown(monkeypatch):
    drawn = []
    for module in (inside, grids):
        monkeypatch.setattr(module, "show", lambda fig, alt: drawn.append(fig))
    yield drawn
    plt.close("all")


def test_embeddings_have_a_panel_for_each_row_and_column(shown):
    points = torch.tensor([[0.0, 1], [2, 3], [4, 5]])
    panels = {"PCA": {"a": points, "b": -points}, "t-SNE": {"a": points, "b": points}}
    figures.show_embeddings(panels, torch.tensor([1, 0, 1]), ["x", "y"], alt="Points.")
    axes = shown[0].axes
    assert [ax.get_title(loc="left") for ax in axes] == ["a", "b", "", ""]
    assert [ax.get_ylabel() for ax in axes] == ["PCA", "", "t-SNE", ""]
    first, second = axes[1].collections
    assert first.get_offsets().tolist() == [[-2, -3]]
    assert second.get_offsets().tolist() == [[0, -1], [-4, -5]]
    with pytest.raises(ValueError, match=r"'a' has shape \(2, 2\)"):
        figures.show_embeddings({"PCA": {"a": points[:2]}}, torch.zeros(3), ["x"], alt="Points.")
    with pytest.raises(ValueError, match="at most 10"):
        figures.show_embeddings(panels, torch.zeros(3), ["x"] * 11, alt="Points.")


def test_the_cross_lies_on_the_largest_value(shown):
    heat = torch.zeros(2, 4, 5)
    heat[0, 3, 1], heat[1, 0, 4] = 1, 2
    masks = torch.zeros(2, 4, 5).bool()
    masks[:, 1:3, 1:3] = True
    images = torch.zeros(2, 3, 4, 5)
    figures.show_explanations(images, {"map": heat}, ["one", "two"], masks=masks, alt="Heat.")
    crosses = [ax.lines[0].get_xydata().tolist() for ax in shown[0].axes[1::2]]
    assert crosses == [[[1, 3]], [[4, 0]]]
    with pytest.raises(ValueError, match="1 to 2 were wanted"):
        figures.show_explanations(images, {"map": heat}, ["one"] * 3, alt="Heat.")


def test_groups_are_bars_side_by_side_with_a_level(shown):
    groups = {"g": {"a": 0.5, "b": 1.0}, "h": {"a": 0.25, "b": 0.75}}
    figures.plot_groups(groups, level=("chance", 0.1), alt="Bars.")
    (ax,) = shown[0].axes
    assert [bar.get_height() for bar in ax.patches] == [0.5, 1.0, 0.25, 0.75]
    assert ax.patches[0].get_x() < ax.patches[2].get_x() < ax.patches[1].get_x()
    assert ax.lines[0].get_ydata()[0] == 0.1
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["a", "b"]
    with pytest.raises(ValueError, match="'h' has"):
        figures.plot_groups({"g": {"a": 1}, "h": {"b": 1}}, alt="Bars.")


def test_maps_stand_in_a_row_for_each_layer_from_black_to_white(shown):
    image = torch.full((3, 4, 4), 255, dtype=torch.uint8)
    maps = {"one": torch.tensor([[[0.0, 5.0]], [[2.0, -1.0]]]), "two": torch.zeros(1, 2, 2)}
    figures.show_maps(image, maps, alt="Maps.")
    pictures = [picture.get_array() for picture in shown[0].axes[0].images]
    assert len(pictures) == 6  # three columns; a place that is left over stays white
    assert pictures[1].tolist() == [[0, 1]] and pictures[2].tolist() == [[1, 0]]
    assert pictures[4].max() == 0 and pictures[5].min() == 1
    with pytest.raises(ValueError, match="'one' has shape"):
        figures.show_maps(image, {"one": torch.zeros(2, 2)}, alt="Maps.")


def test_patches_are_cut_out_of_their_images(shown):
    images = torch.arange(2 * 3 * 16, dtype=torch.float32).reshape(2, 3, 4, 4) / 96
    rows = {"r": [Patch(1, 2.0, (0, 0), (-1, 0, 1, 2)), Patch(0, 1.0, (0, 0), (2, 2, 4, 4))]}
    figures.show_patches(images, rows, alt="Patches.")
    first, second = (picture.get_array() for picture in shown[0].axes[0].images)
    assert (first[:, 0] == 1).all() and first[0, 1].tolist() == pytest.approx(
        images[1, :, 0, 0].tolist()
    )
    assert second[1, 1].tolist() == pytest.approx(images[0, :, 3, 3].tolist())
    with pytest.raises(ValueError, match="as many patches"):
        figures.show_patches(images, {**rows, "s": []}, alt="Patches.")


def test_maps_in_half_precision_and_maps_that_are_off(shown):
    image, maps = torch.rand(3, 4, 4), torch.zeros(2, 3, 3)
    maps[1, 0, 2] = 3.0
    for dtype in (torch.float16, torch.bfloat16):
        figures.show_maps(image.to(dtype), {"conv": maps.to(dtype)}, alt="Maps.")
        _, off, on = (picture.get_array() for picture in shown[-1].axes[0].images)
        assert off.max() == 0 and on.max() == 1


def test_explanations_in_half_precision(shown):
    heat = torch.tensor([[[0.0, 1.0], [2.0, 5.0]]]).bfloat16()
    image = torch.rand(1, 3, 4, 4).bfloat16()
    figures.show_explanations(image, {"Grad-CAM": heat}, ["cat"], alt="Heat.")
    (mark,) = shown[0].axes[1].lines
    assert (mark.get_xdata()[0], mark.get_ydata()[0]) == (1, 1)
