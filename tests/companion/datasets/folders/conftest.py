"""The reader's own folder, and archives in it."""

import numpy as np
import pytest
import scipy.io
from archives import publish


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
