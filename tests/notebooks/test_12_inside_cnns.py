"""Chapter 12: every claim can fail."""

from pathlib import Path

import pytest
from mutation import Chapter, Mutation

ROOT = Path(__file__).parents[2]
PATH = ROOT / "chapters" / "3-convolutional-networks" / "12-inside-cnns.ipynb"
# One random network for three, a shorter t-SNE, fewer scenes and levels: the claims still hold.
QUICKER = (
    ("for _ in range(3)]", "for _ in range(1)]"),
    ("in strangers) / 3", "in strangers)"),
    ("TSNE(random_state=0)", "TSNE(random_state=0, max_iter=250)"),
    ("scenes.generate(1500, seed=2", "scenes.generate(1000, seed=2"),
    ("levels, curves = [0, 1, 2, 4, 8]", "levels, curves = [0, 8]"),
)
ONE_LEVEL = (("levels, curves = [0, 8]", "levels, curves = [8]"),)
ABOUT_B = ("k = kinds[:, 0].to(device)", "k = kinds[:, 1].to(device)")
WITHOUT_RELU = ("(weights * maps).sum(dim=1).relu()", "(weights * maps).sum(dim=1).abs()")
DOWNHILL = ("images.detach() + 0.05", "images.detach() - 0.05")
BEST_SIGNS = ("torch.randn(2000, len(g), dtype=torch.float64).sign()", "g.sign().repeat(2000, 1)")

MUTATIONS = [
    Mutation(
        "the network names",
        "train.labels), epochs=6",
        "train.labels.roll(1)), epochs=1",
    ),
    Mutation("the hooked output", "network[:11](X[:9])", "network[:10](X[:9])"),
    Mutation("(12.1) with chapter 3's", "+ double.conv1.bias[0]", "- double.conv1.bias[0]"),
    Mutation("(12.2) by hand", "[-12 + 8 * 4, -12", "[-8 + 8 * 4, -12"),
    Mutation("the package's box", '"relu4", (8, 8)', '"relu4", (8, 9)'),
    Mutation(
        "maps become specific", "specificity(maps[name])", "specificity(untrained_maps[name])"
    ),
    Mutation(
        "untrained ones stay", 'specificity(untrained_maps["relu4"])', 'specificity(maps["relu4"])'
    ),
    Mutation(
        "from layer to layer",
        'torch.tensor(depth["trained"])',
        'torch.tensor(depth["trained"][::-1])',
    ),
    Mutation("the last layer", 'depth["trained"][4]', 'depth["untrained"][4]'),
    Mutation("without training depth", 'max(depth["untrained"])', 'max(depth["trained"])'),
    Mutation("our probe and", "components=48", "components=20"),
    Mutation("the network's change", "(w * r).sum", "(w.abs() * r).sum"),
    Mutation("saliency, (12.6)", "w.abs().amax(dim=1)", "w.amax(dim=1)"),
    Mutation("Grad-CAM and CAM", *WITHOUT_RELU),
    Mutation("our Grad-CAM and", *WITHOUT_RELU),
    Mutation("occlusion of a linear", "(row * (few - 0.5))", "(row * few)"),
    Mutation("all three hit A", *ABOUT_B),
    Mutation("Grad-CAM and occlusion seldom", *ABOUT_B),
    Mutation(
        "saliency points at B",
        'heat["saliency"] = inspection.saliency(model, X_pairs, k)',
        'heat["saliency"] = inspection.enlarge(grad_cam(model, X_pairs, k, 11), 48)',
    ),
    Mutation("random weights cost", "[explain(build_network())", "[explain(network)"),
    Mutation(
        "with random weights",
        "inspection.saliency(s, X[:200], y[:200]).cpu()",
        "torch.rand(200, 32, 32)",
    ),
    Mutation("our climb by", *DOWNHILL),
    Mutation("climbing beats", *DOWNHILL),
    Mutation("random changes rise", *BEST_SIGNS),
    Mutation("none rises a quarter", *BEST_SIGNS),
    Mutation("(12.12) and the", "(leaf + 0.01 * g.sign())", "(leaf - 0.01 * g.sign())"),
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


@pytest.fixture(scope="module")
def chapter():
    return Chapter(PATH, QUICKER)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=str)
def test_a_claim_fails_when_what_it_speaks_of_is_broken(chapter, mutation):
    assert any(sentence.startswith(mutation.claim) for sentence in chapter.failed_claims(mutation))


def test_every_claim_of_the_chapter_has_a_mutation(chapter):
    covered = tuple(mutation.claim for mutation in MUTATIONS)
    assert [claim for claim in chapter.claims if not claim.startswith(covered)] == []


@pytest.mark.parametrize("title", ["Solution 6", "Solution 7"])
def test_a_solution_without_a_check_holds_what_it_claims(chapter, title):
    chapter.run_solution(title)
