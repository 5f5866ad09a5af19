"""The kernel editor: what it hands to its script, and what it refuses."""

import base64
import importlib
import io
import json
import re

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import ndimage

from dlcv import interactive

MODULE = importlib.import_module("dlcv.interactive.kernel_editor")


@pytest.fixture
def photo():
    return np.random.default_rng(0).integers(0, 256, (20, 30), dtype=np.uint8)


def script_data(html):
    (call,) = re.findall(r"\n  kernelEditor\(root, (.*)\);\n", html)
    return json.loads(call)


def test_the_script_gets_the_pixels_and_the_kernel(shown, photo):
    interactive.kernel_editor(torch.from_numpy(photo), [[0, 0.5, 0]] * 3, 2, alt="A photo.")
    data = script_data(shown[0]["text/html"])
    pixels = np.frombuffer(base64.b64decode(data["pixels"]), dtype=np.uint8).reshape(20, 30)
    assert np.array_equal(pixels, photo)
    assert (data["height"], data["width"], data["unit"]) == (20, 30, 1 / 255)
    assert (data["weights"], data["divisor"]) == ([[0, 0.5, 0]] * 3, 2)
    assert shown[0]["text/plain"] == "A photo."


def test_without_scripts_both_pictures_are_there(shown, photo):
    interactive.kernel_editor(photo, [[1] * 3] * 3, 9, border="replicate", alt="A photo.")
    source = re.search(
        r'<img data-static src="data:image/webp;base64,([^"]+)" alt="A photo."',
        shown[0]["text/html"],
    )
    picture = np.asarray(
        Image.open(io.BytesIO(base64.b64decode(source[1]))).convert("L"), dtype=float
    )
    times = picture.shape[0] // 20
    small = picture.reshape(20, times, -1, times).mean(axis=(1, 3))  # (20, 61)
    blurred = ndimage.uniform_filter(photo.astype(float), 3, mode="nearest")
    assert np.abs(small[:, :30] - photo).mean() < 12  # WebP of noise is no exact copy
    assert np.abs(small[:, 31:] - blurred).mean() < 12


def test_nothing_is_fetched_and_two_runs_are_alike(shown, photo):
    for _ in range(2):
        interactive.kernel_editor(photo, alt="A photo </script> of & more")
    first, second = (output["text/html"] for output in shown)
    assert first == second
    assert not re.findall(r"(?:src|href)=\"(?!data:)", first) and "http" not in first
    assert first.count("</script>") == 1
    assert len(first) < 500_000


def test_the_presets_are_the_known_filters(photo):
    f = photo.astype(float)
    kernels = {name: np.array(w) / d for name, (w, d) in MODULE.PRESETS.items()}
    expected = {
        "identity": f,
        "shift": ndimage.shift(f, (0, -1), order=0, mode="mirror"),
        "box 3 × 3": ndimage.uniform_filter(f, 3, mode="mirror"),
        "box 5 × 5": ndimage.uniform_filter(f, 5, mode="mirror"),
        "Sobel, x": ndimage.sobel(f, axis=1, mode="mirror"),
        "Sobel, y": ndimage.sobel(f, axis=0, mode="mirror"),
        "Laplacian": ndimage.laplace(f, mode="mirror"),
        "sharpen": f - ndimage.laplace(f, mode="mirror"),
    }
    for name, wanted in expected.items():
        ours = ndimage.correlate(f, kernels[name], mode="mirror")
        np.testing.assert_allclose(ours, wanted, atol=1e-10, err_msg=name)
    for name in ("binomial 5 × 5", "emboss"):
        assert kernels[name].sum() == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image": np.zeros((3, 20, 20), np.uint8)}, r"image: \(H, W\)"),
        ({"image": np.zeros((200, 20), np.uint8)}, "from 3 to 128"),
        ({"image": np.zeros((20, 20))}, "uint8"),
        ({"weights": [[1, 1], [1, 1]]}, "3 × 3 or 5 × 5"),
        ({"weights": [[np.nan] * 3] * 3}, "finite"),
        ({"divisor": 0}, "divisor"),
        ({"border": "mirror"}, "border: one of"),
        ({"alt": " "}, "alt"),
    ],
)
def test_what_does_not_fit_is_refused(change, message, shown, photo):
    with pytest.raises(ValueError, match=message):
        interactive.kernel_editor(**{"image": photo, "alt": "A photo.", **change})
    assert shown == []


def test_a_walk_shows_few_pixels_only(shown, photo):
    with pytest.raises(ValueError, match="from 3 to 16"):
        interactive.filter_walk(photo, alt="A walk.")
    interactive.filter_walk(photo[:10, :10], alt="A walk.")
    data = script_data(shown[0]["text/html"])
    assert (data["walk"], data["unit"], data["border"]) == (True, 1, "zero")
