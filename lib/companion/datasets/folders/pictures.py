"""One's own pictures, from a folder of any files that Pillow reads."""

import hashlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import torch

from companion.datasets.dataset import Dataset
from companion.datasets.folders.user_files import find
from companion.datasets.pixels import decode_once, decode_picture, read_picture, to_images

FOLDER = "pictures"
SIZE = 64
TEST_EVERY = 5
KINDS = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".pgm", ".ppm", ".tif", ".tiff", ".webp"}
REMEDY = "make a folder of that name with your pictures, in subfolders if they have classes"


def load_pictures(split: str) -> Dataset:
    """Load the pictures of a folder `pictures`, 64 x 64 RGB: the middle square of each, in any subfolders.

    The labels count the folders of the first level from 0, in the order of their names; without such folders
    all are 0. Every fifth picture of each, in the order of the names, is for testing. The factor is
    `picture`, its place in that order.
    """
    folder, files = _files()
    shape, key = (len(files), SIZE, SIZE, 3), pictures_checksum()
    pixels = decode_once(FOLDER, key, shape, partial(_decoded, folder, files))
    classes = [file.split("/")[0] if "/" in file else "" for file in files]
    labels = np.unique(classes, return_inverse=True)[1].astype(np.int64)
    place = np.concatenate([np.arange(n) for n in np.unique(labels, return_counts=True)[1]])
    is_test = place % TEST_EVERY == TEST_EVERY - 1
    kept = np.flatnonzero({"train": ~is_test, "test": is_test, "all": np.ones_like(is_test)}[split])
    if not len(kept):
        raise ValueError(f"{folder}: got {len(files)} pictures, expected {TEST_EVERY} or more of a class")
    factors = {"picture": torch.from_numpy(kept)}
    return Dataset(to_images(pixels[kept]), torch.from_numpy(labels[kept]), factors, FOLDER, split, key)


def pictures_checksum() -> str:
    """Digest the names, sizes and times of the reader's pictures.

    Raises:
        FileNotFoundError: there is no such folder.
        ValueError: there is no picture in it.
    """
    folder, files = _files()
    states = ((file, (folder / file).stat()) for file in files)
    lines = "".join(f"{file} {state.st_size} {state.st_mtime_ns}\n" for file, state in states)
    return hashlib.sha256(lines.encode(errors="surrogateescape")).hexdigest()


def _files() -> tuple[Path, list[str]]:
    """List the pictures under the folder: those of the first folder, then of the next."""
    folder = find(FOLDER, FOLDER, REMEDY)
    found = sorted(
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.suffix.lower() in KINDS and path.is_file() and not path.name.startswith(".")
    )
    files = sorted((path.as_posix() for path in found), key=lambda file: ("/" in file, file.split("/")))
    if not files:
        raise ValueError(f"{folder}: got no picture, expected files such as .png or .jpg; {REMEDY}")
    return folder, files


def _decoded(folder: Path, files: list[str]) -> Iterator[np.ndarray]:
    for file in files:
        yield decode_picture(read_picture(folder / file), str(folder / file), crop=None, size=SIZE)
