"""Chapter 12's checks reject the wrong answers that readers plausibly give, with a useful hint."""

import re

import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch.nn import functional as F

from dlcv.exercises import inside_cnns as check


def span(inclusive=False, padded=True, jumping=True, early=False, field_jump=True):
    def answer(windows, index):
        start, field, jump = 0, 1, 1
        for kernel, stride, padding in windows:
            jump *= stride if early else 1
            start -= padding * jump * padded
            field += (kernel - 1) * (jump if field_jump else 1)
            jump *= 1 if early else stride
        start += index * (jump if jumping else 1)
        return start, start + field - inclusive

    return answer


def clipped(windows, index):
    left, right = span()(windows, index)
    return max(left, 0), right


def padding_without_jump(windows, index):
    start, field, jump = 0, 1, 1
    for kernel, stride, padding in windows:
        start -= padding
        field += (kernel - 1) * jump
        jump *= stride
    return start + index * jump, start + index * jump + field


def cam(weigh=None, finish=None, share=False, backward=False, mean=(2, 3)):
    def answer(front, back, images, k):
        maps = front(images)
        maps = maps if backward else maps.detach().requires_grad_()
        if backward:
            maps.retain_grad()
        scores = back(maps)
        score = (scores.softmax(1) if share else scores)[:, k].sum()
        if backward:
            score.backward()
            gradient = maps.grad
        else:
            (gradient,) = torch.autograd.grad(score, maps)
        weights = gradient.mean(dim=mean, keepdim=True)
        weighted = (weigh or (lambda w, g, m: w * m))(weights, gradient, maps)
        return (finish or (lambda s: s.sum(1).relu()))(weighted).detach()

    return answer


def probe(fit_on="train", score_on="test", own_scale=False, percent=False, scaled=True):
    def answer(features, labels, test_features, test_labels):
        sets = {
            "train": (features.flatten(1).numpy(), labels.numpy()),
            "test": (test_features.flatten(1).numpy(), test_labels.numpy()),
        }
        if own_scale:
            sets = {n: (StandardScaler().fit_transform(x), y) for n, (x, y) in sets.items()}
        steps = [StandardScaler()] if scaled else []
        model = make_pipeline(*steps, LogisticRegression(max_iter=1000)).fit(*sets[fit_on])
        return model.score(*sets[score_on]) * (100 if percent else 1)

    return answer


def attack(change=None, clip=True, backward=False, in_place=False, own_answer=False):
    def answer(model, images, labels, epsilon):
        leaf = (images if in_place else images.clone()).requires_grad_()
        scores = model(leaf)
        loss = F.cross_entropy(scores, scores.argmax(1) if own_answer else labels)
        if backward:
            loss.backward()
            gradient = leaf.grad
        else:
            (gradient,) = torch.autograd.grad(loss, leaf)
        step = change(gradient, epsilon) if change else epsilon * gradient.sign()
        result = leaf.detach() + step
        return result.clamp(0, 1) if clip else result

    return answer


def squares(order="rows", value=None, keep=False, loop=False, in_place=False, flat=False):
    def answer(images, size, stride, fill):
        H, W = images.shape[2:]
        places = [
            (top, left)
            for top in range(0, H - size + 1, stride)
            for left in range(0, W - size + 1, stride)
        ]
        if order == "columns":
            places.sort(key=lambda place: place[::-1])
        copies = []
        for top, left in places:
            hidden = images if in_place else images.clone()
            inside = torch.zeros(H, W, dtype=torch.bool)
            inside[top : top + size, left : left + size] = True
            hidden[..., ~inside if keep else inside] = fill if value is None else value
            copies.append(hidden)
        stacked = torch.stack(copies)
        return stacked.flatten(0, 1) if flat else stacked

    return answer


WRONG = [
    (check.receptive_span, span(inclusive=True), "right is the edge"),
    (check.receptive_span, span(padded=False), "padding moves"),
    (check.receptive_span, span(jumping=False), "moves by j"),
    (check.receptive_span, span(early=True), "layers \\*before\\*"),
    (check.receptive_span, span(field_jump=False), "layers \\*before\\*"),
    (check.receptive_span, padding_without_jump, "right for simple chains"),
    (check.receptive_span, clipped, "do not clip"),
    (check.receptive_span, lambda windows, index: sum(w[0] for w in windows), "two numbers"),
    (
        check.receptive_span,
        lambda windows, i: (i, i + sum(w[0] for w in windows)),
        "sees? 5 pixels",
    ),
    (check.grad_cam, cam(finish=lambda s: s.sum(1)), "must become 0"),
    (check.grad_cam, cam(finish=lambda s: s.sum(1).abs()), "not the absolute value"),
    (check.grad_cam, cam(finish=lambda s: s.mean(1).relu()), "do not average"),
    (check.grad_cam, cam(finish=lambda s: s.relu()), "shape"),
    (check.grad_cam, cam(weigh=lambda w, g, m: g * m), "one weight a map"),
    (check.grad_cam, cam(weigh=lambda w, g, m: w.abs() * m), "keep the sign"),
    (check.grad_cam, cam(weigh=lambda w, g, m: w.relu() * m), "comes last"),
    (check.grad_cam, cam(weigh=lambda w, g, m: 12 * w * m), "not the sum"),
    (check.grad_cam, cam(weigh=lambda w, g, m: m), "weigh each map"),
    (check.grad_cam, cam(mean=(0, 2, 3)), "its own weights"),
    (check.grad_cam, cam(share=True), "not its softmax"),
    (check.grad_cam, cam(backward=True), "leaves gradients"),
    (check.linear_probe, probe(score_on="train"), "pure noise"),
    (check.linear_probe, probe(fit_on="test"), "pure noise"),
    (check.linear_probe, probe(percent=True), "not a percentage"),
    (check.linear_probe, probe(own_scale=True), "training\\* features"),
    (check.linear_probe, probe(scaled=False), "center and scale"),
    (check.linear_probe, lambda x, y, t, u: torch.zeros(3), "one number"),
    (check.fgsm, attack(change=lambda g, e: -e * g.sign()), "with a plus"),
    (check.fgsm, attack(change=lambda g, e: e * g), "exactly ε"),
    (check.fgsm, attack(change=lambda g, e: e * g / g.norm()), "exactly ε"),
    (check.fgsm, attack(change=lambda g, e: 0 * g), "nothing has changed"),
    (check.fgsm, attack(clip=False), "clip"),
    (check.fgsm, attack(backward=True), "leaves gradients"),
    (check.fgsm, attack(in_place=True), "begin with images.clone"),
    (check.fgsm, attack(own_answer=True), "true labels"),
    (check.fgsm, attack(change=lambda g, e: e * torch.ones_like(g)), "signs differ"),
    (check.occluded, squares(order="columns"), "row by row"),
    (check.occluded, squares(value=0.0), "the value `fill`"),
    (check.occluded, squares(keep=True), "hide the rest"),
    (check.occluded, squares(in_place=True), "writes into"),
    (check.occluded, squares(flat=True), "shape"),
    (check.occluded, squares(), "with a loop"),
]


@pytest.mark.parametrize(("run", "answer", "hint"), WRONG)
def test_a_wrong_answer_gets_a_hint_that_fits(run, answer, hint):
    verdict = run(answer)
    assert verdict.status == "failed" and re.search(hint, verdict.message), verdict


@pytest.mark.parametrize(
    ("run", "answer"),
    [
        (check.receptive_span, span()),
        (check.grad_cam, cam()),
        (check.linear_probe, probe()),
        (check.fgsm, attack()),
        (check.fgsm, lambda *given: attack()(*given).requires_grad_()),
    ],
)
def test_a_right_answer_passes(run, answer):
    assert run(answer).status == "passed", run(answer)


@pytest.mark.parametrize(
    "run",
    [check.receptive_span, check.grad_cam, check.linear_probe, check.fgsm, check.occluded],
)
def test_an_untouched_stub_is_not_attempted(run):
    assert run(lambda *given: None).status == "not attempted"
