"""`make bench`: every benchmark runs, in tiny sizes, and its results file is in form.

The benchmarks run in a process of their own, so what they import stays out of the other tests.
"""

import os
import platform
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[2]
NAMES = ["training", "loaders", "convolution", "imports", "scenes", "gpu"]
STORED = sorted((ROOT / "benchmarks" / "results").glob("*.md"))


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> str:
    """The file that a quick run of all benchmarks stores."""
    folder = tmp_path_factory.mktemp("results")
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", "--results", str(folder)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": "code", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    (file,) = folder.iterdir()
    return file.read_text(encoding="utf-8")


@pytest.fixture
def benchmarks(monkeypatch):
    """The parts of the benchmarks that import nothing heavy but torch."""
    monkeypatch.syspath_prepend(ROOT)
    from benchmarks import harness, report

    return SimpleNamespace(harness=harness, report=report)


def check_form(text: str, names: list[str]) -> None:
    """A title, the sections in order, each with its command and date, tables with equal rows."""
    assert re.match(r"# Benchmarks: .+, \d+ cores\n", text)
    assert re.findall(r"<!-- section: (\w+) -->\n\n## ", text) == names
    assert re.findall(r"^`make bench BENCH=(\w+)`, \d{4}-\d\d-\d\d: Python", text, re.M) == names
    tables = re.findall(r"(?:^\|.*\n)+", text, re.M)
    assert len(tables) >= len(names)
    for table in tables:
        lines = table.splitlines()
        assert len(lines) >= 3 and set(lines[1]) == set("|-:"), table
        assert len({line.count("|") for line in lines}) == 1, table


def check_names_nobody(text: str) -> None:
    """No path, no user, no host."""
    assert not re.search(r"(?<![\w.])(?:/\w+){2,}|[A-Z]:\\|~/", text)
    for private in (str(Path.home()), platform.node()):
        assert len(private) < 4 or private not in text


def test_every_benchmark_runs_and_stores_its_section(results):
    check_form(results, NAMES)
    check_names_nobody(results)


def test_the_stored_results_are_in_form(benchmarks):
    assert STORED, "no results are stored in benchmarks/results: run `make bench`"
    for file in STORED:
        text = file.read_text(encoding="utf-8")
        measured = [name for name in NAMES if f"<!-- section: {name} -->" in text]
        assert measured == NAMES or file.stem.startswith("nvidia-") and "gpu" in measured
        check_form(text, measured)
        check_names_nobody(text)
        title = text.splitlines()[0].removeprefix("# Benchmarks: ")
        assert file.stem == benchmarks.report.slug(title)


def test_the_training_table_shows_the_noise_and_our_loop(results):
    section = results.split("<!-- section: loaders -->")[0]
    for row in ("raw loop, again", "dlcv Trainer, history and progress"):
        assert len(re.findall(rf"^\| {row} +\|.+\[.+\]", section, re.M)) == 3
    for library in ("Lightning", "Accelerate"):  # measured, or said that it is not
        assert f"| {library}" in section or f"{library} could not be had" in section


def test_one_section_measured_again_leaves_the_others(benchmarks, tmp_path):
    store, order = benchmarks.report.store, ["one", "two"]
    for name, words in (("two", "old"), ("one", "first"), ("two", "new")):
        file = store(name, f"<!-- section: {name} -->\n\n## {words}\n", order, tmp_path)
    assert re.findall(r"^## (.*)", file.read_text(encoding="utf-8"), re.M) == ["first", "new"]


def test_overheads_are_differences_of_the_same_round(benchmarks):
    # Rounds twice as slow for both: the loops differ by 1 and 2 ms in 10 steps, by a tenth always.
    times = {"raw": [0.010, 0.010, 0.020], "ours": [0.011, 0.011, 0.022]}
    assert benchmarks.harness.overhead_rows(times, steps=10) == [
        ["raw", "1.00", "", "1"],
        ["ours", "1.10", "+100 [+100, +200]", "1.100"],
    ]


def test_rates_count_what_each_contender_makes(benchmarks):
    times = {"slow": [1.0, 2.0, 4.0], "fast": [0.1, 0.2, 0.4]}
    assert benchmarks.harness.rate_rows(times, {"slow": 200, "fast": 1000}) == [
        ["slow", "100", "1"],
        ["fast", "5,000", "50"],
    ]


def test_each_round_begins_with_another_contender(benchmarks):
    calls = []
    contenders = {name: lambda name=name: calls.append(name) for name in "abc"}
    times = benchmarks.harness.alternate(contenders, rounds=3, warmup=0)
    assert "".join(calls) == "abcbcacab"
    assert [len(times[name]) for name in "abc"] == [3, 3, 3]


def test_a_contender_that_times_itself_is_believed(benchmarks):
    assert benchmarks.harness.alternate({"own": lambda: 42.0}, rounds=2) == {"own": [42.0, 42.0]}
