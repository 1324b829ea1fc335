"""How much hangs on the rules: the board drawn again with other tolerances, and with one training less."""

from collections.abc import Callable, Mapping
from typing import Any

from companion.ledger.claim import Claim
from companion.ledger.criteria import scaled
from companion.ledger.judging.claim_table import Evidence
from companion.ledger.judging.verdicts import MIN_SEEDS

FACTORS = {"tolerances halved": 0.5, "tolerances doubled": 2.0}

Board = dict[str, str]


def boards(found: Evidence) -> dict[str, Board]:
    """Draw the board by each other rule.

    Returns:
        name of the rule -> id of a claim -> verdict; "as it is" comes first.
    """
    drawn = {"as it is": _board(found, lambda claim: claim, found.paper)}
    for name, factor in FACTORS.items():
        drawn[name] = _board(found, lambda claim, by=factor: _with_tolerance(claim, by), found.paper)
    seeds = sorted({result["seed"] for results in found.paper.values() for result in results})
    for seed in seeds:
        drawn[f"without seed {seed}"] = _board(
            found, lambda claim: claim, _without(found.paper, seed), MIN_SEEDS - 1
        )
    return drawn


def changes(drawn: Mapping[str, Board]) -> dict[str, dict[str, tuple[str, str]]]:
    """Name of the rule -> id of a claim whose verdict it changes -> the verdict before and after."""
    before, *_ = drawn.values()
    return {
        name: {claim: (before[claim], now) for claim, now in board.items() if now != before[claim]}
        for name, board in list(drawn.items())[1:]
    }


def _board(
    found: Evidence, change: Callable[[Claim], Claim], results: Mapping[str, Any], least: int = MIN_SEEDS
) -> Board:
    judged = {claim.id: found.judge(change(claim), results, least) for claim in found.claims}
    return {name: verdict.outcome for name, (_, verdict) in judged.items()}


def _with_tolerance(claim: Claim, factor: float) -> Claim:
    return claim.model_copy(update={"criterion": scaled(claim.criterion, factor)})


def _without(results: Mapping[str, Any], seed: int) -> dict[str, Any]:
    return {name: [one for one in own if one["seed"] != seed] for name, own in results.items()}
