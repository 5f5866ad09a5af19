"""Checks for chapter 5, from linear to non-linear."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from dlcv.exercises.base import Verdict, exercise, require, require_shape

NEARLY = 1e-5  # for answers whose numbers are float32


def _network(sizes: Sequence[int], activation: Callable[[], nn.Module] | None) -> nn.Sequential:
    """PyTorch's network of linear layers, with an activation between each two of them."""
    parts = []
    for inputs, outputs in zip(sizes, sizes[1:], strict=False):
        parts += [nn.Linear(inputs, outputs, dtype=torch.float64)]
        parts += [activation()] if activation else []
    return nn.Sequential(*(parts[:-1] if activation else parts)).requires_grad_(False)


def _parameters(network: nn.Sequential) -> tuple[list[Tensor], list[Tensor]]:
    linear = [layer for layer in network if isinstance(layer, nn.Linear)]
    return [layer.weight.clone() for layer in linear], [layer.bias.clone() for layer in linear]


@exercise("Forward pass")
def forward(answer: Callable) -> Verdict:
    """Check `forward(x, weights, biases)`: (N, D) to the scores, ReLU between the layers."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        _check_forward(answer, (3, 3, 3), "your network of one hidden layer gives other scores.")
        for sizes in ((3, 3, 3, 3), (4, 2), (4, 5, 3, 2)):
            hidden = len(sizes) - 2
            hint = f"right with one hidden layer, wrong with {hidden}: loop over all the layers."
            _check_forward(answer, sizes, hint)


def _check_forward(answer: Callable, sizes: Sequence[int], hint: str) -> None:
    """Square matrices and batches first: there, a missing transpose raises no error."""
    network = _network(sizes, nn.ReLU)
    weights, biases = _parameters(network)
    x = torch.randn(3 if len(set(sizes)) == 1 else 6, sizes[0], dtype=torch.float64)
    given = x.clone()
    scores = answer(x, [w.clone() for w in weights], [b.clone() for b in biases])
    require_shape(scores, (len(x), sizes[-1]), "(N, K)")
    require(torch.equal(x, given), "your function changes its input; work on a new tensor.")
    expected = network(x)
    if torch.allclose(scores, expected, atol=1e-10):
        return
    usual = {
        "an activation belongs between the layers, not behind the last one: scores may be "
        "negative.": torch.relu(expected),
        "without the ReLU between the layers it is one matrix: see section 3.": _linear(
            x, weights, biases
        ),
        "stop at the scores; the softmax is not part of (5.5).": expected.softmax(dim=1),
        "the bend is the ReLU here, max(0, z).": _bent(nn.Sigmoid(), x, weights, biases),
        "a batch has an image a row: a @ W.T + b, not W @ a + b.": _columns(x, weights, biases),
        "do not forget the biases.": _with(network, weights, [0 * b for b in biases], x),
        "row j of W holds the weights into unit j, so a batch needs a @ W.T.": _with(
            network, [w.T for w in weights] if len(set(sizes)) == 1 else weights, biases, x
        ),
    }
    for mistake, wrong in usual.items():
        alike = torch.allclose(scores, wrong, atol=1e-8) and not torch.allclose(wrong, expected)
        require(not alike, mistake)
    require(False, hint)


def _linear(x: Tensor, weights: list[Tensor], biases: list[Tensor]) -> Tensor:
    for weight, bias in zip(weights, biases, strict=True):
        x = nn.functional.linear(x, weight, bias)
    return x


def _bent(bend: nn.Module, x: Tensor, weights: list[Tensor], biases: list[Tensor]) -> Tensor:
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        x = bend(nn.functional.linear(x, weight, bias))
    return nn.functional.linear(x, weights[-1], biases[-1])


def _columns(x: Tensor, weights: list[Tensor], biases: list[Tensor]) -> Tensor:
    """W @ a + b on a batch in rows: it runs where all is square, and mixes the images."""
    if len({len(x), *(n for weight in weights for n in weight.shape)}) > 1:
        return x
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        x = torch.relu(weight @ x + bias)
    return weights[-1] @ x + biases[-1]


def _with(network: nn.Sequential, weights, biases, x: Tensor) -> Tensor:
    """The output of PyTorch's network with other parameters."""
    linear = [name for name, layer in network.named_children() if isinstance(layer, nn.Linear)]
    state = {f"{name}.weight": w for name, w in zip(linear, weights, strict=True)}
    state |= {f"{name}.bias": b for name, b in zip(linear, biases, strict=True)}
    return torch.func.functional_call(network, state, (x,))


@exercise("Count parameters")
def count_parameters(answer: Callable) -> Verdict:
    """Check `count_parameters(sizes)`: units of each layer, the input first, to one number."""
    for sizes in ((4, 3, 2), (3072, 512, 10), (64, 10), (5, 4, 4, 4, 3)):
        with torch.device("meta"):  # shapes without numbers
            network = _network(sizes, None)
        expected = sum(p.numel() for p in network.parameters())
        count = answer(sizes)
        require(
            isinstance(count, (int, np.integer)) and not isinstance(count, bool),
            f"return a whole number, not {type(count).__name__}.",
        )
        weights = [a * b for a, b in zip(sizes, sizes[1:], strict=False)]
        usual = {
            sum(weights): "those are the weights; each unit has a bias, too.",
            sum(weights) + sum(sizes): "the inputs have no biases: they are not computed.",
            sum(weights) + sum(sizes[:-1]): "a bias belongs to the unit that the weights lead to.",
            sum(weights) + len(weights): "a layer has one bias for each of its units, not one.",
            weights[0] + sizes[1]: "that is the first layer alone: add up over all layers.",
            sum(sizes): "those are the units; each has a weight for every unit before it.",
        }
        require(count == expected or count not in usual, usual.get(count, ""))
        require(count == expected, f"for {sizes} PyTorch counts {expected}; you count {count}.")


@exercise("XOR by hand")
def xor(answer: Callable) -> Verdict:
    """Check `xor_weights()`: W (2, 2), b (2,), v (2,), c; v · max(0, W x + b) + c decides XOR."""
    parts = answer()
    count = len(parts) if isinstance(parts, (tuple, list)) else 1
    require(count == 4, f"return four things, W, b, v and c; yours are {count}.")
    W, b, v, c = (torch.as_tensor(part, dtype=torch.float64) for part in parts)
    for name, part, shape in (("W", W, (2, 2)), ("b", b, (2,)), ("v", v, (2,)), ("c", c, ())):
        came = tuple(part.shape)
        require(came == shape, f"{name} must have shape {shape}; yours has {came}.")
        require(part.isfinite().all(), f"{name} holds a number that is not finite.")
    x = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=torch.float64)
    a = torch.relu(nn.functional.linear(x, W, b))  # (4, 2)
    scores = a @ v + c
    wanted = torch.logical_xor(*x.bool().T)
    require((scores.abs() > 1e-9).all(), "a score is 0: neither true nor false. Shift c a little.")
    wrong = [i for i in range(4) if (scores[i] > 0) != wanted[i]]
    if not wrong:
        return
    places = ", ".join(f"{tuple(x[i].int().tolist())} gets {scores[i]:.2g}" for i in wrong)
    require(len(wrong) < 4, f"all four are the wrong way round ({places}): change signs.")
    bent = [bool((a[:, j] == 0).any() and (a[:, j] > 0).any()) for j in (0, 1)]
    hint = "" if any(bent) else " No unit is off for some inputs and on for others: nothing bends."
    require(False, f"above 0 is true, below is false, but {places}.{hint}")


@exercise("Softplus")
def softplus(answer: Callable) -> Verdict:
    """Check `softplus(z)`: the pair log(1 + eᶻ) and its derivative, both of the shape of z."""
    z = torch.tensor([[-2.0, -0.5, 0.0], [0.5, 1.0, 3.0]], dtype=torch.float64)
    given = z.clone()
    pair = answer(z)
    require(
        isinstance(pair, (tuple, list)) and len(pair) == 2,
        "return two tensors: the value and the slope.",
    )
    require(torch.equal(z, given), "your function changes its input; work on a new tensor.")
    value, slope = pair
    for part in pair:
        require_shape(part, (2, 3), "of z")
    expected, derivative = _softplus(z)
    require(
        not torch.allclose(value, expected / np.log(2), atol=1e-8),
        "log is the natural logarithm, torch.log or torch.log1p.",
    )
    require(torch.allclose(value, expected, atol=1e-10), "the value is not log(1 + e^z).")
    bell = torch.sigmoid(z) * (1 - torch.sigmoid(z))
    require(
        not torch.allclose(slope, bell, atol=1e-8),
        "that is the derivative of the derivative: one step too far.",
    )
    require(
        not torch.allclose(slope, 1 / (1 + z.exp()), atol=1e-8),
        "the inner derivative of 1 + e^z is missing: it is e^z, not 1.",
    )
    require(
        torch.allclose(slope, derivative, atol=1e-10),
        "the slope differs from autograd's: differentiate the log, then what is inside it.",
    )
    _check_large(answer)


def _softplus(z: Tensor) -> tuple[Tensor, Tensor]:
    z = z.clone().requires_grad_()
    value = torch.logaddexp(z, torch.zeros_like(z))
    (slope,) = torch.autograd.grad(value.sum(), z)
    return value.detach(), slope


def _check_large(answer: Callable) -> None:
    """Inputs at which the formula as written overflows, or loses all its digits."""
    for size in (800.0, 25.0, -40.0, -800.0):
        z = torch.tensor([size], dtype=torch.float64)
        pairs = zip(("value", "slope"), answer(z.clone()), _softplus(z), strict=True)
        for name, ours, exact in pairs:
            require(
                ours.isfinite().all(),
                f"the {name} at z = {size:g} is {ours.item():g}: let exp see −|z| only.",
            )
            require(
                torch.allclose(ours, exact, rtol=1e-9, atol=1e-300),
                f"at z = {size:g} the {name} should be {exact.item():.4g}, yours is "
                f"{ours.item():.4g}: use log1p, and e^−|z| where it is small.",
            )


@exercise("A hat from three bends")
def hat(answer: Callable) -> Verdict:
    """Check `hat(left, middle, right)`: w, b, v (3,) of v · max(0, w x + b), a hat of height 1."""
    for corners in ((0.0, 1.0, 2.0), (-1.0, -0.5, 2.0)):
        parts = answer(*corners)
        count = len(parts) if isinstance(parts, (tuple, list)) else 1
        require(count == 3, f"return three tensors, w, b and v; yours are {count}.")
        w, b, v = (torch.as_tensor(part, dtype=torch.float64) for part in parts)
        for part in (w, b, v):
            require_shape(part, (3,), "(3,): one number a unit")
        left, middle, right = corners
        x = torch.linspace(left - 3, right + 3, 121, dtype=torch.float64)
        x = torch.cat([x, torch.tensor(corners, dtype=torch.float64)])
        y = torch.relu(x[:, None] * w + b) @ v  # (124,)
        exact = torch.from_numpy(np.interp(x.numpy(), corners, [0.0, 1.0, 0.0]))
        if not torch.allclose(y, exact, atol=NEARLY):
            _explain_hat(x, y, corners)


def _explain_hat(x: Tensor, y: Tensor, corners: tuple[float, float, float]) -> None:
    """Say where y is no hat; the last three places of x are the corners."""
    left, middle, right = corners
    where = f"hat{corners}"
    require(
        (y[x < left].abs() < NEARLY).all(),
        f"{where} must be 0 left of {left:g}: a unit bends at −b/w.",
    )
    top = y[-2].item()
    require(
        abs(top - 1) < NEARLY,
        f"{where} must be 1 at {middle:g}, but is {top:.3g}: it climbs for {middle - left:g}, so "
        f"its slope there is 1/{middle - left:g}.",
    )
    end = y[-1].item()
    require(
        abs(end) < NEARLY,
        f"{where} must be back at 0 at {right:g}, but is {end:.3g}: the bend in the middle takes "
        "away the climb and adds the fall.",
    )
    require(
        (y[x > right].abs() < NEARLY).all(),
        f"{where} must stay 0 right of {right:g}: the last bend takes away the fall.",
    )
    require(False, f"{where} is right at its corners, but bends between them.")
