"""Chapter 6: every claim can fail."""

import pytest
from chapter_tests import ChapterTests
from mutation import Mutation

QUICKER = (("in range(3)]", "in range(2)]"),)  # two networks where the chapter trains three
ONE = (("in range(2)]", "in range(1)]"),)  # and one where a claim is broken, mostly of 60 steps
SHORT = (*ONE, ("10, seed)", "10, seed, 60)"), ("2, seed)", "2, seed, 60)"))

MUTATIONS = [
    Mutation("the loss against F.", "return r**2, 2 * r", "return r**2 / 2, 2 * r"),
    Mutation("its derivative against autograd", "r.clamp(-delta, delta)", "r.clamp(-2, 2)"),
    Mutation("the best constant for L2", "return r**2, 2 * r", "return r**2, 2 * r + 1"),
    Mutation("for L1, and the median", "r.abs(), r.sign()", "r.abs(), r"),
    Mutation("with 3 outliers in 31", "numbers += 8 *", "numbers += 0 *"),
    Mutation("without outliers L2 is nearer", "numbers += 8 *", "numbers **= 3; numbers += 8 *"),
    Mutation("Huber is then as good", '"Huber": huber}', '"Huber": absolute}'),
    Mutation("binary cross-entropy", "return -y * y_hat.log()", "return y * y_hat.log()"),
    Mutation("ŷ − y", ".log(), y_hat - y", ".log(), y - y_hat"),
    Mutation(
        "the slope of the sigmoid", '"none"), y_hat * (1 - y_hat)', '"none"), y_hat * (1 - y)'
    ),
    Mutation("the derivative (6.6)", "(y_hat - y) / slope", "(y_hat - y) / (y_hat * (1 + y_hat))"),
    Mutation("(6.8)", "same(2 * (y_hat - y)", "same((y_hat - y)"),
    Mutation("squares pull 1000", "2 * (y_hat - 1) * y_hat * (1", "2 * (y_hat - 1) * (1"),
    Mutation("as written, a score of 40", "torch.tensor([40.0, 40.0])", "torch.tensor([4.0, 4.0])"),
    Mutation(
        "the package's, stable",
        "layers.BinaryCrossEntropy()(z, y)",
        "binary_cross_entropy(z, y)[0].mean()",
    ),
    Mutation("the softmax, from lse", "(z - m).exp().sum", "(z - m).exp().mean"),
    Mutation("the sum of the probabilities", "(z - m).exp().sum", "(z - m).exp().mean"),
    Mutation("the softmax after adding 3", "F.softmax(z + 3, dim=1)", "F.softmax(z * 3, dim=1)"),
    Mutation(
        "lse of scores in the thousands",
        "m = z.max(dim=1, keepdim=True).values",
        "m = 0 * z[:, :1]",
    ),
    Mutation("the gradient of lse", "gradient(lse, z), p", "gradient(lse**2, z), p"),
    Mutation("lse lies above", "(z - m).exp().sum", "(z - m).exp().mean"),
    Mutation("cross-entropy with a target", "return lse - (q * z).sum", "return lse - (q + z).sum"),
    Mutation("p̂ − q against", "[:, None]).exp() - q", "[:, None]).exp() + q"),
    Mutation("lse − z_y", "return lse - (q * z).sum", "return lse + (q * z).sum"),
    Mutation("entropy (6.15)", "H, H_cross = -(q * q.log())", "H, H_cross = -(q * q.log2())"),
    Mutation("KL (6.17)", "(q * (q / p).log())", "(q * (p / q).log())"),
    Mutation("KL and cross-entropy", "(q * (q / p).log())", "(p * (q / p).log())"),
    Mutation("none of 10,000 pairs", "(q * (q / p).log())", "(q * q * (q / p).log())"),
    Mutation("KL is not symmetric", "(q * (q / p).log())", "((q - p) * (q / p).log())"),
    Mutation("minus log likelihood", "Categorical(logits=z)", "Categorical(logits=2 * z)"),
    Mutation(
        "L2 and the bell curve", "stats.norm.logpdf(numbers)", "stats.norm.logpdf(numbers, scale=2)"
    ),
    Mutation("L1 and the Laplace", "stats.laplace.logpdf", "stats.logistic.logpdf"),
    Mutation("dH/dT", "/ T**3, what", "/ T**2, what"),
    Mutation("the entropy rises", "F.softmax(scores / T[:, None]", "F.softmax(scores * T[:, None]"),
    Mutation("at every T", "F.softmax(scores / T[:, None]", "F.softmax(scores * (T[:, None] - 5)"),
    Mutation("log(1 + e^−m)", "((-m).exp().log1p(),", "(m.exp().log1p(),"),
    Mutation("1.4, by hand", "+ 1).relu()  # (N, K)", "+ 2).relu()  # (N, K)"),
    Mutation("(6.23) and PyTorch", "excess.sum(dim=1) - 1", "excess.sum(dim=1)"),
    Mutation("a lead of 2 is enough", "2.0 * F.one_hot(y, 6)", "0.5 * F.one_hot(y, 6)"),
    Mutation(
        "cross-entropy wants more", "F.cross_entropy(2 * ahead, y)", "F.cross_entropy(ahead / 2, y)"
    ),
    Mutation("class weights against", "/ w[y].sum(), weighted", "/ len(y), weighted"),
    Mutation("weight 3 and three copies", "(w[y].long())", "(w[y].long() + 1)"),
    Mutation("each class's say", "len(y) / (K *", "len(y) / ("),
    Mutation("label smoothing against", "(1 - eps) * losses.mean()", "losses.mean()"),
    Mutation("the true class's p̂", "6 * (1 - eps) / eps) *", "5 * (1 - eps) / eps) *"),
    Mutation("the package's loss", "label_smoothing=eps, class_weights=w)", "label_smoothing=eps)"),
    Mutation(
        "as they are, all losses",
        '"hinge": lambda y: layers.MultiHinge()',
        '"hinge": lambda y: layers.SoftmaxCrossEntropy(1.0)',
        SHORT,
    ),
    Mutation("wrong labels cost", "luck < 0.6", "luck < 0.0", SHORT),
    Mutation("without weights, rare", "(few < 0.1)", "(few < 2)", SHORT),
    Mutation(
        "balanced weights find",
        "(K * y.bincount(minlength=K).double())",
        "(y.bincount() * 0 + len(y))",
        SHORT,
    ),
    Mutation("with exact clicks", "for s in (0, 0.2)", "for s in (0.6, 0.2)", SHORT),
    Mutation(
        "with slips, L2 misses",
        "targets = clicked(centers, share,",
        "targets = clicked(centers, 0,",
        SHORT,
    ),
    Mutation(
        "slips cost L1 less",
        "targets = clicked(centers, share,",
        "targets = clicked(centers, 0,",
        SHORT,
    ),
    Mutation(
        "cross-entropy is overconfident",
        '("cross-entropy", 0.0, 1)',
        '("cross-entropy", 0.0, 3)',
        SHORT,
    ),
    Mutation("smoothing takes back", '("smoothed", 0.1, 1)', '("smoothed", 0.0, 1)', ONE),
    Mutation("dividing the scores", '("T = 2", 0.0, 2)', '("T = 2", 0.0, 1)', SHORT),
    Mutation(
        "of the training scenes",
        "train(X_hard[:500], y_hard[:500], loss",
        "train(X_hard[:500], y_hard[500:1000], loss",
        SHORT,
    ),
]


pytestmark = pytest.mark.filterwarnings("ignore:std\\(\\)")  # of a single network


class TestChapter(ChapterTests):
    number, quicker, mutations = 6, QUICKER, MUTATIONS
    folded = ["Solution 6", "Solution 7"]
