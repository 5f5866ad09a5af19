"""Chapter 12: every claim can fail."""

from chapter_tests import ChapterTests
from mutation import Mutation

# A shorter t-SNE, fewer random networks, scenes and levels: the claims still hold.
QUICKER = (
    ("TSNE(random_state=0)", "TSNE(random_state=0, max_iter=250)"),
    ("scenes.generate(1200, seed=2", "scenes.generate(600, seed=2"),
    ("scenes.generate(1000, size=48", "scenes.generate(300, size=48"),
    ("[:400, 0]", "[:100, 0]"),
    ("explain(network, 400)", "explain(network, 100)"),
    ("for _ in range(5)]", "for _ in range(2)]"),
    ("for s in strangers) / 5", "for s in strangers) / 2"),
    ("range(60)", "range(20)"),
    ("step / 60", "step / 20"),
    ("steps=60", "steps=20"),
    ("torch.randn(1000, 3, 32, 32)", "torch.randn(500, 3, 32, 32)"),
    ("expand(1002)", "expand(502)"),
    ("levels, curves = [0, 1, 2, 4, 8]", "levels, curves = [0, 8]"),
)
ONE_STRANGER = (
    ("for _ in range(2)]", "for _ in range(1)]"),
    ("for s in strangers) / 2", "for s in strangers) / 1"),
)
ONE_LEVEL = (("levels, curves = [0, 8]", "levels, curves = [8]"),)
ABOUT_B = ("kinds[:count, 0].to(device)", "kinds[:count, 1].to(device)", ONE_STRANGER)
WITHOUT_RELU = ("(weights * maps).sum(dim=1).relu()", "(weights * maps).sum(dim=1).abs()")
TRAINED = ("[explain(build_network(), 100)", "[explain(network, 100)", ONE_STRANGER)
DOWNHILL = ("images.detach() + 0.05", "images.detach() - 0.05")
ALL_THE_SAME = ("torch.randn(500, 3, 32, 32)", "g[:1].repeat(500, 1, 1, 1)")

MUTATIONS = [
    Mutation(
        "the network names",
        "trainer.fit((train.images, train.labels), epochs=6",
        "trainer.fit((train.images[:600], train.labels[:600].roll(1)), epochs=1",
    ),
    Mutation(
        "the hooked ",
        "outputs.update({name: output})",
        "outputs.update({n: output for n in names})",
    ),
    Mutation("(12.1) with chapter 3's", "(ours + bias)", "(ours - bias)"),
    Mutation("(12.2) by hand", "[-12 + 8 * 4, -12", "[-8 + 8 * 4, -12"),
    Mutation("the box", '"relu4", (8, 8)', '"relu4", (8, 9)'),
    Mutation(
        "maps become specific",
        "specificity(maps[name], test.labels)",
        "specificity(untrained_maps[name], test.labels)",
    ),
    Mutation("and all along they know", "in (colors, colors", "in (colors.roll(2), colors"),
    Mutation("(12.3) and the package's", "@ softmax.coef_.T", "@ -softmax.coef_.T"),
    Mutation(
        "from layer to layer",
        'torch.tensor(depth["trained"])',
        'torch.tensor(depth["trained"][::-1])',
    ),
    Mutation("the last layer", 'depth["trained"][4]', 'depth["untrained"][4]'),
    Mutation("without training no layer", 'max(depth["untrained"])', 'max(depth["trained"])'),
    Mutation("change / (12.5)", "(w * eta).sum", "(1.001 * w * eta).sum"),
    Mutation("saliency, (12.6)", "w.abs().amax(dim=1)", "w.amax(dim=1)"),
    Mutation("Grad-CAM and (12.9)", *WITHOUT_RELU),
    Mutation("(12.8)", *WITHOUT_RELU),
    Mutation("(12.4)", "torch.where(square == 1, 0.5", "torch.where(square == 1, 0.4"),
    Mutation("occlusion hits A", *ABOUT_B),
    Mutation("Grad-CAM's factor", *ABOUT_B),
    Mutation("Grad-CAM and occlusion seldom", *ABOUT_B),
    Mutation(
        "saliency hits B",
        'heat["saliency"] = inspection.saliency(model, images, k)',
        'heat["saliency"] = inspection.enlarge(grad_cam(model, images, k, 11), 48)',
        ONE_STRANGER,
    ),
    Mutation("random weights leave", *TRAINED),
    Mutation("random saliency hits", *TRAINED),
    Mutation(
        "both are above", "sum(game(s[name], first", "sum(game(0 * s[name], first", ONE_STRANGER
    ),
    Mutation("(12.10)", "inside & (peak > 0)", "inside | (peak > 0)", ONE_STRANGER),
    Mutation("our climb", *DOWNHILL),
    Mutation("climbing makes", *DOWNHILL),
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
