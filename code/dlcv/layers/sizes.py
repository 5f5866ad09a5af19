"""How large, how costly, how far-sighted: the arithmetic of windows that slide over an image."""

from collections.abc import Iterable


def output_size(
    size: int | tuple[int, int],
    kernel_size: int,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
    *,
    floor: bool = False,
) -> int | tuple[int, int]:
    """How many windows fit side by side: (N − F + 2P) / S + 1. Chapter 10 derives it.

    A filter with gaps covers D(F − 1) + 1 pixels, and this takes the place of F.

    Args:
        size: of the input, N: the side of a square in pixels, or (height, width).
        kernel_size: side of the filter, F.
        stride: pixels from one window to the next, S.
        padding: pixels put around the input on each side, P.
        dilation: pixels from one element of the filter to the next, D; 1 leaves no gaps.
        floor: what to do where the last stride does not come out even. False refuses. True leaves
            out the pixels behind the last window, which PyTorch does without a word.

    Returns:
        The side of the output; (height, width) if `size` is a pair.

    Raises:
        ValueError: a window does not fit, with the reason; or a number is not a size at all.
    """
    check_window(kernel_size, stride, padding, dilation)
    sides = _sides(size)
    covered = dilation * (kernel_size - 1) + 1
    for side, line in zip(sides, ("row", "column"), strict=False):
        room = side + 2 * padding - covered  # pixels that the window can move on
        if room < 0:
            why = f"it covers {_count(covered, line)}, and there are {side + 2 * padding}"
        elif room % stride and not floor:
            left = _count(room % stride, line)
            why = f"({side} − {covered} + {2 * padding}) / {stride} is not whole; {left} left over"
        else:
            continue
        settings = _settings(stride, padding, dilation)
        raise ValueError(
            f"a {kernel_size} × {kernel_size} filter{settings} does not fit "
            f"a {sides[0]} × {sides[-1]} input: {why}"
        )
    outputs = tuple((side + 2 * padding - covered) // stride + 1 for side in sides)
    return outputs[0] if isinstance(size, int) else outputs


def same_padding(kernel_size: int, dilation: int = 1) -> int:
    """The padding that keeps the size at stride 1: (F − 1) / 2, with gaps D(F − 1) / 2. Chapter 10.

    Raises:
        ValueError: D(F − 1) is odd, so the two sides of the image would need different paddings.
    """
    check_numbers(kernel_size=kernel_size, dilation=dilation)
    total = dilation * (kernel_size - 1)
    if total % 2:
        raise ValueError(
            f"kernel_size: a {kernel_size} × {kernel_size} filter needs {total} rows of padding in "
            "all, which is odd, so no padding is the same on both sides; got an even kernel_size"
        )
    return total // 2


def receptive_field(windows: Iterable[tuple[int, int, int]]) -> tuple[int, int]:
    """How many input pixels one output sees, through layers of windows. Chapter 10 derives it.

    A layer widens the field by D(F − 1) of its own pixels, and each of those is as long as the
    strides before it make it: r ← r + D(F − 1) · j, then j ← j · S, from r = j = 1.

    Args:
        windows: (kernel size, stride, dilation) of each layer, from the input on.

    Returns:
        The side of the receptive field, r, and the input pixels from the field of one output to
        that of its neighbor, j.
    """
    field, jump = 1, 1
    for kernel_size, stride, dilation in windows:
        check_numbers(kernel_size=kernel_size, stride=stride, dilation=dilation)
        field += dilation * (kernel_size - 1) * jump
        jump *= stride
    return field, jump


def conv_parameters(
    in_channels: int, out_channels: int, kernel_size: int, groups: int = 1, bias: bool = True
) -> int:
    """Weights and biases of a convolution: (F · F · C / G + 1) · O. Chapter 10 derives it.

    Raises:
        ValueError: `groups` does not divide both numbers of channels, or a number is not positive.
    """
    check_groups(in_channels, out_channels, groups)
    check_numbers(kernel_size=kernel_size)
    return (kernel_size**2 * in_channels // groups + bias) * out_channels


def conv_multiply_adds(
    in_channels: int,
    out_channels: int,
    kernel_size: int,
    out_size: int | tuple[int, int],
    groups: int = 1,
) -> int:
    """Multiplications, each with its addition, for one image. Chapter 10 derives it.

    All F · F · C / G · O weights, at each of the H' · W' outputs. A bias costs no multiplication.

    Args:
        in_channels: C, of the layer, as the three numbers that follow.
        out_channels: O.
        kernel_size: F.
        out_size: of the output: the side of a square, or (height, width).
        groups: G.

    Raises:
        ValueError: as `conv_parameters`.
    """
    height, width = (out_size, out_size) if isinstance(out_size, int) else out_size
    check_numbers(out_height=height, out_width=width)
    weights = conv_parameters(in_channels, out_channels, kernel_size, groups, bias=False)
    return weights * height * width


def check_window(kernel_size: int, stride: int, padding: int, dilation: int = 1) -> None:
    """Refuse what no window can have: a size, stride or dilation below 1, or padding below 0."""
    check_numbers(kernel_size=kernel_size, stride=stride, dilation=dilation)
    if not isinstance(padding, int) or padding < 0:
        raise ValueError(f"padding must be a whole number of at least 0; got {padding!r}")


def check_groups(in_channels: int, out_channels: int, groups: int) -> None:
    """Refuse channels that cannot be cut into `groups` equal parts."""
    check_numbers(in_channels=in_channels, out_channels=out_channels, groups=groups)
    for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
        if channels % groups:
            raise ValueError(f"groups must divide {name}; {channels} into {groups} does not go")


def check_numbers(**numbers: int) -> None:
    """Refuse a number that is no whole number of at least 1, by its name."""
    for name, value in numbers.items():
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} must be a whole number of at least 1; got {value!r}")


def _sides(size: int | tuple[int, int]) -> tuple[int, ...]:
    """One side of a square, or height and width."""
    sides = (size,) if isinstance(size, int) else size
    pair = isinstance(sides, tuple | list) and (len(sides) == 2 or sides == (size,))
    if not pair or not all(isinstance(side, int) for side in sides):
        raise ValueError(f"size must be a whole number or (height, width); got {size!r}")
    return tuple(sides)


def _count(number: int, line: str) -> str:
    return f"{number} {line}{'s' if number > 1 else ''}"


def _settings(stride: int, padding: int, dilation: int) -> str:
    """ " with stride 3 and padding 1": what differs from the plainest filter."""
    plain = (("stride", stride, 1), ("padding", padding, 0), ("dilation", dilation, 1))
    told = [f"{name} {value}" for name, value, usual in plain if value != usual]
    listed = ", ".join(told[:-2] + [" and ".join(told[-2:])])
    return f" with {listed}" if told else ""
