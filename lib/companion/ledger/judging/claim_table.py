"""The table of all claims: reported beside measured, with its verdict."""

import json
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from companion.ledger.bindings import entry
from companion.ledger.claim import Claim
from companion.ledger.claims import Claims, load_claims
from companion.ledger.criteria import region
from companion.ledger.judging.measured import Measured, combine
from companion.ledger.judging.multiplicity import corrected, p_value
from companion.ledger.judging.outcomes import MAIN
from companion.ledger.judging.setups import Setups, load_setups
from companion.ledger.judging.verdicts import MIN_SEEDS, Verdict, verdict
from companion.ledger.recorded import quick_results, recorded_results
from companion.project_paths import CLAIMS, results_root, source_root

Row = dict[str, Any]
Results = Mapping[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Evidence:
    """Everything that a board is drawn from.

    Attributes:
        claims: the claims.
        setups: what is stated about training.
        paper: notebook -> recorded results, by seed.
        quick: notebook -> results of quick runs.
        source: the project's root.
    """

    claims: Claims
    setups: Setups
    paper: Results
    quick: Results
    source: Path

    def judge(
        self, claim: Claim, results: Results | None = None, least: int = MIN_SEEDS
    ) -> tuple[Measured | None, Verdict]:
        """Put a claim's measurements together and judge it, by the recorded results or by others."""
        results = self.paper if results is None else results
        measured = combine(claim, results.get(claim.notebook, []), self.claims, results)
        return measured, verdict(claim, measured, self.claims, self.setups, least)


def evidence(root: str | Path | None = None) -> Evidence:
    """Read claims, set-ups, recorded and quick results.

    Args:
        root: folder that holds them; that of `paths` unless given.

    Raises:
        ValueError: when the claims or a result are damaged, or a result is for an unknown claim.
    """
    source = source_root(root)
    claims = load_claims(source / CLAIMS)
    sides = (side.notebook for claim in claims for side in claim.sides.values() if side.notebook)
    notebooks = dict.fromkeys((*(claim.notebook for claim in claims), *sides))
    paper = {notebook: recorded_results(source, notebook) for notebook in notebooks}
    for result in (result for results in paper.values() for result in results):
        for claim_id in result["claims"]:
            claims[claim_id]
    quick = {notebook: quick_results(results_root(root), notebook) for notebook in notebooks}
    return Evidence(claims, load_setups(source), paper, quick, source)


def scoreboard(root: str | Path | None = None) -> list[Row]:
    """Judge every claim.

    The `paper` results come from `book/recorded/`, and only they give a verdict. What `quick` runs measured
    stands apart in the fields `quick_...`.

    Args:
        root: as for `evidence`.

    Returns:
        one mapping a claim, in the order of `book/claims.yml`, of what JSON has.

    Raises:
        ValueError: as `evidence` does.
    """
    found = evidence(root)
    rows = [_row(claim, found) for claim in found.claims]
    after = corrected(rows)
    return [{**row, "p_holm": after.get(row["id"])} for row in rows]


def write_claims_json(path: str | Path, rows: Iterable[Row]) -> Path:
    """Write the scoreboard as one JSON list, whole or not at all.

    Args:
        path: the file.
        rows: the judged claims, as `scoreboard` returns them.

    Returns:
        the path.
    """
    path = Path(path)
    text = json.dumps(list(rows), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def _row(claim: Claim, found: Evidence) -> Row:
    paper = found.paper[claim.notebook]
    measured, judged = found.judge(claim)
    fast = combine(claim, found.quick[claim.notebook], found.claims)
    runs = [(result, one) for result in paper if (one := entry(claim, result)) is not None]
    first = runs[0][0] if runs else None
    return {
        "id": claim.id,
        "document": claim.document,
        "place": claim.place,
        "statement": claim.statement,
        "quantity": claim.quantity,
        "reported": claim.reported,
        "accepts": _accepts(claim),
        "unit": claim.unit,
        "confidence": claim.confidence,
        "second_hand": claim.second_hand,
        "counted_as": claim.counted_as,
        "notebook": claim.notebook,
        "setup": claim.setup,
        "measured": measured.value if measured else None,
        "interval": measured.interval if measured else None,
        "ends": [[end.low, end.high] for end in measured.ends] if measured else [],
        "n": measured.n if measured else None,
        "n_what": measured.n_what if measured else None,
        "seeds": measured.seeds if measured else [],
        "by_seed": measured.by_seed if measured else [],
        "failed_seeds": {str(seed): asks for seed, asks in measured.failed.items()} if measured else {},
        "measured_by": claim.measured.text if claim.measured else None,
        "controls": _controls(claim, measured, judged) if measured else {},
        "beside": measured.beside if measured else {},
        "sides": _sides(measured, judged) if measured else {},
        "same": list(judged.comparison.same),
        "differences": list(judged.comparison.differs),
        "unknown": list(judged.comparison.unknown),
        "profile": "paper" if measured else None,
        "parameters": first["parameters"] if first else None,
        "device": ", ".join(dict.fromkeys(result["device"] for result, _ in runs)) or None,
        "commit": first["commit"] if first else None,
        "verdict": judged.outcome,
        "scale": judged.scale,
        "answer": judged.answer,
        "toy": judged.comparison.toy,
        "seeds_to_decide": judged.seeds_to_decide,
        "p_value": p_value(claim, measured) if measured else None,
        "why": judged.why,
        "authors_answer": claim.answer,
        "figure": _figure(runs, found.source),
        "quick_measured": fast.value if fast else None,
        "quick_interval": fast.interval if fast else None,
        "quick_n": fast.n if fast else None,
        "quick_seeds": fast.seeds if fast else [],
        "quick_controls": _controls(claim, fast, None) if fast else {},
    }


def _accepts(claim: Claim) -> list[float | None] | None:
    """Both ends of the numbers that the criterion accepts, None where there is none; None without region."""
    accepted = region(claim.criterion, claim.reported)
    return accepted and [end if abs(end) < math.inf else None for end in accepted[:2]]


def _controls(claim: Claim, measured: Measured, judged: Verdict | None) -> dict[str, Any]:
    """Each control: its value, whether it explains the verdict, and whether it would explain a success."""
    found = {}
    for name, control in measured.controls.items():
        would = control.explains(claim.criterion, claim.reported)
        explains = would if judged is None else name in judged.explaining
        found[name] = {"value": control.value, "explains": explains, "satisfies": would}
        found[name] |= {"agree": control.agree, "seeds": control.seeds}
    return found


def _sides(measured: Measured, judged: Verdict) -> dict[str, Any]:
    """Each reading of the sentence, where there is more than one."""
    readings = {MAIN: measured, **measured.sides} if measured.sides else {}
    return {
        name: {"measured": one.value, "interval": one.interval, "answer": (judged.sides or {}).get(name)}
        for name, one in readings.items()
    }


def _figure(runs: Iterable[tuple[dict[str, Any], dict[str, Any]]], source: Path) -> str | None:
    """Path of the claim's recorded figure, relative to the project's root."""
    for result, found in runs:
        name = found.get("figure")
        if name is not None and name in result["figures"]:
            for file in (f"{name}.webp", result["figures"][name]["png"]):  # recorded; or as the run left it
                if (result["folder"] / file).is_file():
                    return (result["folder"] / file).relative_to(source).as_posix()
    return None
