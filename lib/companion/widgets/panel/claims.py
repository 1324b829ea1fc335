"""What a run measured for each claim, beside what is reported and recorded: a table with dot plots."""

import re
from html import escape
from pathlib import Path
from typing import Any

from companion.ledger.claims import load_claims
from companion.ledger.judging.measured import Measured, combine
from companion.ledger.recorded import read_result, recorded_results
from companion.ledger.runs.results import RESULT
from companion.project_paths import CLAIMS
from companion.tables import Markup, table

FINISHED = re.compile(r": finished(?: already)?, in (\S+)$")
WIDTH, HEIGHT, EDGE = 160, 26, 8


def claims_table(root: Path, run: Path) -> str:
    """Write, as HTML, what a run measured for each claim beside what is reported and what is recorded.

    Args:
        root: the project's root.
        run: folder of a finished run.
    """
    result = read_result(run / RESULT)
    recorded = recorded_results(root, result["notebook"])
    claims, rows = load_claims(root / CLAIMS), []
    for claim in claims:
        here, there = combine(claim, [result], claims), combine(claim, recorded, claims)
        if here is None:
            continue
        seeds = f", {len(there.seeds)} seeds" if there else ""
        said = "–" if claim.reported is None else number(claim.reported)
        dots = dot_plot(claim.reported, there, here.value)
        rows.append([claim.statement, said, measured(there) + seeds, measured(here), Markup(dots)])
    if not rows:
        return "<div>This run records no claim.</div>"
    here = f"this run, seed {result['seed']}"
    legend = "<p>In the plots: | what is reported, the bar what is recorded, ● this run.</p>"
    return table(f"claim | reported | recorded, profile paper | {here} | ", rows) + legend


def dot_plot(reported: Any, recorded: Measured | None, here: Any) -> str:
    """Draw what is reported, recorded and measured here on one line; empty where one number is not enough."""
    marks = _numbers(reported)
    spread = _numbers(recorded.interval or recorded.value) if recorded is not None else []
    own = _numbers(here)
    low, high = min([*marks, *spread, *own], default=0.0), max([*marks, *spread, *own], default=0.0)
    if not own or low == high:
        return ""

    def x(value: float) -> float:
        return round(EDGE + (WIDTH - 2 * EDGE) * (value - low) / (high - low), 1)

    middle = HEIGHT / 2
    parts = [f'<line x1="{EDGE}" x2="{WIDTH - EDGE}" y1="{middle}" y2="{middle}" stroke-opacity="0.25"/>']
    if spread:
        ends = f'x1="{x(min(spread))}" x2="{x(max(spread))}"'
        parts.append(f'<line {ends} y1="{middle}" y2="{middle}" stroke-width="5"/>')
    parts += [f'<line x1="{x(v)}" x2="{x(v)}" y1="3" y2="{HEIGHT - 3}" stroke-width="2"/>' for v in marks]
    parts += [f'<circle cx="{x(value)}" cy="{middle}" r="4.5" fill="currentColor"/>' for value in own]
    told = f"reported {number(reported)}, recorded {measured(recorded)}, this run {number(here)}"
    head = f'<svg width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{escape(told)}"'
    return f'{head} stroke="currentColor" fill="none">{"".join(parts)}</svg>'


def measured(found: Measured | None) -> str:
    """Write a measurement with its interval."""
    if found is None:
        return "–"
    spread = f" [{', '.join(map(number, found.interval))}]" if found.interval else ""
    return number(found.value) + spread


def number(value: Any) -> str:
    """Write a number, or the two ends of a range."""
    if isinstance(value, (list, tuple)):
        return " to ".join(map(number, value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _numbers(value: Any) -> list[float]:
    values = value if isinstance(value, (list, tuple)) else [value]
    return [float(item) for item in values if isinstance(item, (int, float)) and not isinstance(item, bool)]
