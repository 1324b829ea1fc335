"""The shipped chairs, and what damage is named."""

import shutil

import numpy as np
import pytest
import torch
from companion import datasets
from companion.datasets.shipped import chairs, mnist
from messages import one_line


@pytest.fixture
def chairs_file(monkeypatch, tmp_path):
    path = tmp_path / chairs.FILE.name
    shutil.copy(chairs.FILE, path)
    monkeypatch.setattr(chairs, "FILE", path)
    return path


def test_chairs_have_every_view_of_every_identity():
    everything = datasets.load("chairs-sh3d", "all")
    assert everything.images.shape == (60 * 31 * 2, 1, 64, 64)
    factors = torch.stack(
        [everything.factors[name].double() for name in ("identity", "azimuth", "elevation")], 1
    )
    assert len(factors.unique(dim=0)) == 60 * 31 * 2
    assert everything.factors["azimuth"].unique().numel() == 31
    assert 0 <= everything.factors["azimuth"].min() <= everything.factors["azimuth"].max() < 2 * torch.pi


def test_factors_vary_in_the_order_of_the_images():
    chair = datasets.load("chairs-sh3d", "all")
    low, high = chair.factors["elevation"].unique()
    views = chair.images[chair.factors["identity"] == 7].view(31, 2, -1)
    assert torch.equal(chair.factors["elevation"][:2], torch.stack([low, high]))
    neighbours = (views[1:, 0] - views[:-1, 0]).norm(dim=-1)
    assert neighbours.median() < (views[:1, 0] - views[8:24, 0]).norm(dim=-1).median()


def test_no_test_chair_is_seen_in_training():
    train, test = datasets.load("chairs-sh3d", "train"), datasets.load("chairs-sh3d", "test")
    assert (train.labels.unique().numel(), test.labels.unique().numel()) == (48, 12)
    assert not set(train.labels.tolist()) & set(test.labels.tolist())


@pytest.mark.parametrize("kept", [0, 100, 3_000_000])
def test_truncated_chairs_are_named_with_the_remedy(chairs_file, kept):
    chairs_file.write_bytes(chairs_file.read_bytes()[:kept])
    with pytest.raises(ValueError, match="delete it and install") as error:
        datasets.load("chairs-sh3d", "test")
    assert str(chairs_file) in one_line(error)


def test_a_flipped_bit_in_the_chairs_is_found(chairs_file):
    content = bytearray(chairs_file.read_bytes())
    content[1_000_000] ^= 1
    chairs_file.write_bytes(content)
    with pytest.raises(ValueError, match="damaged"):
        datasets.load("chairs-sh3d", "test")


def test_the_licence_file_names_every_mesh_and_its_author():
    licences = (mnist.SHIPPED / "DATA_LICENSES.md").read_text(encoding="utf-8")
    assert "Yann LeCun" in licences
    for i, name in enumerate(np.load(chairs.FILE)["identity"].tolist()):
        collection, chair, mesh, author = name.split("|")
        assert f"| {i} | {collection} | {chair} | {mesh} | {author} |" in licences
