"""Chapter 7: every claim can fail."""

from chapter_tests import ChapterTests
from mutation import Mutation

# The figure with controls is drawn four times, not nine; fewer seeds, fewer rates.
QUICKER = (
    ("B=[1, 8, 64], alpha=[0.05, 0.2, 0.6]", "B=[1, 64], alpha=[0.05, 0.6]"),
    ("for seed in range(3)]\nnames", "for seed in range(2)]\nnames"),
    ("range(150)", "range(100)"),
    ("for B in [1, 8, 32, 128, len(X)]", "for B in [8, 32, len(X)]"),
)
SEARCH = "guess = w + noise if local else noise"
ONE_SEED = (("for seed in range(2)]\nnames", "for seed in range(1)]\nnames"),)

MUTATIONS = [
    Mutation("guessing all weights anew", SEARCH, "guess = w + noise / 4"),
    Mutation("steps from the best place", SEARCH, "guess = noise"),
    Mutation("local search, and", SEARCH, "guess = w - noise"),
    Mutation("local search, and", "losses.append(min(new, losses[-1]))", "losses.append(new)"),
    Mutation(
        "(7.2), and PyTorch", "return 2 * A[rows].T @ (A[rows]", "return A[rows].T @ (A[rows]"
    ),
    Mutation("360 measured slopes", "(2 * 0.01)", "0.01"),
    Mutation("the gradient's direction", "torch.atan2(g[1], g[0])", "torch.atan2(g[0], g[1])"),
    Mutation(
        "a tenth of h: a tenth", "(ahead - digit_loss(W_start)) / steps", "(ahead - back) / steps"
    ),
    Mutation(
        "a tenth of h: a hundredth", "(ahead - back) / (2", "2 * (ahead - digit_loss(W_start)) / (2"
    ),
    Mutation("at its best h", "(ahead - back) / (2", "2 * (ahead - digit_loss(W_start)) / (2"),
    Mutation(
        "by hand and measured", "return error.T @ X[rows] / len(error)", "return error.T @ X[rows]"
    ),
    Mutation("the mean of cos²", "torch.randn(20_000, 650,", "torch.rand(20_000, 650,"),
    Mutation("the Hessian, and", "H = 2 * A.T @ A / len(A)", "H = A.T @ A / len(A)"),
    Mutation("twenty steps, predicted", "shrink = (1 - 0.6 * curv", "shrink = (1 - 0.5 * curv"),
    Mutation("the limit is", "alpha = part * 2 * (1 + beta)", "alpha = part * 2.1 * (1 + beta)"),
    Mutation("the limit is", "alpha = part * 2 * (1 + beta)", "alpha = part * 1.9 * (1 + beta)"),
    Mutation("a step keeps", "2 / curvatures.sum()", "2.01 / curvatures.sum()"),
    Mutation("a step keeps", "[(kappa - 1) / (kappa + 1)]", "[(kappa - 1) / kappa]"),
    Mutation("α = 1 ends at", "for a in (0.01, 1, 100)", "for a in (0.1, 1, 100)"),
    Mutation("with α = 100 the loss", "for a in (0.01, 1, 100)", "for a in (0.01, 1, 4)"),
    Mutation(
        "the velocities, and", "v = 0.9 * v + torch.tensor", "v = 0.9 * v + 0.1 * torch.tensor"
    ),
    Mutation("thirty steps, and", "- 0.5 * c[:-2]", "- 0.4 * c[:-2]"),
    Mutation("|r| = √β, (7.16)", "(half**2 - beta)", "(half**2 - 0.9 * beta)"),
    Mutation("|r| = √β, (7.16)", "torch.linspace(0.003, 3.79", "torch.linspace(0.001, 3.79"),
    Mutation("|r| = √β, (7.17)", "best = (2 / curv", "best = (2.01 / curv"),
    Mutation("no other α and β", "((kappa.sqrt() - 1)", "((kappa.sqrt() + 0)"),
    Mutation("at β = 0.9", "distance(0.99, 0.9)", "distance(1.02, 0.9)"),
    Mutation("at β = 0.9", "distance(1.01, 0.9)", "distance(0.98, 0.9)"),
    Mutation(
        "κ = ", "F.unfold((photo - photo.mean())", "F.unfold((torch.rand(128, 128).double() - 0.5)"
    ),
    Mutation("κ = ", "off, alpha, 300, beta)", "off, alpha / 2, 300, beta / 2)"),
    Mutation(
        "our fifty steps", "momentum=0.9)\nfor _ in", "momentum=0.9, dampening=0.1)\nfor _ in"
    ),
    Mutation("the package's, too", "W_start, 50, 0.5, 0.9, 1)[0]", "W_start, 50, 0.5, 0.8, 1)[0]"),
    Mutation(
        "the mean of all batches",
        "torch.cartesian_prod(*[torch.arange(5)] * 3)",
        "torch.arange(4)[:, None]",
    ),
    Mutation("their mean square", "*[torch.arange(5)] * 3)", "*[torch.arange(5)] * 2)"),
    Mutation(
        "the noise is",
        "(200, B), generator=generator)",
        "(200, B), generator=generator)[:, :1].expand(200, B)",
    ),
    Mutation(
        "the noise is",
        "variance = ((error**2).sum(dim=1)",
        "variance = ((error**2).mean(dim=1)",
    ),
    Mutation(
        "for the same reading", "shuffled(len(X), epochs=3)", "shuffled(len(X) // 40, epochs=3)"
    ),
    Mutation(
        "the share that is never drawn",
        "hat.flatten(0, 1)) / 200",
        "hat.flatten(0, 1)[:, ::2]) / 200",
    ),
    Mutation("from a hat, the mean", "far(shuffled(N, 2, seed))", "far(hat[seed])"),
    Mutation("sorted by class", "[y.argsort()] * 5", "[torch.randperm(len(y))] * 5"),
    Mutation("from zero, with ReLU", "zero, alike = fit(0.0), fit", "zero, alike = fit(0.01), fit"),
    Mutation("32 units, and", "fit(0.0, nn.Sigmoid)", "fit(None, nn.Sigmoid)"),
    Mutation("second layer, (7.23)", "- Y) / len(y)", "- Y)"),
    Mutation("first layer, (7.23)", "* a * (1 - a)).T", "* a).T"),
    Mutation("32 equal units", "alike, fit(0.1))]", "alike, fit())]"),
    Mutation("32 different units", "[accuracy(fit(seed=seed)", "[accuracy(fit(0.1, seed=seed)"),
    Mutation("in every seed: random", "BUDGET, 1.0, beta)", "BUDGET, 1e-4, beta)", ONE_SEED),
    Mutation(
        "one measured gradient",
        "(W - layers.numeric_gradient",
        "(W + layers.numeric_gradient",
        ONE_SEED,
    ),
]


class TestChapter(ChapterTests):
    number, quicker, mutations = 7, QUICKER, MUTATIONS
    folded = ["Solution 5", "Solution 6"]
