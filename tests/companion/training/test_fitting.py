"""Training: several optimisers, a second stage, learned noise."""

import dataclasses

import pytest
import torch
from companion.models import TrainableModel
from companion.training import TrainingConfig, evaluate, fit, initial_model
from companion.training.fitting import learning_rate_factor, make_optimizer
from torch import nn

CONFIG = TrainingConfig(hidden=(32,), epochs=1, batch_size=64, device="cpu")


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


def test_the_linear_schedule_rises_for_a_tenth_and_falls_to_nothing():
    factors = [learning_rate_factor("linear", step, 1000) for step in range(1000)]
    assert max(factors) == 1.0 == factors[99]
    assert factors[49] == 0.5
    assert factors[550] == 0.5
    assert 0 < factors[-1] < 0.002
    assert {learning_rate_factor("constant", step, 10) for step in range(10)} == {1.0}
