"""Arrays from files that somebody else wrote: no objects, and no more memory than the file has bytes for."""

import math
import zipfile
from pathlib import Path

import numpy as np

MOST_BYTES = 1 << 33
"""Of all arrays of a file, 8 GB: more than any set that is read so."""


def read_npz(path: Path, remedy: str) -> dict[str, np.ndarray]:
    """Read all arrays of an `.npz` after their headers are seen to fit what the archive holds.

    Args:
        path: of the file.
        remedy: what the reader can do, for the message.

    Raises:
        ValueError: damaged or truncated, pickled objects, arrays larger than their files or than 8 GB.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if member.filename.endswith(".npy")]
            asked = sum(_bytes_of(archive, member) for member in members)
        if asked > MOST_BYTES:
            raise ValueError(f"it asks for {asked:.3g} bytes, expected {MOST_BYTES:.3g} at most")
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    # Whatever a reader of headers makes of bytes that somebody else wrote.
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(f"{path}: damaged or truncated ({reason}); {remedy}") from error


def _bytes_of(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> int:
    """Read the header of one array and return how many bytes it asks for."""
    with archive.open(member) as file:
        version = np.lib.format.read_magic(file)
        read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
        if version not in read:
            raise ValueError(f"{member.filename} has a header of version {version}")
        shape, _, dtype = read[version](file)
        asked = math.prod(shape) * dtype.itemsize
        if dtype.hasobject or asked != member.file_size - file.tell():
            raise ValueError(f"{member.filename} says {shape} of {dtype}, and holds something else")
    return asked
