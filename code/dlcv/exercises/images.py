"""Checks for chapter 1, images."""

import gc
import sys
from collections import Counter
from collections.abc import Callable

import numpy as np
import skimage
import torch
from sklearn.neighbors import KNeighborsClassifier

from dlcv.exercises.base import Verdict, exercise, require, require_shape

LIBRARIES = {"sklearn", "scipy", "skimage", "colorsys", "matplotlib", "torchvision"}
SLACK = 25  # lines that Python may run in between for reasons of its own; a loop runs more


@exercise("Ready to plot")
def ready_to_plot(answer: Callable) -> Verdict:
    """Check `ready_to_plot(image)`: uint8 (3, H, W) to floats (H, W, 3) in [0, 1]."""
    generator = torch.Generator().manual_seed(0)
    image = torch.randint(40, 201, (3, 4, 5), generator=generator, dtype=torch.uint8)
    given = image.clone()
    ours = _plotted(answer, image)
    require(torch.equal(image, given), "your function changes its input; work on a new tensor.")
    require_shape(ours, (4, 5, 3), "(H, W, 3)")
    ours = torch.as_tensor(ours)
    require(ours.is_floating_point(), f"the values must be floats; yours are {ours.dtype}.")
    tolerance = 1e-3 if ours.dtype == torch.float16 else 1e-6
    _name_the_scale(ours.double(), given, tolerance)


def _plotted(answer: Callable, image: torch.Tensor):
    """The answer, with a hint for the two errors that PyTorch explains badly."""
    try:
        return answer(image)
    except RuntimeError as error:
        require(
            "result type Float" not in str(error),
            "`/=` would write floats into a byte tensor. Write image = image / 255: a new tensor.",
        )
        raise
    except TypeError as error:
        require(
            "transpose" not in str(error),
            "in PyTorch transpose swaps two axes only; permute takes the whole new order.",
        )
        raise


def _name_the_scale(ours: torch.Tensor, given: torch.Tensor, tolerance: float) -> None:
    """Recognize values (4, 5, 3) that plausible slips give."""
    levels = given.permute(1, 2, 0).double()
    low, high = levels.min(), levels.max()
    slips = [
        (
            levels / high,
            "divide by 255, not by the largest value: a dark picture must stay dark.",
        ),
        (
            (levels - low) / (high - low),
            "that stretches each picture to its own range: a dark picture must stay dark.",
        ),
        (
            given.reshape(4, 5, 3) / 255,
            "reshape keeps the order in memory and tears colors apart: move the axis (permute).",
        ),
        (
            levels / 256,
            "a byte ends at 255: divide by 255, so that white becomes exactly 1.",
        ),
        (
            levels.flip(2) / 255,
            "red, green and blue must keep their order; yours come as blue, green, red.",
        ),
    ]
    for slip, hint in slips:
        require(not torch.allclose(ours, slip.double(), atol=tolerance), hint)
    largest = ours.max()
    require(largest <= 1.001, f"the values must run from 0 to 1; your largest is {largest:g}.")
    expected = torch.from_numpy(skimage.util.img_as_float64(levels.byte().numpy()))
    require(torch.allclose(ours, expected, atol=tolerance), "the values differ from image / 255.")


@exercise("Nearest neighbor without a loop")
def nearest_neighbor(answer: Callable) -> Verdict:
    """Check `nearest_neighbor(train, labels, test)`: (N, D), (N,), (M, D) to answers (M,)."""
    generator = torch.Generator().manual_seed(0)
    train, test = (torch.rand(count, 6, generator=generator).double() for count in (40, 25))
    train[:20] *= 3  # long and short images: a dot product alone goes wrong
    labels = torch.randint(2, 9, (40,), generator=generator)
    ours = answer(train.clone(), labels.clone(), test.clone())
    require_shape(ours, (25,), "(M,)")
    library = KNeighborsClassifier(n_neighbors=1).fit(train.numpy(), labels.numpy())
    places = torch.from_numpy(library.kneighbors(test.numpy(), return_distance=False)[:, 0])
    _name_the_mistake(torch.as_tensor(ours).long(), train, labels, test, places)
    expected = torch.from_numpy(library.predict(test.numpy()))
    require(
        torch.equal(torch.as_tensor(ours).long(), expected),
        "some answers are not the label of the nearest training image (smallest L2 distance).",
    )
    few, many = (
        _work(answer, train.repeat(times, 1), labels.repeat(times), test.repeat(times, 1))
        for times in (1, 3)
    )
    _require_own_work(few, many, "cdist")


def _name_the_mistake(ours, train, labels, test, places) -> None:
    """Recognize answers that plausible slips give."""
    squares = torch.cdist(train, test) ** 2  # (N, M)
    lengths, dots = (train**2).sum(dim=1), test @ train.T  # (N,), (M, N)
    apart = test[:, None] - train  # (M, N, D)
    slips = [
        (places, "those are the positions of the nearest images; return their labels."),
        (labels[squares.argmax(0)], "those are the farthest images: take the smallest distance."),
        (
            labels[dots.argmax(1)],
            "the largest dot product favors long images: the term ‖b‖² of each training image "
            "is missing.",
        ),
        (
            labels[(lengths - dots).argmin(1)],
            "check the middle term: (a - b)² = a² - 2ab + b², with the factor 2.",
        ),
        (
            labels[(lengths + 2 * dots).argmin(1)],
            "check the sign of the middle term: (a - b)² = a² - 2ab + b², with a minus.",
        ),
        (
            labels[(lengths.sqrt() - 2 * dots).argmin(1)],
            "norm() is the length; the formula wants its square, (train**2).sum(dim=1).",
        ),
        (
            labels[apart.abs().sum(2).argmin(1)],
            "that is the L1 distance, the sum of absolute differences: square them instead.",
        ),
        (
            labels[apart.sum(2).argmin(1)],
            "differences of both signs cancel: square them before you add.",
        ),
    ]
    for slip, hint in slips:
        require(not torch.equal(ours, slip), hint)


@exercise("RGB to HSV")
def rgb_to_hsv(answer: Callable) -> Verdict:
    """Check `rgb_to_hsv(rgb)`: (3, H, W) in [0, 1] to hue, saturation, value, (3, H, W)."""
    generator = torch.Generator().manual_seed(0)
    rgb = torch.rand(3, 6, 7, generator=generator, dtype=torch.float64)
    rgb[:, 0, :6] = torch.tensor(  # red, yellow, green, cyan, blue, magenta
        [[1, 1, 0, 0, 0, 1], [0, 1, 1, 1, 0, 0], [0, 0, 0, 1, 1, 1.0]], dtype=torch.float64
    )
    given = rgb.clone()
    ours = _converted(answer, rgb)
    require(torch.equal(rgb, given), "your function changes its input; work on a new tensor.")
    require_shape(ours, (3, 6, 7), "(3, H, W)")
    ours = torch.as_tensor(ours).double()
    finite = bool(torch.isfinite(ours).all())
    require(finite, "pure colors already give nan or inf: what do you divide?")
    _name_the_channel(ours, _library_hsv(rgb), rgb)
    gray = torch.tensor([0.0, 0.4, 1.0], dtype=torch.float64).expand(3, 1, 3)
    require(
        _close(torch.as_tensor(answer(gray.clone())).double(), _library_hsv(gray)),
        "black, gray and white: there the chroma is 0 (and for black the value too), so you divide "
        "0 by 0. Hue and saturation must be 0.",
    )
    _require_own_work(_work(answer, rgb), _work(answer, rgb.repeat(1, 10, 10)), "rgb2hsv")


def _converted(answer: Callable, rgb: torch.Tensor):
    """The answer, with a hint for the two errors that PyTorch explains badly."""
    try:
        return answer(rgb)
    except TypeError as error:
        require(
            "torch.return_types" not in str(error),
            "max(dim=0) returns two things, the values and their places: write "
            "rgb.max(dim=0).values.",
        )
        raise
    except RuntimeError as error:
        require(
            "Boolean value of Tensor" not in str(error),
            "`if` asks one question about one number; torch.where asks it of every pixel.",
        )
        raise


def _library_hsv(rgb: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(skimage.color.rgb2hsv(np.asarray(rgb), channel_axis=0))


def _close(ours: torch.Tensor, expected: torch.Tensor) -> bool:
    """Whether two tensors agree to 1e-5: float32 is good enough, and so is a 1e-8 below a line."""
    return torch.allclose(ours, expected, rtol=0, atol=1e-5)


def _name_the_channel(ours, expected, rgb) -> None:
    """Say which of the three channels is wrong, and how."""
    hue, saturation, value = expected
    require(
        not _close(ours[2], rgb.max().expand_as(value)),
        "rgb.max() is one number for the whole image; you want one for each pixel: "
        "rgb.max(dim=0).values.",
    )
    require(
        _close(ours[2], value),
        "the value is the largest of red, green and blue, max(dim=0).values, not their mean.",
    )
    require(
        not _close(ours[1], value - rgb.min(dim=0).values),
        "that is the chroma, max - min; the saturation is the chroma divided by the value.",
    )
    require(_close(ours[1], saturation), "the saturation is (max - min) / max.")
    _name_the_hue(ours[0], hue, rgb)


def _name_the_hue(ours, hue, rgb) -> None:
    sixths = "in sixths of the circle"
    for unit, values in (("in degrees", 360 * hue), (sixths, 6 * hue)):
        require(not _close(ours, values), f"your hue is {unit}: here the whole circle is 1.")
    require(
        not _close(ours, 6 * hue % 1) and not _close(ours % 6, 6 * hue),
        f"your hue is {sixths}: divide it by 6 before you take the remainder, % 1.",
    )
    require(
        not _close(ours % 1, hue) or bool((ours >= -1e-5).all()),
        "reds that lean to blue get a negative hue: take the remainder, % 1.",
    )
    apart = (ours - hue).abs()
    wrong = torch.minimum(apart, 1 - apart) > 1e-5  # 0 and 1 are the same place on the circle
    largest = rgb.argmax(dim=0)
    names = [name for i, name in enumerate(("red", "green", "blue")) if wrong[largest == i].any()]
    require(not wrong.any(), f"the hue is wrong where {' or '.join(names)} is the largest.")


def _work(answer: Callable, *inputs: torch.Tensor) -> Counter:
    """How much Python runs inside the answer: lines, and the functions and libraries called.

    A loop over the input, wherever it hides (in a helper, in `map`), runs more lines when the
    input is longer. Tensor operations do not.
    """
    seen = Counter()

    def trace(frame, event, _):
        seen["lines"] += event in ("line", "call")
        if event == "call":
            seen[frame.f_code.co_name] += 1
            seen[frame.f_globals.get("__name__", "").partition(".")[0]] += 1
        return trace

    answer(*(values.clone() for values in inputs))  # what the first call loads is not counted
    before, collecting = sys.gettrace(), gc.isenabled()
    gc.disable()  # nor is what other objects do when they are thrown away
    sys.settrace(trace)
    try:
        answer(*(values.clone() for values in inputs))
    finally:
        sys.settrace(before)
        if collecting:
            gc.enable()
    return seen


def _require_own_work(few: Counter, many: Counter, shortcut: str) -> None:
    """Refuse a ready-made function, and a loop: work that grows with the size of the input."""
    used = sorted(({shortcut} | LIBRARIES) & few.keys())
    require(not used, f"right, but {' and '.join(used)} did the work: write it yourself.")
    require(
        many["lines"] < few["lines"] + SLACK,
        "right, but with a loop (here, or in what you call): let tensors do the repeating.",
    )
