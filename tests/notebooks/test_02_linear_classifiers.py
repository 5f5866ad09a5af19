"""Chapter 2: every claim can fail."""

from chapter_tests import ChapterTests
from mutation import Mutation

# Fewer epochs, seeds and scenes, and no frames of explorers: the claims still hold.
QUICKER = (
    (
        "epochs=10, batch_size=128, learning_rate=0.01",
        "epochs=6, batch_size=128, learning_rate=0.03",
    ),
    ('"train", fallback="scenes")', '"train", fallback="scenes", limit=8000)'),
    ('"test", fallback="scenes")', '"test", fallback="scenes", limit=1000)'),
    ("range(3)", "range(2)"),
    ("scenes_at(level, 2000, seed)", "scenes_at(level, 1000, seed)"),
    ("split([1500, 500])", "split([700, 300])"),
    ("interactive.explore(", "(lambda *draw, **controls: None)("),
)
SHUFFLED = "[torch.randperm(len(y))]"
FIT_CIFAR = "model = fit_linear(photos, cifar.labels,"
FIT_SHUFFLED = FIT_CIFAR.replace("labels", "labels[torch.randperm(len(photos))]")
ON_CIFAR = (('cifar.name == "cifar10"', "True"),)

MUTATIONS = [
    Mutation("the scores against those", "scores = W @ x + b", "scores = W @ x"),
    Mutation("one row of the batch", "batch_scores = X @ W.T + b", "batch_scores = X @ W.T - b"),
    Mutation("the bias trick", "torch.ones(5, 1)", "torch.zeros(5, 1)"),
    Mutation("what nn.Linear computes", "F.linear(X, W, b)", "F.linear(X, W)"),
    Mutation("W and b for CIFAR-10", "nn.Linear(32 * 32 * 3, 10)", "nn.Linear(32 * 32, 10)"),
    Mutation("both answer every", "b_mean = -0.5", "b_mean = -0.4"),
    Mutation("both scores on the boundary", "/ w.norm()  # (N,), ", "/ w.norm() ** 2  # (N,), "),
    Mutation(
        "the perceptron ends",
        "y[keep] == 3, 1, -1",
        "(y[keep] == 3)[torch.randperm(len(y[keep]))], 1, -1",
    ),
    Mutation("Novikoff's bound: ", "w = w + y_i * x_i", "w = w - y_i * x_i"),
    Mutation("on XOR it makes", "F.pad(xor,", "F.pad(xor.prod(1)[:, None].sign(),"),
    Mutation("the sum of each row", "exponentials.sum(dim=1", "exponentials.sum(dim=0"),
    Mutation("our softmax against", "exponentials = scores.exp()", "exponentials = 2**scores"),
    Mutation(
        "the softmax after adding 5", "exponentials = scores.exp()", "exponentials = scores**2"
    ),
    Mutation("the softmax as written", "= scores.exp()", "= (scores - scores.max()).exp()"),
    Mutation("log 10 and the loss", ".log().mean()", ".log().sum()"),
    Mutation("our loss", "return -probabilities[", "return probabilities["),
    Mutation("∂L/∂W by hand", "error.T @ X / len(y)", "error.T @ X"),
    Mutation("∂L/∂b by hand", "error.mean(dim=0)", "error.sum(dim=0)"),
    Mutation(
        "softmax regression reads", "= train_softmax(X, y)", f"= train_softmax(X, y{SHUFFLED})"
    ),
    Mutation("learned templates beat", "= train_softmax(X, y)", f"= train_softmax(X, y{SHUFFLED})"),
    Mutation("our weights against", "optimizer.zero_grad()", "pass"),
    Mutation(
        "no line tried gets 80",
        "best = best_line(*hard_cases.hard_case(name))",
        "p, t = hard_cases.hard_case(name); best = best_line(p + 9 * t[:, None], t)",
    ),
    Mutation(
        "on the coordinates it stays",
        'fit_case(name, "raw")',
        'fit_case(name, "bent")',
    ),
    Mutation(
        "on bent features it passes",
        'fit_case(name, "bent")',
        'fit_case(name, "raw")',
    ),
    Mutation("at 0.3, a third", "dict.fromkeys(knobs, level)", "dict.fromkeys(knobs, 0.0)"),
    Mutation("at 0.5, the matrix", "dict.fromkeys(knobs, level)", "dict.fromkeys(knobs, 0.0)"),
    Mutation("remembering every image", "    linear, nearest = ", "    nearest, linear = "),
    Mutation("softmax regression is right three times", FIT_CIFAR, FIT_SHUFFLED, ON_CIFAR),
    Mutation("on CIFAR-10 it is right", FIT_CIFAR, FIT_SHUFFLED, ON_CIFAR),
    Mutation(
        "it is little better",
        FIT_CIFAR + " epochs=6",
        f"photos, cifar = photos[:300], cifar.subset(range(300)); {FIT_CIFAR} epochs=200",
        ON_CIFAR,
    ),
    Mutation("every template resembles", "for d in (3, 2)", "for d in (2, 3)", ON_CIFAR),
]


class TestChapter(ChapterTests):
    number, quicker, mutations = 2, QUICKER, MUTATIONS
    folded = ["Solution 7", "Solution 8"]
