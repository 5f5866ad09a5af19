"""Breaks what a chapter's claims speak of, and sees them fail.

A chapter is run once, cell by cell, and the state before each cell is kept. A `Mutation` changes
one cell's code, runs from there to the claim, and reports which claims no longer hold.
"""

import ast
import contextlib
import copy
import types
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
import torch
from PIL import Image

import dlcv.checks
from dlcv.figures import display
from dlcv.interactive import frames

CHECKS = ("claim", "same")
LARGE = 2_000_000  # elements; larger tensors are shared between snapshots, never changed in place


@dataclass(frozen=True)
class Mutation:
    """In the one cell that contains `old`, put `new`; the claim that begins so must then fail.

    `also` holds further replacements in the cells that follow, mostly to make them quicker.
    """

    claim: str
    old: str
    new: str
    also: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.claim} [{self.old} -> {self.new}]"


class Chapter:
    """The code of one notebook, run once.

    Args:
        path: The notebook.
        quicker: Replacements that make the first run shorter.
    """

    def __init__(self, path: Path, quicker: tuple[tuple[str, str], ...] = ()):
        cells = nbformat.read(path, as_version=4).cells
        self.prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        code = [cell.source for cell in cells if cell.cell_type == "code"]
        self.cells = [_replaced(source, quicker) for source in code if "%pip" not in source]
        self.claims = [name for source in self.cells for name in claims_in(source)]
        self.before = []  # the namespace before each cell
        namespace = {"__name__": "__main__"}
        with figures_left_blank():
            for source in self.cells:
                self.before.append(_copied(namespace))
                exec(compile(source, path.name, "exec"), namespace)
        self.namespace = namespace  # at the end
        self.running = None  # the last mutated run: what it changed, where it stands, what failed

    def run_solution(self, title: str) -> None:
        """Run the code of a folded solution where the chapter ends."""
        folded = self.prose.split(f"<summary>{title}</summary>")[1].split("</details>")[0]
        namespace = _copied(self.namespace)
        for code in folded.split("```python\n")[1:]:
            exec(code.split("```")[0], namespace)

    def failed_claims(self, mutation: Mutation) -> list[str]:
        """Run the mutated cells up to the claim; return the sentences that no longer hold.

        Mutations that change the same and stand side by side in a table share one run.
        """
        first, last = self._cell_with(mutation.old), self._cell_of_claim(mutation.claim)
        assert first <= last, f"{mutation.old!r} stands behind the claim it should break"
        change = mutation.old, mutation.new, mutation.also
        if self.running is None or self.running[0] != change:
            namespace, failed = _copied(self.before[first]), []
            # From here on a broken claim is written down and the run goes on.
            namespace |= {name: _recording(getattr(dlcv.checks, name), failed) for name in CHECKS}
            self.running = [change, first, namespace, failed]
        _, start, namespace, failed = self.running
        for number in range(start, last + 1):
            source = _replaced(self.cells[number], mutation.also)
            if number == first:
                source = source.replace(mutation.old, mutation.new)
            self.running[1] = number + 1
            try:
                with figures_left_blank():
                    exec(compile(source, "mutated", "exec"), namespace)
            except BaseException:
                self.running = None
                raise
        return failed

    def _cell_with(self, text: str) -> int:
        found = [i for i, source in enumerate(self.cells) if text in source]
        assert len(found) == 1, f"{text!r} stands in {len(found)} cells; one was wanted"
        return found[0]

    def _cell_of_claim(self, beginning: str) -> int:
        found = [
            i
            for i, source in enumerate(self.cells)
            if any(name.startswith(beginning) for name in claims_in(source))
        ]
        assert len(found) == 1, f"the claim {beginning!r} stands in {len(found)} cells"
        return found[0]


@contextlib.contextmanager
def figures_left_blank():
    """A claim looks at no figure, and turning them into pictures takes a fifth of a chapter's time.

    Where the notebooks themselves are tested, the same figures become pictures.
    """
    with pytest.MonkeyPatch.context() as patch:
        for module in (display, frames):
            patch.setattr(module, "to_image", lambda fig, dpi: Image.new("RGB", (1, 1)))
        yield


def claims_in(source: str) -> list[str]:
    """The sentences of a cell's `claim` and `same` calls; an f-string up to its first brace."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    found = []
    for call in calls:
        name = getattr(call.func, "id", None)
        if name == "claim":
            found.append(_beginning(call.args[0]))
        elif name == "same":
            found += [_beginning(word.value) for word in call.keywords if word.arg == "what"]
    return found


def _beginning(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        node = node.values[0]
    return node.value


def _recording(check, failed: list[str]):
    """`claim` or `same` as a function that appends its error to `failed` instead of raising it."""

    def recorded(*args, **kwargs):
        try:
            check(*args, **kwargs)
        except AssertionError as error:
            failed.append(str(error).removeprefix("This claim does not hold: "))

    return recorded


def _replaced(source: str, replacements) -> str:
    for old, new in replacements:
        source = source.replace(old, new)
    return source


def _copied(namespace: dict) -> dict:
    """A copy in which nothing that a cell changes in place is shared with the original."""
    new = {}
    for name, value in namespace.items():
        if isinstance(value, torch.Tensor) and value.numel() > LARGE:
            new[name] = value
        elif isinstance(value, (torch.Tensor, torch.nn.Module, torch.Generator, list, dict)):
            new[name] = _deep_copied(value)
        elif isinstance(value, types.FunctionType) and value.__globals__ is namespace:
            # The function must look up its globals in the copy.
            new[name] = types.FunctionType(
                value.__code__, new, value.__name__, value.__defaults__, value.__closure__
            )
        else:
            new[name] = value
    return new


def _deep_copied(value):
    if isinstance(value, torch.Tensor):
        return value.detach().clone().requires_grad_(value.requires_grad)
    if isinstance(value, torch.Generator):
        return value.clone_state()
    if isinstance(value, (list, dict)):
        return copy.copy(value)
    return copy.deepcopy(value)
