"""What surrounds a page's text: which files it loads, how it describes itself, where it lives.

`templates/layout.html` replaces the theme's own page. The theme loads, on every page, 397 kB of
style sheet, an 81 kB Bootstrap, a 1.5 MB FontAwesome (twice, once as fonts) and one of its scripts
under two names, which is an error in the browser's console. None of it is needed: the pages load
one style sheet and one small script of ours, and two more style sheets where a page uses them.
"""

import re
import shutil
import zlib
from pathlib import Path
from urllib.parse import urlsplit

from docutils import nodes

from book.chapters import CHAPTERS, colab_url, read_chapters

# The style sheets, each with what a page's text must hold to load it; the later ones win.
STYLE_SHEETS = {
    "pygments.css": lambda body: "highlight" in body,
    "katex/katex.min.css": lambda body: 'class="katex' in body,
    "sphinx-design.min.css": lambda body: 'class="sd-' in body,
    "site.css": lambda body: True,
}

# What the theme and Jupyter Book's default extensions copy, and our pages never ask for.
UNUSED = [
    "vendor",
    "images",
    "locales",
    "webpack-macros.html",
    "sbt-webpack-macros.html",
    "scripts",
    "styles",
    "design-tabs.js",
    "sphinx-thebe.js",
    "sphinx-thebe.css",
    "togglebutton.js",
    "togglebutton.css",
    "copybutton.js",
    "copybutton.css",
    "copybutton_funcs.js",
    "clipboard.min.js",
    "check-solid.svg",
    "copy-button.svg",
    "basic.css",
    "plus.png",
    "minus.png",
    "file.png",
]

# Pygments wraps every name, space and comma in an element, though they have no color of their own:
# a quarter of all elements of a chapter (2,600 of 10,200), which a phone has to lay out.
PLAIN_CODE = re.compile(r'<span class="(?:n|p|w)">([^<]*)</span>')


def describe(app, pagename: str, doctree) -> str:
    """What search engines show of a page: a chapter's question, else the first paragraph."""
    chapters = read_chapters(Path(app.srcdir) / CHAPTERS).values()
    for chapter in chapters:
        if chapter.docname == pagename:
            return f"{chapter.question} Chapter {chapter.name}, from {app.config.html_title}."
    paragraphs = doctree.findall(nodes.paragraph) if doctree else ()
    for paragraph in paragraphs:
        text = " ".join(paragraph.astext().split())
        if len(text) >= 50:
            return text if len(text) <= 155 else text[:155].rsplit(" ", 1)[0] + " …"
    return f"{app.config.html_title}: an executable textbook of deep learning for computer vision."


def pages_address(repository: str) -> str | None:
    """`https://github.com/me/book` is published at `https://me.github.io/book/`."""
    parts = urlsplit(repository).path.strip("/").split("/")
    if len(parts) != 2 or parts[0] == "OWNER":  # the placeholder: not yet published
        return None
    return f"https://{parts[0].lower()}.github.io/{parts[1]}/"


# Colors of code with a contrast that reads well on our grounds, by light and by dark.
CODE_COLORS = {
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-dark",
}


def complete_config(app, config):
    """What would otherwise be said twice, or, said in `_config.yml`, erase Jupyter Book's own."""
    options = config.html_theme_options
    options.update(CODE_COLORS)
    config.html_baseurl = pages_address(options["repository_url"]) or ""


def complete_context(app, pagename, templatename, context, doctree):
    """Hand the layout what it needs; runs after the theme's own functions."""
    body = context["body"] = PLAIN_CODE.sub(r"\1", context.get("body", ""))
    context["style_sheets"] = [
        f"_static/{file}?v={_digest(app, file)}"
        for file, is_used in STYLE_SHEETS.items()
        if is_used(body) and (Path(app.outdir) / "_static" / file).is_file()
    ]
    context["site_script"] = f"_static/site.js?v={_digest(app, 'site.js')}"
    context["description"] = describe(app, pagename, doctree)
    context["repository"] = app.config.html_theme_options["repository_url"]
    if doctree is not None and app.env.doc2path(pagename).endswith(".ipynb"):
        context["colab"] = colab_url(app.config, pagename)
        context["notebook"] = f"_sources/{context['sourcename']}"


def _digest(app, file: str) -> str:
    """Changes with the file, so that a browser's cache never shows yesterday's look."""
    path = Path(app.outdir) / "_static" / file
    return f"{zlib.crc32(path.read_bytes()):08x}" if path.is_file() else "0"


def remove_unused(app, exception):
    """Leave out of the published folder what no page loads (the theme alone brings 9 MB)."""
    if exception is not None or app.builder.name != "html":
        return
    for name in UNUSED:
        path = Path(app.outdir) / "_static" / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def write_index(app, exception):
    """The start page is also the folder's index; the default is a page that only forwards to it."""
    start = Path(app.outdir) / f"{app.config.root_doc}.html"
    if exception is None and app.builder.name == "html" and start.is_file():
        shutil.copyfile(start, Path(app.outdir) / "index.html")


def setup(app):
    app.connect("config-inited", complete_config)
    app.connect("html-page-context", complete_context, priority=900)
    app.connect("build-finished", write_index, priority=900)
    app.connect("build-finished", remove_unused, priority=900)
