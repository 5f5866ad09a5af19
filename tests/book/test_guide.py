"""The pages around the chapters keep to the plan, to the sources, and to what the code does."""

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SITE_PAGES = [ROOT / "intro.md", *sorted((ROOT / "guide").glob("*.md"))]
REPOSITORY_PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "LICENSE-CC-BY-4.0.md"]
ROLE = re.compile(r"\{chapter\}`(\d+)`")

# Where a work without DOI, arXiv identifier or ISBN may be linked: its publisher, society,
# university or author.
LASTING_HOSTS = (
    "ai.stanford.edu",
    "apps.dtic.mil",
    "inria.hal.science",
    "jmlr.org",
    "kellerjordan.github.io",
    "proceedings.mlr.press",
    "proceedings.neurips.cc",
    "vis-www.cs.umass.edu",
    "www.cs.toronto.edu",
    "www.ijcai.org",
)


def chapters() -> dict[int, str]:
    """Number → title of every chapter in the plan."""
    plan = yaml.safe_load((ROOT / "guide/chapters.yml").read_text(encoding="utf-8"))
    return {c["number"]: c["title"] for part in plan for c in part["chapters"]}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """The part of a page under one second-level heading."""
    return text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


# --------------------------------------------------------------------------------- chapters


def test_the_course_places_every_chapter_once():
    course = section(read("guide/syllabus.md"), "A course of thirteen weeks")
    placed = [
        int(number)
        for line in course.splitlines()
        if line.startswith(("- **Core:**", "- **Optional:**"))
        for number in ROLE.findall(line)
    ]
    assert sorted(placed) == sorted(chapters())


def test_every_week_of_a_course_has_its_core_outcomes_and_lab():
    text = read("guide/syllabus.md")
    for heading, count in [("A course of thirteen weeks", 13), ("A module of four weeks", 4)]:
        weeks = section(text, heading).split("\n### ")[1:]
        assert len(weeks) == count, heading
        for week in weeks:
            assert "- **Core:**" in week and "- **Lab:**" in week, week.splitlines()[0]


@pytest.mark.parametrize("page", SITE_PAGES, ids=lambda page: page.stem)
def test_a_page_names_chapters_by_role_only(page):
    text = page.read_text(encoding="utf-8")
    assert {int(number) for number in ROLE.findall(text)} <= set(chapters())
    by_hand = re.findall(r"\b[Cc]hapters? \d+", text)
    for number, title in chapters().items():
        by_hand += re.findall(rf"\b0?{number} ?[·.:–-] ?{re.escape(title)}", text, re.IGNORECASE)
        # A shorter title may be ordinary words of the text; the bibliography has papers' titles.
        if len(title.split()) > 2 and page.stem != "bibliography":
            by_hand += re.findall(re.escape(title), text, re.IGNORECASE)
    assert not by_hand


# --------------------------------------------------------------------------------- glossary


def glossary() -> list[tuple[str, str]]:
    """(term, definition) in the page's order."""
    body = read("guide/glossary.md").split("```{glossary}\n", 1)[1].split("\n```", 1)[0]
    entries = [entry.split("\n", 1) for entry in body.split("\n\n")]
    return [(term.strip(), definition.strip()) for term, definition in entries]


def test_the_terms_of_the_glossary_are_sorted_and_unique():
    terms = [term.casefold() for term, _ in glossary()]
    assert len(terms) >= 60
    assert terms == sorted(set(terms))


def test_every_term_names_the_chapter_that_introduces_it():
    for term, definition in glossary():
        assert re.search(r"\(\{chapter-short\}`\d+`(; \{chapter-short\}`\d+`)*\)$", definition), (
            term
        )
        assert len(re.findall(r"[.?!](?= )", definition)) <= 4, f"{term}: too long"


# ----------------------------------------------------------------------------- bibliography


def bibliography() -> list[tuple[str, str]]:
    """(anchor, entry) in the page's order."""
    return re.findall(r"^\(([\w-]+)\)=\n(.+)$", read("guide/bibliography.md"), re.MULTILINE)


def test_an_entry_of_the_bibliography_has_an_anchor_of_its_own():
    anchors = [anchor for anchor, _ in bibliography()]
    assert anchors and len(anchors) == len(set(anchors))
    paragraphs = "\n".join(read("guide/bibliography.md").split("\n## ")[1:]).split("\n\n")
    without = [p for p in paragraphs if re.search(r"\(\d{4}\)\. ", p) and not p.startswith("(")]
    assert not without


def dois_and_arxiv(text: str) -> set[str]:
    """The DOIs and arXiv identifiers linked in a text, in one spelling."""
    identifiers = set()
    for url in re.findall(r"https?://(?:dx\.)?(?:doi|arxiv)\.org/[^\s<>\"'`]+", text):
        while url.endswith((".", ",", ";", "]")) or url.count(")") > url.count("("):
            url = url[:-1]
        path = re.sub(r"^https?://(dx\.)?", "", url).lower()
        identifiers.add(re.sub(r"^arxiv\.org/(abs|pdf|html)/([\d.]+).*", r"arxiv.org/\2", path))
    return identifiers


def isbn_is_valid(isbn: str) -> bool:
    digits = [int(d) for d in isbn if d.isdigit()]
    return len(digits) == 13 and sum(d * (1, 3)[i % 2] for i, d in enumerate(digits)) % 10 == 0


@pytest.mark.parametrize(("anchor", "entry"), bibliography())
def test_an_entry_has_a_year_and_a_lasting_link(anchor, entry):
    assert re.match(r"\S.* \((1[89]|20)\d\d\)\. \S", entry)
    links = re.findall(r"\[([^\]]+)\]\((https?://\S+?)\)(?=[,. ]|$)", entry)
    isbn = re.search(r"ISBN ([\d-]+)", entry)
    lasting = [
        url
        for label, url in links
        if label == f"doi:{url.removeprefix('https://doi.org/')}"
        or label == f"arXiv:{url.removeprefix('https://arxiv.org/abs/')}"
        or url.split("/")[2] in LASTING_HOSTS
    ]
    assert lasting or (isbn and isbn_is_valid(isbn[1])), f"{anchor}: no lasting link"


def test_the_entries_of_a_section_are_in_order_of_year():
    for part in read("guide/bibliography.md").split("\n## ")[1:]:
        years = [int(year) for year in re.findall(r"^\S.*? \((\d{4})\)\. ", part, re.MULTILINE)]
        assert years and years == sorted(years), part.splitlines()[0]


def test_the_year_of_an_entry_fits_its_arxiv_identifier():
    books = section(read("guide/bibliography.md"), "Books")
    for anchor, entry in bibliography():
        arxiv = re.search(r"arxiv\.org/abs/(\d\d)(\d\d)\.\d{4,5}\)", entry)
        if not arxiv or f"({anchor})=" in books:
            continue
        assert 1 <= int(arxiv[2]) <= 12, anchor
        delay = int(re.search(r" \((\d{4})\)\. ", entry)[1]) - 2000 - int(arxiv[1])
        assert delay == 0 or (delay == 1 and "*" in entry), f"{anchor}: {delay} years later"


def test_what_a_chapter_cites_stands_in_the_bibliography():
    notebooks = sorted((ROOT / "chapters").glob("*/*.ipynb"))
    if not notebooks:
        pytest.skip("needs a chapter in chapters/")
    known = dois_and_arxiv(read("guide/bibliography.md"))
    for notebook in notebooks:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
        cited = dois_and_arxiv(text)
        assert cited, f"{notebook.name} links no DOI and no arXiv identifier"
        assert not cited - known, f"{notebook.name}: missing in guide/bibliography.md"


# ------------------------------------------------------------------- README, citation, usage


def test_the_citation_agrees_with_the_book_and_the_package():
    citation = yaml.safe_load(read("CITATION.cff"))
    assert citation["cff-version"] == "1.2.0"
    assert citation["title"] and citation["message"] and citation["authors"]
    assert citation["license"] == ["BSD-3-Clause", "CC-BY-4.0"]
    config = yaml.safe_load(read("_config.yml"))
    assert citation["repository-code"] == config["repository"]["url"]
    package = tomllib.loads(read("code/pyproject.toml"))["project"]
    assert str(citation["version"]) == package["version"]
    assert package["license"] in citation["license"]


@pytest.mark.parametrize("page", REPOSITORY_PAGES, ids=lambda page: page.name)
def test_a_relative_link_on_a_repository_page_leads_to_a_file(page):
    for target in re.findall(r"\]\((?!https?://|#)([^)#\s]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).is_file(), target


def test_every_make_command_is_documented_and_exists():
    targets = set(re.findall(r"^([a-z-]+):.*## ", read("Makefile"), re.MULTILINE))
    contributing = read("CONTRIBUTING.md")
    documented = contributing + read("README.md")
    for page in [
        "README.md",
        "CONTRIBUTING.md",
        "guide/how-to-use.md",
        "guide/syllabus.md",
        "intro.md",
    ]:
        named = set(re.findall(r"(?:`|^)make ([a-z][a-z-]*)", read(page), re.MULTILINE))
        assert named <= targets, page
    for target in targets:
        assert re.search(rf"make {target}\b(?!-)", documented), target


# ------------------------------------------------------------------- equations and symbols


def sources() -> dict[str, str]:
    """The text of every chapter, page of the guide and module of the package, by its path."""
    paths = [*ROOT.glob("chapters/*/*.ipynb"), *ROOT.glob("guide/*.md"), *ROOT.glob("code/**/*.py")]
    texts = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in paths}
    for name in texts:
        if name.endswith(".ipynb"):
            cells = json.loads(texts[name])["cells"]
            texts[name] = "\n".join("".join(cell["source"]) for cell in cells)
    return texts


def test_an_equation_has_its_chapters_number_and_no_other_has_it():
    for name, text in sources().items():
        tags = re.findall(r"\\tag\{([\d.]+)\}", text)
        assert len(set(tags)) == len(tags), name
        if tags:
            number = int(Path(name).stem[:2])
            assert all(tag.split(".")[0] == str(number) for tag in tags), name


def test_every_equation_that_is_named_exists():
    texts = sources()
    exist = {tag for text in texts.values() for tag in re.findall(r"\\tag\{([\d.]+)\}", text)}
    assert exist
    named = {
        (name, number)
        for name, text in texts.items()
        for number in re.findall(r"\(([1-9]\d?\.[1-9]\d?)\)", text)
    }
    assert not {(name, number) for name, number in named if number not in exist}


def test_a_letter_has_one_row_among_those_with_two_meanings():
    rows = section(read("guide/notation.md"), "Letters with two meanings")
    letters = re.findall(r"^\| (\$.+?) \|", rows, re.MULTILINE)
    assert letters and len(set(letters)) == len(letters)


def test_the_verdicts_of_the_guide_are_those_of_the_checks():
    from dlcv.exercises.base import exercise, require

    @exercise("Sum")
    def check(answer):
        require(answer(1, 2) == 3, "add the two.")

    verdicts = [
        repr(check(lambda a, b: None)),
        repr(check(lambda a, b: a + b)),
        repr(check(lambda a, b: a - b)),
        repr(check(lambda a, b: a + "b")),
    ]
    rows = re.findall(r"^\| ([○✓✗]) … (.+?) \|", read("guide/how-to-use.md"), re.MULTILINE)
    assert len(rows) == len(verdicts)
    for (mark, words), verdict in zip(rows, verdicts, strict=True):
        assert verdict.startswith(f"{mark} Sum: ") and words in verdict
