"""Links from chapter to chapter: where a section first names another chapter, it links it.

    python -m book.cross_links [PATH ...]     write the links that are missing into the chapters

Only chapters that `_toc.yml` lists are linked; the others are named, and become links when they
are written. So an author writes "chapter 7", and `make format` does the rest.
"""

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import yaml
from nbformat import NotebookNode

from book import notebooks

# Where a number of a chapter is no mention: code, a link, the one line of HTML that an answer is
# folded under, a heading. A new section begins at a heading of level 2.
PIECE = re.compile(
    r"(?ms)(?P<section>^## [^\n]*)|(?P<link>\[[^\]]*\]\((?P<target>[^)\s]*)\))"
    r"|^```.*?^```|`[^`\n]*`|^<details>[^\n]*|^#+ [^\n]*"
    r"|(?P<mention>\b[Cc]hapters?\s\d+(?:(?:,\s|\sand\s|,\sand\s|\sor\s|\sto\s)\d+\b)*)"
)


def written(root: Path = notebooks.ROOT) -> dict[int, str]:
    """Return the chapters that the site has: number to path below the book's folder."""
    parts = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))["parts"]
    files = [entry["file"] for part in parts for entry in part["chapters"]]
    numbered = {file: re.match(r"\d+", PurePosixPath(file).name) for file in files}
    return {int(match.group()): f"{file}.ipynb" for file, match in numbered.items() if match}


def linked(sources: Sequence[str], own: str, chapters: dict[int, str]) -> list[str]:
    """Return a chapter's Markdown cells with the links that are missing.

    Args:
        sources: The Markdown cells in reading order.
        own: The path of the chapter itself, below the book's folder.
        chapters: The paths of all written chapters by number.
    """
    folder = PurePosixPath(own).parent
    # With slashes, as in a link: 02-linear-classifiers.ipynb, ../1-seeing/01-images.ipynb
    targets = {
        number: PurePosixPath(os.path.relpath(path, folder)).as_posix()
        for number, path in chapters.items()
        if path != own
    }
    named: set[str] = set()  # the targets that this section has linked so far

    def number_or_link(match: re.Match) -> str:
        target = targets.get(int(match["number"]))
        if target is None or target in named:
            return match.group()
        named.add(target)
        return f"[{match.group()}]({target})"

    def piece(match: re.Match) -> str:
        if match["section"]:
            named.clear()
        elif match["link"]:
            named.add(match["target"].split("#")[0])
        elif match["mention"]:
            # Of "chapter 7" both words are the link, of "chapters 7 and 8" the numbers are.
            return re.sub(r"(?:[Cc]hapter\s)?(?P<number>\d+)", number_or_link, match["mention"])
        return match.group()

    return [PIECE.sub(piece, source) for source in sources]


def refresh(notebook: NotebookNode, own: str, chapters: dict[int, str]) -> None:
    """Write the missing links into a chapter's Markdown cells, in place."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    sources = linked([cell.source for cell in cells], own, chapters)
    for cell, source in zip(cells, sources, strict=True):
        cell.source = source


def main(arguments: list[str]) -> int:
    """Run the command line; returns the exit status."""
    for path in notebooks.find(arguments):
        notebook = notebooks.read(path)
        refresh(notebook, path.resolve().relative_to(notebooks.ROOT).as_posix(), written())
        if notebooks.store(path, notebook):
            print(f"{notebooks.short(path)}: linked")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
