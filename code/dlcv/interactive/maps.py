"""Maps of a network beside their images: choose image, layer and channel (chapter 12)."""

import base64
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
import torch
from matplotlib import colormaps
from PIL import Image
from torch import Tensor

from ..figures.display import check_alt, publish
from ..figures.style import SEQUENTIAL
from .frames import data_uri, smallest
from .page import read_file, root_id, wrap

__all__ = ["map_explorer"]

MOST = 350_000  # bytes of maps and images, before they are written as text
SIDE = 256  # pixels of the pictures where no script runs


def map_explorer(
    images: Tensor,
    layers: Mapping[str, Tensor],
    titles: Sequence[str],
    *,
    alt: str,
    channels: Sequence[str] | None = None,
    notes: Sequence[Sequence[str]] | None = None,
    start: tuple[int, int, int] = (0, 0, 0),
) -> None:
    """Shows images beside any map of any layer, all of them inside the page (chapter 12).

    Each map is drawn from its own largest value downward, or on request from the largest that the
    channel reaches on any of the images. Values below 0 are drawn as 0. Where no script runs, the
    first image and map are shown.

    Args:
        images: (N, 3, H, W), uint8 or floats from 0 to 1.
        layers: name → maps (N, channels, h, w).
        titles: N names of the images.
        alt: what the figure shows.
        channels: names, where every layer has the same channels (classes); then they are shown as
            a list, and the maps in blue. By default numbers, and gray.
        notes: for each image and channel a short text that stands below.
        start: image, place of the layer, and channel that are shown first.

    Raises:
        ValueError: shapes or numbers that do not fit together, more than 350 kB, or an empty `alt`.
    """
    alt, images = check_alt(alt), _as_bytes(images)
    if len(titles) != len(images):
        raise ValueError(f"titles: {len(titles)} for {len(images)} images")
    packed = [_packed(name, maps, len(images), channels) for name, maps in layers.items()]
    size = images.size + sum(maps.size for _, maps in packed)
    if size > MOST:
        raise ValueError(f"layers: {size:,} bytes do not fit into {MOST:,}: show fewer images")
    if notes is not None and [len(row) for row in notes] != [packed[0][1].shape[1]] * len(images):
        raise ValueError("notes: one text for every image and channel was wanted")
    palette = SEQUENTIAL if channels else colormaps["gray"]
    colors = (palette(np.arange(256))[:, :3] * 255).round().astype(np.uint8)  # (256, 3)
    data = {
        "images": _text(images.transpose(0, 2, 3, 1)),
        "size": images.shape[2:],
        "titles": list(titles),
        "layers": [entry for entry, _ in packed],
        "names": list(channels) if channels else None,
        "notes": notes,
        "palette": _text(colors),
        "alt": alt,
        "start": start,
    }
    shown = _static(images[start[0]], packed[start[1]][1][start[0], start[2]], colors)
    body = _body(data, shown, alt)
    kind = "dlcv-explorer dlcv-maps"
    html = wrap(kind, body, "mapExplorer", "maps.js", data, root_id("maps", data))
    publish({"text/html": html, "text/plain": alt})


def _as_bytes(images: Tensor) -> np.ndarray:
    images = torch.as_tensor(images).detach().cpu()
    if images.ndim != 4 or images.shape[1] != 3:
        raise ValueError(f"images must have shape (N, 3, H, W); got {tuple(images.shape)}")
    if images.is_floating_point():
        images = (images * 255).round().clamp(0, 255).byte()
    return images.numpy()


def _packed(
    name: str, maps: Tensor, count: int, channels: Sequence[str] | None
) -> tuple[dict, np.ndarray]:
    """A layer for the script, and its maps as bytes (N, channels, h, w), up to 255 in each."""
    maps = torch.as_tensor(maps).detach().cpu().double().clamp(min=0)
    fits = maps.ndim == 4 and len(maps) == count
    if not fits or (channels and maps.shape[1] != len(channels)):
        wanted = f"({count}, {len(channels) if channels else 'channels'}, h, w)"
        raise ValueError(f"layers: {name!r} has shape {tuple(maps.shape)}; {wanted} was wanted")
    largest = maps.amax(dim=(2, 3))
    scaled = (maps / largest.clamp(min=1e-12)[..., None, None] * 255).round().byte().numpy()
    entry = {
        "name": name,
        "size": maps.shape[2:],
        "channels": maps.shape[1],
        "values": _text(scaled),
        "largest": [[round(value, 4) for value in row] for row in largest.tolist()],
    }
    return entry, scaled


def _text(values: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode("ascii")


def _static(image: np.ndarray, heat: np.ndarray, colors: np.ndarray) -> str:
    """Image and map side by side, as an address."""
    page = Image.new("RGB", (2 * SIDE + 16, SIDE), "white")
    for pixels, left in ((image.transpose(1, 2, 0), 0), (colors[heat], SIDE + 16)):
        picture = Image.fromarray(np.ascontiguousarray(pixels))
        page.paste(picture.resize((SIDE, SIDE), Image.Resampling.NEAREST), (left, 0))
    return data_uri(smallest(page, 82))


def _body(data: dict, static: str, alt: str) -> str:
    css = read_file("maps.css")
    if data["names"]:
        channel = f"<label><span>class</span>{_select('channel', data['names'])}</label>"
    else:
        channel = (
            '<label><span>map</span><input type="range" data-channel min="0" step="1" '
            'autocomplete="off"></label>'
        )
    layers = [layer["name"] for layer in data["layers"]]
    return "\n".join(
        [
            f"<style>{css}</style>",
            f'<img data-static src="{static}" alt="{escape(alt)}" width="{2 * SIDE + 16}" '
            f'height="{SIDE}">',
            "<div data-body hidden>",
            '<div class="dlcv-controls" role="group" aria-label="Controls of the figure">',
            f"<label><span>scene</span>{_select('image', data['titles'])}</label>",
            # of a single layer there is nothing to choose
            f"<label{' hidden' * (len(layers) == 1)}><span>layer</span>{_select('layer', layers)}"
            "</label>",
            channel.replace("</label>", '<span class="dlcv-value" data-number></span></label>'),
            '<label><input type="checkbox" data-common autocomplete="off">'
            "<span>one scale for all scenes</span></label>",
            "</div>",
            '<div class="dlcv-pictures"><canvas data-picture role="img"></canvas>'
            '<canvas data-map role="img"></canvas></div>',
            '<p data-told aria-live="polite"></p>',
            "</div>",
            "<noscript>The controls of this figure need JavaScript.</noscript>",
        ]
    )


def _select(name: str, texts: Sequence[str]) -> str:
    options = "".join(
        f'<option value="{i}">{escape(text)}</option>' for i, text in enumerate(texts)
    )
    return f'<select data-{name} autocomplete="off">{options}</select>'
