"""Runs that were done before: a list of them, and two of them side by side."""

import base64
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from PIL import Image

from companion.ledger.bindings import entry
from companion.ledger.claims import load_claims
from companion.ledger.recorded import read_result
from companion.ledger.runs.results import RESULT
from companion.parameters import written
from companion.project_paths import CLAIMS
from companion.run_costs import duration
from companion.tables import table
from companion.widgets.panel.claims import number

SIDE = 480  # pixels of a picture's longer side, half of a notebook's width
MOVED = 0.001  # share of a number that counts as a change


@dataclass(frozen=True)
class PastRun:
    """A finished run.

    Attributes:
        folder: of its files.
        receipt: what was run and what it took.
    """

    folder: Path
    receipt: Mapping[str, Any]

    @property
    def title(self) -> str:
        """When, which profile and seed, what was changed, how long."""
        changed = [f"{name} {written(self.parameters[name])}" for name in self.receipt.get("changed", ())]
        said = [self.receipt["started"][:16].replace("T", " "), self.receipt["profile"]]
        said += [f"seed {self.parameters['seed']}", *changed, duration(self.receipt["seconds"])]
        return ", ".join(dict.fromkeys(said))

    @property
    def parameters(self) -> Mapping[str, Any]:
        return self.receipt["parameters"]


def past_runs(root: Path, notebook: str) -> list[PastRun]:
    """List the finished runs of a notebook that `results/` holds, those of sweeps too, the latest first."""
    found = []
    for path in (root / "results").glob("**/receipt.json"):
        try:
            receipt = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if receipt.get("notebook") == notebook and (path.parent / RESULT).is_file():
            found.append(PastRun(path.parent, receipt))
    return sorted(found, key=lambda run: run.receipt["started"], reverse=True)


def compared(root: Path, first: PastRun, second: PastRun) -> str:
    """Write, as HTML, what differs between two runs: parameters, claims, figures."""
    results = read_result(first.folder / RESULT), read_result(second.folder / RESULT)
    return "".join((_parameters(first, second), _claims(root, *results), _figures(*results)))


def _parameters(first: PastRun, second: PastRun) -> str:
    a, b = first.parameters, second.parameters
    names = [name for name in dict.fromkeys([*a, *b]) if a.get(name) != b.get(name)]
    if not names:
        return "<p>Both have the same parameters.</p>"
    rows = [[name, *(written(run.get(name)) for run in (a, b))] for name in names]
    return "<h4>Parameters that differ</h4>" + table("parameter | first | second", rows)


def _claims(root: Path, first: dict[str, Any], second: dict[str, Any]) -> str:
    rows, same = [], 0
    for claim in load_claims(root / CLAIMS):
        one, other = entry(claim, first), entry(claim, second)
        if one is None or other is None:
            continue
        if _near(one["value"], other["value"]):
            same += 1
            continue
        said = "–" if claim.reported is None else number(claim.reported)
        rows.append([claim.statement, said, number(one["value"]), number(other["value"])])
    if not rows:
        return f"<h4>Claims</h4><p>None of the {same} claims that both measure has moved.</p>"
    head = f"<h4>Claims that moved</h4><p>{len(rows)} of {len(rows) + same} that both measure.</p>"
    return head + table("claim | reported | first | second", rows)


def _near(a: Any, b: Any) -> bool:
    if isinstance(a, list) and isinstance(b, list):
        return all(map(_near, a, b))
    if not all(isinstance(value, (int, float)) for value in (a, b)):
        return a == b
    return abs(a - b) <= MOVED * max(abs(a), abs(b))


def _figures(first: dict[str, Any], second: dict[str, Any]) -> str:
    parts = []
    for name in (name for name in first["figures"] if name in second["figures"]):
        pair = [_picture(result, name) for result in (first, second)]
        if all(pair):
            parts.append(
                f'<figure style="margin: 0 0 1rem"><figcaption>{escape(name.replace("_", " "))}</figcaption>'
                f'<div style="display: flex; flex-wrap: wrap; gap: 8px">{"".join(pair)}</div></figure>'
            )
    return f"<h4>Figures side by side</h4>{''.join(parts)}" if parts else ""


def _picture(result: dict[str, Any], name: str) -> str:
    path = result["folder"] / result["figures"][name].get("png", "")
    if not path.is_file():
        return ""
    with Image.open(path) as opened:
        picture = opened.convert("RGB")
    picture.thumbnail((SIDE, SIDE))
    stream = io.BytesIO()
    picture.save(stream, format="webp", quality=85)
    data = base64.b64encode(stream.getvalue()).decode()
    words = result["figures"][name].get("words") or name
    style = "max-width: 49%; background: #fff"
    return f'<img alt="{escape(words)}" style="{style}" src="data:image/webp;base64,{data}">'
