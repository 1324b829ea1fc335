"""Run a sweep and put its table into the book: what `make sweep S=NAME` calls.

    python workflow/sweep.py latent_dim --cores 2

The runs are Snakemake's, so a sweep that was cut off goes on where it was. The table, with the values of each
seed, is written to `book/recorded/sweeps/NAME.json`, which the directive `{sweep}` shows; that
of a sweep from the panel stands beside its runs.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from companion.ledger.expressions import MissingReading, parse
from companion.ledger.runs.readings import path_of
from process import one_line
from receipts import RECEIPT
from sweeps import combinations, load_sweep, sweep_units, table_path
from units import ROOT, Unit, UsageError


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sweep", help="a file of workflow/sweeps/, without its suffix")
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1, help="runs at once")
    parser.add_argument("--machine", help="where the runs are done: a folder of workflow/machines/")
    options = parser.parse_args()
    try:
        units = sweep_units(options.sweep)
    except UsageError as error:
        print(one_line(str(error)), file=sys.stderr)
        return 2
    command = [sys.executable, "workflow/book.py", "--sweep", options.sweep, "--cores", str(options.cores)]
    command += ["--machine", options.machine] if options.machine else []
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    if code != 0:
        return code
    path = ROOT / table_path(options.sweep)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(collect(options.sweep, units), indent=1) + "\n", encoding="utf-8")
    part.replace(path)
    print(f"{options.sweep}: the table of {len(units)} runs is in {path.relative_to(ROOT)}")
    return 0


def collect(name: str, units: list[Unit], root: Path = ROOT) -> dict[str, Any]:
    """Gather what a sweep measured.

    Returns:
        the sweep's title, where it was run, and a row for each combination: its values of the grid, and for
        each column the values over the seeds, None where a run has no such measurement.
    """
    sweep = load_sweep(name, root)
    results = {unit.name: _read(root, unit, "result.json") for unit in units}
    receipts = [_read(root, unit, RECEIPT) for unit in units]
    filled = {unit.name: {name: _words(value) for name, value in unit.parameters.items()} for unit in units}
    rows = []
    for combination in combinations(sweep):
        own = [unit for unit in units if combination.items() <= unit.parameters.items()]
        columns = {
            heading: [_value(results[unit.name], pattern.format(**filled[unit.name])) for unit in own]
            for heading, pattern in sweep["columns"].items()
        }
        rows.append({"parameters": combination, "columns": columns})
    return {
        "title": sweep["title"],
        "notebook": sweep["notebook"],
        "profile": sweep["profile"],
        "changes": sweep["parameters"],
        "seeds": sweep["seeds"],
        "commits": sorted({str(result["commit"]) for result in results.values()}),
        "devices": sorted({result["device"] for result in results.values()}),
        "seconds": round(sum(receipt["seconds"] for receipt in receipts), 1),
        "rows": rows,
    }


def _read(root: Path, unit: Unit, name: str) -> dict[str, Any]:
    return json.loads((root / unit.directory / name).read_text(encoding="utf-8"))


def _value(result: dict[str, Any], text: str) -> float | None:
    """Evaluate an expression over the readings of a run; None where the run lacks a part of it."""
    try:
        return parse(text)({path: entry["value"] for path, entry in result.get("readings", {}).items()})
    except MissingReading:
        return None


def _words(value: Any) -> Any:
    """Write what a parameter holds as the paths of readings write it: `vae-mlp:2` is `vae_mlp_2` there."""
    if isinstance(value, list):
        return [_words(item) for item in value]
    return path_of(value) if isinstance(value, str) else value


if __name__ == "__main__":
    sys.exit(main())
