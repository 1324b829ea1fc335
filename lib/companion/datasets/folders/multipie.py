"""CMU Multi-PIE (Gross, Matthews, Cohn, Kanade, Baker 2010), read from the reader's licensed copy."""

import hashlib
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import torch

from companion.datasets.dataset import Dataset
from companion.datasets.folders.user_files import find
from companion.datasets.pixels import decode_once, decode_picture, read_picture, to_images

FOLDER = "multipie"
CROP = None
"""Side of the middle square that is kept; None is the largest one."""
SIZE = 64
TEST_EVERY = 5
FIELDS = ("subject", "session", "recording", "camera", "light")
PICTURE = re.compile(r"(\d{3})_(\d{2})_(\d{2})_(\d{3})_(\d{2})\.(?:png|jpg)")
REMEDY = "a licence and the pictures are to be had from Carnegie Mellon University (www.multipie.org)"


def load_multipie(split: str) -> Dataset:
    """Load the pictures of a folder `multipie`, 64 x 64 RGB: as many as there are, in any subfolders.

    A picture's name says what it shows, SUBJECT_SESSION_RECORDING_CAMERA_LIGHT.png such as
    001_01_01_051_06.png; files with other names are passed over. The middle square is kept, so crop the faces
    first if they are to fill it. Every fifth subject of those that are there is for testing. The labels count
    the subjects from 0; the factors are `subject`, `session`, `recording`, `camera` and `light` as in the
    names.
    """
    folder, files, numbers = _files()
    key = f"{multipie_checksum()} {CROP}"
    pixels = decode_once(FOLDER, key, (len(files), SIZE, SIZE, 3), partial(_pictures, folder, files))
    identity = np.unique(numbers[:, 0], return_inverse=True)[1]
    is_test = identity % TEST_EVERY == TEST_EVERY - 1
    kept = np.flatnonzero({"train": ~is_test, "test": is_test, "all": np.ones_like(is_test)}[split])
    factors = {field: torch.from_numpy(numbers[kept, i]) for i, field in enumerate(FIELDS)}
    labels = torch.from_numpy(identity[kept].astype(np.int64))
    return Dataset(to_images(pixels[kept]), labels, factors, "multipie", split, multipie_checksum())


def multipie_checksum() -> str:
    """Digest the names and sizes of the reader's pictures: there is no published checksum, nor one set.

    Raises:
        FileNotFoundError: there is no such folder.
        ValueError: there is no picture in it.
    """
    folder, files, _ = _files()
    lines = "".join(f"{file} {(folder / file).stat().st_size}\n" for file in files)
    return hashlib.sha256(lines.encode()).hexdigest()


def _files() -> tuple[Path, list[str], np.ndarray]:
    """List the pictures under the folder, in the order of their names, and the numbers in the names."""
    folder = find(FOLDER, FOLDER, REMEDY)
    found = sorted(
        (match[0], path.relative_to(folder).as_posix(), match.groups())
        for path in folder.rglob("*")
        if (match := PICTURE.fullmatch(path.name))
    )
    if not found:
        raise ValueError(f"{folder}: got no picture, expected files such as 001_01_01_051_06.png; {REMEDY}")
    return folder, [file for _, file, _ in found], np.array([n for _, _, n in found]).astype(np.int64)


def _pictures(folder: Path, files: list[str]) -> Iterator[np.ndarray]:
    for file in files:
        yield decode_picture(read_picture(folder / file), str(folder / file), crop=CROP, size=SIZE)
