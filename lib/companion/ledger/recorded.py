"""Read what finished runs left: `book/recorded/` for the `paper` profile, `results/quick/` for `quick`."""

import csv
import json
from pathlib import Path
from typing import Any

from companion.ledger.runs.results import RESULT

NEEDED = ("schema", "notebook", "profile", "seed", "parameters", "device", "commit", "figures")
EMPTY = dict.fromkeys(("interval", "n", "samples", "setup", "figure", "note", "cell")) | {"n_what": "pairs"}
"""What a reading has where its run says nothing."""


def read_result(path: Path) -> dict[str, Any]:
    """Read one `result.json`.

    Args:
        path: the file.

    Returns:
        its content, with the folder it was in as `folder`.

    Raises:
        ValueError: when it is damaged or lacks a field.
    """
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(
            f"{path}: got invalid JSON ({error}), expected a run's result; run it again"
        ) from None
    missing = [name for name in NEEDED if name not in result] if isinstance(result, dict) else list(NEEDED)
    if missing:
        raise ValueError(f"{path}: got no {', '.join(missing)}, expected a run's result; run it again")
    return {**_of_today(result), "folder": path.parent}


def _of_today(result: dict[str, Any]) -> dict[str, Any]:
    """Fill in what readings leave out; those of the first schema are measurements by name."""
    kept = {**result.get("measurements", {}), **result.get("readings", {})}
    readings = {path: {**EMPTY, **entry} for path, entry in kept.items()}
    return {"claims": {}, **result, "readings": readings}


def recorded_results(root: Path, notebook: str) -> list[dict[str, Any]]:
    """Read the recorded `paper` results of a notebook, by seed.

    Args:
        root: the project's root.
        notebook: name of the notebook.

    Raises:
        ValueError: when one is damaged, or is no result of this notebook in the `paper` profile, or when they
            are of several commits or parameters.
    """
    found = [
        read_result(path) for path in sorted((root / "book" / "recorded" / notebook).glob(f"*/{RESULT}"))
    ]
    for result in found:
        if (result["notebook"], result["profile"]) != (notebook, "paper"):
            seen = f"{result['notebook']} in profile {result['profile']}"
            raise ValueError(f"{result['folder'] / RESULT}: got {seen}, expected {notebook} in profile paper")
        for name in ("commit", "parameters"):
            if result[name] != found[0][name]:
                raise ValueError(
                    f"{result['folder'] / RESULT}: got another {name} than in {found[0]['folder'].name}, "
                    "expected the same in all recorded runs; record the notebook again"
                )
    return sorted(found, key=lambda result: result["seed"])


def quick_results(results: Path, notebook: str) -> list[dict[str, Any]]:
    """Read the finished `quick` runs of a notebook, by seed; runs with other parameters are left out.

    Args:
        results: the folder `results/`.
        notebook: name of the notebook.
    """
    found = [read_result(path) for path in sorted((results / "quick" / notebook).glob(f"[!.]*/{RESULT}"))]
    found = [result for result in found if (result["notebook"], result["profile"]) == (notebook, "quick")]
    return sorted({result["seed"]: result for result in found}.values(), key=lambda result: result["seed"])


def recorded_table(root: Path, notebook: str, name: str) -> list[dict[str, str]]:
    """Read one table of every recorded run.

    Args:
        root: the project's root.
        notebook: name of the notebook.
        name: name of the table, as `Run.table` was given it.

    Returns:
        the rows, text as it stands, each with its run's `seed`; none where nothing is recorded.

    Raises:
        ValueError: when a recorded run is damaged.
    """
    rows = []
    for result in recorded_results(root, notebook):
        file = result.get("tables", {}).get(name)
        if file is not None and (result["folder"] / file).is_file():
            with (result["folder"] / file).open(encoding="utf-8", newline="") as stream:
                rows += [{**row, "seed": str(result["seed"])} for row in csv.DictReader(stream)]
    return rows
