"""The reader's own folder, and archives in it."""

import zipfile

import numpy as np
import pytest
import scipy.io
from archives import CELEBA_IDENTITY, CELEBA_PARTITION, aligned_picture, publish
from companion.datasets.folders import celeba_files


@pytest.fixture
def tiny_svhn(monkeypatch, own):
    """The three archives of SVHN with a few pictures each, and their arrays."""
    generator = np.random.default_rng(0)
    arrays = {}
    for part, n in (("train", 7), ("test", 5), ("extra", 11)):
        x = generator.integers(0, 256, (32, 32, 3, n), dtype=np.uint8)
        y = (np.arange(n) % 10 + 1).astype(np.uint8)[:, None]
        scipy.io.savemat(own / f"{part}_32x32.mat", {"X": x, "y": y}, do_compression=True)
        arrays[part] = x, y
    publish(monkeypatch, "svhn", own)
    return own, arrays


@pytest.fixture
def own(monkeypatch, tmp_path):
    """The folder that the reader names for data, and a cache beside it, both empty."""
    monkeypatch.setenv("COMPANION_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COMPANION_DATA", str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    return tmp_path / "own"


@pytest.fixture
def tiny_celeba(monkeypatch, own):
    """Twelve pictures of CelebA with their lists."""
    names = [f"{i:06d}.jpg" for i in range(1, 13)]
    with zipfile.ZipFile(own / celeba_files.ARCHIVE, "w") as archive:
        for i, name in enumerate(names):
            archive.writestr(f"{celeba_files.FOLDER}/{name}", aligned_picture(i))
    flags = [f"{name} {1 if i % 2 else -1:2d} -1" for i, name in enumerate(names)]
    (own / celeba_files.LISTS[0]).write_text("\n".join(["12", "Black_Hair Bald ", *flags]) + "\n")
    for file, values in ((celeba_files.LISTS[1], CELEBA_IDENTITY), (celeba_files.LISTS[2], CELEBA_PARTITION)):
        (own / file).write_text("".join(f"{name} {value}\n" for name, value in zip(names, values)))
    publish(monkeypatch, "celeba", own)
    return own
