"""Questions about a scene with answers that are true of it (chapter 30 teaches a net to answer)."""

import random
from typing import NamedTuple

from .language import ABOVE, BELOW, CLEAR, LEFT, OPPOSITE, RIGHT, Thing, with_article
from .palette import COLORS
from .shapes import CLASSES

KINDS = ("count", "color", "shape", "material", "existence", "relation", "size", "depth")


class Question(NamedTuple):
    """A question, its answer (one word) and its kind (one of `KINDS`)."""

    text: str
    answer: str
    kind: str


def ask(things: list[Thing], chance: random.Random) -> list[Question]:
    """Questions that have one right answer in this scene.

    Args:
        things: what can be seen.
        chance: decides what is asked; the answers follow from the scene.

    Returns:
        One to a dozen questions. Yes/no questions are meant to have yes as often as no.
    """
    questions = _count(things, chance) + _existence(things, chance)
    single = [t for t in things if sum(t.shape == other.shape for other in things) == 1]
    by_color = [t for t in things if sum(t.color == other.color for other in things) == 1]
    if single:
        thing = chance.choice(single)
        questions.append(Question(f"What color is the {thing.shape}?", thing.color, "color"))
        questions.append(
            Question(f"What material is the {thing.shape}?", thing.material, "material")
        )
    if by_color:
        thing = chance.choice(by_color)
        text = f"What shape is the {thing.color} object?"
        questions.append(Question(text, thing.shape, "shape"))
    if len(single) >= 2:
        one, other = chance.sample(single, 2)
        questions += _relation(one, other, chance) + _size(one, other, chance)
        nearer = one if one.depth < other.depth else other
        text = f"Which is nearer, the {one.shape} or the {other.shape}?"
        questions.append(Question(text, nearer.shape, "depth"))
    return questions


def yes_no(truth: bool) -> str:
    """`"yes"` or `"no"`."""
    return "yes" if truth else "no"


def plural(shape: str) -> str:
    """More than one of a shape."""
    return shape + ("es" if shape.endswith("s") else "s")


def _count(things: list[Thing], chance: random.Random) -> list[Question]:
    """How many objects, of one shape (more often one that is there), of one color."""
    seen = [t.shape for t in things]
    shape = chance.choice(seen) if seen and chance.random() < 0.7 else chance.choice(CLASSES)
    colors = [t.color for t in things]
    color = chance.choice(colors) if colors and chance.random() < 0.7 else chance.choice([*COLORS])
    return [
        Question("How many objects are there?", str(len(things)), "count"),
        Question(f"How many {plural(shape)} are there?", str(seen.count(shape)), "count"),
        Question(f"How many {color} objects are there?", str(colors.count(color)), "count"),
    ]


def _existence(things: list[Thing], chance: random.Random) -> list[Question]:
    """Is there such a thing? Where the answer is no, shape or color alone may well be there."""
    pairs = {(t.color, t.shape) for t in things}
    if things and chance.random() < 0.5:
        color, shape = chance.choice(sorted(pairs))
    else:
        color = chance.choice([t.color for t in things] or [*COLORS])
        shape = chance.choice([s for s in CLASSES if (color, s) not in pairs])
    text = f"Is there {with_article(f'{color} {shape}')}?"
    return [Question(text, yes_no((color, shape) in pairs), "existence")]


def _relation(one: Thing, other: Thing, chance: random.Random) -> list[Question]:
    """Is one left of (right of, above, below) the other? Asked only where the offset is clear."""
    truths = []
    if abs(one.x - other.x) >= CLEAR:
        truths.append(LEFT if one.x < other.x else RIGHT)
    if abs(one.y - other.y) >= CLEAR:
        truths.append(ABOVE if one.y < other.y else BELOW)
    if not truths:
        return []
    truth = chance.choice(truths)
    asked = truth if chance.random() < 0.5 else OPPOSITE[truth]
    text = f"Is the {one.shape} {asked} the {other.shape}?"
    return [Question(text, yes_no(asked == truth), "relation")]


def _size(one: Thing, other: Thing, chance: random.Random) -> list[Question]:
    """Is one larger than the other? Asked only where the sizes have different names."""
    if one.size == other.size:
        return []
    if chance.random() < 0.5:
        text, truth = "larger", one.radius > other.radius
    else:
        text, truth = "smaller", one.radius < other.radius
    return [Question(f"Is the {one.shape} {text} than the {other.shape}?", yes_no(truth), "size")]
