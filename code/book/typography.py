"""Keeps together on the site what belongs together: "chapter 7", "3 × 3", "1e-10", "*x*."

Authors write ordinary spaces and hyphens; those where no line may break become ones that do not
break, while the site is built. What stands in code and formulas stays as it is.
"""

import re

from docutils import nodes

from book.formulas import SHORT

NO_BREAK_SPACE, NO_BREAK_HYPHEN = "\u00a0", "\u2011"
NUMBERED = "chapter|section|exercise|equation|solution|figure|week"
TOGETHER = [
    (re.compile(rf"\b((?:{NUMBERED})s?) (?=[\d(])", re.IGNORECASE), rf"\1{NO_BREAK_SPACE}"),
    (re.compile(r"(?<=\d) × (?=\d)"), f"{NO_BREAK_SPACE}×{NO_BREAK_SPACE}"),
    (re.compile(r"(?<=\de)-(?=\d)"), NO_BREAK_HYPHEN),
]
PUNCTUATION = re.compile(r"[.,;:?!)]+")
UNTOUCHED = (nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.raw)


def unbroken(text: str) -> str:
    """The text with spaces and hyphens that do not break where no line should."""
    for pattern, replacement in TOGETHER:
        text = pattern.sub(replacement, text)
    return text


def keep_together(app, doctree: nodes.document, docname: str) -> None:
    """Does it in all text of a page; punctuation stays with the short formula before it."""
    for text in list(doctree.findall(nodes.Text)):
        if not isinstance(text.parent, UNTOUCHED):
            _replace(text, nodes.Text(unbroken(text.astext())))
    for code in doctree.findall(nodes.literal):
        if len(code.astext()) <= SHORT:  # a name: the style sheet keeps it on one line
            code["classes"].append("short")
    for formula in list(doctree.findall(nodes.math)):
        after = formula.next_node(descend=False, siblings=True)
        mark = PUNCTUATION.match(after.astext()) if isinstance(after, nodes.Text) else None
        if mark and len(formula.astext()) <= SHORT:
            _replace(after, nodes.Text(after.astext()[mark.end() :]))
            together = nodes.inline(classes=["together"])
            _replace(formula, together)
            together += [formula, nodes.Text(mark.group())]


def _replace(node: nodes.Node, new: nodes.Node) -> None:
    """Put `new` where `node` stands: this very node, not the first one that says the same."""
    siblings = node.parent.children
    position = next(i for i, sibling in enumerate(siblings) if sibling is node)
    new.parent, siblings[position] = node.parent, new


def setup(app):
    app.connect("doctree-resolved", keep_together)
