"""chairs-sh3d: 60 chairs of Sweet Home 3D, on the view grid of 3D Chairs (Aubry et al.)."""

import io
import zipfile
import zlib

import numpy as np
import torch

from companion.datasets.checksums import check, data_checksum
from companion.datasets.dataset import SHIPPED, Dataset

FILE = SHIPPED / "chairs_sh3d_60x31x2_64.npz"
REMEDY = "delete it and install the project again"
TEST_EVERY = 5


def load_chairs(split: str) -> Dataset:
    """Load the chairs: 60 identities x 31 azimuths x 2 elevations, 64 x 64 grey on white.

    Every fifth identity is for testing, so a test chair was never seen from any side in training. The
    labels are the identities; the factors are `identity` (int64), `azimuth` and `elevation`
    (float32, radians).
    """
    arrays = _read_arrays()
    n_identities, n_azimuths, n_elevations = arrays["images"].shape[:3]
    is_test = np.arange(n_identities) % TEST_EVERY == TEST_EVERY - 1
    kept = np.flatnonzero({"train": ~is_test, "test": is_test, "all": np.ones_like(is_test)}[split])
    pixels = arrays["images"][kept].astype(np.float32).reshape(-1, 1, 64, 64)
    factors = {
        "identity": torch.from_numpy(kept).repeat_interleave(n_azimuths * n_elevations),
        "azimuth": torch.from_numpy(arrays["azimuth"]).repeat_interleave(n_elevations).repeat(len(kept)),
        "elevation": torch.from_numpy(arrays["elevation"]).repeat(len(kept) * n_azimuths),
    }
    images = torch.from_numpy(pixels).div_(255)
    return Dataset(images, factors["identity"], factors, "chairs-sh3d", split, data_checksum("chairs-sh3d"))


def _read_arrays() -> dict[str, np.ndarray]:
    if not FILE.is_file():
        raise FileNotFoundError(f"{FILE}: missing; install the project again")
    try:
        with np.load(io.BytesIO(FILE.read_bytes()), allow_pickle=False) as archive:
            arrays = {part: np.ascontiguousarray(archive[part]) for part in archive.files}
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        raise ValueError(f"{FILE}: damaged or truncated ({error}); {REMEDY}") from error
    for part in ("images", "azimuth", "elevation", "identity"):
        if part not in arrays:
            raise ValueError(f"{FILE}: damaged: it has no array {part}; {REMEDY}")
        check(arrays[part].tobytes(), "chairs-sh3d", part, FILE, REMEDY)
    return arrays
