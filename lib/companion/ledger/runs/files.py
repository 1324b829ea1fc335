"""Bytes of a run's files, and how they reach the disk."""

import csv
import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from companion.profiles import plain


def csv_bytes(rows: list[dict[str, Any]]) -> bytes:
    """Write rows, one mapping of column to value each, as csv.

    Raises:
        ValueError: when there is no row.
    """
    if not rows:
        raise ValueError("rows: got none, expected at least one mapping of column to value")
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows({name: plain(value) for name, value in row.items()} for row in rows)
    return text.getvalue().encode()


def write_all(directory: Path, files: Mapping[str, bytes]) -> None:
    """Write every file under a working name first, then rename them in order: a full disk changes nothing."""
    parts = {name: directory / f".{name}.{os.getpid()}.part" for name in files}
    try:
        for name, part in parts.items():
            part.write_bytes(files[name])
        for name, part in parts.items():
            part.replace(directory / name)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
