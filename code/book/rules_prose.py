"""Rules: what may stand in a Markdown cell, and how it is spelled."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from book import cross_links, setup_cell
from book.rules import Chapter, Finding, all_tokens, rule
from book.rules_cells import lines
from book.rules_structure import REFERENCES, REMEMBER, head

HTML = {"details", "summary", "br", "sub", "sup"}
WORDS_A_LINE = 5  # ten is the aim


@rule("no MyST")
def no_myst(chapter: Chapter) -> Iterator[Finding]:
    for index, source in chapter.prose:
        tokens = list(all_tokens(source))
        for token, after in zip(tokens, tokens[1:] + tokens[:1], strict=True):
            if token.type == "text" and after.type == "code_inline":
                role = re.search(r"\{[\w:+-]+\}$", token.content)
                if role:
                    yield index, f"the role {role.group()} shows as it is on GitHub and in Colab"
            if token.type == "fence" and token.info.strip().startswith("{"):
                yield index, f"the directive {token.info.strip()} shows as code elsewhere"
        for line in re.findall(r"(?m)^(?::::.*|\([\w-]+\)=|\+\+\+.*)$", source):
            yield index, f"{line!r} is MyST, which GitHub and Colab do not read"


@rule("HTML")
def html(chapter: Chapter) -> Iterator[Finding]:
    for index, source in chapter.prose:
        for token in all_tokens(source):
            if token.type not in ("html_block", "html_inline"):
                continue
            if "<!--" in token.content:
                yield index, "a comment in HTML: delete it"
            for tag in re.findall(r"</?([a-zA-Z][\w-]*)", token.content):
                if tag.lower() not in HTML:
                    yield index, f"<{tag}>: only {', '.join(sorted(HTML))} work in all three homes"


@rule("details")
def details(chapter: Chapter) -> Iterator[Finding]:
    """Markdown inside <details> is rendered only when blank lines set it off."""
    for index, source in chapter.prose:
        if source.count("<details") != source.count("</details>"):
            yield index, "<details> opens and closes in one cell"
        text = ["", *source.split("\n"), ""]
        for number, line in enumerate(text):
            if "<details" in line and text[number - 1].strip():
                yield index, "a blank line goes before <details>"
            if "</summary>" in line and (
                not line.endswith("</summary>") or text[number + 1].strip()
            ):
                yield index, "</summary> ends its line, and a blank line follows"
            if "</details>" in line and (line.strip() != "</details>" or text[number - 1].strip()):
                yield index, "</details> has its own line, with a blank line before"
            if "</details>" in line and text[number + 1].strip():
                yield index, "a blank line goes after </details>"


@rule("images and links")
def images_and_links(chapter: Chapter) -> Iterator[Finding]:
    for index, cell in enumerate(chapter.notebook.cells):
        if cell.get("attachments"):
            yield index, "an attachment: the site does not show it; make the picture in a code cell"
    for index, source in chapter.prose:
        for token in all_tokens(source):
            target = str(token.attrs.get("src" if token.type == "image" else "href", ""))
            if token.type == "image" and re.match(r"(https?:)?//|data:|attachment:", target):
                yield index, f"an image from elsewhere ({target[:60]}): the book asks no other host"
            if token.type == "image" and len(token.content) < 20:
                yield index, f"the image {target[:60]} needs alt text that says what it shows"
            if token.type in ("image", "link_open") and is_missing(chapter, target):
                yield index, f"the link {target} leads to no file"


def is_missing(chapter: Chapter, target: str) -> bool:
    """Tell whether a link leads to a file of the book that is not there."""
    file = target.split("#")[0]
    if not file or re.match(r"[a-z]+:", target):
        return False
    return not (chapter.path.parent / file).exists()


@rule("cross-references")
def cross_references(chapter: Chapter) -> Iterator[Finding]:
    """Where a section first names another chapter that is written, it links it."""
    indices, sources = zip(*chapter.prose, strict=True)
    root = chapter.path.resolve().parents[len(Path(chapter.inside).parts) - 1]
    wanted = cross_links.linked(sources, chapter.inside, cross_links.written(root))
    for index, source, linked in zip(indices, sources, wanted, strict=True):
        if linked != source:
            yield index, "another chapter is named without a link: run `make format`"


@rule("prose to code")
def prose_to_code(chapter: Chapter) -> Iterator[Finding]:
    words = sum(len(plain(source).split()) for _, source in chapter.prose)
    code = sum(lines(cell.source) for _, cell in chapter.code)
    if code and words / code < WORDS_A_LINE:
        yield None, f"about ten words of prose a line of code; here {words / code:.1f}"


@rule("reading time")
def reading_time(chapter: Chapter) -> Iterator[Finding]:
    """The time stated is the one by `minutes`, give or take five."""
    stated = re.search(r"(\d+)\s*min", head(chapter))
    wanted = 5 * round(minutes(chapter) / 5)
    if stated and abs(int(stated.group(1)) - minutes(chapter)) > 5:
        yield 0, f"it takes {wanted} minutes to read, as guide/how-to-use.md counts them"


def minutes(chapter: Chapter) -> float:
    """How long a chapter takes, its exercises not counted: the same count for every chapter."""
    ends = [i for i, part in enumerate(chapter.parts) if part.text == REMEMBER]
    parts = chapter.parts[: ends[0] if ends else None]
    prose = "\n".join(part.text for part in parts if part.kind == "prose")
    code = [part.text for part in parts if part.kind == "code"]
    code = [text for text in code if not setup_cell.is_setup(text)]
    words, formulas = len(plain(prose).split()), prose.count(r"\tag{")
    figures = sum("interactive." in text for text in code)
    return words / 200 + formulas + sum(map(lines, code)) / 10 + 5 * figures


# ---------------------------------------------------------------------------- American spelling

OUR = "behavio|colo|favo|flavo|harbo|hono|humo|labo|neighbo|rigo|rumo|vapo|vigo"
ISE = (
    "analog|apolog|arg|binar|categor|character|custom|discret|emphas|equal|factor|final|"
    "formal|general|harmon|initial|linear|local|maxim|memor|minim|modern|normal|optim|"
    "organ|parallel|parameter|parametr|penal|polar|priorit|quant|random|real|recogn|"
    "regular|serial|special|stabil|standard|summar|symmetr|synchron|token|util|vector|"
    "visual"
)
BRITISH = re.compile(
    r"\b(?:un|re|de|mis)?(?:"
    + rf"(?:{OUR})ur\w*"
    + rf"|(?:{ISE})is(?:e|ed|es|er|ers|ing|ation|ations|able)"
    + r"|analys(?:e|ed|es|ing)|paralys(?:e|ed|es|ing)"
    + r"|(?:cent|fib|lit|theat|met|kilomet|millimet|calib)res?|centred|centring"
    + r"|grey\w*|(?:model|label|travel|channel|signal|level|total|tunnel|fuel)l(?:ed|ing|er|ers)"
    + r"|(?:def|off|lic|pret)ences?|practis(?:e|ed|es|ing)|programmes?|artefacts?|aluminium|ageing"
    + r"|whilst|amongst|learnt|spelt|judgements?|sceptic\w*|moulds?|fulfils?|enrols?|maths"
    + r"|catalogues?|manoeuvr\w*|plough\w*"
    + r")\b",
    re.IGNORECASE,
)


@rule("American spelling")
def american_spelling(chapter: Chapter) -> Iterator[Finding]:
    cited = {part.cell for s in chapter.sections() if s.title == REFERENCES for part in s.parts}
    texts = [(index, plain(source)) for index, source in chapter.prose if index not in cited]
    texts += [(index, cell.source) for index, cell in chapter.code]
    for index, text in texts:
        for word in british(text):
            yield index, f"{word!r} is spelled the British way"


def british(text: str) -> list[str]:
    """Return the words of a text that are spelled the British way."""
    return [match.group() for match in BRITISH.finditer(text)]


def plain(markdown: str) -> str:
    """Return Markdown without code, formulas and the targets of links."""
    text = re.sub(r"(?ms)^(```+)(?!\{).*?^\1", " ", markdown)
    text = re.sub(r"(?s)\$\$.*?\$\$|\$[^$\n]+\$|`[^`\n]+`", " ", text)
    return re.sub(r"\]\([^)]*\)|https?://\S+|</?\w+[^>]*>", " ", text)


def british_in_the_book(root: Path) -> list[str]:
    """Return `file: word` for British spellings in the pages and in docstrings.

    The bibliography is left out: titles are spelled as their authors spelled them.
    """
    pages = [*root.glob("*.md"), *(root / "guide").glob("*.md")]
    texts = {
        page: plain(page.read_text(encoding="utf-8"))
        for page in pages
        if page.name != "bibliography.md" and not page.name.startswith("LICENSE")
    }
    for module in [*(root / "code").glob("dlcv/**/*.py"), *(root / "code").glob("book/**/*.py")]:
        if module.name != Path(__file__).name:  # this list of words
            texts[module] = docstrings(module)
    return [
        f"{path.relative_to(root)} · American spelling: {word!r}"
        for path, text in sorted(texts.items())
        for word in british(text)
    ]


def docstrings(module: Path) -> str:
    """Return the docstrings of a module, without the code in them."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [node for node in ast.walk(tree) if isinstance(node, kinds)]
    return "\n".join(plain(ast.get_docstring(node) or "") for node in nodes)
