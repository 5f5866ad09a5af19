"""Chapter 12: every claim can fail."""

from chapter_tests import ChapterTests
from mutation import Mutation

# Two random networks for five, a shorter t-SNE, fewer scenes and levels: the claims still hold.
QUICKER = (
    ("for _ in range(5)]", "for _ in range(2)]"),
    ("in strangers) / 5", "in strangers) / 2"),
    ("TSNE(random_state=0)", "TSNE(random_state=0, max_iter=250)"),
    ("scenes.generate(1500, seed=2", "scenes.generate(1000, seed=2"),
    ("levels, curves = [0, 1, 2, 4, 8]", "levels, curves = [0, 8]"),
)
ONE_LEVEL = (("levels, curves = [0, 8]", "levels, curves = [8]"),)
ABOUT_B = ("k = kinds[:, 0].to(device)", "k = kinds[:, 1].to(device)")
WITHOUT_RELU = ("(weights * maps).sum(dim=1).relu()", "(weights * maps).sum(dim=1).abs()")
DOWNHILL = ("images.detach() + 0.05", "images.detach() - 0.05")
ALL_THE_SAME = ("torch.randn(1000, 3, 32, 32)", "g[:1].repeat(1000, 1, 1, 1)")
NO_MAP = ("inspection.saliency(build_network(), X[:200], y[:200]).cpu()", "torch.rand(200, 32, 32)")

MUTATIONS = [
    Mutation(
        "the network names",
        "train.labels), epochs=6",
        "train.labels.roll(1)), epochs=1",
    ),
    Mutation(
        "the hooked ",
        "outputs.update({name: output})",
        "outputs.update({n: output for n in names})",
    ),
    Mutation("(12.1) with chapter 3's", "+ double.conv1.bias[0]", "- double.conv1.bias[0]"),
    Mutation("(12.2) by hand", "[-12 + 8 * 4, -12", "[-8 + 8 * 4, -12"),
    Mutation(
        "maps become specific",
        "specificity(maps[name], test.labels)",
        "specificity(untrained_maps[name], test.labels)",
    ),
    Mutation(
        "untrained ones stay", 'specificity(untrained_maps["relu4"]', 'specificity(maps["relu4"]'
    ),
    Mutation("but relu4 still knows color", "in (colors, colors", "in (colors.roll(2), colors"),
    Mutation(
        "from layer to layer",
        'torch.tensor(depth["trained"])',
        'torch.tensor(depth["trained"][::-1])',
    ),
    Mutation("the last layer", 'depth["trained"][4]', 'depth["untrained"][4]'),
    Mutation("without training depth", 'max(depth["untrained"])', 'max(depth["trained"])'),
    Mutation("change / (12.5)", "(w * eta).sum", "(1.001 * w * eta).sum"),
    Mutation("saliency, (12.6)", "w.abs().amax(dim=1)", "w.amax(dim=1)"),
    Mutation("Grad-CAM and (12.9)", *WITHOUT_RELU),
    Mutation("(12.8)", *WITHOUT_RELU),
    Mutation("occlusion of a linear", "(row * (few - 0.5))", "(row * few)"),
    Mutation("all three hit A", *ABOUT_B),
    Mutation("they hit it 15 points", *ABOUT_B),
    Mutation("Grad-CAM and occlusion seldom", *ABOUT_B),
    Mutation(
        "saliency points at B",
        'heat["saliency"] = inspection.saliency(model, X_pairs, k)',
        'heat["saliency"] = inspection.enlarge(grad_cam(model, X_pairs, k, 11), 48)',
    ),
    Mutation("with random weights", "[explain(build_network())", "[explain(network)"),
    Mutation("random saliency", "saliency(build_network(), X[:200]", "saliency(network, X[:200]"),
    Mutation("both are above", *NO_MAP),
    Mutation("our climb", *DOWNHILL),
    Mutation("climbing doubles", *DOWNHILL),
    Mutation("random signs move", *ALL_THE_SAME),
    Mutation("the gradient's signs", *ALL_THE_SAME),
    Mutation("(12.12)", "(leaf + 0.01 * g.sign())", "(leaf - 0.01 * g.sign())"),
    Mutation(
        "ε = 8/255 takes",
        "inspection.fgsm(network, X, y, epsilon)",
        "noisy",
        ONE_LEVEL,
    ),
    Mutation(
        "random signs of the same",
        "(X + epsilon * torch.randn_like(X).sign()).clamp(0, 1)",
        "inspection.fgsm(network, X, y, epsilon).cpu().to(device)",
        ONE_LEVEL,
    ),
]


class TestChapter(ChapterTests):
    number, quicker, mutations = 12, QUICKER, MUTATIONS
    folded = ["Solution 6", "Solution 7"]
