"""The book's tests share one build of the site, one server and one browser."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from filelock import FileLock
from site_build import ROOT, build_site

NO_OTHER_HOST = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
# What a page may say: frames that it shows, and Chromium's advice on how tests read a canvas.
HARMLESS = ("data:image/webp", "Canvas2D: Multiple readback")


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


@pytest.fixture(scope="module")
def browser():
    """A Chromium that reaches no other host."""
    reason = "needs: pip install playwright"
    playwright_api = pytest.importorskip("playwright.sync_api", reason=reason)
    from book.browser import MISSING, find_chromium, launch

    with playwright_api.sync_playwright() as playwright:
        if find_chromium(playwright) is None:
            pytest.skip(MISSING)
        browser = launch(playwright, NO_OTHER_HOST)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def tab(browser):
    """One tab for all bare pages of a module: opening one takes longer than most of their tests."""
    context = browser.new_context(has_touch=True)
    context.set_default_timeout(5000)
    page, noted = context.new_page(), []
    page.on("pageerror", lambda error: noted.append(str(error)))
    page.on("console", lambda message: noted.append(message.text))
    page.on("request", lambda request: noted.append(request.url))
    yield SimpleNamespace(page=page, noted=noted)
    context.close()


@pytest.fixture
def page(tab):
    """An empty page; the test fails if a script failed there or anything was requested."""
    tab.page.goto("about:blank")
    tab.page.set_viewport_size({"width": 800, "height": 900})
    tab.page.emulate_media(media="screen", color_scheme="light", reduced_motion="no-preference")
    tab.noted.clear()
    yield tab.page
    assert [note for note in tab.noted if not note.startswith(HARMLESS)] == []
