"""A stored notebook has one normal form, whatever tool wrote it; running one stores its outputs."""

import json

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from book import notebooks


def store(path, *cells, metadata=None, raw_change=None):
    """Write a notebook as some tool might: not normal."""
    raw = json.loads(json.dumps(new_notebook(cells=list(cells), metadata=metadata or {})))
    if raw_change:
        raw_change(raw)
    path.write_text(json.dumps(raw), encoding="utf-8")
    return path


def normal(path):
    """Bring a file into normal form and return its notebook."""
    assert notebooks.main(["normalize", str(path)]) == 0
    return notebooks.read(path)


def stream(text, name="stdout"):
    return new_output("stream", text=text, name=name)


def test_a_normal_file_stays_as_it_is_to_the_byte(tmp_path):
    path = store(tmp_path / "a.ipynb", new_markdown_cell("# A"), new_code_cell("1"))
    normal(path)
    first = path.read_bytes()
    normal(path)
    assert path.read_bytes() == first
    assert first.endswith(b"}\n")


def test_metadata_of_tools_and_timings_are_taken_out(tmp_path):
    timed = new_code_cell(
        "1", metadata={"execution": {"iopub.execute_input": "2026"}, "tags": ["x"]}
    )
    metadata = {
        "kernelspec": {"name": "my-env", "display_name": "My env", "language": "python"},
        "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {}}},
        "colab": {"provenance": []},
    }
    notebook = normal(store(tmp_path / "a.ipynb", timed, metadata=metadata))
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebook.cells[0].metadata == {"tags": ["x"]}


def test_cells_are_counted_from_one(tmp_path):
    cells = [new_code_cell("1", execution_count=7), new_code_cell("2")]
    cells[0].outputs = [new_output("execute_result", data={"text/plain": "1"}, execution_count=7)]
    notebook = normal(store(tmp_path / "a.ipynb", *cells))
    assert [cell.execution_count for cell in notebook.cells] == [1, 2]
    assert notebook.cells[0].outputs[0].execution_count == 1


def test_an_id_stays_and_a_missing_one_comes_from_the_position(tmp_path):
    def strip(raw):
        raw["nbformat_minor"] = 4
        raw["cells"][0]["id"] = "mine"
        del raw["cells"][1]["id"]

    path = store(
        tmp_path / "07-name.ipynb", new_code_cell("1"), new_code_cell("2"), raw_change=strip
    )
    assert [cell.id for cell in normal(path).cells] == ["mine", "07-name-01"]
    assert json.loads(path.read_text())["nbformat_minor"] == 5


def test_two_cells_never_share_an_id(tmp_path):
    def same(raw):
        for cell in raw["cells"]:
            cell["id"] = "same"

    path = store(tmp_path / "a.ipynb", *[new_code_cell("1") for _ in range(3)], raw_change=same)
    ids = [cell.id for cell in normal(path).cells]
    assert len(set(ids)) == 3


def test_neighboring_streams_become_one_without_colors(tmp_path):
    outputs = [stream("\x1b[31ma\x1b[0m\n"), stream("b\n")]
    notebook = normal(store(tmp_path / "a.ipynb", new_code_cell("1", outputs=outputs)))
    assert [output.text for output in notebook.cells[0].outputs] == ["a\nb\n"]


def test_of_a_redrawn_line_the_last_state_stays(tmp_path):
    bar = stream("10%\r50%\r100%\ndone\n")
    notebook = normal(store(tmp_path / "a.ipynb", new_code_cell("1", outputs=[bar])))
    assert notebook.cells[0].outputs[0].text == "100%\ndone\n"


def test_a_widget_view_goes_and_the_html_beside_it_stays(tmp_path):
    view = {notebooks.WIDGET_VIEW: {"model_id": "a1"}, "text/plain": "IntSlider(value=0)"}
    both = new_output("display_data", data={**view, "text/html": "<b>frame</b>"})
    bare = new_output("display_data", data=view)
    notebook = normal(store(tmp_path / "a.ipynb", new_code_cell("1", outputs=[both, bare])))
    (output,) = notebook.cells[0].outputs
    assert set(output.data) == {"text/plain", "text/html"}


def test_a_cell_that_shows_the_data_itself_is_stored_without_output(tmp_path):
    shown = new_code_cell("1", outputs=[stream("picture")], metadata={"tags": ["no-output"]})
    assert normal(store(tmp_path / "a.ipynb", shown)).cells[0].outputs == []


@pytest.mark.parametrize(
    ("output", "problem"),
    [
        (new_output("error", ename="ValueError", evalue="no", traceback=[]), "ValueError: no"),
        (stream("UserWarning", "stderr"), "stderr"),
        (new_output("execute_result", data={"text/plain": "<A at 0x7f01>"}), "memory address"),
        (None, "no outputs"),
    ],
)
def test_check_tells_what_is_wrong(tmp_path, capsys, output, problem):
    cell = new_code_cell("1", outputs=[output] if output else [])
    path = store(tmp_path / "a.ipynb", cell)
    normal(path)
    assert notebooks.main(["check", str(path)]) == 1
    assert problem in capsys.readouterr().err


def test_check_tells_a_file_that_is_not_normal(tmp_path, capsys):
    path = store(tmp_path / "a.ipynb", new_code_cell("1", outputs=[stream("1\n")]))
    assert notebooks.main(["check", str(path)]) == 1
    assert "normal form" in capsys.readouterr().err
    normal(path)
    assert notebooks.main(["check", str(path)]) == 0


def test_check_names_a_file_that_is_no_notebook(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text("not json")
    (problem,) = notebooks.problems(path)
    assert "not a notebook" in problem


def test_execute_runs_in_the_notebooks_own_folder_and_stores_the_outputs(tmp_path, capsys):
    code = "import os\nprint(os.path.basename(os.getcwd()))"
    path = store(tmp_path / "a.ipynb", new_code_cell(code))
    assert notebooks.main(["execute", str(path)]) == 0
    assert notebooks.read(path).cells[0].outputs[0].text == tmp_path.name + "\n"
    assert "s wall" in capsys.readouterr().out
    assert notebooks.problems(path) == []


def test_a_notebook_that_fails_is_named_and_left_as_it_was(tmp_path, capsys):
    path = store(tmp_path / "a.ipynb", new_code_cell("1 / 0"))
    before = path.read_bytes()
    assert notebooks.main(["execute", str(path)]) == 1
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_chapter_is_found_by_its_number(tmp_path):
    chapter = tmp_path / "chapters" / "1-seeing" / "02-name.ipynb"
    chapter.parent.mkdir(parents=True)
    chapter.write_text("{}")
    copy = chapter.parent / ".ipynb_checkpoints" / chapter.name
    copy.parent.mkdir()
    copy.write_text("{}")
    assert notebooks.find(["2"], root=tmp_path) == [chapter]
    assert notebooks.find(["02"], root=tmp_path) == [chapter]
    assert notebooks.find(root=tmp_path) == [chapter]
    with pytest.raises(SystemExit, match="03"):
        notebooks.find(["03"], root=tmp_path)
