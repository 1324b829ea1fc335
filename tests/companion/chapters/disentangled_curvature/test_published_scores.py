"""Scores of published weights: draws that share no picture, and nothing of a model that draws nothing."""

import dataclasses
import math

import pytest
import torch
from companion.chapters.disentangled_curvature import published_scores
from companion.chapters.disentangled_curvature.baseline_cell import Pictures
from companion.chapters.disentangled_curvature.published_scores import (
    PublishedSubject,
    deal,
    measure_published,
)
from companion.models import VAE
from companion.models.plain.autoencoder import AutoEncoder
from companion.published import PublishedModel, entry
from pullback.measures.draws import balanced_rows
from torch import nn

FEW = torch.arange(400)


def test_a_pool_is_dealt_to_draws_with_as_many_of_each_class_that_share_no_picture():
    labels = torch.arange(10).repeat_interleave(12)
    for taken, n in ((3, 4), (6, 2), (12, 1), (5, 2)):
        draws = deal(12, taken)
        assert len(draws) == n
        assert all(labels[places].bincount().tolist() == [taken] * 10 for places in draws)
        assert len(torch.cat(draws).unique()) == n * 10 * taken
    assert deal(3, 6) == []


def test_a_larger_pool_of_the_same_seed_begins_with_the_pictures_of_a_smaller_one():
    labels = torch.arange(200) % 10
    small, large = (balanced_rows(labels, n, 10, generator=torch.Generator().manual_seed(3)) for n in (3, 6))
    assert torch.equal(large[deal(6, 3)[0]], small)


def test_names_say_model_statistics_and_number_of_pictures():
    assert PublishedSubject("jha-mnist", 6, "own", 2).name == "published-jha-mnist-own-60"
    assert PublishedSubject("vae-mnist", 3).name == "published-vae-mnist-30"


@pytest.fixture
def pictures():
    found = Pictures.of("mnist", seed=0)
    test = dataclasses.replace(found.test, images=found.test.images[FEW], labels=found.test.labels[FEW])
    mixed = torch.randperm(400, generator=torch.Generator().manual_seed(0))
    return Pictures(test, test, mixed, torch.arange(30), 0)


@pytest.fixture
def loads(monkeypatch):
    """Have a given model take the place of every published one."""

    def place(model):
        def load(name, **variant):
            return PublishedModel(entry("jha-mnist"), model.eval().requires_grad_(False), variant)

        monkeypatch.setattr(published_scores.published, "load", load)

    return place


def plane(images, d):
    """A linear autoencoder: the principal plane of the pictures, whose geometry is known."""
    x = images.flatten(1)
    axes = torch.linalg.svd(x - x.mean(0), full_matrices=False).Vh[:d]
    encoder, decoder = nn.Linear(784, d), nn.Linear(d, 784)
    with torch.no_grad():
        encoder.weight.copy_(axes)
        encoder.bias.copy_(-axes @ x.mean(0))
        decoder.weight.copy_(axes.T)
        decoder.bias.copy_(x.mean(0))
    return AutoEncoder(nn.Sequential(encoder), nn.Sequential(decoder), image_shape=(1, 28, 28), latent_dim=d)


def test_a_plane_has_no_angle_and_one_distance_and_full_rank(pictures, loads):
    loads(plane(pictures.test.images, 12))
    found = measure_published(PublishedSubject("jha-mnist", 6), pictures)
    assert found["passed"] is True
    for n, draws in ((30, 2), (60, 1)):
        assert len(found[f"c_hat_{n}_draws"]) == draws
        assert abs(found[f"c_hat_{n}"]) < 1e-6
        assert found[f"ratio_{n}"] == pytest.approx(1, abs=1e-5)
        assert found[f"f_gain_{n}"] == pytest.approx(0, abs=1e-9)
    assert "c_hat_120" not in found
    for n in (30, 60, 120):
        assert len(found[f"angle_{n}_draws"]) == 4
        assert found[f"angle_{n}"] < 0.1
    assert found["rank_1e_5"] == found["rank_1e_2"] == 12
    assert all(
        math.isfinite(v) for value in found.values() for v in (value if type(value) is list else [value])
    )


def test_weights_that_draw_nothing_are_examined_and_measured_no_further(pictures, loads):
    blank = plane(pictures.test.images, 12)
    with torch.no_grad():
        blank.decoder[-1].weight.zero_()
    loads(blank)
    found = measure_published(PublishedSubject("jha-mnist", 3), pictures)
    assert found["passed"] is False
    assert not any(name.startswith(("c_hat", "angle")) for name in found)
    assert isinstance(blank, AutoEncoder)
    assert not isinstance(blank, VAE)
