"""Checks for chapter 9, automatic differentiation and PyTorch. Some answers are classes."""

import inspect
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.autograd import gradcheck
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

from dlcv import shapes
from dlcv.exercises.base import (
    NotAttemptedError,
    Verdict,
    WrongAnswerError,
    exercise,
    require,
    require_shape,
)
from dlcv.exercises.pytorch_answers import (
    check_refusal,
    check_sum,
    gradient_hint,
    gradients_of,
)
from dlcv.exercises.watched_loop import WatchedModel, check_gradients, check_modes
from dlcv.training import Trainer, evaluate

SHAPES = [((32, 10), (10,)), ((3, 1), (4,)), ((5, 1, 4), (3, 1)), ((), (2, 3)), ((2, 3), (2, 3))]
CLASHES = [((32, 10), (32,), (10, 32)), ((2, 3), (4, 3), (2, 4)), ((64, 3, 8, 8), (3,), (8, 3))]
LIBRARY = (
    Dataset,
    nn.Module,
    torch.autograd.Function,
    object,
)  # whose methods are not the reader's


@exercise("Broadcast shape")
def broadcast_shape(answer: Callable) -> Verdict:
    """Check `broadcast_shape(a, b)`: two shapes to the shape of the sum, or a ValueError."""
    for a, b in SHAPES:
        check_sum(answer, a, b)
    for a, b, sizes in CLASHES:
        check_refusal(answer, a, b, sizes)
    check_sum(answer, (1,), (0,))  # an empty axis: the 1 is stretched to nothing


@exercise("Dataset")
def dataset(answer: type) -> Verdict:
    """Check a class `(images, labels)`: 2N items, the images and then their mirror images."""
    images = torch.arange(4 * 3 * 2 * 5).mul(2).to(torch.uint8).reshape(4, 3, 2, 5)  # (N, C, H, W)
    labels, given = torch.tensor([7, 5, 3, 1]), images.clone()
    data = _class_of(answer, "__getitem__", "__len__")(images, labels)
    if data.__len__() is None and data.__getitem__(0) is None:
        raise NotAttemptedError
    require(len(data) == 8, f"four images and their mirror images are 8 items; yours: {len(data)}.")
    for i in range(8):
        item = data[i]
        require(
            isinstance(item, tuple) and len(item) == 2,
            f"item {i} must be a pair (image, label), not {type(item).__name__}.",
        )
        image, label = item
        require_shape(image, (3, 2, 5), "(C, H, W), without a batch axis,")
        require(
            image.dtype == torch.float32,
            f"images must be float32 in [0, 1]; yours are {image.dtype}.",
        )
        require(
            image.max() <= 1,
            f"images must be in [0, 1]; yours reach {image.max():g}: divide by 255.",
        )
        require(int(label) == labels[i % 4], f"the label of item {i} must be that of its image.")
        original = given[i % 4].float() / 255
        require(torch.equal(images, given), "the stored images have changed; work on a copy.")
        _check_mirror(i, image, original)
    _check_end(data)
    batch, names = next(iter(DataLoader(data, batch_size=8)))
    require_shape(batch, (8, 3, 2, 5), "(B, C, H, W)")
    require(names.tolist() == 2 * labels.tolist(), "a DataLoader gives other labels.")


@exercise("Module")
def module(answer: type) -> Verdict:
    """Check a class `(sizes)`: linear layers of these sizes with ReLU between them."""
    torch.manual_seed(0)
    images = torch.randn(5, 3, 2, 2)
    inner = _class_of(answer, "__init__", "forward")
    for sizes in ([12, 7, 6, 4], [12, 4], [12, 3, 8, 5, 4]):
        model = inner(sizes)
        if _scores(model, images, sizes) is None:
            raise NotAttemptedError
        parameters = list(model.parameters())
        require(
            parameters,
            "PyTorch sees no parameters: layers in a Python list are not registered. Use "
            "nn.ModuleList or nn.Sequential.",
        )
        wanted = [tuple(w.shape) for layer in _layers(sizes) for w in layer.parameters()]
        came = [tuple(w.shape) for w in parameters]
        require(
            came == wanted,
            f"sizes {sizes} mean {len(sizes) - 1} linear layers with parameters {wanted}; yours: "
            f"{came}.",
        )
        _compare_with_library(model.double(), sizes, images.double())


@exercise("Four bugs")
def train(answer: Callable) -> Verdict:
    """Check `train(model, train_set, validation_set, epochs)`, the loop with its bugs removed."""
    torch.manual_seed(0)
    train_set, validation_set = (
        [(torch.randn(4, 6).double() + shift, torch.randint(3, (4,))) for _ in range(count)]
        for count, shift in ((5, 0.0), (2, 100.0))
    )
    model = WatchedModel()
    start = {name: value.clone() for name, value in model.linear.state_dict().items()}
    history = answer(model, train_set, validation_set, 2)
    require(
        isinstance(history, list) and len(history) == 2 and all(len(row) == 2 for row in history),
        "return a list with one pair (training loss, validation accuracy) for each epoch.",
    )
    check_gradients(model, train_set[0][1])
    check_modes(model)
    values = [value for row in history for value in row]
    require(
        not any(getattr(value, "requires_grad", False) for value in values)
        and model.most_alive <= 2,
        "the sum of the losses is a tensor that keeps the graph of every step alive: add "
        "loss.item().",
    )
    require(
        all(isinstance(v, int | float) or getattr(v, "shape", None) == () for v in values),
        "losses and accuracies must be plain numbers: .item().",
    )
    history = [tuple(map(float, row)) for row in history]
    reference, rows = _trained_by_the_package(start, train_set, validation_set)
    require(
        torch.allclose(model.linear.weight, reference.weight, atol=1e-10),
        "the weights differ from those of forward, loss, zero_grad, backward, step: in this order, "
        "once a batch, with SGD and lr=0.1?",
    )
    require(
        torch.allclose(torch.tensor(history), torch.tensor(rows), atol=1e-5),
        f"the numbers differ: mean loss over the batches and share of right answers were {rows}; "
        f"yours: {history}.",
    )


@exercise("Linear layer as a Function")
def linear_function(answer: type) -> Verdict:
    """Check a `torch.autograd.Function` with `apply(X, W, b)`: `X @ W.T + b` and its gradients."""
    generator = torch.Generator().manual_seed(0)
    X, W, b = (
        torch.randn(shape, generator=generator, dtype=torch.float64, requires_grad=True)
        for shape in ((5, 4), (3, 4), (3,))
    )
    apply = _class_of(answer, "forward", "backward").apply
    ours, expected = apply(X, W, b), F.linear(X, W, b)
    if ours is None:
        raise NotAttemptedError
    require_shape(ours, (5, 3), "(B, outputs)")
    require(torch.allclose(ours, expected, atol=1e-10), "forward must give X @ W.T + b.")
    received = torch.randn(5, 3, generator=generator, dtype=torch.float64)
    truth = torch.autograd.grad(expected, (X, W, b), received)
    gradients = gradients_of(apply, X, W, b, received)
    for name, mine, true in zip("XWb", gradients, truth, strict=True):
        require(
            torch.allclose(mine, true, atol=1e-10),
            f"the gradient of {name} differs from autograd's: {gradient_hint(name, mine, true)}",
        )
    require(gradcheck(apply, (X, W, b), raise_exception=False), "gradcheck is not satisfied.")


def _layers(sizes: list[int]) -> list[nn.Linear]:
    return [nn.Linear(a, b) for a, b in zip(sizes, sizes[1:], strict=False)]


def _scores(model: nn.Module, images: Tensor, sizes: list[int]) -> Tensor:
    """What the reader's model gives; where shapes do not fit, a hint says in which layer."""
    try:
        return model(images)
    except (RuntimeError, ValueError) as error:
        explanation = shapes.explain_shape_error(model, images, error)
        if not explanation:
            raise
        hint = f"with sizes {sizes} and images {tuple(images.shape)}, {explanation}"
        raise WrongAnswerError(hint) from None


def _compare_with_library(model: nn.Module, sizes: list[int], images: Tensor) -> None:
    """Require the scores of PyTorch's own layers with the reader's weights."""
    layers = _layers(sizes)
    between = [part for layer in layers[:-1] for part in (layer, nn.ReLU())]
    reference = nn.Sequential(nn.Flatten(), *between, layers[-1]).double()
    for ours, theirs in zip(model.parameters(), reference.parameters(), strict=True):
        theirs.data = ours.detach().clone()
    scores, expected = model(images), reference(images)
    require_shape(scores, (5, 4), "(B, classes)")
    flat = nn.Sequential(nn.Flatten(), *layers)(images)
    for other, hint in (
        (flat, "no activation: without a ReLU between them the layers collapse into one matrix."),
        (expected.relu(), "no ReLU after the last layer: scores may be negative."),
        (
            expected.softmax(1),
            "return scores, not probabilities: CrossEntropyLoss does the softmax.",
        ),
        (
            expected.log_softmax(1),
            "return scores: CrossEntropyLoss does the logarithm and softmax.",
        ),
    ):
        apart = not torch.allclose(other, expected, atol=1e-9)  # one layer has no activation
        require(not (apart and torch.allclose(scores, other, atol=1e-9)), hint)
    require(
        torch.allclose(scores, expected, atol=1e-10),
        "the scores differ from those of linear, ReLU, linear, and so on, up to the last linear.",
    )


def _trained_by_the_package(start: dict, train_set: list, validation_set: list) -> tuple:
    """A linear layer trained for two epochs from the same weights; loss and accuracy of each."""
    reference = nn.Linear(6, 3).double()
    reference.load_state_dict(start)
    optimizer = torch.optim.SGD(reference.parameters(), lr=0.1)
    trainer, rows = Trainer(reference, optimizer, device="cpu", precision="fp32"), []
    for _ in range(2):
        loss = trainer.fit(train_set, epochs=1, progress="none")[-1]["train_loss"]
        rows.append((loss, evaluate(reference, validation_set).accuracy))
    return reference, rows


def _check_mirror(i: int, image: Tensor, original: Tensor) -> None:
    if i < 4:
        require(torch.allclose(image, original), f"item {i} must be image {i}, divided by 255.")
        return
    require(
        not torch.allclose(image, original.flip(1)),
        f"item {i} is upside down: in (C, H, W) the width is the last axis, flip(-1).",
    )
    require(not torch.allclose(image, original), f"item {i} must be image {i - 4} mirrored.")
    require(
        torch.allclose(image, original.flip(2)),
        f"item {i} must be image {i - 4}, mirrored left to right.",
    )


def _check_end(data) -> None:
    """A for loop over a data set asks for one item after the other until an IndexError."""
    try:
        data[8]
    except IndexError:
        return
    raise WrongAnswerError(
        "data[8] must raise an IndexError, or `for image, label in data` never ends."
    )


def _class_of(answer: type, *methods: str) -> type:
    """The reader's class, which a check gets inside a function that watches for empty answers.

    A class that neither defines nor inherits any of the methods (from a class of the reader's, or
    from one such as nn.Sequential) is an untouched stub.
    """
    inner = getattr(answer, "__wrapped__", answer)
    require(inspect.isclass(inner), "give the class itself, without brackets.")
    own = [c for c in inner.__mro__ if c not in LIBRARY]
    own = [c for c in own if not any(issubclass(base, c) for base in LIBRARY)]
    missing = [name for name in methods if not any(name in vars(c) for c in own)]
    if missing == list(methods):
        raise NotAttemptedError
    require(not missing, f"the class has no {' and no '.join(missing)}.")
    return inner
