"""Write and read trained weights: safetensors, with a readable json that vouches for them."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

REMEDY = "delete it and run again, the model is then trained anew"


class DamagedCheckpointError(ValueError):
    """A stored model that is not what its record vouches for; the message names file and remedy."""


def write_checkpoint(path: Path, weights: dict[str, Tensor], record: dict[str, Any]) -> None:
    """Write weights and record, the record last: where it exists, the checkpoint is complete.

    Args:
        path: of the json; the weights go beside it as `.safetensors`.
        weights: name -> tensor.
        record: anything that json can hold; name and checksum of the weights are added.

    Raises:
        OSError: nothing is left half-written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    content = safetensors.torch.save({name: value.cpu().contiguous() for name, value in weights.items()})
    weights_path = path.with_suffix(".safetensors")
    write_atomically(weights_path, content)
    vouched = {**record, "weights": weights_path.name, "weights_sha256": hashlib.sha256(content).hexdigest()}
    write_atomically(path, (json.dumps(vouched, indent=1, sort_keys=True) + "\n").encode())


def read_checkpoint(path: Path, key: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read weights and record, and check that they are whole and belong to the key.

    Args:
        path: of the json.
        key: what the record must say.

    Returns:
        weights on the CPU, and the record.

    Raises:
        DamagedCheckpointError: damaged, truncated or missing file, or another key.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        seen_key, weights_name, expected = record["key"], record["weights"], record["weights_sha256"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        problem = f"damaged checkpoint ({type(error).__name__})"
        raise DamagedCheckpointError(f"{path}: {problem}; {REMEDY}") from error
    if seen_key != key:
        problem = f"damaged checkpoint (its key is {seen_key!r}, expected {key!r})"
        raise DamagedCheckpointError(f"{path}: {problem}; {REMEDY}")
    weights_path = path.with_suffix(".safetensors")
    if weights_name != weights_path.name:
        problem = f"damaged checkpoint (its weights are {weights_name!r}, expected {weights_path.name!r})"
        raise DamagedCheckpointError(f"{path}: {problem}; {REMEDY}")
    if not weights_path.is_file():
        problem = f"missing, but {path.name} is there"
        raise DamagedCheckpointError(f"{weights_path}: {problem}; delete that and run again")
    content = weights_path.read_bytes()
    seen = hashlib.sha256(content).hexdigest()
    if seen != expected:
        raise DamagedCheckpointError(
            f"{weights_path}: damaged checkpoint (sha256 {seen[:12]}..., expected {expected[:12]}...); "
            f"delete it and {path.name} and run again, the model is then trained anew"
        )
    try:
        return safetensors.torch.load(content), record
    except SafetensorError as error:
        raise DamagedCheckpointError(f"{weights_path}: damaged checkpoint ({error}); {REMEDY}") from error


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, whatever interrupts.

    Raises:
        OSError: with the file's name and the remedy.
    """
    part = path.with_name(f"{path.stem}.part{path.suffix}")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        reason = f"could not be written ({error.strerror})"
        raise OSError(
            error.errno, f"{path}: {reason}; make room or choose another folder by COMPANION_HOME"
        ) from error
    finally:
        part.unlink(missing_ok=True)
