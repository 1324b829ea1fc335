"""The files of CelebA as people have them: the authors' archive and lists, a folder, tables of Kaggle."""

import csv
import hashlib
import io
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from pathlib import Path

from companion.datasets.checksums import PUBLISHED, check_archive, data_checksum, of_text
from companion.datasets.folders.user_files import find, folders
from companion.datasets.pixels import read_picture

ARCHIVE, FOLDER = "img_align_celeba.zip", "img_align_celeba"
NESTED = (FOLDER, f"{FOLDER}/{FOLDER}", f"Img/{FOLDER}", f"celeba/{FOLDER}")
LISTS = "list_attr_celeba.txt", "identity_CelebA.txt", "list_eval_partition.txt"
REMEDY = "fetch it from the authors' page, mmlab.ie.cuhk.edu.hk/projects/CelebA.html (research use only)"


def celeba_checksum() -> str:
    """Give the checksum of the published files, or of the reader's folder where there is no archive."""
    try:
        archive, folder = _pictures()
    except FileNotFoundError:
        return data_checksum("celeba")
    return data_checksum("celeba") if archive else _digest(folder, folder.stat().st_mtime_ns)


def picture_reader() -> tuple[str, Callable[[Iterable[int]], Iterator[tuple[bytes, str]]]]:
    """Find the pictures, in the archive or in a folder.

    Returns:
        a checksum, and a function from numbers 1, 2, ... to the contents and names of these pictures.

    Raises:
        FileNotFoundError: there are none.
        ValueError: the archive is not the published one.
    """
    archive, folder = _pictures()
    if archive:
        return check_archive(archive, "celeba", REMEDY), partial(_from_archive, archive)
    warnings.warn(
        f"{folder}: a folder of pictures has no published checksum; they are used as they are", stacklevel=4
    )
    return celeba_checksum(), partial(_from_folder, folder)


def _from_archive(archive: Path, numbers: Iterable[int]) -> Iterator[tuple[bytes, str]]:
    with zipfile.ZipFile(archive) as opened:
        for number in numbers:
            file = f"{FOLDER}/{number:06d}.jpg"
            yield opened.read(file), f"{archive}: {file}"


def _from_folder(folder: Path, numbers: Iterable[int]) -> Iterator[tuple[bytes, str]]:
    for number in numbers:
        path = folder / f"{number:06d}.jpg"
        if not path.is_file():
            raise FileNotFoundError(f"{path}: missing among the pictures of celeba; {REMEDY}")
        yield read_picture(path), str(path)


def read_list(name: str) -> tuple[Path, list[str]]:
    """Read one of the three lists as the authors wrote it: with any ends of lines, or as Kaggle's csv.

    Args:
        name: of the authors' file, one of `LISTS`.

    Raises:
        FileNotFoundError: there is neither it nor the csv.
        ValueError: it says something else than the published one.
    """
    table = Path(name).with_suffix(".csv").name
    for place in folders("celeba"):
        if (place / table).is_file() and not any((p / name).exists() for p in folders("celeba")):
            return place / table, _from_csv(place / table, name)
    path = find("celeba", name, REMEDY)
    check_archive(path, "celeba", REMEDY)
    return path, of_text(path.read_bytes()).decode("utf-8").splitlines()


def _pictures() -> tuple[Path | None, Path]:
    places = folders("celeba")
    for place in places:
        if (place / ARCHIVE).is_file():
            return place / ARCHIVE, place
    for place in places:
        for nested in NESTED:
            if (place / nested / "000001.jpg").is_file():
                return None, place / nested
    return find("celeba", ARCHIVE, REMEDY), places[0]


@cache
def _digest(folder: Path, changed: int) -> str:
    sizes = sorted((path.name, path.stat().st_size) for path in folder.glob("*.jpg"))
    return hashlib.sha256("".join(f"{name} {size}\n" for name, size in sizes).encode()).hexdigest()


def _from_csv(path: Path, name: str) -> list[str]:
    """Write a csv's rows as the authors do, and compare with their checksum."""
    rows = list(csv.reader(io.StringIO(of_text(path.read_bytes()).decode("utf-8"))))
    if len(rows) < 2 or any(len(row) != len(rows[0]) for row in rows):
        raise ValueError(f"{path}: got rows of several lengths, expected a table with a head; {REMEDY}")
    head, body = rows[0][1:], rows[1:]
    wide = len(head) > 1
    lines = [" ".join([row[0], *(f"{value:>2}" if wide else value for value in row[1:])]) for row in body]
    lines = [str(len(body)), " ".join(head), *lines] if wide else lines
    expected = PUBLISHED["celeba"][name].split(":")[1]
    # How the authors end their lines and heads is not in the csv.
    for end in ("", " "):
        for last in ("\n", ""):
            first = [*lines[:1], lines[1] + end, *lines[2:]] if wide else lines
            if hashlib.md5(("\n".join(first) + last).encode(), usedforsecurity=False).hexdigest() == expected:
                return lines
    raise ValueError(f"{path}: says something else than the published {name}; {REMEDY}")
