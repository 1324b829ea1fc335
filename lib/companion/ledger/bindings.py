"""From what a run kept to what it says about a claim: the claim's `measured` and `controls` are evaluated.

A claim is bound when it is judged and not when it is measured, so that a new claim, another criterion or a
better control asks for no new run. Runs of before 30 November 2026 wrote down claims themselves, under
`claims`; where their readings do not have what a claim asks for, such a value stands.
"""

from collections.abc import Mapping
from typing import Any

from companion.ledger.claim import Claim
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
        value, interval, n, n_what, samples, setup, figure, note, cell, controls, each with its value and, of
        a comparison, whether it explains the measurement, and what stands beside; None where the run has not
        measured the claim.

    Raises:
        ValueError: where an expression does arithmetic with a range or is not finite.
    """
    readings, written = values(result), result.get("claims", {}).get(claim.id)
    found = _measured(claim, result, readings)
    if written is not None:
        found = _with_written(found, written)
    if found is None:
        return None
    old = found.get("controls", {})
    controls = {
        name: _control(expression, readings, found["value"], old.get(name))
        for name, expression in claim.controls.items()
    }
    beside = {
        name: _value(expression, readings, found["value"], old.get(name))
        for name, expression in claim.beside.items()
    }
    found = {**dict.fromkeys(SHARED), **found, **_sampled(claim, result)}
    found["setup"] = {**(found["setup"] or {}), **claim.used}
    return {
        **found,
        "controls": {name: control for name, control in controls.items() if control is not None},
        "beside": {name: value for name, value in beside.items() if value is not None},
    }


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


def _with_written(found: Mapping[str, Any] | None, written: Mapping[str, Any]) -> dict[str, Any]:
    """Join what readings say and what the run wrote down, which knows better what stands behind the value."""
    if found is None:
        return dict(written)
    own = {key: found[key] for key in ("value", "interval", "samples")}
    own |= {key: found[key] for key in ("n", "n_what") if written["n"] is None}
    return {**written, **own}


def _sampled(claim: Claim, result: Mapping[str, Any]) -> dict[str, Any]:
    """Say how much stands behind the value, where the claim knows it better than the reading."""
    if not claim.sampled:
        return {}
    n = claim.sampled["n"]
    return {"n": result["parameters"].get(n) if isinstance(n, str) else n, "n_what": claim.sampled["what"]}


def _control(
    expression: Expression, readings: Mapping[str, Value], measured: Value, old: dict[str, Any] | None
) -> dict[str, Any] | None:
    """Evaluate one control; what an earlier run wrote down stands for what comes first in a comparison."""
    value = _value(expression, readings, measured, old)
    if value is None:
        return None
    try:
        explains = expression.judge(value, readings, measured) if expression.judges else None
    except MissingReading:
        return old
    return {"value": value, "explains": explains}


def _value(
    expression: Expression, readings: Mapping[str, Value], measured: Value, old: Mapping[str, Any] | None
) -> Value | None:
    try:
        return expression.leading(readings, measured)
    except MissingReading:
        return None if old is None else old["value"]
