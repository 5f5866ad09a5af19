"""Rules: what a chapter has, and in which order."""

import ast
import re
from collections.abc import Iterator

from book import setup_cell
from book.rules import Chapter, Finding, Section, parse, rule

OUTCOMES = "What you will be able to do"
REMEMBER = "What to remember"
TROUBLE = "What goes wrong in practice"
RECALL = "Recall questions"
EXERCISES = "Exercises"
REFERENCES = "References"
CLOSING = (REMEMBER, TROUBLE, RECALL, EXERCISES, REFERENCES)
LEVELS = {"◦": "warm-up", "•": "core", "★": "stretch"}
CLAIMS = 8  # claim(...) and same(...) together


# ---------------------------------------------------------------------------- the head


@rule("title")
def title(chapter: Chapter) -> Iterator[Finding]:
    wanted = f"{chapter.number} · {chapter.title}"
    headings = [part for part in chapter.parts if part.kind == "heading" and part.level == 1]
    first = chapter.parts[0] if chapter.parts else None
    if first is None or first.kind != "heading" or first.text != wanted:
        yield 0, f"the chapter begins with `# {wanted}`, as guide/chapters.yml has it"
    for heading in headings[1:]:
        yield heading.cell, f"a chapter has one title; make `# {heading.text}` a `##`"


@rule("facts")
def facts(chapter: Chapter) -> Iterator[Finding]:
    wanted = {
        "the reading time (`60 min reading`)": r"(?i)\d+\s*min(utes)?\b.*read|read.*\d+\s*min",
        "the CPU time (`40 s on two CPU cores`)": r"\d+\s*(s|min)\b.*CPU|CPU.*\d+\s*(s|min)\b",
        "whether a GPU is needed (`no GPU needed`)": r"GPU",
        "what it builds on (`builds on …`)": r"(?i)builds on",
    }
    text = head(chapter)
    lines = [line for line in text.split("\n") if line.count("·") >= 3]
    if not lines:
        yield (
            0,
            "below the title stands one line: reading time · CPU time · GPU needed? · builds on",
        )
        return
    fields = [field.strip(" *_>") for field in lines[0].split("·")]
    for what, pattern in wanted.items():
        if not any(re.search(pattern, field) for field in fields):
            yield 0, f"the line below the title does not say {what}"


@rule("colab link")
def colab_link(chapter: Chapter) -> Iterator[Finding]:
    address = chapter.address
    wanted = setup_cell.colab_link(address.url, address.branch, chapter.inside)
    if f"[Open in Colab]({wanted})" not in head(chapter):
        yield 0, f"the head has the link [Open in Colab]({wanted})"


def head(chapter: Chapter) -> str:
    """Return the prose between the title and the first `##`."""
    texts = []
    for part in chapter.parts[1:]:
        if part.kind == "heading" and part.level == 2:
            break
        if part.kind == "prose":
            texts.append(part.text)
    return "\n".join(texts)


@rule("outcomes")
def outcomes(chapter: Chapter) -> Iterator[Finding]:
    sections = chapter.sections()
    if not sections or sections[0].title != OUTCOMES:
        yield 0, f"the first section is `## {OUTCOMES}`"
    else:
        yield from counted(sections[0], 3, 6, "outcomes, one a list item")


@rule("setup cell")
def setup(chapter: Chapter) -> Iterator[Finding]:
    wanted = setup_cell.source(chapter.address.url, chapter.version)
    if not chapter.code or chapter.code[0][1].source != wanted:
        index = chapter.code[0][0] if chapter.code else None
        yield index, "the first code cell is the book's setup cell: run `make address URL=…`"


@rule("start")
def start(chapter: Chapter) -> Iterator[Finding]:
    """After the setup cell come imports, a seed and the device."""
    beginning = "\n".join(cell.source for _, cell in chapter.code[1:3])
    index = chapter.code[1][0] if len(chapter.code) > 1 else None
    for what, pattern in {
        "imports": r"(?m)^(import|from) ",
        "a seed": r"seed",
        "the device": r"pick_device\(|device",
    }.items():
        if not re.search(pattern, beginning):
            yield index, f"the two cells after the setup cell have {what}"


# ---------------------------------------------------------------------------- the body


def body(chapter: Chapter) -> list[Section]:
    """Return the sections that teach: after the outcomes and the setup, before the closing ones."""
    names = {OUTCOMES, "Setup", *CLOSING}
    return [section for section in chapter.sections() if section.title not in names]


def calls(code: str, *names: str) -> int:
    """Return how often the functions `names` are called in a piece of notebook code."""
    tree = parse(code)
    if tree is None:
        return 0
    functions = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    called = [getattr(f, "id", getattr(f, "attr", None)) for f in functions]
    return sum(name in names for name in called)


@rule("question")
def question(chapter: Chapter) -> Iterator[Finding]:
    text = " ".join(source for _, source in chapter.prose)
    if not re.search(r"(?i)predict first", text):
        yield (
            None,
            "somewhere the reader commits to an answer: a note that begins **Predict first**",
        )


@rule("sections with claims")
def sections_with_claims(chapter: Chapter) -> Iterator[Finding]:
    teaching = body(chapter)[1:]  # the first one asks the chapter's question
    without = [section for section in teaching if not calls(section.code, "claim", "same")]
    for section in without:
        yield section.cell, f"`## {section.title}` ends with a claim(...) or a same(...)"
    if len(teaching) < 4:
        yield None, f"4 sections or more teach (after the question); here {len(teaching)}"


@rule("claims")
def claims(chapter: Chapter) -> Iterator[Finding]:
    number = sum(calls(cell.source, "claim", "same") for _, cell in chapter.code)
    if number < CLAIMS:
        yield None, f"{CLAIMS} calls of claim(...) or same(...) at least; here {number}"


# ---------------------------------------------------------------------------- the end


@rule("closing sections")
def closing(chapter: Chapter) -> Iterator[Finding]:
    titles = [section.title for section in chapter.sections()]
    missing = [title for title in CLOSING if title not in titles]
    for name in missing:
        yield None, f"the section `## {name}` is missing"
    if not missing and tuple(titles[-len(CLOSING) :]) != CLOSING:
        yield None, f"the chapter ends with the sections {', '.join(CLOSING)}, in this order"


@rule("what to remember")
def remember(chapter: Chapter) -> Iterator[Finding]:
    section = chapter.section(REMEMBER)
    if section:
        yield from counted(section, 4, 7, "lines to remember, one a list item")


@rule("what goes wrong")
def trouble(chapter: Chapter) -> Iterator[Finding]:
    section = chapter.section(TROUBLE)
    if section:
        yield from counted(section, 3, 5, "symptoms with their causes, as list items or table rows")


@rule("recall questions")
def recall(chapter: Chapter) -> Iterator[Finding]:
    section = chapter.section(RECALL)
    if section:
        number = section.prose.count("<details")
        if not 5 <= number <= 8:
            yield section.cell, f"5 to 8 questions with answers folded in <details>; here {number}"


def counted(section: Section, least: int, most: int, what: str) -> Iterator[Finding]:
    """Yield a finding when the section's list is too short or too long."""
    number = section.items()
    if not least <= number <= most:
        yield section.cell, f"`## {section.title}` has {least} to {most} {what}; here {number}"


@rule("exercises")
def exercises(chapter: Chapter) -> Iterator[Finding]:
    section = chapter.section(EXERCISES)
    if not section:
        return
    entries = chapter.sections(3, within=section)
    for entry in entries:
        if entry.title[:1] not in LEVELS:
            yield entry.cell, f"`### {entry.title}` begins with its level: ◦, • or ★"
        if not re.search(r"<summary>[^<]*[Ss]olution", entry.prose):
            yield entry.cell, f"`### {entry.title}` has a folded solution (<summary>Solution …)"
    for sign, name in LEVELS.items():
        if not any(entry.title.startswith(sign) for entry in entries):
            yield section.cell, f"one exercise at least is {sign} ({name})"
    checks = names_of_checks("\n".join(cell.source for _, cell in chapter.code))
    checked = [e for e in entries if any(re.search(rf"\b{n}\b", e.code) for n in checks)]
    if len(checked) < 3:
        yield (
            section.cell,
            f"3 exercises at least call a check of dlcv.exercises; here {len(checked)}",
        )


def names_of_checks(code: str) -> set[str]:
    """Return the names under which the chapter imports from `dlcv.exercises`."""
    names = set()
    pattern = r"(?m)^\s*from (dlcv|dlcv\.exercises[\w.]*) import ([^\n]+)"
    for module, imported in re.findall(pattern, code):
        for item in imported.strip("() ").split(","):
            name, _, alias = item.strip().partition(" as ")
            if module != "dlcv" or name == "exercises":
                names.add((alias or name).strip())
    names.update(re.findall(r"(?m)^\s*import dlcv\.exercises[\w.]* as (\w+)", code))
    return names - {""}


@rule("references")
def references(chapter: Chapter) -> Iterator[Finding]:
    section = chapter.section(REFERENCES)
    if section and not re.search(r"\]\(https://(doi\.org|arxiv\.org)/", section.prose):
        yield (
            section.cell,
            "the references are linked by DOI (https://doi.org/…) or arXiv identifier",
        )
