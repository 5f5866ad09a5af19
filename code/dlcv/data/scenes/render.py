"""From a world to pixels: ground, shadows, objects from far to near, an occluder, light."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from . import palette
from .backgrounds import paint_ground, pixel_centers, slope, triangle_wave, turned_grid
from .shapes import box, signed_distance
from .world import World

CHUNK_PIXELS = 1 << 18  # pixels drawn at a time: few enough for the processor's cache

# Freed blocks as large as ours normally go back to the system, and every new one is then filled
# with zeros, page by page: up to half of the drawing time. The C library on Linux keeps blocks no
# larger than the largest one freed so far (at most 32 MiB), so we free such a block, unused.
torch.empty(31 << 20, dtype=torch.uint8)


def chunks(count: int, pixels: int):
    """Ranges (start, stop) that cover `count` images in pieces of about `CHUNK_PIXELS` pixels."""
    step = max(1, CHUNK_PIXELS // (pixels * pixels))
    return [(start, min(start + step, count)) for start in range(0, count, step)]


def local_points(world: World, place: Tensor, move_x=0.0, move_y=0.0) -> tuple[Tensor, Tensor]:
    """Every pixel in the frame of one object of each scene.

    Args:
        world: N scenes.
        place: int64 (N,), which object of each scene.
        move_x, move_y: floats or (N,), push the object by this much first (for shadows).

    Returns:
        Two tensors (N, H, W): x and y in units of the object's radius.
    """
    rows = torch.arange(len(world))
    objects = world.objects
    inverse = invert(objects.frame[rows, place])  # (N, 2, 2)
    inverse = inverse / objects.radius[rows, place][:, None, None]
    across = pixel_centers(world.pixels) - (objects.x[rows, place] + move_x)[:, None]  # (N, W)
    down = pixel_centers(world.pixels) - (objects.y[rows, place] + move_y)[:, None]  # (N, H)
    x = (inverse[:, 0, 0, None] * across)[:, None] + (inverse[:, 0, 1, None] * down)[:, :, None]
    y = (inverse[:, 1, 0, None] * across)[:, None] + (inverse[:, 1, 1, None] * down)[:, :, None]
    return x, y


def invert(matrix: Tensor) -> Tensor:
    """Inverse of 2 x 2 matrices (..., 2, 2), written out so that it is the same in any batch."""
    a, b, c, d = matrix[..., 0, 0], matrix[..., 0, 1], matrix[..., 1, 0], matrix[..., 1, 1]
    turned = torch.stack((torch.stack((d, -b), -1), torch.stack((-c, a), -1)), -2)
    return turned / (a * d - b * c)[..., None, None]


def object_distance(world: World, place: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Signed distance in pixels (N, H, W) to one object of each scene, from its local points."""
    rows = torch.arange(len(world))
    objects = world.objects
    distance = signed_distance(
        objects.label[rows, place],
        x,
        y,
        objects.first[rows, place],
        objects.second[rows, place],
    )
    return distance * (objects.radius[rows, place] * world.pixels)[:, None, None]


def cover(distance: Tensor) -> Tensor:
    """How much of each pixel a shape covers, from its signed distance in pixels."""
    return (0.5 - distance).clamp(0, 1)


def smooth(ramp: Tensor) -> Tensor:
    """An S-shaped step from 0 to 1 as `ramp` goes from 0 to 1."""
    ramp = ramp.clamp(0, 1)
    return ramp * ramp * (3 - 2 * ramp)


def far_to_near(world: World) -> Tensor:
    """Object numbers from the farthest to the nearest: int64 (N, K); absent ones come first."""
    return world.objects.depth.argsort(dim=1, descending=True, stable=True)


def light_from(world: World) -> Tensor:
    """Direction towards the light (N,), an angle in the picture; upper left when plain."""
    sway = world.dice().between("light from", -1, 1).double()
    return -0.75 * math.pi + math.pi * world.knobs.illumination * sway


def surface(world: World, place: Tensor, x: Tensor, y: Tensor, distance: Tensor) -> Tensor:
    """Color of an object's material at every pixel: (N, 3, H, W)."""
    rows = torch.arange(len(world))
    objects = world.objects
    color = objects.paint[rows, place][:, :, None, None].expand(-1, -1, *x.shape[1:]).clone()
    radius = objects.radius[rows, place] * world.pixels
    material = objects.material[rows, place]
    light = light_from(world)
    for kind, name in enumerate(palette.MATERIALS):
        chosen = (material == kind).nonzero().squeeze(1)
        if name == "flat" or len(chosen) == 0:
            continue
        inside = x[chosen], y[chosen]
        if name == "glossy":
            toward = torch.cos(light[chosen]).float(), torch.sin(light[chosen]).float()
            color[chosen] = gloss(color[chosen], *inside, *(t[:, None, None] for t in toward))
        else:
            sharpness = radius[chosen, None, None]
            mark = stripes(*inside, sharpness) if name == "striped" else dots(*inside, sharpness)
            other = pattern_paint(color[chosen])
            color[chosen] = color[chosen].lerp(other, mark[:, None])
    return color


def pattern_paint(color: Tensor) -> Tensor:
    """The lighter tone of striped and dotted objects."""
    return color + (1 - color) * 0.72


def stripes(x: Tensor, y: Tensor, radius: Tensor) -> Tensor:
    """Slanted stripes, 0 or 1 with edges one pixel wide: (N, H, W)."""
    wave = triangle_wave(1.3 * (x + y))
    return ((wave - 0.5) * radius * 0.27 + 0.5).clamp(0, 1)


def dots(x: Tensor, y: Tensor, radius: Tensor) -> Tensor:
    """Dots on a square grid, 0 or 1 with edges one pixel wide: (N, H, W)."""
    s, t = 1.9 * x, 1.9 * y
    s, t = s - torch.floor(s) - 0.5, t - torch.floor(t) - 0.5
    return (0.5 - (torch.sqrt(s * s + t * t) - 0.25) * radius / 1.9).clamp(0, 1)


def gloss(color: Tensor, x: Tensor, y: Tensor, light_x: Tensor, light_y: Tensor) -> Tensor:
    """Shade a surface as if it bulged: brighter towards the light, with a soft highlight."""
    shade = 1 + 0.30 * (x * light_x + y * light_y)
    x, y = x - 0.42 * light_x, y - 0.42 * light_y
    spot = (1 - (x * x + y * y) * 4.5).clamp(min=0)
    spot = 0.65 * spot * spot
    color = color * shade[:, None]
    return color + (1 - color) * spot[:, None]


def paint_object(canvas: Tensor, world: World, place: Tensor) -> None:
    """Paint one object of each scene, with its shadow, onto the canvas (N, 3, H, W), in place."""
    rows = torch.arange(len(world))
    there = world.objects.present[rows, place][:, None, None]
    radius = world.objects.radius[rows, place]
    light = light_from(world)
    away_x = (-0.14 * torch.cos(light)).float() * radius
    away_y = (-0.14 * torch.sin(light)).float() * radius
    x, y = local_points(world, place, away_x, away_y)
    soft = 2 + 0.30 * world.pixels * radius[:, None, None]
    shade = 0.34 * smooth(0.5 - object_distance(world, place, x, y) / soft) * there
    canvas.mul_(1 - shade[:, None])
    x, y = local_points(world, place)
    distance = object_distance(world, place, x, y)
    color = surface(world, place, x, y, distance)
    canvas.lerp_(color, (cover(distance) * there)[:, None])


def occluder_distance(world: World) -> Tensor:
    """Signed distance in pixels (N, H, W) to the board in front of each main object.

    The board covers, in some direction, a share of the object's diameter that grows with the
    occlusion knob: at 1 between 35 and 70 percent. Nothing is there at 0.
    """
    dice, objects = world.dice(), world.objects
    share = world.knobs.occlusion * dice.between("board share", 0.35, 0.70)
    radius = objects.radius[:, 0]
    half_depth = radius * dice.between("board depth", 0.45, 0.8)
    half_width = radius * dice.between("board width", 0.6, 1.5)
    angle = dice.between("board side", 0, 2 * math.pi)
    away = (1 - 2 * share) * radius + half_depth  # from the object's center to the board's
    x = objects.x[:, 0] + (torch.cos(angle.double()).float() * away)
    y = objects.y[:, 0] + (torch.sin(angle.double()).float() * away)
    s, t = turned_grid(world.pixels, angle, torch.ones_like(x), x, y)
    rounding = (0.5 * torch.minimum(half_depth, half_width) * dice("board corner"))[:, None, None]
    half_depth, half_width = half_depth[:, None, None], half_width[:, None, None]
    return world.pixels * (box(s, t, half_depth - rounding, half_width - rounding) - rounding)


def paint_occluder(canvas: Tensor, world: World) -> None:
    """Paint the board in front of each main object, in place."""
    distance = occluder_distance(world)
    ground = palette.ground_table()
    color = 0.8 * ground[world.dice().choice("board color", len(ground))][:, :, None, None]
    shade = (0.5 - distance / (2 + 0.08 * world.pixels)).clamp(0, 1)
    canvas.mul_(1 - 0.3 * (shade * shade)[:, None])
    canvas.lerp_(color.expand_as(canvas), cover(distance)[:, None])


def illuminate(canvas: Tensor, world: World) -> None:
    """Multiply the canvas by the light that falls on it, in place: (N, 3, H, W)."""
    dice, knob = world.dice(), world.knobs.illumination
    bright = 2 ** (knob * dice.between("bright", -1.7, 0.35).double())
    warm, tint = dice.between("cast", -1, 1, 2).double().unbind(1)  # lamp to sky, magenta to green
    cast = torch.stack((0.5 * warm - 0.1 * tint, 0.15 * tint, -0.6 * warm - 0.1 * tint), 1)
    cast = 2 ** (knob * cast)  # (N, 3)
    tilt = (1.1 * knob * dice("slope"))[:, None, None]
    field = 1 + tilt * slope(world.pixels, light_from(world))
    edge = slope(world.pixels, dice("edge turn") * 2 * math.pi)
    edge = 6 * (edge - dice.between("edge", -0.3, 0.3)[:, None, None])
    field = field * (1 - smooth(edge + 0.5) * (0.55 * knob * dice("shadow"))[:, None, None])
    field = field.clamp(min=0.05)
    canvas.mul_(field[:, None]).mul_((bright[:, None] * cast).float()[:, :, None, None])


def render(world: World) -> Tensor:
    """Draw every scene of a world: uint8 (N, 3, H, W)."""
    images = torch.empty(len(world), 3, world.pixels, world.pixels, dtype=torch.uint8)

    def draw(start: int, stop: int) -> None:
        images[start:stop] = draw_chunk(world.part(start, stop))

    for_all_chunks(draw, len(world), world.pixels)
    return images


def draw_chunk(world: World) -> Tensor:
    """Draw a few scenes: float32 (N, 3, H, W) in [0, 255], ready to be cut to whole numbers."""
    canvas = paint_ground(world)
    for place in far_to_near(world).unbind(1):
        paint_object(canvas, world, place)
    if world.knobs.occlusion > 0:
        paint_occluder(canvas, world)
    if world.knobs.illumination > 0:
        illuminate(canvas, world)
    return canvas.mul_(255).add_(0.5).clamp_(0, 255)


def for_all_chunks(work: Callable[[int, int], None], count: int, pixels: int) -> None:
    """Run `work(start, stop)` on all chunks, one after the other, on one thread."""
    with one_thread():
        for start, stop in chunks(count, pixels):
            work(start, stop)


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep torch to one thread for a while, then put its own setting back.

    The tensors of a chunk are small: splitting every operation among threads gains little on an
    idle machine and loses much on a busy one.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
