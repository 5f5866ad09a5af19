"""The book's tests share one build of the site, one server and one browser."""

import os
from pathlib import Path

import pytest
from filelock import FileLock
from site_build import ROOT, build_site


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
def site(request) -> Path:
    """The folder of the built pages; BOOK_SITE=_build/html takes one that is built already."""
    if "BOOK_SITE" in os.environ:
        return Path(os.environ["BOOK_SITE"])
    _, log, folder = request.getfixturevalue("build")
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
