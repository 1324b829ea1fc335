"""Read the tables that the recorded runs of a notebook kept, one row of a table a row, over all seeds."""

import csv
from pathlib import Path

from latent_geometry.ledger.recorded import recorded_results


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
