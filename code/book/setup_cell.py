"""The setup cell, the same in every chapter, and a chapter's *Open in Colab* link.

Both are made here from the book's address (`_config.yml`) and the package's version
(`code/pyproject.toml`), so that neither is ever typed into a chapter by hand.
"""

import re
import tomllib
from pathlib import Path

from nbformat import NotebookNode

TEMPLATE = """\
# Setup: installs the book's package where it is missing (on Colab); elsewhere it does nothing.
import importlib.util

if importlib.util.find_spec("dlcv") is None:
    package = "git+{url}@v{version}#subdirectory=code"
    %pip install --quiet "dlcv @ {{package}}"
"""
FIRST_LINE = TEMPLATE.split("\n")[0]

COLAB = "https://colab.research.google.com/github"
COLAB_LINK = re.compile(re.escape(COLAB) + r"/[^\s)>\"'\]]*\.ipynb")


def source(url: str, version: str) -> str:
    """Return the setup cell's code for the book at `url` with the package at `version`."""
    return TEMPLATE.format(url=url, version=version).rstrip("\n")


def package_version(root: Path) -> str:
    """Return the package's version as `code/pyproject.toml` states it."""
    with open(root / "code" / "pyproject.toml", "rb") as file:
        return tomllib.load(file)["project"]["version"]


def colab_link(url: str, branch: str, path: str) -> str:
    """Return the address that opens the notebook at `path` (from the book's folder) in Colab."""
    repository = url.removeprefix("https://github.com/")
    return f"{COLAB}/{repository}/blob/{branch}/{path}"


def refresh(notebook: NotebookNode, path: str, url: str, branch: str, version: str) -> None:
    """Write the setup cell and the Colab link of a chapter anew, in place.

    A cell is the setup cell when its first line is the template's, or when it looks for `dlcv`.
    """
    for cell in notebook.cells:
        if cell.cell_type == "code" and is_setup(cell.source):
            cell.source = source(url, version)
        elif cell.cell_type == "markdown":
            cell.source = COLAB_LINK.sub(
                lambda match: relinked(match.group(), url, branch, path), cell.source
            )


def is_setup(code: str) -> bool:
    """Tell whether a cell's code is a setup cell, of this version or an older one."""
    return code.startswith(FIRST_LINE) or 'find_spec("dlcv")' in code


def relinked(link: str, url: str, branch: str, path: str) -> str:
    """Return a Colab link under the book's address: to the same chapter it pointed to."""
    inside = re.search(r"/blob/[^/]+/(chapters/.*\.ipynb)$", link)
    return colab_link(url, branch, inside.group(1) if inside else path)
