"""Two shapes to type: how they line up, what comes out, or what PyTorch will say."""

from collections.abc import Sequence
from html import escape
from math import prod

import torch

from ..figures.display import check_alt, publish
from .page import read_file, root_id, wrap

__all__ = ["EXAMPLES", "broadcasting_explorer"]

#: what it is for: (shape of a, "+" or "@", shape of b)
EXAMPLES = {
    "scores + bias": ((32, 10), "+", (10,)),
    "a column with a row": ((32, 1), "+", (32,)),
    "images + one number a channel": ((64, 3, 32, 32), "+", (3,)),
    "… with the shape it needs": ((64, 3, 32, 32), "+", (3, 1, 1)),
    "a linear layer, x @ W.T": ((32, 64), "@", (64, 10)),
    "the transpose forgotten": ((32, 64), "@", (10, 64)),
    "the flattening forgotten": ((32, 3, 16, 16), "@", (768, 10)),
}
LARGEST_PRODUCT = 10**8  # of the two sizes: a larger matrix product is not computed in advance
OPERATIONS = {"+": "entry by entry (+ − * /)", "@": "matrix product: a @ b"}


def broadcasting_explorer(
    first: Sequence[int] = (32, 10),
    operation: str = "+",
    second: Sequence[int] = (10,),
    *,
    alt: str,
) -> None:
    """Shows how two shapes line up, for a sum entry by entry or a matrix product (chapter 09).

    Both shapes can be typed, or an example chosen. Below them stand the axes, counted from the
    right, with those that are stretched and those that clash, and then the result's shape or the
    sentence with which PyTorch refuses. All of it is JavaScript inside the output.

    Args:
        first: shape of a, where to begin; at most 6 axes.
        operation: "+" for every operation entry by entry, "@" for the matrix product.
        second: shape of b.
        alt: what the figure shows.

    Raises:
        ValueError: a shape that cannot be one, an unknown operation, or an empty `alt`.
    """
    alt = check_alt(alt)
    for name, shape in (("first", first), ("second", second)):
        if len(shape) > 6 or not all(isinstance(n, int) and 0 <= n <= 10**6 for n in shape):
            raise ValueError(
                f"{name}: at most 6 sizes from 0 to a million were wanted; got {shape}"
            )
    if operation not in OPERATIONS:
        raise ValueError(f"operation: one of {', '.join(OPERATIONS)} was wanted; got {operation!r}")
    data = {
        "start": [list(first), operation, list(second)],
        "examples": [[name, *example] for name, example in EXAMPLES.items()],
    }
    css = read_file("broadcasting.css")
    body = f"<style>{css}</style>\n{_static(first, operation, second)}\n{_body(alt)}"
    script = ("broadcasting", "broadcasting.js")
    html = wrap("dlcv-explorer dlcv-shapes", body, *script, data, root_id(data, alt))
    publish({"text/html": html, "text/plain": alt})


def _static(first: Sequence[int], operation: str, second: Sequence[int]) -> str:
    """What stands there where no script runs: the first example, as PyTorch answers it."""
    shapes = f"With a of shape {tuple(first)} and b of shape {tuple(second)}"
    a, b = (torch.zeros(()).expand(tuple(shape)) for shape in (first, second))  # one number each
    try:
        if operation == "+":
            made = torch.broadcast_tensors(a, b)[0]
        elif prod(first) * prod(second) <= LARGEST_PRODUCT:
            made = a @ b
        else:
            return f"<p data-static>{shapes}.</p>"
        outcome = f"has shape {tuple(made.shape)}"
    except RuntimeError as error:
        outcome = f"is refused: {error}"
    return f"<p data-static>{escape(f'{shapes}, a {operation} b {outcome}')}</p>"


def _body(alt: str) -> str:
    field = '<input type="text" inputmode="numeric" spellcheck="false" autocomplete="off"'
    choices = "".join(f'<option value="{key}">{text}</option>' for key, text in OPERATIONS.items())
    return "\n".join(
        [
            f'<div class="dlcv-typed" role="group" aria-label="{escape(alt)}" hidden>',
            f"<label><span>shape of a</span>{field} data-a></label>",
            f"<label><span>shape of b</span>{field} data-b></label>",
            f'<label><span>operation</span><select data-operation autocomplete="off">{choices}'
            "</select></label>",
            '<label><span>example</span><select data-example autocomplete="off"></select></label>',
            "</div>",
            '<div class="dlcv-axes" hidden><table data-axes></table></div>',
            '<div class="dlcv-outcome" role="status" data-outcome></div>',
            "<noscript>To type other shapes, this figure needs JavaScript.</noscript>",
        ]
    )
