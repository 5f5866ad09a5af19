"""Rules: code cells and their stored outputs."""

import ast
import base64
import statistics
from collections.abc import Iterator

from book import notebooks, setup_cell
from book.rules import Chapter, Finding, parse, rule

CODE_CELLS = (15, 35)
LINES_IN_ALL = 250
LINES_MEDIAN = 8
LINES_A_CELL = 30
FILE_KB = 1500
FIGURE_KB = 150
WIDGET_KB = 500
ALT_LENGTH = 20


def lines(code: str) -> int:
    """Return the lines of code: blank lines, comments, docstrings and a stub's `...` are free."""
    stripped = [line.strip() for line in code.split("\n")]
    free = sum(not line or line.startswith("#") or line == "..." for line in stripped)
    return len(stripped) - free - docstring_lines(code)


def docstring_lines(code: str) -> int:
    """Return how many lines that are not blank the docstrings take."""
    documented = [
        node
        for node in ast.walk(parse(code) or ast.Module([], []))
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node)
    ]
    return sum(
        bool(line.strip()) and not line.strip().startswith("#")
        for node in documented
        for line in code.split("\n")[node.body[0].lineno - 1 : node.body[0].end_lineno]
    )


@rule("number of code cells")
def number_of_cells(chapter: Chapter) -> Iterator[Finding]:
    least, most = CODE_CELLS
    if not least <= len(chapter.code) <= most:
        yield None, f"{least} to {most} code cells; here {len(chapter.code)}"


@rule("lines of code")
def lines_of_code(chapter: Chapter) -> Iterator[Finding]:
    """Of all cells but the setup cell. Nobody should save on comments: they are free."""
    code = [(i, cell) for i, cell in chapter.code if not setup_cell.is_setup(cell.source)]
    lengths = [lines(cell.source) for _, cell in code]
    median = statistics.median(lengths or [0])
    if sum(lengths) > LINES_IN_ALL:
        yield None, f"{LINES_IN_ALL} lines of code in all at most; here {sum(lengths)}"
    if median > LINES_MEDIAN:
        yield None, f"the median cell has {LINES_MEDIAN} lines at most; here {median:g}"
    for (index, _), length in zip(code, lengths, strict=True):
        if length > LINES_A_CELL:
            yield index, f"a cell has {LINES_A_CELL} lines of code at most; here {length}"


@rule("empty cell")
def empty_cell(chapter: Chapter) -> Iterator[Finding]:
    for index, cell in enumerate(chapter.notebook.cells):
        if not cell.source.strip():
            yield index, "an empty cell: delete it"


@rule("normal form")
def normal_form(chapter: Chapter) -> Iterator[Finding]:
    for problem in notebooks.problems(chapter.path):
        yield None, problem


@rule("alt text")
def alt_text(chapter: Chapter) -> Iterator[Finding]:
    for index, cell in chapter.code:
        of_the_cell = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        for output in cell.outputs:
            for kind in output.get("data", {}):
                if not kind.startswith("image/"):
                    continue
                alt = output.metadata.get(kind, {}).get("alt", "") or of_the_cell
                if len(alt.strip()) < ALT_LENGTH or " " not in alt.strip():
                    yield index, f"a figure needs alt text that says what it shows; it has {alt!r}"


@rule("weight")
def weight(chapter: Chapter) -> Iterator[Finding]:
    size = chapter.path.stat().st_size / 1000
    if size > FILE_KB:
        yield None, f"the file is at most {FILE_KB} kB; here {size:.0f}"
    for index, cell in chapter.code:
        for output in cell.outputs:
            for kind, value in output.get("data", {}).items():
                allowed = FIGURE_KB if kind.startswith("image/") else WIDGET_KB
                kilobytes = output_bytes(kind, value) / 1000
                if kilobytes > allowed:
                    yield index, f"{kind} of {kilobytes:.0f} kB; at most {allowed}"


def output_bytes(kind: str, value: object) -> int:
    """Return an output's size: an image's own, before it was written as base64 text."""
    if kind.startswith("image/") and kind != "image/svg+xml":
        return len(base64.b64decode(str(value)))
    return len(str(value).encode())
