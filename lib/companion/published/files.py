"""Find or fetch the files of published models, and read tensors from them without running code."""

import hashlib
from pathlib import Path

import pooch
import torch
from torch import Tensor

from companion import project_paths
from companion.datasets.folders.user_files import DATA_VARIABLE, folders
from companion.published.catalogue import PublishedFile

FOLDER = "published_models"
TIMEOUT = 20


def find_copy(file: PublishedFile) -> Path | None:
    """Find a copy with the right checksum, in the folder that COMPANION_DATA names or in the cache."""
    for place in folders(FOLDER):
        path = place / file.place
        if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256:
            return path
    return None


def fetch(name: str, file: PublishedFile) -> Path:
    """Find a copy of a file, or fetch it into the cache.

    Args:
        name: of the model, for the message.
        file: which.

    Raises:
        FileNotFoundError: there is no copy and it could not be fetched; one line with both remedies.
    """
    found = find_copy(file)
    if found is not None:
        return found
    target = project_paths.data_cache() / FOLDER / file.place
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        pooch.retrieve(
            file.address,
            known_hash=f"sha256:{file.sha256}",
            fname=target.name,
            path=target.parent,
            downloader=pooch.HTTPDownloader(timeout=TIMEOUT),
        )
    except (OSError, ValueError) as error:
        raise FileNotFoundError(
            f"{name}: {file.place} with sha256 {file.sha256[:12]}... is in none of "
            f"{', '.join(map(str, folders(FOLDER)))}, and {file.address} could not be read "
            f"({type(error).__name__}); put it into {FOLDER}/ of the folder that {DATA_VARIABLE} names"
        ) from error
    return target


def read_state(name: str, path: Path) -> dict[str, Tensor]:
    """Read named tensors of a file that torch wrote; nothing in it is run.

    Raises:
        ValueError: it holds something else.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch.load has no error of its own
        raise ValueError(f"{name}: {path} could not be read as weights ({type(error).__name__})") from error
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise ValueError(f"{name}: {path} holds {type(state).__name__}, expected named tensors")
    return {key: value.to(torch.float32) for key, value in state.items() if value.is_floating_point()}
