"""A chapter as the rules of its form see it, and how a rule is registered.

`format.py` runs the rules; they stand in `rules_structure.py`, `rules_cells.py`, `rules_prose.py`.
"""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from nbformat import NotebookNode

from book import address as book_address
from book import notebooks, setup_cell

ROOT = Path(__file__).resolve().parents[2]
MARKDOWN = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin, double_inline=True)


@dataclass(frozen=True)
class Problem:
    """One broken rule: where, which, and what to do about it."""

    chapter: str
    cell: str
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.chapter} · {self.cell} · {self.rule}: {self.message}"


@dataclass(frozen=True)
class Part:
    """A piece of a chapter in reading order: a heading, the prose below it, or a code cell."""

    kind: str  # "heading", "prose" or "code"
    text: str
    cell: int
    level: int = 0


@dataclass(frozen=True)
class Section:
    """A heading and everything below it, up to the next heading of its level or above."""

    title: str
    cell: int
    parts: tuple[Part, ...]

    @property
    def prose(self) -> str:
        return "\n\n".join(part.text for part in self.parts if part.kind == "prose")

    @property
    def code(self) -> str:
        return "\n".join(part.text for part in self.parts if part.kind == "code")

    def items(self) -> int:
        """Return the number of list items at the outermost level, or of the rows of a table."""
        tokens = MARKDOWN.parse(self.prose)
        items = sum(token.type == "list_item_open" and token.level == 1 for token in tokens)
        rows = sum(token.type == "tr_open" for token in tokens)
        return items or max(rows - 1, 0)  # a table's head is no row


@dataclass
class Chapter:
    """A chapter as the rules see it."""

    path: Path
    inside: str  # the path from the book's folder, with slashes
    notebook: NotebookNode
    number: int
    title: str
    address: book_address.Address
    version: str

    @cached_property
    def code(self) -> list[tuple[int, NotebookNode]]:
        """The code cells, each with its position among all cells."""
        cells = enumerate(self.notebook.cells)
        return [(index, cell) for index, cell in cells if cell.cell_type == "code"]

    @cached_property
    def prose(self) -> list[tuple[int, str]]:
        """The Markdown cells' sources, each with its position among all cells."""
        cells = enumerate(self.notebook.cells)
        return [(index, cell.source) for index, cell in cells if cell.cell_type == "markdown"]

    @cached_property
    def parts(self) -> list[Part]:
        """The whole chapter in reading order, Markdown cells cut at their headings."""
        parts: list[Part] = []
        for index, cell in enumerate(self.notebook.cells):
            if cell.cell_type == "code":
                parts.append(Part("code", cell.source, index))
            elif cell.cell_type == "markdown":
                parts += markdown_parts(cell.source, index)
        return parts

    def sections(self, level: int = 2, within: Section | None = None) -> list[Section]:
        """Return the sections whose heading has `level`, of the chapter or within a section."""
        parts = list(within.parts) if within else self.parts
        sections = []
        for start, part in enumerate(parts):
            if part.kind != "heading" or part.level != level:
                continue
            end = start + 1
            while end < len(parts) and not (
                parts[end].kind == "heading" and parts[end].level <= level
            ):
                end += 1
            sections.append(Section(part.text, part.cell, tuple(parts[start + 1 : end])))
        return sections

    def section(self, title: str) -> Section | None:
        """Return the `##` section of that title, if there is one."""
        found = [section for section in self.sections() if section.title == title]
        return found[0] if found else None


def markdown_parts(source: str, cell: int) -> Iterator[Part]:
    """Cut a Markdown cell into headings and the prose between them."""
    lines = source.split("\n")
    headings: list[tuple[int, int, Part]] = []
    tokens = MARKDOWN.parse(source)
    for token, inline in zip(tokens, tokens[1:], strict=False):
        if token.type == "heading_open" and token.map:
            part = Part("heading", inline.content, cell, int(token.tag[1:]))
            headings.append((token.map[0], token.map[1], part))
    position = 0
    for first, after, part in [*headings, (len(lines), len(lines), None)]:
        between = "\n".join(lines[position:first]).strip("\n")
        if between:
            yield Part("prose", between, cell)
        if part is not None:
            yield part
        position = after


def parse(code: str) -> ast.Module | None:
    """Parse a cell's code, its `%` and `!` lines taken as `pass`; None when it is no Python."""
    try:
        return ast.parse(re.sub(r"(?m)^(\s*)[%!].*", r"\1pass", code))
    except SyntaxError:
        return None


def all_tokens(source: str) -> Iterator[Token]:
    """Yield the tokens of a Markdown text, those within a line included."""
    for token in MARKDOWN.parse(source):
        yield token
        yield from token.children or []


# ---------------------------------------------------------------------------- rules

# A rule looks at a chapter and yields (cell or None, message) for each breach.
Finding = tuple[int | None, str]
Rule = Callable[[Chapter], Iterator[Finding]]
RULES: dict[str, Rule] = {}


def rule(name: str) -> Callable[[Rule], Rule]:
    """Register a rule under the name its failures carry."""

    def register(function: Rule) -> Rule:
        RULES[name] = function
        return function

    return register


def check(chapter: Chapter) -> list[Problem]:
    """Return every breach of every rule in a chapter."""
    found = []
    for name, function in RULES.items():
        for index, message in function(chapter):
            found.append(Problem(chapter.inside, cell_name(chapter, index), name, message))
    return found


def cell_name(chapter: Chapter, index: int | None) -> str:
    """Return how a cell is named in a failure: its position and its id."""
    if index is None:
        return "the chapter"
    return f"cell {index} ({chapter.notebook.cells[index].get('id', 'no id')})"


def load(path: Path, root: Path = ROOT) -> Chapter:
    """Read a chapter with what the book says of it: number, title, address, version.

    Raises:
        ValueError: `guide/chapters.yml` has no chapter in that file.
    """
    inside = path.resolve().relative_to(root.resolve()).as_posix()
    for part in yaml.safe_load((root / "guide" / "chapters.yml").read_text(encoding="utf-8")):
        for entry in part["chapters"]:
            if f"{part['folder']}/{entry['file']}.ipynb" == inside:
                return Chapter(
                    path=path,
                    inside=inside,
                    notebook=notebooks.read(path),
                    number=entry["number"],
                    title=entry["title"],
                    address=book_address.read(root),
                    version=setup_cell.package_version(root),
                )
    raise ValueError(f"guide/chapters.yml has no chapter in {inside}")
