"""Chapter 9: every claim can fail, and the code that stands in prose is right."""

import re

from chapter_tests import ChapterTests
from mutation import Mutation

from dlcv.exercises import pytorch as check

QUICKER = (
    ('fallback="scenes") for', 'fallback="scenes", limit=4000) for'),
    ("order.split([45_000, 5_000])", "order.split([3_500, 500])"),
    ("peak, epochs=2)", "peak, epochs=6)"),
    ("range(3)]).transpose", "range(2)]).transpose"),
)
# The harness copies tensors without their history: a mutated run begins with a loss of its own.
NO_LOSS = (("show_graph(loss.grad_fn)\n", ""),)
LOSS = "loss = (w * x + b - y) ** 2 + 0.5 * w**2\n"
NEW_LOSS = (
    ("ours = gradients(loss)\nsame(ours[w]", LOSS + "ours = gradients(loss)\nsame(ours[w]"),
)
ZERO = "network.zero_grad()\n"
NEW_WHOLE = ((ZERO, "ours = gradients(F.cross_entropy(network(X), labels))\n" + ZERO),)
CHECKED = "torch.autograd.gradcheck(Softplus.apply, z)"
CAREFULLY = "torch.autograd.gradcheck(Softplus.apply, z, raise_exception=False)"
SAVED = "training.load_checkpoint(trainer, checkpoint)"
WEIGHTS_ALONE = "model.load_state_dict(torch.load(checkpoint, weights_only=True)['model'])"
BRANCH = "return x * 2 if x.sum() > 0 else x**3"

MUTATIONS = [
    Mutation("writing into a slice", "view += 100", "view = view + 100"),
    Mutation("a row taken out with a list", "image[[1]]  #", "image[1:2]  #"),
    Mutation("a column minus a row", "targets[:, None] - targets", "targets - targets"),
    Mutation("perfect predictions get", "targets[:, None] - targets", "targets - targets"),
    Mutation("what the product w · x keeps", "same((w * x)", "same((w * (x + 1))", NO_LOSS),
    Mutation("equation (9.4)", "same(J.T @", "same(J @"),
    Mutation(
        "∂L/∂w: our backward",
        "arrived[child] = arrived.get(child, 0) + gradient",
        "arrived[child] = gradient",
        NEW_LOSS,
    ),
    Mutation(
        "∂L/∂b: our backward", "torch.ones_like(loss)}", "2 * torch.ones_like(loss)}", NEW_LOSS
    ),
    Mutation("our backward against PyTorch's", ".sum_to_size(node.variable.shape)", "", NEW_LOSS),
    Mutation("the second gradient was added", "(1, 2):", "(1, 2):\n    w.grad = None"),
    Mutation("three parts against", "(len(part) / len(X) * F.", "(F.", NEW_WHOLE),
    Mutation("a second pass over", 'return str(error).split(". ")[0]', 'return "-"'),
    Mutation(
        "softplus against PyTorch's",
        "z.clamp(min=0) + torch.log1p",
        "torch.log1p",
        ((CHECKED, CAREFULLY),),
    ),
    Mutation(
        "gradcheck agrees",
        "received * z.sigmoid()",
        "received * z.tanh().clamp(min=0)",
        ((CHECKED, CAREFULLY),),
    ),
    Mutation("written naively", "(1 + z.exp()).log()", "torch.logaddexp(z, 0 * z)"),
    Mutation("the module against (9.10)", ".clamp(min=0) @ W2", " @ W2"),
    Mutation("one step against (9.11)", "optimizer.step()", "pass"),
    Mutation("an epoch stacked", ".float() / 255, self", ".float() / 256, self"),
    Mutation("of the images that chose it", "validation.argmax(", "validation.argmin("),
    Mutation("of all others it gets", "right[..., 100:]", "right[..., :100]"),
    Mutation("in training mode", "nn.Dropout(0.5)", "nn.Dropout(0.0)"),
    Mutation("in evaluation mode", "dropping.eval()", "pass"),
    Mutation("the scores of the loaded", "loaded.load_state_dict(", "("),
    Mutation("a file that holds an object", "save(nn.ReLU()", "save(nn.ReLU().state_dict()"),
    Mutation(
        "the same seed", "    torch.manual_seed(seed)\n    model = MLP()", "    model = MLP()"
    ),
    Mutation("another seed", "run(4, seed=1)", "run(4, seed=0)"),
    Mutation("2 epochs, a checkpoint", SAVED, WEIGHTS_ALONE),
    Mutation("the hint is right", "nn.Linear(3072, 10), photos", "nn.Linear(3000, 10), photos"),
    Mutation(
        "the losses of 225 steps", "(theirs.parameters(), lr=0.1)", "(theirs.parameters(), lr=0.11)"
    ),
    Mutation("two epochs lift", "MLP(3072), peak=0.03", "MLP(3072), peak=1e-6"),
    Mutation("each run leaves the graph", "for v in (1.0, -1.0)", "for v in (1.0, 1.0)"),
    Mutation("described in advance", BRANCH, "return x * 2"),
]


class TestChapter(ChapterTests):
    number, quicker, mutations = 9, QUICKER, MUTATIONS
    folded = ["Solution 6", "Solution 7"]

    def test_the_loop_with_four_bugs_runs_and_is_rejected(self, chapter):
        """It stands in prose, to be copied: as it is, the check must name a bug."""
        text = chapter.prose.split("### • Exercise 4: four bugs")[1].split("<details>")[0]
        (loop,) = re.findall(r"```python\n(.*?)```", text, re.S)
        namespace = dict(chapter.namespace)
        exec(loop, namespace)
        verdict = check.train(namespace["train"])
        assert verdict.status == "failed" and "softmax" in verdict.message

    def test_every_framework_has_a_source_and_a_date(self, chapter):
        rows = re.findall(r"(?m)^\| (.+?) \| .+ \| .+ \| .+ \| (.+) \|$", chapter.prose)
        table = {name.split(" (")[0]: status for name, status in rows if "http" in name + status}
        assert len(table) == 14 + 1  # PyTorch's own version is printed by this very page
        for name, status in table.items():
            assert "](http" in status or name == "PyTorch", name
