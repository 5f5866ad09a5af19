"""Interactive figures: the page's form, the live form, and what is refused."""

import base64
import io
import itertools
import json
import math
import re
import sys
from html.parser import HTMLParser
from types import SimpleNamespace

import ipywidgets
import matplotlib.pyplot as plt
import nbclient
import nbformat
import numpy as np
import pytest
import torch
from PIL import Image

from dlcv import interactive
from dlcv.interactive import explorer, linear_classifier, live
from dlcv.interactive import frames as storage
from dlcv.interactive.controls import make_controls

LEVELS = [0, 0.25, 0.5, 1]


@pytest.fixture
def shown(monkeypatch):
    """The outputs that were displayed, each a dictionary by MIME type."""
    outputs, before = [], plt.get_fignums()
    for module in (explorer, linear_classifier):
        monkeypatch.setattr(module, "publish", outputs.append)
    yield outputs
    assert plt.get_fignums() == before


@pytest.fixture
def small_page(monkeypatch):
    """A page that a few small frames of noise fill: quicker to draw than what fills a real one."""
    assert storage.LARGEST_PAGE == 500_000
    monkeypatch.setattr(storage, "LARGEST_PAGE", 72_000)
    return storage.LARGEST_PAGE


def gray(level, size=(2, 1)):
    """A figure that is nothing but one level of gray."""
    return plt.figure(figsize=size, facecolor=str(level), layout="none")


def two(level, side):
    """Gray on one side, black on the other."""
    fig = gray(0)
    fig.add_axes([0.5 * (side == "right"), 0, 0.5, 1], facecolor=str(level)).set(
        xticks=[], yticks=[]
    )
    return fig


def noise(seed, points=400):
    random = np.random.default_rng(seed)
    fig, ax = plt.subplots(figsize=(1.6, 1.2))
    ax.scatter(*random.random((2, points)), c=random.random(points), cmap="hsv", s=9)
    return fig


class Tags(HTMLParser):
    """All tags of a piece of HTML: `(name, attributes)`."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, name, attributes):
        self.found.append((name, dict(attributes)))

    def all(self, name):
        return [attributes for tag, attributes in self.found if tag == name]


def script_data(html):
    """What the script is given: the second argument of its call."""
    (call,) = re.findall(r"\n  (?:explore|linearClassifier)\(root, (.*)\);\n", html)
    return json.loads(call)


def frames(html):
    """The decoded frames with their texts, in order."""
    data = script_data(html)
    first = Tags(html).all("img")[0]["src"]
    sources = [source or first for source in data["sources"]]
    images = [base64.b64decode(source.partition("base64,")[2]) for source in sources]
    return [
        (alt, np.asarray(Image.open(io.BytesIO(image)).convert("L")) / 255)
        for alt, image in zip(data["alts"], images, strict=True)
    ]


# ---------------------------------------------------------------------------- the page's form


def test_every_combination_has_its_frame_and_its_text(shown):
    interactive.explore(two, alt="{side} at {level}", level=LEVELS, side=["left", "right"])
    seen = frames(shown[0]["text/html"])
    wanted = list(itertools.product(LEVELS, ["left", "right"]))
    assert [alt for alt, _ in seen] == [f"{side} at {level}" for level, side in wanted]
    for (level, side), (_, image) in zip(wanted, seen, strict=True):
        height, width = image.shape
        sides = image[height // 2, width // 4], image[height // 2, 3 * width // 4]
        assert sides == pytest.approx((level, 0) if side == "left" else (0, level), abs=0.02)


def test_the_first_picture_is_a_plain_image_that_needs_no_script(shown):
    defaults = {"level": 0.5, "side": "right"}
    choices = {"level": LEVELS, "side": ["left", "right"]}
    interactive.explore(two, alt="{side} at {level}", defaults=defaults, **choices)
    html = shown[0]["text/html"]
    (image,) = Tags(html).all("img")
    assert (image["alt"], image["width"], image["height"]) == ("right at 0.5", "200", "100")
    sources = script_data(html)["sources"]
    assert [i for i, source in enumerate(sources) if source is None] == [5]  # not stored twice
    first = np.asarray(Image.open(io.BytesIO(base64.b64decode(image["src"].split(",")[1]))))
    assert first.mean() / 255 == pytest.approx(0.25, abs=0.02)  # half black, half mid-gray
    assert shown[0]["text/plain"] == "right at 0.5"


def test_each_kind_of_value_gets_its_control_and_label(shown):
    interactive.explore(
        lambda level, side, dark: two(level, side),
        alt="{side} {level} {dark}",
        level=[0, 1],
        side=["left", "right"],
        dark=[True, False],
        labels={"level": "brightness <b>"},
        units={"level": " %"},
    )
    html = shown[0]["text/html"]
    tags = Tags(html)
    (slider,) = [i for i in tags.all("input") if i["type"] == "range"]
    assert (slider["min"], slider["max"], slider["value"]) == ("0", "1", "0")
    assert slider["aria-valuetext"] == "0 %"
    (box,) = [i for i in tags.all("input") if i["type"] == "checkbox"]
    assert "checked" in box  # the first value given was True
    assert len(tags.all("select")) == 1 and len(tags.all("option")) == 2
    assert "brightness &lt;b&gt;" in html
    assert all(re.search(f"<label>(?:(?!</label>).)*<{t}", html, re.S) for t in ("input", "select"))


def test_a_page_is_the_same_on_every_run_and_another_figure_has_another_id(shown):
    for level in (LEVELS, LEVELS, [0, 1]):
        interactive.explore(gray, alt="gray {level}", level=level)
    first, second, third = (output["text/html"] for output in shown)
    assert first == second
    assert Tags(first).all("div")[0]["id"] != Tags(third).all("div")[0]["id"]


def test_nothing_is_fetched_and_no_text_ends_the_script(shown):
    alt = 'a "quoted" </script><img src=x> {level}'
    interactive.explore(gray, alt=alt, level=[0, 1])
    html = shown[0]["text/html"]
    assert html.count("</script>") == 1 and html.rstrip().endswith("</div>")
    assert not re.search(r"https?://|@import|url\(", html)
    assert [image["alt"] for image in Tags(html).all("img")] == [alt.format(level=0)]
    assert script_data(html)["alts"][1] == alt.format(level=1)


def test_a_function_can_write_the_texts(shown):
    interactive.explore(gray, alt=lambda level: f"{100 * level:.0f} percent", level=LEVELS)
    assert script_data(shown[0]["text/html"])["alts"][1] == "25 percent"


def test_heavy_frames_are_made_coarser_until_they_fit(shown, small_page):
    interactive.explore(noise, alt="noise {seed}", seed=range(4))
    html = shown[0]["text/html"]
    assert 0.5 * small_page < len(html) <= small_page
    widths = {image.shape[1] for _, image in frames(html)}
    assert len(widths) == 1 and widths < {160, 200}  # 240 at the finest level


# ---------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("controls", "message"),
    [
        ({}, "at least one control"),
        ({"level": [0.5]}, "level: two or more"),
        ({"level": [0, 0]}, "level: two or more"),
        ({"level": [1, 0]}, "level: numbers must rise"),
        ({"level": [0, "a"]}, "level: all numbers"),
        ({"level": [0, math.nan]}, "level: numbers must be finite"),
        ({"level": "left"}, "level: a list or range"),
        ({"level": 3}, "level: a list or range"),
    ],
)
def test_controls_that_cannot_be_meant_are_refused(controls, message, shown):
    with pytest.raises(ValueError, match=message):
        interactive.explore(gray, alt="gray {level}", **controls)
    assert shown == []


def test_too_many_frames_are_refused_before_anything_is_drawn(shown):
    with pytest.raises(ValueError, match=r"13 \(a\) × 5 \(b\) = 65 frames"):
        interactive.explore(None, alt="{a} {b}", a=range(13), b=range(5))


def test_frames_that_are_too_heavy_are_refused_with_what_to_do(shown, small_page):
    with pytest.raises(ValueError, match=r"12 frames of about \d+ kB .* fewer values"):
        interactive.explore(noise, alt="noise {seed}", seed=range(12))
    assert shown == []


@pytest.mark.parametrize(
    ("alt", "message"),
    [
        ("gray", r"\{level\}"),
        ("{level} {other}", r"\{level\}"),
        ("", "alt"),
        (lambda level: "", "alt"),
        (lambda level: "gray", "the same of every frame"),
    ],
)
def test_a_text_that_does_not_follow_the_controls_is_refused(alt, message, shown):
    with pytest.raises(ValueError, match=message):
        interactive.explore(gray, alt=alt, level=LEVELS)


@pytest.mark.parametrize("option", ["labels", "units", "defaults", "live_steps"])
def test_an_option_for_no_control_is_refused(option, shown):
    with pytest.raises(ValueError, match=f"{option}: .*'sigma'"):
        interactive.explore(gray, alt="gray {level}", level=LEVELS, **{option: {"sigma": 1}})


def test_a_default_must_be_among_the_values(shown):
    with pytest.raises(ValueError, match="level=0.3"):
        interactive.explore(gray, alt="gray {level}", level=LEVELS, defaults={"level": 0.3})


def test_draw_must_return_figures_of_one_size(shown):
    with pytest.raises(TypeError, match="draw: .*int"):
        interactive.explore(lambda level: 3, alt="gray {level}", level=LEVELS)
    with pytest.raises(ValueError, match="same size"):
        interactive.explore(
            lambda level: gray(level, (2, 1 + level)), alt="gray {level}", level=LEVELS
        )


# ---------------------------------------------------------------------------- the live form


def live_fields(**choices):
    """The live controls by name, with the values that each drawing was asked for, and the view."""
    controls = make_controls(choices, {}, {}, {}, {})
    asked = []

    def draw(**values):
        asked.append(values)
        return gray(0.5)

    box = live.live_explorer(draw, controls, lambda values: f"gray {values}", "first")
    *fields, view = box.children
    return dict(zip(choices, fields, strict=True)), asked, view


def test_a_live_slider_draws_values_that_no_frame_has():
    fields, asked, view = live_fields(level=LEVELS, side=["left", "right"])
    assert view.value == "first" and asked == []  # nothing is drawn twice
    fields["level"].value = 0.33
    fields["side"].value = "right"
    assert asked == [{"level": 0.33, "side": "left"}, {"level": 0.33, "side": "right"}]
    assert "level&#x27;: 0.33" in view.value and "data:image/webp" in view.value
    assert plt.get_fignums() == []


def test_an_error_in_a_live_drawing_is_shown_and_the_next_value_works():
    controls = make_controls({"level": [0.5, 1.0]}, {}, {}, {}, {})
    calls = iter([ValueError("no <such> level"), gray(0.5)])

    def draw(level):
        result = next(calls)
        if isinstance(result, Exception):
            raise result
        return result

    box = live.live_explorer(draw, controls, lambda values: "gray", "first")
    box.children[0].value = 0.7
    assert "no &lt;such&gt; level" in box.children[1].value
    box.children[0].value = 0.8
    assert "data:image/webp" in box.children[1].value


@pytest.mark.parametrize(
    ("values", "kind", "settings"),
    [
        ([0.5, 1, 2], "FloatSlider", {"min": 0.5, "max": 2, "step": 0.015}),
        ([1, 3, 5, 9], "IntSlider", {"min": 1, "max": 9, "step": 2}),  # odd kernel sizes stay odd
        (range(0, 180, 15), "IntSlider", {"min": 0, "max": 165, "step": 15}),
        ([0.001, 0.01, 0.1], "FloatLogSlider", {"min": -3, "max": -1, "value": 0.001}),
        (["a", "b"], "Dropdown", {"options": ("a", "b")}),
        ([True, False], "Checkbox", {"value": True}),
    ],
)
def test_each_kind_of_value_gets_its_live_control(values, kind, settings):
    fields, _, _ = live_fields(x=values)
    assert type(fields["x"]) is getattr(ipywidgets, kind)
    for name, value in settings.items():
        assert getattr(fields["x"], name) == (value if kind == "Dropdown" else pytest.approx(value))


def test_a_live_step_can_be_finer_than_the_frames():
    controls = make_controls({"angle": range(0, 180, 30)}, {}, {}, {}, {"angle": 1})
    slider = live.live_explorer(gray, controls, str, "").children[0]
    assert (slider.step, slider.max) == (1, 150)


def test_in_a_kernel_one_output_carries_the_page_and_the_widget():
    code = """
import matplotlib.pyplot as plt
from dlcv import figures, interactive
def draw(width):
    fig, ax = plt.subplots()
    ax.plot([0, width])
    return fig
interactive.explore(draw, alt="A line to {width}.", width=[1, 2])
figures.show(draw(1), alt="A line.")
"""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    nbclient.NotebookClient(notebook, kernel_name="python3", timeout=120).execute()
    outputs = notebook.cells[0].outputs
    assert [output.output_type for output in outputs] == ["display_data"] * 2
    assert set(outputs[0].data) == {
        "text/html",
        "text/plain",
        "application/vnd.jupyter.widget-view+json",
    }
    assert set(outputs[1].data) == {"image/png", "text/plain"}
    assert outputs[1].metadata["image/png"]["alt"] == "A line."


def test_without_a_kernel_there_is_the_page_alone(shown):
    interactive.explore(gray, alt="gray {level}", level=[0, 1])
    assert set(shown[0]) == {"text/html", "text/plain"}


def test_without_ipywidgets_there_is_the_page_alone(shown, monkeypatch):
    monkeypatch.setattr("IPython.get_ipython", lambda: SimpleNamespace(kernel=object()))
    assert live.kernel_is_live()
    monkeypatch.setitem(sys.modules, "ipywidgets", None)  # importing it fails
    interactive.explore(gray, alt="gray {level}", level=[0, 1])
    assert set(shown[0]) == {"text/html", "text/plain"}


# ---------------------------------------------------------------------------- linear classifier

POINTS = torch.tensor([[0.0, 0.0], [2.0, 0.0], [0.0, 1.0]])
LABELS = torch.tensor([0, 1, 1])


def test_the_linear_classifier_hands_its_data_to_the_script(shown):
    weights, bias = torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([0.5, -0.5])
    interactive.linear_classifier_explorer(
        POINTS, LABELS, weights, bias, ["cat", "dog"], alt="Two classes."
    )
    data = script_data(shown[0]["text/html"])
    assert data["points"] == POINTS.tolist() and data["labels"] == [0, 1, 1]
    assert data["weights"] == [[1, 2], [3, 4]] and data["bias"] == [0.5, -0.5]
    assert shown[0]["text/plain"] == "Two classes."
    assert len(shown[0]["text/html"]) < 40_000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"points": torch.zeros(3, 3)}, r"points, labels: .*\(3, 3\)"),
        ({"labels": torch.tensor([0, 1])}, "points, labels"),
        ({"labels": torch.tensor([0, 1, 2]), "classes": ["a", "b"]}, "labels: from 0 to 1"),
        ({"labels": torch.tensor([0, 0, 0])}, "2 to 6"),
        ({"points": torch.full((3, 2), math.inf)}, "finite"),
        ({"points": torch.zeros(401, 2), "labels": torch.arange(401) % 2}, "1 to 400"),
        ({"weights": torch.zeros(2, 3)}, r"weights: finite \(2, 2\)"),
        ({"bias": torch.zeros(3)}, r"bias: finite \(2,\)"),
        ({"alt": " "}, "alt"),
    ],
)
def test_a_linear_classifier_that_does_not_fit_is_refused(change, message, shown):
    arguments = {"points": POINTS, "labels": LABELS, "alt": "Two classes."} | change
    with pytest.raises(ValueError, match=message):
        interactive.linear_classifier_explorer(**arguments)
    assert shown == []
