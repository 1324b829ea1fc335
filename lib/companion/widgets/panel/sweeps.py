"""A sweep from the panel: what it asks, and its table and curves while they grow."""

import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from companion.ledger.bindings import entry
from companion.ledger.claim import Claim
from companion.ledger.recorded import read_result
from companion.ledger.runs.results import RESULT
from companion.ledger.statistics import t_interval
from companion.parameters import written
from companion.plotting.sweep_curves import sweep_curves
from companion.tables import table
from companion.widgets.panel.claims import number

FOLDER = Path("results") / "sweeps"
DEFINITION = "sweep.yml"


@dataclass(frozen=True)
class Sweep:
    """Runs of one notebook over a grid of parameters and seeds.

    Attributes:
        notebook: its name.
        profile: where the other parameters come from.
        grid: parameter -> its values; at most two of them.
        seeds: each combination is run with each.
        claims: what is tabulated.
    """

    notebook: str
    profile: str
    grid: Mapping[str, Sequence[Any]]
    seeds: Sequence[int]
    claims: Sequence[Claim]

    @property
    def combinations(self) -> list[dict[str, Any]]:
        """Every combination of the grid's values."""
        return [dict(zip(self.grid, values, strict=True)) for values in product(*self.grid.values())]

    @property
    def content(self) -> dict[str, Any]:
        """The sweep as the workflow reads it."""
        return {
            "title": f"{', '.join(self.grid)} in {self.notebook}",
            "notebook": self.notebook,
            "profile": self.profile,
            "grid": {name: list(values) for name, values in self.grid.items()},
            "seeds": list(self.seeds),
            "columns": {claim.id: claim.measured.text for claim in self.claims},
        }

    @property
    def name(self) -> str:
        """A name that the same question always has, so that a stopped sweep goes on."""
        asked = {key: value for key, value in self.content.items() if key != "columns"}
        digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:8]
        return f"{self.notebook[:2]}-{'-'.join(self.grid)}-{digest}"

    def write(self, root: Path) -> Path:
        """Write it where the workflow finds it."""
        path = root / FOLDER / self.name / DEFINITION
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(self.content, sort_keys=False), encoding="utf-8")
        return path

    def done(self, root: Path) -> list[dict[str, Any]]:
        """Read the results of the runs that are finished."""
        receipts = (root / FOLDER / self.name).glob("[!.]*/receipt.json")
        return [read_result(path.parent / RESULT) for path in receipts]

    def values(
        self, results: list[dict[str, Any]], claim: Claim, combination: Mapping[str, Any]
    ) -> list[float]:
        """What the finished runs of a combination measured for a claim, one number a seed."""
        own = [result for result in results if combination.items() <= result["parameters"].items()]
        measured = [found["value"] for result in own if (found := entry(claim, result)) is not None]
        return [float(value) for value in measured if isinstance(value, (int, float))]


def shown(sweep: Sweep, results: list[dict[str, Any]]) -> str:
    """Write the table of a sweep so far, and its curves, as HTML."""
    head = " | ".join([*sweep.grid, *(claim.id for claim in sweep.claims)])
    rows = [
        [
            *(written(value) for value in combination.values()),
            *(_cell(sweep.values(results, claim, combination)) for claim in sweep.claims),
        ]
        for combination in sweep.combinations
    ]
    return table(head, rows) + _curves(sweep, results)


def _cell(values: list[float]) -> str:
    if len(values) < 2:
        return number(values[0]) if values else "–"
    found = t_interval(values)
    return f"{number(found.mean)} [{number(found.low)}, {number(found.high)}]"


def _curves(sweep: Sweep, results: list[dict[str, Any]]) -> str:
    """Draw each claim against the first parameter, if that is a number, a line per value of the second."""
    first, *second = sweep.grid
    numeric = all(isinstance(value, (int, float)) for value in sweep.grid[first])
    if not results or not numeric or len(sweep.grid[first]) < 2:
        return ""
    others = {f"{name} {written(v)}": {name: v} for name in second for v in sweep.grid[name]} or {"": {}}
    panels = {
        claim.id: {
            label: {x: sweep.values(results, claim, {first: x, **other}) for x in sweep.grid[first]}
            for label, other in others.items()
        }
        for claim in sweep.claims
    }
    marks = {c.id: c.reported for c in sweep.claims if isinstance(c.reported, (int, float))}
    picture = b64encode(sweep_curves(panels, parameter=first, marks=marks)).decode()
    words = f"{', '.join(panels)} against {first}; the numbers are in the table"
    return f'<img alt="{escape(words)}" style="max-width: 100%" src="data:image/png;base64,{picture}">'
