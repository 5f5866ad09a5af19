"""Grounds: a plain one, eight textures, and small distracting bits (the clutter knob)."""

import math

import torch
from torch import Tensor

from . import palette
from .world import World


def triangle_wave(t: Tensor) -> Tensor:
    """A zigzag of period 1 between 0 and 1."""
    return 2 * (t - torch.floor(t) - 0.5).abs()


def sharpen(wave: Tensor, period: Tensor) -> Tensor:
    """Turn a zigzag into bands whose edges are one pixel wide. `period`: in pixels (N, 1, 1)."""
    return ((wave - 0.5) * (0.5 * period) + 0.5).clamp(0, 1)


# The patterns: from the coordinates `s` and `t` of each pixel in periods (N, H, W), and a period in
# pixels (N, 1, 1), to how much of the second ground color shows, from 0 to 1 (N, H, W).


def striped(s: Tensor, t: Tensor, period: Tensor) -> Tensor:
    """Parallel bands across `s`."""
    return sharpen(triangle_wave(s), period)


def checked(s: Tensor, t: Tensor, period: Tensor) -> Tensor:
    """A checkerboard."""
    across, down = sharpen(triangle_wave(s), period), sharpen(triangle_wave(t), period)
    return across + down - 2 * across * down


def dotted(s: Tensor, t: Tensor, period: Tensor) -> Tensor:
    """Round dots on a square grid."""
    x, y = 1.4 * s - torch.floor(1.4 * s) - 0.5, 1.4 * t - torch.floor(1.4 * t) - 0.5
    return (0.5 - (torch.sqrt(x * x + y * y) - 0.28) * period / 1.4).clamp(0, 1)


def wavy(s: Tensor, t: Tensor, period: Tensor) -> Tensor:
    """Bands that wave along `t`."""
    bend = triangle_wave(0.7 * t)
    bend = bend * bend * (3 - 2 * bend)  # round the zigzag
    return sharpen(triangle_wave(s + 0.6 * bend), period)


def bricked(s: Tensor, t: Tensor, period: Tensor) -> Tensor:
    """Joints between bricks laid in a running bond."""
    row = torch.floor(1.5 * t)
    joint = torch.maximum(triangle_wave(1.5 * t), triangle_wave(0.8 * s + 0.5 * row))
    return ((joint - 0.86) * 0.33 * period + 0.5).clamp(0, 1)


def ringed(s: Tensor, t: Tensor, period: Tensor) -> Tensor:
    """Rings around the origin of `s` and `t`."""
    return sharpen(triangle_wave(torch.sqrt(s * s + t * t)), period)


def shaded(s: Tensor, t: Tensor, period: Tensor) -> Tensor:
    """No pattern: a soft slope along `t`."""
    return (0.5 + 0.3 * t).clamp(0, 1)


PATTERNS = {
    "shaded": shaded,
    "striped": striped,
    "checked": checked,
    "dotted": dotted,
    "wavy": wavy,
    "bricked": bricked,
    "ringed": ringed,
}


def pixel_centers(pixels: int) -> Tensor:
    """Centers of the pixels of one row, as fractions of the image's side: (W,)."""
    return (torch.arange(pixels) + 0.5) / pixels


def turned_grid(pixels: int, turn: Tensor, step: Tensor, x: Tensor, y: Tensor):
    """Coordinates along and across a turned grid.

    Args:
        pixels: side of the image.
        turn: (N,), angle in radians.
        step: (N,), length of one unit of the grid, as a fraction of the image.
        x, y: (N,), where the grid's origin lies.

    Returns:
        Two tensors (N, H, W).
    """
    turn = turn.double()
    cosine = (torch.cos(turn) / step).float()[:, None]
    sine = (torch.sin(turn) / step).float()[:, None]
    across = pixel_centers(pixels) - x[:, None]  # (N, W)
    down = pixel_centers(pixels) - y[:, None]  # (N, H)
    s = (cosine * across)[:, None, :] + (sine * down)[:, :, None]
    t = (cosine * down)[:, :, None] - (sine * across)[:, None, :]
    return s, t


def slope(pixels: int, direction: Tensor) -> Tensor:
    """How far each pixel lies in a direction from the center: (N, H, W), from (N,) angles."""
    direction = direction.double()
    offset = pixel_centers(pixels) - 0.5
    across = torch.cos(direction).float()[:, None] * offset
    down = torch.sin(direction).float()[:, None] * offset
    return across[:, None, :] + down[:, :, None]


def clouds(world: World) -> Tensor:
    """Soft noise in [0, 1] (N, H, W): two random grids, blown up smoothly and added."""
    dice, pixels = world.dice(), world.pixels
    coarse = dice("clouds", 1, 4, 4)
    fine = dice("small clouds", 1, 9, 9)
    blow_up = torch.nn.functional.interpolate
    options = {"size": (pixels, pixels), "mode": "bilinear", "align_corners": True}
    noise = 0.65 * blow_up(coarse, **options) + 0.35 * blow_up(fine, **options)
    return ((noise[:, 0] - 0.5) * 1.6 + 0.5).clamp(0, 1)


def ground_kinds(world: World) -> Tensor:
    """Which texture lies under each scene: int64 (N,), index into `GROUNDS`."""
    return world.dice().choice("ground", len(palette.GROUNDS))


def texture(world: World) -> Tensor:
    """Each scene's own texture, in [0, 1]: (N, H, W)."""
    dice = world.dice()
    kinds = ground_kinds(world)
    period = dice.between("ground period", 0.16, 0.42)
    turn = dice.between("ground turn", 0, 2 * math.pi)
    x, y = dice("ground x"), dice("ground y")
    pattern = torch.empty(len(world), world.pixels, world.pixels)
    for kind, name in enumerate(palette.GROUNDS):
        chosen = (kinds == kind).nonzero().squeeze(1)
        if name == "cloudy":
            part = World(world.seed, world.numbers[chosen], world.pixels, world.knobs, None)
            pattern[chosen] = clouds(part)
        else:
            s, t = turned_grid(world.pixels, turn[chosen], period[chosen], x[chosen], y[chosen])
            pattern[chosen] = PATTERNS[name](s, t, period[chosen, None, None] * world.pixels)
    return pattern


def bits(world: World) -> tuple[Tensor, Tensor]:
    """Small strokes and dots: opacity (N, H, W) and color (N, 3, H, W).

    At most one lies in each cell of a grid, 4 x 4 cells around one object and 7 x 7 around several.
    """
    pixels = world.pixels
    grid = 4 if world.objects.label.shape[1] == 1 else 7
    cell = pixel_centers(pixels) * grid  # (W,): which cell, and where in it
    inside = cell - cell.long() - 0.5
    index = (cell.long()[:, None] * grid + cell.long()).flatten()  # (H * W,)
    table = bit_table(world, grid)
    everywhere = table.gather(2, index.expand(*table.shape[:2], -1))  # (N, 10, H * W)
    everywhere = everywhere.unflatten(2, (pixels, pixels))
    x, y, along_x, along_y, scale, width, there = everywhere[:, :7].unbind(1)
    x, y = inside - x, inside[:, None] - y
    along = ((x * along_x + y * along_y) * scale).clamp_(-1, 1)  # nearest point of the stroke
    x, y = x - along * along_x, y - along * along_y
    distance = torch.sqrt(x * x + y * y) - width
    opacity = (0.5 - distance * (pixels / grid)).clamp_(0, 1) * there
    return opacity, everywhere[:, 7:]


def bit_table(world: World, grid: int) -> Tensor:
    """What lies in each cell, in units of a cell: float32 (N, 10, cells).

    The ten numbers: x, y; half a stroke as a vector x, y; one over its squared length; half its
    width; whether anything is there (0 or 1); red, green, blue.
    """
    dice, clutter, cells = world.dice(), world.knobs.clutter, grid * grid
    width = dice.between("bit width", 0.08, 0.2, 1, cells) * (0.6 + 0.9 * clutter)
    half = 0.01 + dice("bit length", 1, cells) * (0.4 - width)
    angle = dice.between("bit angle", 0, 2 * math.pi, 1, cells).double()
    along_x, along_y = (half * torch.cos(angle)).float(), (half * torch.sin(angle)).float()
    room = 0.46 - width - half  # a bit stays inside its cell
    place = room * dice.between("bit place", -1, 1, 2, cells)
    there = (dice("bit there", 1, cells) < 0.95 * clutter).float()
    color = palette.paint_table()[dice.choice("bit color", len(palette.COLORS), cells)]
    scale = 1 / (half * half)
    return torch.cat((place, along_x, along_y, scale, width, there, color.movedim(-1, 1)), 1)


def paint_ground(world: World) -> Tensor:
    """The scenes without their objects: float32 (N, 3, H, W), RGB in [0, 1]."""
    dice, pixels, clutter = world.dice(), world.pixels, world.knobs.clutter
    plain = torch.tensor(palette.rgb(palette.PLAIN_GROUND))
    glow = (1.02 - 0.06 * pixel_centers(pixels))[:, None]  # a little darker towards the bottom
    if clutter == 0:
        return (plain[:, None, None] * glow).expand(len(world), 3, -1, pixels).clone()
    colors = palette.ground_table()[dice.choice("ground colors", len(palette.GROUND_COLORS), 2)]
    colors = plain + (colors - plain) * clutter**0.7  # (N, 2, 3)
    first, second = colors[:, 0, :, None, None], colors[:, 1, :, None, None]
    ground = (first + (second - first) * texture(world)[:, None]).mul_(glow)
    opacity, color = bits(world)
    return ground.lerp_(color, opacity[:, None])
