"""A chapter alone, on a machine like Colab's: the setup cell installs the package, nothing moves.

The environment has the versions Colab preinstalls (`constraints.txt`). The package comes from a
git repository made of this working tree: git is told to take the book's address from there
(`url.<path>.insteadOf`), so that the setup cell runs unchanged, before the book is published, too.

Slow, and needs a package index: `make test-colab`, not part of `make test`.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from book import address, notebooks, setup_cell

ROOT = Path(__file__).resolve().parents[2]
CONSTRAINTS = Path(__file__).with_name("constraints.txt")
ENVIRONMENT = ROOT / "_build" / "colab"  # kept between runs: making it takes minutes
PYTHON = os.environ.get("COLAB_PYTHON", "3.13")  # Colab's; a path will do, too
CHAPTERS = notebooks.find()
pytestmark = pytest.mark.timeout(3600)  # the first test installs two gigabytes

RUN = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
nbformat.write(notebook, sys.argv[1])
"""


def run(*command, **options):
    """Run a command; what it printed stands in the failure."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
    return done.stdout


def make_environment(folder: Path) -> None:
    """Make a virtual environment of Colab's versions with uv; with its Python if there is one."""
    shutil.rmtree(folder, ignore_errors=True)
    uv = [sys.executable, "-m", "uv"]
    find = [*uv, "python", "find", "--no-python-downloads", PYTHON]
    found = subprocess.run(find, capture_output=True)
    chosen = PYTHON if found.returncode == 0 else sys.executable
    if chosen != PYTHON:
        print(f"no Python {PYTHON} here: this one stands in for it ({sys.version.split()[0]})")
    run(*uv, "venv", "--seed", "--no-python-downloads", "--python", chosen, folder)
    run(*uv, "pip", "install", "--python", folder / "bin" / "python", "-r", CONSTRAINTS)


@pytest.fixture(scope="session")
def colab() -> Path:
    """Colab's Python: of an environment with the preinstalled versions and without the book's."""
    python = ENVIRONMENT / "bin" / "python"
    stamp = ENVIRONMENT / "constraints.sha256"
    wanted = hashlib.sha256(CONSTRAINTS.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        make_environment(ENVIRONMENT)
        stamp.write_text(wanted)
    return python


@pytest.fixture(scope="session")
def repository(tmp_path_factory) -> Path:
    """A bare git repository of this working tree, with the tag that the setup cell asks for."""
    tree = tmp_path_factory.mktemp("tree")
    for file in [*address.text_files(ROOT), *(ROOT / "code" / "dlcv").rglob("*.*")]:
        if file.is_file() and "__pycache__" not in file.parts:
            target = tree / file.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
    bare = tmp_path_factory.mktemp("bare") / "book.git"
    identity = [
        "-c",
        "user.name=test",
        "-c",
        "user.email=test@localhost",
        "-c",
        "commit.gpgsign=false",
    ]
    run("git", "init", "--quiet", "--initial-branch=main", tree)
    run("git", "-C", tree, "add", "--all")
    run("git", "-C", tree, *identity, "commit", "--quiet", "--message=the working tree")
    run("git", "-C", tree, "tag", f"v{setup_cell.package_version(ROOT)}")
    run("git", "clone", "--quiet", "--bare", tree, bare)
    run("git", "-C", bare, "config", "uploadpack.allowFilter", "true")
    return bare


@pytest.fixture
def machine(colab, repository, tmp_path):
    """The environment variables of a machine that knows the book only by its address."""
    run(sys.executable, "-m", "uv", "pip", "uninstall", "--python", colab, "dlcv")
    variables = {
        k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "DLCV", "VIRTUAL"))
    }
    return variables | {
        "PATH": f"{colab.parent}{os.pathsep}{os.environ['PATH']}",
        "DLCV_OFFLINE": "1",
        "DLCV_DATA": str(tmp_path / "data"),
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "JUPYTER_CONFIG_DIR": str(tmp_path / "jupyter"),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{repository}.insteadOf",
        "GIT_CONFIG_VALUE_0": address.read(ROOT).url,
    }


def installed(python: Path) -> dict[str, str]:
    """Return the versions of all packages of an environment."""
    listed = run(sys.executable, "-m", "uv", "pip", "list", "--python", python, "--format", "json")
    return {package["name"]: package["version"] for package in json.loads(listed)}


def run_alone(notebook: Path, folder: Path, colab: Path, machine: dict[str, str]) -> None:
    """Run a notebook in an empty folder; what was installed before must not have moved."""
    folder.mkdir()
    shutil.copyfile(notebook, folder / notebook.name)
    before = installed(colab)
    assert "dlcv" not in before
    run(colab, "-c", RUN, folder / notebook.name, cwd=folder, env=machine)
    after = installed(colab)
    assert after["dlcv"] == setup_cell.package_version(ROOT)
    moved = {name: (old, after.get(name)) for name, old in before.items() if after.get(name) != old}
    assert not moved, f"the setup cell moved what Colab brings: {moved}"
    print(f"added beside dlcv: {sorted(set(after) - set(before) - {'dlcv'}) or 'nothing'}")


def test_the_setup_cell_installs_the_package_and_moves_nothing(colab, machine, tmp_path):
    setup = setup_cell.source(address.read(ROOT).url, setup_cell.package_version(ROOT))
    use = (
        "import dlcv.checks\ndlcv.checks.claim('it works', True)\nassert '_build' in dlcv.__file__"
    )
    cells = [new_code_cell(setup), new_code_cell(use), new_code_cell(setup)]
    path = tmp_path / "tiny.ipynb"
    notebooks.write(path, new_notebook(cells=cells))
    run_alone(path, tmp_path / "empty", colab, machine)


def test_the_environment_has_colabs_versions(colab):
    lines = [line for line in CONSTRAINTS.read_text().splitlines() if "==" in line]
    have = installed(colab)
    for line in lines:
        name, version = line.split("==")
        assert have[name.lower().replace("_", "-")].split("+")[0] == version


@pytest.mark.parametrize("chapter", CHAPTERS, ids=[path.stem for path in CHAPTERS])
def test_a_chapter_copied_alone_runs_as_on_colab(chapter, colab, machine, tmp_path):
    run_alone(chapter, tmp_path / "empty", colab, machine)
