"""The filters against SciPy and scikit-image, and against what a filter must obey by definition."""

import warnings

import numpy as np
import pytest
import scipy.ndimage as ndi
import skimage.feature
import skimage.filters
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dlcv import filters
from dlcv.data import photos

BORDERS = list(filters.BORDERS)
RANDOM = np.random.default_rng(0)
IMAGES = {
    "array (H, W)": RANDOM.normal(size=(11, 13)),
    "array (H, W, C)": RANDOM.normal(size=(11, 13, 3)),
    "tensor (H, W)": torch.from_numpy(RANDOM.normal(size=(11, 13))),
    "tensor (C, H, W)": torch.from_numpy(RANDOM.normal(size=(3, 11, 13))),
    "tensor (B, C, H, W)": torch.from_numpy(RANDOM.normal(size=(2, 3, 11, 13))),
}
each_image = pytest.mark.parametrize("image", IMAGES.values(), ids=IMAGES)
each_border = pytest.mark.parametrize("border", BORDERS)
ARRAY = IMAGES["array (H, W)"]
TENSOR = IMAGES["tensor (H, W)"]

pytestmark = pytest.mark.usefixtures("one_thread")


def scipy_mode(border):
    return filters.BORDERS[border]["scipy"]


def assert_each_plane(result, image, reference, tolerance=1e-10):
    """`result` is of the kind of `image`, and each gray plane of it is `reference(plane)`."""
    assert type(result) is type(image) and result.shape == image.shape
    assert result.dtype == image.dtype
    if isinstance(image, torch.Tensor):
        result, image = (part.reshape(-1, *part.shape[-2:]).numpy() for part in (result, image))
    else:
        result, image = (np.moveaxis(np.atleast_3d(part), -1, 0) for part in (result, image))
    for ours, plane in zip(result, image, strict=True):
        np.testing.assert_allclose(ours, reference(plane), rtol=0, atol=tolerance)


# ---------------------------------------------------------------------------- kernels


@pytest.mark.parametrize("size", [(1, 1), (3, 3), (5, 5), (2, 2), (4, 4), (3, 5), (4, 1), (2, 7)])
@pytest.mark.parametrize("name", ["correlate", "convolve"])
@each_border
@each_image
def test_kernels_of_every_size_give_what_scipy_gives(image, border, name, size):
    kernel = np.random.default_rng(1).normal(size=size)
    result = getattr(filters, f"{name}2d")(image, kernel, border)
    reference = getattr(ndi, name)
    assert_each_plane(
        result, image, lambda plane: reference(plane, kernel, mode=scipy_mode(border))
    )


@pytest.mark.parametrize("border", ["wrap", "replicate", "zero"])
def test_a_kernel_may_be_larger_than_the_image(border):
    kernel = RANDOM.normal(size=(15, 18))
    small = ARRAY[:3, :4]
    expected = ndi.correlate(small, kernel, mode=scipy_mode(border))
    np.testing.assert_allclose(filters.correlate2d(small, kernel, border), expected, atol=1e-10)


@each_border
def test_the_table_of_borders_names_the_same_rule_in_every_library(border):
    row = torch.arange(1.0, 6.0).reshape(1, 1, 1, 5)
    names = filters.BORDERS[border]
    by_torch = torch.nn.functional.pad(row, (3, 3, 0, 0), mode=names["torch"]).flatten()
    by_numpy = np.pad(row.flatten().numpy(), 3, mode=names["numpy"])
    take_left, take_right = np.eye(1, 7, 0), np.eye(1, 7, 6)
    ours = [filters.correlate2d(row[0, 0], pick, border)[0] for pick in (take_left, take_right)]
    np.testing.assert_array_equal(by_torch, by_numpy)
    np.testing.assert_array_equal(ours[0], by_numpy[:5])
    np.testing.assert_array_equal(ours[1], by_numpy[6:])


def test_rows_of_whole_numbers_are_a_kernel_and_so_is_a_flipped_view():
    expected = ndi.correlate(ARRAY, [[1, 0, -1]], mode="mirror")
    np.testing.assert_allclose(filters.correlate2d(ARRAY, [[1, 0, -1]]), expected, atol=1e-10)
    flipped = np.array([[-1, 0, 1]])[:, ::-1]
    np.testing.assert_allclose(filters.correlate2d(ARRAY, flipped), expected, atol=1e-10)


@pytest.mark.parametrize("size", [(3, 3), (4, 5)])
def test_an_impulse_gives_the_kernel_back_and_correlation_flips_it(size):
    impulse = torch.zeros(9, 9, dtype=torch.float64)
    impulse[4, 4] = 1
    kernel = torch.arange(1.0, 1 + size[0] * size[1], dtype=torch.float64).reshape(size)
    top, left = 4 - size[0] // 2, 4 - size[1] // 2
    seen = filters.convolve2d(impulse, kernel)
    assert torch.equal(seen[top : top + size[0], left : left + size[1]], kernel)
    assert seen.sum() == kernel.sum()
    bottom, right = 4 + size[0] // 2, 4 + size[1] // 2
    seen = filters.correlate2d(impulse, kernel)
    window = seen[bottom - size[0] + 1 : bottom + 1, right - size[1] + 1 : right + 1]
    assert torch.equal(window, kernel.flip(0, 1))


NUMBERS = st.floats(-100, 100, width=16)
PICTURES = arrays.arrays(
    np.float64, st.tuples(st.integers(3, 8), st.integers(3, 8)), elements=NUMBERS
)
KERNELS = arrays.arrays(
    np.float64, st.tuples(st.integers(1, 4), st.integers(1, 4)), elements=NUMBERS
)
few = settings(max_examples=30, deadline=None)


@few
@given(PICTURES, KERNELS, st.sampled_from(BORDERS), NUMBERS)
def test_filtering_is_linear(image, kernel, border, factor):
    other = image[::-1, ::-1] ** 2
    mixed = filters.convolve2d(factor * image + other, kernel, border)
    parts = [filters.convolve2d(part, kernel, border) for part in (image, other)]
    np.testing.assert_allclose(mixed, factor * parts[0] + parts[1], rtol=1e-9, atol=1e-6)


@few
@given(PICTURES, KERNELS, st.integers(-9, 9), st.integers(-9, 9))
def test_with_wrap_a_shifted_image_gives_the_shifted_result(image, kernel, down, right):
    def shift(picture):
        return np.roll(picture, (down, right), axis=(0, 1))

    ours = filters.correlate2d(shift(image), kernel, "wrap")
    np.testing.assert_array_equal(ours, shift(filters.correlate2d(image, kernel, "wrap")))


@few
@given(PICTURES, st.sampled_from(BORDERS))
def test_two_convolutions_are_one_with_the_convolved_kernel(image, border):
    one, two = np.array([[1.0, 2, 1]]), np.array([[-1.0], [0], [1]])
    twice = filters.convolve2d(filters.convolve2d(image, one, border), two, border)
    once = filters.convolve2d(image, two * one, border)
    np.testing.assert_allclose(twice, once, rtol=1e-12, atol=1e-9)


# ---------------------------------------------------------------------------- smoothing


@pytest.mark.parametrize("size", [1, 3, 4, (2, 5)])
@each_border
@each_image
def test_the_box_is_scipys_uniform_filter(image, border, size):
    assert_each_plane(
        filters.box(image, size, border),
        image,
        lambda plane: ndi.uniform_filter(plane, size, mode=scipy_mode(border)),
    )


@pytest.mark.parametrize("size", [1, 3, 4, (2, 5)])
@each_border
@each_image
def test_the_median_is_scipys(image, border, size):
    assert_each_plane(
        filters.median(image, size, border),
        image,
        lambda plane: ndi.median_filter(plane, size, mode=scipy_mode(border)),
        tolerance=0,
    )


def test_the_median_of_a_tall_image_is_put_together_without_a_seam():
    tall = np.random.default_rng(3).normal(size=(150, 5))
    np.testing.assert_array_equal(
        filters.median(tall, 3), ndi.median_filter(tall, 3, mode="mirror")
    )


@pytest.mark.parametrize(("sigma", "truncate"), [(0.1, 4.0), (0.7, 4.0), (1.3, 3.0), (2.0, 4.0)])
@each_border
@each_image
def test_the_gaussian_is_scipys(image, border, sigma, truncate):
    assert_each_plane(
        filters.gaussian(image, sigma, truncate, border),
        image,
        lambda plane: ndi.gaussian_filter(plane, sigma, mode=scipy_mode(border), truncate=truncate),
    )


@pytest.mark.parametrize(("sigma", "truncate"), [(0.1, 4.0), (0.7, 4.0), (2.5, 4.0), (2.5, 2.3)])
def test_the_gaussian_kernel_is_what_an_impulse_becomes(sigma, truncate):
    kernel = filters.gaussian_kernel(sigma, truncate)
    impulse = np.zeros((41, 41))
    impulse[20, 20] = 1
    seen = ndi.gaussian_filter(impulse, sigma, truncate=truncate)
    reach = len(kernel) // 2
    window = slice(20 - reach, 20 + reach + 1)
    np.testing.assert_allclose(kernel, seen[window, window], rtol=0, atol=1e-15)
    assert np.count_nonzero(seen) == kernel.size


@each_image
def test_a_mirrored_image_gives_the_mirrored_gaussian_to_the_last_bit(image):
    axis = 1 if isinstance(image, np.ndarray) else image.ndim - 1
    flip = np.flip if isinstance(image, np.ndarray) else lambda tensor, axis: tensor.flip(axis)
    ours = flip(filters.gaussian(flip(image, axis), 1.7, border="zero"), axis)
    assert bool((ours == filters.gaussian(image, 1.7, border="zero")).all())


def test_numbers_of_numpy_are_as_good_as_pythons():
    exact = filters.gaussian_kernel(float(np.float32(0.3)))
    np.testing.assert_array_equal(filters.gaussian_kernel(np.float32(0.3)), exact)
    image = TENSOR.clone().requires_grad_()
    assert filters.sharpen(image, np.float64(0.5)).requires_grad
    assert torch.equal(filters.box(TENSOR, np.int64(3)), filters.box(TENSOR, 3))


@pytest.mark.parametrize("amount", [-1, 0, 0.5, 2])
@each_border
@each_image
def test_sharpening_adds_what_the_gaussian_takes_away(image, border, amount):
    def reference(plane):
        smooth = ndi.gaussian_filter(plane, 1.2, mode=scipy_mode(border))
        return plane + amount * (plane - smooth)

    assert_each_plane(filters.sharpen(image, amount, 1.2, border), image, reference)


def test_sharpening_is_scikit_images_unsharp_mask_away_from_the_border():
    image = np.random.default_rng(5).random((40, 40))
    theirs = skimage.filters.unsharp_mask(image, radius=1.0, amount=0.8, preserve_range=True)
    ours = filters.sharpen(image, 0.8)
    np.testing.assert_allclose(ours[5:-5, 5:-5], theirs[5:-5, 5:-5], rtol=0, atol=1e-10)


# ---------------------------------------------------------------------------- derivatives


@pytest.mark.parametrize(("axis", "number"), [("x", 1), ("y", 0)])
@each_border
@each_image
def test_sobel_is_scipys(image, border, axis, number):
    assert_each_plane(
        filters.sobel(image, axis, border),
        image,
        lambda plane: ndi.sobel(plane, axis=number, mode=scipy_mode(border)),
    )


@pytest.mark.parametrize(("axis", "name"), [("x", "sobel_v"), ("y", "sobel_h")])
def test_sobel_is_four_times_scikit_images_with_the_same_sign(axis, name):
    theirs = 4 * getattr(skimage.filters, name)(ARRAY)
    inside = (slice(1, -1), slice(1, -1))  # they have another rule for the border
    np.testing.assert_allclose(filters.sobel(ARRAY, axis)[inside], theirs[inside], atol=1e-12)


@pytest.mark.parametrize("sigma", [0, 0.8])
@each_border
@each_image
def test_the_gradient_is_made_of_scipys_derivatives(image, border, sigma):
    def derivative(plane, axis):
        mode = scipy_mode(border)
        smooth = ndi.gaussian_filter(plane, sigma, mode=mode) if sigma else plane
        return ndi.sobel(smooth, axis=axis, mode=mode)

    magnitude, angle = filters.gradient(image, sigma, border)
    assert_each_plane(magnitude, image, lambda p: np.hypot(derivative(p, 1), derivative(p, 0)))
    assert_each_plane(angle, image, lambda p: np.arctan2(derivative(p, 0), derivative(p, 1)))


def test_the_angle_of_a_ramp_points_where_it_rises():
    rows, columns = np.mgrid[:7, :7]
    for ramp, expected in (
        (columns, 0),
        (rows, np.pi / 2),
        (6 - columns, np.pi),
        (-rows, -np.pi / 2),
    ):
        magnitude, angle = filters.gradient(ramp)
        np.testing.assert_allclose(magnitude[1:-1, 1:-1], 8)
        np.testing.assert_allclose(angle[1:-1, 1:-1], expected)


# ---------------------------------------------------------------------------- edges


def scipy_gradient(plane, sigma):
    smooth = ndi.gaussian_filter(plane, sigma)
    return ndi.sobel(smooth, axis=1), ndi.sobel(smooth, axis=0)


def scikit_image_suppression(magnitude, dx, dy):
    """scikit-image's own loop, which is not part of its interface."""
    canny = pytest.importorskip("skimage.feature._canny_cy", reason="needs scikit-image's own loop")
    inside = np.zeros(magnitude.shape, np.uint8)
    inside[1:-1, 1:-1] = 1
    return canny._nonmaximum_suppression_bilinear(dy, dx, magnitude, inside, 0)


@pytest.mark.parametrize("make", ["noise", "disk", "square", "flat"])
def test_non_maximum_suppression_is_scikit_images(make):
    rows, columns = np.mgrid[:40, :50] - 19.5
    image = {
        "noise": np.random.default_rng(7).random((40, 50)),
        "disk": np.clip(12.3 - np.hypot(rows, columns - 3.2), 0, 1),
        "square": (np.maximum(abs(rows), abs(columns)) < 11).astype(float),
        "flat": np.ones((40, 50)),
    }[make]
    dx, dy = scipy_gradient(image, 1.0)
    magnitude = np.sqrt(dy * dy + dx * dx)
    ours = filters.non_maximum_suppression(magnitude, dx, dy)
    np.testing.assert_array_equal(ours, scikit_image_suppression(magnitude, dx, dy))


@each_image
def test_non_maximum_suppression_treats_each_channel_alone(image):
    dx, dy = filters.sobel(image, "x"), filters.sobel(image, "y")
    magnitude, _ = filters.gradient(image)
    thin = filters.non_maximum_suppression(magnitude, dx, dy)
    assert type(thin) is type(image) and thin.shape == image.shape
    is_array = isinstance(image, np.ndarray)
    pick = (Ellipsis, -1) if is_array and image.ndim == 3 else (-1,) * (image.ndim - 2)
    alone = filters.non_maximum_suppression(magnitude[pick], dx[pick], dy[pick])
    np.testing.assert_array_equal(np.asarray(thin[pick]), np.asarray(alone))


def gray(name):
    return photos.load(name).double().mean(dim=0).numpy() / 255


@pytest.mark.parametrize("sigma", [0.7, 1.0, 2.5])
@pytest.mark.parametrize("name", ["camera", "coffee", "page", "text"])
def test_canny_finds_the_edges_of_scikit_image_on_photographs(name, sigma):
    image = gray(name)
    theirs = skimage.feature.canny(image, sigma, 0.08, 0.3)
    assert theirs.any()
    np.testing.assert_array_equal(filters.canny(image, sigma, 0.08, 0.3), theirs)
    np.testing.assert_array_equal(filters.canny(torch.from_numpy(image), sigma, 0.08, 0.3), theirs)


@pytest.mark.parametrize("thresholds", [(None, None), (0, 0), (0, 0.5), (0.2, 0.2), (0.1, 9)])
@pytest.mark.parametrize("make", ["square", "blank", "diagonal", "noise"])
def test_canny_finds_the_edges_of_scikit_image_on_drawn_images(make, thresholds):
    image = {
        "square": np.pad(np.ones((14, 18)), 9),
        "blank": np.full((20, 20), 0.3),
        "diagonal": np.tri(32),
        "noise": np.random.default_rng(9).random((33, 47)),
    }[make]
    theirs = skimage.feature.canny(image, 1.3, *thresholds)
    np.testing.assert_array_equal(filters.canny(image, 1.3, *thresholds), theirs)


def test_canny_takes_bytes_with_thresholds_in_bytes():
    image = (gray("cat") * 255).astype(np.uint8)
    for thresholds in ((None, None), (20, 90)):
        theirs = skimage.feature.canny(image, 1.0, *thresholds)
        np.testing.assert_array_equal(filters.canny(image, 1.0, *thresholds), theirs)
    truth = gray("cat") > 0.5
    np.testing.assert_array_equal(filters.canny(truth), skimage.feature.canny(truth))


def test_canny_in_float32_differs_in_at_most_one_pixel_of_a_hundred():
    image = gray("camera").astype(np.float32)
    theirs = skimage.feature.canny(image, 1.0)
    assert np.mean(filters.canny(image, 1.0) != theirs) < 0.01


@each_image
def test_canny_gives_each_channel_its_own_edges(image):
    edges = filters.canny(image, 1.0, 0.5, 2.0)
    assert type(edges) is type(image) and edges.shape == image.shape
    assert edges.dtype in (np.dtype(bool), torch.bool)
    is_array = isinstance(image, np.ndarray)
    pick = (Ellipsis, -1) if is_array and image.ndim == 3 else (-1,) * (image.ndim - 2)
    theirs = skimage.feature.canny(np.asarray(image[pick]), 1.0, 0.5, 2.0)
    assert theirs.any()
    np.testing.assert_array_equal(np.asarray(edges[pick]), theirs)


# ---------------------------------------------------------------------------- what comes in and out

FILTERS = {
    "correlate2d": lambda image: filters.correlate2d(image, [[1, 2], [3, 4]]),
    "convolve2d": lambda image: filters.convolve2d(image, [[1, 2], [3, 4]]),
    "box": lambda image: filters.box(image, 3),
    "gaussian": lambda image: filters.gaussian(image, 1.0),
    "sharpen": lambda image: filters.sharpen(image, 1.0),
    "median": lambda image: filters.median(image, 3),
    "sobel": lambda image: filters.sobel(image, "x"),
    "gradient": lambda image: filters.gradient(image, 1.0)[0],
    "suppression": lambda image: filters.non_maximum_suppression(image, image, image),
}
each_filter = pytest.mark.parametrize("apply", FILTERS.values(), ids=FILTERS)


@each_filter
def test_bytes_become_float64_in_numpy_and_float32_in_torch_with_their_values(apply):
    levels = np.random.default_rng(2).integers(0, 256, (12, 12), dtype=np.uint8)
    ours = apply(levels)
    assert ours.dtype == np.float64
    np.testing.assert_array_equal(ours, apply(levels.astype(np.float64)))
    tensor = torch.from_numpy(levels)
    assert apply(tensor).dtype == torch.float32
    assert torch.equal(apply(tensor), apply(tensor.float()))


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@each_filter
def test_floats_keep_their_type(apply, dtype):
    assert apply(ARRAY.astype(dtype)).dtype == dtype
    assert apply(torch.from_numpy(ARRAY.astype(dtype))).dtype == getattr(torch, dtype)


@each_filter
def test_views_of_an_array_are_filtered_as_they_look_and_nothing_is_changed(apply):
    original = np.arange(288, dtype=">f8").reshape(12, 24) ** 1.5 % 7
    view = original[::-1, ::2]
    view.flags.writeable = False
    before = view.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ours = apply(view)
    np.testing.assert_array_equal(ours, apply(np.ascontiguousarray(view, dtype=np.float64)))
    np.testing.assert_array_equal(view, before)
    assert ours.flags.c_contiguous and ours.flags.writeable


@each_filter
def test_gradients_flow_through(apply):
    image = torch.from_numpy(np.random.default_rng(4).normal(size=(5, 6))).requires_grad_()
    assert torch.autograd.gradcheck(apply, image)


def test_gradients_flow_to_the_kernel_in_every_border_rule():
    kernel = torch.from_numpy(np.random.default_rng(6).normal(size=(2, 3))).requires_grad_()
    for border in BORDERS:
        assert torch.autograd.gradcheck(
            lambda weights, border=border: filters.convolve2d(TENSOR, weights, border), kernel
        )


def test_where_an_image_is_flat_the_gradient_of_the_gradient_is_zero_and_not_nan():
    image = torch.ones(6, 6, dtype=torch.float64, requires_grad=True)
    magnitude, angle = filters.gradient(image)
    (magnitude.sum() + angle.sum()).backward()
    assert torch.equal(image.grad, torch.zeros(6, 6, dtype=torch.float64))


# ---------------------------------------------------------------------------- bad input


REFUSED = [
    (lambda: filters.correlate2d(ARRAY.tolist(), [[1]]), TypeError, "image: got list"),
    (lambda: filters.correlate2d(ARRAY[0], [[1]]), ValueError, r"image: got shape \(13,\), wanted"),
    (lambda: filters.correlate2d(ARRAY[None, None], [[1]]), ValueError, r"wanted \(H, W\) or"),
    (lambda: filters.box(TENSOR[None, None, None], 3), ValueError, r"wanted .*\(B, C, H, W\)"),
    (lambda: filters.box(ARRAY[:0], 3), ValueError, r"image: got shape \(0, 13\), wanted at least"),
    (lambda: filters.box(ARRAY * 1j, 3), TypeError, "image: got complex128, wanted real"),
    (lambda: filters.box(TENSOR * 1j, 3), TypeError, "image: got torch.complex128, wanted real"),
    (lambda: filters.correlate2d(ARRAY, [1, 2]), ValueError, r"kernel: got shape \(2,\)"),
    (lambda: filters.convolve2d(ARRAY, np.ones((1, 3, 3))), ValueError, r"kernel: got shape \(1,"),
    (lambda: filters.convolve2d(ARRAY, np.ones((0, 3))), ValueError, r"kernel: got shape \(0, 3\)"),
    (lambda: filters.convolve2d(ARRAY, [[1, np.nan]]), ValueError, "kernel: got NaN or infinity"),
    (lambda: filters.convolve2d(TENSOR, torch.full((1, 1), torch.inf)), ValueError,
     "kernel: got NaN or infinity among"),
    (lambda: filters.convolve2d(ARRAY, [[1, 2], [3]]), TypeError, "kernel: .* of one length"),
    (lambda: filters.convolve2d(ARRAY, [["a"]]), TypeError, "kernel: got list of <U1, wanted"),
    (lambda: filters.convolve2d(ARRAY, None), TypeError, "kernel: got NoneType"),
    (lambda: filters.convolve2d(ARRAY, [[1j]]), TypeError, "kernel: got list of complex128"),
    (lambda: filters.convolve2d(TENSOR, torch.ones(3, 3, dtype=torch.int64)), TypeError,
     r"kernel: got a tensor of torch.int64, wanted floats: kernel.float\(\)"),
    (lambda: filters.convolve2d(ARRAY, torch.ones(1, 1, requires_grad=True)), TypeError,
     "image: got an array, wanted a tensor: the kernel asks for gradients"),
    (lambda: filters.correlate2d(ARRAY, [[1]], "mirror"), ValueError,
     "border: got 'mirror', wanted one of zero, wrap, replicate, reflect"),
    (lambda: filters.correlate2d(ARRAY, np.ones((23, 1))), ValueError,
     "border: 'reflect' mirrors at most 10 rows .* window of height 23 needs 11"),
    (lambda: filters.median(ARRAY, (1, 26)), ValueError,
     "border: 'reflect' mirrors at most 12 columns .* window of width 26 needs 13"),
    (lambda: filters.gaussian(ARRAY, 5), ValueError, "border: 'reflect' mirrors at most 10 rows"),
    (lambda: filters.box(ARRAY, 0), ValueError, "size: got 0, wanted at least 1"),
    (lambda: filters.median(ARRAY, (3, -1)), ValueError, r"size: got \(3, -1\)"),
    (lambda: filters.box(ARRAY, (3, 3, 3)), ValueError, r"size: got \(3, 3, 3\)"),
    (lambda: filters.box(ARRAY, 2.5), TypeError, "size: got 2.5, wanted a whole number"),
    (lambda: filters.median(ARRAY, True), TypeError, "size: got True"),
    (lambda: filters.gaussian(ARRAY, 0), ValueError, "sigma: got 0, wanted .* above 0"),
    (lambda: filters.gaussian_kernel(-1), ValueError, "sigma: got -1"),
    (lambda: filters.gaussian_kernel(1, truncate=0), ValueError, "truncate: got 0"),
    (lambda: filters.gaussian(ARRAY, np.nan), ValueError, "sigma: got nan"),
    (lambda: filters.gaussian(ARRAY, "1"), TypeError, "sigma: got '1', wanted a number"),
    (lambda: filters.gradient(ARRAY, -1), ValueError, "sigma: got -1, wanted .* of at least 0"),
    (lambda: filters.sharpen(ARRAY, np.inf), ValueError, "amount: got inf, wanted a finite number"),
    (lambda: filters.sharpen(ARRAY, 1, 0), ValueError, "sigma: got 0"),
    (lambda: filters.sobel(ARRAY, 0), ValueError, "axis: got 0, wanted 'x' or 'y'"),
    (lambda: filters.non_maximum_suppression(ARRAY, ARRAY[1:], ARRAY), ValueError,
     r"dx: got shape \(10, 13\), wanted \(11, 13\), the shape of magnitude"),
    (lambda: filters.non_maximum_suppression(ARRAY, ARRAY, TENSOR), TypeError,
     "dy: got Tensor, wanted ndarray, the kind of magnitude"),
    (lambda: filters.non_maximum_suppression(3, 4, 5), TypeError, "magnitude: got int, wanted"),
    (lambda: filters.non_maximum_suppression(ARRAY, 4, ARRAY), TypeError, "dx: got int, wanted"),
    (lambda: filters.canny([[1.0]]), TypeError, "image: got list, wanted"),
    (lambda: filters.canny(ARRAY, 0), ValueError, "sigma: got 0"),
    (lambda: filters.canny(ARRAY, 1, 0.5, 0.4), ValueError, "high: got 0.4, wanted .* least 0.5"),
    (lambda: filters.canny(ARRAY, 1, -1), ValueError, "low: got -1, wanted .* at least 0"),
    (lambda: filters.canny(ARRAY.astype(int), 1, 5), ValueError, "low, high: got None, wanted two"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "message"), REFUSED, ids=[case[2] for case in REFUSED])
def test_bad_input_is_refused_with_its_name_what_came_and_what_was_wanted(call, error, message):
    with pytest.raises(error, match=message):
        call()
