"""Timing waits for the device, and a profile leaves everything as it was."""

import copy
import itertools
import random
import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.optim.lr_scheduler import StepLR

from dlcv import timing
from dlcv.timing import StepProfile, Throughput, Timer, profile_step, race, throughput

pytestmark = pytest.mark.usefixtures("one_thread")


class FakeGpu:
    """A clock, and a device that is handed work at once and does it while others wait for it."""

    def __init__(self):
        self.now = 0.0
        self.waiting = 0.0  # seconds of work that the device still has to do

    def launch(self, seconds):
        self.now += 0.001  # handing over takes a millisecond
        self.waiting += seconds

    def synchronize(self, device=None):
        self.now += self.waiting
        self.waiting = 0.0


@pytest.fixture
def gpu(monkeypatch):
    gpu = FakeGpu()
    monkeypatch.setattr(timing, "perf_counter", lambda: gpu.now)
    monkeypatch.setattr(torch.cuda, "synchronize", gpu.synchronize)
    monkeypatch.setattr(torch.mps, "synchronize", gpu.synchronize)
    return gpu


# ---- Timer and throughput


@pytest.mark.parametrize("device", ["cuda", "cuda:1", "mps", torch.device("cuda", 0)])
def test_the_timer_waits_for_a_device_before_and_after(gpu, device):
    gpu.launch(5.0)  # from before the block: not the block's
    with Timer(device) as timer:
        gpu.launch(2.0)
    assert timer.seconds == pytest.approx(2.001)


def test_the_timer_of_the_cpu_waits_for_no_gpu(gpu):
    with Timer() as timer:
        gpu.launch(2.0)
    assert timer.seconds == pytest.approx(0.001) and gpu.waiting == 2.0


def test_a_timer_can_be_used_again(gpu):
    timer = Timer("cuda")
    for seconds in (3.0, 1.0):
        with timer:
            gpu.launch(seconds)
    assert timer.seconds == pytest.approx(1.001)


def test_an_error_in_the_block_comes_through_and_nobody_waits_for_a_broken_device(gpu):
    with pytest.raises(KeyError), Timer("cuda") as timer:
        gpu.launch(2.0)
        raise KeyError
    assert gpu.waiting == 2.0 and timer.seconds == pytest.approx(0.001)


@pytest.mark.parametrize("device", ["gpu", "meta", None, "auto"])
def test_a_device_that_cannot_be_waited_for_is_refused(device):
    with pytest.raises(ValueError, match='device: got .*wanted "cpu", "cuda"'):
        Timer(device)


def test_throughput_is_the_median_over_rounds_after_the_warmup(gpu):
    seconds = iter([100.0, 100.0, 0.999, 3.999, 1.999])  # a millisecond more to hand it over
    measured = throughput(lambda: gpu.launch(next(seconds)), 8, device="cuda", rounds=3, warmup=2)
    assert measured == pytest.approx((4.0, 2.0, 8.0, 3))


def test_throughput_says_itself_in_a_line():
    fast, slow = Throughput(79000.4, 75200.0, 80100.0, 7), Throughput(1.2345, 0.5, 2.0, 3)
    assert repr(fast) == "79,000 images/s (median of 7 rounds, 75,200 to 80,100)"
    assert str(slow) == "1.23 images/s (median of 3 rounds, 0.5 to 2)"


@pytest.mark.parametrize(
    "wrong", [{"count": 0}, {"count": 1, "rounds": 0}, {"count": 1, "warmup": -1}]
)
def test_a_throughput_of_nothing_is_refused(wrong):
    with pytest.raises(ValueError, match=f"{list(wrong)[-1]}: got"):
        throughput(lambda: None, **wrong)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
def test_a_gpu_is_waited_for():
    a = torch.rand(8192, 8192, device="cuda")

    def work():
        for _ in range(20):
            a @ a

    work()  # loads what the first product needs
    with Timer("cpu") as handed_over:
        work()
    with Timer("cuda") as first:  # its start waits for what was handed over above
        work()
    with Timer("cuda") as done:
        work()
    assert handed_over.seconds < 0.5 * done.seconds
    assert first.seconds == pytest.approx(done.seconds, rel=0.5)


# ---- the profile of a step


class StubTrainer:
    """What `profile_step` needs of a trainer."""

    def __init__(self, model, optimizer, scheduler=None):
        self.model, self.optimizer, self.scheduler = model, optimizer, scheduler
        self.device = torch.device("cpu")

    def forward(self, images, labels):
        scores = self.model(images)
        return F.cross_entropy(scores, labels), scores

    def backward(self, loss):
        loss.backward()

    def update(self):
        self.optimizer.step()
        if self.scheduler is not None:
            self.scheduler.step()


def make_trainer():
    """A model with batch norm and dropout, in the middle of its training with Adam."""
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(), nn.Flatten(), nn.Linear(144, 3)
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    trainer = StubTrainer(model, optimizer, StepLR(optimizer, step_size=1, gamma=0.5))
    images, labels = torch.rand(6, 3, 8, 8), torch.randint(3, (6,))
    trainer.backward(trainer.forward(images, labels)[0])
    trainer.update()  # the gradients stay, as they do after a step
    return trainer, images, labels


class Shuffled:
    """Batches that draw from every source of random numbers there is."""

    def __init__(self):
        self.generator = torch.Generator().manual_seed(1)

    def __iter__(self):
        for _ in range(2):
            random.random(), np.random.rand(), torch.rand(1)
            images = torch.rand(6, 3, 8, 8, generator=self.generator)
            yield images, torch.randint(3, (6,))


def everything(trainer, batches):
    """All that could change, copied: tensors and plain values side by side."""
    model = trainer.model
    gradients = [weight.grad for weight in model.parameters()]
    state = [
        model.state_dict(), gradients, trainer.optimizer.state_dict(),
        trainer.scheduler.state_dict(), torch.get_rng_state(), batches.generator.get_state(),
        random.getstate(), torch.from_numpy(np.random.get_state()[1].copy()),
        np.random.get_state()[2], [layer.training for layer in model.modules()],
    ]  # fmt: skip
    return copy.deepcopy(state)


def equal(one, two):
    if torch.is_tensor(one):
        return torch.equal(one, two)
    if isinstance(one, dict):
        return one.keys() == two.keys() and all(equal(one[key], two[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(two) and all(map(equal, one, two))
    return one == two


def test_a_profile_leaves_everything_as_it_was():
    trainer, images, labels = make_trainer()
    trainer.model[1].eval()  # one layer frozen
    batches = Shuffled()
    before = everything(trainer, batches)
    profile_step(trainer, images, labels, batches=batches, rounds=3)
    after = everything(trainer, batches)
    assert [equal(one, two) for one, two in zip(before, after, strict=True)] == [True] * 10


def test_a_profile_that_fails_leaves_everything_as_it_was_too():
    trainer, images, labels = make_trainer()
    batches = Shuffled()
    before, backward = everything(trainer, batches), trainer.backward
    calls = []

    def fail(loss):
        calls.append(loss)
        backward(loss)
        if len(calls) == 3:
            raise KeyboardInterrupt

    trainer.backward = fail
    with pytest.raises(KeyboardInterrupt):
        profile_step(trainer, images, labels, batches=batches)
    assert equal(before, everything(trainer, batches))


def test_weights_that_only_the_optimizer_holds_are_put_back_too():
    trainer, images, labels = make_trainer()
    scale = nn.Parameter(torch.ones(()))  # of the loss, not of the model
    trainer.optimizer.add_param_group({"params": [scale]})
    trainer.scheduler = None
    trainer.forward = lambda images, labels: (trainer.model(images).sum() * scale, None)
    profile_step(trainer, images, labels, rounds=1)
    assert scale.item() == 1.0 and scale.grad is None


def test_gradients_of_weights_that_the_optimizer_does_not_hold_are_put_back_too():
    trainer, images, labels = make_trainer()
    trainer.optimizer = torch.optim.SGD(trainer.model[4].parameters(), lr=0.1)
    trainer.scheduler = None
    before = copy.deepcopy([weight.grad for weight in trainer.model.parameters()])
    profile_step(trainer, images, labels, rounds=1)
    assert equal(before, [weight.grad for weight in trainer.model.parameters()])


def test_training_goes_on_after_a_profile_as_if_there_had_been_none():
    def ten_steps(profiled):
        trainer, images, labels = make_trainer()
        for _ in range(10):
            if profiled:
                profile_step(trainer, images, labels, rounds=1)
            trainer.optimizer.zero_grad()
            trainer.backward(trainer.forward(images, labels)[0])
            trainer.update()
        return trainer.model.state_dict()

    assert equal(ten_steps(False), ten_steps(True))


def test_the_steps_of_a_profile_are_training_steps():
    trainer, images, labels = make_trainer()
    trainer.model.eval()
    modes, biases = [], []

    def watch(model, inputs):
        modes.append(model.training)
        biases.append(model[4].bias.tolist())

    trainer.model.register_forward_pre_hook(watch)
    profile_step(trainer, images, labels, rounds=2)
    assert modes == [True] * 5  # three to warm up
    assert biases[0] != biases[-1]  # the weights did move
    assert not trainer.model.training


def fake_profile(gpu, data, forward, backward, update, device="cuda", with_batches=True):
    """The profile of a trainer whose parts take these seconds on the fake device."""
    model = nn.Linear(2, 2)
    here = torch.device("cpu")
    trainer = SimpleNamespace(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.1),
        device=here,
        forward=lambda images, labels: (gpu.launch(forward), None),
        backward=lambda loss: gpu.launch(backward),
        update=lambda: gpu.launch(update),
    )

    class Batches:
        def __iter__(self):
            gpu.launch(data)
            yield torch.rand(2), torch.rand(2)

    batches = Batches() if with_batches else None
    return profile_step(trainer, torch.rand(2), torch.rand(2), batches=batches, rounds=3)


@pytest.fixture
def cpu_as_gpu(monkeypatch, gpu):
    """A CPU that has to be waited for: tensors stay where they can be computed with."""
    monkeypatch.setattr(timing, "_wait_for", gpu.synchronize)
    return gpu


def test_the_device_is_waited_for_after_each_part(cpu_as_gpu):
    profile = fake_profile(cpu_as_gpu, 0.099, 0.199, 0.499, 0.199)
    assert profile[:4] == pytest.approx((10.0, 20.0, 50.0, 20.0))
    assert profile.seconds == pytest.approx(1.0) and profile.device == "cpu"


def test_the_first_steps_of_a_profile_do_not_count(cpu_as_gpu):
    launch, calls = cpu_as_gpu.launch, []

    def slow_at_first(seconds):
        calls.append(seconds)
        launch(seconds if len(calls) > 12 else 50.0)  # four parts in each of three steps

    cpu_as_gpu.launch = slow_at_first
    assert fake_profile(cpu_as_gpu, 0.099, 0.199, 0.499, 0.199).seconds == pytest.approx(1.0)


def test_without_batches_there_is_no_share_of_data(cpu_as_gpu):
    profile = fake_profile(cpu_as_gpu, 9.0, 0.249, 0.499, 0.249, with_batches=False)
    assert profile.data is None and profile[1:4] == pytest.approx((25.0, 50.0, 25.0))
    assert "data" not in repr(profile)


def test_what_reading_the_clock_costs_is_no_share_of_a_profile_without_batches(monkeypatch):
    ticks = itertools.count()  # every look at the clock takes a second, and nothing else does
    monkeypatch.setattr(timing, "perf_counter", lambda: float(next(ticks)))
    monkeypatch.setattr(timing, "_wait_for", lambda device: None)
    profile = fake_profile(FakeGpu(), 9.0, 9.0, 9.0, 9.0, with_batches=False)
    assert profile[1:4] == pytest.approx((100 / 3, 100 / 3, 100 / 3))


def test_a_profile_shows_itself_as_a_table_with_one_line_of_advice():
    lines = repr(StepProfile(5.0, 25.0, 60.0, 10.0, 0.0125, "cuda")).splitlines()
    assert lines[:5] == [
        "data        5.0 %      0.625 ms",
        "forward    25.0 %      3.125 ms",
        "backward   60.0 %      7.500 ms",
        "optimizer  10.0 %      1.250 ms",
        "step      100.0 %     12.500 ms  on cuda",
    ]
    assert len(lines) == 6 and "the model itself" in lines[5]


@pytest.mark.parametrize(
    ("shares", "device", "advice"),
    [
        ((31.0, 29.0, 30.0, 10.0), "cuda", "31 % of the step waits for data: keep the set on"),
        ((45.0, 10.0, 10.0, 35.0), "cuda", "waits for data"),
        ((29.0, 20.0, 20.0, 31.0), "cuda", "31 % of the step updates weights.*fused=True"),
        ((None, 30.0, 30.0, 40.0), "cpu", "updates weights.*larger batch"),
        ((29.0, 20.0, 41.0, 10.0), "cuda", "the model itself.*mixed precision"),
        ((None, 30.0, 60.0, 10.0), "cpu", "the model itself.*a GPU"),
    ],
)
def test_the_advice_speaks_of_what_takes_the_time(shares, device, advice):
    profile = StepProfile(*shares, 0.01, device)
    assert len(profile.advice.splitlines()) == 1
    assert re.search(advice, profile.advice)


@pytest.mark.parametrize("batches", [[], iter([(torch.rand(6, 3, 8, 8), torch.zeros(6).long())])])
def test_batches_that_run_out_are_refused(batches):
    trainer, images, labels = make_trainer()
    with pytest.raises(ValueError, match="batches: got none.*iterated over again"):
        profile_step(trainer, images, labels, batches=batches)


def test_a_profile_of_no_rounds_is_refused():
    trainer, images, labels = make_trainer()
    with pytest.raises(ValueError, match="rounds: got 0"):
        profile_step(trainer, images, labels, rounds=0)


def test_a_gradient_scale_is_put_back():
    trainer, images, labels = make_trainer()
    trainer.scaler = torch.amp.GradScaler("cpu", init_scale=4.0, growth_interval=1)
    trainer.backward = lambda loss: trainer.scaler.scale(loss).backward()
    scales = []

    def update():
        trainer.scaler.step(trainer.optimizer)
        trainer.scaler.update()
        scales.append(trainer.scaler.get_scale())

    trainer.update = update
    before = trainer.scaler.state_dict()
    profile_step(trainer, images, labels, rounds=1)
    assert scales == [8.0, 16.0, 32.0, 64.0] and trainer.scaler.state_dict() == before


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
def test_a_profile_on_a_gpu_leaves_its_random_state_as_it_was():
    trainer, images, labels = make_trainer()
    trainer.model.cuda()
    trainer.optimizer = torch.optim.Adam(trainer.model.parameters())
    trainer.scheduler, trainer.device = None, torch.device("cuda")
    weights, before = copy.deepcopy(trainer.model.state_dict()), torch.cuda.get_rng_state()
    profile = profile_step(trainer, images, labels, rounds=3)
    assert torch.equal(torch.cuda.get_rng_state(), before)
    assert equal(weights, trainer.model.state_dict())
    assert profile.device == "cuda" and sum(profile[1:4]) == pytest.approx(100)


def test_a_race_compares_within_each_round(gpu):
    slower, turns = itertools.count(1), []

    def job(name, seconds):
        def run():
            factor = (
                next(slower) if name == "a" else 1
            )  # the machine gets slower from round to round
            turns.append(name)
            gpu.factor = factor if name == "a" else gpu.factor
            gpu.launch(seconds * gpu.factor - 0.001)

        return run

    (a, ratio), (b, one) = race(job("a", 3.0), job("b", 2.0), device="cuda", rounds=5)
    assert turns == ["a", "b"] * 7
    assert (a, b) == (pytest.approx(15.0), pytest.approx(10.0))  # rounds 3 to 7, the median is 5
    assert (ratio, one) == (pytest.approx(1.5), 1.0)


def test_a_race_without_a_round_is_refused():
    with pytest.raises(ValueError, match="rounds: got 0, wanted at least 1"):
        race(lambda: None, rounds=0)
