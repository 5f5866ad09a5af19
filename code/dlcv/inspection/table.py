"""A table of a network's layers: shapes, parameters, multiply-adds, receptive fields."""

import math
from html import escape
from typing import NamedTuple

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from dlcv.layers.sizes import receptive_field
from dlcv.shapes import shapes_explained
from dlcv.state import device_of, in_mode

WINDOWS = (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)
SEES_ALL = (nn.Linear, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)
NORMALIZATIONS = (_BatchNorm, nn.GroupNorm, nn.LayerNorm)
HEADER = ("layer", "kind", "output", "parameters", "multiply-adds", "receptive field")


class LayerRow(NamedTuple):
    """One layer of a table, for a single image."""

    name: str  # as in model.named_modules()
    kind: str  # "Conv2d 5 × 5, stride 2"
    shape: tuple[int, ...]  # of the output, without the batch axis
    parameters: int
    multiply_adds: int
    receptive_field: tuple[int, int] | None  # height and width in input pixels; None: all of it


class LayerTable(list):
    """Rows of a table of layers. It shows itself as a table; `parameters` and the rest are sums."""

    @property
    def parameters(self) -> int:
        """Of all layers."""
        return sum(row.parameters for row in self)

    @property
    def multiply_adds(self) -> int:
        """Of all layers, for one image."""
        return sum(row.multiply_adds for row in self)

    def cells(self) -> list[tuple[str, ...]]:
        """The rows as text, and a last one with the sums."""
        rows = [
            (
                row.name,
                row.kind,
                " × ".join(map(str, row.shape)),
                f"{row.parameters:,}" if row.parameters else "",
                f"{row.multiply_adds:,}" if row.multiply_adds else "",
                " × ".join(map(str, row.receptive_field)) if row.receptive_field else "all",
            )
            for row in self
        ]
        return [*rows, ("all", "", "", f"{self.parameters:,}", f"{self.multiply_adds:,}", "")]

    def __repr__(self) -> str:
        lines = [HEADER, *self.cells()]
        widths = [max(len(line[i]) for line in lines) for i in range(len(HEADER))]
        left = (True, True, False, False, False, False)
        text = [
            "  ".join(
                cell.ljust(width) if is_left else cell.rjust(width)
                for cell, width, is_left in zip(line, widths, left, strict=True)
            ).rstrip()
            for line in lines
        ]
        return "\n".join([text[0], "-" * len(text[0]), *text[1:]])

    def _repr_html_(self) -> str:
        def line(cells, tag, scope=""):
            opened = f"<{tag}{scope}>"
            return "<tr>" + "".join(f"{opened}{escape(cell)}</{tag}>" for cell in cells) + "</tr>"

        body = "\n".join(line(cells, "td") for cells in self.cells())
        head = line(HEADER, "th", ' scope="col"')
        body = f"<thead>{head}</thead>\n<tbody>\n{body}\n</tbody>"
        return f'<table style="white-space: nowrap">\n{body}\n</table>'  # narrow pages scroll it


def layer_table(model: nn.Module, image_shape: tuple[int, ...]) -> LayerTable:
    """What each layer makes of one image, and what it costs. Chapter 11 builds it.

    An image of zeros goes through the model in evaluation mode. Each layer that holds no others is
    a row, in the order of computation. Receptive fields are those of a chain of layers: from the
    first layer on that sees the whole image, or takes anything but the output before it, they read
    "all".

    Args:
        model: any module whose parameters lie in convolutions, linear layers and normalizations.
        image_shape: `(C, H, W)`.

    Returns:
        A list of `LayerRow` that shows itself as a table.

    Raises:
        TypeError: the multiply-adds of a layer are not known here.
        ValueError: the image does not fit the model; the sentence names the layer.
    """
    table, windows, previous = LayerTable(), [], None
    names = {layer: name for name, layer in model.named_modules()}

    def note(layer, inputs, output):
        nonlocal previous
        chained = previous is None or inputs[0] is previous
        windows.append(_window(layer) if chained else None)
        shape = tuple(output.shape[1:])
        parameters = sum(parameter.numel() for parameter in layer.parameters())
        cost = multiply_adds(layer, shape)
        row = LayerRow(names[layer], _kind(layer), shape, parameters, cost, _field(windows))
        table.append(row)
        previous = output

    leaves = [layer for layer in model.modules() if not list(layer.children())]
    hooks = [layer.register_forward_hook(note) for layer in leaves]
    image = torch.zeros(1, *image_shape, device=device_of(model))
    try:
        with torch.no_grad(), in_mode(model, training=False), shapes_explained(model, image):
            model(image)
    finally:
        for hook in hooks:
            hook.remove()
    return table


def multiply_adds(layer: nn.Module, shape: tuple[int, ...]) -> int:
    """Multiplications, each with its addition, that a layer does for one image.

    Convolutions and linear layers are counted: each number of the output is one dot product with a
    filter or a row of weights. As in most papers, biases, activations, pooling and normalizations
    are not. Chapters 10 and 11 derive it.

    Args:
        layer: a layer that holds no others.
        shape: of its output, without the batch axis.

    Raises:
        TypeError: the layer has parameters, and its cost is not known here.
    """
    if isinstance(layer, nn.Conv2d | nn.Linear):
        return layer.weight[0].numel() * math.prod(shape)
    if isinstance(layer, NORMALIZATIONS) or not list(layer.parameters()):
        return 0
    raise TypeError(f"the multiply-adds of {type(layer).__name__} are not known here")


def _window(layer: nn.Module) -> tuple | None:
    """(kernel size, stride, dilation) along each axis; None for a layer that sees everything."""
    if isinstance(layer, SEES_ALL):
        return None
    if not isinstance(layer, WINDOWS):
        return (1, 1, 1), (1, 1, 1)  # each output sees its own place
    settings = (layer.kernel_size, layer.stride, getattr(layer, "dilation", 1))
    return tuple(zip(*((v, v) if isinstance(v, int) else v for v in settings), strict=True))


def _field(windows: list) -> tuple[int, int] | None:
    if None in windows:
        return None
    rows, columns = zip(*windows, strict=True)
    return receptive_field(rows)[0], receptive_field(columns)[0]


def _kind(layer: nn.Module) -> str:
    """ "Conv2d 5 × 5, stride 2": the class, and what of its window is not plain."""
    name = type(layer).__name__
    if not isinstance(layer, WINDOWS):
        return name
    (rows, down, _), (columns, across, _) = _window(layer)
    is_pool = not isinstance(layer, nn.Conv2d)
    plain = (rows, columns) if is_pool else (1, 1)
    text = f"{name} {rows} × {columns}"
    if (down, across) != plain:
        text += f", stride {down if down == across else (down, across)}"
    return text
