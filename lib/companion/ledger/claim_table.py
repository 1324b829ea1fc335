"""The table of all claims: reported beside measured, with its verdict."""

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

from companion.ledger.bindings import entry
from companion.ledger.claims import Claim, Claims, load_claims
from companion.ledger.recorded import quick_results, recorded_results
from companion.ledger.verdicts import VERDICTS, combine, differences, verdict
from companion.project_paths import CLAIMS, results_root, source_root


def scoreboard(root: str | Path | None = None) -> list[dict[str, Any]]:
    """Judge every claim.

    The `paper` results come from `book/recorded/`, and only they give a verdict. What `quick` runs measured
    stands apart in the fields `quick_...`.

    Args:
        root: folder that holds claims, recorded and quick results; that of `paths` unless given.

    Returns:
        one mapping a claim, in the order of `book/claims.yml`, of what JSON has.

    Raises:
        ValueError: when the claims or a result are damaged, or a result is for an unknown claim.
    """
    source = source_root(root)
    claims = load_claims(source / CLAIMS)
    notebooks = dict.fromkeys(claim.notebook for claim in claims)
    paper = {notebook: recorded_results(source, notebook) for notebook in notebooks}
    quick = {notebook: quick_results(results_root(root), notebook) for notebook in notebooks}
    for result in (result for results in paper.values() for result in results):
        for claim_id in result["claims"]:
            claims[claim_id]
    return [_row(claim, paper[claim.notebook], quick[claim.notebook], claims, source) for claim in claims]


def summary(root: str | Path | None = None) -> dict[str, dict[str, int]]:
    """Count claims by document and verdict: document -> verdict -> number, every verdict present.

    Args:
        root: as for `scoreboard`.
    """
    counts: dict[str, Counter] = {}
    for row in scoreboard(root):
        counts.setdefault(row["document"], Counter())[row["verdict"]] += 1
    return {document: {name: seen[name] for name in VERDICTS} for document, seen in counts.items()}


def write_claims_json(path: str | Path, root: str | Path | None = None) -> Path:
    """Write the scoreboard as one JSON list, whole or not at all.

    Args:
        path: the file.
        root: as for `scoreboard`.

    Returns:
        the path.
    """
    path = Path(path)
    text = json.dumps(scoreboard(root), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def _row(
    claim: Claim, paper: list[dict[str, Any]], quick: list[dict[str, Any]], claims: Claims, source: Path
) -> dict[str, Any]:
    measured, fast = combine(claim, paper), combine(claim, quick)
    outcome, why = verdict(claim, measured, claims)
    runs = [(result, found) for result in paper if (found := entry(claim, result)) is not None]
    first = runs[0][0] if runs else None
    return {
        "id": claim.id,
        "document": claim.document,
        "place": claim.place,
        "statement": claim.statement,
        "quantity": claim.quantity,
        "reported": claim.reported,
        "unit": claim.unit,
        "confidence": claim.confidence,
        "notebook": claim.notebook,
        "setup": claim.setup,
        "measured": measured.value if measured else None,
        "interval": measured.interval if measured else None,
        "n": measured.n if measured else None,
        "n_what": measured.n_what if measured else None,
        "seeds": measured.seeds if measured else [],
        "by_seed": measured.by_seed if measured else [],
        "measured_by": claim.measured.text if claim.measured else None,
        "controls": measured.controls if measured else {},
        "differences": differences(claim, measured) if measured else [],
        "profile": "paper" if measured else None,
        "parameters": first["parameters"] if first else None,
        "device": ", ".join(dict.fromkeys(result["device"] for result, _ in runs)) or None,
        "commit": first["commit"] if first else None,
        "verdict": outcome,
        "why": why,
        "figure": _figure(runs, source),
        "quick_measured": fast.value if fast else None,
        "quick_interval": fast.interval if fast else None,
        "quick_n": fast.n if fast else None,
        "quick_seeds": fast.seeds if fast else [],
        "quick_controls": fast.controls if fast else {},
    }


def _figure(runs: list[tuple[dict[str, Any], dict[str, Any]]], source: Path) -> str | None:
    """Path of the claim's recorded figure, relative to the project's root."""
    for result, found in runs:
        name = found.get("figure")
        if name is not None and name in result["figures"]:
            for file in (f"{name}.webp", result["figures"][name]["png"]):  # recorded; or as the run left it
                if (result["folder"] / file).is_file():
                    return (result["folder"] / file).relative_to(source).as_posix()
    return None
