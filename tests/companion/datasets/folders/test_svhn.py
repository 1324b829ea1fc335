"""SVHN, read from tiny archives of its format."""

import numpy as np
import pytest
from companion import datasets


@pytest.mark.parametrize(
    ("name", "split", "parts"),
    [
        ("svhn", "train", ["train"]),
        ("svhn", "test", ["test"]),
        ("svhn", "all", ["train", "test"]),
        ("svhn-extra", "train", ["extra"]),
        ("svhn-extra", "test", ["test"]),
    ],
)
def test_svhn_is_read_from_the_archives_of_its_split(tiny_svhn, name, split, parts):
    _, arrays = tiny_svhn
    data = datasets.load(name, split)
    x = np.concatenate([arrays[part][0] for part in parts], axis=-1)
    for i, channel, row, column in ((0, 0, 0, 31), (4, 2, 30, 5), (2, 1, 9, 9)):
        assert data.images[i, channel, row, column].item() == pytest.approx(x[row, column, channel, i] / 255)
    assert data.images.shape == (x.shape[-1], 3, 32, 32)
    assert data.labels.tolist() == [y % 10 for part in parts for y in arrays[part][1].ravel().tolist()]


def test_the_label_ten_of_svhn_means_zero(tiny_svhn):
    assert datasets.load("svhn-extra", "train").labels.tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]


def test_damaged_or_absent_svhn_is_named_with_the_remedy(tiny_svhn):
    folder, _ = tiny_svhn
    path = folder / "test_32x32.mat"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ValueError, match=r"another version, or damaged: its sha256 is .*; fetch it") as error:
        datasets.load("svhn", "test")
    assert str(path) in str(error.value)
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r"test_32x32.mat is not in .*housenumbers"):
        datasets.load("svhn", "all")
