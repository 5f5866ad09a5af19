"""Things in words: names, relations and captions that are true of the picture."""

from dataclasses import dataclass

LEFT, RIGHT, ABOVE, BELOW = "left of", "right of", "above", "below"
FRONT, BEHIND = "in front of", "behind"
OPPOSITE = {LEFT: RIGHT, RIGHT: LEFT, ABOVE: BELOW, BELOW: ABOVE, FRONT: BEHIND, BEHIND: FRONT}
CLEAR = 0.08  # of the image's side: centers this far apart can be told apart


@dataclass(frozen=True)
class Thing:
    """One object that can be seen in a scene."""

    number: int  # which object of the scene
    shape: str
    color: str
    material: str
    size: str
    radius: float  # pixels
    x: float  # centroid of its visible pixels, as a fraction of the image's side
    y: float
    depth: float
    share: float  # of its pixels inside the image, how many are not hidden

    def words(self) -> str:
        """For example "small striped red star": what is ordinary (flat, medium) is not said."""
        size = "" if self.size == "medium" else self.size
        material = "" if self.material == "flat" else self.material
        return " ".join(word for word in (size, material, self.color, self.shape) if word)


def with_article(words: str) -> str:
    """`a red star`, `an orange ring`."""
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def relation(one: Thing, other: Thing) -> str:
    """Where `one` is, seen from `other`: by the larger offset of their visible centroids.

    Where the centroids nearly coincide, the one that is nearer is "in front of" the other.
    """
    across, down = one.x - other.x, one.y - other.y
    if max(abs(across), abs(down)) < CLEAR:
        return FRONT if one.depth < other.depth else BEHIND
    if abs(across) > abs(down):
        return LEFT if across < 0 else RIGHT
    return ABOVE if down < 0 else BELOW


def caption(things: list[Thing], ground: str | None) -> str:
    """One true sentence about a scene.

    Args:
        things: what can be seen, the main object first.
        ground: kind of the ground, or None where it is plain.

    Returns:
        For example "a small red star left of a blue ring, with a green heart, on a dotted ground".
    """
    end = f" on {with_article(ground + ' ground')}" if ground else ""
    if not things:
        return f"nothing{end}"
    first, *others = things
    text = with_article(first.words())
    if not others:
        return text + end + (", partly hidden" if first.share < 0.8 else "")
    # Speak of the neighbor with the clearest relation, then list the rest.
    clearest = max(others, key=lambda thing: max(abs(first.x - thing.x), abs(first.y - thing.y)))
    text += f" {relation(first, clearest)} {with_article(clearest.words())}"
    rest = [with_article(thing.words()) for thing in others if thing is not clearest]
    if rest:
        listed = rest[0] if len(rest) == 1 else f"{', '.join(rest[:-1])} and {rest[-1]}"
        text += f", with {listed}"
    return text + ("," if others and rest and end else "") + end
