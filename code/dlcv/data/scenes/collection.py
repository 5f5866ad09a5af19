"""`Scenes`: pictures and all that is known about them."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from . import palette, truth
from .backgrounds import ground_kinds
from .language import Thing, caption
from .questions import Question, ask
from .render import far_to_near
from .shapes import CLASSES
from .world import World

SEEN_SHARE, SEEN_PIXELS = 0.1, 6  # an object of which less is visible is not spoken of


class OnDemand(Sequence):
    """A list whose items are made when they are asked for."""

    def __init__(self, count: int, make: Callable[[int], object]) -> None:
        self._count, self._make = count, make

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index):
        if isinstance(index, slice):
            return [self._make(i) for i in range(self._count)[index]]
        return self._make(range(self._count)[index])


@dataclass(frozen=True)
class Scenes:
    """N pictures of side S with all their answers; K is the largest number of objects.

    Images and labels are there at once, the rest is computed when first asked for. Object 0 of a
    scene is its main object (a large one). Where a scene has fewer than K objects, the places left
    over hold -1 in whole-number tensors, and False or 0 in the others; see `counts`.
    """

    images: Tensor
    """uint8 (N, 3, S, S), RGB."""
    labels: Tensor
    """int64 (N,): class of the main object, an index into `classes`."""
    world: World
    """The drawn attributes in the generator's own units."""

    def __len__(self) -> int:
        return len(self.images)

    @property
    def classes(self) -> tuple[str, ...]:
        """The ten class names."""
        return CLASSES

    # Attributes of the objects

    @property
    def counts(self) -> Tensor:
        """How many objects each scene has: int64 (N,)."""
        return self.world.objects.present.sum(1)

    def _where_present(self, values: Tensor) -> Tensor:
        return torch.where(self.world.objects.present, values, -1)

    @property
    def object_labels(self) -> Tensor:
        """Class of every object: int64 (N, K), index into `classes`."""
        return self._where_present(self.world.objects.label)

    @property
    def colors(self) -> Tensor:
        """Color of every object: int64 (N, K), index into `list(COLORS)`."""
        return self._where_present(self.world.objects.color)

    @property
    def materials(self) -> Tensor:
        """Material of every object: int64 (N, K), index into `MATERIALS`."""
        return self._where_present(self.world.objects.material)

    @property
    def sizes(self) -> Tensor:
        """Size of every object: int64 (N, K), index into `SIZES`."""
        return self._where_present(self.world.objects.size)

    @property
    def positions(self) -> Tensor:
        """Center of every object in pixels, x then y: float32 (N, K, 2)."""
        objects = self.world.objects
        centers = torch.stack((objects.x, objects.y), -1) * self.world.pixels
        return centers * objects.present[..., None]

    @property
    def radii(self) -> Tensor:
        """Radius of every object in pixels, before it is tilted: float32 (N, K)."""
        return self.world.objects.radius * self.world.pixels * self.world.objects.present

    # Dense and geometric answers

    @cached_property
    def instances(self) -> Tensor:
        """Which object a pixel shows: int8 (N, S, S); -1 the ground, K the board in front."""
        return truth.instance_maps(self.world)

    @cached_property
    def masks(self) -> Tensor:
        """Visible pixels of every object: bool (N, K, S, S)."""
        places = torch.arange(self.world.objects.label.shape[1])
        return self.instances[:, None] == places[:, None, None]

    @cached_property
    def whole_masks(self) -> Tensor:
        """Pixels of every object, hidden ones included (amodal masks): bool (N, K, S, S)."""
        return truth.whole_masks(self.world)

    @cached_property
    def boxes(self) -> Tensor:
        """Tight boxes of the visible masks: float32 (N, K, 4), left, top, right, bottom edges.

        In pixels, so that right - left is the width; all 0 where nothing of an object is visible.
        """
        return truth.mask_boxes(self.masks)

    @cached_property
    def shares(self) -> Tensor:
        """Visible share of every object's pixels inside the image: float32 (N, K)."""
        visible = self.masks.sum((2, 3))
        return visible / self.whole_masks.sum((2, 3)).clamp(min=1)

    @cached_property
    def order(self) -> Tensor:
        """Numbers of the objects from the nearest to the farthest: int64 (N, K), -1 at the end."""
        order = far_to_near(self.world).flip(1)
        return torch.where(self.world.objects.present.gather(1, order), order, -1)

    @cached_property
    def depth(self) -> Tensor:
        """Distance from the camera at every pixel: float32 (N, S, S).

        The ground recedes from 1 (bottom edge) to 3 (top edge); an object stands upright on it.
        """
        return truth.depth_maps(self.world, self.instances)

    @cached_property
    def keypoints(self) -> Tensor:
        """Key points: float32 (N, K, 8, 3), x, y (pixels), visibility (2 seen, 1 hidden, 0 none).

        Their names, shape by shape: `KEYPOINTS`. A symmetric shape that is turned looks like one
        that is not: which corner of a square is the "top left" one cannot be seen.
        """
        return truth.keypoint_table(self.world, self.instances)

    # Words

    def things(self, index: int) -> list[Thing]:
        """The objects of one scene that can be seen, the main object first.

        An object counts as seen if a tenth of it, and at least six pixels, are visible.
        """
        objects, pixels = self.world.objects, self.world.pixels
        found = []
        for place in range(int(self.counts[index])):
            rows, columns = self.masks[index, place].nonzero().unbind(1)
            share = float(self.shares[index, place])
            if share < SEEN_SHARE or len(rows) < SEEN_PIXELS:
                continue
            found.append(
                Thing(
                    number=place,
                    shape=CLASSES[objects.label[index, place]],
                    color=list(palette.COLORS)[objects.color[index, place]],
                    material=palette.MATERIALS[objects.material[index, place]],
                    size=palette.SIZES[objects.size[index, place]],
                    radius=float(objects.radius[index, place]) * pixels,
                    x=(float(columns.double().mean()) + 0.5) / pixels,
                    y=(float(rows.double().mean()) + 0.5) / pixels,
                    depth=float(objects.depth[index, place]),
                    share=share,
                )
            )
        return found

    @property
    def captions(self) -> Sequence[str]:
        """One true sentence a scene, such as "a small red star left of a blue ring"."""
        ground = ground_kinds(self.world) if self.world.knobs.clutter >= 0.25 else None

        def make(index: int) -> str:
            kind = None if ground is None else palette.GROUNDS[ground[index]]
            return caption(self.things(index), kind)

        return OnDemand(len(self), make)

    @property
    def questions(self) -> Sequence[list[Question]]:
        """For each scene a list of `Question(text, answer, kind)`; always the same for a scene."""

        def make(index: int) -> list[Question]:
            number = int(self.world.numbers[index])
            return ask(self.things(index), random.Random(f"{self.world.seed} {number}"))

        return OnDemand(len(self), make)
