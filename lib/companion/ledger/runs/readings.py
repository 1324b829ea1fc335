"""What a run keeps of its results: readings, each a value under a path such as `mnist.szabo.c_hat`."""

import json
import keyword
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from companion.ledger.runs.measurement import finite_number, measurement
from companion.profiles import plain

Samples = list[float]

PART = re.compile(r"[a-z][a-z0-9_]*")

MEASURED = "measured"
"""The name of a claim's own value, in its controls."""

FUNCTIONS = ("mean", "min", "max", "abs")
"""What an expression may call, so that no reading may be called so (see `expressions`)."""


def path_problem(path: str) -> str | None:
    """Say in a phrase what is wrong with the path of a reading, or return None."""
    for part in path.split("."):
        if not PART.fullmatch(part) or keyword.iskeyword(part):
            return f"got {path!r}, expected words of a-z, 0-9 and _ that begin with a letter, joined by dots"
    if path.split(".")[0] in (MEASURED, *FUNCTIONS):
        return f"got {path!r}, expected another first word: that one is taken"
    return None


def path_of(*titles: str) -> str:
    """Turn titles into a path: "RBF off" and "k-means, one start" become `rbf_off.k_means_one_start`."""
    return ".".join(re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_") for title in titles)


def by_path(results: Mapping[str, Any]) -> dict[str, Any]:
    """Give results by title the paths of `path_of`, so that they can be kept."""
    return {path_of(title): found for title, found in results.items()}


def flatten(path: str, results: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """List results as pairs of path and value.

    A mapping, and anything whose `readings()` gives one, is a branch; everything else is a leaf.

    Args:
        path: where they belong, "" for the root.
        results: name -> result.

    Raises:
        ValueError: for a name that cannot stand in an expression.
    """
    for name, result in results.items():
        whole = f"{path}.{name}" if path else str(name)
        if problem := path_problem(whole):
            raise ValueError(f"reading: {problem}")
        branch = result.readings() if hasattr(result, "readings") else result
        if isinstance(branch, Mapping):
            yield from flatten(whole, branch)
        else:
            yield whole, branch


def reading(
    path: str, result: Any, *, interval: Iterable[float] | None, n: int | None, n_what: str
) -> tuple[dict[str, Any], Samples | None]:
    """Turn one leaf into the form that `result.json` has, and the samples behind it.

    Args:
        path: for messages.
        result: a number, a bool or a tensor with one element; a tuple (low, high) for a range; or one value
            per pair or point, of which the mean is the reading.
        interval, n, n_what: as for `Run.keep`.

    Raises:
        ValueError: when a number is not finite, a range is not in order, or there is no value at all.
    """
    if isinstance(result, tuple):
        if len(result) != 2:
            raise ValueError(f"{path}: got a tuple of {len(result)}, expected (low, high) for a range")
        return measurement(path, list(result), interval=interval, n=n, n_what=n_what), None
    value = plain(result)
    if not isinstance(value, list) or len(value) == 1:
        return measurement(path, value, interval=interval, n=n, n_what=n_what), None
    samples = [finite_number(f"{path}: samples", sample) for sample in value]
    if not samples:
        raise ValueError(f"{path}: got no value, expected one per {n_what} at least")
    mean = sum(samples) / len(samples)
    n = len(samples) if n is None else n
    return measurement(path, mean, interval=interval, n=n, n_what=n_what), samples


def current_cell(notebook: Path) -> str | None:
    """Name the cell that is being executed: the cell of a notebook's source with the same text.

    Args:
        notebook: the source.

    Returns:
        the cell's id; None outside of a notebook, or where its source has no such cell.
    """
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None or not notebook.is_file():
        return None
    text = shell.history_manager.input_hist_raw[-1].strip()
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return next((cell.get("id") for cell in cells if "".join(cell["source"]).strip() == text), None)
