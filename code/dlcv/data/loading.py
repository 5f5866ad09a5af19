"""`load`: one door to every labeled data set."""

from dlcv.data import cifar10, digits, scenes
from dlcv.data.images import ImageData, balanced_order
from dlcv.data.recipes import SPLITS, Recipe, obtain
from dlcv.data.store import DatasetUnavailable, folder, offline

RECIPES = {recipe.name: recipe for recipe in (cifar10.RECIPE,)}  # may be out of reach
ALWAYS_HERE = ("digits", "scenes")
NAMES = (*ALWAYS_HERE, *RECIPES)


def load(
    name: str, split: str = "train", *, fallback: str | None = None, limit: int | None = None
) -> ImageData:
    """Load a data set into memory.

    | name | images | train + test | from |
    |---|---|---|---|
    | `digits` | 1 × 8 × 8, ten digits | 1,437 + 360 | scikit-learn, always there |
    | `scenes` | 3 × 32 × 32, ten shapes | as many as you like | drawn here, always there |
    | `cifar10` | 3 × 32 × 32, ten kinds of things | 50,000 + 10,000 | see below |

    CIFAR-10 is looked for in `data.folder()`: as a file cached earlier, then as an image folder
    `cifar10/{train,test}/<class>/*.jpg` or `*.png`; else it is downloaded (170 MB, once).
    `DLCV_DATA` moves the folder; `DLCV_OFFLINE=1` forbids the network.

    Args:
        name: One of `data.NAMES`.
        split: `"train"` or `"test"`.
        fallback: The name of a data set to use instead where `name` cannot be had; it must have
            images of the same shape and as many classes. One printed line says so, and the
            result's `.name` tells.
        limit: At most this many images: the first ones after a fixed shuffle that takes the classes
            in turn, so that every class is there about equally often. Without it, all images in
            their stored order.

    Returns:
        The images, labels and class names.

    Raises:
        ValueError: An argument is not one of what is wanted.
        DatasetUnavailable: The data is not here, cannot be fetched, and no `fallback` was given.
    """
    _check_choice("name", name, NAMES)
    _check_choice("split", split, SPLITS)
    if limit is not None and limit < 1:
        raise ValueError(f"limit: got {limit}, wanted at least 1, or None for all images")
    if fallback is not None:
        _check_choice("fallback", fallback, ALWAYS_HERE)
    if name in ALWAYS_HERE:
        return _load_local(name, split, limit)
    try:
        return _limited(obtain(RECIPES[name], split), limit)
    except DatasetUnavailable as error:
        if fallback is None:
            raise DatasetUnavailable(_three_ways_out(name, split, error)) from error
        return _stand_in(RECIPES[name], split, fallback, limit, reason=error)


def _check_choice(argument: str, came: str, wanted: tuple[str, ...]) -> None:
    if came not in wanted:
        raise ValueError(f"{argument}: got {came!r}, wanted one of {', '.join(map(repr, wanted))}")


def _load_local(name: str, split: str, limit: int | None) -> ImageData:
    """A data set that is always there."""
    if name == "digits":
        return _limited(digits.load(split), limit)
    drawn = scenes.load(split, limit=limit)
    return ImageData(drawn.images, drawn.labels, drawn.classes, name=name, split=split)


def _limited(data: ImageData, limit: int | None) -> ImageData:
    """The first `limit` images of the fixed, class-balanced shuffle."""
    return data if limit is None else data.subset(balanced_order(data.labels)[:limit])


def _stand_in(
    wanted: Recipe, split: str, fallback: str, limit: int | None, reason: Exception
) -> ImageData:
    """The fallback, if it can take the place of what was wanted, and a line that says so."""
    data = _load_local(fallback, split, limit)
    shape = tuple(data.images.shape[1:])
    if shape != wanted.shape or len(data.classes) != len(wanted.classes):
        raise ValueError(
            f"fallback: got {fallback!r} with images {shape} and {len(data.classes)} classes, "
            f"wanted images {wanted.shape} and {len(wanted.classes)} classes like {wanted.name}"
        )
    print(f"{wanted.name} ({split}) cannot be had: {reason}. Going on with {fallback!r} instead.")
    return data


def _three_ways_out(name: str, split: str, reason: Exception) -> str:
    network = "unset DLCV_OFFLINE" if offline() else "switch the network on"
    return (
        f"{name} ({split}) cannot be had: {reason}. Three ways out: "
        f"(1) {network} and call this again, to download it once; "
        f"(2) put its images at {folder() / name / split}/<class>/*.jpg or *.png; "
        '(3) pass fallback="scenes" to go on with drawn pictures.'
    )
