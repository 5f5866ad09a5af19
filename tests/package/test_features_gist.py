"""GIST: filters against their spatial form, energies against gratings whose answer is known."""

import numpy as np
import pytest
import torch
from scipy import ndimage

from dlcv.features import equalize_contrast, gabor_bank, gist, gist_many

FINEST_CENTERS = 0.3 / 1.85 ** np.arange(5)  # cycles a pixel, from the authors' program


def grating(frequency, degrees, size=64):
    y, x = np.mgrid[:size, :size]
    angle = np.deg2rad(degrees)
    return 0.5 + 0.4 * np.cos(2 * np.pi * frequency * (np.cos(angle) * x + np.sin(angle) * y))


def test_there_are_480_numbers_ordered_by_scale_orientation_row_and_column():
    image = np.full((64, 64), 0.5)
    image[:, :20] = grating(FINEST_CENTERS[1], 60)[:, :20]
    energy = gist(image)
    assert energy.shape == (480,)
    scale, orientation, _, column = np.unravel_index(energy.argmax(), (5, 6, 4, 4))
    assert (scale, orientation, column) == (1, 2, 0)


def test_energies_equal_scipys_convolution_with_the_filters_at_mirroring_borders():
    image = np.random.default_rng(0).random((21, 19))
    ours = gist(image, scales=2, orientations=2, windows=3).reshape(2, 2, 3, 3)
    for scale, orientation in [(0, 1), (1, 0)]:
        spectrum = gabor_bank((42, 38), 2, 2)[scale, orientation]
        kernel = np.fft.fftshift(np.fft.ifft2(spectrum))  # the same filter as an image
        answers = [ndimage.convolve(image, k, mode="reflect") for k in (kernel.real, kernel.imag)]
        rows = np.split(np.hypot(*answers), [7, 14])
        means = [[part.mean() for part in np.split(row, [6, 12], axis=1)] for row in rows]
        assert np.abs(ours[scale, orientation] - means).max() < 1e-12


@pytest.mark.parametrize("equalize", [False, True])
def test_many_images_at_once_equal_one_by_one(equalize):
    images = torch.from_numpy(np.random.default_rng(5).random((3, 21, 30)))
    together = gist_many(images, scales=3, equalize=equalize)
    alone = [gist(image, scales=3, equalize=equalize) for image in images]
    assert together.shape == (3, 3 * 6 * 16)
    assert np.abs(together - alone).max() < 1e-14
    assert gist_many(images[:0], equalize=equalize).shape == (0, 480)


def test_contrast_is_equalized_as_one_image_of_many_or_alone():
    images = np.random.default_rng(4).random((2, 3, 20, 17))
    alone = [equalize_contrast(image) for image in images.reshape(6, 20, 17)]
    assert np.abs(equalize_contrast(images).reshape(6, 20, 17) - alone).max() < 1e-14


@pytest.mark.parametrize("orientation", range(6))
@pytest.mark.parametrize("scale", [0, 1, 2])
def test_the_filter_tuned_to_a_grating_answers_loudest(scale, orientation):
    image = grating(FINEST_CENTERS[scale], 30 * orientation)
    energy = gist(image, windows=1).reshape(5, 6)
    assert np.unravel_index(energy.argmax(), (5, 6)) == (scale, orientation)


def test_a_tuned_filter_gives_half_the_amplitude_of_the_grating():
    # One half of the plane of frequencies: of a·cos there remains (a / 2)·exp(i…), of size a / 2.
    y, x = np.mgrid[:60, :60]
    image = 0.5 + 0.4 * np.cos(2 * np.pi * 0.3 * (x + 0.5))  # even at both ends: mirrors smoothly
    assert gist(image, windows=1)[0] == pytest.approx(0.2, rel=0.02)


def test_turning_the_picture_by_90_degrees_moves_energy_by_three_orientations():
    image = grating(FINEST_CENTERS[1], 30)
    before = gist(image, windows=1).reshape(5, 6)[1]
    after = gist(np.rot90(image, -1).copy(), windows=1).reshape(5, 6)[1]
    assert np.argmax(before) == 1 and np.argmax(after) == 4
    assert np.abs(np.roll(before, 3) - after).max() < 0.02 * before.max()


def test_brightness_alone_has_no_energy():
    assert gist(np.full((25, 25), 0.7)).max() < 1e-12


def test_the_bank_covers_one_half_of_the_plane_and_peaks_where_it_says():
    bank = gabor_bank((200, 200), 5, 6)
    assert bank.shape == (5, 6, 200, 200)
    for scale, center in enumerate(FINEST_CENTERS):
        row, column = np.unravel_index(bank[scale, 0].argmax(), (200, 200))
        assert row == 0 and abs(column / 200 - center) <= 0.5 / 200
    assert bank[0, 0, 0, -60] < 1e-6  # the opposite frequency is not let through


def test_the_kept_bank_cannot_be_altered():
    with pytest.raises(ValueError, match="read-only"):
        gabor_bank((8, 8), 2, 2)[0] = 1


def test_equalized_contrast_bears_a_change_of_light():
    rng = np.random.default_rng(3)
    image = 0.2 + 0.6 * rng.random((40, 40))
    dim = 0.4 * image  # a factor is a constant in the logarithm
    plain = np.abs(gist(dim) - gist(image)).max() / gist(image).max()
    even = np.abs(gist(dim, equalize=True) - gist(image, equalize=True)).max()
    assert plain > 0.5
    assert even / gist(image, equalize=True).max() < 0.02


def test_equalized_contrast_of_a_flat_image_is_zero():
    assert np.abs(equalize_contrast(np.full((30, 30), 0.3))).max() < 1e-12


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gist(np.zeros((3, 25, 25))), r"got shape \(3, 25, 25\), wanted one gray image"),
        (lambda: gist(np.zeros((3, 25))), "windows: 4 a side do not fit"),
        (lambda: gist(np.zeros((25, 25)), scales=0), "scales: got 0"),
        (lambda: gist(np.zeros((25, 25)), orientations=1.5), "orientations: got 1.5"),
        (lambda: equalize_contrast(np.full((9, 9), -0.1)), "smallest value is -0.1"),
        (lambda: equalize_contrast(np.zeros(9)), r"got shape \(9,\), wanted \(..., H, W\)"),
        (lambda: gist_many(np.zeros((25, 25))), r"got shape \(25, 25\), wanted \(N, H, W\)"),
        (lambda: gist_many(np.zeros((2, 0, 9))), r"got shape \(2, 0, 9\)"),
    ],
)
def test_bad_input_says_what_was_wanted(call, message):
    with pytest.raises(ValueError, match=message):
        call()
