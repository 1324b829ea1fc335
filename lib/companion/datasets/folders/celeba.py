"""CelebA (Liu, Luo, Wang, Tang 2015), read from the reader's own copy: research use, not shipped."""

import functools
import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from companion.datasets.checksums import check_archive, data_checksum
from companion.datasets.dataset import Dataset
from companion.datasets.folders.user_files import find
from companion.datasets.pixels import decode_once, decode_picture, draw_rows, to_images

CROP = 148
"""Side of the middle square that is kept of the 178 x 218 pixels; the documents do not say theirs."""
SIZE = 64
ARCHIVE, FOLDER = "img_align_celeba.zip", "img_align_celeba"
ATTRIBUTES, IDENTITIES, PARTITIONS = "list_attr_celeba.txt", "identity_CelebA.txt", "list_eval_partition.txt"
PARTITION = {"train": (0,), "test": (2,), "all": (0, 1, 2)}
DRAWN = {0: 20_000, 2: 2_000}
"""How many pictures of each partition `celeba-20k` has."""
REMEDY = "fetch it from the authors' page, mmlab.ie.cuhk.edu.hk/projects/CelebA.html (research use only)"


def load_celeba(split: str) -> Dataset:
    """Load all of CelebA: 162,770 pictures to train and 19,962 to test, 64 x 64 RGB.

    The middle 148 x 148 pixels of each aligned picture are resized to 64 x 64. The split is the official
    partition, which keeps a person's pictures together; the 19,867 pictures for validation are in "all" only.
    The labels are the people, from 0; the factors are `identity` (as published), `picture`, `partition` and
    the 40 attributes by their names, 0 or 1. The training images take 8 GB; `celeba-20k` is an eighth of it.
    """
    return _load("celeba", split, dict.fromkeys((0, 1, 2)))


def load_celeba_20k(split: str) -> Dataset:
    """Load 20,000 training and 2,000 test pictures of CelebA, drawn once for all; see `load_celeba`."""
    return _load("celeba-20k", split, DRAWN)


def _load(name: str, split: str, limits: dict[int, int | None]) -> Dataset:
    files = [find("celeba", file, REMEDY) for file in (ARCHIVE, ATTRIBUTES, IDENTITIES, PARTITIONS)]
    sums = [check_archive(path, "celeba", f"delete it; {REMEDY}") for path in files]
    attributes, identity, partition = _tables(*files[1:])
    rows = np.sort(np.concatenate([draw_rows(np.flatnonzero(partition == p), limits[p]) for p in limits]))
    drawn = hashlib.sha256(rows.astype(np.int64).tobytes()).hexdigest()
    key = f"{sums[0]} {CROP} {drawn}"
    pixels = decode_once(name, key, (len(rows), SIZE, SIZE, 3), functools.partial(_pictures, files[0], rows))
    kept = np.flatnonzero(np.isin(partition[rows], PARTITION[split]))
    numbers = {"identity": identity, "picture": np.arange(1, len(identity) + 1), "partition": partition}
    factors = {
        factor: torch.from_numpy(values[rows[kept]].astype(np.int64))
        for factor, values in {**numbers, **attributes}.items()
    }
    return Dataset(
        to_images(pixels[kept]), factors["identity"] - 1, factors, name, split, data_checksum("celeba")
    )


def _pictures(archive: Path, rows: np.ndarray) -> Iterator[np.ndarray]:
    with zipfile.ZipFile(archive) as pictures:
        for row in rows:
            file = f"{FOLDER}/{row + 1:06d}.jpg"
            yield decode_picture(pictures.read(file), f"{archive}: {file}", crop=CROP, size=SIZE)


def _tables(attributes: Path, identities: Path, partitions: Path):
    """Read the three lists; each has a line a picture, in the order of the pictures' numbers."""
    header, rows = _table(attributes, header=2)
    identity, partition = (_table(path)[1][:, 0] for path in (identities, partitions))
    if not len(rows) == len(identity) == len(partition):
        raise ValueError(
            f"{attributes.parent}: got lists of {len(rows)}, {len(identity)} and {len(partition)} pictures, "
            "expected one length"
        )
    flags = {name: rows[:, i] == 1 for i, name in enumerate(header.split())}
    return flags, identity, partition


def _table(path: Path, header: int = 0) -> tuple[str, np.ndarray]:
    lines = path.read_text(encoding="utf-8").splitlines()
    names = [line.split()[0] for line in lines[header:]]
    if names != [f"{i:06d}.jpg" for i in range(1, len(names) + 1)]:
        raise ValueError(f"{path}: got other pictures, expected 000001.jpg and so on, in order")
    numbers = np.array([line.split()[1:] for line in lines[header:]], np.int64)
    return lines[header - 1] if header else "", numbers
