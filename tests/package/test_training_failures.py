"""What goes wrong in training, injected: too little memory, wrong shapes, wrong labels, no data."""

import copy
import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, TensorDataset

from dlcv import data
from dlcv.training import Trainer, TrainingDiverged, early_stopping, evaluate

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")


def make_model(outputs=3):
    """No batch norm and no dropout: the parts of a batch are then learned from as the whole is."""
    torch.manual_seed(1)
    return nn.Sequential(nn.Flatten(), nn.Linear(12, 16), nn.Tanh(), nn.Linear(16, outputs))


def make_trainer(model=None, **options):
    model = model or make_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    return Trainer(model, optimizer, **({"device": "cpu"} | options))


def make_data(count=44):
    generator = torch.Generator().manual_seed(2)
    return torch.rand(count, 3, 2, 2, generator=generator), torch.arange(count) % 3


def difference(one, other):
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return max(float((mine.cpu() - theirs.cpu()).abs().max()) for mine, theirs in pairs)


# --- memory -------------------------------------------------------------------------------------


class LittleMemory(nn.Module):
    """A model that runs out of memory when more than `largest` images come at once."""

    def __init__(self, largest, model=None):
        super().__init__()
        self.model, self.largest, self.seen = model or make_model(), largest, []

    def forward(self, images):
        self.seen.append(len(images))
        if len(images) > self.largest:
            raise torch.OutOfMemoryError("CUDA out of memory (simulated)")
        return self.model(images)


@pytest.mark.parametrize("count", [32, 44])  # the second with a smaller last batch
def test_out_of_memory_halves_the_micro_batch_and_learns_the_same(count):
    images, labels = make_data(count)
    little, ample = LittleMemory(largest=5), LittleMemory(largest=10**9)
    trainer, reference = make_trainer(little), make_trainer(ample)
    torch.manual_seed(3)
    with pytest.warns(UserWarning, match="out of memory: at most 4 images at once"):
        history = trainer.fit((images, labels), epochs=3, batch_size=16)
    torch.manual_seed(3)
    wanted = reference.fit((images, labels), epochs=3, batch_size=16)
    assert trainer.micro_batch == 4  # 16 → 8 → 4
    assert little.seen[:3] == [16, 8, 4] and max(little.seen[3:]) <= 4
    assert difference(little.model, ample.model) < 1e-6
    assert history["train_loss"] == pytest.approx(wanted["train_loss"], abs=1e-6)
    assert history["train_accuracy"] == wanted["train_accuracy"]


def test_out_of_memory_in_the_backward_pass_is_no_half_step():
    class FailsBackwardOnce(torch.autograd.Function):
        failed = False

        @staticmethod
        def forward(context, values):
            return values.clone()

        @staticmethod
        def backward(context, gradient):
            if not FailsBackwardOnce.failed:
                FailsBackwardOnce.failed = True
                raise torch.OutOfMemoryError("simulated")
            return gradient

    model = make_model()
    halfway = nn.Module()
    halfway.forward = lambda values: FailsBackwardOnce.apply(values)
    trainer = make_trainer(nn.Sequential(*model[:2], halfway, *model[2:]))
    reference = make_trainer(make_model())
    batch = [make_data(8)]
    with pytest.warns(UserWarning, match="at most 4 images"):
        trainer.fit(batch, epochs=2)
    reference.fit(batch, epochs=2)
    assert FailsBackwardOnce.failed and trainer.micro_batch == 4
    assert difference(model, reference.model) < 1e-6


@pytest.mark.filterwarnings("ignore:out of memory")
def test_an_image_too_large_for_the_memory_ends_the_training():
    with pytest.raises(torch.OutOfMemoryError, match="simulated"):
        make_trainer(LittleMemory(largest=0)).fit(make_data(), epochs=1, batch_size=8)


def test_memory_that_ends_in_the_optimizer_is_not_tried_again():
    class NoRoom(torch.optim.SGD):
        steps = 0

        def step(self):
            self.steps += 1
            raise torch.OutOfMemoryError("simulated")

    model = make_model()
    trainer = Trainer(model, optimizer := NoRoom(model.parameters(), lr=0.1), device="cpu")
    with pytest.raises(MemoryError, match="optimizer's step: take a smaller model"):
        trainer.fit(make_data(), epochs=1)
    assert optimizer.steps == 1


@pytest.mark.parametrize("size", [1, 5, 11, 32])
def test_micro_batches_add_up_to_one_batch(size):
    """3 parts of 11 images are one batch of 33; other sizes leave a smaller last part."""
    one, parts = make_trainer(), make_trainer(micro_batch=size)
    batches = [make_data(33)] * 4
    wanted = one.fit(batches, epochs=1)
    history = parts.fit(batches, epochs=1)
    assert difference(one.model, parts.model) < 1e-6
    assert history[-1]["train_loss"] == pytest.approx(wanted[-1]["train_loss"], abs=1e-6)


def test_clipping_gives_the_gradient_the_length_that_pytorch_gives_it():
    trainer, reference = make_trainer(clip_norm=0.05, micro_batch=4), make_model()
    images, labels = make_data(8)
    trainer.fit([(images, labels)], epochs=1)
    optimizer = torch.optim.SGD(reference.parameters(), lr=0.1, momentum=0.9)
    F.cross_entropy(reference(images), labels).backward()
    assert nn.utils.clip_grad_norm_(reference.parameters(), 0.05) > 0.05
    optimizer.step()
    assert difference(trainer.model, reference) < 1e-6


def test_clipping_looks_at_the_weights_that_are_trained_and_no_others():
    """The gradients of a frozen-by-omission backbone add up from step to step."""
    body, head = nn.Linear(12, 8), nn.Linear(8, 3)
    images, labels = make_data(8)
    model = nn.Sequential(nn.Flatten(), body, head)
    reference = copy.deepcopy(head)
    optimizer = torch.optim.SGD(head.parameters(), lr=0.1)
    trainer = Trainer(model, optimizer, device="cpu", clip_norm=0.05)
    trainer.fit([(images, labels)] * 5, epochs=1)
    by_hand = torch.optim.SGD(reference.parameters(), lr=0.1)
    features = body(images.flatten(1)).detach()
    for _ in range(5):
        by_hand.zero_grad()
        F.cross_entropy(reference(features), labels).backward()
        nn.utils.clip_grad_norm_(reference.parameters(), 0.05)
        by_hand.step()
    assert difference(head, reference) < 1e-6


# --- half precision -----------------------------------------------------------------------------


@pytest.mark.parametrize("clip_norm", [None, 1.0])
def test_an_interrupt_inside_a_float16_step_leaves_no_scaled_gradients_behind(clip_norm):
    class Interrupted(torch.optim.SGD):
        steps = 0

        def step(self, *arguments):
            self.steps += 1
            if self.steps == 3:
                raise KeyboardInterrupt
            return super().step(*arguments)

    model = make_model()
    optimizer = Interrupted(model.parameters(), lr=0.1)
    trainer = Trainer(model, optimizer, device="cpu", precision="fp16", clip_norm=clip_norm)
    with pytest.raises(KeyboardInterrupt):
        trainer.fit([make_data(8)] * 5, epochs=1)
    before = copy.deepcopy(model)
    trainer.fit([make_data(8)], epochs=1)
    assert 0 < difference(model, before) < 0.2


def test_a_step_that_float16_could_not_take_does_not_move_the_schedule():
    model = make_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    schedule = StepLR(optimizer, step_size=1, gamma=0.5)
    trainer = Trainer(
        model, optimizer, device="cpu", precision="fp16", scheduler=schedule, schedule_every="step"
    )
    trainer.scaler = torch.amp.GradScaler("cpu", init_scale=2.0**24)  # too much for float16
    taken = []
    optimizer.register_step_post_hook(lambda *_: taken.append(1))
    trainer.fit([make_data(8)] * 20, epochs=1)
    assert 0 < len(taken) < 20
    assert optimizer.param_groups[0]["lr"] == 0.5 ** len(taken)


# --- wrong input --------------------------------------------------------------------------------


def make_network():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 6 * 6, 3))


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        ((5, 1, 8, 8), r"'0'.*Conv2d.*got \(5, 1, 8, 8\) and wants .*in_channels=3"),
        ((5, 8, 8, 3), r"'0'.*Conv2d.*permute\(0, 3, 1, 2\)"),
        ((5, 3, 9, 9), r"'3'.*Linear.*\(5, 196\).*144"),
    ],
)
def test_images_that_do_not_fit_name_the_layer_what_it_got_and_wanted(shape, says):
    trainer = make_trainer(make_network())
    with pytest.raises(ValueError, match="(?s)" + says):
        trainer.fit([(torch.rand(shape), torch.arange(5) % 3)], epochs=1)


def test_an_error_inside_the_model_that_is_not_about_shapes_stays_as_it_is():
    class Broken(nn.Linear):
        def forward(self, images):
            raise RuntimeError("the sensor is dusty")

    with pytest.raises(RuntimeError, match="^the sensor is dusty$"):
        make_trainer(Broken(2, 2)).fit([(torch.rand(4, 2), torch.zeros(4).long())], epochs=1)


@pytest.mark.parametrize("wrong", [3, -1])
@pytest.mark.parametrize("where", ["train", "validation"])
def test_labels_out_of_range_are_found_before_anything_is_learned(wrong, where):
    clean, (images, labels) = make_data(), make_data()
    labels[40] = wrong  # in the last batch
    trainer, untouched = make_trainer(), make_model()
    train, validation = ((images, labels), clean) if where == "train" else (clean, (images, labels))
    with pytest.raises(ValueError, match=f"label {wrong} fits no class.*3 scores.*0 … 2"):
        trainer.fit(train, validation, epochs=1, batch_size=8)
    assert (difference(trainer.model, untouched) == 0) == (where == "train")


def test_a_wrong_label_in_a_later_batch_of_a_list_is_named_too():
    batches = [make_data(4), make_data(4)]
    batches[1][1][2] = 5
    with pytest.raises(ValueError, match="label 5 fits no class.*3 scores"):
        make_trainer().fit(batches, epochs=1)


def test_all_labels_of_the_validation_data_are_looked_at_before_the_first_loss():
    """On a GPU a loss with a wrong label ends the whole process, so none may be computed."""
    computed = []

    class Loss(nn.CrossEntropyLoss):
        def forward(self, scores, labels):
            computed.append(len(labels))
            return super().forward(scores, labels)

    images, labels = make_data()
    labels[40] = 3
    with pytest.raises(ValueError, match="label 3 fits no class"):
        evaluate(make_model(), (images, labels), loss=Loss(), batch_size=8)
    assert computed == []


@pytest.mark.parametrize("empty", [[], DataLoader(TensorDataset(*make_data(0)))])
def test_an_empty_loader_is_named(empty):
    with pytest.raises(ValueError, match="is empty"):
        make_trainer().fit(empty, epochs=1)
    with pytest.raises(ValueError, match="is empty"):
        evaluate(make_model(), empty)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_leaves_the_weights_of_the_step_before(bad):
    batches = [make_data(4) for _ in range(5)]
    trainer, reference = make_trainer(), make_trainer()
    reference.fit(batches[:3], epochs=1)
    batches[3] = (torch.full((4, 3, 2, 2), bad), batches[3][1])
    with pytest.raises(TrainingDiverged, match="at step 4 of epoch 1.*learning rate.*0.1.*inputs"):
        trainer.fit(batches, epochs=1)
    assert difference(trainer.model, reference.model) == 0


def test_losses_that_are_looked_at_only_now_and_then_name_the_right_step_too():
    """On a GPU nobody waits for the loss of each step; so here nobody looks at it either."""

    class NeverLooks(Trainer):
        def forward(self, images, labels):
            scores = self.model(images)
            return F.cross_entropy(scores, labels), scores

    for count, bad, steps_taken in [(120, 3, 50), (120, 60, 100), (20, 3, 20)]:
        batches = [make_data(4) for _ in range(count)]
        batches[bad] = (torch.full((4, 3, 2, 2), math.nan), batches[bad][1])
        model, taken = make_model(), []
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        optimizer.register_step_post_hook(lambda *_, taken=taken: taken.append(1))
        trainer = NeverLooks(model, optimizer, device="cpu")
        with pytest.raises(TrainingDiverged, match=f"nan at step {bad + 1} of epoch 1"):
            trainer.fit(batches, epochs=2)
        assert len(taken) == steps_taken and len(trainer.history) == 0


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"precision": "half"}, "precision must be .*fp16; got 'half'"),
        ({"micro_batch": 0}, "micro_batch must be at least 1; got 0"),
        ({"schedule_every": "batch"}, "schedule_every must be"),
    ],
)
def test_options_that_are_none_are_refused(options, says):
    with pytest.raises(ValueError, match=says):
        make_trainer(**options)


def test_pictures_of_several_sizes_with_a_label_for_each_pixel_are_counted_together():
    model = nn.Conv2d(3, 4, 1)
    batches = []
    for size, wrong in [(2, 0), (3, 5), (2, 1)]:
        images = torch.rand(1, 3, size, size)
        labels = model(images).argmax(1)
        labels.view(-1)[:wrong] += 1
        batches.append((images, labels % 4))
    assert evaluate(model, batches).accuracy == pytest.approx((4 + 4 + 3) / (4 + 9 + 4))


def test_labels_that_the_loss_ignores_are_neither_right_nor_wrong():
    images, labels = make_data(9)
    model = make_model()
    answers = model(images).argmax(1)
    labels = torch.where(torch.arange(9) < 4, answers, (answers + 1) % 3)
    labels[3:7] = -100  # three right ones and two wrong ones are left
    assert evaluate(model, (images, labels)).accuracy == pytest.approx(3 / 5)


# --- early stopping -----------------------------------------------------------------------------


def test_training_stops_when_the_validation_loss_has_stuck():
    losses = iter([1.0, 0.8, 0.9, 0.85, 0.7, 0.71, 0.72, 0.73, 0.1])

    def pretend(trainer, row):
        row["validation_loss"] = next(losses)

    trainer = make_trainer()
    history = trainer.fit([make_data(4)], epochs=9, callbacks=[pretend, early_stopping(patience=3)])
    assert len(history) == 8  # the best was the fifth
    assert trainer.stopped == "validation_loss has not improved for 3 epochs"


def test_an_accuracy_is_watched_for_its_rise():
    accuracies = iter([0.1, 0.5, 0.4, 0.3, 0.9])

    def pretend(trainer, row):
        row["validation_accuracy"] = next(accuracies)

    stop = early_stopping(2, watch="validation_accuracy")
    history = make_trainer().fit([make_data(4)], epochs=5, callbacks=[pretend, stop])
    assert len(history) == 4


def test_watching_what_is_not_measured_is_an_error():
    with pytest.raises(ValueError, match="'validation_loss' is not measured; there are epoch"):
        make_trainer().fit([make_data(4)], epochs=2, callbacks=[early_stopping(1)])
    with pytest.raises(ValueError, match="patience must be at least 1; got 0"):
        early_stopping(0)


def test_compile_is_for_training_and_leaves_the_model_as_it_is(monkeypatch):
    calls = []

    def compile(network):
        return lambda images: (calls.append(len(images)), network(images))[1]

    monkeypatch.setattr(torch, "compile", compile)
    model = make_model()
    trainer, reference = make_trainer(model, compile=True), make_trainer()
    trainer.fit(make_data(8), make_data(7), epochs=1)
    torch.manual_seed(0)
    assert calls == [8]  # not the validation images
    assert trainer.model is model
    assert model.state_dict().keys() == reference.model.state_dict().keys()


# --- precision and layout -----------------------------------------------------------------------


def learn(device, count=60, **options):
    torch.manual_seed(5)
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 3))
    trainer = make_trainer(model, device=device, **options)
    images = torch.randint(256, (count, 3, 8, 8), dtype=torch.uint8, generator=torch.Generator())
    labels = images.flatten(1)[:, :3].argmax(dim=1)
    torch.manual_seed(6)
    history = trainer.fit((images, labels), epochs=3, batch_size=20)
    return trainer, history


@pytest.mark.parametrize("options", [{"channels_last": True}, {"precision": "bf16"}])
def test_layout_and_precision_change_the_run_by_rounding_only(options):
    reference, wanted = learn("cpu")
    trainer, history = learn("cpu", **options)
    assert history["train_loss"] == pytest.approx(wanted["train_loss"], rel=0.05)
    if "channels_last" in options:
        assert difference(trainer.model, reference.model) < 1e-5
        assert trainer.model[0].weight.is_contiguous(memory_format=torch.channels_last)
    else:  # bfloat16 has 8 bits where float32 has 24: equal weights would mean it is not used
        assert 1e-6 < difference(trainer.model, reference.model) < 0.05
        assert trainer.model[0].weight.dtype == torch.float32


@needs_cuda
@pytest.mark.parametrize(
    ("options", "tolerance"),
    [
        ({"precision": "fp32"}, 1e-3),
        ({"precision": "bf16"}, 0.1),
        ({"precision": "fp16"}, 0.02),
        ({"precision": "fp32", "channels_last": True}, 1e-3),
        ({"precision": "auto", "channels_last": True}, 0.1),
    ],
)
def test_a_gpu_learns_what_the_cpu_learns(options, tolerance):
    reference, wanted = learn("cpu")
    trainer, history = learn("cuda", **options)
    assert difference(trainer.model, reference.model) < tolerance
    assert history["train_loss"] == pytest.approx(wanted["train_loss"], rel=tolerance)


@needs_cuda
def test_a_loss_with_weights_of_its_own_and_a_model_of_video_train_on_a_gpu():
    model = nn.Sequential(nn.Conv3d(3, 4, 3), nn.Flatten(), nn.Linear(4 * 6 * 6 * 2, 3))
    trainer = make_trainer(
        model, device="cuda", loss=nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 3.0]))
    )
    videos, labels = torch.rand(9, 3, 4, 8, 8), torch.arange(9) % 3
    history = trainer.fit((videos, labels), (videos, labels), epochs=1)
    assert math.isfinite(history[-1]["validation_loss"])


@needs_cuda
def test_a_gpu_without_memory_takes_smaller_parts():
    torch.cuda.empty_cache()
    free, whole = torch.cuda.mem_get_info()
    wide = nn.Sequential(nn.Flatten(), nn.Linear(12, 2**14), nn.ReLU(), nn.Linear(2**14, 3))
    rows = 2**16  # their hidden layer takes 4 GiB, and as much again for ReLU and gradients
    torch.cuda.set_per_process_memory_fraction(3 * 2**30 / whole)
    try:
        trainer = make_trainer(wide, device="cuda", precision="fp32")
        history = trainer.fit([make_data(rows)], epochs=1)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert trainer.micro_batch < rows and math.isfinite(history[-1]["train_loss"])


@needs_cuda
def test_a_label_out_of_range_on_a_gpu_is_an_error_and_no_crash():
    images, labels = make_data()
    labels[40] = 7
    batches = data.batches((images, labels), 8, device="cuda")
    with pytest.raises(ValueError, match="label 7 fits no class"):
        make_trainer(device="cuda").fit(batches, epochs=1)
    assert torch.ones(1, device="cuda").item() == 1  # the device still answers
