"""Random crop, flip and cutout: new training images from old ones, a whole batch at once.

A loop over the images would spend its time on starting small operations. Here a few large ones do
all of it: two lists an image say which row and which column each new pixel is taken from, and one
`gather` takes them all.
"""

import torch
from torch import Tensor

BORDERS = ("reflect", "zeros")


class Augment:
    """Changes each image of a batch at random, in ways that keep what it shows.

    In this order: crop, flip, cutout. Each image gets random numbers of its own, from PyTorch's
    global generator of the device that the images are on. Apply it to training images only.

    Args:
        crop: pad the image by this many pixels a side, then cut a window of the old size from a
            random place: the picture moves by −crop … +crop pixels, down and to the right.
        flip: swap left and right, in every second image on average. Not for digits or letters.
        cutout: side in pixels of one square that is set to 0. Its center may be any pixel, so
            part of it may lie outside of the image. 0 is black in bytes, the mean after
            normalization.
        border: what the crop pads with: `"reflect"` mirrors the image at its outermost pixels,
            `"zeros"` is black.

    Raises:
        TypeError: an argument is of another type.
        ValueError: `crop` or `cutout` is negative, or `border` is something else.

    Cutout: DeVries & Taylor, "Improved Regularization of Convolutional Neural Networks with
    Cutout", 2017 (arXiv 1708.04552). Built in chapter 13.
    """

    def __init__(
        self, *, crop: int = 0, flip: bool = False, cutout: int = 0, border: str = "reflect"
    ):
        _check_pixels("crop", crop)
        _check_pixels("cutout", cutout)
        if not isinstance(flip, bool):
            raise TypeError(f"flip: got {flip!r}, wanted True or False")
        if border not in BORDERS:
            raise ValueError(f'border: got {border!r}, wanted "reflect" or "zeros"')
        self.crop, self.flip, self.cutout, self.border = crop, flip, cutout, border

    def __call__(self, images: Tensor) -> Tensor:
        """A changed copy of images `(B, C, H, W)`, bytes or floats: same shape, type and device.

        Raises:
            TypeError: `images` is no tensor.
            ValueError: they have another shape, or are too small to be mirrored this far.
        """
        _check_images(images, self.crop if self.border == "reflect" else 0)
        count, device = len(images), images.device
        if self.crop or self.flip:
            down, right = torch.randint(-self.crop, self.crop + 1, (2, count), device=device)
            flipped = torch.rand(count, device=device) < 0.5 * self.flip
            images = crop_and_flip(images, down, right, flipped, self.border)
        if self.cutout:
            rows = torch.randint(images.shape[2], (count,), device=device)
            columns = torch.randint(images.shape[3], (count,), device=device)
            images = cut_out(images, rows, columns, self.cutout)
        return images

    def __repr__(self) -> str:
        return (
            f"Augment(crop={self.crop}, flip={self.flip}, cutout={self.cutout}, "
            f"border={self.border!r})"
        )


def crop_and_flip(
    images: Tensor, down: Tensor, right: Tensor, flipped: Tensor, border: str = "reflect"
) -> Tensor:
    """Cut a window of the old size from each image, then mirror some of the windows.

    Args:
        images: `(B, C, H, W)`.
        down: int64 `(B,)`, how many pixels below the image's top edge the window begins (above
            it where negative; what lies outside of the image is the border).
        right: int64 `(B,)`, the same from the left edge.
        flipped: bool `(B,)`, which windows to mirror left to right.
        border: `"reflect"` or `"zeros"`.

    Returns:
        The windows, `(B, C, H, W)`.

    Built in chapter 13.
    """
    batch, channels, height, width = images.shape
    rows = down[:, None] + torch.arange(height, device=images.device)  # (B, H): read from there
    columns = right[:, None] + torch.arange(width, device=images.device)  # (B, W)
    columns = torch.where(flipped[:, None], columns.flip(1), columns)  # read from right to left

    # Number the pixels of a channel 0 … HW − 1: pixel (y, x) is y·W + x, in every channel.
    pixels = _mirror(rows, height)[:, :, None] * width + _mirror(columns, width)[:, None, :]
    pixels = pixels.view(batch, 1, height * width).expand(-1, channels, -1)  # (B, C, HW)
    windows = images.reshape(batch, channels, -1).gather(2, pixels).view_as(images)
    if border == "zeros":
        inside = _within(rows, height)[:, :, None] & _within(columns, width)[:, None, :]
        windows = windows * inside[:, None]  # (B, 1, H, W): times 0 or 1
    return windows


def cut_out(images: Tensor, rows: Tensor, columns: Tensor, size: int) -> Tensor:
    """Set one square an image to 0.

    Args:
        images: `(B, C, H, W)`.
        rows: int64 `(B,)`, the row of each square's center; for an even size, which has none, of
            the pixel below and to the right of it.
        columns: int64 `(B,)`, its column.
        size: side of the squares in pixels.

    Returns:
        The images with their squares, `(B, C, H, W)`.

    Built in chapter 13.
    """
    down = torch.arange(images.shape[2], device=images.device) - (rows - size // 2)[:, None]
    across = torch.arange(images.shape[3], device=images.device) - (columns - size // 2)[:, None]
    square = _within(down, size)[:, :, None] & _within(across, size)[:, None, :]  # (B, H, W)
    return images * ~square[:, None]


def _mirror(index: Tensor, size: int) -> Tensor:
    """Fold … −2, −1, 0 … size − 1, size, size + 1 … to … 2, 1, 0 … size − 1, size − 2, size − 3 …

    The outermost pixel is the mirror and is not repeated. Clamped, so that an index too far out
    (only with a border of zeros, which covers it) stays a pixel.
    """
    last = size - 1
    return (last - (last - index.abs()).abs()).clamp(0, last)


def _within(index: Tensor, size: int) -> Tensor:
    return (index >= 0) & (index < size)


def _check_pixels(argument: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{argument}: got {value!r}, wanted a whole number of pixels")
    if value < 0:
        raise ValueError(f"{argument}: got {value}, wanted 0 or more pixels")


def _check_images(images: object, mirrored: int) -> None:
    if not isinstance(images, Tensor):
        raise TypeError(f"images: got {type(images).__name__}, wanted a tensor (B, C, H, W)")
    if images.ndim != 4:
        raise ValueError(f"images: got shape {tuple(images.shape)}, wanted (B, C, H, W)")
    if mirrored >= min(images.shape[2:]):
        height, width = images.shape[2:]
        raise ValueError(
            f"crop: got {mirrored} for images of {height} × {width}, wanted less than the smaller "
            'side: a mirrored border is no wider than the image. Use border="zeros"'
        )
