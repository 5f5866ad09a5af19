"""Chapter 4: every claim can fail."""

from pathlib import Path

import pytest
from mutation import Chapter, Mutation

ROOT = Path(__file__).parents[2]
PATH = ROOT / "chapters" / "1-seeing" / "04-features.ipynb"
QUICKER = (
    ("cell=[4, 8, 16]", "cell=[8, 16]"),
    ("ratio=[0.6, 0.8, 1]", "ratio=[0.5, 0.8]"),
    ("(features.gist, None)", "(np.ravel, None)"),  # it falls with the light, too
    ("(180, 256, 215)", "(180, 215)"),
)

HISTOGRAM = "m[here].ravel(), minlength=bins)"
HOG = "(lambda image: features.hog(image, cell_size=5), None)"

MUTATIONS = [
    Mutation("no eye, no nose", "<= 5", ">= 5"),
    Mutation("with the new cut-outs, spread", "X = level(uneven)", "X = uneven = level(uneven)"),
    Mutation("leveled, ", "X = level(uneven)", "X = uneven"),
    Mutation("half the light takes raw pixels", "0.5 * images", "0.9 * images"),
    Mutation("HoG and scikit-image's", "* bins / 180", "* bins / 360"),
    Mutation("HoG and the package's", HISTOGRAM, "None, minlength=bins)"),
    Mutation("HoG of a hundred faces", "0.4 * X[:100] + 0.3", "0.4 * X[:100] ** 2 + 0.3"),
    Mutation("multiplied frequencies", "fft2(image) * gabor", "fft2(image) ** 2 * gabor"),
    Mutation("word counts", "centers).argmin(axis=1)", "centers).argmax(axis=1)"),
    Mutation("Fisher vector and scikit-image's", "g in (z, z**2 - 1)", "g in (z, z**2)"),
    Mutation("Fisher vector and scikit-image's", "np.repeat([1, -1], 8)", "np.repeat([1, 1], 8)"),
    Mutation(
        "as they are, all six", '"raw pixels": (np.ravel', '"raw pixels": (lambda z: z[0, :2]'
    ),
    Mutation(
        "dimmed, raw pixels",
        '"raw pixels": (np.ravel, None',
        '"raw pixels": (np.ravel, preprocessing.Normalizer()',
    ),
    Mutation("dimmed, what is divided", HOG, "(np.ravel, None)"),
    Mutation("under the lamp HoG", HOG, "(np.ravel, None)"),
    Mutation("moved, HoG falls", HOG, "(bag, features.VisualWords(50))"),
    Mutation(
        "in each of three scans",
        "features.cascade(stage_1.decision_function, stage_2.decision_function)",
        "stage_1.decision_function",
    ),
    Mutation(
        "and the next box is behind",
        "scores[kept[0]] - scores[kept[1]]",
        "scores[kept[1]] - scores[kept[2]]",
    ),
    Mutation("RANSAC brings", "H_true, corners)", "H_true, corners) + 2"),
    Mutation(
        "with all matches",
        "careless = features.homography(spots[i], spots_right[j])",
        "careless = features.homography(spots[i][agreed], spots_right[j][agreed])",
    ),
    Mutation("panorama and photograph", "np.nanmedian(views[0] / views[1].clip(0.01))", "1"),
]

FOLDED = [
    "The whole of GIST",
    "Check (4.10) against the definition",
    "Non-maximum suppression in seven lines",
    "The ratio test in four lines",
    "Solution 5",
    "Solution 6",
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


@pytest.mark.parametrize("title", FOLDED)
def test_folded_code_holds_what_it_claims(chapter, title):
    chapter.run_solution(title)
