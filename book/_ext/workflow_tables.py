"""Tables of what the workflow does, read from files and never typed.

`{parameters}` lists what each notebook takes, `{sweep} NAME` shows a sweep over some of them, `{costs} runs`
and `{costs} recorded` what the numbers cost, `{faults}` what happened when the workflow was disturbed on
purpose.
"""

import json
import os
from pathlib import Path
from statistics import mean
from typing import Any

from companion import ledger
from companion.parameters import Parameter, declared, written
from companion.project_paths import notebook_names
from companion.run_costs import shares
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from tables import ABSENT, Result, Table, interval, markdown

PEAK = "peak_memory_mb"
LEAST_SHARE = 0.02  # of the time, that a table says
MOST_CHOICES = 8


class Sweep(Table):
    """A sweep over parameters and seeds, and what it cost."""

    required_arguments = 1

    def lines(self, root: Path) -> list[str]:
        path = root / "book" / "recorded" / "sweeps" / f"{self.arguments[0]}.json"
        if not path.is_file():
            return [f"This sweep has not been run yet: `make sweep S={self.arguments[0]}`."]
        return sweep(json.loads(path.read_text(encoding="utf-8")))


def sweep(found: dict[str, Any]) -> list[str]:
    """Write a sweep: a row is a combination of parameters, a cell the mean over its seeds."""
    names, headings = list(found["rows"][0]["parameters"]), list(found["rows"][0]["columns"])
    rows = [
        [_plain(row["parameters"][name]) for name in names]
        + [interval(row["columns"][heading]) for heading in headings]
        for row in found["rows"]
    ]
    changes = ", ".join(f"`{name}` {_plain(value)}" for name, value in found["changes"].items())
    beside = f" with {changes}" if changes else ""
    commits = ", ".join(commit[:8] for commit in found["commits"])
    origin = (
        f"Notebook `{found['notebook']}`, profile `{found['profile']}`{beside}; "
        f"seeds {_plain(found['seeds'])}; device {', '.join(found['devices'])}; commit {commits}; "
        f"{found['seconds'] / 3600:.1f} hours in all. Means over the seeds, with 95 % intervals."
    )
    return [*markdown([*(f"`{name}`" for name in names), *headings], rows), "", origin]


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


class Costs(Table):
    """What runs cost: machine, date, time, memory."""

    required_arguments = 1

    def lines(self, root: Path) -> list[str]:
        if directives.choice(self.arguments[0], ("runs", "recorded")) == "recorded":
            return _recorded_costs(root)
        return _run_costs(root, os.environ.get("COMPANION_PROFILE", "quick"))


def _run_costs(root: Path, profile: str) -> list[str]:
    paths = sorted((root / "results" / profile).glob("*/seed-*/receipt.json"))
    receipts = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    rows = [
        [
            f"`{one['notebook']}`",
            *(f"{n:.0f}" for n in (one["parameters"]["seed"], one["seconds"], one[PEAK])),
        ]
        for one in receipts
    ]
    return markdown(["notebook", "seed", "seconds", "peak memory, MB"], rows, 1) if rows else ["Nothing yet."]


def _recorded_costs(root: Path) -> list[str]:
    names = [folder.name for folder in sorted((root / "book" / "recorded").glob("[0-9]*"))]
    runs = {name: ledger.recorded_results(root, name) for name in names}
    rows = [[f"`{name}`", *_cost(results)] for name, results in runs.items() if results]
    heads = ["notebook", "machine", "begun", "commit", "seeds", "seconds a seed", "device-seconds in all"]
    return markdown([*heads, "peak memory, MB"], rows, 4) if rows else ["Nothing yet."]


def _cost(results: list[Result]) -> list[str]:
    seconds = [result["seconds"] for result in results]
    devices = ", ".join(sorted({result["device"] for result in results}))
    begun = min(result["started"] for result in results)[:10]
    commits = ", ".join(sorted({(result["commit"] or "no commit")[:8] for result in results}))
    receipts = [result["folder"] / "receipt.json" for result in results]
    peaks = [json.loads(p.read_text(encoding="utf-8"))[PEAK] for p in receipts if p.is_file()]
    times = [f"{mean(seconds):.0f}", f"{sum(seconds):.0f}"]
    return [devices, begun, commits, str(len(results)), *times, f"{max(peaks):.0f}" if peaks else ABSENT]


class Faults(Table):
    """The last run of `make faults`, by kind of fault."""

    def lines(self, root: Path) -> list[str]:
        path = root / "benchmarks" / "results" / "faults.json"
        if not path.is_file():
            return ["`make faults` has not been run yet."]
        return faults(json.loads(path.read_text(encoding="utf-8")))


def faults(found: dict[str, Any]) -> list[str]:
    """Count the faults of each kind, and those after which one more call put everything right."""
    kinds = {
        kind: [r for r in found["rows"] if r["kind"] == kind] for kind in [r["kind"] for r in found["rows"]]
    }
    rows = [
        [kind, str(len(own)), str(sum(not row["problems"] for row in own)), own[0]["what"]]
        for kind, own in kinds.items()
    ]
    bad = [row for row in found["rows"] if row["problems"]]
    said = f"{found['faults'] - len(bad)} of {found['faults']} faults were put right by one more call."
    problems = "; ".join(f"{row['kind']}: {', '.join(row['problems'])}" for row in bad)
    said += f" Not so: {problems}." if bad else ""
    return [*markdown(["fault", "times", "put right", "for example"], rows, 1), "", said]


class Parameters(Table):
    """What the parameters of the notebooks are, what they may be, and what doubling them does to the time."""

    def lines(self, root: Path) -> list[str]:
        lines = []
        for notebook in notebook_names(root):
            share = shares(root, notebook)
            rows = [
                [
                    f"`{one.name}`",
                    f"`{one.hint}`",
                    f"`{written(one.default)}`" if one.default != "" else "(none)",
                    one.help.replace("|", "\\|"),
                    _allowed(one),
                    f"{100 * share[one.name]:.0f} %" if share.get(one.name, 0) >= LEAST_SHARE else "",
                ]
                for one in declared(root / "notebooks" / f"{notebook}.ipynb").values()
            ]
            heads = ["parameter", "type", "quick", "what it is", "allowed", "twice as much: longer by"]
            lines += [f"**{{doc}}`/notebooks/{notebook}`**", "", *markdown(heads, rows, 5), ""]
        return lines


def _allowed(parameter: Parameter) -> str:
    rule = parameter.rule
    if len(rule.choices) > MOST_CHOICES:
        return f"one of {len(rule.choices)} names, such as {', '.join(map(str, rule.choices[:3]))}"
    if rule.choices:
        return ", ".join(str(choice) or "(none)" for choice in rule.choices)
    if rule.pattern:
        return f"`{rule.pattern}`"
    return f"{rule.range} {rule.unit}" if rule.range and rule.unit else rule.range or rule.unit


def setup(app: Sphinx) -> dict[str, bool]:
    for directive in (Sweep, Costs, Faults, Parameters):
        app.add_directive(directive.__name__.lower(), directive)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
