"""The book's Sphinx extension: everything the site needs beyond Jupyter Book itself.

Each part lives in a module of its own; this one only switches them on.
"""

from book import chapters, formulas, notebook_outputs, pages, reference, typography

PARTS = (chapters, formulas, notebook_outputs, pages, reference, typography)


def setup(app):
    for part in PARTS:
        part.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
