"""Histograms of oriented gradients against scikit-image, and against hand calculations."""

import numpy as np
import pytest
import skimage.feature
import torch

from dlcv.data import photos
from dlcv.features import (
    cell_histograms,
    gradients,
    hog,
    hog_many,
    hog_picture,
    normalize_blocks,
)

TOL = 1e-6  # scikit-image adds the votes up in single precision


def reference(image, orientations, cell_size, block_size, norm, **options):
    return skimage.feature.hog(
        image,
        orientations=orientations,
        pixels_per_cell=(cell_size, cell_size),
        cells_per_block=(block_size, block_size),
        block_norm=norm,
        **options,
    )


@pytest.fixture(scope="module")
def camera():
    return photos.load("camera")[0].numpy()[100:197, 180:295] / 255.0  # 97 × 115


@pytest.mark.parametrize("norm", ["L1", "L1-sqrt", "L2", "L2-Hys"])
@pytest.mark.parametrize(
    ("orientations", "cell_size", "block_size"), [(9, 8, 2), (6, 5, 3), (12, 7, 1), (8, 16, 2)]
)
def test_hog_is_scikit_images(camera, orientations, cell_size, block_size, norm):
    expected = reference(camera, orientations, cell_size, block_size, norm)
    ours = hog(
        camera,
        orientations=orientations,
        cell_size=cell_size,
        block_size=block_size,
        block_norm=norm,
    )
    assert ours.shape == expected.shape
    assert np.abs(ours - expected).max() < TOL


@pytest.mark.parametrize("shape", [(16, 16), (25, 25), (31, 64), (40, 23)])
def test_hog_ignores_what_is_left_over_beyond_the_last_cell(shape):
    image = np.random.default_rng(1).random(shape)
    expected = reference(image, 9, 8, 2, "L2-Hys", feature_vector=False)
    ours = hog(image, as_vector=False)
    assert ours.shape == expected.shape
    assert np.abs(ours - expected).max() < TOL


def test_a_color_pixel_takes_the_channel_with_the_longest_gradient():
    image = photos.load("astronaut").permute(1, 2, 0).numpy()[:120, 150:280] / 255.0
    expected = reference(image, 9, 8, 2, "L2-Hys", channel_axis=2)
    assert np.abs(hog(image) - expected).max() < TOL


def test_many_images_at_once_equal_one_by_one():
    images = np.random.default_rng(2).random((150, 30, 26))  # more than one portion
    together = hog_many(images, cell_size=6, orientations=7)
    alone = [hog(image, cell_size=6, orientations=7) for image in images]
    assert np.abs(together - np.stack(alone)).max() < 1e-14
    assert hog_many(images[:0], cell_size=6).shape == (0, alone[0].size // 7 * 9)


def test_torch_tensors_give_the_same_as_arrays(camera):
    tensor = torch.from_numpy(camera).requires_grad_()
    assert np.array_equal(hog(tensor), hog(camera))


def test_gain_and_offset_of_the_light_do_not_matter(camera):
    assert np.abs(hog(0.4 * camera + 0.5, block_norm="L1") - hog(camera, block_norm="L1")).max() < (
        0.01
    )
    assert np.abs(hog(camera**3) - hog(camera)).max() > 0.01  # but a curve is not gain and offset


def test_a_ramp_votes_for_one_bin_with_its_slope():
    ramp = np.tile(np.arange(12) * 0.05, (8, 1))  # brighter to the right by 0.05 a pixel
    dy, dx = gradients(ramp)
    assert np.allclose(dx[:, 1:-1], 0.1) and not dx[:, [0, -1]].any() and not dy.any()
    cells = cell_histograms(dy, dx, orientations=9, cell_size=4)
    assert cells.shape == (2, 3, 9)
    assert np.allclose(cells[:, 1, 0], 0.1)  # angle 0 falls in bin 0
    assert np.allclose(cells[:, 0, 0], 0.075)  # the border column of the image has no gradient
    assert not cells[:, :, 1:].any()


@pytest.mark.parametrize("degrees", [5, 55, 95, 175, 185, 355])
def test_a_direction_and_its_opposite_fall_in_one_bin(degrees):
    angle = np.deg2rad(degrees)
    y, x = np.mgrid[:16, :16]
    dy, dx = gradients(np.cos(angle) * x + np.sin(angle) * y)
    cells = cell_histograms(dy[1:-1, 1:-1], dx[1:-1, 1:-1], orientations=18, cell_size=7)
    assert (cells.argmax(axis=-1) == degrees % 180 // 10).all()


def test_a_gradient_a_hair_below_0_degrees_is_not_lost():
    cells = cell_histograms(np.full((4, 4), -1e-20), np.ones((4, 4)), cell_size=4)
    assert np.allclose(cells[0, 0], [1, 0, 0, 0, 0, 0, 0, 0, 0])


def test_a_flat_image_gives_zeros():
    assert not hog(np.full((32, 32), 0.5)).any()


def test_l2_hys_clips_at_a_fifth_and_normalizes_again():
    cells = np.zeros((1, 1, 3))
    cells[0, 0] = [30.0, 4.0, 3.0]
    clipped = np.array([0.2, 4 / np.sqrt(925), 3 / np.sqrt(925)])
    expected = clipped / np.linalg.norm(clipped)
    assert np.abs(normalize_blocks(cells, block_size=1)[0, 0, 0, 0] - expected).max() < 1e-8


def test_the_picture_draws_strokes_along_the_edge():
    cells = np.zeros((2, 3, 2))
    cells[0, 0, 0] = 1  # gradient at 45°, down and to the right: the edge runs up to the right
    picture = hog_picture(cells, cell_size=17)
    assert picture.shape == (34, 51)
    star = picture[:17, :17]
    assert star.max() == 1 and star[12, 4] == 1 and star[4, 12] == 1
    assert star[4, 4] == 0 and star[12, 12] == 0
    assert not picture[17:].any() and not picture[:, 17:].any()


def test_a_gradient_along_the_row_is_drawn_upright():
    cells = np.zeros((1, 1, 9))
    cells[0, 0, 0] = 1  # 0° to 20°: an edge that is almost upright
    rows, columns = hog_picture(cells, cell_size=21).nonzero()
    assert np.ptp(rows) > 2 * np.ptp(columns)


def test_the_picture_of_nothing_is_black():
    assert not hog_picture(np.zeros((2, 2, 9))).any()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: hog(np.zeros((32, 32), np.uint8)), TypeError, r"image: got uint8.*divide by 255"),
        (lambda: hog(torch.zeros(3, 32, 32)), ValueError, r"got shape \(3, 32, 32\), wanted \(H"),
        (lambda: hog(np.full((32, 32), np.nan)), ValueError, "image: it holds NaN"),
        (lambda: hog(np.zeros((15, 40))), ValueError, r"2 × 2 cells, but the image only 1 × 5"),
        (lambda: hog(np.zeros((40, 40)), block_norm="L3"), ValueError, "block_norm: got 'L3'"),
        (lambda: hog(np.zeros((40, 40)), cell_size=0), ValueError, "cell_size: got 0"),
        (lambda: hog(np.zeros((40, 40)), cell_size=2.5), ValueError, "cell_size: got 2.5"),
        (lambda: hog(np.zeros((40, 40)), orientations=-1), ValueError, "orientations: got -1"),
        (lambda: hog(np.zeros((40, 40)), block_size=True), ValueError, "block_size: got True"),
        (lambda: hog_many(np.zeros((40, 40))), ValueError, r"wanted \(N, H, W\)"),
        (lambda: hog_picture(np.zeros((4, 9))), ValueError, "histograms: got shape"),
    ],
)
def test_bad_input_says_what_was_wanted(call, error, message):
    with pytest.raises(error, match=message):
        call()
