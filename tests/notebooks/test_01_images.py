"""Chapter 1: every claim can fail."""

from chapter_tests import ChapterTests
from mutation import Mutation

# Two seeds and 300 scenes in place of three and 500, no frames of explorers: the claims still hold.
QUICKER = (
    ("for s in range(3)]", "for s in range(2)]"),
    ("generate(1000,", "generate(600,"),
    (
        "library_nearest(vectors[:500], vectors[500:])",
        "library_nearest(vectors[:300], vectors[300:])",
    ),
    ("(labels[:500][nearest] == labels[500:])", "(labels[:300][nearest] == labels[300:])"),
    ("interactive.explore(", "(lambda *draw, **controls: None)("),
)
TURN = "**dict.fromkeys(knobs, value))"
LESS, REVERSED = TURN.replace("value)", "value / 4)"), TURN.replace("value)", "1 - value)")
SHIFT = "(images, (s, 0, 0, 0), mode="

MUTATIONS = [
    Mutation(
        "the photo is 3",
        'data.photos.load("cat")',
        'data.photos.load("cat")[:, :, :400]',
        (("reshape(300, 451, 3)", "reshape(300, 400, 3)"),),
    ),
    Mutation("channels moved last", "cat.permute(1, 2, 0)", "cat.flip(0).permute(1, 2, 0)"),
    Mutation("in uint8, brightening", "250], dtype=torch.uint8", "250], dtype=torch.int32"),
    Mutation("to ", ".round() / (levels - 1)", ".floor() / (levels - 1)"),
    Mutation("to ", "(values * (levels - 1)).round() / (levels - 1)", "values"),
    Mutation("dropping pixels leaves", "rings[:, ::4, ::4]", "block_mean(rings, 4)"),
    Mutation("averaging leaves", "block_mean(rings, 4)", "rings[:, 1::4, 1::4]"),
    Mutation("means of blocks", "mean(dim=(2, 4))", "amax(dim=(2, 4))"),
    Mutation("1000 bilinear values", "(1 - b) * upper + b * lower", "b * upper + (1 - b) * lower"),
    Mutation("gray, equation", "[0.2125, 0.7154, 0.0721]", "[0.299, 0.587, 0.114]"),
    Mutation("HSV, equation", "sixths / 6 % 1", "sixths / 6"),
    Mutation("orange, against", "(g - b) / chroma", "(b - g) / chroma"),
    Mutation("YCbCr, equation", "[16, 128, 128]", "[0, 128, 128]"),
    Mutation("Lab, equation", "/ 1.055) ** 2.4", "/ 1.055) ** 2.2"),
    Mutation("the box computed", "xs.max() + 1, ys.max() + 1", "xs.max(), ys.max()"),
    Mutation(
        "hue and saturation stay", "0.1 * skimage.color.rgb2xyz", "0.1 + skimage.color.rgb2xyz"
    ),
    Mutation("Cb, Cr and a* shrink", "0.1 * skimage", "0.5 * skimage"),
    Mutation("which of 100", "(new - stored).norm()", "(new - stored).norm(p=1)"),
    Mutation("with all knobs at 0", TURN, REVERSED),
    Mutation("turning up raises", TURN, REVERSED),
    Mutation("at 1, viewpoint", TURN, REVERSED),
    Mutation("at 1, every knob", TURN, LESS),
    Mutation("all five", TURN, LESS),
    Mutation("class means hold", "vectors[labels == k]", "vectors[k::10]"),
    Mutation("hardly any on", 'data.scenes.load("test", limit=1000)', "plain"),
    Mutation("further than the nearest", SHIFT, SHIFT.replace("(s, 0", "(s // 4, 0")),
    Mutation("further than the typical", SHIFT, SHIFT.replace("(s, 0", "(s // 2, 0")),
    Mutation("further than the typical", SHIFT, SHIFT.replace("(s, 0", "(2 * s, 0")),
    Mutation("changed pixels", "clamp(max=4)", "clamp(max=5)"),
    Mutation("pixels 2 to 5", SHIFT, SHIFT.replace("(s, 0", "(2 * s, 0")),
    Mutation("four pixels are further", SHIFT, SHIFT.replace("(s, 0", "(s // 2, 0")),
]


class TestChapter(ChapterTests):
    number, quicker, mutations = 1, QUICKER, MUTATIONS
    folded = ["Solution 5", "Solution 6"]
