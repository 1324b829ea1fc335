"""Where the files of a set that only the reader has may lie."""

import os
from pathlib import Path

from companion import project_paths

DATA_VARIABLE = "COMPANION_DATA"


def folders(name: str) -> list[Path]:
    """List where the files of a set are looked for.

    Returns:
        of the folder that the environment variable `COMPANION_DATA` names its subfolder with the set's
        name and itself, then the set's folder in the cache.
    """
    given = os.environ.get(DATA_VARIABLE)
    own = [Path(given).expanduser().resolve()] if given else []
    places = [place for folder in own for place in (folder / name, folder)]
    return [*places, project_paths.data_cache() / name]


def find(name: str, file: str, remedy: str) -> Path:
    """Find a file, or a folder, of a set.

    Args:
        name: the data set.
        file: name of the file.
        remedy: how to get it, for the message.

    Raises:
        FileNotFoundError: with the places that were tried and the remedy, in one line.
    """
    places = folders(name)
    for place in places:
        if (place / file).exists():
            return place / file
    tried = " nor ".join(map(str, places)) if len(places) > 1 else str(places[0])
    unset = (
        "" if len(places) > 1 else f", or into a folder that the environment variable {DATA_VARIABLE} names"
    )
    raise FileNotFoundError(f"{name}: {file} is not in {tried}; {remedy}, and put it there{unset}")
