"""What the stored outputs of a notebook become on the site.

1. A figure's alt text comes from where IPython keeps it, the output's own metadata
   (`{"image/png": {"alt": "…"}}`). myst-nb reads only width and height there, so its renderer is
   extended; a figure without alt text is a warning, which fails the build.
2. An output that carries HTML shows the HTML: the default would prefer a widget's reference, which
   is dead without a kernel.
3. A claim that holds (a printed line that begins with ✓) looks like one; a very long line wraps.
4. Images get their width and height (nothing jumps while the page loads) and load when scrolled to.
"""

from itertools import groupby
from pathlib import Path

import imagesize
from docutils import nodes
from myst_nb.core.render import MimeData, NbElementRenderer
from sphinx.util import logging

logger = logging.getLogger(__name__)
_render_image = NbElementRenderer.render_image
_render_stdout = NbElementRenderer.render_stdout
CLAIM = "✓ "
LONGEST_LINE = 102  # letters that fit beside the contents on a screen of 1280 pixels


def render_image(self: NbElementRenderer, data: MimeData) -> list[nodes.Element]:
    """myst-nb's own, and then the alt text out of the output's metadata."""
    images = _render_image(self, data)
    alt = data.output_metadata.get(data.mime_type, {}).get("alt", "").strip()
    for image in images:
        if alt:
            image["alt"] = alt
        image["cell"] = data.cell_index
    return images


def render_stdout(self, output, cell_metadata, cell_index, source_line) -> list[nodes.Element]:
    """myst-nb's own for ordinary lines; a run of claims becomes a list of claims."""
    shown: list[nodes.Element] = []
    lines = output["text"].rstrip("\n").split("\n")
    for is_claim, run in groupby(lines, key=lambda line: line.startswith(CLAIM)):
        if is_claim:
            texts = [line.removeprefix(CLAIM) for line in run]
            items = [nodes.list_item("", nodes.paragraph("", text)) for text in texts]
            shown.append(nodes.bullet_list("", *items, classes=["claims", "output"]))
        elif text := "\n".join(run).strip("\n"):
            part = {**output, "text": text + "\n"}
            printed = _render_stdout(self, part, cell_metadata, cell_index, source_line)
            if max(map(len, text.split("\n"))) > LONGEST_LINE:  # a message: no column to keep
                printed = [nodes.container("", *printed, classes=["long-lines"])]
            shown += printed
    return shown


def _pixels(value: str) -> int | None:
    """`"640"` and `"640px"` are pixels; `"50%"` and the like are left to the style sheet."""
    digits = value.strip().removesuffix("px")
    return round(float(digits)) if digits.replace(".", "", 1).isdigit() else None


def image_size(node: nodes.image, source: Path) -> tuple[int, int] | None:
    """The size to announce: what the author gave, completed by the file's own proportions."""
    wide, high = imagesize.get(source) if source.is_file() else (-1, -1)
    width, height = (_pixels(str(node.get(side, ""))) for side in ("width", "height"))
    if width and height:
        return width, height
    if wide < 1 or (node.get("width") and not width):  # unknown, or a share of the column
        return None
    if width:
        return width, round(high * width / wide)
    return (round(wide * height / high), height) if height else (wide, high)


def warn_without_alt(node: nodes.image) -> None:
    """Else the page would read out the image's file name; a warning fails the build."""
    if not node.get("alt", "").strip():
        where = f"cell {node['cell']}: figure" if "cell" in node else node["uri"]
        logger.warning("%s without alt text (give it alt=…)", where, location=node, type="alt")


def visit_image(self, node):
    warn_without_alt(node)
    size = image_size(node, Path(self.builder.srcdir) / node["uri"])
    if size:  # as attributes, not as style, so that the style sheet can shrink the image
        node.attributes.pop("width", None)
        node.attributes.pop("height", None)
    type(self).visit_image(self, node)
    attributes = 'loading="lazy" decoding="async"'
    if size:
        attributes += ' width="{}" height="{}"'.format(*size)
    position = next(i for i in reversed(range(len(self.body))) if "<img " in self.body[i])
    self.body[position] = self.body[position].replace("<img ", f"<img {attributes} ", 1)


def depart_image(self, node):
    type(self).depart_image(self, node)


def setup(app):
    NbElementRenderer.render_image = render_image
    NbElementRenderer.render_stdout = render_stdout
    app.add_node(nodes.image, override=True, html=(visit_image, depart_image))
    app.connect("config-inited", prefer_html)


def prefer_html(app, config):
    """A lower number wins; 10 is what a widget's reference has."""
    rules = config.nb_mime_priority_overrides
    config.nb_mime_priority_overrides = [*rules, ["html", "text/html", 5]]
