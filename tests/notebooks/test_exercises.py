"""Every checked exercise of every chapter: its folded solution passes, its stub is no failure."""

import re
from pathlib import Path

import nbformat
import pytest
import torch

ROOT = Path(__file__).parents[2]
CALL = re.compile(r"^check\.(\w+)\((\w+)\)$", re.M)
FENCE = re.compile(r"<details><summary>Solution.*?```python\n(.*?)```.*?</details>", re.S)


def exercises():
    """(chapter, its cells' code before the exercise, stub, solution, check, answer) for each."""
    found = []
    for path in sorted((ROOT / "chapters").glob("*/*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        imports = next(c.source for c in cells if "from dlcv.exercises import" in c.source)
        prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        solutions = FENCE.findall(prose)
        for cell in cells:
            call = CALL.search(cell.source) if cell.cell_type == "code" else None
            if call:
                defined = re.compile(rf"(def|class) {call[2]}\(")
                solution = [text for text in solutions if defined.search(text)]
                found.append(
                    pytest.param(
                        imports, cell.source, solution, call[0], id=f"{path.stem}-{call[1]}"
                    )
                )
    return found


@pytest.fixture(autouse=True)
def own_number_type():
    """Some chapters make float64 the default in their first cell; the next shall not have it."""
    dtype = torch.get_default_dtype()
    yield
    torch.set_default_dtype(dtype)


@pytest.mark.parametrize(("imports", "stub", "solution", "call"), exercises())
def test_the_stub_is_not_attempted_and_the_folded_solution_passes(imports, stub, solution, call):
    namespace = {}
    exec(imports, namespace)
    exec(stub, namespace)
    verdict = eval(call, namespace)
    assert (verdict.status, bool(verdict)) == ("not attempted", False)
    assert len(solution) == 1, "one folded solution defines this function or class"
    exec(solution[0], namespace)
    verdict = eval(call, namespace)
    assert verdict.status == "passed", verdict


def test_chapters_have_exercises():
    assert len(exercises()) >= 5
