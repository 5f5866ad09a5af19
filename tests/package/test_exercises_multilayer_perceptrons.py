"""Chapter 5's checks reject the wrong answers that readers plausibly give, with a useful hint."""

import pytest
import torch

from dlcv.exercises import multilayer_perceptrons as check

relu = torch.relu


# ---------------------------------------------------------------------------- answers


def forward(x, weights, biases):
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        x = relu(x @ W.T + b)
    return x @ weights[-1].T + biases[-1]


def forward_relu_everywhere(x, weights, biases):
    for W, b in zip(weights, biases, strict=True):
        x = relu(x @ W.T + b)
    return x


def forward_without_relu(x, weights, biases):
    for W, b in zip(weights, biases, strict=True):
        x = x @ W.T + b
    return x


def forward_without_biases(x, weights, biases):
    return forward(x, weights, [0 * b for b in biases])


def forward_without_transpose(x, weights, biases):
    return forward(x, [W.T for W in weights], biases)


def forward_two_layers_only(x, weights, biases):
    return relu(x @ weights[0].T + biases[0]) @ weights[1].T + biases[1]


def forward_columns(x, weights, biases):
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        x = relu(W @ x + b)
    return weights[-1] @ x + biases[-1]


def forward_in_place(x, weights, biases):
    result = forward(x, weights, biases)
    x.clamp_(min=0)
    return result


def forward_with_sigmoid(x, weights, biases):
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        x = torch.sigmoid(x @ W.T + b)
    return x @ weights[-1].T + biases[-1]


def forward_only_two_at_least(x, weights, biases):
    """Right with one hidden layer or none; a second hidden layer is linear."""
    first, *rest = list(zip(weights, biases, strict=True))
    x = x @ first[0].T + first[1]
    x = relu(x) if rest else x
    for W, b in rest:
        x = x @ W.T + b
    return x


def count(sizes):
    return sum((a + 1) * b for a, b in zip(sizes, sizes[1:], strict=False))


def xor_weights():
    return torch.tensor([[1.0, 1], [1, 1]]), torch.tensor([0.0, -1]), torch.tensor([1.0, -2]), -0.5


def xor_with(W=None, b=None, v=None, c=None):
    given = (W, b, v, c)
    return lambda: tuple(
        right if part is None else part for part, right in zip(given, xor_weights(), strict=True)
    )


def softplus(z):
    small = torch.exp(-z.abs())
    return z.clamp(min=0) + torch.log1p(small), torch.where(z >= 0, 1, small) / (1 + small)


def softplus_as_written(z):
    return torch.log(1 + z.exp()), z.exp() / (1 + z.exp())


def hat(left, middle, right):
    up, down = 1 / (middle - left), 1 / (right - middle)
    v = torch.tensor([up, -up - down, down])
    return torch.ones(3), -torch.tensor([left, middle, right]), v


def hat_with(v):
    return lambda left, middle, right: (
        torch.ones(3),
        -torch.tensor([left, middle, right]),
        torch.tensor(v(1 / (middle - left), 1 / (right - middle))),
    )


def hat_for_equal_halves(left, middle, right):
    up = 1 / (middle - left)
    return torch.ones(3), -torch.tensor([left, middle, right]), torch.tensor([up, -2 * up, up])


def hat_from_the_right(left, middle, right):
    w, b, v = hat(left, middle, right)
    return w, -b, v


SOLUTIONS = [
    (check.forward, forward),
    (check.count_parameters, count),
    (check.xor, xor_weights),
    (check.xor, lambda: ([[1, -1], [-1, 1]], [0, 0], [1, 1], -0.5)),  # lists are as good
    (check.softplus, softplus),
    (check.hat, hat),
]

WRONG = [
    (check.forward, forward_relu_everywhere, "not behind the last one"),
    (check.forward, forward_without_relu, "one matrix"),
    (check.forward, forward_without_biases, "forget the biases"),
    (check.forward, forward_without_transpose, "W.T"),
    (check.forward, forward_two_layers_only, "loop over all"),
    (check.forward, forward_only_two_at_least, "loop over all"),
    (check.forward, forward_columns, "not W @ a + b"),
    (check.forward, lambda x, W, b: forward(x, W, b).softmax(1), "stop at the scores"),
    (check.forward, lambda x, W, b: 2 * forward(x, W, b), "gives other scores"),
    (check.forward, forward_in_place, "changes its input"),
    (check.forward, forward_with_sigmoid, "is the ReLU here"),
    (check.forward, lambda x, W, b: forward(x, W, b).argmax(1), "(N, K)"),
    (check.count_parameters, lambda s: count(s) - sum(s[1:]), "has a bias"),
    (check.count_parameters, lambda s: count(s) + s[0], "inputs have no biases"),
    (check.count_parameters, lambda s: count(s) + s[0] - s[-1], "that the weights lead to"),
    (check.count_parameters, lambda s: count(s) - sum(s[1:]) + len(s) - 1, "one bias for each"),
    (check.count_parameters, lambda s: (s[0] + 1) * s[1], "first layer alone"),
    (check.count_parameters, sum, "those are the units"),
    (check.count_parameters, lambda s: float(count(s)), "whole number"),
    (check.count_parameters, lambda s: count(s) + 1, "PyTorch counts 23"),
    (check.count_parameters, lambda s: (s[0] + 1) * s[1] + (s[-2] + 1) * s[-1], "PyTorch counts"),
    (check.xor, xor_with(c=0.5), "(0, 0) gets 0.5"),
    (check.xor, xor_with(c=-1.0), "a score is 0"),
    (check.xor, xor_with(v=torch.tensor([-1.0, 2]), c=0.5), "all four are the wrong way round"),
    (check.xor, xor_with(b=torch.tensor([5.0, 5])), "nothing bends"),
    (check.xor, xor_with(v=torch.tensor([1.0, 1])), "(1, 1) gets 2.5"),
    (check.xor, xor_with(W=torch.ones(2, 3)), "W must have shape (2, 2)"),
    (check.xor, xor_with(v=torch.ones(1, 2)), "v must have shape (2,)"),
    (check.xor, xor_with(b=torch.tensor([0.0, float("nan")])), "b holds a number"),
    (check.xor, lambda: xor_weights()[:3], "return four things"),
    (check.softplus, softplus_as_written, "−|z| only"),
    (check.softplus, lambda z: (torch.log2(1 + z.exp()), torch.sigmoid(z)), "natural logarithm"),
    (check.softplus, lambda z: (softplus(z)[0], z.sigmoid() * (1 - z.sigmoid())), "too far"),
    (check.softplus, lambda z: (softplus(z)[0], 1 / (1 + z.exp())), "inner derivative"),
    (check.softplus, lambda z: (softplus(z)[0], (z > 0).double()), "differs from autograd's"),
    (check.softplus, lambda z: (relu(z), torch.sigmoid(z)), "not log(1 + e^z)"),
    (check.softplus, lambda z: softplus(z)[0], "two tensors"),
    (check.softplus, lambda z: (softplus(z)[0].sum(), torch.sigmoid(z)), "of z"),
    (check.softplus, lambda z: softplus(z.clamp_(min=0)), "changes its input"),
    (
        check.softplus,
        lambda z: (z.clamp(min=0) + torch.log(1 + torch.exp(-z.abs())), torch.sigmoid(z)),
        "use log1p",
    ),
    (check.hat, hat_with(lambda up, down: (1.0, -2.0, 1.0)), "climbs for 0.5"),
    (check.hat, hat_for_equal_halves, "back at 0 at 2"),
    (check.hat, hat_with(lambda up, down: (up, -down, 0.0)), "back at 0 at 2"),
    (check.hat, hat_with(lambda up, down: (up, -up - down, 0.0)), "stay 0 right of 2"),
    (check.hat, hat_from_the_right, "0 left of 0: a unit bends at −b/w"),
    (check.hat, lambda a, b, c: hat(a, b, c)[:2], "return three tensors"),
    (check.hat, lambda a, b, c: (torch.ones(2), torch.ones(2), torch.ones(2)), "one number a unit"),
]
EACH = [check.forward, check.count_parameters, check.xor, check.softplus, check.hat]


@pytest.mark.parametrize(("exercise", "answer"), SOLUTIONS)
def test_a_right_answer_passes(exercise, answer):
    verdict = exercise(answer)
    assert verdict.status == "passed", verdict


@pytest.mark.parametrize(("exercise", "answer", "hint"), WRONG)
def test_a_wrong_answer_is_rejected_with_a_hint(exercise, answer, hint):
    verdict = exercise(answer)
    assert verdict.status == "failed" and hint in verdict.message, verdict


@pytest.mark.parametrize("exercise", EACH)
def test_a_stub_is_not_attempted(exercise):
    for stub in (lambda *_: None, lambda *_: ...):
        assert exercise(stub).status == "not attempted"


@pytest.mark.parametrize("exercise", EACH)
def test_each_check_has_three_wrong_answers_at_least(exercise):
    assert sum(check is exercise for check, _, _ in WRONG) >= 3


def test_a_check_leaves_the_random_numbers_alone():
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    check.forward(forward)
    check.count_parameters(count)
    assert torch.equal(torch.rand(4), expected)
