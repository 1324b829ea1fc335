"""Where the finished runs of a profile are: results/PROFILE/NOTEBOOK/RUN. Imports nothing of the library."""

import os
import re
from pathlib import Path

PROFILE_VARIABLES = ("COMPANION_PROFILE", "PROFILE")
DEFAULT_PROFILE = "quick"


def profile() -> str:
    """Name the profile whose results the pages show."""
    return next((os.environ[name] for name in PROFILE_VARIABLES if os.environ.get(name)), DEFAULT_PROFILE)


def first_run(root: Path, profile: str, notebook: str) -> Path | None:
    """Find the folder of the first finished run, which holds the executed notebook; None where there is none.

    Runs named `seed-N` come first, by seed. Others, with parameters that are not the profile's, do not count.
    """
    folder = root / "results" / profile / notebook
    runs = [
        (int(match[1]), path)
        for path in folder.glob("seed-*")
        if (match := re.fullmatch(r"seed-(\d+)", path.name)) and (path / f"{notebook}.ipynb").is_file()
    ]
    return min(runs)[1] if runs else None
