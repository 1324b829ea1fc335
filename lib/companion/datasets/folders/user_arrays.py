"""Sets of real pictures that are read as arrays from the reader's own folder: NAME.npz, checked, not shipped.

The file holds, without pickled objects,

- `images`: (n, height, width, channels) bytes,
- `labels`: (n,) int64,
- `partition`: (n,) uint8, 0 to train, 1 to validate, 2 to test,
- `factor.NAME`: (n,) int64 or float32 for each known factor.

`workflow/pack_arrays.py` writes it from the files in which these pictures are passed on.
"""

import numpy as np
import torch

from companion.datasets.arrays import read_npz
from companion.datasets.checksums import SUBSETS, check, data_checksum
from companion.datasets.dataset import Dataset
from companion.datasets.folders.user_files import find
from companion.datasets.pixels import draw_rows, to_images

REMEDY = "make it with workflow/pack_arrays.py"
PARTITION = {"train": (0,), "test": (2,), "all": (0, 1, 2)}
DRAWN = {"sprites-20k": {0: 20_000, 2: 4_000}}
"""How many pictures of each partition a smaller set has."""
FACTOR = "factor."


def load_celeba_6000(split: str) -> Dataset:
    """Load 200 people of CelebA with 30 pictures each, 64 x 64 RGB: 4,560 to train, 660 to test.

    The crop and the split are those of `load_celeba`: the official partition, which keeps people together;
    780 pictures are for validation and in "all" only. People with exactly 30 pictures were taken, so the
    sample is not a fair one. The labels are the people, 0 to 199; factors as in `load_celeba`.
    """
    return _load("celeba-6000", split)


def load_svhn_1083(split: str) -> Dataset:
    """Load the first 1,083 digits of SVHN's training set, 32 x 32 RGB.

    Digits from one photograph overlap, so the split is by photograph: every fifth is for testing. The labels
    are the digits, the factor is `photograph`.
    """
    return _load("svhn-1083", split)


def load_sprites(split: str) -> Dataset:
    """Load Sprites (Reed et al. 2015): 672 characters in 178 poses, 60 x 60 RGB.

    The split is the published one by character: 500 to train, 100 to test, 72 for validation in "all" only.
    The labels are the characters; the factors their seven attributes, `clip`, `frame`, `animation` and `view`
    (0 back, 1 left, 2 front, 3 right). The training images take 3.8 GB; `sprites-20k` is a fifth of it.
    """
    return _load("sprites", split)


def load_sprites_20k(split: str) -> Dataset:
    """Load 20,000 training and 4,000 test pictures of Sprites, drawn once for all; see `load_sprites`."""
    return _load("sprites-20k", split)


def load_cars(split: str) -> Dataset:
    """Load Cars3D (Reed et al. 2015) at two of its elevations: 183 cars x 2 x 24 azimuths, 64 x 64 RGB.

    Every fifth car is for testing. The labels are the cars; the factors are `identity`, `elevation` and
    `azimuth` (radians).
    """
    return _load("cars3d-2el", split)


def load_coil(split: str) -> Dataset:
    """Load COIL-20 (Nene, Nayar, Murase 1996): photographs of 20 objects x 72 azimuths, 32 x 32 grey.

    Every fifth object is for testing. The labels are the objects; the factors are `identity` and `azimuth`
    (radians).
    """
    return _load("coil-20", split)


def _load(name: str, split: str) -> Dataset:
    arrays = _read(SUBSETS.get(name, name))
    partition = arrays["partition"]
    limits = DRAWN.get(name, dict.fromkeys((0, 1, 2)))
    parts = [p for p in PARTITION[split] if p in limits]
    kept = np.sort(np.concatenate([draw_rows(np.flatnonzero(partition == p), limits[p]) for p in parts]))
    factors = {
        key.removeprefix(FACTOR): torch.from_numpy(values[kept])
        for key, values in arrays.items()
        if key.startswith(FACTOR)
    }
    labels = torch.from_numpy(arrays["labels"][kept])
    return Dataset(to_images(arrays["images"][kept]), labels, factors, name, split, data_checksum(name))


def _read(name: str) -> dict[str, np.ndarray]:
    path = find(name, f"{name}.npz", REMEDY)
    arrays = read_npz(path, REMEDY)
    for part in ("images", "labels", "partition"):
        if part not in arrays:
            raise ValueError(f"{path}: damaged: it has no array {part}; {REMEDY}")
    lengths = {key: len(values) if values.ndim else 0 for key, values in arrays.items()}
    if arrays["images"].ndim != 4 or len(set(lengths.values())) != 1:
        raise ValueError(f"{path}: damaged: got arrays of lengths {sorted(set(lengths.values()))}; {REMEDY}")
    for part, content in contents(arrays).items():
        check(content, name, part, path, REMEDY)
    return arrays


def contents(arrays: dict[str, np.ndarray]) -> dict[str, bytes | memoryview]:
    """List what the checksums are of: images, labels, partition, and all factors with their names."""
    whole = {part: np.ascontiguousarray(arrays[part]) for part in ("images", "labels", "partition")}
    factors = [
        key.encode() + np.ascontiguousarray(values).tobytes()
        for key, values in sorted(arrays.items())
        if key.startswith(FACTOR)
    ]
    return {**{part: memoryview(a).cast("B") for part, a in whole.items()}, "factors": b"".join(factors)}
