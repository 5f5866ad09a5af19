"""Where the book lives. The address stands in one place, `_config.yml`; this stamps it elsewhere.

    python -m book.address                                   print the address
    python -m book.address https://github.com/owner/name     move the book there
    python -m book.address --check                           name stray copies of another address

Stamping replaces the old address, in its three spellings, in every text file of the book:
the repository (github.com/owner/name), the notebook viewers (…/github/owner/name) and the
site (the owner's GitHub Pages). Then it writes each chapter's setup cell and Colab link anew.
"""

import argparse
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

from book import notebooks, setup_cell

ROOT = Path(__file__).resolve().parents[2]
FORM = re.compile(r"https://github\.com/([A-Za-z0-9][A-Za-z0-9-]{0,38})/([A-Za-z0-9._-]{1,100})")
PLACEHOLDER = "OWN" + "ER"  # in two pieces: this file is searched for it, too
FORK = "you"  # whose copy of the book the guide for contributors clones
TEXT = {".cff", ".cfg", ".css", ".html", ".in", ".ini", ".ipynb", ".js", ".md", ".py", ".toml"}
TEXT |= {".txt", ".xml", ".yaml", ".yml", ".json", ""}
SKIPPED_FOLDERS = {".git", ".venv", "_build", "__pycache__", "node_modules", ".ipynb_checkpoints"}


@dataclass(frozen=True)
class Address:
    """The repository `owner/name` on GitHub, and its branch."""

    owner: str
    name: str
    branch: str = "main"

    @property
    def url(self) -> str:
        """The repository's page, which is also what git clones."""
        return f"https://github.com/{self.owner}/{self.name}"

    @property
    def site(self) -> str:
        """The book's page on GitHub Pages, without a slash at the end."""
        return f"https://{self.owner.lower()}.github.io/{self.name}"


def parse(url: str, branch: str = "main") -> Address:
    """Return the address that `url` spells.

    Raises:
        ValueError: the URL is not of the form https://github.com/owner/name.
    """
    match = FORM.fullmatch(url.strip())
    if not match or match[2].endswith(".git") or match[2] in {".", ".."}:
        raise ValueError(f"the address must look like https://github.com/owner/name, not {url!r}")
    return Address(match[1], match[2], branch)


def read(root: Path = ROOT) -> Address:
    """Return the book's address from `_config.yml`."""
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    repository = config["repository"]
    return parse(repository["url"], repository.get("branch", "main"))


def text_files(root: Path) -> list[Path]:
    """Return the book's own text files: git's where there is a repository, else the tree's."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        text=True,
    )
    if (root / ".git").exists() and listed.returncode == 0:
        files = [root / name for name in listed.stdout.split("\0") if name]
    else:
        inside = [(p, p.relative_to(root).parts) for p in root.rglob("*")]
        files = [path for path, parts in inside if not SKIPPED_FOLDERS & set(parts)]
    return sorted(p for p in files if p.is_file() and p.suffix in TEXT)


def spellings(address: Address) -> list[str]:
    """Return every way the book's files write the address, without `https://`."""
    repository = f"{address.owner}/{address.name}"
    return [
        f"github.com/{repository}",
        f"/github/{repository}",
        f"github.com/{FORK}/{address.name}",
        f"{address.owner}.github.io/{address.name}",
        f"{address.owner.lower()}.github.io/{address.name}",
        f"cd {address.name}",  # after `git clone`, in the README
    ]


def stamp(root: Path, new: Address) -> list[Path]:
    """Write the address `new` wherever the old one stands; return the files that changed."""
    old = read(root)
    pairs = [
        (re.compile(re.escape(before) + r"(?![\w-])"), after)
        for before, after in zip(spellings(old), spellings(new), strict=True)
    ]
    changed = []
    for path in text_files(root):
        text = path.read_text(encoding="utf-8")
        stamped = text
        for before, after in pairs:
            stamped = before.sub(after, stamped)
        if stamped != text:
            path.write_text(stamped, encoding="utf-8")
            changed.append(path)
    return sorted({*changed, *refresh_chapters(root, new)})


def refresh_chapters(root: Path, address: Address) -> list[Path]:
    """Write every chapter's setup cell and Colab link anew; return the files that changed."""
    version = setup_cell.package_version(root)
    changed = []
    for path in notebooks.find(root=root):
        notebook = notebooks.read(path)
        inside = path.relative_to(root).as_posix()
        setup_cell.refresh(notebook, inside, address.url, address.branch, version)
        if notebooks.store(path, notebook):
            changed.append(path)
    return changed


def stray_copies(root: Path = ROOT) -> list[str]:
    """Return `file:line: text` for each address of this book that is not the one in `_config.yml`.

    A stray copy is the book's name below another owner, or the placeholder once it was replaced.
    """
    address = read(root)
    owner, name = re.escape(address.owner), re.escape(address.name)
    wrong = [
        rf"github(?:\.com)?/(?!(?:{owner}|{FORK})/)[\w-]+/{name}\b",
        rf"//(?!{owner.lower()}\.)[\w-]+\.github\.io/{name}\b",
    ]
    if address.owner != PLACEHOLDER:
        wrong.append(rf"\b{PLACEHOLDER}/")
    stray = re.compile("|".join(wrong))
    found = []
    for path in text_files(root):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            match = stray.search(line)
            if match:
                found.append(f"{path.relative_to(root)}:{number}: {match.group()}")
    return found


def main(argv: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m book.address", description="The book's address"
    )
    parser.add_argument("url", nargs="?", help="https://github.com/owner/name")
    parser.add_argument("--check", action="store_true", help="name stray copies")
    arguments = parser.parse_args(argv)
    if arguments.check:
        strays = stray_copies()
        print("\n".join(strays) or f"{read().url}: no stray copy")
        return 1 if strays else 0
    if arguments.url is None:
        print(read().url)
        return 0
    try:
        new = parse(arguments.url, read().branch)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    for path in stamp(ROOT, new):
        print(f"stamped {path.relative_to(ROOT)}")
    print(f"the book's address: {new.url}, its site: {new.site}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
