"""On the site no line breaks inside "chapter 7", "3 × 3" or "1e-10", nor before a formula's dot."""

import pytest
from docutils import nodes
from docutils.utils import new_document

from book import typography


@pytest.mark.parametrize(
    "written, shown",
    [
        ("as in chapter 7 and Section 3", "as in chapter\u00a07 and Section\u00a03"),
        ("equation (5.3), chapters 10 and 11", "equation\u00a0(5.3), chapters\u00a010 and 11"),
        ("a 3 × 3 × 5 block", "a 3\u00a0×\u00a03\u00a0×\u00a05 block"),
        ("(allowed: 1e-10)", "(allowed: 1e\u201110)"),
        ("the chapter is long, 2 - 1, well-known", "the chapter is long, 2 - 1, well-known"),
    ],
)
def test_what_belongs_together_stays_together(written, shown):
    assert typography.unbroken(written) == shown


def page(*parts: nodes.Node) -> nodes.paragraph:
    """A paragraph of these parts after the site's work on it."""
    document, paragraph = new_document("a page"), nodes.paragraph()
    document += paragraph
    paragraph += parts
    typography.keep_together(None, document, "page")
    return paragraph


def test_a_dot_stays_with_the_short_formula_before_it():
    shown = page(nodes.Text("It is "), nodes.math("", "x"), nodes.Text("). And chapter 2"))
    assert shown.astext() == "It is x). And chapter\u00a02"
    (together,) = shown.findall(nodes.inline)
    assert together.astext() == "x)." and isinstance(together[0], nodes.math)


def test_a_long_formula_may_break_and_a_word_is_no_punctuation():
    shown = page(nodes.math("", "x" * 60), nodes.Text("."), nodes.math("", "y"), nodes.Text(" is"))
    assert not list(shown.findall(nodes.inline))


def test_code_and_formulas_stay_as_they_are():
    code, formula = nodes.literal("", "chapter 7: 3 × 3"), nodes.math("", "\\text{chapter 7}")
    assert page(code, formula).astext() == "chapter 7: 3 × 3\\text{chapter 7}"


def test_a_name_in_code_is_marked_as_short_and_a_message_is_not():
    shown = page(nodes.literal("", "x.mean(dim=0)"), nodes.literal("", "shapes do not fit: " * 3))
    assert [code["classes"] for code in shown.findall(nodes.literal)] == [["short"], []]


def test_of_two_equal_texts_each_is_kept_in_its_place():
    shown = page(nodes.Text("chapter 7"), nodes.emphasis("", "and"), nodes.Text("chapter 7"))
    assert shown.astext() == "chapter\u00a07and" + "chapter\u00a07"
