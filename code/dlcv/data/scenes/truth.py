"""What is where: masks, boxes, depth and key points, computed from the same world as the pixels."""

import torch
from torch import Tensor

from .backgrounds import pixel_centers
from .keypoints import object_points
from .render import (
    cover,
    far_to_near,
    for_all_chunks,
    local_points,
    object_distance,
    occluder_distance,
)
from .world import FAR, NEAR, World

GROUND = -1  # in an instance map


def instance_maps(world: World) -> Tensor:
    """Which object each pixel shows.

    Returns:
        int8 (N, H, W): the object's number, -1 for the ground, K (one more than the last object)
        for the board of the occlusion knob. A pixel belongs to a thing that covers half of it.
    """
    pixels, places = world.pixels, world.objects.label.shape[1]
    maps = torch.full((len(world), pixels, pixels), GROUND, dtype=torch.int8)

    def fill(start: int, stop: int) -> None:
        part = world.part(start, stop)
        for place in far_to_near(part).unbind(1):
            owner = place[:, None, None].to(torch.int8)
            maps[start:stop] = torch.where(silhouette(part, place), owner, maps[start:stop])
        if part.knobs.occlusion > 0:
            maps[start:stop][cover(occluder_distance(part)) > 0.5] = places

    for_all_chunks(fill, len(world), pixels)
    return maps


def silhouette(world: World, place: Tensor) -> Tensor:
    """The pixels of one object of each scene as if nothing stood before it: bool (N, H, W)."""
    distance = object_distance(world, place, *local_points(world, place))
    there = world.objects.present[torch.arange(len(world)), place]
    return (cover(distance) > 0.5) & there[:, None, None]


def whole_masks(world: World) -> Tensor:
    """Silhouettes of all objects, hidden parts included: bool (N, K, H, W)."""
    places = world.objects.label.shape[1]
    masks = torch.empty(len(world), places, world.pixels, world.pixels, dtype=torch.bool)

    def fill(start: int, stop: int) -> None:
        part = world.part(start, stop)
        for place in range(places):
            masks[start:stop, place] = silhouette(part, torch.full((stop - start,), place))

    for_all_chunks(fill, len(world), world.pixels)
    return masks


def mask_boxes(masks: Tensor) -> Tensor:
    """The tightest boxes around masks.

    Args:
        masks: bool (..., H, W).

    Returns:
        float32 (..., 4): left, top, right, bottom edges in pixels, so that right - left is the
        width; all 0 where a mask is empty.
    """
    left, right = _first_and_last(masks.any(-2))
    top, bottom = _first_and_last(masks.any(-1))
    boxes = torch.stack((left, top, right, bottom), -1).float()
    return boxes * masks.any(-1).any(-1)[..., None]


def _first_and_last(line: Tensor) -> tuple[Tensor, Tensor]:
    """Index of the first True of each line, and one past the index of the last."""
    first = line.byte().argmax(-1)
    return first, line.shape[-1] - line.flip(-1).byte().argmax(-1)


def depth_maps(world: World, instances: Tensor) -> Tensor:
    """Distance from the camera of what each pixel shows: float32 (N, H, W).

    The ground recedes from 1 at the image's bottom edge to 3 at its top edge; an object stands
    upright where its lowest point touches the ground; the board stands before everything.
    """
    ground = FAR + (NEAR - FAR) * pixel_centers(world.pixels)[:, None]  # (H, 1)
    depth = ground.expand(len(world), -1, world.pixels).clone()
    for place, owner in enumerate(world.objects.depth.unbind(1)):
        depth = torch.where(instances == place, owner[:, None, None], depth)
    board = 0.9 * world.objects.depth.amin(1)[:, None, None]
    return torch.where(instances == world.objects.depth.shape[1], board, depth)


def keypoint_table(world: World, instances: Tensor) -> Tensor:
    """Key points of all objects, in the manner of COCO (Lin et al. 2014).

    Args:
        world: N scenes.
        instances: int8 (N, H, W), their instance maps.

    Returns:
        float32 (N, K, 8, 3): x, y in pixels and visibility: 2 seen, 1 hidden behind something or
        outside the image, 0 no such point (x and y are 0).
    """
    objects, pixels = world.objects, world.pixels
    images, places = objects.label.shape
    flat = (tensor.flatten() for tensor in (objects.label, objects.first, objects.second))
    local = object_points(*flat).unflatten(0, (images, places))  # (N, K, 8, 2)
    turned = (objects.frame[:, :, None] * local[..., None, :]).sum(-1)
    center = torch.stack((objects.x, objects.y), -1)[:, :, None]
    points = (center + objects.radius[:, :, None, None] * turned) * pixels
    known = ~points.isnan().any(-1) & objects.present[..., None]  # (N, K, 8)
    points = points.nan_to_num(0.0)
    inside = ((points >= 0) & (points < pixels)).all(-1)
    column, row = points.long().clamp(0, pixels - 1).unbind(-1)
    front = instances[torch.arange(images)[:, None, None], row, column].long()
    nearest = torch.cat((torch.full((images, 1), torch.inf), objects.depth), 1)
    board = torch.full((images, 1), -torch.inf)
    nearest = torch.cat((nearest, board), 1)  # ground, objects, board
    front_depth = nearest.gather(1, (front + 1).flatten(1)).view_as(front)
    seen = inside & (front_depth >= objects.depth[..., None])
    visibility = known * (1 + seen.long())
    return torch.cat((points * known[..., None], visibility[..., None].float()), -1)
