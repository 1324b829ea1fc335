"""Dates of files: what Snakemake will not have from the future."""

import os
import time
from collections.abc import Iterable
from pathlib import Path

MARGIN = 2.0  # seconds that a shared file system's clock may be ahead


def no_future_dates(paths: Iterable[Path]) -> int:
    """Give files whose dates lie in the future the present one, and count them.

    A clock that was set wrong leaves such dates behind, and then Snakemake refuses every new result as older
    than what it was made from. Which runs are out of date is decided by contents, so nothing is lost.

    Args:
        paths: files, some of which need not exist.
    """
    now, changed = time.time(), 0
    for path in paths:
        if path.is_file() and path.stat().st_mtime > now + MARGIN:
            os.utime(path, (now, now))
            changed += 1
    return changed
