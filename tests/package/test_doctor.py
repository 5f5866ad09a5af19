"""The doctor: on a sound machine and on broken ones, it reports and never crashes."""

import importlib
import os
import platform
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from dlcv import doctor


@pytest.fixture(autouse=True)
def quick_and_apart(monkeypatch, tmp_path):
    """A data folder of its own, and a measurement of speed that takes no time."""
    monkeypatch.setenv("DLCV_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(doctor, "_matrix_rate", lambda name, size: 12345.6)


def line_of(report, name):
    """The lines of one check, joined."""
    lines = report.splitlines()
    start = next(i for i, line in enumerate(lines) if line[2:].startswith(name + " "))
    more = lines[start + 1 :]
    count = next(i for i, line in enumerate(more) if not line.startswith("  "))
    return " ".join(part.strip() for part in lines[start : start + 1 + count])


def test_a_new_python_with_no_library_at_all_runs_it_and_succeeds(tmp_path):
    for name in doctor.LIBRARIES.values():
        error = f"raise ModuleNotFoundError('No module named {name}', name={name!r})\n"
        (tmp_path / f"{name}.py").write_text(error)
    result = subprocess.run(
        [sys.executable, "-m", "dlcv.doctor"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert result.returncode == 0 and result.stderr == ""
    for name in doctor.LIBRARIES:
        assert f"pip install {name}" in line_of(result.stdout, name)
    assert "to mend" in result.stdout.splitlines()[-1]


def test_the_module_runs_as_a_program_and_succeeds_even_with_a_problem(
    tmp_path, monkeypatch, capfd
):
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    monkeypatch.setenv("DLCV_DATA", str(blocked / "data"))
    runpy.run_path(doctor.__file__, run_name="__main__")
    out, err = capfd.readouterr()
    assert err == ""
    assert "✗ data folder" in out
    assert line_of(out, "speed").startswith("✓")  # measured here, for once
    assert "12,346" not in out and "1 to mend" in out.splitlines()[-1]


def test_a_sound_machine_has_nothing_to_mend():
    report = doctor.report()
    assert "✗" not in report
    assert report.endswith("nothing to mend")
    assert torch.__version__ in line_of(report, "torch")
    assert platform.python_version() in line_of(report, "python")
    assert f"{torch.get_num_threads()} for PyTorch" in line_of(report, "threads")
    assert "12,346 GFLOP/s on cpu" in line_of(report, "speed")


def test_a_missing_library_is_named_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage", None)  # what Python does with a module it lacks
    report = doctor.report()
    assert (
        line_of(report, "scikit-image")
        == "✗ scikit-image  missing; install it: pip install scikit-image"
    )
    assert line_of(report, "torch").startswith("✓")
    assert report.endswith("1 to mend: see the lines with ✗")


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OSError("libtorch.so: undefined symbol"), "does not import.*undefined symbol.*reinstall"),
        (
            ModuleNotFoundError("No module named 'PIL'", name="PIL"),
            "needs PIL.*reinstall torchvision",
        ),
    ],
)
def test_a_library_that_does_not_import_is_reported(monkeypatch, error, says):
    def import_module(name):
        if name == "torchvision":
            raise error
        return importlib.__import__(name)

    monkeypatch.setattr(doctor.importlib, "import_module", import_module)
    with pytest.raises(doctor.Problem, match=says):
        doctor.library_version("torchvision")
    assert line_of(doctor.report(), "torchvision").startswith("✗")


def test_a_version_that_the_package_does_not_allow_is_reported(monkeypatch):
    monkeypatch.setattr(
        doctor.importlib.metadata, "requires", lambda name: ["torch>=2.11", "numpy"]
    )
    monkeypatch.setattr(torch, "__version__", "2.1.0+cpu")
    assert "✗ torch         2.1.0+cpu does not suit dlcv" in doctor.report()
    monkeypatch.setattr(torch, "__version__", "2.11.0+cu126")
    assert "✗" not in doctor.report()


def test_a_check_that_fails_in_an_unforeseen_way_does_not_stop_the_others(monkeypatch):
    def broken():
        raise RuntimeError("driver too old")

    monkeypatch.setattr(doctor, "devices", broken)
    report = doctor.report()
    assert "✗ devices       the check failed: RuntimeError: driver too old" in report
    assert line_of(report, "speed").startswith("✓")


def test_the_data_folder_is_described_but_not_made(tmp_path):
    assert "made when first needed" in line_of(doctor.report(), "data folder")
    assert not (tmp_path / "data").exists()
    (tmp_path / "data").mkdir()
    assert line_of(doctor.report(), "data folder").endswith("data: writable")
    assert list((tmp_path / "data").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_reported_with_the_way_out(monkeypatch):
    def refuse(**options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refuse)
    line = line_of(doctor.report(), "data folder")
    assert line.startswith("✗") and "Permission denied" in line and "set DLCV_DATA" in line


def test_the_data_sets_that_are_here_are_listed(tmp_path):
    assert "cifar10: not here; to get it" in line_of(doctor.report(), "data sets")
    (tmp_path / "data" / "cifar10" / "test").mkdir(parents=True)  # an image folder
    assert "cifar10: test" in line_of(doctor.report(), "data sets")
    (tmp_path / "data" / "cifar10" / "train.npz").touch()  # the cache
    assert "cifar10: train and test" in line_of(doctor.report(), "data sets")


def test_it_tells_whether_the_network_is_allowed(monkeypatch):
    monkeypatch.setenv("DLCV_OFFLINE", "1")
    assert "forbidden (DLCV_OFFLINE=1)" in line_of(doctor.report(), "network")
    monkeypatch.delenv("DLCV_OFFLINE")
    assert "allowed" in line_of(doctor.report(), "network")


def test_the_home_folder_is_not_given_away(monkeypatch, tmp_path):
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert "~/data" in line_of(doctor.report(), "data folder")
    assert str(tmp_path) not in doctor.report()


def test_speed_counts_two_operations_for_each_product_of_two_numbers(monkeypatch):
    monkeypatch.undo()
    ticks = iter(range(100))
    monkeypatch.setattr(doctor.time, "perf_counter", lambda: next(ticks))  # every run takes 1 s
    assert doctor._matrix_rate("cpu", 100) == pytest.approx(10 * 2 * 100**3 / 1e9)
