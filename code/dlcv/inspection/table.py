"""A table of a network's layers: shapes, parameters, multiply-adds, receptive fields."""

import math
from html import escape
from typing import NamedTuple

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from dlcv.inspection.chain import WINDOWS, Pass, Window, is_leaf, passes, window_of
from dlcv.layers.sizes import receptive_field

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
    a row, in the order of computation; one that runs twice has two, and its parameters count in the
    first. Receptive fields are those of a chain of layers: from the first layer on that sees the
    whole image, changes the size of the maps by no window known here, or takes anything but the
    output before it, they read "all".

    Args:
        model: any module whose parameters lie in convolutions, linear layers and normalizations.
        image_shape: `(C, H, W)`.

    Returns:
        A list of `LayerRow` that shows itself as a table.

    Raises:
        TypeError: the multiply-adds of a layer are not known here, or it gives no tensor.
        ValueError: the image does not fit the model; the sentence names the layer.
    """
    names = {layer: name for name, layer in model.named_modules()}
    before, ran = passes(model, image_shape)
    table, windows, counted = LayerTable(), [], set()
    for one in ran:
        if not is_leaf(one.layer):
            continue
        windows.append(window_of(one) if one.input is before else None)
        shape, parameters = tuple(one.output.shape[1:]), 0
        if one.layer not in counted:
            parameters = sum(parameter.numel() for parameter in one.layer.parameters())
        cost, kind = multiply_adds(one.layer, shape), _kind(one)
        table.append(LayerRow(names[one.layer], kind, shape, parameters, cost, _field(windows)))
        counted.add(one.layer)
        before = one.output
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


def _field(windows: list[tuple[Window, Window] | None]) -> tuple[int, int] | None:
    """Height and width that one output sees through all these windows; None: all of the image."""
    if None in windows:
        return None
    fields = (
        receptive_field((one.kernel_size, one.stride, one.dilation) for one in axis)
        for axis in zip(*windows, strict=True)
    )
    height, width = (field for field, _ in fields)
    return height, width


def _kind(one: Pass) -> str:
    """ "Conv2d 5 × 5, stride 2": the class, and what of its window is not plain."""
    name = type(one.layer).__name__
    if not isinstance(one.layer, WINDOWS):
        return name
    rows, columns = window_of(one)
    strides, sides = (rows.stride, columns.stride), (rows.kernel_size, columns.kernel_size)
    text = f"{name} {sides[0]} × {sides[1]}"
    if strides != ((1, 1) if isinstance(one.layer, nn.Conv2d) else sides):
        text += f", stride {strides[0] if strides[0] == strides[1] else strides}"
    return text
