"""Classical filters for images: smoothing, sharpening, derivatives, edges.

Chapter 03 builds them. Each one pads the image, looks at it through a window that stands on every
pixel in turn, and sums (or sorts) what the window shows. Read the modules in this order: `images`,
`windows`, `smoothing`, `edges`.

**Images** are NumPy arrays `(H, W)` or `(H, W, C)`, or tensors `(H, W)`, `(C, H, W)` or
`(B, C, H, W)`, and what comes in comes out: an array gives an array, a tensor gives a tensor on its
device, through which gradients flow. Every channel is filtered on its own, and the output has the
image's size. Floats keep their type; whole numbers and truth values become float64 in NumPy and
float32 in torch, with their values as they are (0–255 stays 0–255). Rows run down the image and
columns to the right: y is the row, x the column.

**Borders** are `"zero"`, `"wrap"`, `"replicate"` or `"reflect"`; `BORDERS` holds the names that
torch, NumPy and SciPy give them. The default is `"reflect"`: it keeps a flat image flat up to the
edge, where `"zero"` draws a dark frame and an edge that nobody photographed, and it continues a
texture, where `"replicate"` smears its last pixel. It refuses a window that reaches further beyond
the edge than there are pixels to mirror, rather than inventing some.
"""

from dlcv.filters.edges import canny, gradient, non_maximum_suppression, sobel
from dlcv.filters.smoothing import box, gaussian, gaussian_kernel, median, sharpen
from dlcv.filters.windows import BORDERS, convolve2d, correlate2d

__all__ = [
    "BORDERS",
    "box",
    "canny",
    "convolve2d",
    "correlate2d",
    "gaussian",
    "gaussian_kernel",
    "gradient",
    "median",
    "non_maximum_suppression",
    "sharpen",
    "sobel",
]
