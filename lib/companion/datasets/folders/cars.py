"""Cars3D (Fidler, Dickinson, Urtasun 2012; Reed et al. 2015), from the reader's own copy of the archive."""

import io
import re
import tarfile
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import torch

from companion.datasets.checksums import check_archive, data_checksum
from companion.datasets.dataset import Dataset
from companion.datasets.folders.user_files import find
from companion.datasets.pixels import decode_once, to_images

ARCHIVE = "nips2015-analogy-data.tar.gz"
N_CARS, N_AZIMUTHS, N_ELEVATIONS = 183, 24, 4
SIZE = 64
TEST_EVERY = 5
CAR = re.compile(r"(?:.*/)?cars/(car_\d+)_mesh\.mat")
REMEDY = "fetch it from its author's page, www.scottreed.info"


def load_cars3d(split: str) -> Dataset:
    """Load the rendered cars: 183 identities x 24 azimuths x 4 elevations, 64 x 64 RGB.

    The 128 x 128 pixels are halved. Every fifth car, in the order of the names, is for testing. The labels
    are the identities; the factors are `identity`, `azimuth` (radians) and `elevation` (0 to 3, as in the
    file).
    """
    path = find("cars3d", ARCHIVE, REMEDY)
    seen = check_archive(path, "cars3d", REMEDY)
    views = (N_CARS, N_AZIMUTHS, N_ELEVATIONS)
    shape = (int(np.prod(views)), SIZE, SIZE, 3)
    pixels = decode_once("cars3d", seen, shape, partial(_pictures, path))
    identity, azimuth, elevation = np.indices(views).reshape(3, -1)
    is_test = identity % TEST_EVERY == TEST_EVERY - 1
    kept = np.flatnonzero({"train": ~is_test, "test": is_test, "all": np.ones_like(is_test)}[split])
    labels = torch.from_numpy(identity[kept].astype(np.int64))
    factors = {
        "identity": labels,
        "azimuth": torch.from_numpy((2 * np.pi / N_AZIMUTHS * azimuth[kept]).astype(np.float32)),
        "elevation": torch.from_numpy(elevation[kept].astype(np.int64)),
    }
    return Dataset(to_images(pixels[kept]), labels, factors, "cars3d", split, data_checksum("cars3d"))


def _pictures(path: Path) -> Iterator[np.ndarray]:
    """Yield the pictures car by car in the order of the names, azimuth by azimuth, elevation by elevation."""
    try:
        with tarfile.open(path, "r|gz") as archive:
            cars = {
                match[1]: _read_car(archive.extractfile(member).read(), f"{path}: {member.name}")
                for member in archive
                if (match := CAR.fullmatch(member.name))
            }
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise ValueError(f"{path}: damaged or truncated ({error}); {REMEDY}") from error
    if len(cars) != N_CARS:
        raise ValueError(f"{path}: got {len(cars)} cars, expected {N_CARS}; {REMEDY}")
    for name in sorted(cars):
        yield from cars[name]


def _read_car(content: bytes, where: str) -> np.ndarray:
    """Read one car's file, whose axes are row, column, colour, azimuth, elevation, and halve its pictures."""
    from PIL import Image  # only this set waits for the imports
    from scipy.io import loadmat

    turned = loadmat(io.BytesIO(content), variable_names=("im",))["im"].transpose(3, 4, 0, 1, 2)
    if turned.shape[:2] != (N_AZIMUTHS, N_ELEVATIONS):
        raise ValueError(f"{where}: got views {turned.shape[:2]}, expected {(N_AZIMUTHS, N_ELEVATIONS)}")
    pictures = turned.reshape(-1, *turned.shape[2:])
    small = [
        Image.fromarray(picture).resize((SIZE, SIZE), Image.Resampling.BILINEAR)
        for picture in np.ascontiguousarray(pictures)
    ]
    return np.stack([np.asarray(picture) for picture in small])
