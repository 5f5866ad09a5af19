"""The book's tests share one build of the site, one server and one browser."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(os.environ.get("BOOK_ROOT", Path(__file__).parents[2]))
sys.path.insert(0, str(ROOT / "code"))  # the book's tooling is no installed package


def build_site(source: Path, out: Path, *, blocked: tuple[str, ...] = ()) -> tuple[int, str, Path]:
    """Build the site from scratch, warnings being errors.

    Modules named in `blocked` cannot be imported while it is built. Returns the exit status, the
    log, and the folder of the pages.
    """
    out.mkdir(parents=True, exist_ok=True)
    traps = out / "blocked"
    traps.mkdir()
    for name in blocked:
        (traps / f"{name}.py").write_text(f"raise ImportError('the site must not need {name}')\n")
    command = [Path(sys.executable).with_name("jupyter-book"), "build", source]
    done = subprocess.run(
        [*command, "--path-output", out, "-W", "--keep-going", "-n", "--all"],
        env={**os.environ, "PYTHONPATH": str(traps), "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout, out / "_build" / "html"


@pytest.fixture(scope="session")
def build(tmp_path_factory, worker_id) -> tuple[int, str, Path]:
    """The site, built once, also when several pytest workers ask for it."""
    base = tmp_path_factory.getbasetemp()
    out = (base if worker_id == "master" else base.parent) / "site"
    result = out / "result.txt"
    with FileLock(f"{out}.lock"):
        if not result.exists():
            status, log, _ = build_site(ROOT, out, blocked=("torch", "dlcv"))
            result.write_text(f"{status}\n{log}", encoding="utf-8")
    status, log = result.read_text(encoding="utf-8").split("\n", 1)
    return int(status), log, out / "_build" / "html"


@pytest.fixture(scope="session")
def site(build) -> Path:
    """The folder of the built pages."""
    _, log, folder = build
    if not (folder / "index.html").exists():
        pytest.fail(f"the site was not built:\n{log[-3000:]}", pytrace=False)
    return folder


@pytest.fixture(scope="session")
def pages(site) -> list[str]:
    """Every page of the site, as a path below its folder; `index.html` is the start page again."""
    found = sorted(str(file.relative_to(site).as_posix()) for file in site.rglob("*.html"))
    found = [page for page in found if page != "index.html" and not page.startswith("_")]
    assert len(found) >= 8, f"too few pages to be the whole site: {found}"
    return found


@pytest.fixture(scope="session")
def chapters(site) -> list[str]:
    """The pages among them that are chapters: those made from a notebook."""
    notebooks = (site / "_sources" / "chapters").rglob("*.ipynb")
    found = [file.relative_to(site / "_sources").with_suffix(".html") for file in notebooks]
    return sorted(file.as_posix() for file in found)
