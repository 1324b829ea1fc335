"""The directive `{costs}`: what the numbers of this book cost, from receipts and recorded results.

`{costs} runs` lists the runs behind the pages of this build, with their time and memory; `{costs} recorded`
the recorded runs of the `paper` profile, with machine, date, seconds a seed and device-seconds in all.
"""

import json
import os
from pathlib import Path
from statistics import mean
from typing import Any

import computed_pages
from companion import ledger
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

NOTHING = "Nothing yet."


def runs(root: Path, profile: str) -> list[str]:
    """Table of the runs of a profile that are in `results/`, one line a run."""
    paths = sorted((root / "results" / profile).glob("*/seed-*/receipt.json"))
    receipts = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    rows = [
        [
            f"`{receipt['notebook']}`",
            str(receipt["parameters"]["seed"]),
            f"{receipt['seconds']:.0f}",
            f"{receipt['peak_memory_mb']:.0f}",
        ]
        for receipt in receipts
    ]
    return _table(["notebook", "seed", "seconds", "peak memory, MB"], rows, n_text=1)


def recorded(root: Path) -> list[str]:
    """Table of what is recorded, one line a notebook."""
    rows = []
    for folder in sorted((root / "book" / "recorded").glob("[0-9]*")):
        results = ledger.recorded_results(root, folder.name)
        if results:
            rows.append([f"`{folder.name}`", *_cost(results)])
    heads = ["notebook", "machine", "begun", "commit", "seeds", "seconds a seed", "device-seconds in all"]
    return _table([*heads, "peak memory, MB"], rows, n_text=4)


def _cost(results: list[dict[str, Any]]) -> list[str]:
    seconds = [result["seconds"] for result in results]
    devices = ", ".join(sorted({result["device"] for result in results}))
    begun = min(result["started"] for result in results)[:10]
    commits = ", ".join(sorted({(result["commit"] or "no commit")[:8] for result in results}))
    receipts = [result["folder"] / "receipt.json" for result in results]
    peaks = [json.loads(p.read_text(encoding="utf-8"))["peak_memory_mb"] for p in receipts if p.is_file()]
    times = [f"{mean(seconds):.0f}", f"{sum(seconds):.0f}"]
    return [devices, begun, commits, str(len(results)), *times, f"{max(peaks):.0f}" if peaks else "–"]


def _table(heads: list[str], rows: list[list[str]], n_text: int) -> list[str]:
    if not rows:
        return [NOTHING]
    rule = ["---"] * n_text + ["---:"] * (len(heads) - n_text)
    return ["| " + " | ".join(row) + " |" for row in (heads, rule, *rows)]


class Costs(SphinxDirective):
    """Show what runs cost."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        which = directives.choice(self.arguments[0], ("runs", "recorded"))
        root = Path(self.env.app.srcdir)
        profile = os.environ.get("COMPANION_PROFILE", "quick")
        lines = runs(root, profile) if which == "runs" else recorded(root)
        return computed_pages.show(self, lines)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("costs", Costs)
    computed_pages.connect(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
