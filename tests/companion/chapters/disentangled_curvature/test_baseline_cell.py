"""One cell: the exam first, the probes of two parts, and the chapter's scores of what has passed."""

import dataclasses

import pytest
import torch
from companion.chapters.disentangled_curvature.baseline_cell import N_ENCODED, Pictures, measure_cell
from companion.chapters.disentangled_curvature.baselines import Cell
from companion.training import initial_model
from companion.training.continuing import ContinuedTraining


@pytest.fixture(scope="module")
def pictures():
    found = Pictures.of("mnist", seed=0)
    few = torch.arange(600)
    test = dataclasses.replace(found.test, images=found.test.images[few], labels=found.test.labels[few])
    train = test  # so that so few pictures are enough to pass
    mixed = torch.randperm(600, generator=torch.Generator().manual_seed(0))
    rows = torch.arange(12)
    return Pictures(test, train, mixed, rows, 0)


def test_the_pictures_are_thirty_three_of_each_digit_among_the_encoded_ones():
    found = Pictures.of("mnist", seed=0)
    labels = found.test.labels[found.mixed[:N_ENCODED]][found.rows]
    assert labels.bincount().tolist() == [3] * 10


def test_an_untrained_model_fails_and_has_no_geometry(pictures):
    model = initial_model(Cell("jha", "sigmoid", "own", 4 * 4, "elu").config(), (1, 28, 28)).eval()
    found = measure_cell(model, pictures, is_smooth=True)
    assert found["passed"] is False
    assert {"probe_s", "probe_z", "explained"} <= set(found)
    assert "kl" not in found
    assert "c_hat" not in found


def test_a_trained_vae_passes_and_its_readings_are_those_of_its_space(pictures):
    config = dataclasses.replace(Cell("mlp", "linear", "learned", 16, "elu").config(), batch_size=20)
    training = ContinuedTraining(config, pictures.train.images, pictures.train.labels)
    for _ in range(40):
        training.advance()
    model = training.model.requires_grad_(False)
    found = measure_cell(model, pictures, is_smooth=True)
    assert found["passed"] is True
    squares = (
        model.decoder(model.encode_mean(pictures.test.images)) - pictures.test.images.flatten(1)
    ).square()
    assert found["squared_error"] == pytest.approx(squares.sum(-1).mean().item(), rel=1e-4)
    space = pictures.space(model)
    assert found["median_length"] < 20
    codes = space.codes[pictures.rows].double()
    images = space.double().decoder(codes)
    assert found["median_length"] >= 0.99 * torch.pdist(images).median().item()
