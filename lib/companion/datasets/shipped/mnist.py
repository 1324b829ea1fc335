"""MNIST (LeCun and Cortes), shipped, and Fashion-MNIST (Xiao, Rasul, Vollgraf 2017), found or fetched."""

import gzip
import zlib
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from companion import project_paths
from companion.datasets.checksums import check, data_checksum
from companion.datasets.dataset import SHIPPED, Dataset

REINSTALL = "delete it and install the project again"
DEBIAN_FOLDER = Path("/usr/share/datasets/fashion-mnist")
FASHION_ADDRESS = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
FASHION_GZ_SHA256 = {
    "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
}
PREFIX = {"train": "train", "test": "t10k"}
IMAGES, LABELS = "-images-idx3-ubyte", "-labels-idx1-ubyte"
HEADER_BYTES = {IMAGES: 16, LABELS: 8}
ITEM_BYTES = {IMAGES: 28 * 28, LABELS: 1}
ITEMS = {"train": 60_000, "t10k": 10_000}


def load_mnist(split: str) -> Dataset:
    """Load the handwritten digits: 60,000 to train, 10,000 to test, 28 x 28 grey."""

    def locate(file: str) -> tuple[Path, str]:
        path = SHIPPED / file
        if not path.is_file():
            raise FileNotFoundError(f"{path}: missing; install the project again")
        return path, REINSTALL

    return _load("mnist", split, locate)


def load_fashion_mnist(split: str) -> Dataset:
    """Load the pictures of clothes: 60,000 to train, 10,000 to test, 28 x 28 grey.

    They are read from the Debian package's folder, else from the cache, else fetched into the cache.
    """
    return _load("fashion-mnist", split, _locate_fashion)


def _load(name: str, split: str, locate) -> Dataset:
    prefixes = list(PREFIX.values()) if split == "all" else [PREFIX[split]]
    images = [_read_idx(name, prefix + IMAGES, *locate(f"{prefix}{IMAGES}.gz")) for prefix in prefixes]
    labels = [_read_idx(name, prefix + LABELS, *locate(f"{prefix}{LABELS}.gz")) for prefix in prefixes]
    pixels = torch.from_numpy(np.concatenate(images).astype(np.float32)).div_(255).view(-1, 1, 28, 28)
    digits: Tensor = torch.from_numpy(np.concatenate(labels).astype(np.int64))
    return Dataset(pixels, digits, {}, name, split, data_checksum(name))


def _read_idx(name: str, part: str, path: Path, remedy: str) -> np.ndarray:
    """Read one gzipped IDX file; its checksum vouches for the header, so only the content is returned.

    No more is unpacked than the set has: a few kilobytes of gzip may hold gigabytes.
    """
    kind = IMAGES if part.endswith(IMAGES) else LABELS
    size = HEADER_BYTES[kind] + ITEM_BYTES[kind] * ITEMS[part.removesuffix(kind)]
    try:
        with gzip.open(path) as file:
            raw = file.read(size + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path}: damaged or truncated ({error}); {remedy}") from error
    if len(raw) > size:
        raise ValueError(f"{path}: unpacks to more than the {size} bytes of {part}; {remedy}")
    check(raw, name, part, path, remedy)
    return np.frombuffer(raw, np.uint8, offset=HEADER_BYTES[kind])


def _locate_fashion(file: str) -> tuple[Path, str]:
    packaged = DEBIAN_FOLDER / file
    if packaged.is_file():
        return packaged, "install the Debian package dataset-fashion-mnist again"
    cached = project_paths.data_cache() / "fashion-mnist" / file
    if not cached.is_file():
        _fetch_fashion(cached)
    return cached, "delete it and load the data set again"


def _fetch_fashion(target: Path) -> None:
    import pooch  # only a set that has to be fetched waits for the import

    try:
        pooch.retrieve(
            FASHION_ADDRESS + target.name,
            known_hash=FASHION_GZ_SHA256[target.name],
            fname=target.name,
            path=target.parent,
            downloader=pooch.HTTPDownloader(timeout=20),
        )
    except (OSError, ValueError) as error:
        reason = type(error).__name__
        raise FileNotFoundError(
            f"fashion-mnist: {target.name} is in neither {DEBIAN_FOLDER} nor {target.parent}, and "
            f"{FASHION_ADDRESS} could not be read ({reason}); install the Debian package "
            "dataset-fashion-mnist, or put its four .gz files into one of the two folders"
        ) from error
