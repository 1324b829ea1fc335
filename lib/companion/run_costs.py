"""What a run will take, estimated from what runs took.

The machine of record took `seconds` and `peak_memory_mb` for each notebook and profile, by
`workflow/costs.json`. A change of parameters makes the parts of that time longer or shorter that
`notebooks/parameters.yml` says they do; receipts of runs that this machine has done say how much faster or
slower it is.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from companion.parameters.rules import RuleBook, read_rules
from companion.profiles import all_profiles

COSTS = Path("workflow") / "costs.json"
REFERENCE = "quick"  # the profile that parts of the time are given for
SUMMED = "passes"  # lists of passes take their sum; other lists as many times as they have entries


@dataclass(frozen=True)
class Estimate:
    """What a run will take.

    Attributes:
        seconds: of one core.
        megabytes: the most memory that the run of its profile held.
        here: whether receipts of this machine went into it.
    """

    seconds: float
    megabytes: float
    here: bool

    def __str__(self) -> str:
        where = "by earlier runs here" if self.here else "on one core of the machine of record"
        return f"about {duration(self.seconds)} {where}, {self.megabytes / 1000:.1f} GB of memory"


def duration(seconds: float) -> str:
    """Write a time for a reader: seconds, minutes or hours."""
    if seconds < 100:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def estimate(root: Path, notebook: str, profile: str, parameters: Mapping[str, Any]) -> Estimate | None:
    """Estimate what a run takes; None where the notebook is on no record.

    Args:
        root: the project's root.
        notebook: its name.
        profile: the profile that the parameters come from.
        parameters: of the run; those that are missing are the profile's.
    """
    plain = _on_record(root, notebook, profile, parameters)
    if plain is None:
        return None
    costs = _recorded(root)[notebook]
    factors = _factors(root, notebook) or _factors(root, "*")
    memory = costs.get(profile, costs[REFERENCE])["peak_memory_mb"]
    return Estimate(plain * (median(factors) if factors else 1), memory, bool(factors))


def shares(root: Path, notebook: str) -> dict[str, float]:
    """Map each parameter that a run's time grows with to its share of the quick run's time."""
    cost = _recorded(root).get(notebook, {}).get(REFERENCE)
    parts = read_rules(root / "notebooks").sheet(notebook).time if cost else ()
    named = dict.fromkeys(name for part in parts for name in part.grows)
    return {
        name: sum(part.seconds for part in parts if name in part.grows) / cost["seconds"] for name in named
    }


def _on_record(root: Path, notebook: str, profile: str, parameters: Mapping[str, Any]) -> float | None:
    """Seconds on the machine of record: those of the profile where it is on record, else of the quick run,
    times what the parameters make of them."""
    costs = _recorded(root).get(notebook, {})
    if REFERENCE not in costs:
        return None
    specs = {name: spec.get(notebook) or {} for name, spec in all_profiles(root).items()}
    near = profile if profile in costs else REFERENCE
    own = {**specs[REFERENCE], **specs.get(profile, {}), **parameters}
    told = {
        name: _model(root, notebook, specs[REFERENCE], {**specs[REFERENCE], **values})
        for name, values in {"run": own, "near": specs[near]}.items()
    }
    return costs[near]["seconds"] * told["run"] / told["near"]


def _model(root: Path, notebook: str, reference: Mapping[str, Any], parameters: Mapping[str, Any]) -> float:
    """Add up the parts of the time, each as long as its parameters make it."""
    rules = read_rules(root / "notebooks")
    parts = rules.sheet(notebook).time
    seconds = _recorded(root)[notebook][REFERENCE]["seconds"] - sum(part.seconds for part in parts)
    seconds = max(seconds, 1.0)
    for part in parts:
        here, there = (_amount(rules, notebook, part.grows, values) for values in (parameters, reference))
        seconds += part.seconds * here / (there or 1)
    return seconds


def _amount(rules: RuleBook, notebook: str, names: tuple[str, ...], parameters: Mapping[str, Any]) -> float:
    """Say how much work parameters ask for together: their product, of mappings the sum over the keys."""
    keys = dict.fromkeys(
        key for name in names if isinstance(parameters[name], dict) for key in parameters[name]
    )
    units = {name: rule.unit for name, rule in {**rules.common, **rules.sheet(notebook).rules}.items()}

    def one(name: str, key: str | None) -> float:
        value = parameters[name]
        if isinstance(value, dict):
            return value.get(key, rules.images.get(key, 1))
        if isinstance(value, (list, tuple)):
            return sum(value) if units.get(name) == SUMMED else len(value)
        return value or rules.images.get(parameters.get("dataset"), 1)

    return sum(math.prod(one(name, key) for name in names) for key in keys or (None,))


def _recorded(root: Path) -> dict[str, dict[str, dict[str, float]]]:
    path = root / COSTS
    return json.loads(path.read_text(encoding="utf-8"))["runs"] if path.is_file() else {}


def _factors(root: Path, notebook: str) -> list[float]:
    """How many times as long as on the machine of record the runs took that this machine has done."""
    found = []
    for path in (root / "results").glob(f"*/{notebook}/*/receipt.json"):
        try:
            receipt = json.loads(path.read_text(encoding="utf-8"))
            expected = _on_record(root, receipt["notebook"], receipt["profile"], receipt["parameters"])
            found.append(receipt["seconds"] / expected)
        except (OSError, ValueError, KeyError, TypeError):
            continue  # half-written, of an older edition, or of a notebook that is on no record
    return found
