"""Chapter 5: every claim can fail."""

from chapter_tests import ChapterTests
from mutation import Mutation

QUICKER = (
    ("range(5), 3000", "range(2), 3000"),
    ("range(100, 105)", "range(100, 102)"),
    (', "tanh": torch.tanh, "GELU": F.gelu}', "}"),
    ("(2, 3, 4)", "(2, 4)"),
    ("[1, 2, 3, 4]", "[1, 2, 4]"),
    ("list(networks), ", "[1, 8, 64], "),
    ('part, fallback="scenes")', 'part, fallback="scenes", limit=20_000)'),
)
TRAIN = "train(points, labels, (2, H, 2)) for H in"
FEW_WIDTHS = (("(1, 2, 4, 8, 16, 64)", "(1, 64)"),)
HAND = "outputs = {H: by_hand(H, x)"
ON_CIFAR = (('cifar.name == "cifar10"', "True"),)
NO_MLP = ('climb("mlp", rate=0.05)', 'climb("softmax", rate=0.02)')

MUTATIONS = [
    Mutation("two bent ramps put every patch", "- 5 * torch.relu(0.5 - x)", ""),
    Mutation(
        "our neuron against logistic", "torch.exp(-z))\n\n\ndigits", "torch.exp(z))\n\n\ndigits"
    ),
    Mutation(
        "the sigmoid against a softmax", "torch.stack([0 * z, z])", "torch.stack([z - z + 1, z])"
    ),
    Mutation("by units and by hand", "max(0, z_j)", "z_j"),
    Mutation("matrices, (5.7)", "W[j, k] * a[k]", "W[j, k] * x[k % len(x)]"),
    Mutation("our matrices against nn.Sequential", "@ W3.T + b3", "@ W3.T"),
    Mutation(
        "an MLP 3072-512-10",
        'models.build("mlp", image_shape=(3, 32, 32)',
        'models.build("mlp", image_shape=(1, 32, 32)',
    ),
    Mutation("two layers without a bend", "W2 @ b1 + b2", "b2"),
    Mutation("its ten rows", "((5, 64), 5, (10, 5), 10)", "((7, 64), 7, (10, 7), 10)"),
    Mutation("seven functions by formula", "lambda z: z * Phi(z)", "lambda z: z * phi(z)"),
    Mutation("seven slopes by formula", "Phi(z) + z * phi(z)", "Phi(z)"),
    Mutation("the sigmoid is nowhere", "[torch.sigmoid, torch.tanh,", "[torch.tanh, torch.tanh,"),
    Mutation("seven functions and slopes in", '["Sigmoid", "Tanh",', '["Tanh", "Sigmoid",'),
    Mutation("maxout's slopes", "[z1 > z2, z2 > z1]", "[z2 > z1, z1 > z2]"),
    Mutation("maxout in dlcv.layers", "torch.maximum(z1, z2)", "torch.minimum(z1, z2)"),
    Mutation(
        "64 hidden units pass 0.97",
        TRAIN,
        TRAIN.replace("labels", "labels[:, torch.randperm(3000)]"),
        FEW_WIDTHS,
    ),
    Mutation(
        "one hidden unit does no better",
        TRAIN,
        TRAIN.replace("(2, H, 2)", "(2, 64, 2)"),
        FEW_WIDTHS,
    ),
    Mutation("8 units against straight lines", "slopes = H * f(knots)", "slopes = f(knots)"),
    Mutation("the error falls with every doubling", HAND, HAND.replace("by_hand(H,", "by_hand(8,")),
    Mutation("in the end it falls to a quarter", HAND, HAND.replace("by_hand(H,", "by_hand(8,")),
    Mutation("no error exceeds the bound", HAND, HAND.replace("by_hand(H,", "by_hand(H // 2,")),
    Mutation(
        "64 trained units miss",
        "trained = (forward(network, many) - curve)",
        "trained = (by_hand(64, x[::5])[:, None] - curve)",
    ),
    Mutation(
        "every event names the work",
        "events = data.timeline()",
        'events = [e._replace(link="") for e in data.timeline()]',
    ),
    Mutation("without a bend it stays", '"no bend": lambda z: z', '"no bend": torch.relu'),
    Mutation(
        "on the ring the sigmoid lags",
        '"sigmoid": torch.sigmoid',
        '"sigmoid": torch.relu',
    ),
    Mutation("two hidden layers of 8 pass", "(2, *[8] * depth, 2)", "(2, 4, 2)"),
    Mutation("one hidden layer of 16 comes close", "(2, *[8] * depth, 2)", "(2, 4, 2)"),
    Mutation("four hidden layers stay under 0.9", "(2, *[8] * depth, 2)", "(2, 4, 2)"),
    Mutation("one bent layer gets at least eight more", *NO_MLP, (("mlp[3]", "mlp[1]"),)),
    Mutation("on CIFAR-10 the MLP is right", *NO_MLP, ON_CIFAR),
]


class TestChapter(ChapterTests):
    number, quicker, mutations = 5, QUICKER, MUTATIONS
    folded = ["Solution 6", "Solution 7"]
