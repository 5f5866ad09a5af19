"""What is inside a network: features in the plane, heat maps beside their images, grouped bars."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import torch
from torch import Tensor

from ..inspection.patches import Patch, cut_patch
from .annotations import draw_image, draw_masks
from .display import as_array, check_alt, headline, show
from .images import show_images
from .style import COLORS, LEVEL, MARKERS, SEQUENTIAL

__all__ = ["plot_groups", "show_embeddings", "show_explanations", "show_maps", "show_patches"]


def show_embeddings(
    panels: Mapping[str, Mapping[str, Tensor]],
    labels: Tensor,
    classes: Sequence[str],
    *,
    alt: str,
    title: str | None = None,
) -> None:
    """Shows labeled points in the plane, a panel for each row and column of a table (chapter 12).

    Args:
        panels: row → column → points (N, 2), the same columns in each row.
        labels: (N,), class indices from 0, at most ten classes.
        classes: their names.
        alt: what the figure shows.
        title: a sentence that states the finding.

    Raises:
        ValueError: points that are not (N, 2), or more than ten classes.
    """
    check_alt(alt)
    if len(classes) > len(COLORS):
        raise ValueError(f"classes: at most {len(COLORS)} can be told apart, not {len(classes)}")
    labels, columns = torch.as_tensor(labels).cpu(), len(next(iter(panels.values())))
    fig, axes = plt.subplots(
        len(panels), columns, figsize=(6.4, 2.2 * len(panels) + 0.9), squeeze=False
    )
    for i, (row, cells) in enumerate(panels.items()):
        line = axes[i]
        for ax, (name, points) in zip(line, cells.items(), strict=True):
            points = torch.as_tensor(points).cpu()
            if points.shape != (len(labels), 2):
                raise ValueError(f"panels: {name!r} has shape {tuple(points.shape)}, not (N, 2)")
            for k, word in enumerate(classes):
                x, y = points[labels == k].T.numpy()
                ax.scatter(x, y, s=10, color=COLORS[k], marker=MARKERS[k], linewidth=0, label=word)
            ax.set(xticks=[], yticks=[], title="" if i else name)
        line[0].set_ylabel(row)
    handles = axes[0, 0].get_legend_handles_labels()
    fig.legend(*handles, loc="outside lower center", ncols=5, handletextpad=0.1, markerscale=1.6)
    if title:
        fig.suptitle(headline(title), x=0.01, ha="left")
    show(fig, alt=alt)


def show_explanations(
    images: Tensor,
    heat: Mapping[str, Tensor],
    titles: Sequence[str],
    *,
    alt: str,
    masks: Tensor | None = None,
) -> None:
    """Shows images, and beside each its heat maps with a cross at the largest value (chapter 12).

    Args:
        images: (N, 3, H, W), uint8 or floats from 0 to 1.
        heat: name → maps (N, h, w), each drawn from its smallest to its largest value.
        titles: texts above the images; the first so many images are shown.
        alt: what the figure shows.
        masks: (N, H, W), bool, whose outline is drawn over the images.

    Raises:
        ValueError: fewer images or maps than titles.
    """
    check_alt(alt)
    fewest = min(len(images), *(len(maps) for maps in heat.values()))
    if not 1 <= len(titles) <= fewest:
        raise ValueError(f"titles: 1 to {fewest} were wanted, as many as images, not {len(titles)}")
    columns = 1 + len(heat)
    side = 6.4 / columns
    fig, axes = plt.subplots(
        len(titles), columns, figsize=(6.4, len(titles) * (side + 0.12)), squeeze=False
    )
    for i, line in enumerate(axes):
        draw_image(line[0], images[i], titles[i])
        if masks is not None:
            draw_masks(line[0], masks[i : i + 1], opacity=0)
        for ax, (name, maps) in zip(line[1:], heat.items(), strict=True):
            one = as_array(maps[i])
            row, column = divmod(int(one.argmax()), one.shape[1])
            ax.imshow(one, cmap=SEQUENTIAL)
            ax.plot(column, row, "P", color=COLORS[1], markeredgecolor="white", markersize=10)
            ax.axis("off")
            if i == 0:
                ax.set_title(name, size=11.5, weight="normal", loc="center")
    show(fig, alt=alt)


def plot_groups(
    groups: Mapping[str, Mapping[str, float]],
    *,
    alt: str,
    title: str | None = None,
    ylabel: str = "",
    level: tuple[str, float] | None = None,
) -> None:
    """Draws bars side by side, a color for each group, in the same places (chapter 12).

    Args:
        groups: name in the legend → place → value; the same places in each.
        alt: what the figure shows.
        title: a sentence that states the finding.
        ylabel: what the values are.
        level: a name and a value to compare with, drawn as a dotted line.

    Raises:
        ValueError: groups with different places.
    """
    check_alt(alt)
    places = list(next(iter(groups.values())))
    width = 0.8 / len(groups)
    fig, ax = plt.subplots(figsize=(6.4, 3.3))
    for i, (name, values) in enumerate(groups.items()):
        if list(values) != places:
            raise ValueError(f"groups: {name!r} has {list(values)}, the first one {places}")
        middles = [place + (i - (len(groups) - 1) / 2) * width for place in range(len(places))]
        ax.bar(middles, list(values.values()), 0.92 * width, color=COLORS[i], label=name)
    if level is not None:
        ax.axhline(level[1], label=level[0], **LEVEL)
    ax.set_xticks(range(len(places)), places)
    ax.set(ylabel=ylabel, title=headline(title))
    ax.grid(axis="x", visible=False)
    ax.set_ylim(top=1.3 * ax.get_ylim()[1])  # room for the legend
    ax.legend(ncols=2, fontsize=9.5, loc="upper right")
    show(fig, alt=alt)


def show_maps(image: Tensor, maps: Mapping[str, Tensor], *, alt: str) -> None:
    """Shows an image beside maps of several layers, a row for each layer (chapter 12).

    Args:
        image: (3, H, W), uint8 or floats from 0 to 1.
        maps: layer → (channels, h, w), each map drawn from 0 (black) to its largest value (white).
        alt: what the figure shows.

    Raises:
        ValueError: maps that are not (channels, h, w).
    """
    image = torch.as_tensor(image).detach().cpu()
    image = image / 255 if image.dtype == torch.uint8 else image
    pictures, titles, most = [], [], max(len(layer) for layer in maps.values())
    for name, layer in maps.items():
        if layer.ndim != 3:
            raise ValueError(f"maps: {name!r} has shape {tuple(layer.shape)}, not (channels, h, w)")
        layer = layer.detach().cpu().float().clamp(min=0)
        pictures += [image, *(layer / layer.amax(dim=(1, 2), keepdim=True).clamp(min=1e-12))]
        pictures += [torch.ones(1, 1)] * (most - len(layer))
        titles += [name, *[""] * most]
    show_images(pictures, titles, columns=1 + most, alt=alt)


def show_patches(images: Tensor, rows: Mapping[str, Sequence[Patch]], *, alt: str) -> None:
    """Shows the patches that maps answer to most, a row for each map (chapter 12).

    Args:
        images: (N, 3, H, W), uint8 or floats from 0 to 1, of which the patches are parts.
        rows: title → what `dlcv.inspection.top_patches` found, as many for each; what lies
            outside of an image is white.
        alt: what the figure shows.

    Raises:
        ValueError: rows of different lengths.
    """
    counts = {len(patches) for patches in rows.values()}
    if len(counts) != 1:
        raise ValueError(f"rows: as many patches in each were wanted, not {sorted(counts)}")
    images = torch.as_tensor(images).detach().cpu()
    images = images / 255 if images.dtype == torch.uint8 else images
    columns, pictures, titles = counts.pop(), [], []
    for title, patches in rows.items():
        pictures += [cut_patch(images[patch.image], patch.box) for patch in patches]
        titles += [title, *[""] * (columns - 1)]
    show_images(pictures, titles, columns=columns, alt=alt)
