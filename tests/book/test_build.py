"""The site builds without a warning, without torch, and says what is wrong when something is."""

import re
import shutil

import pytest
from bs4 import BeautifulSoup
from site_build import ROOT, build_site
from sphinxcontrib.katex import katex_version

from book.pages import pages_address

FLAWED = r"""# A page with flaws

{chapter}`99`

$\frobnicate{x}$

![](assets/logo.svg)

[a page that is not there](missing.md)

{doc}`another one <nowhere>`

```{dlcv-module} dlcv.nothing
```
"""


def test_the_site_builds_without_a_warning_and_without_torch(build):
    status, log, _ = build
    warnings = [line for line in log.splitlines() if "WARNING" in line or "ERROR" in line]
    assert not warnings, "\n".join(warnings)
    assert status == 0, log[-3000:]


@pytest.fixture(scope="module")
def flawed_log(tmp_path_factory):
    """The log of building a book of one page, on which everything that can be wrong is wrong."""
    source = tmp_path_factory.mktemp("flawed")
    for folder in ("code/book", "code/dlcv", "assets"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, source / folder, ignore=ignore)
    (source / "guide").mkdir()
    for file in ("_config.yml", "guide/chapters.yml"):
        shutil.copy(ROOT / file, source / file)
    (source / "_toc.yml").write_text("format: jb-book\nroot: intro\n")
    (source / "intro.md").write_text(FLAWED)
    status, log, _ = build_site(source, source / "out")
    assert status != 0, "a page full of flaws was built as if nothing were wrong"
    return log


@pytest.mark.parametrize(
    "warning",
    [
        "no chapter '99'",
        "Undefined control sequence: \\frobnicate",
        "without alt text",
        "missing.md",
        "nowhere",
        "no module 'dlcv.nothing'",
    ],
)
def test_a_flaw_on_a_page_stops_the_build_and_is_named(flawed_log, warning):
    assert any(warning in line for line in flawed_log.splitlines() if "WARNING" in line), flawed_log


def test_every_page_describes_itself_in_a_sentence_of_its_own(site, pages):
    seen = {}
    for page in pages:
        head = (site / page).read_text(encoding="utf-8").split("</head>")[0]
        soup = BeautifulSoup(head, "html.parser")
        description = soup.find("meta", {"name": "description"})["content"]
        assert 40 <= len(description) <= 200, f"{page}: {description!r}"
        assert description not in seen, f"{page} and {seen.get(description)}: {description!r}"
        seen[description] = page
        assert soup.title.string.strip() and soup.html["lang"] == "en", page


def test_formulas_are_set_before_the_page_is_sent(site, chapters):
    for page in chapters:
        html = (site / page).read_text(encoding="utf-8")
        assert 'class="katex"' in html and "<math" in html, f"{page}: no formula was set"
        scripts = re.findall(r"<script[^>]*src=[^>]*>", html)
        assert not [s for s in scripts if re.search("mathjax|katex", s, re.IGNORECASE)], page


def test_the_style_sheet_of_the_formulas_has_the_version_of_the_script_that_sets_them():
    sheet = (ROOT / "assets/katex/katex.min.css").read_text(encoding="utf-8")
    assert f'content:"{katex_version}"' in sheet, f"assets/katex: take KaTeX {katex_version}'s"


@pytest.mark.parametrize(
    ("repository", "address"),
    [
        ("https://github.com/OWNER/learning-to-see", None),
        ("https://github.com/Ada/book", "https://ada.github.io/book/"),
        ("https://github.com/Ada/book/", "https://ada.github.io/book/"),
    ],
)
def test_the_pages_know_where_github_publishes_them(repository, address):
    assert pages_address(repository) == address


def test_the_reference_shows_what_the_package_exports(site):
    """A few names, written down by hand."""
    html = (site / "guide/reference.html").read_text(encoding="utf-8")
    for name in ("dlcv.checks.claim", "dlcv.checks.same", "dlcv.training.pick_device"):
        assert f'id="{name}"' in html, name


def test_a_short_name_is_a_link_when_the_chapter_is_written(site, chapters):
    html = (site / "guide/glossary.html").read_text(encoding="utf-8")
    entries = BeautifulSoup(html, "html.parser").select_one("main dl.glossary")
    # a space that does not break: the word and its number stay on one line
    named = set(re.findall(r"chapter\u00a0\d+", entries.get_text()))
    linked = {link.get_text() for link in entries.select("dd a")}
    numbers = [int(re.search(r"/(\d+)-[^/]*$", page)[1]) for page in chapters]
    written = {f"chapter\u00a0{number}" for number in numbers}
    assert linked and linked == named & written


def test_only_chapters_listed_in_the_contents_are_called_written(site, chapters):
    html = (site / "guide/syllabus.html").read_text(encoding="utf-8")
    html += (site / "intro.html").read_text(encoding="utf-8")
    soup = BeautifulSoup(html, "html.parser")
    linked = {
        link["href"].split("chapters/", 1)[1]
        for link in soup.select("main a.internal, main a.reference")
        if "chapters/" in link["href"] and link["href"].endswith(".html")
    }
    assert linked == {page.removeprefix("chapters/") for page in chapters}
    assert "in preparation" in html
