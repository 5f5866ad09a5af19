"""Chapter 3: every claim can fail."""

from chapter_tests import ChapterTests
from mutation import Mutation

# The figures with controls are drawn once, and not sixty times.
QUICKER = (
    ('"sigma": [0.5, 1.0, 2.0, 3.0]', '"sigma": [0.5, 1.0]'),
    ('"threshold": [0.05, 0.1, 0.2, 0.4]', '"threshold": [0.05, 0.1]'),
    ("for seed in range(3)", "for seed in range(2)"),
)
FEWER = (
    ("for seed in range(2)", "for seed in range(1)"),
    ("std(dim=1)", "std(dim=1, correction=0)"),
)
SHORT = (("learn(0, 2200)", "learn(0, 300)"),)
FIT = "torch.linalg.lstsq(X - X.mean(), t)"
MOVED = f"{FIT[:-1]}.roll(1, 0))"  # fitted to the answers one pixel further
MUTATIONS = [
    Mutation("our loop against", "result += kernel[v, u]", "result += kernel[u, v] * (v > 0)"),
    Mutation("convolution against SciPy", "letter[::-1, ::-1])  # (5, 3)", "letter)"),
    Mutation("PyTorch's conv2d", "= slide(dot, letter), ", "= slide(dot, letter[::-1]), "),
    Mutation("the first law", "slide(2 * f_1 - 3 * f_2, upside)", "slide(2 * f_1, upside)"),
    Mutation("the second law", "np.roll(f_1, 2, axis=1)", "np.roll(f_1, 2, axis=0)"),
    Mutation("two in a row", "star(box, letter))", "signal.correlate2d(box, letter))"),
    Mutation("four rules against np.pad", '"wrap": i % n', '"wrap": mirrored'),
    Mutation("four rules against np.pad", "i.clip(0, n - 1)", "mirrored"),
    Mutation("four rules against np.pad", '"reflect": mirrored', '"reflect": i.clip(0, n - 1)'),
    Mutation(
        "four rules against np.pad",
        "np.pad(image, [(r, r) for r in reach])",
        "np.pad(image, [(r, r) for r in reach], mode='edge')",
    ),
    Mutation("four rules against np.pad", "i % max(1, 2 * n - 2)", "i % max(1, 2 * n)"),
    Mutation(
        "four rules against SciPy's filter",
        "return correlate(image, kernel[::-1, ::-1], rule)",
        "return correlate(image, kernel, rule)",
    ),
    Mutation("a corner of white", "np.ones((9, 9)), box", "np.eye(9), box"),
    Mutation("Gaussian against SciPy", "int(4 * sigma + 0.5), int(", "int(3 * sigma), int("),
    Mutation("Gaussian, two passes", "image, row[None])", "image, row[None] ** 2)"),
    Mutation("box", "np.full(7, 1 / 7)", "np.full(7, 1 / 6)"),
    Mutation("the ranks are", "[0, -1, 0], [-1, 5, -1], [0, -1, 0]", "[0, 0, 0], [-1, 5, -1]"),
    Mutation(
        "at n = 31, two passes",
        "two_passes(photo, row, row)",
        "convolve(photo, np.outer(row, row))",
    ),
    Mutation("a box exchanges", "wave[5:12] < 0", "wave[7:14] < -1"),
    Mutation("a box exchanges", "0.2 * np.arange(-8, 9)", "0.05 * np.arange(-8, 9)"),
    Mutation("a box exchanges", "bell_2, flat = bell(2.0)", "bell_2, flat = -bell(2.0)"),
    Mutation("dropped: false stripes", "convolve(fine, bell_2[None])", "(1 * fine)"),
    Mutation("dropped: false stripes", "fine[:, ::4], convolve", "0 * fine, convolve"),
    Mutation("three steps, and one", "3 * np.pad([[1.0]], 8)", "2 * np.pad([[1.0]], 8)"),
    Mutation("sharpening leaves", "photo + 2 * (photo - blurred)", "photo - (photo - blurred)"),
    Mutation("the medians are 0", "return np.median(windows", "return np.mean(windows"),
    Mutation("median", "return np.median(windows", "return np.mean(windows"),
    Mutation("median", "check.pictures_of_the_bet(photo, specks)", "[specks] * 4"),
    Mutation("against ", '"Gaussian": filters.gaussian,', '"Gaussian": lambda p, size: p,'),
    Mutation("against ", '"median": filters.median}', '"median": filters.box}'),
    Mutation("(3.8)", "slide(wave[None], np.c_[-1, 1])", "slide(wave[None], np.c_[1, -1])"),
    Mutation(
        "(3.8)", "slide(wave[None], np.c_[-0.5, 0, 0.5])", "slide(wave[None], np.c_[-1, 0, 1])"
    ),
    Mutation(
        "[−1 1] errs a quarter",
        "slide(wave[None], np.c_[-0.5, 0, 0.5])",
        "slide(wave[None], np.c_[-0.5, 0.5, 0])",
    ),
    Mutation("[−1 1] errs a quarter", "(x[:-1] + 0.5)", "x[:-1]"),
    Mutation(
        "Sobel and SciPy", "np.outer([1, 2, 1], [-1, 0, 1])", "np.outer([1, 1, 1], [-1, 0, 1])"
    ),
    Mutation(
        "f_x and scikit-image", "np.outer([1, 2, 1], [-1, 0, 1])", "np.outer([1, 2, 1], [1, 0, -1])"
    ),
    Mutation("Sobel in two passes", "np.r_[1, 0, -1]", "np.r_[-1, 0, 1]"),
    Mutation("phase of a ramp", "arctan2((ramp * S_x.T).sum()", "arctan2(-(ramp * S_x.T).sum()"),
    Mutation("noise after ", "np.sqrt((kernel**2).sum())", "abs(kernel).sum()"),
    Mutation("σ = 4 finds", "(0.1, 1, 2, 4, 8, 12)", "(0.1, 1, 2, 0.1, 8, 12)"),
    Mutation("σ = 4 finds", "(0.1, 1, 2, 4, 8, 12)", "(4, 1, 2, 4, 8, 12)"),
    Mutation("σ = 4 finds", "(0.1, 1, 2, 4, 8, 12)", "(0.1, 1, 2, 4, 8, 4)"),
    Mutation("99 of 100", ", structure=np.ones((3, 3)))", ")"),  # 4 neighbors and not 8
    Mutation("99 of 100", "follow(thin, 0.1, 0.4)", "follow(thin.T, 0.1, 0.4)"),
    Mutation("following adds", "np.isin(patches, patches[thin > high])", "thin > high"),
    Mutation("following adds", "np.isin(patches, patches[thin > high])", "thin > low"),
    Mutation("equation (3.12)", "F.conv2d(image, error.detach())", "F.conv2d(image, target)"),
    Mutation("the learned kernel", "slide(photo, S_x)", "slide(photo, S_x.T)", SHORT),
    Mutation("to come within 0.01", "learn(0, 2200)", "learn(0.5, 1100)"),
    Mutation("to come within 0.01", "[learn(0.9, 300), learn(0, 2200)]", "2 * [learn(0.9, 300)]"),
    Mutation(
        "the more noise, the wider the best",
        "levels = [0.0, 0.05, 0.1, 0.2, 0.4]",
        "levels = [0.0, 0.05, 0.1, 0.2, 0.2]",
        FEWER,
    ),
    Mutation("with noise, the fitted", FIT, MOVED, FEWER),
    Mutation("the fitted and the tuned", FIT, MOVED, FEWER),
    Mutation("fitted without noise", FIT, MOVED, FEWER),
    Mutation("the fitted and the tuned", ".argmax()", ".argmin()", FEWER),
    Mutation("the more noise, the wider the fitted", "compare(level, 0)", "compare(0, 0)"),
    Mutation("six filters", "filters.sharpen(photo, 2, 2)", "filters.sharpen(photo, 2)"),
    Mutation("six filters", "filters.canny(photo, 1,", "filters.canny(photo, 1.1,"),
    Mutation("six filters", "filters.median(specks, 3)", "filters.median(specks, 5)"),
]


class TestChapter(ChapterTests):
    number, quicker, mutations = 3, QUICKER, MUTATIONS
    folded = ["Solution 2", "Solution 5", "Solution 6", "Solution 7"]
