"""The descent explorer and its map: what they draw, hand to the script, and refuse."""

import base64
import dataclasses
import importlib
import io
import json
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from PIL import Image

from dlcv import figures, interactive

BOWL, VALLEY, SADDLE, TWO = interactive.SURFACES


def gradient_and_curvatures(surface, w):
    w = torch.tensor(w, dtype=torch.float64)
    hessian = torch.autograd.functional.hessian(surface, w)
    gradient = torch.autograd.functional.jacobian(surface, w)
    return gradient.tolist(), torch.linalg.eigvalsh(hessian).tolist()


@pytest.mark.parametrize(
    ("surface", "w", "curvatures"),
    [
        (BOWL, (0.0, 0.0), [1, 1]),
        (VALLEY, (0.0, 0.0), [1, 25]),
        (SADDLE, (0.0, 0.0), [-1, 1]),
        (SADDLE, (0.0, 1.0), [1, 2]),
        (SADDLE, (0.0, -1.0), [1, 2]),
    ],
)
def test_the_surfaces_are_flat_and_bent_where_they_should_be(surface, w, curvatures):
    gradient, bent = gradient_and_curvatures(surface, w)
    assert gradient == pytest.approx([0, 0], abs=1e-12)
    assert bent == pytest.approx(curvatures, abs=1e-12)


def test_the_valley_is_turned_by_thirty_degrees():
    along = torch.tensor([3**0.5 / 2, 0.5], dtype=torch.float64)
    assert VALLEY(along).item() == pytest.approx(0.5)


def test_of_two_minima_the_left_one_is_lower():
    x = torch.linspace(-2, 2, 4001, dtype=torch.float64)
    heights = TWO(torch.stack([x, torch.zeros_like(x)], dim=1)).numpy()
    lowest = 1 + np.flatnonzero((heights[1:-1] < heights[:-2]) & (heights[1:-1] < heights[2:]))
    assert len(lowest) == 2 and heights[lowest[0]] < heights[lowest[1]] - 0.1


def test_the_script_gets_the_surfaces(shown):
    mine = interactive.Surface("mine <b>", [(1.0, 2, 0), (2.0, 0, 4)], (0.5, -0.25), 0.2, 0.5, 1.0)
    interactive.descent_explorer([mine, BOWL], alt="A map.")
    html = shown[0]["text/html"]
    (call,) = re.findall(r"\n  descentExplorer\(root, (.*)\);\n", html)
    surfaces = json.loads(call)["surfaces"]
    assert surfaces[0] == json.loads(json.dumps(dataclasses.asdict(mine)))
    assert surfaces[1]["name"] == "round bowl" and shown[0]["text/plain"] == "A map."
    assert '<option value="0">mine &lt;b&gt;' in html


def test_nothing_is_fetched_and_two_runs_are_alike(shown):
    for _ in range(2):
        interactive.descent_explorer(alt="A map </script> of & more")
    first, second = (output["text/html"] for output in shown)
    assert first == second
    assert not re.findall(r"(?:src|href)=\"(?!data:)", first) and "http" not in first
    assert first.count("</script>") == 1
    assert len(first) < 100_000


def test_without_scripts_a_map_with_a_path_is_there(shown):
    interactive.descent_explorer(alt="A map.")
    source = re.search(
        r'<img data-static src="data:image/webp;base64,([^"]+)" alt="A map."',
        shown[0]["text/html"],
    )
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(source[1]))).convert("RGB"), int)
    amber = (abs(picture - [212, 128, 0]) < 40).all(axis=2)
    assert amber.sum() > 300
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"terms": []}, "needs terms"),
        ({"terms": [(1.0, -1, 0)]}, "needs terms"),
        ({"start": (3.0, 0.0)}, "start inside"),
        ({"half": 0.0}, "start inside"),
        ({"learning_rate": 0.0}, "α > 0"),
        ({"momentum": 1.0}, "β < 1"),
    ],
)
def test_a_surface_that_does_not_fit_is_refused(shown, change, message):
    with pytest.raises(ValueError, match=message):
        interactive.descent_explorer([dataclasses.replace(BOWL, **change)], alt="A map.")
    with pytest.raises(ValueError, match="at least one"):
        interactive.descent_explorer([], alt="A map.")
    with pytest.raises(ValueError, match="alt"):
        interactive.descent_explorer(alt=" ")
    assert shown == []


def test_a_map_holds_the_paths_and_its_lines_stand_at_equal_steps_of_the_root():
    fig, ax = plt.subplots()
    paths = {"slow": torch.tensor([[1.0, 1.0], [0.5, 0.5]]), "": torch.zeros(3, 2)}
    figures.plot_descent(lambda w: (w**2).sum(), paths, (-1, 1, -2, 2), ax=ax, title="A bowl")
    lines = {line.get_label(): line.get_xydata().tolist() for line in ax.get_lines()}
    assert lines["slow"] == [[1, 1], [0.5, 0.5]]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["slow"]
    assert (
        ax.get_xlim() == (-1, 1) and ax.get_ylim() == (-2, 2) and ax.get_title("left") == "A bowl"
    )
    assert ax.get_aspect() == 1  # a right angle is drawn as one
    levels = ax.collections[-1].levels if hasattr(ax.collections[-1], "levels") else []
    assert np.diff(levels) == pytest.approx(np.full(len(levels) - 1, 5**0.5 / 12))
    plt.close(fig)


def test_a_map_refuses_what_does_not_fit():
    fig, ax = plt.subplots()
    with pytest.raises(ValueError, match=r"'bad' must be \(T, 2\), not \(3,\)"):
        figures.plot_descent(torch.sum, {"bad": torch.zeros(3)}, (0, 1, 0, 1), ax=ax)
    with pytest.raises(ValueError, match="limits"):
        figures.plot_descent(torch.sum, {}, (1, 0, 0, 1), ax=ax)
    with pytest.raises(ValueError, match="alt"):
        figures.plot_descent(torch.sum, {}, (0, 1, 0, 1))
    plt.close(fig)


def test_a_map_for_each_path_is_shown_side_by_side(monkeypatch):
    shown = []
    monkeypatch.setattr(
        importlib.import_module("dlcv.figures.surfaces"), "show", lambda fig, alt: shown.append(fig)
    )
    paths = {"slow": torch.zeros(2, 2), "fast": torch.ones(3, 2)}
    figures.show_descents(lambda w: (w**2).sum(), paths, (-1, 1, -1, 1), alt="Two maps.")
    (fig,) = shown
    assert [ax.get_title("left") for ax in fig.axes] == ["slow", "fast"]
    assert [len(ax.get_lines()[0].get_xydata()) for ax in fig.axes] == [2, 3]
    plt.close(fig)
    with pytest.raises(ValueError, match="alt"):
        figures.show_descents(lambda w: (w**2).sum(), paths, (-1, 1, -1, 1), alt="")


@pytest.mark.parametrize("log", ["", "x", "y", "xy"])
def test_curves_may_stand_on_logarithmic_axes(log):
    fig, ax = plt.subplots()
    figures.plot_curves([1, 10, 100], {"a": [1, 2, 3]}, ax=ax, log=log)
    scales = {"x": ax.get_xscale(), "y": ax.get_yscale()}
    assert scales == {axis: "log" if axis in log else "linear" for axis in "xy"}
    with pytest.raises(ValueError, match="log: .* was wanted, not 'z'"):
        figures.plot_curves([1, 2], {"a": [1, 2]}, ax=ax, log="z")
    plt.close(fig)
