"""The figures: what they draw, how they are shown, and what they refuse."""

import base64
import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from matplotlib.colors import to_rgb
from PIL import Image
from skimage import color, data
from traitlets.config import Config

from dlcv import figures
from dlcv.figures.display import to_image
from dlcv.training import History


@pytest.fixture
def outputs(tmp_path, monkeypatch):
    """What a notebook's cell would hold: a list of dictionaries with `data` and `metadata`."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    shell = InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}))
    shell.display_pub = CapturingDisplayPublisher()
    yield shell.display_pub.outputs
    InteractiveShell.clear_instance()


@pytest.fixture(autouse=True)
def no_figure_stays_open():
    plt.close("all")
    yield
    assert plt.get_fignums() == []


def picture(output):
    return Image.open(io.BytesIO(base64.b64decode(output["data"]["image/png"])))


def a_figure():
    fig, ax = plt.subplots()
    ax.plot([1, 2])
    return fig


def pixel(fig, ax, x, y):
    """The color, from 0 to 1, that is drawn at a place given in the coordinates of `ax`."""
    image = np.asarray(to_image(fig, 100)) / 255
    across, up = ax.transData.transform((x, y))
    return image[image.shape[0] - 1 - int(up), int(across)]


# ---------------------------------------------------------------------------- show


def test_a_figure_is_shown_once_with_its_text_and_closed(outputs):
    fig = a_figure()
    figures.show(fig, alt="  A line that rises. ")
    assert len(outputs) == 1
    shown = {"alt": "A line that rises.", "width": 640, "height": 380}
    assert outputs[0]["metadata"] == {"image/png": shown}
    assert outputs[0]["data"]["text/plain"] == "A line that rises."
    assert picture(outputs[0]).size == (1280, 760)  # twice as fine as it is shown
    assert not plt.fignum_exists(fig.number)


def test_outside_ipython_a_figure_is_closed_and_nothing_else_happens(capsys):
    assert not InteractiveShell.initialized()
    figures.show(a_figure(), alt="A line.")
    assert capsys.readouterr().out == ""


def test_a_figure_is_opaque_white(outputs):
    fig = a_figure()
    fig.patch.set_alpha(0)
    figures.show(fig, alt="A line.")
    assert picture(outputs[0]).convert("RGBA").getpixel((0, 0)) == (255, 255, 255, 255)


def test_a_heavy_figure_is_made_light(outputs):
    photo = torch.tensor(data.astronaut()).permute(2, 0, 1)
    figures.show_images([photo, photo.flip(2), photo.flip(1)], alt="A photo three times.")
    assert len(base64.b64decode(outputs[0]["data"]["image/png"])) <= 150_000
    assert outputs[0]["metadata"]["image/png"]["width"] == 650


def test_what_is_no_figure_is_refused():
    with pytest.raises(TypeError, match="fig: .*ndarray"):
        figures.show(np.zeros(3), alt="A line.")


POINTS, LABELS = torch.tensor([[-1.0, 0.0], [1.0, 0.0]]), torch.tensor([0, 1])
CALLS = {
    "show_images": lambda **k: figures.show_images(torch.zeros(1, 4, 4), **k),
    "show_templates": lambda **k: figures.show_templates(torch.ones(2, 4), "ab", (1, 2, 2), **k),
    "plot_decision_regions": lambda **k: figures.plot_decision_regions(
        lambda p: (p[:, 0] > 0).long(), POINTS, LABELS, **k
    ),
    "plot_confusion": lambda **k: figures.plot_confusion(torch.eye(2), "ab", **k),
    "plot_curves": lambda **k: figures.plot_curves([1, 2], {"a": [1, 2]}, **k),
    "plot_history": lambda **k: figures.plot_history({"train_loss": [1, 2]}, **k),
    "plot_ladder": lambda **k: figures.plot_ladder([("a", 0.5, 3.0)], **k),
}


@pytest.mark.parametrize("name", CALLS)
def test_every_figure_stores_its_text(name, outputs):
    CALLS[name](alt=f"What {name} shows.")
    assert [o["metadata"]["image/png"]["alt"] for o in outputs] == [f"What {name} shows."]


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("alt", ["", "  ", None])
def test_no_figure_is_shown_without_a_text(name, alt, outputs):
    with pytest.raises(ValueError, match="alt"):
        CALLS[name](alt=alt)
    assert outputs == []


@pytest.mark.parametrize("name", [name for name in CALLS if name.startswith("plot")])
def test_a_figure_drawn_into_axes_is_not_shown(name, outputs):
    fig, ax = plt.subplots()
    assert CALLS[name](ax=ax) is None
    assert ax.has_data() and outputs == [] and plt.fignum_exists(fig.number)
    plt.close(fig)


# ---------------------------------------------------------------------------- images


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (torch.zeros(4, 4), r"\(4, 4\)"),
        (torch.zeros(2, 5, 5, 3), "channels come first"),
        (torch.zeros(2, 2, 5, 5), "C = 1 or 3"),
        ([torch.zeros(3, 5, 5), torch.zeros(5)], "image 1"),
        ([], "none"),
        (torch.full((1, 4, 4), 1.5), r"outside \[0, 1\]"),
        (torch.full((1, 4, 4), float("nan")), "not finite"),
    ],
)
def test_images_that_cannot_be_meant_are_refused(images, message):
    with pytest.raises(ValueError, match=message):
        figures.show_images(images, alt="Images.")


def test_a_wrong_number_of_titles_is_refused():
    with pytest.raises(ValueError, match="titles: 1 for 2"):
        figures.show_images(torch.zeros(2, 4, 4), ["a"], alt="Images.")


def drawn(image, **options):
    """The rows and columns of pixels that one image becomes; its margin is cut off."""
    fig = figures.image_grid(image[None], **options)
    plt.close(fig)
    return np.asarray(to_image(fig, 200))[12:-12, 12:-12]


def test_small_images_have_crisp_pixels():
    board = torch.tensor([[0, 255], [255, 0]], dtype=torch.uint8)
    seen = drawn(board)
    assert set(seen.flatten().tolist()) == {0, 255}  # no gray in between
    height, width = seen.shape[:2]
    assert seen[height // 4, width // 4, 0] == 0 and seen[height // 4, 3 * width // 4, 0] == 255


@pytest.mark.parametrize("kind", ["uint8", "float", "array", "list"])
def test_every_kind_of_image_is_drawn_alike(kind):
    bytes_ = torch.tensor([[[0, 51]], [[102, 153]], [[204, 255]]], dtype=torch.uint8)  # (3, 1, 2)
    images = {
        "uint8": bytes_[None],
        "float": bytes_[None] / 255,
        "array": bytes_[None].numpy(),
        "list": [bytes_],
    }[kind]
    fig = figures.image_grid(images)
    plt.close(fig)
    seen = np.asarray(to_image(fig, 100))
    height, width = seen.shape[:2]
    assert seen[height // 2, width // 4].tolist() == [0, 102, 204]
    assert seen[height // 2, 3 * width // 4].tolist() == [51, 153, 255]


def test_images_stand_row_by_row():
    levels = torch.linspace(0, 1, 6)[:, None, None].expand(6, 4, 4)
    fig = figures.image_grid(levels, columns=3)
    plt.close(fig)
    ax = fig.axes[0]
    seen = [pixel(fig, ax, c * 1.08 + 0.5, r * 1.08 + 0.5)[0] for r in range(2) for c in range(3)]
    assert seen == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1], abs=0.01)


@pytest.mark.parametrize(
    ("scale", "wanted"),
    [("each", [0, 1]), ((0.0, 8.0), [0.25, 0.75]), ((2.0, 4.0), [0, 1])],
)
def test_a_scale_says_what_is_black_and_white(scale, wanted):
    seen = drawn(torch.tensor([[2.0, 6.0]]), scale=scale) / 255
    middle = seen[len(seen) // 2]
    assert [middle[9, 0], middle[-9, 0]] == pytest.approx(wanted, abs=0.01)


def test_a_weight_of_zero_is_white_and_the_signs_have_their_colors(outputs):
    fig = figures.image_grid(torch.tensor([[[[-2.0, 0.0, 1.0]]]]), scale="signed")
    plt.close(fig)
    seen = np.asarray(to_image(fig, 100)).astype(int)
    row = seen[len(seen) // 2]
    negative, zero, positive = (row[round(len(row) * f)] for f in (0.2, 0.5, 0.8))
    assert zero.min() >= 253
    assert negative[0] > negative[2] and positive[2] > positive[0]  # orange, blue


def test_a_weight_of_zero_is_mid_gray_in_a_color_template(outputs):
    weights = torch.tensor([[-4.0, 0.0] * 3, [0.0, 3.0] * 3])  # two templates of (3, 1, 2)
    figures.show_templates(weights, ["down", "up"], (3, 1, 2), alt="Two templates.")
    seen = np.asarray(picture(outputs[0]).convert("RGB"))
    assert {0, 127, 255} <= set(np.unique(seen[:, :, 0]).tolist())


@pytest.mark.parametrize(
    ("weights", "classes", "message"),
    [(torch.zeros(2, 5), "ab", r"\(K, 4\)"), (torch.zeros(3, 4), "ab", "2 names for 3")],
)
def test_templates_that_do_not_fit_are_refused(weights, classes, message):
    with pytest.raises(ValueError, match=message):
        figures.show_templates(weights, classes, (1, 2, 2), alt="Templates.")


# ---------------------------------------------------------------------------- classifiers


def three_scores(places):
    """Class 0 left of -1, class 2 right of 1, class 1 between them."""
    return torch.stack([-2 * places[:, 0] - 2, -places[:, 0] * 0, 2 * places[:, 0] - 2], dim=1)


@pytest.mark.parametrize("kind", ["scores", "indices"])
def test_regions_have_the_color_of_the_class_that_wins(kind):
    predict = three_scores if kind == "scores" else lambda p: three_scores(p).argmax(dim=1)
    points = torch.tensor([[-3.0, -3.0], [3.0, 3.0]])
    fig, ax = plt.subplots()
    figures.plot_decision_regions(predict, points, torch.tensor([0, 2]), ax=ax)
    for x, k in [(-2, 0), (-1.2, 0), (-0.8, 1), (0.8, 1), (1.2, 2), (2, 2)]:
        tint = [1 - 0.24 * (1 - channel) for channel in to_rgb(figures.COLORS[k])]
        assert pixel(fig, ax, x, 1.0) == pytest.approx(tint, abs=0.01)
    assert pixel(fig, ax, -1.0, 1.0).max() < 0.75  # a line between two regions
    plt.close(fig)


def test_predict_is_asked_in_the_type_of_the_points():
    seen = []
    points = torch.tensor([[-1.0, 0.0], [1.0, 0.0]], dtype=torch.float64)
    fig, ax = plt.subplots()
    figures.plot_decision_regions(
        lambda p: seen.append((p.dtype, p.shape)) or p, points, LABELS, ax=ax, resolution=20
    )
    plt.close(fig)
    assert seen == [(torch.float64, (400, 2))]


def test_points_and_predictions_of_the_wrong_shape_are_refused():
    fig, ax = plt.subplots()
    with pytest.raises(ValueError, match=r"points, labels: .*\(3, 3\)"):
        figures.plot_decision_regions(three_scores, torch.zeros(3, 3), torch.zeros(3), ax=ax)
    with pytest.raises(ValueError, match="predict: returned"):
        figures.plot_decision_regions(lambda p: p[:5], POINTS, LABELS, ax=ax, resolution=9)
    plt.close(fig)


def test_a_confusion_matrix_has_true_classes_in_rows():
    fig, ax = plt.subplots()
    figures.plot_confusion(torch.tensor([[7, 3], [0, 5]]), ["cat", "dog"], ax=ax)
    cells = {t.get_position(): t.get_text() for t in ax.texts}
    assert cells == {(0, 0): "7", (1, 0): "3", (1, 1): "5"}  # (column, row); zero stays empty
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("true class", "predicted class")
    with pytest.raises(ValueError, match="matrix"):
        figures.plot_confusion(torch.zeros(2, 3), ["cat", "dog"], ax=ax)
    plt.close(fig)


# ---------------------------------------------------------------------------- curves and bars


def test_whole_numbers_get_whole_ticks():
    for x, whole in [([1, 2], True), ([1.0, 1.5], False)]:
        fig, ax = plt.subplots()
        figures.plot_curves(x, {"a": [0.0, 1.0]}, ax=ax)
        assert all(tick == round(tick) for tick in ax.get_xticks()) == whole
        plt.close(fig)
    fig, ax = plt.subplots()
    ax.set_xscale("log")
    figures.plot_curves([1, 3, 16], {"a": [0.0, 1.0, 2.0]}, ax=ax)
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["1", "3", "16"]
    plt.close(fig)


def test_measurements_are_dots_without_a_line():
    fig, ax = plt.subplots()
    figures.plot_curves([0, 1], {"formula": [0, 1], "seen": [0, 2]}, ax=ax, dots=["seen"])
    drawn = {line.get_label(): (line.get_linestyle(), line.get_marker()) for line in ax.lines}
    assert drawn == {"formula": ("-", "o"), "seen": ("None", "o")}
    with pytest.raises(ValueError, match="no curve is called 'absent'"):
        figures.plot_curves([0, 1], {"a": [0, 1]}, ax=ax, dots=["absent"])
    plt.close(fig)


@pytest.mark.parametrize("places", [3, 50])
def test_color_is_never_the_only_sign_of_a_curve(places):
    fig, ax = plt.subplots()
    figures.plot_curves(range(places), {name: range(places) for name in "abcd"}, ax=ax)
    signs = {(line.get_marker(), str(line._dash_pattern)) for line in ax.lines}
    assert len(signs) == 4
    plt.close(fig)


def test_a_level_is_a_line_across_with_its_name_in_the_legend():
    fig, ax = plt.subplots()
    figures.plot_curves([0, 1], {"a": [0, 1]}, ax=ax, level=("guessing", 0.1))
    assert ax.lines[-1].get_ydata() == [0.1, 0.1]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "guessing"]
    plt.close(fig)


def test_a_band_reaches_one_standard_deviation_to_each_side():
    fig, ax = plt.subplots()
    curves = {"a": ([1.0, 2.0], [0.25, 0.5]), "b": [0.0, 1.0]}
    figures.plot_curves([0, 1], curves, ax=ax)
    assert [line.get_ydata().tolist() for line in ax.lines] == [[1, 2], [0, 1]]
    (band,) = ax.collections
    corners = {tuple(corner) for corner in band.get_paths()[0].vertices.tolist()}
    assert corners == {(0, 0.75), (0, 1.25), (1, 1.5), (1, 2.5)}
    with pytest.raises(ValueError, match="'c' has 3 values for 2"):
        figures.plot_curves([0, 1], {"c": [1, 2, 3]}, ax=ax)
    plt.close(fig)


@pytest.fixture
def history():
    history = History()
    history.rows.append({"epoch": 1, "train_loss": 2.0, "validation_loss": 2.5, "seconds": 1.0})
    history.rows.append({"epoch": 2, "train_loss": 1.0, "validation_loss": 1.5, "seconds": 2.0})
    return history


def test_a_history_becomes_one_curve_a_split(history):
    fig, ax = plt.subplots()
    figures.plot_history(history, ax=ax)
    curves = {line.get_label(): line.get_xydata().tolist() for line in ax.lines}
    assert curves == {"train": [[1, 2], [2, 1]], "validation": [[1, 2.5], [2, 1.5]]}
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "loss")
    plt.close(fig)


def test_a_history_of_several_measures_needs_one_named_for_one_ax(history):
    columns = dict(history) | {"train_accuracy": [0.5, 0.6]}
    fig, ax = plt.subplots()
    with pytest.raises(ValueError, match="measure: one of loss, accuracy"):
        figures.plot_history(columns, ax=ax)
    with pytest.raises(ValueError, match="'error' is none of loss, accuracy"):
        figures.plot_history(columns, measure="error", ax=ax)
    with pytest.raises(ValueError, match="no epoch"):
        figures.plot_history(History(), ax=ax)
    figures.plot_history(columns, measure="accuracy", ax=ax)
    assert [line.get_ydata().tolist() for line in ax.lines] == [[0.5, 0.6]]
    plt.close(fig)


def test_the_ladder_has_a_bar_a_method_in_order():
    fig, ax = plt.subplots()
    figures.plot_ladder([("linear", 0.4, 20), ("LeNet", 0.66, 180)], ax=ax, chance=0.1)
    assert [bar.get_width() for bar in ax.patches] == [0.4, 0.66]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["linear", "LeNet"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first one on top
    texts = [t.get_text().strip() for t in ax.texts]
    assert texts == ["0.40", "20 s", "0.66", "3 min", "guessing"]
    with pytest.raises(ValueError, match="rows"):
        figures.plot_ladder([("linear", 40, 20)], ax=ax)
    plt.close(fig)


# ---------------------------------------------------------------------------- style

# Machado, Oliveira, Fernandes 2009, severity 1.0; they act on linear RGB.
DEFICIENCIES = {
    "none": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                   [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                     [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                   [0.004733, 0.691367, 0.303900]],
}  # fmt: skip
# Okabe and Ito 2008: the palette most used for the purpose.
OKABE_ITO = [
    "#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7",
]  # fmt: skip


def linear_rgb(colors):
    rgb = np.array([to_rgb(c) for c in colors])
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def smallest_difference(colors, deficiency):
    """The smallest CIEDE2000 difference between two of the colors as somebody sees them."""
    seen = np.clip(linear_rgb(colors) @ np.array(DEFICIENCIES[deficiency]).T, 0, 1)
    seen = np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)
    lab = color.rgb2lab(seen)
    differences = color.deltaE_ciede2000(lab[:, None], lab[None])
    return differences[np.triu_indices(len(colors), 1)].min()


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_the_colors_differ_for_every_kind_of_eye(deficiency):
    worst_known = min(smallest_difference(OKABE_ITO, kind) for kind in DEFICIENCIES)
    assert smallest_difference(figures.COLORS, deficiency) >= worst_known


def test_the_colors_stand_out_from_white():
    luminance = linear_rgb(figures.COLORS) @ [0.2126, 0.7152, 0.0722]
    assert (1.05 / (luminance + 0.05)).min() >= 3  # WCAG 2.2, 1.4.11


def test_a_title_that_is_too_long_for_a_line_is_broken(outputs):
    fig, ax = plt.subplots()
    figures.plot_curves([1, 2], {"a": [1, 2]}, ax=ax, title="word " * 30)
    assert max(map(len, ax.get_title(loc="left").split("\n"))) <= 56
    plt.close(fig)
