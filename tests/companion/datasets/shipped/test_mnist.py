"""The data sets are what they say, and nothing damaged is ever read as data."""

import gzip
import shutil

import numpy as np
import pytest
import torch
from companion import datasets
from companion.datasets.shipped import chairs, mnist

MNIST_TEST_COUNTS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]  # LeCun's, digits 0 to 9


@pytest.fixture
def shipped(monkeypatch, tmp_path):
    """A copy of MNIST's test files that a test may damage."""
    for path in mnist.SHIPPED.glob("t10k*"):
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(mnist, "SHIPPED", tmp_path)
    return tmp_path / "t10k-images-idx3-ubyte.gz"


@pytest.fixture
def chairs_file(monkeypatch, tmp_path):
    path = tmp_path / chairs.FILE.name
    shutil.copy(chairs.FILE, path)
    monkeypatch.setattr(chairs, "FILE", path)
    return path


def one_line(error) -> str:
    message = str(error.value)
    assert "\n" not in message
    return message


def test_mnist_is_complete_and_in_range():
    train, test = datasets.load("mnist", "train"), datasets.load("mnist", "test")
    assert train.images.shape == (60_000, 1, 28, 28)
    assert train.images.dtype == torch.float32
    assert train.labels.dtype == torch.int64
    assert (train.images.min(), train.images.max()) == (0, 1)
    assert train.images.mean().item() == pytest.approx(0.1306604762738429, abs=1e-5)
    assert test.labels.bincount().tolist() == MNIST_TEST_COUNTS
    assert train.sha256 == test.sha256 == datasets.data_checksum("mnist")


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


def test_each_call_returns_tensors_of_its_own():
    first = datasets.load("mnist", "test")
    first.images.zero_()
    assert datasets.load("mnist", "test").images.max() == 1


def test_an_unknown_name_lists_the_known_ones_and_guesses():
    with pytest.raises(ValueError) as error:
        datasets.load("fasion-mnist", "train")
    message = one_line(error)
    assert "did you mean 'fashion-mnist'" in message
    assert all(name in message for name in datasets.NAMES)


def test_an_unknown_split_lists_the_known_ones():
    with pytest.raises(ValueError, match="split: got 'validation', expected one of train, test, all"):
        datasets.load("mnist", "validation")


@pytest.mark.parametrize("kept", [0, 5, 1000, 1_600_000])
def test_a_truncated_file_is_named_with_the_remedy(shipped, kept):
    shipped.write_bytes(shipped.read_bytes()[:kept])
    with pytest.raises(ValueError, match="delete it and install") as error:
        datasets.load("mnist", "test")
    assert str(shipped) in one_line(error)


@pytest.mark.parametrize("position", [0, 1000, 1_616_500])
def test_a_flipped_bit_is_found(shipped, position):
    content = bytearray(shipped.read_bytes())
    content[position] ^= 1
    shipped.write_bytes(content)
    with pytest.raises(ValueError, match="delete it and install") as error:
        datasets.load("mnist", "test")
    assert str(shipped) in one_line(error)


def test_one_other_pixel_in_a_sound_archive_is_found(shipped):
    raw = bytearray(gzip.decompress(shipped.read_bytes()))
    raw[5000] ^= 1
    shipped.write_bytes(gzip.compress(bytes(raw), 1))
    with pytest.raises(ValueError, match="sha256 of t10k-images-idx3-ubyte is"):
        datasets.load("mnist", "test")


def test_another_compression_of_the_same_data_is_welcome(shipped):
    shipped.write_bytes(gzip.compress(gzip.decompress(shipped.read_bytes()), 1))
    assert len(datasets.load("mnist", "test")) == 10_000


def test_a_missing_shipped_file_is_named(shipped):
    shipped.unlink()
    with pytest.raises(FileNotFoundError, match="missing; install the project again") as error:
        datasets.load("mnist", "test")
    assert str(shipped) in one_line(error)


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


def test_the_data_page_gives_every_checksum(root):
    page = (root / "book" / "data.md").read_text(encoding="utf-8")
    for name, parts in datasets.RAW_SHA256.items():
        assert f"`{name}`" in page
        for part, sha256 in parts.items():
            assert f"| {name} | {part} | `{sha256}` |" in page


def test_a_set_that_is_shipped_is_available_and_one_that_nobody_gave_is_not(monkeypatch, tmp_path):
    monkeypatch.setenv("COMPANION_DATA", str(tmp_path))
    assert datasets.is_available("chairs-sh3d")
    assert not datasets.is_available("celeba-6000")
    with pytest.raises(ValueError, match="did you mean 'mnist'"):
        datasets.is_available("mnits")
