"""Chapter 9's checks reject the wrong answers that readers plausibly give, with a useful hint."""

import re

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import Dataset, TensorDataset

from dlcv.exercises import pytorch as check

# --- the shape of a sum -------------------------------------------------------------------------


def broadcast_shape(a, b):
    return tuple(np.broadcast_shapes(a, b))  # it raises a ValueError


def padded_on_the_right(a, b):
    length = max(len(a), len(b))
    a, b = a + (1,) * (length - len(a)), b + (1,) * (length - len(b))
    if any(p != q and 1 not in (p, q) for p, q in zip(a, b, strict=True)):
        raise ValueError("no")
    return tuple(max(p, q) for p, q in zip(a, b, strict=True))


def the_larger_of_each(a, b):
    length = max(len(a), len(b))
    a, b = (1,) * (length - len(a)) + a, (1,) * (length - len(b)) + b
    return tuple(max(p, q) for p, q in zip(a, b, strict=True))


def only_the_common_axes(a, b):
    pairs = list(zip(reversed(a), reversed(b), strict=False))
    if any(p != q and 1 not in (p, q) for p, q in pairs):
        raise ValueError("no")
    return tuple(max(pair) for pair in pairs)[::-1]


def refusing_with(refuse):
    """The solution, with another refusal."""

    def answer(a, b):
        try:
            return broadcast_shape(a, b)
        except ValueError:
            return refuse()

    return answer


def an_assertion():
    raise AssertionError("10 and 32")


def without_sizes():
    raise ValueError("these shapes do not fit")


def the_larger_one(a, b):
    wanted = broadcast_shape(a, b)
    a, b = ((1,) * (len(wanted) - len(shape)) + shape for shape in (a, b))
    return tuple(max(p, q) for p, q in zip(a, b, strict=True))


def the_longer_one(a, b):
    return a if len(a) >= len(b) else b


# --- the data set -------------------------------------------------------------------------------


def mirrored(change=None, **methods):
    """The solution with some of it replaced."""

    class Mirrored(Dataset):
        def __init__(self, images, labels):
            self.images, self.labels = images, labels

        def __len__(self):
            return 2 * len(self.images)

        def __getitem__(self, i):
            if i >= len(self):
                raise IndexError(i)
            number = i % len(self.images)
            image = self.images[number].float() / 255
            return (image if i == number else image.flip(-1)), int(self.labels[number])

    for name, method in methods.items():
        setattr(Mirrored, f"__{name}__", method)
    return Mirrored


def item_with(pick=lambda images, n: images[n], scale=255, axis=-1, label=None, end=True):
    def item(self, i):
        if end and i >= len(self):
            raise IndexError(i)
        number = i % len(self.images)
        image = pick(self.images, number)
        image = image.float() / scale if scale else image
        image = image if i == number or axis is None else image.flip(axis)
        return image, int(self.labels[label(i) if label else number])

    return item


def item_in_place(self, i):
    if i >= len(self):
        raise IndexError(i)
    number = i % len(self.images)
    image = self.images[number]
    image //= 2
    return (image * 2).float() / 255, int(self.labels[number])


def interleaved(self, i):
    if i >= len(self):
        raise IndexError(i)
    image = self.images[i // 2].float() / 255
    return (image.flip(-1) if i % 2 else image), int(self.labels[i // 2])


# --- the module ---------------------------------------------------------------------------------


def deep_mlp(layers=nn.ModuleList, between=torch.relu, after=lambda z: z, flatten=True, drop=0):
    class DeepMLP(nn.Module):
        def __init__(self, sizes):
            super().__init__()
            pairs = list(zip(sizes, sizes[1:], strict=False))
            self.layers = layers([nn.Linear(a, b) for a, b in pairs[drop:]])

        def forward(self, images):
            activations = images.flatten(1) if flatten else images
            for layer in list(self.layers)[:-1]:
                activations = between(layer(activations))
            return after(list(self.layers)[-1](activations))

    return DeepMLP


class WithoutSuper(nn.Module):
    def __init__(self, sizes):
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])])  # noqa: B905

    def forward(self, images):
        return images


class Backwards(deep_mlp()):
    """The sizes from behind."""

    def __init__(self, sizes):
        super().__init__(sizes[::-1])


class ThreeLayers(nn.Module):
    """Right for exactly three layers."""

    def __init__(self, sizes):
        super().__init__()
        a, b, c, d = (*sizes, sizes[-1], sizes[-1])[:4]
        self.layers = nn.Sequential(
            *(nn.Flatten(), nn.Linear(a, b), nn.ReLU()),
            *(nn.Linear(b, c), nn.ReLU(), nn.Linear(c, d)),
        )

    def forward(self, images):
        return self.layers(images)


class Chained(nn.Sequential):
    """A right answer that inherits its forward."""

    def __init__(self, sizes):
        pairs = list(zip(sizes, sizes[1:], strict=False))
        hidden = [part for a, b in pairs[:-1] for part in (nn.Linear(a, b), nn.ReLU())]
        super().__init__(nn.Flatten(), *hidden, nn.Linear(*pairs[-1]))


class Stacked(TensorDataset):
    """A right answer that inherits both methods."""

    def __init__(self, images, labels):
        images = images.float() / 255
        super().__init__(torch.cat([images, images.flip(-1)]), torch.cat([labels, labels]))


class WithoutForward(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.Linear(2, 2)


# --- the loop -----------------------------------------------------------------------------------


def loop(
    loss_of=F.cross_entropy,
    zero=True,
    step_first=False,
    add=lambda total, loss: total + loss.item(),
    evaluation=True,
    no_grad=True,
    back=True,
    learn_from=lambda train_set, validation_set: train_set,
    backward=True,
    measure=True,
    mean=len,
):
    """The solution; each argument puts a bug into it."""

    def train(model, train_set, validation_set, epochs):
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        history = []
        for epoch in range(epochs):
            total, right, count = 0, 0, 0
            if back or epoch == 0:
                model.train()
            for images, labels in learn_from(train_set, validation_set):
                loss = loss_of(model(images), labels)
                if zero:
                    optimizer.zero_grad()
                if step_first:
                    optimizer.step()
                if backward:
                    loss.backward()
                if not step_first:
                    optimizer.step()
                total = add(total, loss)
            if evaluation:
                model.eval()
            with torch.set_grad_enabled(not no_grad):
                for images, labels in validation_set if measure else ():
                    right += (model(images).argmax(dim=1) == labels).sum().item()
                    count += len(labels)
            history.append((total / mean(train_set), right / max(1, count)))
        return history

    return train


def four_bugs(**repaired):
    """The loop as the chapter prints it, with some of the bugs repaired."""
    bugs = {
        "loss_of": lambda scores, labels: F.cross_entropy(scores.softmax(dim=1), labels),
        "zero": False,
        "add": lambda total, loss: total + loss,
        "evaluation": False,
        "no_grad": False,
    }
    return loop(**{name: bug for name, bug in bugs.items() if name not in repaired})


def labels_apart(scores, labels):
    return F.cross_entropy(scores, labels.flip(0))


# --- the linear layer as an operation -----------------------------------------------------------


def linear(backward, forward=lambda X, W, b: X @ W.T + b):
    class LinearFunction(torch.autograd.Function):
        pass

    def keep_and_compute(ctx, X, W, b):
        ctx.save_for_backward(X, W)
        return forward(X, W, b)

    LinearFunction.forward = staticmethod(keep_and_compute)
    LinearFunction.backward = staticmethod(
        lambda ctx, received: backward(*ctx.saved_tensors, received)
    )
    return LinearFunction


def right_gradients(X, W, g):
    return g @ W, g.T @ X, g.sum(dim=0)


class OnlyForward(torch.autograd.Function):
    @staticmethod
    def forward(ctx, X, W, b):
        return X @ W.T + b


WRONG = [
    (check.broadcast_shape, padded_on_the_right, "go together, and yours refuses"),
    (check.broadcast_shape, the_larger_of_each, "raise a ValueError"),
    (check.broadcast_shape, only_the_common_axes, "axes, the number that the longer one has"),
    (check.broadcast_shape, the_longer_one, "stretched"),
    (check.broadcast_shape, the_larger_one, r"\(1,\) and \(0,\) give \(0,\)"),
    (check.broadcast_shape, refusing_with(lambda: None), "raise a ValueError here; yours returns"),
    (check.broadcast_shape, refusing_with(an_assertion), "a ValueError here; .* AssertionError"),
    (check.broadcast_shape, refusing_with(without_sizes), "which sizes met, 10 and 32"),
    (check.broadcast_shape, lambda a, b: len(a) + len(b), "tuple of sizes"),
    (check.broadcast_shape, lambda a, b: tuple(torch.broadcast_shapes(a, b)), "RuntimeError"),
    (check.dataset, mirrored(len=lambda self: len(self.images)), "8 items; yours: 4"),
    (check.dataset, mirrored(getitem=item_with(scale=0)), "float32"),
    (check.dataset, mirrored(getitem=item_with(scale=1)), "divide by 255"),
    (check.dataset, mirrored(getitem=item_with(axis=1)), "upside down"),
    (check.dataset, mirrored(getitem=item_with(axis=None)), "mirrored"),
    (check.dataset, mirrored(getitem=item_with(end=False)), "IndexError"),
    (check.dataset, mirrored(getitem=item_with(label=lambda i: -1)), "the label of item"),
    (check.dataset, mirrored(getitem=item_with(label=lambda i: i)), "IndexError"),
    (check.dataset, mirrored(getitem=item_with(lambda x, n: x[n : n + 1])), "batch axis"),
    (check.dataset, mirrored(getitem=item_in_place), "have changed"),
    (check.dataset, mirrored(getitem=interleaved), "label of item|must be image"),
    (check.dataset, mirrored(getitem=lambda self, i: self.images[0]), "pair"),
    (check.module, deep_mlp(layers=list), "nn.ModuleList"),
    (check.module, WithoutSuper, "super|__init__"),
    (check.module, WithoutForward, "no forward"),
    (check.module, deep_mlp(after=torch.relu), "no ReLU after the last"),
    (check.module, deep_mlp(after=lambda z: z.softmax(1)), "not probabilities"),
    (check.module, deep_mlp(after=lambda z: z.log_softmax(1)), "logarithm"),
    (check.module, deep_mlp(between=lambda z: z), "collapse"),
    (check.module, deep_mlp(between=torch.sigmoid), "linear, ReLU"),
    (check.module, deep_mlp(flatten=False), r"shapes do not fit in layer"),
    (check.module, deep_mlp(drop=1), "shapes do not fit in layer"),
    (check.module, Backwards, "shapes do not fit in layer"),
    (check.module, ThreeLayers, r"sizes \[12, 4\]|IndexError|list index"),
    (check.train, four_bugs(), "softmax of them again"),
    (check.train, four_bugs(loss_of=1), "zero_grad"),
    (check.train, four_bugs(loss_of=1, zero=1), "training mode"),
    (check.train, four_bugs(loss_of=1, zero=1, evaluation=1), "no_grad"),
    (check.train, four_bugs(loss_of=1, zero=1, evaluation=1, no_grad=1), r"loss.item\(\)"),
    (check.train, loop(add=lambda total, loss: total + loss), "graph of every step"),
    (check.train, loop(back=False), r"model.train\(\)"),
    (check.train, loop(step_first=True), "in this order"),
    (check.train, loop(backward=False), r"loss.backward\(\)"),
    (check.train, loop(measure=False), "never used"),
    (check.train, loop(learn_from=lambda train, validation: train + validation), "differ|mode"),
    (check.train, loop(loss_of=labels_apart), "batch's labels"),
    (check.train, loop(mean=lambda batches: 1), "mean loss"),
    (check.train, lambda model, a, b, epochs: [], "for each epoch"),
    (
        check.linear_function,
        linear(lambda X, W, g: (g @ W, g.T @ X, g)),
        "stretched over the images",
    ),
    (check.linear_function, linear(lambda X, W, g: (g @ W, g.T @ X, g.mean(0))), "do not average"),
    (
        check.linear_function,
        linear(lambda X, W, g: (g @ W, X.T @ g, g.sum(0))),
        "must have its shape",
    ),
    (check.linear_function, linear(lambda X, W, g: (g.T @ X, g @ W, g.sum(0))), "order"),
    (
        check.linear_function,
        linear(lambda X, W, g: (g @ W, g.T @ X)),
        "one gradient for each argument",
    ),
    (check.linear_function, linear(lambda X, W, g: (g @ W, g.T @ X, None)), "missing"),
    (
        check.linear_function,
        linear(lambda X, W, g: (g @ W, g.T @ X, torch.ones(3).double())),
        "what was received",
    ),
    (check.linear_function, linear(right_gradients, lambda X, W, b: X @ W.T), "X @ W.T"),
    (check.linear_function, linear(right_gradients, lambda X, W, b: W @ X.T), "shape"),
    (check.linear_function, OnlyForward, "no backward"),
    (
        check.linear_function,
        linear(lambda X, W, g: (g @ W.T, g.T @ X, g.sum(0))),
        r"backward stopped.*received is \(5, 3\)",
    ),
    (
        check.linear_function,
        linear(lambda X, W, g: (g @ W, g.T @ X / 5, g.sum(0))),
        "do not average",
    ),
]


@pytest.mark.parametrize(("run", "answer", "hint"), WRONG)
def test_a_plausible_wrong_answer_is_rejected_with_a_hint(run, answer, hint):
    verdict = run(answer)
    assert verdict.status == "failed"
    assert re.search(hint, verdict.message), verdict


@pytest.mark.parametrize(
    ("run", "answer"),
    [
        (check.broadcast_shape, broadcast_shape),
        (check.dataset, mirrored()),
        (check.module, deep_mlp()),
        (check.module, deep_mlp(layers=lambda layers: nn.Sequential(*layers))),
        (check.train, loop()),
        (check.train, loop(add=lambda total, loss: total + loss.detach())),
        (check.module, Chained),
        (check.module, type("Mine", (deep_mlp(),), {})),
        (check.dataset, Stacked),
        (check.dataset, type("Mine", (mirrored(),), {})),
        (check.linear_function, linear(right_gradients)),
    ],
)
def test_a_right_answer_is_accepted(run, answer):
    assert run(answer).status == "passed", run(answer)


def test_each_check_has_at_least_three_wrong_answers():
    checks = [c for c in vars(check).values() if hasattr(c, "__wrapped__")]
    assert len(checks) == 5
    assert all(sum(run is c for run, *_ in WRONG) >= 3 for c in checks)


class EmptyModule(nn.Module):
    def __init__(self, sizes):
        super().__init__()

    def forward(self, images): ...


class EmptyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, X, W, b): ...

    @staticmethod
    def backward(ctx, received): ...


@pytest.mark.parametrize(
    ("run", "stub"),
    [
        (check.broadcast_shape, lambda a, b: ...),
        (check.dataset, type("Mirrored", (Dataset,), {})),
        (
            check.dataset,
            mirrored(init=lambda *_: None, len=lambda _: None, getitem=lambda *_: None),
        ),
        (check.module, type("DeepMLP", (nn.Module,), {})),
        (check.module, EmptyModule),
        (check.train, lambda *_: None),
        (check.linear_function, type("LinearFunction", (torch.autograd.Function,), {})),
        (check.linear_function, EmptyFunction),
    ],
)
def test_an_untouched_stub_is_not_a_failure(run, stub):
    verdict = run(stub)
    assert verdict.status == "not attempted", verdict


def test_an_instance_instead_of_a_class_is_named():
    assert "class itself" in check.dataset(mirrored()(torch.zeros(1, 1, 1, 1), [0])).message


def test_the_loop_printed_in_the_chapter_has_exactly_these_four_bugs():
    """One bug at a time is named; with all of them repaired the check passes."""
    repaired = {}
    for name in ("loss_of", "zero", "evaluation", "no_grad", "add"):
        assert check.train(four_bugs(**repaired)).status == "failed"
        repaired[name] = True
    assert check.train(four_bugs(**repaired)).status == "passed"
