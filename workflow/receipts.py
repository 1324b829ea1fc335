"""A run's receipt: what was run, what it cost, and which files it left, so that a damaged file is noticed."""

import hashlib
import json
from pathlib import Path
from typing import Any

RECEIPT = "receipt.json"
DONE = "done"  # Snakemake's output: it deletes its outputs before a job, so it must not be the receipt itself


def write_receipt(folder: Path, content: dict[str, Any]) -> None:
    """Write the receipt of the run whose files are in a folder, with their digests, and mark it as done."""
    files = {path.name: _digest(path) for path in sorted(folder.iterdir()) if path.name != "run.log"}
    text = json.dumps({**content, "files": files}, indent=1) + "\n"
    (folder / RECEIPT).write_text(text, encoding="utf-8")
    (folder / DONE).touch()


def receipt_key(folder: Path) -> str | None:
    """Key of the run that a folder holds whole; None where there is no run or a file of it was damaged."""
    try:
        receipt = json.loads((folder / RECEIPT).read_text(encoding="utf-8"))
        whole = all(_digest(folder / name) == digest for name, digest in receipt["files"].items())
        return receipt["key"] if whole else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def forget_if_damaged(folder: Path) -> bool:
    """Take the mark of a damaged run away, so that Snakemake has it done again; tell whether it was so."""
    if not (folder / DONE).exists() or receipt_key(folder) is not None:
        return False
    (folder / DONE).unlink()
    return True


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
