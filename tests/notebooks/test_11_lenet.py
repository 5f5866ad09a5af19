"""Chapter 11: every claim can fail."""

from chapter_tests import ChapterTests
from mutation import Mutation

# Fewer seeds, passes and scenes.
QUICKER = (
    ("range(5)", "range(1)"),
    ('"test", fallback="scenes")', '"test", fallback="scenes", limit=2000)'),
    ("moved(images[count:], d), labels[count:]", "moved(images[-250:], d), labels[-250:]"),
)
BRIEF = (
    ("range(5)", "range(1)"),
    ("digit_task, 12)", "digit_task, 3)"),
    ("scene_task, 8)", "scene_task, 1)"),
    ("moved(images[count:], d), labels[count:]", "moved(images[-250:], d), labels[-250:]"),
)
TURNED = (
    "for t in tests] for n in networks]",
    "for t in tests] for n in networks[1:] + networks[:1]]",
)
AS_ON_CIFAR = (
    (" or not photographs", ""),
    ('_, *matrix = climb("softmax", 0.02, 2, 256)\n', "matrix = [0.3, 1.0]\n"),
    ('_, *bent = climb("mlp", 0.05, 2, 256)', "bent = [0.4, 1.0]"),
)
NO_LENET = ('climb("lenet", 0.03', 'climb("softmax", 0.02')

MUTATIONS = [
    Mutation("by hand", "F.avg_pool2d(x[None], 2)", "F.avg_pool2d(-x[None], 2)"),
    Mutation("max and average, ", "max(dim=4).values", "min(dim=4).values"),
    Mutation("the sides by equation", "(9 - size) / stride + 1", "9 / stride"),
    Mutation("dropped, ", "maps[..., :8, :8], 2, 2)", "maps[..., :8, :8], 2, 1)"),
    Mutation("the package's layer: ", "layers.MaxPool2d(3, 2)", "layers.AvgPool2d(3, 2)"),
    Mutation("the gradient, twice: ", "1 / size**2", "1 / size"),
    Mutation(
        "max pooling helps", 'largest of 2 × 2": lambda m: F.max_pool2d(m, 2)',
        'largest of 2 × 2": lambda m: m',
    ),
    Mutation("max pooling helps", "m[:, :, ::2, ::2]", "F.max_pool2d(m, 2)"),
    Mutation("4 × 4 windows change less", "F.max_pool2d(m, 4)", "F.max_pool2d(m, 2)"),
    Mutation("4 × 4 windows change less", "F.avg_pool2d(m, 4)", "F.avg_pool2d(m, 2)"),
    Mutation("max is steadier", "F.avg_pool2d(m, 2)", "F.max_pool2d(m, 2)"),
    Mutation("max is steadier", "F.avg_pool2d(m, 4)", "F.max_pool2d(m, 4)"),
    Mutation("the change of the global average", "m.mean(dim=(2, 3))", "m.mean(dim=2)"),
    Mutation("a shift by the stride", "edges.roll(2,", "edges.roll(1,"),
    Mutation("at stride 1, how much", "F.max_pool2d(m, 2, 1))", "F.max_pool2d(m, 2, 2))"),
    Mutation(
        "averages side by side", 'amount(kinds["mean of 2 × 2"])', 'amount(kinds["first of 2 × 2"])'
    ),
    Mutation("the largest at stride 2", "sampled = amount(pool)", "sampled = amount(lambda m: m)"),
    Mutation("4 × 4: the mean keeps", "F.avg_pool2d(m, 4)", "F.max_pool2d(m, 4)"),
    Mutation("our function's LeNet", "outputs), nn.ReLU()]", "outputs), nn.Tanh()]"),
    Mutation("models.convnet's LeNet", "p.data, q.data = r.data, r.data", "p.data = r.data"),
    Mutation("our table and the package's", "layer.weight[0].numel() * x", "x"),
    Mutation("LeNet has 61,706", "for C in (1, 3))", "for C in (1, 1))"),
    Mutation("LeNet-5 of 1998", "6 * 3 + 6 * 4", "6 * 3 + 6 * 3"),
    Mutation("equal parameters, equal work", "(P - 10) / (D + 11)", "P / D / 2", BRIEF),
    Mutation("in place the CNN beats", *TURNED, BRIEF),
    Mutation("moved by two pixels, far more", *TURNED, BRIEF),
    Mutation("the CNN then reads about 39", *TURNED, BRIEF),
    Mutation("without pooling, most", '{"pool": None}', '{"pool": "max"}', BRIEF),
    Mutation(
        "LeNet with convolutions only", "weight.data.reshape", "weight.data.flip(1).reshape"
    ),
    Mutation("one pass over 32 × 96", "picture.unfold", "picture.roll(1, 3).unfold"),
    Mutation("one pass costs less", "5)), (1, 32, 96)", "5)), (1, 64, 96)"),
    Mutation("centered on a digit", ".flatten(2)  # five", ".flatten(2).flip(2)  # five"),
    Mutation("on CIFAR-10, LeNet is right", *NO_LENET, AS_ON_CIFAR),
    Mutation("mixed up most often", " or not photographs)\nalt", ")\nalt"),
]  # fmt: skip


class TestChapter(ChapterTests):
    number, quicker, mutations = 11, QUICKER, MUTATIONS
    folded = ["Solution 5", "Solution 6"]
