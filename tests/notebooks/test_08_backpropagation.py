"""Chapter 8: every claim can fail."""

from chapter_tests import ChapterTests
from mutation import Mutation

# The figure with controls is drawn four times, not nine; fewer deep networks are trained.
QUICKER = (
    ("depth=[8, 16, 32], variance=[2, 32, 128]", "depth=[8, 16], variance=[2, 32]"),
    ("for seed in range(3)] for depth", "for seed in range(2)] for depth"),
    ("depths, accuracies = [1, 2, 4, 8], {}", "depths, accuracies = [1, 8], {}"),
)
ONE_EPOCH = (("batches_of(epochs=20)", "batches_of(epochs=1)"),)
AT_SEED_0 = "    torch.manual_seed(0)\n    return layers.Sequential("
AT_VARIANCE_2 = "draw_both_ways(8, variance=2)"
RANDOM = "    torch.manual_seed(1)\n    return layers.Sequential("

MUTATIONS = [
    # 1: the chain rule
    Mutation("one path", "same(math.cos(u) * 2 * x", "same(math.cos(u) * x"),
    Mutation("one path", "same(math.cos(u) * 2 * x", "same(math.cos(x) * 2 * x"),
    Mutation("two paths", "v * 2 * x + u * math.cos(x), two", "v * 2 * x, two"),
    Mutation("two paths", "v * 2 * x + u * math.cos(x), two", "v * 2 * x * u * math.cos(x), two"),
    # 2: one neuron
    Mutation("the neuron's gradients", "-1 / d**2", "-1 / d"),
    Mutation("the neuron's gradients", 'g["c"] * c', 'g["c"]'),
    Mutation("the neuron's gradients", 'g["p0"] * x0, g["p0"] * w0', 'g["p0"] * w0, g["p0"] * x0'),
    Mutation("four nodes as one", "f * (1 - f)", "f * (1 + f)"),
    # 3: the patterns
    Mutation("pattern: ", "[2, 2])", "[1, 1])"),
    Mutation("pattern: ", "[2 * -4, 2 * 3]", "[2 * 3, 2 * -4]"),
    Mutation("pattern: ", "[2, 0])", "[2, 2])"),
    Mutation("pattern: ", "[2 + 5, 0]", "[5, 0]"),
    # 4: the four equations
    Mutation("∂L/∂W with loops", "delta2[j] * W2[j, k] for j", "delta2[j] for j"),
    Mutation("∂L/∂W with loops", "[delta_j * a_k for a_k in a]", "[delta_j for a_k in a]"),
    Mutation("∂L/∂b with loops", "(a2[j] - target[j]) * a2[j]", "(a2[j] - target[j])"),
    Mutation("∂L/∂b with loops", "for j in range(3)) * a1[k] * (1 - a1[k])", "for j in range(3))"),
    Mutation("∂L/∂W with matrices", "W2.T @ delta2 * a1", "W2.T @ delta2 + a1"),
    Mutation("∂L/∂b with matrices", "(a2 - target) * a2 * (1 - a2)", "(a2 - target)"),
    # 5: layers
    Mutation("gradient check: ", "grad.sum(dim=0)}", "grad.mean(dim=0)}"),
    Mutation("gradient check: ", 'return grad @ self.parameters["weight"]', "return 0 * self.x"),
    Mutation("gradient check: ", "grad * self.a * (1 - self.a)", "grad * (1 - self.a)"),
    Mutation("gradient check: ", "return grad * self.on", "return grad"),
    Mutation("gradient check: ", "/ len(self.y)  # (8.13)", "# (8.13)"),
    Mutation("our gradient of ", "grad.T @ self.x,", "2 * grad.T @ self.x,"),
    Mutation("our gradient of ", "- F.one_hot(self.y", "+ F.one_hot(self.y"),
    Mutation("our gradient of ", AT_SEED_0, RANDOM),
    # 6: why backward
    Mutation("forward mode, and", '+ a @ two.parameters["weight"].T', ""),
    Mutation("forward mode, and", '+ move["0.bias"]) * relu.on', '+ move["0.bias"])'),
    Mutation(
        "the way back takes",
        "lambda: network.backward(cross_entropy.backward())]",
        "lambda: [network.backward(cross_entropy.backward()) for _ in range(40)]]",
        (("number=5, repeat=7", "number=1, repeat=2"),),
    ),
    # 7: training
    Mutation("it reads at least 95", "parameter -= rate", "parameter += rate", ONE_EPOCH),
    Mutation("it reads at least 95", "batches_of(epochs=20)", "batches_of(epochs=1)"),
    Mutation(
        "losses by hand and by autograd",
        "parameter -= rate * network",
        "parameter -= 0.4 * network",
        ONE_EPOCH,
    ),
    Mutation("losses by hand and by autograd", "    optimizer.zero_grad()\n", "", ONE_EPOCH),
    Mutation("losses by hand and by the Trainer", "lr=0.5), device", "lr=0.4), device", ONE_EPOCH),
    Mutation(
        "losses with the package's",
        "train(package, batches, 0.5)",
        "train(package, batches, 0.4)",
        ONE_EPOCH,
    ),
    # 8: the engine
    Mutation(
        "the engine on the neuron", "parent.grad += slope * value.grad", "parent.grad += slope"
    ),
    Mutation("the four squared errors", "parent.grad += slope", "parent.grad = slope"),
    Mutation("the four squared errors", "for value in reversed(order)", "for value in order"),
    Mutation("the engine on the neuron", "n * self.data ** (n - 1)", "self.data ** (n - 1)"),
    Mutation(
        "the engine on the neuron",
        "[(self, math.exp(self.data))]",
        "[(self, 1.0)]",
    ),
    Mutation("the four squared errors", "weight.data -= 3.0", "weight.data -= 0.0"),
    Mutation("the four squared errors", "range(500)", "range(5)"),
    # 9: the experiment
    *[
        Mutation(claim, AT_VARIANCE_2, AT_VARIANCE_2.replace("2)", f"{variance})"))
        for variance, claims in [
            (32, ["a layer lets", "seven sigmoid layers"]),
            (1, ["a layer lets", "seven sigmoid layers", "ReLU and tanh"]),
        ]
        for claim in claims
    ],
    Mutation(
        "eight layers deep, ReLU", '("ReLU", layers.ReLU, 0.1)', '("ReLU", layers.Sigmoid, 0.1)'
    ),
    Mutation(
        "sigmoid only guesses", "depths, accuracies = [1, 8], {}", "depths, accuracies = [1], {}"
    ),
    Mutation("four layers have started", "batches_of(40)", "batches_of(8)"),
    Mutation("eight still guess", "for depth in (4, 8)]", "for depth in (4, 2)]"),
]


class TestChapter(ChapterTests):
    number, quicker, mutations = 8, QUICKER, MUTATIONS
    folded = ["Solution 7", "Solution 8"]
