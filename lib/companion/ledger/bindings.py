"""From what a run kept to what it says about a claim: the claim's `measured` and `controls` are evaluated.

A claim is bound when it is judged and not when it is measured, so that a new claim, another criterion or a
better control asks for no new run. Runs of before 30 November 2026 wrote down claims themselves, under
`claims`; such a value stands, and the rules of the controls are applied to it.
"""

from collections.abc import Mapping
from typing import Any

from companion.ledger.claims import Claim
from companion.ledger.expressions import Expression, MissingReading, Value

SHARED = ("setup", "figure", "note", "cell")


def values(result: Mapping[str, Any]) -> dict[str, Value]:
    """Map each path of a run's readings to its value."""
    return {path: entry["value"] for path, entry in result.get("readings", {}).items()}


def entry(claim: Claim, result: Mapping[str, Any]) -> dict[str, Any] | None:
    """Say what a run measured for a claim.

    Args:
        claim: the claim.
        result: the content of `result.json`.

    Returns:
        value, interval, n, n_what, samples, setup, figure, note, cell and controls, each control with its
        value and whether it explains the measurement; None where the run has not measured the claim.

    Raises:
        ValueError: where an expression does arithmetic with a range or is not finite.
    """
    readings, written = values(result), result.get("claims", {}).get(claim.id)
    found = dict(written) if written is not None else _measured(claim, result, readings)
    if found is None:
        return None
    old = found.get("controls", {})
    controls = {name: control for name, control in old.items() if claim.controls.get(name) is None}
    for name, expression in claim.controls.items():
        control = expression and _control(expression, readings, found["value"], old.get(name))
        if control is not None:
            controls[name] = control
    return {**dict.fromkeys(SHARED), **found, "controls": controls}


def _measured(
    claim: Claim, result: Mapping[str, Any], readings: Mapping[str, Value]
) -> dict[str, Any] | None:
    if claim.measured is None:
        return None
    try:
        value = claim.measured(readings)
    except MissingReading:
        return None
    kept = [result["readings"][name] for name in claim.measured.names]
    counted = min((one for one in kept if one["n"] is not None), key=lambda one: one["n"], default=kept[0])
    found = {"value": float(value) if isinstance(value, bool) else value}
    found |= {"interval": None, "samples": None, "n": counted["n"], "n_what": counted["n_what"]}
    if claim.measured.text == claim.measured.names[0]:
        found |= {"interval": kept[0]["interval"], "samples": kept[0].get("samples")}
    found |= {key: next((one[key] for one in kept if one.get(key)), None) for key in SHARED}
    found["setup"] = {name: own for one in reversed(kept) for name, own in (one.get("setup") or {}).items()}
    return found


def _control(
    expression: Expression, readings: Mapping[str, Value], measured: Value, old: dict[str, Any] | None
) -> dict[str, Any] | None:
    """Evaluate one control; what an earlier run wrote down stands for what comes first in a comparison."""
    try:
        value = expression.leading(readings, measured) if old is None else old["value"]
        explains = expression.judge(value, readings, measured) if expression.judges else None
    except MissingReading:
        return old
    return {"value": value, "explains": explains}
