"""Loading by name: from generated files of the same layout always, from the real ones where they are."""

import dataclasses
import hashlib

import pytest
import torch
from companion import published
from companion.measures.exam import examine
from companion.published import loading
from published_networks import institute_networks

REAL = [name for name in published.NAMES if published.is_available(name)]


@pytest.fixture
def jha(tmp_path, monkeypatch):
    """Files of random weights in a data folder, and a catalogue that has their checksums."""
    monkeypatch.setenv("COMPANION_DATA", str(tmp_path))
    real, files = published.entry("jha-mnist"), {}
    for role, network in zip(("encoder", "decoder"), institute_networks("jha"), strict=True):
        path = tmp_path / real.files[role].place
        path.parent.mkdir(exist_ok=True)
        torch.save(network.state_dict(), path)
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        files[role] = dataclasses.replace(real.files[role], sha256=sha256)
    monkeypatch.setattr(loading, "entry", lambda name: dataclasses.replace(real, files=files))


def test_a_model_is_found_by_name_in_the_data_folder_ready_to_be_measured(jha):
    assert published.is_available("jha-mnist")
    found = published.load("jha-mnist")
    assert not found.model.training
    assert not any(parameter.requires_grad for parameter in found.model.parameters())
    assert found.variant == {"activation": "relu", "bends_first": True, "statistics": "own"}
    assert found.entry.licence == "MIT"
    x = torch.rand(2, 1, 28, 28)
    assert found.model.decoder(found.model.encode_mean(x)).shape == (2, 784)


def test_another_reading_of_the_layers_is_another_map(jha):
    own, stored = published.load("jha-mnist").model, published.load("jha-mnist", statistics="stored").model
    code = torch.randn(3, 32)
    assert not torch.allclose(own.decoder(code), stored.decoder(code))
    with pytest.raises(ValueError, match="jha-mnist: got slope, expected other choices"):
        published.load("jha-mnist", slope=0.1)


def test_pictures_are_brought_to_the_models_size(jha):
    found = published.load("jha-mnist")
    x = torch.rand(2, 1, 28, 28)
    assert found.pictures(x) is x
    wide = dataclasses.replace(found, entry=dataclasses.replace(found.entry, image_shape=(1, 32, 32)))
    resized = wide.pictures(torch.full((2, 1, 28, 28), 0.3))
    assert resized.shape == (2, 1, 32, 32)
    torch.testing.assert_close(resized, torch.full_like(resized, 0.3))


def test_without_the_files_nothing_is_available(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPANION_DATA", str(tmp_path))
    monkeypatch.setenv("COMPANION_HOME", str(tmp_path))
    assert not published.is_available("taef2")


@pytest.mark.skipif(not REAL, reason="no published weights in the data folder")
@pytest.mark.parametrize("name", REAL)
def test_the_real_files_hold_the_model_of_their_name(name):
    found = published.load(name)
    shape = found.entry.image_shape
    z = torch.zeros(2, found.model.latent_dim)
    assert found.model.decoder(z).shape == (2, shape[0] * shape[1] * shape[2])


@pytest.mark.skipif("jha-mnist" not in REAL, reason="no published weights in the data folder")
@pytest.mark.parametrize("name", ["szabo-mnist", "mathieu-mnist", "jha-mnist"])
def test_the_accepted_reading_draws_test_pictures_better_than_every_other(name, digits):
    x, errors = digits.images[:500], {}
    for activation in ("relu", "leaky-relu"):
        for bends_first in (True, False):
            for statistics in ("own", "stored"):
                choice = {"activation": activation, "bends_first": bends_first, "statistics": statistics}
                model = published.load(name, **choice).model
                codes = model.encode_mean(x)
                exam = examine(model.decoder(codes), x.flatten(1), codes)
                errors[tuple(choice.values())] = 1 - exam.explained
    accepted = tuple(published.load(name).variant.values())
    assert min(errors, key=errors.get) == accepted
    assert errors[accepted] < 0.9 * sorted(errors.values())[1]
