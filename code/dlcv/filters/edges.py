"""Derivatives and edges: Sobel, the gradient, thinning, and Canny's edge detector."""

import numpy as np
import torch

from dlcv.filters.images import Image, as_number, as_planes
from dlcv.filters.smoothing import gaussian_weights, one_pass, separable
from dlcv.filters.windows import windows

DIFFERENCE = np.array([-1.0, 0.0, 1.0])  # a central difference, times 2
SMOOTHING = np.array([1.0, 2.0, 1.0])  # a small bell, times 4
NOISE = 1e-14  # of white: a magnitude below this is left over from rounding


def sobel(image: Image, axis: str, border: str = "reflect") -> Image:
    """A derivative along one axis, smoothed along the other.

    The kernel of `axis="x"` is [−1 0 1] in each row, weighted 1, 2, 1 down the rows, and is not
    divided by anything: a ramp that rises by 1 a pixel gives 8. Equal to `scipy.ndimage.sobel` with
    the mode that `BORDERS` names (SciPy's default is another). Four times `skimage.filters.sobel_v`
    for x, `sobel_h` for y, away from the border: of the same sign, although their documentation
    shows the kernels turned round. Chapter 03 builds it.

    Args:
        image: See the package's description for the shapes.
        axis: `"x"`: positive where the image gets brighter to the right, so it answers to vertical
            edges. `"y"`: positive where it gets brighter downward, for horizontal edges.
        border: What stands beyond the edge, one of `BORDERS`.

    Returns:
        An image of the same kind and shape.

    Raises:
        TypeError: `image` is not made of real numbers.
        ValueError: A shape is wrong, or `axis` or `border` is not known or cannot serve.

    References:
        I. Sobel, G. Feldman, *A 3 × 3 Isotropic Gradient Operator for Image Processing*, talk at
        the Stanford Artificial Intelligence Project, 1968.
    """
    if axis not in ("x", "y"):
        raise ValueError(f"axis: got {axis!r}, wanted 'x' or 'y'")
    planes, back = as_planes(image)
    return back(_sobel_planes(planes, axis, border))


def _sobel_planes(planes: torch.Tensor, axis: str, border: str) -> torch.Tensor:
    along, across = (-1, -2) if axis == "x" else (-2, -1)
    return one_pass(one_pass(planes, DIFFERENCE, along, border), SMOOTHING, across, border)


def gradient(image: Image, sigma: float = 0, border: str = "reflect") -> tuple[Image, Image]:
    """How steep the image is at each pixel, and which way it rises, by `sobel`.

    Chapter 03 builds it.

    Args:
        image: See the package's description for the shapes.
        sigma: Smooth with this Gaussian first, standard deviation in pixels; 0 does not smooth.
        border: What stands beyond the edge, one of `BORDERS`.

    Returns:
        The magnitude √(dx² + dy²) in the units of `sobel`, an image of the same kind and shape.
        The angle in radians from −π to π, an image of the same kind and shape. It points across the
            edge, not along it: 0 is to the right and π/2 is down the image, because y counts rows;
            −π and π are both to the left.

    Raises:
        TypeError: `image` is not made of real numbers, or `sigma` is not a number.
        ValueError: A shape is wrong, `sigma` is below 0, or `border` is not known or cannot serve.
    """
    sigma = as_number(sigma, "sigma", least=0)
    planes, back = as_planes(image)
    if sigma > 0:
        weights = gaussian_weights(sigma)
        planes = separable(planes, weights, weights, border)
    dx, dy = _sobel_planes(planes, "x", border), _sobel_planes(planes, "y", border)
    return back(_magnitude(dx, dy)), back(torch.atan2(dy, dx))


def _magnitude(dx: torch.Tensor, dy: torch.Tensor) -> torch.Tensor:
    """√(dx² + dy²), whose gradient where both are 0 is 0 and not NaN."""
    squares = dy * dy + dx * dx
    flat = squares == 0
    return squares.masked_fill(flat, 1).sqrt().masked_fill(flat, 0)


def non_maximum_suppression(magnitude: Image, dx: Image, dy: Image) -> Image:
    """Thin edges to lines: keep the magnitude where it is largest across the edge.

    Each pixel is compared with two points, one step up and one step down the gradient, whose
    magnitudes are interpolated between the two pixels they lie between, as scikit-image's `canny`
    does it. Where equal values meet, all of them stay. Chapter 03 builds a simpler one, which
    rounds the direction to one of four.

    Args:
        magnitude: The gradient's magnitude, not negative; see the package's description for the
            shapes.
        dx: Its part along the rows, to the right; the same kind and shape.
        dy: Its part down the columns; the same kind and shape.

    Returns:
        An image of the same kind and shape, the magnitude or 0 where it was suppressed. The
            outermost pixels are 0, for they lack a neighbor.

    Raises:
        TypeError: An argument is not made of real numbers, or the kinds differ.
        ValueError: A shape is wrong, or the shapes differ.

    References:
        J. Canny, *A Computational Approach to Edge Detection*, IEEE Transactions on Pattern
        Analysis and Machine Intelligence, 1986. https://doi.org/10.1109/TPAMI.1986.4767851
    """
    planes, back = as_planes(magnitude, "magnitude")
    parts = [as_planes(dx, "dx")[0], as_planes(dy, "dy")[0]]
    for name, part in (("dx", dx), ("dy", dy)):
        if isinstance(part, torch.Tensor) != isinstance(magnitude, torch.Tensor):
            kinds = f"got {type(part).__name__}, wanted {type(magnitude).__name__}"
            raise TypeError(f"{name}: {kinds}, the kind of magnitude")
        if part.shape != magnitude.shape:
            shapes = f"got shape {tuple(part.shape)}, wanted {tuple(magnitude.shape)}"
            raise ValueError(f"{name}: {shapes}, the shape of magnitude")
    return back(_suppress(planes, *parts))


def _suppress(magnitude: torch.Tensor, dx: torch.Tensor, dy: torch.Tensor) -> torch.Tensor:
    """`non_maximum_suppression` for planes `(N, H, W)`.

    0 / 0 makes NaN where both parts are 0, which is no maximum: every comparison with it is false.
    """
    neighbors = windows(magnitude, (3, 3), "replicate")  # (N, H, W, 3, 3)
    rows = [row.unbind(-1) for row in neighbors.unbind(-2)]
    (above_left, above, above_right), (left, _, right), (below_left, below, below_right) = rows
    steep = dy.abs() > dx.abs()  # the gradient is nearer to the column than to the row
    same_sign = (dy > 0) == (dx > 0)  # it points down right or up left
    longer, shorter = torch.maximum(dx.abs(), dy.abs()), torch.minimum(dx.abs(), dy.abs())
    weight = shorter / longer  # 0: straight along the axis; 1: along the diagonal

    def between(straight: torch.Tensor, diagonal: torch.Tensor) -> torch.Tensor:
        return diagonal * weight + straight * (1 - weight)

    one_diagonal = torch.where(steep, below_left, above_right)  # where the signs differ
    other_diagonal = torch.where(steep, above_right, below_left)
    one_diagonal = torch.where(same_sign, below_right, one_diagonal)
    other_diagonal = torch.where(same_sign, above_left, other_diagonal)
    one = between(torch.where(steep, below, right), one_diagonal)
    other = between(torch.where(steep, above, left), other_diagonal)
    is_largest = (one <= magnitude) & (other <= magnitude)
    inside = torch.zeros_like(is_largest)
    inside[:, 1:-1, 1:-1] = True
    return torch.where(is_largest & inside, magnitude, 0)


def canny(
    image: Image, sigma: float = 1.0, low: float | None = None, high: float | None = None
) -> Image:
    """Canny's edges: smooth, differentiate, thin to lines, follow the lines from strong pixels.

    The same edges as `skimage.feature.canny`. Smoothing takes the weighted mean of the pixels that
    exist, so the frame of the image is no edge. Where two neighbors are equally steep (at a step in
    a drawn image), the last binary digit decides whether one of them stays or both. In float64 the
    digits are scikit-image's own; in float32 these pixels can differ. Chapter 03 builds it.

    Args:
        image: See the package's description for the shapes; a color image gives the edges of each
            of its channels.
        sigma: Standard deviation of the Gaussian in pixels, above 0.
        low: A line goes on while its magnitude is at least this: √(dx² + dy²) by `sobel`, in the
            image's own units. By default a tenth of white, which is 1 for floats and truth values
            and 255 for uint8.
        high: A line counts where at least one of its pixels reaches this. By default a fifth of
            white.

    Returns:
        Truth values of the same kind and shape, True on an edge, never on the outermost pixels.

    Raises:
        TypeError: `image` is not made of real numbers, or another argument is not a number.
        ValueError: A shape is wrong, `sigma` is not above 0, not 0 ≤ `low` ≤ `high`, or a threshold
            is missing and the type of `image` does not tell what white is.

    References:
        J. Canny, *A Computational Approach to Edge Detection*, IEEE Transactions on Pattern
        Analysis and Machine Intelligence, 1986. https://doi.org/10.1109/TPAMI.1986.4767851
    """
    weights = gaussian_weights(sigma)
    planes, back = as_planes(image)
    white = _white(image.dtype, low, high)
    low, high = _thresholds(low, high, white)
    planes = planes.detach() * (1 / white)  # truth values have no gradient
    present = separable(torch.ones_like(planes), weights, weights, "zero")
    smooth = separable(planes, weights, weights, "zero") / (present + torch.finfo(planes.dtype).eps)
    dx, dy = _sobel_planes(smooth, "x", "replicate"), _sobel_planes(smooth, "y", "replicate")
    thin = _suppress(_magnitude(dx, dy), dx, dy)
    weak = thin >= (low / white or NOISE)
    return back(_follow(weak, weak & (thin >= high / white)))


def _white(dtype, *thresholds: float | None) -> float:
    """The value that stands for white in images of this type."""
    name = str(dtype).removeprefix("torch.")
    if name == "uint8":
        return 255
    if "int" in name and None in thresholds:
        raise ValueError(f"low, high: got None, wanted two numbers: no value of {name} means white")
    return 1


def _thresholds(low: float | None, high: float | None, white: float) -> tuple[float, float]:
    """The two thresholds with their defaults filled in, checked."""
    low = as_number(0.1 * white if low is None else low, "low", least=0)
    high = as_number(0.2 * white if high is None else high, "high", least=low)
    return low, high


def _follow(weak: torch.Tensor, strong: torch.Tensor) -> torch.Tensor:
    """Weak pixels that a chain of weak neighbors, of 8 directions, joins to a strong one.

    A front walks from the strong pixels along the lines; the cost is that of the lines' length.
    The outermost pixels are never weak, so a step in the flat list of pixels stays in its plane.
    """
    width = weak.shape[-1]
    steps = [row * width + column for row in (-1, 0, 1) for column in (-1, 0, 1)]
    steps = torch.tensor(steps, device=weak.device)
    waiting, edges = (weak & ~strong).flatten(), strong.flatten()  # (N * H * W,)
    front = edges.nonzero().squeeze(1)
    while front.numel():
        near = (front[:, None] + steps).flatten()
        front = near[waiting[near]].unique()
        edges[front], waiting[front] = True, False
    return edges.reshape(weak.shape)
