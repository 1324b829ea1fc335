"""MNIST and Fashion-MNIST: complete, or what is wrong is named."""

import functools
import gzip
import hashlib
import http.server
import shutil
import threading
import tracemalloc
import zlib

import pytest
import torch
from companion import datasets, project_paths
from companion.datasets import checksums
from companion.datasets.shipped import mnist
from messages import one_line

MNIST_TEST_COUNTS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]  # LeCun's, digits 0 to 9


@pytest.fixture
def shipped(monkeypatch, tmp_path):
    """A copy of MNIST's test files that a test may damage."""
    for path in mnist.SHIPPED.glob("t10k*"):
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(mnist, "SHIPPED", tmp_path)
    return tmp_path / "t10k-images-idx3-ubyte.gz"


NOWHERE = "http://127.0.0.1:9/"


@pytest.fixture
def fashion(monkeypatch, tmp_path):
    """Fashion-MNIST's places are empty, and MNIST's content passes for it."""
    monkeypatch.setenv("COMPANION_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(mnist, "DEBIAN_FOLDER", tmp_path / "debian")
    monkeypatch.setattr(mnist, "FASHION_ADDRESS", NOWHERE)
    monkeypatch.setitem(checksums.RAW_SHA256, "fashion-mnist", checksums.RAW_SHA256["mnist"])
    return tmp_path


def put_test_files(folder):
    folder.mkdir(parents=True)
    for path in mnist.SHIPPED.glob("t10k*"):
        shutil.copy(path, folder)


@pytest.fixture
def server(fashion, monkeypatch):
    """The canonical address, played by a local server."""
    put_test_files(fashion / "served")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Quiet, directory=fashion / "served")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        monkeypatch.setattr(mnist, "FASHION_ADDRESS", f"http://127.0.0.1:{httpd.server_port}/")
        yield fashion / "served"
        httpd.shutdown()
        thread.join()


def test_mnist_is_complete_and_in_range():
    train, test = datasets.load("mnist", "train"), datasets.load("mnist", "test")
    assert train.images.shape == (60_000, 1, 28, 28)
    assert train.images.dtype == torch.float32
    assert train.labels.dtype == torch.int64
    assert (train.images.min(), train.images.max()) == (0, 1)
    assert train.images.mean().item() == pytest.approx(0.1306604762738429, abs=1e-5)
    assert test.labels.bincount().tolist() == MNIST_TEST_COUNTS
    assert train.sha256 == test.sha256 == datasets.data_checksum("mnist")


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


def test_a_small_file_that_unpacks_without_end_is_refused_before_it_fills_the_memory(shipped):
    packer = zlib.compressobj(9, wbits=31)
    shipped.write_bytes(b"".join(packer.compress(bytes(1 << 20)) for _ in range(256)) + packer.flush())
    tracemalloc.start()
    with pytest.raises(ValueError, match="unpacks to more than the 7840016 bytes of t10k") as error:
        datasets.load("mnist", "test")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert str(shipped) in one_line(error)
    assert peak < 4 * 7_840_016


def test_a_missing_shipped_file_is_named(shipped):
    shipped.unlink()
    with pytest.raises(FileNotFoundError, match="missing; install the project again") as error:
        datasets.load("mnist", "test")
    assert str(shipped) in one_line(error)


@pytest.mark.parametrize("place", ["debian", "home/.cache/data/fashion-mnist"])
def test_fashion_mnist_is_read_from_the_package_or_the_cache(fashion, place):
    put_test_files(fashion / place)
    data = datasets.load("fashion-mnist", "test")
    assert data.images.shape == (10_000, 1, 28, 28)
    assert data.name == "fashion-mnist"


def test_fashion_mnist_is_fetched_into_the_cache(server, monkeypatch):
    known = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in server.iterdir()}
    monkeypatch.setattr(mnist, "FASHION_GZ_SHA256", known)
    assert len(datasets.load("fashion-mnist", "test")) == 10_000
    monkeypatch.setattr(mnist, "FASHION_ADDRESS", NOWHERE)
    assert len(datasets.load("fashion-mnist", "test")) == 10_000


def test_a_download_with_another_checksum_is_not_kept(server):
    with pytest.raises(FileNotFoundError, match="fashion-mnist"):
        datasets.load("fashion-mnist", "test")
    assert [path for path in project_paths.data_cache().rglob("*") if path.is_file()] == []


def test_absent_fashion_mnist_says_how_to_get_it(fashion):
    with pytest.raises(FileNotFoundError, match="install the Debian package dataset-fashion-mnist") as error:
        datasets.load("fashion-mnist", "test")
    assert "\n" not in str(error.value)


def test_damaged_fashion_mnist_says_which_file(fashion):
    put_test_files(fashion / "debian")
    target = fashion / "debian" / "t10k-labels-idx1-ubyte.gz"
    target.write_bytes(gzip.compress(b"something else"))
    with pytest.raises(ValueError, match="dataset-fashion-mnist again") as error:
        datasets.load("fashion-mnist", "test")
    assert str(target) in str(error.value)
