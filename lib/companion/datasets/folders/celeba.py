"""CelebA (Liu, Luo, Wang, Tang 2015), read from the reader's own copy: research use, not shipped."""

import functools
import hashlib
from collections.abc import Callable, Iterator

import numpy as np
import torch

from companion.datasets.dataset import Dataset
from companion.datasets.folders.celeba_files import LISTS, celeba_checksum, picture_reader, read_list
from companion.datasets.pixels import decode_once, decode_picture, draw_rows, to_images

CROP = 148
"""Side of the middle square that is kept of the 178 x 218 pixels; the documents do not say theirs."""
SIZE = 64
PARTITION = {"train": (0,), "test": (2,), "all": (0, 1, 2)}
DRAWN = {0: 20_000, 2: 2_000}
"""How many pictures of each partition `celeba-20k` has."""


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
    seen, read = picture_reader()
    attributes, identity, partition = _tables()
    rows = np.sort(np.concatenate([draw_rows(np.flatnonzero(partition == p), limits[p]) for p in limits]))
    drawn = hashlib.sha256(rows.astype(np.int64).tobytes()).hexdigest()
    key = f"{seen} {CROP} {drawn}"
    pixels = decode_once(name, key, (len(rows), SIZE, SIZE, 3), functools.partial(_pictures, read, rows))
    kept = np.flatnonzero(np.isin(partition[rows], PARTITION[split]))
    numbers = {"identity": identity, "picture": np.arange(1, len(identity) + 1), "partition": partition}
    factors = {
        factor: torch.from_numpy(values[rows[kept]].astype(np.int64))
        for factor, values in {**numbers, **attributes}.items()
    }
    return Dataset(to_images(pixels[kept]), factors["identity"] - 1, factors, name, split, celeba_checksum())


def _pictures(read: Callable, rows: np.ndarray) -> Iterator[np.ndarray]:
    for content, where in read(rows + 1):
        yield decode_picture(content, where, crop=CROP, size=SIZE)


def _tables() -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Read the three lists; each has a line a picture, in the order of the pictures' numbers."""
    header, rows = _table(LISTS[0], header=2)
    identity, partition = (_table(name)[1][:, 0] for name in LISTS[1:])
    if not len(rows) == len(identity) == len(partition):
        raise ValueError(
            f"celeba: got lists of {len(rows)}, {len(identity)} and {len(partition)} pictures, "
            "expected one length"
        )
    flags = {name: rows[:, i] == 1 for i, name in enumerate(header.split())}
    return flags, identity, partition


def _table(name: str, header: int = 0) -> tuple[str, np.ndarray]:
    path, lines = read_list(name)
    names = [line.split()[0] for line in lines[header:]]
    if names != [f"{i:06d}.jpg" for i in range(1, len(names) + 1)]:
        raise ValueError(f"{path}: got other pictures, expected 000001.jpg and so on, in order")
    numbers = np.array([line.split()[1:] for line in lines[header:]], np.int64)
    return lines[header - 1] if header else "", numbers
