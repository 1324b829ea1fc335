"""Points that code draws are the same every time."""

import pytest
import torch
from companion import datasets

MADE = ("hyperbolic-paraboloid", "two-clusters-2d", "circle-1000")


@pytest.mark.parametrize("name", MADE)
def test_points_are_the_same_every_time_and_the_splits_share_none(name):
    train, test, everything = (datasets.load(name, split) for split in ("train", "test", "all"))
    assert torch.equal(train.images, datasets.load(name, "train").images)
    assert torch.equal(everything.images, torch.cat([train.images, test.images]))
    assert len(everything.images.flatten(1).unique(dim=0)) == len(train) + len(test)
    assert train.images.dtype == torch.float32
    assert train.labels.dtype == torch.int64
    assert train.images.shape[1:3] == (1, 1)
    assert train.sha256 == datasets.data_checksum(name) != datasets.data_checksum("mnist")
    for values in train.factors.values():
        assert (values.dtype, len(values)) == (torch.float32, len(train))


def test_the_sets_that_are_made_have_checksums_of_their_own():
    assert len({datasets.data_checksum(name) for name in MADE}) == len(MADE)


@pytest.mark.parametrize("name", MADE)
def test_a_model_is_trained_on_points_that_are_no_images(name, monkeypatch, tmp_path):
    from companion.training import TrainingConfig, load_or_train

    monkeypatch.setenv("COMPANION_HOME", str(tmp_path))
    config = TrainingConfig(dataset=name, hidden=(16,), n_train=200, epochs=1, device="cpu")
    trained = load_or_train(config, progress=False)
    assert trained.model.image_shape == datasets.load(name, "test").image_shape
