"""Checks for chapter 12, what a CNN learns. The truth comes from autograd and from scikit-learn."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dlcv.exercises.base import Verdict, exercise, has_loop, require, require_shape
from dlcv.exercises.tensors import normal


@exercise("What a place sees")
def receptive_span(answer: Callable) -> Verdict:
    """Check `receptive_span(windows, index)`: (F, S, P) of each layer to (left, right)."""
    plain, padded = [(3, 1, 0), (3, 1, 0)], [(3, 1, 1), (3, 1, 1)]
    result = answer(list(plain), 4)
    require(
        isinstance(result, tuple | list) and len(result) == 2,
        "return two numbers: the first pixel, and the pixel behind the last one.",
    )
    left, right = _span(plain, 4)
    require(
        tuple(result) != (left, right - 1),
        "right is the edge: the number of the pixel behind the last one, left + r.",
    )
    require(
        result[1] - result[0] == right - left,
        "two 3-wide filters see 5 pixels: each adds (F - 1) times the jump j, starting from 1.",
    )
    require(
        tuple(result) == (left, right), "without stride and padding, place i begins at pixel i."
    )
    require(
        tuple(answer(list(padded), 12)) == _span(padded, 12),
        "padding moves the first place to the left: the start falls by P times the jump.",
    )
    left, right = (edge - 12 for edge in _span(padded, 12))  # jump 1: twelve places back
    require(
        tuple(answer(list(padded), 0)) == (left, right),
        "place 0 begins outside the image, at a negative pixel: do not clip.",
    )
    _require_strides(answer)


def _require_strides(answer: Callable) -> None:
    """Require that a stride counts for the layers behind it, and for nothing before."""
    strided = [(2, 2, 0), (3, 1, 0)]
    mixed = [(5, 1, 2), (2, 2, 0), (3, 1, 1), (2, 2, 0), (3, 1, 1)]
    wide = tuple(answer(list(strided), 5))
    left, right = _span(strided, 5)
    require(
        wide[1] - wide[0] == right - left,
        "the field grows by (F - 1) · j with the jump j of the layers *before* this one; "
        "multiply j by S afterwards.",
    )
    require(
        wide == (left, right), "from place to place the field moves by j pixels: start + index · j."
    )
    for index in (6, 9):
        require(
            tuple(answer(list(mixed), index)) == _span(mixed, index),
            "right for simple chains, wrong for a mixed one: start and field of a layer both use "
            "the jump from before it, and the jump grows last.",
        )


def _span(windows: list, index: int) -> tuple[int, int]:
    """Which inputs have a gradient: asked of autograd, on layers whose weights are all 1."""
    x = torch.ones(1, 1, 80, dtype=torch.float64, requires_grad=True)
    y = x
    for kernel, stride, padding in windows:
        y = F.conv1d(y, torch.ones(1, 1, kernel).double(), stride=stride, padding=padding)
    y[0, 0, index].backward()
    seen = x.grad[0, 0].nonzero()[:, 0]
    return int(seen[0]), int(seen[-1]) + 1


@exercise("Grad-CAM")
def grad_cam(answer: Callable) -> Verdict:
    """Check `grad_cam(front, back, images, k)`: images (B, C, H, W) to maps (B, h, w)."""
    front = nn.Conv2d(3, 4, 3, stride=2).double()
    back = nn.Sequential(nn.Tanh(), nn.Flatten(), nn.Linear(4 * 3 * 4, 5)).double()
    for i, weight in enumerate([*front.parameters(), *back.parameters()]):
        weight.data = 0.5 * normal(*weight.shape, seed=i)
    images = normal(2, 3, 7, 9, seed=9)
    ours = answer(front, back, images.clone(), 2)
    require_shape(ours, (2, 3, 4), "(B, h, w)")
    require(
        all(weight.grad is None for weight in [*front.parameters(), *back.parameters()]),
        "your function leaves gradients in the network's weights; torch.autograd.grad(score, maps) "
        "asks for one gradient and touches nothing else.",
    )
    maps = front(images).detach().requires_grad_()
    (gradient,) = torch.autograd.grad(back(maps)[:, 2].sum(), maps)
    (of_shares,) = torch.autograd.grad(back(maps).softmax(1)[:, 2].sum(), maps)
    for wrong, hint in _cam_mistakes(maps.detach(), gradient, of_shares):
        require(not torch.allclose(ours, wrong, atol=1e-9), hint)
    expected = (gradient.mean((2, 3), keepdim=True) * maps.detach()).sum(1).relu()
    require(
        torch.allclose(ours, expected, atol=1e-10),
        "the values differ from autograd's: ReLU of the sum over the channels of mean gradient "
        "times map. Did you take class k, and the maps that go into `back`?",
    )


def _cam_mistakes(maps: Tensor, gradient: Tensor, of_shares: Tensor) -> list[tuple[Tensor, str]]:
    mean = gradient.mean((2, 3), keepdim=True)
    signed = (mean * maps).sum(1)

    def positive(weighted: Tensor) -> Tensor:
        return weighted.sum(1).relu()

    return [
        (signed, "negative values must become 0: keep only what speaks *for* the class."),
        (signed.abs(), "take the ReLU, not the absolute value: evidence against is not evidence."),
        (positive(mean.abs() * maps), "keep the sign of the weights: a map can speak against."),
        (positive(mean.relu() * maps), "the ReLU comes last, after the sum over the channels."),
        (
            positive(gradient * maps),
            "one weight a map: average the gradient over dim=(2, 3) first.",
        ),
        (positive(mean.mean(0, keepdim=True) * maps), "each image has its own weights: not dim=0."),
        (
            positive(gradient.sum((2, 3), keepdim=True) * maps),
            "the weight of a map is the *mean* of its gradient over the places, not the sum.",
        ),
        (positive(mean * maps) / maps.shape[1], "add the weighted maps up; do not average them."),
        (positive(maps), "weigh each map with the mean of its gradient before you add them up."),
        (
            positive(of_shares.mean((2, 3), keepdim=True) * maps),
            "differentiate the score, not its softmax.",
        ),
    ]


@exercise("Linear probe")
def linear_probe(answer: Callable) -> Verdict:
    """Check `linear_probe(features, labels, test_features, test_labels)`: a test accuracy."""
    generator = torch.Generator().manual_seed(3)
    labels = torch.arange(80) % 2
    noise = torch.randn(120, 2, 6, 5, generator=generator)
    # Nothing to learn: 60 features, random labels. A fit sees structure, the test must not.
    accuracy = answer(noise[:80].clone(), labels, noise[80:].clone(), labels[:40])
    require(
        isinstance(accuracy, float) or getattr(accuracy, "ndim", 1) == 0,
        "return one number, the accuracy on the test features.",
    )
    require(
        float(accuracy) <= 1,
        "return the share of right answers, between 0 and 1, not a percentage.",
    )
    require(
        float(accuracy) < 0.9,
        "you are right on pure noise, so the probe was scored on what it was fitted to: fit on the "
        "training features, score on the test features.",
    )
    train, test = _two_scales(generator, labels)
    truth = _probe(train, labels, test, labels)
    ours = float(answer(train.clone(), labels, test.clone(), labels))
    apart = (train - train.mean(0)) / train.std(0), (test - test.mean(0)) / test.std(0)
    require(
        abs(ours - _probe(apart[0], labels, apart[1], labels)) > 0.02 or abs(ours - truth) < 0.02,
        "the test features must be centered and scaled by the *training* features' mean and "
        "deviation; yours use their own.",
    )
    require(
        abs(ours - truth) < 0.02,
        f"scikit-learn's probe is right on {truth:.0%}, yours on {ours:.0%}: center and scale each "
        "feature, then fit LogisticRegression.",
    )


def _two_scales(generator: torch.Generator, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Two features, the telling one tiny and, in the test, shifted towards class 1."""
    sets = []
    for shift in (0.0, 0.6):
        small = (labels - 0.5 + shift) * 2e-3 + 7e-4 * torch.randn(80, generator=generator)
        large = 100 * torch.randn(80, generator=generator)
        sets.append(torch.stack([small, large], dim=1))
    return sets[0], sets[1]


def _probe(features: Tensor, labels: Tensor, test_features: Tensor, test_labels: Tensor) -> float:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    probe.fit(features.flatten(1).numpy(), labels.numpy())
    return float(probe.score(test_features.flatten(1).numpy(), test_labels.numpy()))


@exercise("Fast gradient sign")
def fgsm(answer: Callable) -> Verdict:
    """Check `fgsm(model, images, labels, epsilon)`: images in [0, 1] to images in [0, 1]."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 5), nn.Tanh(), nn.Linear(5, 3)).double()
    for i, weight in enumerate(model.parameters()):
        weight.data = normal(*weight.shape, seed=i)
    generator = torch.Generator().manual_seed(1)
    images = 0.3 + 0.4 * torch.rand(4, 3, 2, 2, generator=generator, dtype=torch.float64)
    labels, epsilon, given = torch.tensor([0, 1, 2, 1]), 0.05, images.clone()
    ours = answer(model, images, labels, epsilon)
    require_shape(ours, (4, 3, 2, 2), "(B, C, H, W)")
    require(
        torch.equal(images, given) and not images.requires_grad,
        "your function changes the images it is given; begin with images.clone().",
    )
    require(
        all(weight.grad is None for weight in model.parameters()),
        "your function leaves gradients in the weights: torch.autograd.grad leaves none.",
    )
    x = given.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(F.cross_entropy(model(x), labels), x)
    step = ours.detach() - given
    require(step.abs().max() > 1e-9, "nothing has changed: add ε times the sign of the gradient.")
    require(
        not torch.allclose(step, -epsilon * gradient.sign()),
        "that makes the loss *fall*: go up, with a plus.",
    )
    require(
        torch.allclose(step.abs(), torch.full_like(step, epsilon)),
        "every value must change by exactly ε here: by the sign of the gradient, not its size.",
    )
    require(
        torch.allclose(step, epsilon * gradient.sign()),
        "the signs differ from autograd's: differentiate the cross-entropy of the true labels with "
        "respect to the images.",
    )
    bright = torch.where(given > 0.5, given * 0 + 0.99, given * 0 + 0.01)
    changed = answer(model, bright.clone(), labels, epsilon).detach()
    require(
        changed.min() >= 0 and changed.max() <= 1,
        "an image has values from 0 to 1: clip what leaves this range.",
    )


@exercise("Occlusion without a loop")
def occluded(answer: Callable) -> Verdict:
    """Check `occluded(images, size, stride, fill)`: (B, C, H, W) to (n, B, C, H, W)."""
    images = normal(2, 3, 7, 9)
    given = images.clone()
    ours = answer(images, 3, 2, 0.5)
    require_shape(ours, (12, 2, 3, 7, 9), "(n, B, C, H, W), a copy for each of 3 · 4 squares,")
    require(torch.equal(images, given), "your function writes into the images it is given.")
    expected = _with_squares(given, 3, 2, 0.5)
    require(
        not torch.allclose(ours, _with_squares(given, 3, 2, 0.0)),
        "the squares must have the value `fill`; multiplying with a mask leaves 0.",
    )
    inverted = torch.where(_squares(given, 3, 2)[:, None, None], given, given * 0 + 0.5)
    require(
        not torch.allclose(ours, inverted),
        "you keep the square and hide the rest: swap the two cases.",
    )
    columns = _squares(given, 3, 2).reshape(3, 4, 7, 9).transpose(0, 1).flatten(0, 1)
    require(
        not torch.allclose(ours, torch.where(columns[:, None, None], given * 0 + 0.5, given)),
        "the order: squares row by row, as one reads; yours go column by column.",
    )
    require(torch.allclose(ours, expected), "the values differ: where does square 0 lie, where 1?")
    other = answer(given.clone(), 2, 1, -1.0)
    require(
        other.shape[0] == 48 and torch.allclose(other, _with_squares(given, 2, 1, -1.0)),
        "right for size 3 and stride 2, wrong for size 2 and stride 1.",
    )
    require(not has_loop(answer), "right, but with a loop: compare coordinates, and broadcast.")


def _squares(images: Tensor, size: int, stride: int) -> Tensor:
    """Masks of the squares (n, H, W), by PyTorch's fold: column j is square j."""
    height, width = images.shape[2:]
    count = ((height - size) // stride + 1) * ((width - size) // stride + 1)
    one_each = torch.eye(count)[:, None].expand(-1, size * size, -1)  # (n, F·F, n)
    return F.fold(one_each, (height, width), size, stride=stride)[:, 0] > 0


def _with_squares(images: Tensor, size: int, stride: int, fill: float) -> Tensor:
    return torch.where(_squares(images, size, stride)[:, None, None], images * 0 + fill, images)
