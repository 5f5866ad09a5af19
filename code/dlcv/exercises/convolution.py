"""Checks for chapter 10, convolution layers."""

import functools
from collections.abc import Callable
from itertools import product

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dlcv.exercises.base import Verdict, exercise, has_loop, refuse, require, require_shape
from dlcv.exercises.tensors import close, normal

UNFOLDING = {"unfold", "Unfold", "im2col", "fold", "col2im"}
BACKWARD = UNFOLDING | {"autograd", "backward", "requires_grad", "requires_grad_", "grad", "Conv2d"}
BACKWARD |= {"conv_transpose2d", "ConvTranspose2d", "conv2d_input", "conv2d_weight", "vjp"}


def secret_rule() -> Tensor:
    """What the machine of chapter 10's bet does: a filter `(3, 3)`, slid over the picture."""
    return torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]], dtype=torch.float64) / 8


@functools.cache
def _side_in_pytorch(N: int, side: int, S: int, P: int, D: int) -> int:
    """The side of what `F.conv2d` gives; 0 where it refuses."""
    image, kernel = torch.zeros(1, 1, max(N, 0), max(N, 0)), torch.zeros(1, 1, side, side)
    try:
        return F.conv2d(image, kernel, stride=S, padding=P, dilation=D).shape[-1]
    except RuntimeError:
        return 0


def _fits(N: int, side: int, S: int, P: int, D: int) -> bool:
    """PyTorch leaves out what does not fit: then one row less gives the same size."""
    size = _side_in_pytorch(N, side, S, P, D)
    return size > 0 and _side_in_pytorch(N - 1, side, S, P, D) < size


@exercise("Output size")
def output_size(answer: Callable) -> Verdict:
    """Check `output_size(N, side, S, P, D)`: a whole number, or a ValueError where none fits."""
    settings = product((1, 2), (0, 1, 2), (1, 2, 3), (5, 7, 10), (1, 2, 3, 5))
    settings = [(N, side, S, P, D) for D, P, S, N, side in settings]
    settings = [setting for setting in settings if _fits(*setting)]
    ours = [_size_or_none(answer, setting) for setting in settings]
    for formula, hint in SIZE_SLIPS:
        require(ours != [formula(*setting) for setting in settings], hint)
    for room, hint in ROOM_SLIPS:
        for refuses in (False, True):
            require(ours != [_size_in(room, refuses, *setting) for setting in settings], hint)
    for one, setting in zip(ours, settings, strict=True):
        right, told = _side_in_pytorch(*setting), _told(setting)
        windows = "1 window fits" if right == 1 else f"{right} windows fit"
        require(one is not None, f"{told}you refuse it, but {windows} exactly.")
        require(one == right, f"{told}{windows}; yours says {one}.")
    for N, side, S, P, D in [(7, 3, 3, 0, 1), (6, 3, 2, 0, 1), (7, 4, 2, 0, 1), (8, 3, 3, 1, 1)]:
        _require_refusal(answer, (N, side, S, P, D), "the last stride does not come out even")
    for N, side, S, P, D in [(3, 5, 1, 0, 1), (3, 5, 2, 0, 1), (4, 3, 1, 0, 2)]:
        _require_refusal(answer, (N, side, S, P, D), "the filter is larger than the input")


#: What readers write instead, without the refusals.
SIZE_SLIPS = [
    (lambda N, F, S, P, D: (N - D * (F - 1) - 1 + 2 * P) // S, "count the first window, too: + 1."),
    (lambda N, F, S, P, D: N - D * (F - 1) + 2 * P, "divide by the stride."),
    (lambda N, F, S, P, D: (N - D * (F - 1) + 2 * P) // S, "first divide by S, then add 1."),
]

#: Wrong rooms for the filter to move in; some readers refuse by them, too.
ROOM_SLIPS = [
    (lambda N, F, S, P, D: N - F + 2 * P, "with gaps a filter covers D(F − 1) + 1 pixels (10.6)."),
    (lambda N, F, S, P, D: N - D * F + 2 * P, "F weights have F − 1 gaps, not F (10.6)."),
    (lambda N, F, S, P, D: N - D * (F - 1) - 1 + P, "pad both sides: 2P."),
    (lambda N, F, S, P, D: N - D * (F - 1) - 1, "the padding is missing: N becomes N + 2P."),
]


def _size_in(room: Callable, refuses: bool, *setting: int) -> int | None:
    space, S = room(*setting), setting[2]
    return None if refuses and (space < 0 or space % S) else space // S + 1


def _told(setting: tuple[int, ...]) -> str:
    return "N = {}, side = {}, S = {}, P = {}, D = {}: ".format(*setting)


def _size_or_none(answer: Callable, setting: tuple[int, ...]) -> int | None:
    """What the answer returns, which must be an int; None where it refuses."""
    try:
        ours = answer(*setting)
    except (ValueError, AssertionError):
        return None
    require(
        isinstance(ours, int) and not isinstance(ours, bool),
        f"{_told(setting)}return an int, not {type(ours).__name__} {ours!r}: divide with //.",
    )
    return ours


def _require_refusal(answer: Callable, setting: tuple[int, ...], why: str) -> None:
    plain = getattr(answer, "__wrapped__", answer)  # None is an answer here, and a wrong one
    try:
        ours = plain(*setting)
    except ValueError:
        return
    except AssertionError:
        require(False, f"{_told(setting)}you refuse by assert: write raise ValueError(...).")
    require(False, f"{_told(setting)}{why}; raise a ValueError, do not return {ours!r}.")


@exercise("im2col without a loop")
def im2col(answer: Callable) -> Verdict:
    """Check `windows_as_columns(x, side, S, P)`: (B, C, H, W) to (B, C·F·F, H'·W')."""
    for shape, side, S, P in [
        ((2, 3, 7, 5), 3, 1, 0),
        ((2, 3, 7, 5), 3, 2, 1),
        ((1, 2, 6, 8), 2, 2, 0),
    ]:
        x = normal(*shape)
        theirs, given = F.unfold(x, side, stride=S, padding=P), x.clone()
        where = f"images {shape[2]} × {shape[3]}, side = {side}, S = {S}, P = {P}: "
        ours = _called(where, answer, given, side, S, P)
        require(torch.equal(given, x), "your function changes its input; pad into a new tensor.")
        require_shape(ours, tuple(theirs.shape), "(B, C·F·F, H'·W')", where)
        for slip, hint in _column_slips(theirs, x, side, S, P):
            require(close(theirs, slip) or not close(ours, slip), where + hint)
        require(close(ours, theirs), f"{where}the values differ from F.unfold's.")
    require(not has_loop(answer), "right, but with a loop: index all windows at once.")
    refuse(answer, UNFOLDING, "write the indices yourself")


def _called(where: str, answer: Callable, *given):
    """The answer; where it stops with an error, the hint names the case."""
    try:
        return answer(*given)
    except (IndexError, RuntimeError, ValueError) as error:
        more = " Pad by F − 1, then cut off P." if "negative padding" in str(error) else ""
        require(False, f"{where}your code stopped with {type(error).__name__}: {error}{more}")


def _column_slips(theirs: Tensor, x: Tensor, side: int, S: int, P: int) -> list[tuple[Tensor, str]]:
    B, C, area, places = len(x), x.shape[1], side**2, theirs.shape[2]
    blocks = theirs.reshape(B, C, area, places)
    across = theirs.reshape(B, C, side, side, places).transpose(2, 3)
    height = (x.shape[2] + 2 * P - side) // S + 1
    turned = theirs.reshape(B, C * area, height, -1).transpose(2, 3)
    rows_last = theirs.transpose(1, 2).reshape(theirs.shape)
    places_first = blocks.transpose(2, 3).reshape(theirs.shape)
    return [
        (places_first, "places stand before window positions: permute to (B, C, F, F, H', W')."),
        (blocks.transpose(1, 2).reshape(theirs.shape), "within a column, the channel comes first."),
        (across.reshape(theirs.shape), "within a window, go row by row: v first, then u."),
        (turned.reshape(theirs.shape), "the columns go row by row, too: i first, then j."),
        (rows_last, "reshape does not transpose: bring the axes into order with permute first."),
        (blocks.flip(2).reshape(theirs.shape), "no flip: the windows are laid down as they are."),
    ]


@exercise("Depthwise-separable")
def depthwise_separable(answer: Callable) -> Verdict:
    """Check `depthwise_separable(C, O, side)`: an `nn.Module` of two convolutions.

    The verdict rests on the numbers that come out, whatever the order in which the layers are
    declared and whoever pads.
    """
    for C, O, side in [(4, 6, 3), (6, 3, 5)]:
        module = answer(C, O, side)
        kind = type(module).__name__
        require(isinstance(module, nn.Module), f"return an nn.Module, not {kind}.")
        convs = [layer for layer in module.modules() if isinstance(layer, nn.Conv2d)]
        require(len(convs) == 2, f"two nn.Conv2d were wanted; yours has {len(convs)}.")
        depthwise, pointwise = sorted(convs, key=lambda layer: layer.kernel_size, reverse=True)
        _check_the_pair(depthwise, pointwise, C, O, side)
        _check_what_comes_out(module.double(), depthwise, pointwise, normal(2, C, 9, 8))


def _check_the_pair(first: nn.Conv2d, second: nn.Conv2d, C: int, O: int, side: int) -> None:
    sizes = f"yours have {first.kernel_size} and {second.kernel_size}"
    require(second.kernel_size == (1, 1), f"one of the two convolutions is 1 × 1; {sizes}.")
    require(first.kernel_size == (side, side), f"one is {side} × {side}; {sizes}.")
    require(
        first.in_channels == C or second.in_channels != C,
        "that is the other order: first each channel alone, F × F, then 1 × 1 across channels.",
    )
    require(first.groups != 1, "the first mixes all channels: it needs groups=C.")
    require(
        first.groups == C and first.out_channels == C,
        f"depthwise: C = {C} groups, each with one filter for its one channel; "
        f"yours has {first.groups} groups and {first.out_channels} filters.",
    )
    require(second.groups == 1, "the 1 × 1 mixes the channels: it must see all of them, groups=1.")
    require(second.out_channels == O, f"the 1 × 1 gives O = {O} channels.")
    wanted = (side**2 + 1) * C + (C + 1) * O
    count = sum(p.numel() for layer in (first, second) for p in layer.parameters())
    require(count == wanted, f"both have a bias: {wanted} parameters; yours have {count}.")
    steps = first.stride == second.stride == first.dilation == (1, 1)
    require(steps, "the windows lie close: stride 1 and dilation 1 in both.")


def _check_what_comes_out(module: nn.Module, first: nn.Conv2d, second: nn.Conv2d, x: Tensor):
    side, C = first.kernel_size[0], x.shape[1]
    between = F.conv2d(x, first.weight, first.bias, padding=side // 2, groups=C)
    theirs = F.conv2d(between, second.weight, second.bias).detach()
    ours = module(x).detach()
    came, shape = tuple(ours.shape), tuple(theirs.shape)
    require(
        came == shape,
        f"the size must stay, {shape[2]} × {shape[3]}: pad by (F − 1) / 2 before the depthwise "
        f"one, and nowhere else; your output has shape {came}.",
    )
    rim = side // 2
    inside = (..., slice(rim, -rim), slice(rim, -rim))
    require(
        close(ours, theirs) or not close(ours[inside], theirs[inside]),
        "right inside, but not along the border: pad with zeros, before the depthwise one.",
    )
    require(
        close(ours, theirs),
        "the two layers are right, but your module does more (or less) than apply the depthwise "
        "one and then the 1 × 1: nothing stands before, between or behind them.",
    )


@exercise("Backward of a convolution")
def convolution_backward(answer: Callable) -> Verdict:
    """Check `convolution_backward(x, w, delta, S, P)`: ∂L/∂x, ∂L/∂w and ∂L/∂b."""
    for side, S, P in [(3, 1, 0), (3, 1, 1), (3, 2, 0), (3, 2, 1), (5, 2, 1), (3, 2, 3)]:
        x = normal(2, 3, 7, 9).requires_grad_()
        w = normal(4, 3, side, side, seed=1).requires_grad_()
        b = normal(4, seed=2).requires_grad_()
        z = F.conv2d(x, w, b, stride=S, padding=P)
        delta = normal(*z.shape, seed=3)
        (z * delta).sum().backward()  # z.backward(delta) would load SymPy
        given = [x.detach().clone(), w.detach().clone(), delta.clone()]
        where = f"F = {side}, S = {S}, P = {P}: "
        ours = _called(where, answer, *given, S, P)
        require(
            isinstance(ours, (tuple, list)) and len(ours) == 3,
            "return three gradients: those of x, w and b.",
        )
        unchanged = all(torch.equal(a, t) for a, t in zip(given, (x, w, delta), strict=True))
        require(unchanged, "your function changes its input; work on new tensors.")
        for name, one, theirs in zip("xwb", ours, (x.grad, w.grad, b.grad), strict=True):
            _compare_gradient(where, name, one, theirs, x.detach(), w.detach(), delta, (S, P))
    refuse(answer, BACKWARD, "use F.conv2d forward, on the right tensors")


def _compare_gradient(where, name, ours, theirs, x, w, delta, window) -> None:
    shape = tuple(theirs.shape)
    came = tuple(getattr(ours, "shape", ()))
    turned = name == "w" and came == (shape[1], shape[0], *shape[2:])
    require(not turned, f"{where}∂L/∂w has the shape of w, (O, C, F, F): swap its first two axes.")
    cut = (
        name == "x" and window[1] and came == (*shape[:2], *(n + 2 * window[1] for n in shape[2:]))
    )
    require(not cut, f"{where}∂L/∂x still has the padding around it: cut it off.")
    spread = " Is the error spread, with S − 1 zeros between?" if window[0] > 1 else ""
    require(came == shape, f"{where}∂L/∂{name} must have shape {shape}; yours has {came}.{spread}")
    B, places = len(x), delta.shape[2] * delta.shape[3]
    slips = [(theirs / B, "sum over the batch, do not average: the loss has its 1/B already.")]
    slips += [(-theirs, "the sign.")]
    if name == "b":
        slips += [(theirs / places / B, "sum over all places, do not average.")]
    if name == "w":
        slips += [(theirs.flip(2, 3), "no flip here: the error is laid on the input as it stands.")]
    if name == "x":
        unturned = F.conv_transpose2d(delta, w.flip(2, 3), stride=window[0], padding=window[1])
        slips += [(unturned, "turn the filter by 180°: each pixel collects from the other side.")]
    for slip, hint in slips:
        require(not close(ours, slip), f"{where}∂L/∂{name}: {hint}")
    require(close(ours, theirs), f"{where}∂L/∂{name} differs from autograd's.{spread}")
