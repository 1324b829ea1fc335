"""Sweeps: one notebook over a grid of parameters and seeds. A sweep is data, a file of `workflow/sweeps/`.

One that a reader asked for from the panel is `results/sweeps/NAME/sweep.yml`.

title: what the sweep asks
notebook, profile: what is run, and where the parameters come from that are not named here
parameters: what differs from the profile in every run
grid: parameter -> its values; every combination is run
seeds: each combination is run with each
columns: heading -> expression over readings; `{latent_dims[0]}` in it is filled in from the run's parameters
"""

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from units import ROOT, Unit, UsageError, make_unit, unknown

OWN = Path("results") / "sweeps"
DEFINITION = "sweep.yml"
FIELDS = {"title": str, "notebook": str, "profile": str, "grid": dict, "seeds": list, "columns": dict}


def load_sweep(name: str, root: Path = ROOT) -> dict[str, Any]:
    """Read a sweep.

    Raises:
        UsageError: when there is no such sweep, or a field is missing, unknown or of another type.
    """
    paths = {path.stem: path for path in (root / "workflow" / "sweeps").glob("*.yml")}
    paths |= {path.parent.name: path for path in (root / OWN).glob(f"*/{DEFINITION}")}
    if name not in paths:
        raise unknown("sweep", name, sorted(paths), "workflow/sweeps/")
    sweep = yaml.safe_load(paths[name].read_text(encoding="utf-8"))
    where = paths[name].relative_to(root).as_posix()
    for field in sweep:
        if field not in FIELDS and field != "parameters":
            raise unknown("field", field, [*FIELDS, "parameters"], where)
    for field, kind in FIELDS.items():
        if not isinstance(sweep.get(field), kind) or not sweep[field]:
            raise UsageError(f"{field}: got {sweep.get(field)!r}, expected a {kind.__name__}, by {where}")
    return {"parameters": {}, **sweep}


def table_path(name: str) -> Path:
    """Where the table of a sweep goes: into the book, or beside its runs where a reader asked for it."""
    if (ROOT / OWN / name / DEFINITION).is_file():
        return OWN / name / "table.json"
    return Path("book") / "recorded" / "sweeps" / f"{name}.json"


def combinations(sweep: dict[str, Any]) -> list[dict[str, Any]]:
    """List every combination of the grid's values."""
    return [dict(zip(sweep["grid"], values)) for values in itertools.product(*sweep["grid"].values())]


def sweep_units(name: str, root: Path = ROOT) -> list[Unit]:
    """List the units of a sweep, all seeds of the first combination first."""
    sweep = load_sweep(name, root)
    units = []
    for combination in combinations(sweep):
        for seed in sweep["seeds"]:
            changes = sweep["parameters"] | combination
            unit = make_unit(sweep["notebook"], sweep["profile"], seed=seed, changes=changes, root=root)
            units.append(replace(unit, sweep=name, changed=tuple(combination)))
    return units


def sweep_unit(name: str, run: str, root: Path = ROOT) -> Unit:
    """Find one unit of a sweep by the name of its run."""
    units = {unit.name: unit for unit in sweep_units(name, root)}
    if run not in units:
        raise unknown("run", run, list(units), f"the sweep {name}")
    return units[run]
