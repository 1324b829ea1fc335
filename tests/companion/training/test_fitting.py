"""What training offers a family of models: partners, several optimisers, a second stage, labels."""

import dataclasses

import pytest
import torch
from companion import datasets
from companion.models import Classifier, Pool, TrainableModel, build_model
from companion.training import TrainingConfig, evaluate, fit, initial_model, load_or_train, store
from companion.training.fitting import make_optimizer
from torch import nn

CONFIG = TrainingConfig(hidden=(32,), epochs=1, batch_size=64, device="cpu")


@pytest.fixture(scope="module")
def digits():
    return datasets.load("mnist", "test")


def pool(n=3000, n_classes=3, seed=0):
    labels = torch.randint(n_classes, (n,), generator=torch.Generator().manual_seed(seed)) * 7
    return Pool(torch.arange(float(n))[:, None], labels)


def test_a_partner_of_the_same_class_has_the_label_and_every_one_of_them_is_as_likely():
    everything, generator = pool(n=60), torch.Generator().manual_seed(1)
    batch = everything.batch(torch.arange(60).repeat(500))
    rows = batch.same_class(generator).squeeze(-1).long()
    assert torch.equal(everything.labels[rows], batch.labels)
    for label in everything.labels.unique():
        counts = rows[batch.labels == label].bincount(minlength=60)[everything.labels == label].double()
        assert counts.min() > 0
        chi2 = ((counts - counts.mean()) ** 2 / counts.mean()).sum()
        assert chi2 < 3 * len(counts)


def test_an_independent_partner_ignores_labels():
    everything = pool()
    batch = everything.batch(torch.arange(3000))
    rows = batch.independent(torch.Generator().manual_seed(1)).squeeze(-1).long()
    agreement = (everything.labels[rows] == batch.labels).double().mean()
    assert abs(agreement - 1 / 3) < 0.05


class Rivals(TrainableModel):
    """Two numbers, each with an optimiser of its own, and a third that only the second stage sets."""

    def __init__(self):
        super().__init__((1, 1, 1))
        self.first, self.second = nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1))
        self.register_buffer("mean", torch.zeros(1))
        self.rates = []

    def optimizers(self, make):
        return [make([self.first]), make([self.second], lr=1.0)]

    def training_step(self, batch, optimizers, generator):
        self.rates.append([o.param_groups[0]["lr"] for o in optimizers])
        for optimizer, number in zip(optimizers, (self.first, self.second), strict=True):
            optimizer.zero_grad()
            number.sum().backward()
            optimizer.step()
        return self.first.detach().sum()

    def finish(self, images, labels, *, generator, progress=False):
        assert not self.training
        self.mean.copy_(images.mean())


def test_two_optimisers_follow_one_schedule_each_from_its_own_peak_and_the_second_stage_runs_last():
    model, images = Rivals(), torch.arange(256.0).reshape(-1, 1, 1, 1)
    fit(model, images, dataclasses.replace(CONFIG, optimizer="sgd", learning_rate=0.1), progress=False)
    ratios = {round(second / first, 9) for first, second in model.rates}
    assert ratios == {10.0}
    assert model.second.item() == pytest.approx(10 * model.first.item())
    assert model.mean.item() == pytest.approx(127.5)


def test_plain_gradient_descent_takes_the_step_that_it_should():
    number = nn.Parameter(torch.tensor([2.0]))
    config = dataclasses.replace(CONFIG, optimizer="sgd", learning_rate=0.1, weight_decay=0.5)
    optimizer = make_optimizer(config, [number])
    (3 * number).sum().backward()
    optimizer.step()
    assert number.item() == pytest.approx(2 - 0.1 * (3 + 0.5 * 2))


def test_the_learned_noise_reaches_the_error_that_is_left_in_a_short_training(digits):
    config = dataclasses.replace(CONFIG, epochs=2, n_train=4000)
    model = initial_model(config, digits.image_shape)
    fit(model, digits.images[:4000], config, progress=False)
    terms = evaluate(model, digits.images[:4000], 0)
    left = (terms["squared_error"] / 784) ** 0.5
    assert terms["noise_std"] == pytest.approx(left, rel=0.15)


def test_a_classifier_learns_the_digits(digits):
    config = dataclasses.replace(CONFIG, model="classifier-mlp", epochs=3)
    model = initial_model(config, digits.image_shape, 10)
    before = evaluate(model.eval(), digits.images, 0, labels=digits.labels)["accuracy"]
    fit(model, digits.images[:8000], config, labels=digits.labels[:8000], progress=False)
    after = evaluate(model, digits.images[8000:], 0, labels=digits.labels[8000:])["accuracy"]
    assert before < 0.3
    assert after > 0.85


def test_a_classifier_of_one_class_is_refused():
    with pytest.raises(ValueError, match="n_classes: got 1"):
        Classifier(nn.Identity(), (1, 2, 2), 1)


def test_only_the_classes_asked_for_are_used(monkeypatch, tmp_path, digits):
    monkeypatch.setenv("COMPANION_HOME", str(tmp_path))
    monkeypatch.setattr(store.datasets, "load", lambda name, split: digits)
    seen = []
    monkeypatch.setattr(
        store, "fit", lambda model, images, config, labels, progress: seen.append(labels) or [0.0]
    )
    config = dataclasses.replace(CONFIG, classes=(3, 8), n_train=500)
    load_or_train(config, progress=False)
    assert set(seen[0].tolist()) == {3, 8}
    assert len(seen[0]) == 500
    with pytest.raises(ValueError, match=r"classes: got \[11\], expected labels of mnist"):
        load_or_train(dataclasses.replace(CONFIG, classes=(11,)), progress=False)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"options": {"depth": 3}}, "options: got 'depth'; expected none for vae-mlp"),
        ({"options": [1]}, r"options: got \[1\], expected names and values"),
        ({"betas": (0.9,)}, "betas: got"),
        ({"betas": (0.9, 1.0)}, "betas: got"),
        ({"optimizer": "adan"}, "optimizer: got 'adan'; did you mean 'adam'"),
        ({"weight_decay": -1}, "weight_decay: got -1"),
        ({"classes": (-1,)}, "classes: got -1"),
    ],
)
def test_bad_settings_are_refused_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(CONFIG, **change)


def test_a_model_without_an_objective_says_so():
    with pytest.raises(NotImplementedError, match="Nothing has no loss"):
        type("Nothing", (TrainableModel,), {})((1, 1, 1)).loss(torch.zeros(1, 1))


def test_points_of_three_coordinates_are_images_of_one_row():
    model = build_model("vae-mlp", (1, 1, 3), 2, hidden=(8,))
    assert model.decode(torch.zeros(5, 2)).shape == (5, 1, 1, 3)
