"""Behind the panel's button: the process that runs a notebook, and its claims beside the recorded ones."""

import re
import subprocess
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from companion.ledger.claims import load_claims
from companion.ledger.judging.measured import combine
from companion.ledger.recorded import read_result, recorded_results
from companion.ledger.runs.results import RESULT
from companion.project_paths import CLAIMS
from companion.tables import table

STEP = re.compile(r"\| cell (\d+) of (\d+) \|")
FINISHED = re.compile(r": finished(?: already)?, in (\S+)$")


def start_process(command: Sequence[str], root: Path) -> subprocess.Popen:
    """Start a command in the project's folder, its words in one stream; it ends when this process does."""
    return subprocess.Popen(
        [*command, "--die-with-parent"],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )


def claims_table(root: Path, run: Path) -> str:
    """Write, as HTML, what a run measured for each claim beside what is reported and what is recorded.

    Args:
        root: the project's root.
        run: folder of a finished run.
    """
    result = read_result(run / RESULT)
    recorded = recorded_results(root, result["notebook"])
    claims = load_claims(root / CLAIMS)
    rows = []
    for claim in claims:
        here, there = combine(claim, [result], claims), combine(claim, recorded, claims)
        if here is None:
            continue
        seeds = f", {len(there.seeds)} seeds" if there else ""
        said = "–" if claim.reported is None else _number(claim.reported)
        rows.append([escape(claim.statement), said, _measured(there) + seeds, _measured(here)])
    if not rows:
        return "<div>This run records no claim.</div>"
    here = f"this run, seed {result['seed']}"
    return table(f"claim | reported | recorded, profile paper | {here}", rows)


def _measured(found: Any) -> str:
    if found is None:
        return "–"
    spread = f" [{', '.join(map(_number, found.interval))}]" if found.interval else ""
    return _number(found.value) + spread


def _number(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return " to ".join(map(_number, value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)
