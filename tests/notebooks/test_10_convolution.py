"""Chapter 10: every claim can fail."""

from chapter_tests import ChapterTests
from mutation import Mutation

QUICKER = (("for seed in range(20)]", "for seed in range(4)]"), ("rounds=15", "rounds=3"))

MUTATIONS = [
    # 1: local and shared
    Mutation("from above 0.9", "photo[:, d:].ravel()", "photo[:, :-d].roll(50, 0).ravel()"),
    Mutation(
        "from above 0.9", "distances = [1, 2, 4, 8, 16, 32, 64]", "distances = [1, 16, 2, 4, 8]"
    ),
    Mutation("weights, (10.1)", "nn.Linear(128 * 128, 100)", "nn.Linear(128, 100)"),
    Mutation(
        "used in another corner",
        "y : y + 128, x : x + 128], 3)",
        "y : y + 128, x : x + 128] * (1 if x else torch.rand(128, 128)), 3)",
    ),
    # 2: one filter
    Mutation("loops against PyTorch", "(w[o] * window).sum() + b[o]", "(w[o] * window).mean()"),
    Mutation("loops against PyTorch", "S * j : S * j + side]  # (C", "S * i : S * i + side]  # (C"),
    Mutation("loops against PyTorch", "(w[o] * window)", "(w[o].flip(1, 2) * window)"),
    # 3: sizes
    Mutation("rounded down", "+ 2 * P) / S + 1", "+ P) / S + 1"),
    Mutation("rounded down", "+ 2 * P) / S + 1", "+ 2 * P) / S"),
    Mutation("rounded down", "D * (side - 1) + 1) + 2", "D * side) + 2"),
    Mutation("(10.3)", "(7 - 3) / S + 1", "(7 - 3) / S"),
    Mutation("same padding, (10.5)", "(f - 1) // 2)", "(f + 1) // 2)"),
    # 4: cost
    Mutation("both formulas", "return weights + O", "return weights + C"),
    Mutation("both formulas", "side**2 * C // G * O", "side**2 * C * O"),
    Mutation("both formulas", "weights * out**2", "weights * out"),
    Mutation("both formulas", "out=int(size(29, side, S, side // 2, D))", "out=29"),
    Mutation("both formulas", "side // 2, D))", "side // 2))"),
    Mutation("depthwise-separable", "(ours[4][1] + ours[5][1])", "ours[5][1]"),
    Mutation("1 × 1", "F.linear(x.movedim(1, 3)", "F.linear(x.movedim(2, 3).movedim(1, 3)"),
    # 5: the receptive field
    Mutation("field by formula", "r + D * (side - 1) * jump,", "r + D * (side - 1),"),
    Mutation("field by formula", "r + D * (side - 1) * jump,", "r + (side - 1) * jump,"),
    Mutation("field by formula", "r + D * (side - 1) * jump,", "r + D * side * jump,"),
    # 6: equivariance
    Mutation("moved, with wrap-around", '("circular", "zeros")', '("reflect", "zeros")'),
    Mutation("with zeros, away", "error[:, :, 3:-1, 6:-1]", "error[:, :, 2:30, 5:30]"),
    Mutation("with zeros, the border", '("circular", "zeros")', '("circular", "circular")'),
    Mutation("stride 2, moved by 4", "wrap(moved(image, 0, 4))", "wrap(moved(image, 0, 3))"),
    Mutation("stride 2, moved by 1", "wrap.stride = (2, 2)", "wrap.stride = (1, 1)"),
    # 7: im2col
    Mutation("im2col and F.unfold", "columns[:, :, v, u] = x", "columns[:, :, u, v] = x"),
    Mutation(
        "im2col and F.unfold", "u : u + S * w : S]\n    return", "v : v + S * w : S]\n    return"
    ),
    Mutation("one matrix product", "w.flatten(1) @ columns + b[:, None]", "w.flatten(1) @ columns"),
    # 8: backward
    Mutation("by loops", "dw[o] += delta[n, o, i, j] * x", "dw[o] = delta[n, o, i, j] * x"),
    Mutation("by loops", "dx[window] += delta[n, o, i, j] * w[o]", "dx[window] += w[o]"),
    Mutation("by loops", "delta.sum(dim=(0, 2, 3))", "delta.mean(dim=(0, 2, 3))"),
    Mutation("⟨Ux, y⟩", ": S] += columns", ": S] = columns"),
    Mutation(
        "col2im and F.fold",
        "return x[:, :, P : H - P, P : W - P]",
        "return x[:, :, : H - 2 * P, : W - 2 * P]",
    ),
    Mutation(
        "the filter's gradient",
        "delta.transpose(0, 1)).transpose(0, 1)",
        "delta.flip(2, 3).transpose(0, 1)).transpose(0, 1)",
    ),
    Mutation("the input's", "turned = w.flip(2, 3)", "turned = w"),
    Mutation("output and three gradients", ' + self.parameters["bias"][:, None]', ""),
    Mutation(
        "output and three gradients",
        "self.columns.mT).sum(dim=0)",
        "self.columns.mT).mean(dim=0)",
    ),
    Mutation("output and three gradients", "delta.sum(dim=(0, 2))", "delta.sum(dim=0)[:, 0]"),
    Mutation(
        "output and three gradients",
        "return col2im(weight.flatten(1).T @ delta,",
        "return col2im(0 * weight.flatten(1).T @ delta,",
    ),
    Mutation(
        "ours takes",
        "(layer(x), layer.backward(delta))",
        "[(layer(x), layer.backward(delta)) for _ in range(20)]",
    ),
    Mutation("the loops take", "loops * 32 * n * n / (4 * 4)", "loops"),
    # 9: the experiment
    Mutation("(10.17)", "X.mT @ X + decay * torch", "X.mT @ X + decay**2 * torch"),
    Mutation("pairs needed", "shared = new @", "shared = 0 * new @"),
    Mutation("pairs needed", "in (everything, own,", "in (everything, shared,"),
    Mutation("pairs needed", "in (everything,", "in (own,"),
    Mutation(
        "with 100 filters",
        '"100 filters": many - many.mean(dim=1, keepdim=True)',
        '"100 filters": many[:1]',
    ),
    Mutation("at 1000 pairs", "16 * decay)  # weights", "1e4 * decay)  # weights"),
]


class TestChapter(ChapterTests):
    number, quicker, mutations = 10, QUICKER, MUTATIONS
    folded = ["Solution 5", "Solution 6"]
