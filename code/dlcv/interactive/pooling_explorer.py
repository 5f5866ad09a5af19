"""A picture to move pixel by pixel, and what a filter and a pooling layer make of the move."""

import base64
from html import escape

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

from ..figures.display import check_alt, publish
from .frames import data_uri, smallest
from .kernel_editor import checked_picture
from .page import read_file, root_id, wrap

__all__ = ["FILTERS", "POOLINGS", "pooling_explorer"]

#: name → 3 × 3 weights, laid on the picture as they stand; a ReLU follows.
FILTERS = {
    "left edges": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "upper edges": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "bright dots": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "none": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
}
POOLINGS = {
    "max": "largest of each window",
    "average": "mean of each window",
    "every": "first of each window, no pooling",
    "blurred": "largest, blurred, then every F-th",
}
SIZES = (2, 4)
REACH = 4  # the largest shift, in pixels
WIDE = 208  # pixels of a canvas


def pooling_explorer(
    image: np.ndarray | torch.Tensor,
    *,
    filter: str = "left edges",
    pool: str = "max",
    size: int = 2,
    right: int = 0,
    down: int = 0,
    alt: str,
) -> None:
    """Shows a picture, its filtered map and the pooled map, and how much a shift changes each.

    The picture is dragged, or moved with two sliders, by up to 4 pixels each way; filter, kind of
    pooling and size of the windows are chosen from lists (chapter 11). A change is the length of
    the difference, place by place, in percent of the length before. All of it is JavaScript inside
    the output.

    Args:
        image: (S, S), uint8, S a multiple of 4 up to 32; black beyond the edge.
        filter: one of `FILTERS`.
        pool: one of `POOLINGS`.
        size: side of the pooling windows, 2 or 4.
        right: where the picture starts, in pixels from its place.
        down: the same, downwards.
        alt: what the figure shows.

    Raises:
        ValueError: a shape, a name or a number that does not fit, or an empty `alt`.
    """
    alt = check_alt(alt)
    image = checked_picture(image, 32)
    if image.shape[0] != image.shape[1] or image.shape[0] % 4:
        raise ValueError(f"image: (S, S), S a multiple of 4, was wanted, not {image.shape}")
    named = (("filter", filter, FILTERS), ("pool", pool, POOLINGS), ("size", size, SIZES))
    for name, value, known in named:
        if value not in known:
            raise ValueError(f"{name}: one of {list(known)} was wanted, not {value!r}")
    for name, value in (("right", right), ("down", down)):
        if value not in range(-REACH, REACH + 1):
            raise ValueError(f"{name}: a whole number up to {REACH} was wanted, not {value!r}")
    start = {"kind": pool, "size": size, "right": right, "down": down}
    data = {
        "pixels": base64.b64encode(image.tobytes()).decode("ascii"),
        "side": len(image),
        "kernels": [{"name": name, "weights": weights} for name, weights in FILTERS.items()],
        "reach": REACH,
        "start": {"kernel": list(FILTERS).index(filter), **start},
        "alt": alt,
    }
    body = _picture(image, filter, pool, size, alt) + _body(alt)
    script = ("poolingExplorer", "pooling_explorer.js")
    html = wrap("dlcv-explorer dlcv-pooling", body, *script, data, root_id("pooling", data))
    publish({"text/html": html, "text/plain": alt})


def pooled(image, filter: str, pool: str, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The filtered map (S, S) and the pooled map (S / F, S / F) of a picture in [0, 1]."""
    kernel = torch.tensor(FILTERS[filter], dtype=torch.float64)[None, None]
    image = torch.as_tensor(image, dtype=torch.float64)[None, None]
    filtered = F.conv2d(image, kernel, padding=1).relu()  # (1, 1, S, S)
    if pool == "max":
        result = F.max_pool2d(filtered, size)
    elif pool == "average":
        result = F.avg_pool2d(filtered, size)
    elif pool == "every":
        result = filtered[..., ::size, ::size]
    else:
        dense = F.max_pool2d(F.pad(filtered, (0, size - 1, 0, size - 1)), size, stride=1)
        tent = size - torch.arange(1 - size, size).abs().double()  # 1, …, F, …, 1
        blur = torch.outer(tent, tent)[None, None] / size**4
        result = F.conv2d(dense, blur, padding=size - 1)[..., ::size, ::size]
    return filtered[0, 0], result[0, 0]


def _picture(image: np.ndarray, filter: str, pool: str, size: int, alt: str) -> str:
    """The three maps side by side as one image, for where no script runs."""
    panels = []
    for panel in (torch.as_tensor(image / 255), *pooled(image / 255, filter, pool, size)):
        gray = np.rint(255 * (panel / panel.max().clamp(min=1e-12)).clamp(0, 1).numpy())
        drawn = Image.fromarray(gray.astype(np.uint8)).resize(
            (WIDE, WIDE), Image.Resampling.NEAREST
        )
        panels += [np.asarray(drawn), np.full((WIDE, 12), 255, dtype=np.uint8)]
    both = Image.fromarray(np.hstack(panels[:-1])).convert("RGB")
    source = data_uri(smallest(both, 82))
    width, height = both.size
    return f'<img data-static src="{source}" alt="{escape(alt)}" width="{width}" height="{height}">'


def _body(alt: str) -> str:
    css = read_file("pooling_explorer.css")
    captions = {"picture": "picture, to drag", "map": "filtered", "pooled": "pooled"}
    figures = "".join(
        f'<figure><canvas data-canvas="{name}" width="{WIDE}" height="{WIDE}" role="img" '
        f'aria-label="{escape(alt)} Here: {text}."></canvas>'
        f"<figcaption>{text}<br><b data-change={name}></b></figcaption></figure>"
        for name, text in captions.items()
    )
    return "\n".join(
        [
            f"<style>{css}</style>",
            f'<div class="dlcv-body" hidden><div class="dlcv-pictures">{figures}</div>',
            '<p class="dlcv-words" role="status" data-words></p>',
            '<div class="dlcv-controls" role="group" aria-label="Shift, filter and pooling">',
            _slider("to the right", "right"),
            _slider("down", "down"),
            _list("filter", "kernel", dict(enumerate(FILTERS))),
            _list("pooling", "kind", POOLINGS),
            _list("windows", "size", {size: f"{size} × {size}" for size in SIZES}),
            '<button type="button" data-back>Back in place</button>',
            "</div></div>",
            "<noscript>To move the picture, this figure needs JavaScript.</noscript>",
        ]
    )


def _slider(label: str, name: str) -> str:
    limits = f'min="{-REACH}" max="{REACH}" step="1" autocomplete="off"'
    return (
        f'<label><span>{label}</span><input type="range" {limits} data-{name}>'
        '<span class="dlcv-value" aria-hidden="true"></span></label>'
    )


def _list(label: str, name: str, options: dict) -> str:
    items = "".join(f'<option value="{key}">{escape(text)}' for key, text in options.items())
    field = f'<select data-{name} autocomplete="off">{items}</select>'
    return f"<label><span>{label}</span>{field}</label>"
