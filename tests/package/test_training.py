"""The training helpers: that they train as a loop written by hand does, and how they fail."""

import copy
import math
from types import SimpleNamespace

import pytest
import torch
from sklearn.metrics import accuracy_score, log_loss
from torch import nn
from torch.nn import functional as F
from torch.optim.lr_scheduler import CosineAnnealingLR, ReduceLROnPlateau, StepLR
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

from dlcv.training import (
    History,
    Trainer,
    TrainingDiverged,
    describe_device,
    evaluate,
    pick_device,
)

CPU = torch.device("cpu")


def make_model(dropout=0.0):
    torch.manual_seed(1)
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(12, 8),
        nn.BatchNorm1d(8),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(8, 3),
    )


def make_batches(count=10, size=6):
    generator = torch.Generator().manual_seed(2)
    return [
        (
            torch.rand(size, 3, 2, 2, generator=generator),
            torch.randint(3, (size,), generator=generator),
        )
        for _ in range(count)
    ]


def make_trainer(model=None, lr=0.1, **options):
    model = model or make_model()
    return Trainer(model, torch.optim.SGD(model.parameters(), lr=lr), device="cpu", **options)


def weights_equal(one, other):
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(mine, theirs) for mine, theirs in pairs)


# --- the step -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make_optimizer",
    [
        lambda weights: torch.optim.SGD(weights, lr=0.1, momentum=0.9),
        lambda weights: torch.optim.Adam(weights, lr=0.01),
    ],
    ids=["SGD", "Adam"],
)
def test_ten_steps_equal_ten_steps_written_by_hand_bit_for_bit(make_optimizer):
    ours, reference = make_model(dropout=0.5), make_model(dropout=0.5)
    batches = make_batches(10)

    torch.manual_seed(3)
    optimizer = make_optimizer(reference.parameters())
    losses = []
    reference.train()
    for images, labels in batches:
        optimizer.zero_grad()
        loss = nn.CrossEntropyLoss()(reference(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

    torch.manual_seed(3)
    history = Trainer(ours, make_optimizer(ours.parameters()), device="cpu").fit(batches, epochs=1)

    assert weights_equal(ours, reference)
    assert history["train_loss"] == [pytest.approx(sum(losses) / 10, abs=1e-12)]


def test_the_same_seed_gives_the_same_run_twice_and_another_seed_another():
    data = (torch.rand(50, 3, 2, 2), torch.randint(3, (50,)))

    def run(seed):
        trainer = make_trainer(make_model(dropout=0.3))
        torch.manual_seed(seed)
        trainer.fit(data, epochs=2, batch_size=8)
        return trainer

    first, again, other = run(0), run(0), run(1)
    assert weights_equal(first.model, again.model)
    assert first.history["train_loss"] == again.history["train_loss"]
    assert not weights_equal(first.model, other.model)


def test_a_second_fit_goes_on_where_the_first_ended():
    batches = make_batches(4)
    at_once, in_parts = make_trainer(), make_trainer()
    at_once.fit(batches, epochs=3)
    in_parts.fit(batches, epochs=1)
    history = in_parts.fit(batches, epochs=2)
    assert weights_equal(at_once.model, in_parts.model)
    assert history["epoch"] == [1, 2, 3]


def test_training_learns_a_separable_problem():
    torch.manual_seed(0)
    images = torch.randn(200, 3, 2, 2)
    labels = images.flatten(1)[:, :3].argmax(dim=1)
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 3))
    history = make_trainer(model, lr=1.0).fit((images, labels), epochs=30, batch_size=20)
    assert history[-1]["train_accuracy"] > 0.9 > history[0]["train_accuracy"]


# --- the data -----------------------------------------------------------------------------------


def test_image_data_is_cut_and_scaled_to_the_unit_interval():
    seen = []
    images = torch.arange(10, dtype=torch.uint8).mul(25).view(10, 1, 1, 1).expand(10, 3, 2, 2)
    data = SimpleNamespace(images=images, labels=torch.arange(10) % 3)
    trainer = make_trainer()
    trainer.model.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    trainer.fit(data, epochs=1, batch_size=4)
    assert [len(batch) for batch in seen] == [4, 4, 2]
    everything = torch.cat(seen)[:, 0, 0, 0]
    assert everything.dtype == torch.float32
    assert not torch.equal(everything, everything.sort().values)  # shuffled
    assert everything.sort().values.tolist() == pytest.approx([i * 25 / 255 for i in range(10)])


def test_the_package_s_own_image_data_can_be_trained_on():
    from dlcv.data.images import ImageData

    images = torch.randint(256, (20, 3, 2, 2), dtype=torch.uint8)
    data = ImageData(images, torch.arange(20) % 3, ("a", "b", "c"), "random", "train")
    history = make_trainer().fit(data, data, epochs=1, batch_size=5)
    assert len(history) == 1


def test_a_data_loader_gives_what_its_batches_in_a_list_give():
    images, labels = torch.rand(20, 3, 2, 2), torch.randint(3, (20,))
    from_loader, from_list = make_trainer(), make_trainer()
    from_loader.fit(DataLoader(TensorDataset(images, labels), batch_size=5), epochs=2)
    from_list.fit(list(zip(images.split(5), labels.split(5), strict=True)), epochs=2)
    assert weights_equal(from_loader.model, from_list.model)


def test_a_stream_of_unknown_length_can_be_trained_on():
    class Stream(IterableDataset):
        def __iter__(self):
            return ((images[0], labels[0]) for images, labels in make_batches(10))

    history = make_trainer().fit(DataLoader(Stream(), batch_size=5), epochs=2)
    assert len(history) == 2


@pytest.mark.parametrize(
    ("data", "error", "says"),
    [
        ([], ValueError, "empty"),
        (
            DataLoader(TensorDataset(torch.rand(0, 3, 2, 2), torch.zeros(0).long())),
            ValueError,
            "empty",
        ),
        ((torch.rand(0, 3, 2, 2), torch.zeros(0).long()), ValueError, "empty"),
        ((batch for batch in make_batches()), TypeError, "only once"),
        (TensorDataset(torch.rand(4, 3, 2, 2), torch.zeros(4).long()), TypeError, "DataLoader"),
        (7, TypeError, "got int"),
        (torch.rand(4, 3, 2, 2), TypeError, "got Tensor"),
        ([torch.rand(4, 3, 2, 2)], TypeError, "got Tensor"),
        ([(torch.rand(4, 3, 2, 2), [0, 1, 2, 0])], TypeError, "Tensor, list"),
        ([(torch.rand(4, 3, 2, 2), torch.zeros(3).long())], ValueError, "4 images and 3 labels"),
        ((torch.rand(4, 3, 2, 2), torch.zeros(3).long()), ValueError, "4 images but 3 labels"),
    ],
)
def test_data_that_cannot_be_trained_on_gets_a_clear_error(data, error, says):
    with pytest.raises(error, match=says):
        make_trainer().fit(data, epochs=1)
    with pytest.raises((ValueError, TypeError)):
        evaluate(make_model(), data)


@pytest.mark.parametrize("wrong", [3, -1])
@pytest.mark.parametrize("loss", [F.cross_entropy, nn.CrossEntropyLoss()])
def test_a_label_that_fits_no_class_is_named(wrong, loss):
    images, labels = make_batches(1)[0]
    labels[4] = wrong
    with pytest.raises(ValueError, match=rf"label {wrong} fits no class.*3 scores.*0 … 2"):
        make_trainer(loss=loss).fit([(images, labels)], epochs=1)
    with pytest.raises(ValueError, match=f"label {wrong} "):
        evaluate(make_model(), [(images, labels)], loss=loss)


def test_a_label_that_the_loss_ignores_is_no_error():
    images, labels = make_batches(1)[0]
    labels[4] = 255
    history = make_trainer(loss=nn.CrossEntropyLoss(ignore_index=255)).fit(
        [(images, labels)], epochs=1
    )
    assert math.isfinite(history[-1]["train_loss"])


def test_a_loss_of_more_than_one_number_is_refused():
    with pytest.raises(ValueError, match=r"one number.*\(6,\)"):
        make_trainer(loss=nn.CrossEntropyLoss(reduction="none")).fit(make_batches(1), epochs=1)


# --- what is measured ---------------------------------------------------------------------------


def test_accuracy_and_loss_equal_scikit_learn_s():
    images, labels = torch.rand(101, 3, 2, 2), torch.randint(3, (101,))
    model = make_model(dropout=0.5)
    loss, accuracy = evaluate(model, (images, labels), batch_size=16)
    with torch.no_grad():
        scores = model.eval()(images)
    assert accuracy == accuracy_score(labels, scores.argmax(dim=1))
    assert loss == pytest.approx(log_loss(labels, scores.double().softmax(1).numpy()), abs=1e-6)


def test_accuracy_counts_pixels_where_every_pixel_has_a_label():
    scores = torch.zeros(2, 3, 2, 2)
    scores[:, 1] = 1  # the model says class 1 everywhere
    labels = torch.tensor([[[1, 1], [1, 0]], [[2, 1], [0, 0]]])  # right in 4 of 8 pixels
    assert evaluate(nn.Identity(), [(scores, labels)]).accuracy == 0.5


def test_evaluation_changes_neither_weights_nor_statistics_nor_modes():
    model = make_model(dropout=0.5).train()
    model[2].eval()  # one layer frozen
    before = copy.deepcopy(model.state_dict())
    evaluate(model, make_batches())
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert model.training and not model[2].training and model[4].training
    assert all(weight.grad is None for weight in model.parameters())


def test_validation_runs_in_evaluation_mode_and_the_model_s_mode_comes_back():
    modes = []
    model = make_model().eval()
    model.register_forward_pre_hook(
        lambda layer, _: modes.append((layer.training, torch.is_grad_enabled()))
    )
    make_trainer(model).fit(make_batches(2), make_batches(1), epochs=2)
    assert modes == [(True, True), (True, True), (False, False)] * 2
    assert not model.training


def test_the_validation_columns_are_measured_with_the_weights_at_the_end_of_the_epoch():
    trainer, validation = make_trainer(), make_batches(3, size=7)
    row = trainer.fit(make_batches(5), validation, epochs=1)[-1]
    measured = evaluate(trainer.model, validation)
    assert (row["validation_loss"], row["validation_accuracy"]) == measured
    assert row["train_loss"] != measured.loss


def test_a_small_last_batch_weighs_no_more_than_its_images():
    values = torch.tensor([1.0, 1.0, 1.0, 5.0])
    batches = [(values[:3], values[:3]), (values[3:], values[3:])]
    measured = evaluate(nn.Identity(), batches, loss=lambda outputs, _: outputs.mean())
    assert measured.loss == 2.0  # (1 + 1 + 1 + 5) / 4
    assert math.isnan(measured.accuracy)


def test_regression_has_no_accuracy_column():
    model = nn.Linear(2, 1)
    data = (torch.rand(8, 2), torch.rand(8, 1))
    history = make_trainer(model, loss=F.mse_loss).fit(data, data, epochs=1)
    assert history.keys() == ["epoch", "train_loss", "validation_loss", "seconds"]


# --- schedules, callbacks -----------------------------------------------------------------------


def test_the_schedule_moves_each_epoch_or_each_step():
    for every, epochs_of_five, wanted in [("epoch", 2, 0.25), ("step", 2, 0.5**10)]:
        model = make_model()
        optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
        schedule = StepLR(optimizer, step_size=1, gamma=0.5)
        trainer = Trainer(model, optimizer, device="cpu", scheduler=schedule, schedule_every=every)
        trainer.fit(make_batches(5), epochs=epochs_of_five)
        assert optimizer.param_groups[0]["lr"] == wanted


def test_a_plateau_schedule_watches_the_validation_loss():
    model = make_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    schedule = ReduceLROnPlateau(
        optimizer, factor=0.1, patience=0, threshold=1e9, threshold_mode="abs"
    )
    trainer = Trainer(model, optimizer, device="cpu", scheduler=schedule)
    history = trainer.fit(make_batches(2), make_batches(1), epochs=2)  # no fall is ever enough
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.1)
    assert schedule.best == history["validation_loss"][0]


def test_a_callback_sees_each_row_and_may_add_a_column():
    seen = []

    def remember(trainer, row):
        seen.append((trainer, row["epoch"]))
        row["weight_norm"] = 2.0

    trainer = make_trainer()
    history = trainer.fit(make_batches(2), epochs=3, callbacks=[remember])
    assert seen == [(trainer, 1), (trainer, 2), (trainer, 3)]
    assert history["weight_norm"] == [2.0, 2.0, 2.0]


def test_parts_that_do_not_belong_together_are_refused():
    model, other = make_model(), make_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    foreign = CosineAnnealingLR(torch.optim.SGD(model.parameters(), lr=0.1), T_max=5)
    with pytest.raises(ValueError, match="none of the model's parameters"):
        Trainer(other, optimizer, device="cpu")
    with pytest.raises(ValueError, match="another optimizer"):
        Trainer(model, optimizer, device="cpu", scheduler=foreign)
    with pytest.raises(ValueError, match="got \"?'batch'"):
        Trainer(model, optimizer, device="cpu", schedule_every="batch")
    with pytest.raises(ValueError, match="at least 1; got 0"):
        Trainer(model, optimizer, device="cpu").fit(make_batches(), epochs=0)


# --- trouble ------------------------------------------------------------------------------------


def test_a_loss_that_is_not_finite_stops_with_its_step_and_likely_causes():
    trainer = make_trainer(lr=0.25)
    clean, spoiled = make_batches(5), make_batches(5)
    trainer.fit(clean, epochs=1)
    spoiled[2][0][0, 0, 0, 0] = float("nan")
    with pytest.raises(
        TrainingDiverged, match="nan at step 3 of epoch 2.*learning rate.*0.25"
    ) as caught:
        trainer.fit(spoiled, epochs=1)
    assert "inputs" in str(caught.value)
    assert trainer.history["epoch"] == [1]


def test_a_learning_rate_that_is_too_high_is_caught_as_divergence():
    model = nn.Linear(2, 1)
    data = (torch.full((8, 2), 100.0), torch.ones(8, 1))
    with pytest.raises(TrainingDiverged, match="loss is (inf|nan) at step"):
        make_trainer(model, lr=10.0, loss=F.mse_loss).fit(data, epochs=50, batch_size=1)


def test_an_interrupt_from_a_callback_keeps_history_and_weights():
    reference = make_trainer()
    reference.fit(make_batches(3), epochs=2)

    def interrupt(trainer, row):
        if row["epoch"] == 2:
            raise KeyboardInterrupt

    trainer = make_trainer()
    with pytest.raises(KeyboardInterrupt):
        trainer.fit(make_batches(3), epochs=9, callbacks=[interrupt])
    assert trainer.history["epoch"] == [1, 2]
    assert trainer.history["train_loss"] == reference.history["train_loss"]
    assert weights_equal(trainer.model, reference.model)


def test_an_interrupt_in_the_middle_of_an_epoch_keeps_the_steps_taken():
    class Interrupted(list):
        passes = 0

        def __iter__(self):
            self.passes += 1
            for number, batch in enumerate(super().__iter__()):
                if self.passes == 2 and number == 2:
                    raise KeyboardInterrupt
                yield batch

    trainer, reference = make_trainer(make_model().eval()), make_trainer()
    with pytest.raises(KeyboardInterrupt):
        trainer.fit(Interrupted(make_batches(4)), epochs=5)
    reference.fit(make_batches(4), epochs=1)
    reference.fit(make_batches(2), epochs=1)
    assert trainer.history["epoch"] == [1]
    assert weights_equal(trainer.model, reference.model)
    assert not trainer.model.training  # back in the mode it came in
    assert trainer.fit(make_batches(4), epochs=1)["epoch"] == [1, 2]  # and it can go on


def test_training_prints_nothing_where_nobody_watches(capfd):
    make_trainer().fit(make_batches(3), make_batches(1), epochs=2)
    assert capfd.readouterr() == ("", "")


# --- history ------------------------------------------------------------------------------------


def test_the_history_is_read_by_column_and_by_row():
    history = make_trainer().fit(make_batches(2), make_batches(1), epochs=3)
    names = [
        "epoch",
        "train_loss",
        "train_accuracy",
        "validation_loss",
        "validation_accuracy",
        "seconds",
    ]
    assert history.keys() == names and len(history) == 3
    assert history["epoch"] == [1, 2, 3]
    assert history[-1] == {name: history[name][-1] for name in names} == list(history)[2]
    assert dict(history)["train_loss"] == history["train_loss"]
    assert "seconds" in history and "precision" not in history
    assert all(seconds > 0 for seconds in history["seconds"])
    with pytest.raises(KeyError, match="no column 'loss'; it has epoch, train_loss"):
        history["loss"]


def test_an_epoch_that_was_not_validated_has_nan_there():
    trainer = make_trainer()
    trainer.fit(make_batches(2), epochs=1)
    history = trainer.fit(make_batches(2), make_batches(1), epochs=1)
    assert [math.isnan(value) for value in history["validation_loss"]] == [True, False]


def test_the_history_shows_itself_as_a_table():
    history = History()
    assert repr(history) == "History: no epoch yet"
    for epoch in range(1, 31):
        history.rows.append({"epoch": epoch, "train_loss": 1 / epoch})
    lines = repr(history).splitlines()
    assert lines[0] == "epoch  train_loss"
    assert lines[3] == "    3      0.3333"
    assert len(lines) == 22 and lines[11].split() == ["…", "…"] and lines[-1].split()[0] == "30"


# --- devices ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cuda", "mps", "best"), [(2, True, "cuda"), (0, True, "mps"), (0, False, "cpu")]
)
def test_auto_prefers_cuda_to_mps_to_the_cpu(monkeypatch, cuda, mps, best):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert pick_device() == torch.device(best)
    assert pick_device("cpu") == CPU == pick_device(CPU)


def test_a_device_that_is_absent_or_unknown_gets_a_clear_error(monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)  # a GPU whose driver is too old
    for name in ("cuda", "mps"):
        with pytest.raises(ValueError, match=f"'{name}' was asked for.* only cpu on this machine"):
            pick_device(name)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert pick_device("cuda:1") == torch.device("cuda:1")
    with pytest.raises(ValueError, match="'cuda:2' was asked for.* only cuda, cuda:1, cpu"):
        pick_device("cuda:2")
    for name in ("gpu", "CUDA", "xla", "", None):
        with pytest.raises(ValueError, match="device must be"):
            pick_device(name)


def test_a_device_is_described_in_one_line(monkeypatch):
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    assert describe_device("cpu") == "cpu, 2 threads"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    properties = SimpleNamespace(name="NVIDIA H200", total_memory=150_111_125_504)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: properties)
    assert describe_device() == "cuda: NVIDIA H200, 140 GiB"
