"""Cars3D, read from a tiny archive of its format."""

import io
import math
import tarfile

import numpy as np
import pytest
import scipy.io
import torch
from archives import add
from companion import datasets
from companion.datasets import checksums
from companion.datasets.checksums import file_checksum
from companion.datasets.folders import cars


def car(i):
    """A car's views in the axes of its file; a view's colour says car, azimuth and elevation."""
    azimuth, elevation = np.indices((24, 4))
    colours = np.stack([np.full((24, 4), 50 * i), 10 * azimuth, 60 * elevation])
    content = io.BytesIO()
    views = np.broadcast_to(colours[None, None], (128, 128, 3, 24, 4)).astype(np.uint8)
    scipy.io.savemat(content, {"im": views}, do_compression=True)
    return content.getvalue()


@pytest.fixture
def tiny_cars(own, monkeypatch):
    """Five cars, the last one first, beside another set's file."""
    path = own / cars.ARCHIVE
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        add(archive, "data/sprites/sprites_0.mat", b"another set")
        for i in reversed(range(5)):
            add(archive, f"data/cars/car_{i + 1:03d}_mesh.mat", car(i))
    monkeypatch.setattr(cars, "N_CARS", 5)
    publish_cars(monkeypatch, path)
    return path


def publish_cars(monkeypatch, path):
    monkeypatch.setitem(checksums.PUBLISHED, "cars3d", {cars.ARCHIVE: f"md5:{file_checksum(path, 'md5')}"})


def test_cars_are_in_the_order_of_their_names_with_their_angles(tiny_cars):
    data = datasets.load("cars3d", "all")
    assert data.images.shape == (5 * 96, 3, 64, 64)
    colours = (data.images[:, :, 10, 20] * 255).round().long()
    assert torch.equal(colours[:, 0], 50 * data.labels)
    azimuth = (data.factors["azimuth"] / (2 * math.pi) * 24).round().long()
    assert torch.equal(colours[:, 1], 10 * azimuth)
    assert torch.equal(colours[:, 2], 60 * data.factors["elevation"])
    assert datasets.load("cars3d", "test").labels.unique().tolist() == [4]
    assert datasets.load("cars3d", "train").labels.unique().tolist() == [0, 1, 2, 3]


def test_damaged_or_incomplete_cars_are_named_with_the_remedy(tiny_cars, monkeypatch):
    monkeypatch.setattr(cars, "N_CARS", 6)
    with pytest.raises(ValueError, match="got 5 cars, expected 6"):
        datasets.load("cars3d", "all")
    tiny_cars.write_bytes(tiny_cars.read_bytes()[:-100])
    with pytest.raises(ValueError, match="damaged: its md5 is"):
        datasets.load("cars3d", "all")
    publish_cars(monkeypatch, tiny_cars)
    with pytest.raises(ValueError, match="damaged or truncated") as error:
        datasets.load("cars3d", "all")
    assert str(tiny_cars) in str(error.value)
    assert "\n" not in str(error.value)
    tiny_cars.unlink()
    with pytest.raises(FileNotFoundError, match=r"nips2015-analogy-data.tar.gz is not in .*scottreed"):
        datasets.load("cars3d", "all")
