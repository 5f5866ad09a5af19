"""A small chapter that obeys every rule of the book's form, made for the tests of those rules."""

import base64
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from book import notebooks, setup_cell
from book.address import read as read_address

ROOT = Path(__file__).resolve().parents[2]
INSIDE = "chapters/1-seeing/02-linear-classifiers.ipynb"
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(100)).decode()
ALT = "Two clouds of points with a straight line between them."

CHAPTERS = """\
- part: "1 · Seeing"
  folder: chapters/1-seeing
  chapters:
    - {number: 2, file: 02-linear-classifiers, title: "Linear classifiers", question: "How far?"}
"""

HEAD = """\
# 2 · Linear classifiers

5 min reading · 40 s on two CPU cores · no GPU needed · builds on nothing but Python

[Open in Colab]({colab})

## What you will be able to do

- Say what a score is.
- Draw the boundary between two classes.
- Train a classifier from nothing.
"""

QUESTION = """\
## How far does one matrix go?

> **Predict first.** Which of the three clouds can a straight line cut off?
"""

SECTION = """\
## Section {number}

The score of a class is one dot product, $f_k(x) = w_k \\cdot x + b_k$, and the largest score wins.
A picture comes first, then the idea, then the formula and the code that checks it in one line.
The colors in the figure are those of the classes, and `colour` is a word in code, which is free.
"""

EXERCISE = """\
### {sign} {title}

Write the function in the cell below. It takes scores and gives probabilities.

<details>
<summary>Solution</summary>

```python
softmax = solution
```

</details>
"""

ANSWER = """\
**{number}.** What is a template?

<details>
<summary>Answer</summary>

A row of W, shown as an image.

</details>
"""

REMEMBER = "\n".join(["## What to remember", "", *[f"- Line {i} to keep." for i in range(5)]])
TROUBLE = "\n".join(
    ["## What goes wrong in practice", "", "| symptom | cause |", "|---|---|"]
    + [f"| loss is {i} | rate is {i} |" for i in range(4)]
)
REFERENCES = "## References\n\n- Fisher, [The use of …](https://doi.org/10.1111/j.1469-1809)\n"


def cells(root: Path) -> list[nbformat.NotebookNode]:
    """Return the sample's cells, with outputs, for the book in `root`."""
    address = read_address(root)
    colab = setup_cell.colab_link(address.url, address.branch, INSIDE)
    setup = setup_cell.source(address.url, setup_cell.package_version(root))
    made = [
        new_markdown_cell(HEAD.format(colab=colab)),
        new_code_cell(setup),
        new_code_cell(
            "import torch\nfrom dlcv.checks import claim\nfrom dlcv.exercises import linear\n"
            "torch.manual_seed(0)\ndevice = pick_device('auto')\nprint(device)"
        ),
        new_markdown_cell(QUESTION),
    ]
    for number in range(1, 9):
        made += [
            new_markdown_cell(SECTION.format(number=number)),
            new_code_cell(f"score = {number}", outputs=[picture()]),
            new_code_cell(f"claim('the score is {number}', score == {number})"),
        ]
    made += [new_markdown_cell(REMEMBER), new_markdown_cell(TROUBLE)]
    answers = "\n".join(ANSWER.format(number=i) for i in range(1, 7))
    made += [new_markdown_cell("## Recall questions\n\n" + answers)]
    made += [new_markdown_cell("## Exercises\n\nThree levels.")]
    for sign, title in [("◦", "Overflow"), ("•", "Gradient"), ("★", "The ring")]:
        made += [new_markdown_cell(EXERCISE.format(sign=sign, title=title))]
        made += [new_code_cell("softmax = None\nlinear.softmax(softmax)")]
    return [*made, new_markdown_cell(REFERENCES)]


def picture(alt: str = ALT, data: str = PNG) -> nbformat.NotebookNode:
    """Return the output of a cell that shows a figure."""
    metadata = {"image/png": {"alt": alt}} if alt else {}
    return new_output("display_data", data={"image/png": data}, metadata=metadata)


def make(root: Path) -> Path:
    """Make a book of one chapter, the sample, in the folder `root`; return the chapter's path."""
    for file in ("_config.yml", "_toc.yml", "code/pyproject.toml"):
        target = root / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text((ROOT / file).read_text(encoding="utf-8"), encoding="utf-8")
    (root / "guide").mkdir()
    (root / "guide" / "chapters.yml").write_text(CHAPTERS, encoding="utf-8")
    path = root / INSIDE
    path.parent.mkdir(parents=True)
    store(path, cells(root))
    return path


def store(path: Path, made: list[nbformat.NotebookNode]) -> None:
    """Write cells as a notebook in normal form."""
    for position, cell in enumerate(made):
        cell["id"] = f"sample-{position:02d}"
    notebooks.write(path, notebooks.normalize(new_notebook(cells=made)))
