"""A convolutional network to put together from lists, with its table of layers."""

from collections.abc import Mapping, Sequence
from html import escape

from ..figures.display import check_alt, publish
from ..inspection import layer_table
from ..models import convnet
from .page import read_file, root_id, wrap

__all__ = ["network_builder"]

MOST_BLOCKS, MOST_CONVS, MOST_LAYERS = 5, 3, 3
KERNELS = (1, 3, 5, 7)


def network_builder(
    networks: Mapping[str, Mapping],
    image_shapes: Mapping[str, tuple[int, int, int]],
    classes: int = 10,
    *,
    alt: str,
) -> None:
    """Shows the table of layers of a network that the reader puts together (chapter 11).

    Blocks, convolutions a block, filters, pooling and connected layers are chosen from lists; the
    table with sizes, parameters, multiply-adds and receptive fields follows at once. The arithmetic
    is that of `dlcv.layers.sizes`, in JavaScript inside the output. Where no script runs, the first
    network's table is shown.

    Args:
        networks: name → keyword arguments of `models.convnet` (padding 0 or "same"), for a button
            each; the first is shown.
        image_shapes: name → `(C, H, W)` to choose from; every network starts with the first.
        classes: how many scores the networks give.
        alt: what the figure shows.

    Raises:
        ValueError: no network, one with more than the lists hold, one that does not fit the first
            image, or an empty `alt`.
    """
    alt = check_alt(alt)
    if not networks or not image_shapes:
        raise ValueError("networks, image_shapes: one at least of each was wanted")
    presets = [{"name": name, "settings": _settings(name, net)} for name, net in networks.items()]
    shape = next(iter(image_shapes.values()))
    built = [convnet(shape, classes, **options) for options in networks.values()]
    data = {
        "shapes": [{"name": name, "shape": list(s)} for name, s in image_shapes.items()],
        "presets": presets,
        "classes": classes,
        "alt": alt,
    }
    first = (
        f'<div data-static class="dlcv-scroll">{layer_table(built[0], shape)._repr_html_()}</div>'
    )
    script = ("networkBuilder", "network_builder.js")
    html = wrap(
        "dlcv-explorer dlcv-builder", first + _body(data), *script, data, root_id("builder", data)
    )
    publish({"text/html": html, "text/plain": alt})


def _settings(name: str, options: Mapping) -> dict:
    """The arguments of `convnet`, its defaults among them, under the names of the script."""
    options = {**convnet.__kwdefaults__, **options}
    counts = (
        ("channels", len(options["channels"]), range(MOST_BLOCKS + 1)),
        ("convs", options["convs"], range(1, MOST_CONVS + 1)),
        ("kernel_size", options["kernel_size"], KERNELS),
        ("padding", options["padding"], (0, "same")),
        ("pool", options["pool"], ("max", "average", None)),
        ("hidden", len(options["hidden"]), range(MOST_LAYERS + 1)),
    )
    for key, value, allowed in counts:
        if value not in allowed:
            raise ValueError(f"networks: {name!r} has {key} {value!r}; {list(allowed)} was wanted")
    return {
        "shape": 0,
        "channels": list(options["channels"]),
        "convs": options["convs"],
        "kernel": options["kernel_size"],
        "padding": "same" if options["padding"] == "same" else "none",
        "pool": options["pool"] or "none",
        "hidden": list(options["hidden"]),
    }


def _body(data: dict) -> str:
    css = read_file("network_builder.css")
    images = {i: shape["name"] for i, shape in enumerate(data["shapes"])}
    buttons = "".join(
        f'<button type="button" data-preset>{escape(preset["name"])}</button>'
        for preset in data["presets"]
    )
    pools = {"max": "max, 2 × 2", "average": "average, 2 × 2", "none": "none"}
    return "\n".join(
        [
            f"<style>{css}</style>",
            '<div class="dlcv-body" hidden>',
            f'<div class="dlcv-buttons" role="group" aria-label="Networks">{buttons}</div>',
            '<div class="dlcv-controls" role="group" aria-label="The network">',
            _list("images", "shape", images),
            _list("blocks M", "blocks", {n: n for n in range(MOST_BLOCKS + 1)}),
            _fields("filters", "channels", "block", [16 * 2**i for i in range(MOST_BLOCKS)]),
            _list("convolutions a block N", "convs", {n: n for n in range(1, MOST_CONVS + 1)}),
            _list("filter size", "kernel", {n: f"{n} × {n}" for n in KERNELS}),
            _list("padding", "padding", {"none": "none", "same": "same size"}),
            _list("pooling", "pool", pools),
            _list("connected layers K", "layers", {n: n for n in range(MOST_LAYERS + 1)}),
            _fields("units", "hidden", "connected layer", [120, 84, 84]),
            f'</div>\n<p class="dlcv-words" role="status" data-words></p>\n{_table(data["alt"])}',
            "</div>",
            "<noscript>To change the network, this figure needs JavaScript.</noscript>",
        ]
    )


def _list(label: str, name: str, options: Mapping) -> str:
    items = "".join(f'<option value="{key}">{escape(str(text))}' for key, text in options.items())
    return (
        f'<label><span>{label}</span><select data-set="{name}" autocomplete="off">{items}</select>'
        "</label>"
    )


def _fields(label: str, name: str, what: str, values: Sequence[int]) -> str:
    inputs = "".join(
        f'<input type="number" min="1" max="4096" step="1" value="{value}" data-{name} '
        f'autocomplete="off" aria-label="{label} of {what} {i}">'
        for i, value in enumerate(values, start=1)
    )
    return f'<span class="dlcv-fields"><span>{label}</span>{inputs}</span>'


def _table(alt: str) -> str:
    names = ("layer", "", "output", "parameters", "multiply-adds", "receptive field")
    heads = "".join(f'<th scope="col">{n}</th>' if n else "<td></td>" for n in names)
    return (
        '<div class="dlcv-scroll" tabindex="0" role="region" aria-label="Table of layers">'
        f'<table class="dlcv-numbers" aria-label="{escape(alt)}"><thead><tr>{heads}</tr></thead>'
        "<tbody></tbody><tfoot><tr><th scope=row>all</th><td></td><td></td>"
        "<td data-parameters></td><td data-adds></td><td></td></tr></tfoot></table></div>"
    )
