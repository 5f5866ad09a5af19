"""Every chapter has the book's form; and every rule of that form catches what it speaks of."""

import base64
from collections.abc import Callable

import pytest
import sample
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from book import format as book_format
from book import notebooks, rules_prose
from book.rules_cells import lines

CHAPTERS = notebooks.find()


@pytest.mark.parametrize("path", CHAPTERS, ids=[path.stem for path in CHAPTERS])
def test_a_chapter_has_the_form_of_the_book(path):
    problems = book_format.check(book_format.load(path))
    assert not problems, "\n" + "\n".join(map(str, problems))


def test_there_is_a_chapter():
    assert CHAPTERS


def test_the_pages_and_docstrings_are_spelled_the_american_way():
    found = rules_prose.british_in_the_book(sample.ROOT)
    assert not found, "\n" + "\n".join(found)


# ---------------------------------------------------------------------------- the rules' own tests

Cells = list[NotebookNode]
Breaker = Callable[[Cells], object]


def test_the_sample_breaks_no_rule(tmp_path):
    problems = book_format.check(book_format.load(sample.make(tmp_path), tmp_path))
    assert not problems, "\n" + "\n".join(map(str, problems))


def find(cells: Cells, text: str) -> NotebookNode:
    """Return the first cell that contains `text`."""
    return next(cell for cell in cells if text in cell.source)


def replace(before: str, after: str) -> Breaker:
    """Return a breaker that replaces a text where it first stands."""

    def breaker(cells: Cells) -> None:
        cell = find(cells, before)
        cell.source = cell.source.replace(before, after, 1)

    return breaker


def append(text: str) -> Breaker:
    """Return a breaker that adds a text to the first teaching section's prose."""
    return lambda cells: find(cells, "## Section 1").update(
        source=find(cells, "## Section 1").source + "\n" + text
    )


def drop(text: str) -> Breaker:
    """Return a breaker that deletes the first cell that contains `text`."""
    return lambda cells: cells.remove(find(cells, text))


def first_figure(**changed: object) -> Breaker:
    """Return a breaker that replaces the first figure."""
    return lambda cells: find(cells, "score = 1").update(outputs=[sample.picture(**changed)])


def output(*outputs: NotebookNode) -> Breaker:
    """Return a breaker that replaces the first figure by other outputs."""
    return lambda cells: find(cells, "score = 1").update(outputs=list(outputs))


def add_code(code: str) -> Breaker:
    """Return a breaker that adds a code cell to the last teaching section."""
    return lambda cells: cells.insert(cells.index(find(cells, "What to rem")), new_code_cell(code))


LONG = "\n".join(["x = 1"] * 31)
TWO_ROWS = "| loss is 0 | rate is 0 |\n| loss is 1 | rate is 1 |\n"
TWO_ANSWERS = "\n".join(sample.ANSWER.format(number=number) for number in (1, 2))
FOREIGN = "![A picture of a cat on a mat](https://example.org/cat.png)"
LOUD = new_output("stream", name="stderr", text="UserWarning: deprecated")
FAILED = new_output("error", ename="ValueError", evalue="no", traceback=[])
OBJECT = new_output("execute_result", data={"text/plain": "<Axes object at 0x7f00aa>"})
HEAVY = base64.b64encode(bytes(160_000)).decode()
WIDGET = new_output("display_data", data={"text/html": "x" * 600_000})

BREACHES: dict[str, tuple[str, Breaker]] = {
    "another title": ("title", replace("# 2 · Linear classifiers", "# Linear classifiers")),
    "a second title": ("title", append("# Another title")),
    "no line of facts": ("facts", replace("5 min reading · 40 s", "40 s")),
    "no CPU time": ("facts", replace("40 s on two CPU cores", "short")),
    "no word on what it builds on": ("facts", replace("builds on", "after")),
    "a Colab link to another chapter": (
        "colab link",
        replace("02-linear-classifiers.ipynb", "01-images.ipynb"),
    ),
    "no outcomes": ("outcomes", replace("## What you will be able to do", "## Goals")),
    "two outcomes": ("outcomes", replace("- Say what a score is.\n", "")),
    "a setup cell of its own": ("setup cell", replace("--quiet", "--upgrade")),
    "no setup cell": ("setup cell", drop("find_spec")),
    "no seed": ("start", replace("torch.manual_seed(0)\n", "")),
    "nothing to predict": ("question", replace("Predict first", "Note")),
    "a section without a claim": ("sections with claims", drop("claim('the score is 3'")),
    "a claim in a comment": (
        "sections with claims",
        replace("claim('the score is 3'", "# claim('"),
    ),
    "seven claims": ("claims", drop("claim('the score is 8'")),
    "no references": ("closing sections", drop("## References")),
    "closing sections out of order": (
        "closing sections",
        lambda cells: cells.append(cells.pop(cells.index(find(cells, "## Recall")))),
    ),
    "eight lines to remember": ("what to remember", replace("- Line 0", "- a\n- b\n- c\n- Line 0")),
    "two symptoms": ("what goes wrong", replace(TWO_ROWS, "")),
    "four questions": ("recall questions", replace(TWO_ANSWERS, "")),
    "an exercise without a level": ("exercises", replace("### • Gradient", "### Gradient")),
    "an exercise without a solution": ("exercises", replace("<summary>Solution", "<summary>Hint")),
    "an exercise that nothing checks": ("exercises", replace("\nlinear.softmax(softmax)", "")),
    "references without links": ("references", replace("https://doi.org/", "https://example.org/")),
    "too few cells": (
        "number of code cells",
        lambda cells: [cells.remove(find(cells, "score = ")) for _ in range(8)],
    ),
    "a long cell": ("lines of code", add_code(LONG)),
    "much code": ("lines of code", lambda cells: [add_code(LONG[:-6])(cells) for _ in range(8)]),
    "an empty cell": ("empty cell", add_code("  ")),
    "an error stored": ("normal form", output(FAILED)),
    "a warning stored": ("normal form", output(LOUD)),
    "a memory address stored": ("normal form", output(OBJECT)),
    "no alt text": ("alt text", first_figure(alt="")),
    "a file name for alt text": ("alt text", first_figure(alt="figure_with_a_long_name_1.png")),
    "a heavy figure": ("weight", first_figure(data=HEAVY)),
    "a heavy widget": ("weight", output(WIDGET)),
    "a role": ("no MyST", append("See {doc}`02-linear-classifiers`.")),
    "a directive": ("no MyST", append("```{note}\nBeware.\n```")),
    "a colon fence": ("no MyST", append("\n:::{note}\nBeware.\n:::")),
    "a label": ("no MyST", append("\n(here)=\n")),
    "a span of HTML": ("HTML", append('A <span style="color:red">red</span> word.')),
    "an image in HTML": ("HTML", append('\n<img src="x.png">\n')),
    "details without a blank line": ("details", replace("</summary>\n\n", "</summary>\n")),
    "details that stay open": ("details", replace("</details>", "")),
    "an image from elsewhere": ("images and links", append(FOREIGN)),
    "an image without alt text": ("images and links", append("![](../../_config.yml)")),
    "a dead link": ("images and links", append("See [chapter 01](01-images.ipynb).")),
    "a chapter without a link": ("cross-references", append("More of it in chapter 1.")),
    "another reading time": ("reading time", replace("5 min reading", "80 min reading")),
    "little prose": (
        "prose to code",
        lambda cells: [add_code("x = 1\n" * 29)(cells) for _ in range(5)],
    ),
    "British spelling": ("American spelling", append("The colour is normalised.")),
}


@pytest.mark.parametrize("breach", BREACHES)
def test_a_chapter_broken_in_one_way_is_caught_by_the_rule_for_it(breach, tmp_path):
    rule, breaker = BREACHES[breach]
    path = sample.make(tmp_path)
    cells = sample.cells(tmp_path)
    breaker(cells)
    sample.store(path, cells)
    broken = {problem.rule for problem in book_format.check(book_format.load(path, tmp_path))}
    assert rule in broken


def test_every_rule_has_a_breach_that_it_catches():
    assert set(book_format.RULES) == {rule for rule, _ in BREACHES.values()}


def test_a_failure_names_chapter_cell_and_rule(tmp_path):
    path = sample.make(tmp_path)
    cells = sample.cells(tmp_path)
    append("The colour.")(cells)
    sample.store(path, cells)
    (problem,) = book_format.check(book_format.load(path, tmp_path))
    assert str(problem).startswith(f"{sample.INSIDE} · cell 4 (sample-04) · American spelling:")


def test_an_attachment_is_caught(tmp_path):
    path = sample.make(tmp_path)
    cells = sample.cells(tmp_path)
    cells[4]["attachments"] = {"a.png": {"image/png": sample.PNG}}
    sample.store(path, cells)
    broken = {problem.rule for problem in book_format.check(book_format.load(path, tmp_path))}
    assert broken == {"images and links"}


def test_a_formula_with_angle_brackets_is_no_html(tmp_path):
    path = sample.make(tmp_path)
    cells = [*sample.cells(tmp_path)]
    cells.insert(5, new_markdown_cell("Where $a<b>c$ holds, and $$\na <br0> c \\tag{2.1}\n$$"))
    sample.store(path, cells)
    assert not book_format.check(book_format.load(path, tmp_path))


def test_comments_docstrings_and_blank_lines_are_no_lines_of_code():
    assert lines("# why\n\nx = 1  # how\n    # where\ny = 2\n") == 2
    documented = 'def f(x):\n    """What it is.\n\n    How it works.\n    """\n    return x'
    assert lines(documented) == 2
    assert lines('def f(x):\n    """What it is."""\n    ...\n\n\ncheck(f)') == 2
    assert lines('%pip install x\ny = """\ntext\n"""') == 4


def test_a_chapter_that_the_plan_does_not_know_is_refused(tmp_path):
    path = sample.make(tmp_path)
    other = path.with_name("99-other.ipynb")
    path.rename(other)
    with pytest.raises(ValueError, match="99-other"):
        book_format.load(other, tmp_path)


@pytest.mark.parametrize(
    "word", ["optimisation", "neighbouring", "modelled", "centre", "Greyscale"]
)
def test_a_british_word_is_found(word):
    assert rules_prose.british(f"the {word} here") == [word]


@pytest.mark.parametrize(
    "text", ["precise, rise and wise", "we exercise, revise, comprise", "a parameter", "the aim is"]
)
def test_an_american_word_is_left_alone(text):
    assert rules_prose.british(text) == []
