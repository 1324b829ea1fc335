"""3D Chairs (Aubry, Maturana, Efros, Russell, Sivic 2014), read from the reader's own copy of the archive."""

import re
import tarfile
import warnings
from collections import Counter
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

import numpy as np
import torch

from companion.datasets.checksums import file_checksum
from companion.datasets.dataset import Dataset
from companion.datasets.folders.user_files import find
from companion.datasets.pixels import MOST_BYTES, decode_once, decode_picture, to_images

ARCHIVE = "rendered_chairs.tar"
MD5 = "7941bff4d19665ed2dd8c82e88293e1b"
"""From one public loader only, so another archive is used with a warning."""
CROP = 400
"""Side of the middle square that is kept of the 600 x 600 pixels."""
SIZE = 64
TEST_EVERY = 5
PICTURE = re.compile(r"(?:.*/)?([^/]+)/renders/image_\d+_p(\d+)_t(\d+)_r\d+\.png")
REMEDY = "fetch it from the authors' page, www.di.ens.fr/willow/research/seeing3Dchairs"


def load_rendered_chairs(split: str) -> Dataset:
    """Load the rendered chairs: 1,393 identities x 31 azimuths x 2 elevations, 64 x 64 RGB on white.

    The middle 400 x 400 pixels are resized to 64 x 64. Every fifth identity, in the order of the names, is
    for testing. The labels are the identities; the factors `identity`, `azimuth` and `elevation` (radians, as
    the names of the files say them, in whole degrees). The training images take 3.4 GB.
    """
    path = find("3d-chairs", ARCHIVE, REMEDY)
    seen = rendered_chairs_checksum()
    if seen != MD5:
        warnings.warn(
            f"{path}: its md5 is {seen}, one public source says {MD5}; it is used as it is", stacklevel=3
        )
    names, chairs, elevation, azimuth = _views(path)
    shape = (len(names), SIZE, SIZE, 3)
    pixels = decode_once("3d-chairs", f"{seen} {CROP}", shape, partial(_pictures, path, names))
    identity = np.unique(chairs, return_inverse=True)[1]
    is_test = identity % TEST_EVERY == TEST_EVERY - 1
    kept = np.flatnonzero({"train": ~is_test, "test": is_test, "all": np.ones_like(is_test)}[split])
    labels = torch.from_numpy(identity[kept].astype(np.int64))
    factors = {
        "identity": labels,
        "azimuth": torch.from_numpy(np.deg2rad(azimuth[kept]).astype(np.float32)),
        "elevation": torch.from_numpy(np.deg2rad(elevation[kept]).astype(np.float32)),
    }
    return Dataset(to_images(pixels[kept]), labels, factors, "3d-chairs", split, seen)


def rendered_chairs_checksum() -> str:
    """Give the md5 of the reader's archive.

    Raises:
        FileNotFoundError: it is not on this machine.
    """
    path = find("3d-chairs", ARCHIVE, REMEDY)
    return _md5(path, path.stat().st_size, path.stat().st_mtime_ns)


@cache
def _md5(path: Path, size: int, changed: int) -> str:
    return file_checksum(path, "md5")


def _views(path: Path) -> tuple[list[str], list[str], np.ndarray, np.ndarray]:
    """List the pictures in the order of their names: chair, elevation and azimuth in degrees."""
    try:
        with tarfile.open(path, "r:") as archive:
            found = [PICTURE.fullmatch(name) for name in sorted(archive.getnames())]
    except (tarfile.TarError, EOFError, OSError) as error:
        raise ValueError(f"{path}: damaged or truncated ({error}); {REMEDY}") from error
    views = [match for match in found if match]
    if not views:
        raise ValueError(
            f"{path}: got no picture, expected CHAIR/renders/image_..._p..._t..._r....png; {REMEDY}"
        )
    sides = Counter(match[1] for match in views).values()
    if min(sides) < max(sides):
        seen = f"{min(sides)} to {max(sides)}"
        raise ValueError(f"{path}: got chairs with {seen} pictures, expected equally many; {REMEDY}")
    angles = np.array([[int(match[2]), int(match[3])] for match in views])
    return [match[0] for match in views], [match[1] for match in views], angles[:, 0], angles[:, 1]


def _pictures(path: Path, names: list[str]) -> Iterator[np.ndarray]:
    with tarfile.open(path, "r:") as archive:
        members = {member.name: member for member in archive.getmembers()}
        for name in names:
            member = members[name]
            if not member.isreg() or member.issparse() or member.size > MOST_BYTES:
                raise ValueError(f"{path}: {name}: got no plain file of {MOST_BYTES} bytes at most; {REMEDY}")
            content = archive.extractfile(member).read()
            yield decode_picture(content, f"{path}: {name}", crop=CROP, size=SIZE)
