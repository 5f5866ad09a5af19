"""Chapter 4: every claim can fail."""

from chapter_tests import ChapterTests
from mutation import Mutation

RAW = "(lambda images: images.reshape(200, 625), None)"
HOG = "(lambda images: features.hog_many(images, cell_size=5), None)"
MEAN = "(lambda z: bag(z).mean(axis=1), None)"  # of a bag: it forgets places, too, and is quick
QUICKER = (
    ("cell=[4, 8, 16]", "cell=[8, 16]"),
    ("ratio=[0.6, 0.8, 1]", "ratio=[0.5, 0.8]"),
    ("(features.gist_many, None)", "(lambda z: z.reshape(200, 625), None)"),  # it falls, too
    ("(bag, features.VisualWords(50))", MEAN),
    ("(bag, features.FisherVector(16, dimensions=32))", MEAN),
    ("(180, 256, 215)", "(180,)"),
)

HISTOGRAM = "m[here].ravel(), minlength=bins)"

MUTATIONS = [
    Mutation("no eye, no nose", "<= 5", ">= 5"),
    Mutation("spread alone is right", "(uneven - mean) / spread", "(uneven - mean) / 0.2"),
    Mutation("spread alone is right", "X_given[y_given == 1], others", "others, others"),
    Mutation("half the light takes raw pixels", "0.5 * z", "0.9 * z"),
    Mutation("HoG and scikit-image's", "* bins / 180", "* bins / 360"),
    Mutation("HoG and the package's", HISTOGRAM, "None, minlength=bins)"),
    Mutation("HoG of a hundred faces", "0.4 * X[:100] + 0.3", "0.4 * X[:100] ** 2 + 0.3"),
    Mutation("GIST in half the light", "gist_many(X[:9] / 2)", "gist_many(X[:9] / 3)"),
    Mutation("word counts", "centers).argmin(axis=1)", "centers).argmax(axis=1)"),
    Mutation("Fisher vector and scikit-image's", "g in (z, z**2 - 1)", "g in (z, z**2)"),
    Mutation("Fisher vector and scikit-image's", "np.repeat([1, -1], 8)", "np.repeat([1, 1], 8)"),
    Mutation(
        "as they are, all seven",
        f'"raw pixels": {RAW}',
        '"raw pixels": (lambda z: z[:, 0, :2], None)',
    ),
    Mutation(
        "dimmed, raw pixels",
        f'"raw pixels": {RAW}',
        f'"raw pixels": {RAW[:-5]}length)',
    ),
    Mutation("dimmed, the others", HOG, RAW),
    Mutation("under the lamp HoG beats", HOG, RAW),
    Mutation(
        "so do raw pixels", "images.reshape(200, 625), length)", RAW[len("(lambda images: ") :]
    ),
    Mutation("GIST evened out", "equalize=True), length)", "equalize=False), length)"),
    Mutation("moved, pixels and HoG", HOG, MEAN),
    Mutation(
        "of ",
        "features.cascade(stage_1.decision_function, stage_2.decision_function)",
        "stage_1.decision_function",
    ),
    Mutation("of ", "scores[kept[0]] - scores[kept[1]]", "scores[kept[1]] - scores[kept[2]]"),
    Mutation("RANSAC brings", "@ M, corners, corners)", "@ M, corners, corners + 2)"),
    Mutation("RANSAC brings", "source, target) < threshold", "source, target) > threshold"),
    Mutation(
        "with all matches",
        "features.homography(*pairs)",
        "features.homography(*(side[ransac(*pairs)] for side in pairs))",
    ),
    Mutation("panorama and photograph", "np.nanmedian(views[0] / views[1].clip(0.01))", "1"),
]

FOLDED = [
    "The whole of GIST, and a check of (4.6): multiplying waves is sliding a kernel",
    "Check (4.9) against the definition",
    "Why does HoG stand the lamp? A suspect, and its alibi",
    "Non-maximum suppression in seven lines",
    "The ratio test in four lines",
    "Check (4.13) against scikit-image",
    "Check RANSAC and (4.14) against scikit-image and SciPy",
    "Solution 2",
]


class TestChapter(ChapterTests):
    number, quicker, mutations = 4, QUICKER, MUTATIONS
    folded = FOLDED
