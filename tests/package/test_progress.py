"""Progress is shown to a person who looks on, and to nobody else."""

import io
import math
import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from types import SimpleNamespace

import pytest

from dlcv.progress import progress, report, somebody_watches

CODE = Path(__file__).parents[2] / "code"
SVG = "{http://www.w3.org/2000/svg}"


def row(epoch, **columns):
    return {"epoch": epoch, "train_loss": 1.2344, "train_accuracy": 0.5671, **columns}


WHOLE = row(3, validation_loss=1.3, validation_accuracy=0.5, seconds=12.34)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def kernel(monkeypatch):
    """A notebook's kernel with a person in front of it."""
    kernel = SimpleNamespace(_allow_stdin=True)
    fake = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=kernel))
    monkeypatch.setitem(sys.modules, "IPython", fake)
    return kernel


@pytest.fixture
def shown(monkeypatch, kernel):
    """What a notebook would display, update by update; text bars stand for the notebook's bar."""
    import tqdm
    import tqdm.auto

    updates = []
    handle = SimpleNamespace(update=lambda content, raw: updates.append(content))

    def display(content, raw, display_id):
        assert raw and display_id
        updates.append(content)
        return handle

    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=display))
    monkeypatch.setattr(tqdm.auto, "tqdm", tqdm.tqdm)
    return updates


# ---- who watches


@pytest.mark.parametrize("watched", [True, False], ids=["live notebook", "executed notebook"])
def test_a_notebook_is_watched_where_it_can_ask_somebody(kernel, watched):
    kernel._allow_stdin = watched
    assert somebody_watches() is watched


def test_a_progress_bar_writes_nothing_into_a_log(capfd):
    assert list(progress(range(3), desc="decoding")) == [0, 1, 2]
    assert capfd.readouterr() == ("", "")


def test_a_progress_bar_in_a_terminal_clears_itself(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert list(progress(range(3), desc="decoding")) == [0, 1, 2]
    written = sys.stderr.getvalue()
    assert "decoding" in written and written.split("\r")[-2].strip() == ""


# ---- which report


def kind_of(report):
    report.close()
    return type(report).__name__


def test_auto_shows_curves_to_a_person_in_front_of_a_notebook(shown):
    assert kind_of(report(steps=10)) == "_NotebookReport"


def test_auto_says_nothing_in_a_notebook_that_a_program_executes(kernel, monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    kernel._allow_stdin = False
    assert kind_of(report(steps=10)) == "Report"


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_auto_writes_lines_in_a_terminal(monkeypatch, stream):
    monkeypatch.setattr(sys, stream, Terminal())
    assert kind_of(report(steps=10)) == "_LinesReport"


def test_where_nobody_watches_auto_and_none_write_nothing(capfd):
    for mode in ("auto", "none"):
        silent = report(mode, steps=10)
        silent.step()
        silent.epoch([WHOLE])
        silent.close()
    assert capfd.readouterr() == ("", "")


def test_a_mode_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="mode: got 'loud', wanted one of 'auto', 'notebook'"):
        report("loud", steps=10)


def test_curves_without_a_notebook_are_refused():
    with pytest.raises(RuntimeError, match='needs a notebook.*use "lines"'):
        report("notebook", steps=10)


# ---- lines


def test_a_line_says_what_was_measured(capfd):
    lines = report("lines", steps=None, epochs=20)
    lines.step()
    lines.epoch([row(2), WHOLE])
    lines.close()
    assert capfd.readouterr() == (
        "epoch 3/20 · loss 1.234 · accuracy 0.567 · validation loss 1.300 · accuracy 0.500 · "
        "12.3 s\n",
        "",
    )


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        ({"epoch": 1}, "epoch 1"),
        ({"epoch": 1, "train_loss": math.nan}, "epoch 1 · loss nan"),
        ({"epoch": 7, "train_loss": 0.00123456}, "epoch 7 · loss 0.00123"),
        ({"epoch": 7, "train_loss": 123456.0}, "epoch 7 · loss 1.23e+05"),
        ({"epoch": 7, "train_loss": 0.0, "extra": 3}, "epoch 7 · loss 0.000"),
        ({"epoch": 1, "validation_accuracy": 0.5}, "epoch 1 · validation accuracy 0.500"),
    ],
)
def test_what_was_not_measured_is_left_out_of_the_line(capfd, columns, line):
    report("lines", steps=5).epoch([columns])
    assert capfd.readouterr().out == line + "\n"


def test_each_line_is_in_the_log_as_soon_as_its_epoch_ends(tmp_path):
    program = """
import os
from dlcv.progress import report
lines = report("lines", steps=2)
for epoch in (1, 2):
    lines.step()
    lines.epoch([{"epoch": epoch}])
os._exit(0)  # killed: nothing that still waits in a buffer is written
"""
    environment = {**os.environ, "PYTHONUNBUFFERED": "", "PYTHONPATH": str(CODE)}
    command = [sys.executable, "-c", program]
    with open(tmp_path / "log", "w") as log:
        subprocess.run(command, env=environment, stdout=log, stderr=log, check=True)
    assert (tmp_path / "log").read_bytes() == b"epoch 1\nepoch 2\n"


def test_the_bar_of_a_terminal_never_shares_a_row_with_a_line(monkeypatch):
    screen = Terminal()  # both streams of a program go to the same terminal
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setattr(sys, "stderr", screen)
    lines = report("lines", steps=4, epochs=2)
    for epoch in (1, 2):
        lines.step()
        lines.epoch([{"epoch": epoch}])
    lines.close()
    rows = screen.getvalue().split("\n")
    seen = [written.rstrip().split("\r")[-1] for written in rows]  # \r starts the row again
    assert seen == ["epoch 1/2", "epoch 2/2", ""]
    assert "0/4" in rows[0]  # the bar was there


# ---- a notebook


def drawing(shown):
    return ElementTree.fromstring(
        shown[-1]["text/html"].replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    )


def texts(svg):
    return [text.text for text in svg.iter(f"{SVG}text")]


def draw(shown, rows, epochs=None):
    notebook = report("notebook", steps=10, epochs=epochs)
    notebook.epoch(rows)
    svg = drawing(shown)
    notebook.close()
    return svg


def curves(svg):
    """The corners of each curve: a list of pixels for each part without a gap."""
    lines = [path.get("d") for path in svg.iter(f"{SVG}path") if path.get("stroke-width") == "2"]
    return [
        [re.findall(r"([\d.-]+) ([\d.-]+)h0", part) for part in line.split("M")[1:]]
        for line in lines
    ]


def test_the_curves_grow_in_one_output_that_is_cleared_at_the_end(shown):
    notebook = report("notebook", steps=2)
    notebook.step()
    notebook.epoch([row(1)])
    notebook.step()
    notebook.epoch([row(1), row(2)])
    assert [len(curves(drawing([update]))[0][0]) for update in shown] == [1, 2]
    notebook.close()
    notebook.close()
    assert shown[2:] == [{"text/html": "", "text/plain": ""}]


def test_a_notebook_that_was_interrupted_in_its_first_epoch_shows_nothing(shown):
    report("notebook", steps=2).close()
    assert shown == []


def test_the_drawing_says_its_numbers_in_words_too(shown):
    svg = draw(shown, [WHOLE], epochs=20)
    assert svg.get("role") == "img"
    words = "epoch 3/20 · loss 1.234 · accuracy 0.567 · validation loss 1.300 · accuracy 0.500"
    assert svg.get("aria-label") == shown[0]["text/plain"] == words + " · 12.3 s"


def test_both_ends_of_both_axes_and_the_last_values_are_labelled(shown):
    first = row(1, train_loss=2.0, validation_loss=3.0)
    svg = draw(shown, [first, row(2, train_loss=1.5, validation_loss=1.0)], epochs=9)
    loss = ["loss", "3.000", "1.000", "1", "epoch", "9", "train 1.500", "validation 1.000"]
    accuracy = ["accuracy", "0.567", "0.000", "1", "epoch", "9", "train 0.567"]
    assert texts(svg) == loss + accuracy


def test_a_value_stands_where_its_axis_says(shown):
    losses = [4.0, 3.0, 2.0]
    svg = draw(shown, [{"epoch": n + 1, "train_loss": loss} for n, loss in enumerate(losses)], 5)
    axis = next(svg.iter(f"{SVG}path")).get("d")
    top, bottom, width = map(int, re.fullmatch(r"M0 (\d+)V(\d+)H(\d+)", axis).groups())
    points = [tuple(map(float, point)) for point in curves(svg)[0][0]]
    assert points == [(0, top), (width / 4, (top + bottom) / 2), (width / 2, bottom)]


def test_a_value_that_is_not_finite_leaves_a_gap(shown):
    losses = [3.0, 2.5, math.nan, 2.0, math.inf, 1.5, 1.2, math.nan]
    svg = draw(shown, [{"epoch": n + 1, "train_loss": loss} for n, loss in enumerate(losses)])
    assert [len(part) for part in curves(svg)[0]] == [2, 1, 2]
    assert "train nan" in texts(svg) and "3.000" in texts(svg) and "1.200" in texts(svg)
    assert "nan" not in ElementTree.tostring(svg).decode().replace("train nan", "").replace(
        "loss nan", ""
    )


def test_a_run_that_measured_only_nan_is_drawn_all_the_same(shown):
    svg = draw(shown, [{"epoch": 1, "train_loss": math.nan}])
    assert curves(svg) == [[]] and "train nan" in texts(svg)


def test_what_was_not_measured_is_not_drawn(shown):
    svg = draw(shown, [{"epoch": 1, "train_loss": 0.5}])
    assert "accuracy" not in texts(svg) and len(curves(svg)) == 1


# ---- cost


@pytest.mark.parametrize("mode", ["none", "lines"])
def test_a_step_costs_about_a_microsecond(mode):
    counter = report(mode, steps=None)
    rounds = []
    for _ in range(7):
        start = time.perf_counter()
        for _ in range(2000):
            counter.step()
        rounds.append((time.perf_counter() - start) / 2000)
    assert min(rounds) < 5e-6


def test_a_step_under_a_bar_costs_microseconds(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    counter = report("lines", steps=200_000)
    start = time.perf_counter()
    for _ in range(50_000):
        counter.step()
    assert (time.perf_counter() - start) / 50_000 < 20e-6  # measured: below 1e-6
    counter.close()


def test_progress_needs_neither_torch_nor_matplotlib():
    code = (
        "import sys, dlcv.progress; assert not {'torch', 'matplotlib', 'tqdm'} & set(sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(CODE)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
