"""The chapters: what `guide/chapters.yml` says of them, and which of them are written.

A chapter is written when `_toc.yml` lists it. The role ``{chapter}`2` `` names and, once it is
written, links a chapter; ``{chapter-short}`2` `` does so in two words, where many stand together;
the directive ``chapter-map`` lists all of them.
"""

from dataclasses import dataclass
from pathlib import Path

import yaml
from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

logger = logging.getLogger(__name__)
CHAPTERS = "guide/chapters.yml"
PENDING = "in preparation"


@dataclass(frozen=True)
class Chapter:
    """One of the book's chapters, as `guide/chapters.yml` describes it."""

    number: int
    title: str
    question: str
    part: str
    docname: str

    @property
    def name(self) -> str:
        return f"{self.number} · {self.title}"


def read_chapters(path: Path) -> dict[int, Chapter]:
    """All chapters by number, in the book's order."""
    chapters = {}
    for part in yaml.safe_load(path.read_text(encoding="utf-8")):
        for entry in part["chapters"]:
            chapters[entry["number"]] = Chapter(
                number=entry["number"],
                title=entry["title"],
                question=entry["question"],
                part=part["part"],
                docname=f"{part['folder']}/{entry['file']}",
            )
    return chapters


def colab_url(config, docname: str) -> str:
    """Where Colab opens this chapter, built from the repository's address in `_config.yml`."""
    options = config.html_theme_options
    colab = options["launch_buttons"]["colab_url"].rstrip("/")
    repository = options["repository_url"].removeprefix("https://github.com/")
    return f"{colab}/github/{repository}/blob/{options['repository_branch']}/{docname}.ipynb"


class _ChapterData:
    """What role and directive share: both know `self.env`."""

    def chapters(self) -> dict[int, Chapter]:
        for file in (CHAPTERS, "_toc.yml"):  # a change there re-reads this page
            self.env.note_dependency(str(Path(self.env.srcdir) / file))
        return read_chapters(Path(self.env.srcdir) / CHAPTERS)

    def is_written(self, chapter: Chapter) -> bool:
        return chapter.docname in self.config.external_site_map

    def label(self, chapter: Chapter) -> list[nodes.Node]:
        """The chapter's name: a link when it is written, else with a mark."""
        if self.is_written(chapter):
            return [self.link(chapter, chapter.name)]
        mark = nodes.inline("", PENDING, classes=["chapter-pending"])
        return [nodes.inline("", chapter.name), nodes.Text(" "), mark]

    def short_label(self, chapter: Chapter) -> list[nodes.Node]:
        """ "chapter 2": a link when it is written, else plain text."""
        text = f"chapter {chapter.number}"
        return [self.link(chapter, text) if self.is_written(chapter) else nodes.inline("", text)]

    def link(self, chapter: Chapter, text: str) -> nodes.reference:
        uri = self.env.app.builder.get_relative_uri(self.env.docname, chapter.docname)
        return nodes.reference("", text, internal=True, refuri=uri)


class ChapterRole(SphinxRole, _ChapterData):
    """``{chapter}`2` ``: "2 · Linear classifiers", as a link when the chapter is written."""

    def run(self):
        chapters = self.chapters()
        if not self.text.strip().isdigit() or int(self.text) not in chapters:
            text = f"no chapter {self.text!r} in {CHAPTERS}"
            logger.warning(text, location=self.get_location(), type="chapter")
            return [nodes.Text(self.text)], []
        label = self.short_label if self.name == "chapter-short" else self.label
        return label(chapters[int(self.text)]), []


class ChapterMap(SphinxDirective, _ChapterData):
    """``chapter-map``: every chapter by part, with its question and whether it is written."""

    def run(self):
        parts: dict[str, nodes.bullet_list] = {}
        for chapter in self.chapters().values():
            part = parts.setdefault(chapter.part, nodes.bullet_list(classes=["chapter-list"]))
            part += self.entry(chapter)
        body = nodes.container(classes=["chapter-map"])
        for title, entries in parts.items():
            body += [nodes.rubric("", title), entries]
        return [body]

    def entry(self, chapter: Chapter) -> nodes.list_item:
        head = nodes.paragraph("", "", *self.label(chapter), classes=["chapter-name"])
        if self.is_written(chapter):
            head += nodes.Text(" ")
            address = colab_url(self.config, chapter.docname)
            head += nodes.reference("", "Open in Colab", refuri=address)
        question = nodes.paragraph("", chapter.question, classes=["chapter-question"])
        state = "written" if self.is_written(chapter) else "pending"
        return nodes.list_item("", head, question, classes=[state])


def setup(app):
    app.add_role("chapter", ChapterRole())
    app.add_role("chapter-short", ChapterRole())
    app.add_directive("chapter-map", ChapterMap)
