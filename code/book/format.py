"""The form of a chapter, held by rules that name chapter, cell and rule when one is broken.

    python -m book.format [PATH ...]     check chapters (all) and the guide's spelling

The rules stand in `rules_structure.py` (what a chapter has, in which order), `rules_cells.py`
(code cells and stored outputs) and `rules_prose.py` (what may stand in a Markdown cell).
"""

import argparse
import sys
from pathlib import Path

from book import notebooks, rules_cells, rules_prose, rules_structure
from book.rules import RULES, Chapter, Problem, check, load

__all__ = ["RULES", "Chapter", "Problem", "check", "load", "main"]
MODULES = (rules_structure, rules_cells, rules_prose)  # importing them registered their rules
ROOT = Path(__file__).resolve().parents[2]


def main(argv: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m book.format", description="A chapter's form")
    parser.add_argument("paths", nargs="*", help="paths, or chapter numbers such as 02")
    arguments = parser.parse_args(argv)
    paths = notebooks.find(arguments.paths)
    found = [str(problem) for path in paths for problem in check(load(path))]
    found += [] if arguments.paths else rules_prose.british_in_the_book(ROOT)
    print("\n".join(found) or f"{len(paths)} chapter(s) in form")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
