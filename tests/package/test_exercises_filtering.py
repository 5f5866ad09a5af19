"""Chapter 3's checks reject the wrong answers that readers plausibly give, with a useful hint."""

import re

import numpy as np
import pytest
from scipy import ndimage, signal

from dlcv import filters
from dlcv.exercises import filtering as check


def _loops(sign=-1, border="zero", centered=True, swapped=False, in_place=False):
    """A family of convolutions by loops around the right one."""

    def convolve(image, kernel):
        (H, W), (h, w) = image.shape, kernel.shape
        result = image if in_place else np.zeros((H, W))
        for y in range(H):
            for x in range(W):
                total = 0.0
                for i in range(h):
                    for j in range(w):
                        v, u = (i - h // 2, j - w // 2) if centered else (i, j)
                        row, column = y + sign * v, x + sign * u
                        inside = 0 <= row < H and 0 <= column < W
                        if border == "wrap":
                            row, column, inside = row % H, column % W, True
                        if border == "copy":
                            row, column = min(max(row, 0), H - 1), min(max(column, 0), W - 1)
                            inside = True
                        if inside:
                            weight = kernel[i, j] if not swapped else kernel[h - 1 - i, j]
                            total += weight * image[row, column]
                result[y, x] = total
        return result

    return convolve


def _only_where_it_fits(image, kernel):
    """Leaves the rim at zero."""
    result = np.zeros(image.shape)
    h, w = kernel.shape
    result[h // 2 : -(h // 2), w // 2 : -(w // 2)] = signal.convolve2d(image, kernel, mode="valid")
    return result


def _windows(image, kernel):
    return np.lib.stride_tricks.sliding_window_view(image, kernel.shape)


def _with_a_loop(image, kernel):
    total = 0.0
    for k, l in np.ndindex(*kernel.shape):
        total = total + kernel[k, l] * _windows(image, kernel)[:, :, k, l]
    return total


def _with_a_hidden_loop(image, kernel):
    return np.array([[(w * kernel).sum() for w in row] for row in _windows(image, kernel)])


def _in_place(image, kernel):
    image *= 1.5
    return np.einsum("mnkl,kl->mn", _windows(image, kernel), kernel)


def _thin(
    along=False, upward=False, modulo=True, rounded=True, strict=False, rim=True, kind="keep"
):
    """A family of non-maximum suppressions around the right one."""

    def thin(magnitude, f_x, f_y):
        degrees = np.degrees(np.arctan2(-f_y if upward else f_y, f_x)) + 90 * along
        degrees = degrees % 180 if modulo else degrees.clip(0, 179)
        sector = ((degrees + 22.5 * rounded) // 45).astype(int) % 4
        steps = [(0, 1), (1, 1), (1, 0), (1, -1)]
        result = np.zeros_like(magnitude) if rim else magnitude.copy()
        for y in range(1, magnitude.shape[0] - 1):
            for x in range(1, magnitude.shape[1] - 1):
                down, right = steps[sector[y, x]]
                largest = max(magnitude[y + down, x + right], magnitude[y - down, x - right])
                kept = magnitude[y, x] > largest if strict else magnitude[y, x] >= largest
                result[y, x] = magnitude[y, x] if kept else 0
        return result > 0 if kind == "bool" else result

    return thin


def _either(magnitude, f_x, f_y):
    """Keeps what is at least as large as one of the two neighbors."""
    result, right, left = np.zeros_like(magnitude), magnitude[1:-1, 2:], magnitude[1:-1, :-2]
    middle = magnitude[1:-1, 1:-1]
    result[1:-1, 1:-1] = np.where((middle >= right) | (middle >= left), middle, 0)
    return result


def _offset_kernel(image, kernel, center=None, negative=False):
    """Loops that count the kernel's places wrongly."""
    (H, W), (h, w) = image.shape, kernel.shape
    top, left = center or (h // 2, w // 2)
    result = np.zeros((H, W))
    for y, x, i, j in np.ndindex(H, W, h, w):
        v, u = i - top, j - left
        if 0 <= y - v < H and 0 <= x - u < W:
            result[y, x] += kernel[(v, u) if negative else (i, j)] * image[y - v, x - u]
    return result


def _for_3_by_5_only(image, kernel):
    padded = np.pad(image, [(1, 1), (2, 2)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 5))
    return np.einsum("mnkl,kl->mn", windows, np.resize(kernel[::-1, ::-1], (3, 5)))


def _changes_its_input(magnitude, f_x, f_y):
    magnitude[0] = 7
    return magnitude


WRONG = [
    (check.convolve_by_loops, _loops(sign=1), "that is a correlation"),
    (check.convolve_by_loops, _loops(border="wrap"), "from the other side"),
    (check.convolve_by_loops, _loops(border="copy"), "you take copies"),
    (check.convolve_by_loops, _loops(centered=False), "displaced"),
    (check.convolve_by_loops, _loops(swapped=True), r"rows \(v\)"),
    (check.convolve_by_loops, _loops(in_place=True), "changes its input"),
    (check.convolve_by_loops, _only_where_it_fits, "wrong near the edge"),
    (check.convolve_by_loops, lambda f, k: signal.convolve2d(f, k, mode="valid"), "shape"),
    (check.convolve_by_loops, lambda f, k: ndimage.convolve(f, k, mode="mirror"), "reflections"),
    (check.convolve_by_loops, lambda f, k: _loops()(f, k[::-1]), r"rows \(v\)"),
    (check.convolve_by_loops, lambda f, k: _loops()(f, k[:, ::-1]), r"columns \(u\)"),
    (check.convolve_by_loops, lambda f, k: _offset_kernel(f, k, negative=True), "last row"),
    (
        check.convolve_by_loops,
        lambda f, k: _offset_kernel(f, k, center=(k.shape[0] // 2,) * 2),
        "width",
    ),
    (check.convolve_by_loops, lambda f, k: _loops()(f, 2 * k), "values differ"),
    (check.convolve_by_loops, lambda f, k: k[f.shape], "the row goes first"),
    (check.convolve_by_loops, _for_3_by_5_only, "take all sizes from the shapes"),
    (check.convolve_by_loops, lambda f, k: _loops()(f, k).tolist(), "an array .* not a list"),
    (
        check.convolve_by_loops,
        lambda f, k: signal.convolve2d(f, k, mode="same"),
        "convolve2d does the work",
    ),
    (check.correlate_by_strides, _with_a_loop, "with a loop"),
    (check.correlate_by_strides, lambda f, k: _windows(f, k) * k[0], r"\(5, 6, 3, 4\)"),
    (
        check.correlate_by_strides,
        lambda f, k: np.einsum("mnkl,kl->mn", _windows(f, k), k).tolist(),
        "an array .* not a list",
    ),
    (
        check.correlate_by_strides,
        lambda f, k: signal.fftconvolve(f, k[::-1, ::-1], mode="valid"),
        "fftconvolve does the work",
    ),
    (
        check.correlate_by_strides,
        lambda f, k: np.einsum(
            "mnkl,kl->mn", np.lib.stride_tricks.sliding_window_view(f, (3, 4))[:, :, :3, :4], k
        ),
        r"\(6, 8\)|stopped",
    ),
    (check.correlate_by_strides, _with_a_hidden_loop, "with a loop"),
    (check.correlate_by_strides, _in_place, "changes its input"),
    (
        check.correlate_by_strides,
        lambda f, k: signal.correlate2d(f, k, mode="valid"),
        "correlate2d does the work",
    ),
    (
        check.correlate_by_strides,
        lambda f, k: np.einsum("mnkl,kl->mn", _windows(f, k), k[::-1, ::-1]),
        "that is a convolution",
    ),
    (check.correlate_by_strides, lambda f, k: _windows(f, k).sum(axis=(2, 3)), "sum of each"),
    (check.correlate_by_strides, lambda f, k: (_windows(f, k) * k).mean(axis=(2, 3)), "mean of"),
    (check.correlate_by_strides, lambda f, k: (_windows(f, k) * k).sum(axis=(0, 1)), "shape"),
    (check.correlate_by_strides, lambda f, k: _windows(f, k) * k, "shape"),
    (
        check.correlate_by_strides,
        lambda f, k: np.einsum("mnkl,kl->mn", _windows(f, k), k[::-1]),
        "values differ",
    ),
    (check.thin_outlines, _either, r"\*and\*"),
    (check.thin_outlines, filters.non_maximum_suppression, "nearest"),
    (check.thin_outlines, _thin(along=True), "across the outline"),
    (check.thin_outlines, _thin(upward=True), "rows count downward"),
    (check.thin_outlines, _thin(modulo=False), "modulo"),
    (check.thin_outlines, _thin(rounded=False), "nearest"),
    (check.thin_outlines, _thin(strict=True), "larger"),
    (check.thin_outlines, _thin(rim=False), "outermost"),
    (check.thin_outlines, _thin(kind="bool"), "magnitude itself"),
    (check.thin_outlines, _changes_its_input, "changes its input"),
    (check.thin_outlines, lambda m, x, y: m[1:-1, 1:-1], "shape"),
    (check.thin_outlines, lambda m, x, y: np.where(_thin()(m, x, y) > 0, m / 2, 0), "stay"),
]


@pytest.mark.parametrize(("run", "answer", "hint"), WRONG)
def test_a_plausible_wrong_answer_is_rejected_with_a_hint(run, answer, hint):
    verdict = run(answer)
    assert verdict.status == "failed"
    assert re.search(hint, verdict.message), verdict


RIGHT = [
    (check.convolve_by_loops, _loops()),
    (check.convolve_by_loops, _offset_kernel),
    (check.correlate_by_strides, lambda f, k: np.einsum("mnkl,kl->mn", _windows(f, k), k)),
    (check.correlate_by_strides, lambda f, k: (_windows(f, k) * k).sum(axis=(2, 3))),
    (
        check.correlate_by_strides,
        lambda f, k: np.einsum("mnkl,kl->mn", _windows(f, k), k[tuple(slice(n) for n in k.shape)]),
    ),
    (check.correlate_by_strides, lambda f, k: np.tensordot(_windows(f, k), k)),
    (check.thin_outlines, _thin()),
]


@pytest.mark.parametrize(("run", "answer"), RIGHT)
def test_every_way_to_the_right_answer_passes(run, answer):
    assert run(answer), run(answer)


def test_each_check_has_at_least_three_wrong_answers():
    checks = [c for c in vars(check).values() if hasattr(c, "__wrapped__")]
    assert len(checks) == 3
    assert all(sum(run is c for run, *_ in WRONG) >= 3 for c in checks)


@pytest.mark.parametrize("name", ["convolve_by_loops", "correlate_by_strides", "thin_outlines"])
def test_an_untouched_stub_is_not_a_failure(name):
    def stub(*arrays): ...

    verdict = getattr(check, name)(stub)
    assert verdict.status == "not attempted"
