"""Chapter 1's checks reject the wrong answers that readers plausibly give, with a useful hint."""

import re

import numpy as np
import pytest
import skimage
import torch
from scipy.spatial import distance
from sklearn.neighbors import KNeighborsClassifier

from dlcv.exercises import images as check


def half_in_place(image):
    image = image.permute(1, 2, 0)
    image /= 255
    return image


def stretched(image):
    low, high = image.min(), image.max()
    return ((image - low) / (high - low)).permute(1, 2, 0)


def in_place(image):
    image //= 2
    return image.permute(1, 2, 0) / 127


def nearest(train, labels, test):
    return labels[((train**2).sum(1) - 2 * test @ train.T).argmin(1)]


def nearest_with_a_loop(train, labels, test):
    return torch.stack([labels[(train - new).norm(dim=1).argmin()] for new in test])


def nearest_with_a_hidden_loop(train, labels, test):
    return nearest_with_a_loop(train, labels, test)


def nearest_with_map(train, labels, test):
    def answer(new):
        return labels[(train - new).norm(dim=1).argmin()]

    return torch.stack(list(map(answer, test)))


def nearest_in_one_line(train, labels, test):
    return torch.stack([labels[((train - new) ** 2).sum(1).argmin()] for new in test])


def nearest_by_library(train, labels, test):
    model = KNeighborsClassifier(1).fit(train.numpy(), labels.numpy())
    return torch.from_numpy(model.predict(test.numpy()))


def nearest_by_scipy(train, labels, test):
    return labels[torch.from_numpy(distance.cdist(test, train)).argmin(1)]


def nearest_with_a_while(train, labels, test):
    answers = []
    while len(answers) < len(test):
        answers.append(labels[(train - test[len(answers)]).norm(dim=1).argmin()])
    return torch.stack(answers)


def squares(train, test, *, middle=-2.0, lengths=lambda train: (train**2).sum(1)):
    return lengths(train) + middle * test @ train.T


def hsv(
    rgb,
    *,
    factor=1.0,
    wrap=True,
    share=True,
    safe=True,
    mean=False,
    green=2,
    nan_black=False,
    whole=False,
):
    """A family of conversions around the right one."""
    r, g, b = (rgb[c] for c in range(3))  # a loop over three channels is no loop over pixels
    value = rgb.max().expand_as(r) if whole else rgb.max(0).values
    chroma = value - rgb.min(0).values
    divisor = torch.where(chroma == 0, 1.0, chroma) if safe else chroma
    sixths = torch.where(value == g, green + (b - r) / divisor, 4 + (r - g) / divisor)
    sixths = torch.where(value == r, (g - b) / divisor, sixths)
    hue = sixths / 6 % 1 if wrap else sixths / 6
    saturation = chroma / (value if nan_black else torch.where(value == 0, 1.0, value))
    return torch.stack(
        [hue * factor, saturation if share else chroma, rgb.mean(0) if mean else value]
    )


def hsv_by_pixel(rgb):
    out = torch.empty_like(rgb)
    for y in range(rgb.shape[1]):
        out[:, y] = hsv(rgb[:, y])
    return out


def hsv_with_a_small_number(rgb):
    r, g, b = rgb
    value = rgb.max(0).values
    chroma = value - rgb.min(0).values
    sixths = torch.where(value == g, 2 + (b - r) / (chroma + 1e-8), 4 + (r - g) / (chroma + 1e-8))
    sixths = torch.where(value == r, (g - b) / (chroma + 1e-8), sixths)
    return torch.stack([sixths / 6 % 1, chroma / (value + 1e-8), value])


def hsv_without_values(rgb):
    return rgb.max(dim=0) - rgb.min(dim=0)


def hsv_with_if(rgb):
    return rgb if rgb.max(dim=0).values == rgb[0] else 1 - rgb


def hsv_in_sixths_wrapped(rgb):
    hue, saturation, value = hsv(rgb, wrap=False)
    return torch.stack([6 * hue % 1, saturation, value])


def hsv_by_library(rgb):
    return torch.from_numpy(skimage.color.rgb2hsv(rgb.numpy(), channel_axis=0))


def hsv_in_place(rgb):
    answer = hsv(rgb)
    rgb *= 0.5
    return answer


WRONG = [
    (check.ready_to_plot, lambda i: i.reshape(4, 5, 3) / 255, "permute"),
    (check.ready_to_plot, lambda i: i.permute(1, 2, 0), "must be floats"),
    (check.ready_to_plot, lambda i: i.permute(1, 2, 0).float(), "from 0 to 1"),
    (check.ready_to_plot, lambda i: i.permute(1, 2, 0) / 256, "divide by 255"),
    (check.ready_to_plot, lambda i: i.permute(2, 1, 0) / 255, r"\(H, W, 3\)"),
    (check.ready_to_plot, lambda i: i / 255, r"\(H, W, 3\)"),
    (check.ready_to_plot, lambda i: i.permute(1, 2, 0) // 255, "must be floats"),
    (check.ready_to_plot, lambda i: i.flip(0).permute(1, 2, 0) / 255, "order"),
    (check.ready_to_plot, lambda i: (i / i.max() / 2).permute(1, 2, 0), "differ"),
    (check.ready_to_plot, in_place, "changes its input"),
    (check.ready_to_plot, half_in_place, "a new tensor"),
    (check.ready_to_plot, lambda i: i.permute(1, 2, 0) / i.max(), "a dark picture"),
    (check.ready_to_plot, stretched, "a dark picture"),
    (check.ready_to_plot, lambda i: i.transpose(1, 2, 0) / 255, "two axes only"),
    (check.nearest_neighbor, nearest_with_a_hidden_loop, "with a loop"),
    (check.nearest_neighbor, nearest_with_map, "with a loop"),
    (check.nearest_neighbor, nearest_in_one_line, "with a loop"),
    (check.nearest_neighbor, nearest_by_library, "sklearn did the work"),
    (check.nearest_neighbor, nearest_by_scipy, "scipy did the work"),
    (check.nearest_neighbor, lambda a, y, b: y[squares(a, b, middle=2).argmin(1)], "the sign"),
    (
        check.nearest_neighbor,
        lambda a, y, b: y[squares(a, b, lengths=lambda a: a.norm(dim=1)).argmin(1)],
        "wants its square",
    ),
    (
        check.nearest_neighbor,
        lambda a, y, b: y[(b[:, None] - a).abs().sum(2).argmin(1)],
        "L1 distance",
    ),
    (check.nearest_neighbor, nearest_with_a_loop, "with a loop"),
    (check.nearest_neighbor, nearest_with_a_while, "with a loop"),
    (check.nearest_neighbor, lambda a, y, b: y[torch.cdist(b, a).argmin(1)], "cdist"),
    (check.nearest_neighbor, lambda a, y, b: (b[:, None] - a).norm(dim=2).argmin(1), "positions"),
    (check.nearest_neighbor, lambda a, y, b: y[(b[:, None] - a).norm(dim=2).argmax(1)], "farthest"),
    (check.nearest_neighbor, lambda a, y, b: y[(b @ a.T).argmax(1)], "long images"),
    (
        check.nearest_neighbor,
        lambda a, y, b: y[((a**2).sum(1) - b @ a.T).argmin(1)],
        "factor 2",
    ),
    (check.nearest_neighbor, lambda a, y, b: y[(b[:, None] - a).sum(2).argmin(1)], "cancel"),
    (check.nearest_neighbor, lambda a, y, b: y[(b[:, None] - a).norm(dim=2).argmin(0)], "shape"),
    (check.nearest_neighbor, lambda a, y, b: (b[:, None] - a).norm(dim=2), "shape"),
    (
        check.nearest_neighbor,
        lambda a, y, b: y[(b[:, None] - a).abs().amax(2).argmin(1)],
        "nearest training image",
    ),
    (check.rgb_to_hsv, lambda rgb: hsv(rgb, factor=360), "in degrees"),
    (check.rgb_to_hsv, lambda rgb: hsv(rgb, factor=6), "in sixths"),
    (check.rgb_to_hsv, hsv_in_sixths_wrapped, "divide it by 6"),
    (check.rgb_to_hsv, lambda rgb: hsv(rgb, whole=True), "one for each pixel"),
    (check.rgb_to_hsv, hsv_without_values, r"\.values"),
    (check.rgb_to_hsv, hsv_with_if, "torch.where"),
    (check.rgb_to_hsv, hsv_by_library, "rgb2hsv and skimage did the work"),
    (check.rgb_to_hsv, lambda rgb: hsv(rgb, wrap=False), "negative hue"),
    (check.rgb_to_hsv, lambda rgb: hsv(rgb, share=False), "chroma divided by the value"),
    (check.rgb_to_hsv, lambda rgb: hsv(rgb, safe=False), "0 by 0"),
    (check.rgb_to_hsv, lambda rgb: hsv(rgb, nan_black=True), "0 by 0"),
    (check.rgb_to_hsv, lambda rgb: hsv(rgb, mean=True), "not their mean"),
    (check.rgb_to_hsv, lambda rgb: hsv(rgb, green=0), "where green is the largest"),
    (check.rgb_to_hsv, lambda rgb: hsv(rgb).permute(1, 2, 0), r"\(3, H, W\)"),
    (check.rgb_to_hsv, lambda rgb: hsv(rgb) * torch.tensor([1, 0.5, 1.0])[:, None, None], "max"),
    (check.rgb_to_hsv, lambda rgb: hsv(rgb) / rgb.min(0).values, "nan or inf"),
    (check.rgb_to_hsv, hsv_by_pixel, "with a loop"),
    (check.rgb_to_hsv, hsv_in_place, "changes its input"),
]


@pytest.mark.parametrize(("run", "answer", "hint"), WRONG)
def test_a_plausible_wrong_answer_is_rejected_with_a_hint(run, answer, hint):
    verdict = run(answer)
    assert verdict.status == "failed"
    assert re.search(hint, verdict.message), verdict


RIGHT = [
    (check.ready_to_plot, lambda i: i.permute(1, 2, 0) / 255),
    (check.ready_to_plot, lambda i: (i.double() / 255).movedim(0, 2)),
    (check.ready_to_plot, lambda i: (i.permute(1, 2, 0) / 255).numpy()),
    (check.nearest_neighbor, nearest),
    (check.nearest_neighbor, lambda a, y, b: y[(b[:, None] - a).norm(dim=2).argmin(1)]),
    (check.nearest_neighbor, lambda a, y, b: y[((b[:, None] - a) ** 2).sum(2).argmin(1)]),
    (check.ready_to_plot, lambda i: (i.permute(1, 2, 0) / 255).half()),
    (check.ready_to_plot, lambda i: np.moveaxis(i.numpy(), 0, 2) / 255),
    (check.nearest_neighbor, lambda a, y, b: y[squares(a, b).argmin(1)]),
    (check.nearest_neighbor, lambda a, y, b: y.numpy()[squares(a, b).argmin(1).numpy()]),
    (check.rgb_to_hsv, hsv),
    (check.rgb_to_hsv, lambda rgb: hsv(rgb.float())),
    (check.rgb_to_hsv, hsv_with_a_small_number),
]


@pytest.mark.parametrize(("run", "answer"), RIGHT)
def test_another_right_answer_is_accepted(run, answer):
    assert run(answer).status == "passed", run(answer)


def test_each_check_has_at_least_three_wrong_answers():
    checks = [c for c in vars(check).values() if hasattr(c, "__wrapped__")]
    assert len(checks) == 3
    assert all(sum(run is c for run, *_ in WRONG) >= 3 for c in checks)


@pytest.mark.parametrize("run", [check.ready_to_plot, check.nearest_neighbor, check.rgb_to_hsv])
def test_an_untouched_stub_is_not_a_failure(run):
    verdict = run(lambda *inputs: ...)
    assert verdict.status == "not attempted"
    assert "not attempted yet" in repr(verdict)
