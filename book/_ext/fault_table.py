"""The directive `{faults}`: what happened when the workflow was disturbed on purpose, by kind of fault."""

import json
from pathlib import Path
from typing import Any

import computed_pages
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

RESULT = Path("benchmarks") / "results" / "faults.json"


def table(faults: dict[str, Any]) -> list[str]:
    """Count the faults of each kind, and those after which one more call put everything right."""
    lines = ["| fault | times | put right | for example |", "| --- | ---: | ---: | --- |"]
    for kind in dict.fromkeys(row["kind"] for row in faults["rows"]):
        rows = [row for row in faults["rows"] if row["kind"] == kind]
        right = sum(not row["problems"] for row in rows)
        lines.append(f"| {kind} | {len(rows)} | {right} | {rows[0]['what']} |")
    return lines


def summary(faults: dict[str, Any]) -> str:
    """Say in a sentence how many there were, and what did not come right."""
    bad = [row for row in faults["rows"] if row["problems"]]
    said = f"{faults['faults'] - len(bad)} of {faults['faults']} faults were put right by one more call."
    problems = "; ".join(f"{row['kind']}: {', '.join(row['problems'])}" for row in bad)
    return f"{said} Not so: {problems}." if bad else said


class Faults(SphinxDirective):
    """Show the last run of `make faults`."""

    def run(self) -> list[nodes.Node]:
        path = Path(self.env.app.srcdir) / RESULT
        lines = ["`make faults` has not been run yet."]
        if path.is_file():
            faults = json.loads(path.read_text(encoding="utf-8"))
            lines = [*table(faults), "", summary(faults)]
        return computed_pages.show(self, lines)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("faults", Faults)
    computed_pages.connect(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
