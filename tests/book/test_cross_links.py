"""Where a section first names another chapter it links it, and nothing else is changed."""

import pytest

from book import cross_links

OWN = "chapters/1-seeing/02-linear-classifiers.ipynb"
CHAPTERS = {
    1: "chapters/1-seeing/01-images.ipynb",
    2: OWN,
    7: "chapters/2-neural-networks/07-gradient-descent.ipynb",
    8: "chapters/2-neural-networks/08-backpropagation.ipynb",
}
ONE = "[chapter 1](01-images.ipynb)"
SEVEN = "[chapter 7](../2-neural-networks/07-gradient-descent.ipynb)"


def linked(*sources: str) -> list[str]:
    return cross_links.linked(sources, OWN, CHAPTERS)


def test_in_its_own_folder_and_in_another():
    assert linked("chapter 1, Chapter 7's step") == [f"{ONE}, {SEVEN.replace('c', 'C', 1)}'s step"]


def test_several_chapters_in_a_row_are_a_link_each():
    seven, eight = (f"[{n}](../{CHAPTERS[n].removeprefix('chapters/')})" for n in (7, 8))
    assert linked("chapters 7, 8 and 9") == [f"chapters {seven}, {eight} and 9"]


def test_once_a_section_and_again_in_the_next_also_across_cells():
    assert linked("chapter 1, chapter 1", "chapter 1\n\n## Next\n\nchapter 1") == [
        f"{ONE}, chapter 1",
        f"chapter 1\n\n## Next\n\n{ONE}",
    ]


def test_a_link_with_words_of_its_own_counts():
    source = "[pictures](01-images.ipynb#section) were the subject of chapter 1"
    assert linked(source) == [source]


@pytest.mark.parametrize(
    "source",
    [
        "chapter 2 is this one, and chapter 9 is not written",
        "`chapter 1`",
        "```\nchapter 1\n```",
        "<details><summary>1. What is chapter 1 about?</summary>",
        "## More than chapter 1",
        "[as in chapter 1](https://example.org)",
        "the chapters of 1998",
    ],
)
def test_what_is_no_mention_stays_as_it_is(source):
    assert linked(source) == [source]


def test_what_is_linked_needs_no_second_run():
    (once,) = linked("chapter 1, chapters 7 and 8.\n\n## Next\n\nChapter 7")
    assert linked(once) == [once]


def test_written_is_what_the_contents_list(tmp_path):
    (tmp_path / "_toc.yml").write_text(
        "parts:\n- chapters:\n  - file: chapters/1-seeing/01-images\n  - file: guide/glossary\n"
    )
    assert cross_links.written(tmp_path) == {1: CHAPTERS[1]}
