"""Data sets by name: `load("mnist", "train")`."""

from collections.abc import Callable

from companion.datasets.checksums import RAW_SHA256
from companion.datasets.checksums import data_checksum as known_checksum
from companion.datasets.dataset import Dataset
from companion.datasets.folders.cars import load_cars3d
from companion.datasets.folders.celeba import load_celeba, load_celeba_20k
from companion.datasets.folders.celeba_files import celeba_checksum
from companion.datasets.folders.multipie import load_multipie, multipie_checksum
from companion.datasets.folders.pictures import load_pictures, pictures_checksum
from companion.datasets.folders.rendered_chairs import load_rendered_chairs, rendered_chairs_checksum
from companion.datasets.folders.svhn import load_svhn, load_svhn_extra
from companion.datasets.folders.user_arrays import (
    load_cars,
    load_celeba_6000,
    load_coil,
    load_sprites,
    load_sprites_20k,
    load_svhn_1083,
)
from companion.datasets.shipped.chairs import load_chairs
from companion.datasets.shipped.faces import load_faces
from companion.datasets.shipped.half_size import (
    load_cars_32,
    load_chairs_32,
    load_heads_32,
    load_sprites_30,
)
from companion.datasets.shipped.mnist import load_fashion_mnist, load_mnist
from companion.datasets.synthetic.circle import load_circle
from companion.datasets.synthetic.heads import load_heads
from companion.datasets.synthetic.paraboloid import load_paraboloid
from companion.datasets.synthetic.two_clusters import load_two_clusters
from companion.suggestions import expected_one_of

__all__ = [
    "NAMES",
    "RAW_SHA256",
    "SPLITS",
    "Dataset",
    "check_name",
    "data_checksum",
    "is_available",
    "load",
    "loader_module",
]

_LOADERS: dict[str, Callable[[str], Dataset]] = {
    "mnist": load_mnist,
    "fashion-mnist": load_fashion_mnist,
    "chairs-sh3d": load_chairs,
    "orl-faces": load_faces,
    "hyperbolic-paraboloid": load_paraboloid,
    "two-clusters-2d": load_two_clusters,
    "circle-1000": load_circle,
    "celeba": load_celeba,
    "celeba-20k": load_celeba_20k,
    "svhn": load_svhn,
    "svhn-extra": load_svhn_extra,
    "cars3d": load_cars3d,
    "celeba-6000": load_celeba_6000,
    "svhn-1083": load_svhn_1083,
    "sprites": load_sprites,
    "sprites-20k": load_sprites_20k,
    "cars3d-2el": load_cars,
    "coil-20": load_coil,
    "3d-chairs": load_rendered_chairs,
    "multipie": load_multipie,
    "pictures": load_pictures,
    "heads": load_heads,
    "chairs-sh3d-32": load_chairs_32,
    "heads-32": load_heads_32,
    "cars3d-2el-32": load_cars_32,
    "sprites-20k-30": load_sprites_30,
}
_CHECKSUMS = {
    "3d-chairs": rendered_chairs_checksum,
    "multipie": multipie_checksum,
    "pictures": pictures_checksum,
}
_CHECKSUMS |= dict.fromkeys(("celeba", "celeba-20k"), celeba_checksum)
NAMES = tuple(_LOADERS)
SPLITS = ("train", "test", "all")


def load(name: str, split: str = "train") -> Dataset:
    """Load one split of a data set, with the checksum of the raw data verified.

    Args:
        name: one of `NAMES`.
        split: "train", "test" or "all"; chairs and faces are split by identity.

    Returns:
        the images, labels and factors; every call returns fresh tensors.

    Raises:
        ValueError: unknown name or split, damaged or truncated file.
        FileNotFoundError: the set is not on this machine; the message says how to get it.
    """
    check_name(name)
    if split not in SPLITS:
        raise ValueError(f"split: got {split!r}, expected one of {', '.join(SPLITS)}")
    return _LOADERS[name](split)


def is_available(name: str) -> bool:
    """Return whether a data set is on this machine, by loading its test images.

    Raises:
        ValueError: unknown name, or damaged data.
    """
    try:
        load(name, "test")
    except FileNotFoundError:
        return False
    return True


def data_checksum(name: str) -> str:
    """Digest the raw files of a data set.

    The known checksums are combined without reading the files; only of a set without certain ones are the
    reader's own files digested.

    Raises:
        FileNotFoundError: such a set is not on this machine.
    """
    return _CHECKSUMS[name]() if name in _CHECKSUMS else known_checksum(name)


def loader_module(name: str) -> str:
    """Name the module that a data set is read by, dotted."""
    check_name(name)
    return _LOADERS[name].__module__


def check_name(name: str) -> None:
    """Refuse a name that is no data set's.

    Raises:
        ValueError: with the nearest name, if one is near, and the list of them.
    """
    if name not in NAMES:
        raise ValueError(f"dataset: got {name!r}; {expected_one_of(name, NAMES)}")
