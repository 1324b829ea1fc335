"""The verdict on a claim, computed from the results of every seed of the `paper` profile.

Only data that are the document's can reproduce a number. On other data a comparison can keep its direction,
and a bare number says nothing.
"""

from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from companion.ledger.bindings import entry as entry_of
from companion.ledger.claims import Claim, Claims
from companion.ledger.criteria import in_words, is_order, satisfied
from companion.ledger.statistics import t_interval

VERDICTS = (
    "reproduced",
    "direction only",
    "not reproduced",
    "explained by a control",
    "not testable here",
    "not run",
)
MIN_SEEDS = 5


@dataclass(frozen=True)
class Measured:
    """A claim's measurements put together over seeds.

    Attributes:
        value: mean over seeds; of a range, the means of both ends.
        interval: 95 % t interval over seeds, or of one seed the interval it recorded; None for a range.
        n: pairs or points behind each seed's value, the smallest over seeds.
        n_what: what `n` counts.
        seeds: the seeds.
        by_seed: what each of them measured.
        controls: name -> mean value, and whether it explains the measurement in more than half of the seeds.
        missing_controls: names that the claim asks for and some seed does not have.
        setup: what was used, by parameter name.
        note: the first seed's note.
    """

    value: float | list[float]
    interval: list[float] | None
    n: int | None
    n_what: str
    seeds: list[int]
    by_seed: list[float | list[float]]
    controls: dict[str, dict[str, Any]] = field(default_factory=dict)
    missing_controls: tuple[str, ...] = ()
    setup: dict[str, Any] = field(default_factory=dict)
    note: str | None = None


def combine(claim: Claim, results: list[dict[str, Any]]) -> Measured | None:
    """Put the measurements of a claim together over the runs that have it; None where no run has.

    Args:
        claim: the claim.
        results: contents of `result.json`, one per seed.
    """
    evaluated = [(result, entry_of(claim, result)) for result in results]
    runs = [(result, entry) for result, entry in evaluated if entry is not None]
    if not runs:
        return None
    entries = [entry for _, entry in runs]
    values = [entry["value"] for entry in entries]
    if any(isinstance(value, list) for value in values):
        ends = [value if isinstance(value, list) else [value, value] for value in values]
        value, interval = [fmean(low for low, _ in ends), fmean(high for _, high in ends)], None
    elif len(values) > 1:
        estimate = t_interval(values)
        value, interval = estimate.mean, estimate.interval
    else:
        value, interval = values[0], entries[0]["interval"]
    counts = [entry["n"] for entry in entries if entry["n"] is not None]
    first, entry = runs[0]
    return Measured(
        value=value,
        interval=interval,
        n=min(counts) if counts else None,
        n_what=entry["n_what"],
        seeds=[result["seed"] for result, _ in runs],
        by_seed=values,
        controls=_controls(entries),
        missing_controls=tuple(n for n in claim.controls if any(n not in e["controls"] for e in entries)),
        setup={**first["parameters"], **(entry.get("setup") or {})},
        note=entry.get("note"),
    )


def verdict(claim: Claim, measured: Measured | None, claims: Claims) -> tuple[str, str]:
    """Judge a claim.

    Args:
        claim: the claim.
        measured: its `paper` measurements, or None.
        claims: all claims, for what the file says about data sets.

    Returns:
        one of VERDICTS, and the reason in a sentence or two.
    """
    dataset = claim.setup.get("dataset")
    if claim.untestable:
        return "not testable here", _sentence(claim.untestable)
    if measured is None:
        absent = claims.data.get(dataset, {}).get("absent") if dataset else None
        if absent:
            return "not testable here", _sentence(absent)
        return "not run", "No run of the paper profile is recorded."
    if len(measured.seeds) < MIN_SEEDS:
        seen = f"{len(measured.seeds)} seed{'s' if len(measured.seeds) > 1 else ''}"
        return "not run", f"Recorded for {seen}, and a verdict needs {MIN_SEEDS}."
    other_data = bool(dataset) and not _same_data(dataset, measured.setup.get("dataset"), claims)
    outcome = _outcome(claim, measured, other_data=other_data)
    explaining = [name for name, control in measured.controls.items() if control["explains"]]
    if explaining and outcome in ("reproduced", "direction only"):
        outcome = "explained by a control"
    return outcome, " ".join(_reasons(claim, measured, explaining, other_data=other_data))


def differences(claim: Claim, measured: Measured) -> list[str]:
    """List where a measurement's set-up differs from the document's, as "latent_dim 2 instead of 32"."""
    found = []
    for name, theirs in claim.setup.items():
        ours = measured.setup.get(name, measured.setup.get(f"{name}s"))
        if ours is None or ours == theirs or (isinstance(ours, list) and theirs in ours):
            continue
        found.append(f"{name} {_plain(ours)} instead of {_plain(theirs)}")
    return found


def _outcome(claim: Claim, measured: Measured, *, other_data: bool) -> str:
    def holds(criterion: dict[str, Any]) -> bool:
        return satisfied(criterion, claim.reported, measured.value, measured.interval)

    weaker = claim.criterion.get("direction_only")
    if other_data and not is_order(claim.criterion):
        if weaker is None or not is_order(weaker):
            return "not testable here"
        return "direction only" if holds(weaker) else "not reproduced"
    if holds(claim.criterion):
        return "direction only" if other_data else "reproduced"
    return "direction only" if weaker is not None and holds(weaker) else "not reproduced"


def _reasons(claim: Claim, measured: Measured, explaining: list[str], *, other_data: bool) -> list[str]:
    interval = (
        "" if measured.interval is None else f" [{measured.interval[0]:.4g}, {measured.interval[1]:.4g}]"
    )
    counted = "" if measured.n is None else f", {measured.n} {measured.n_what} each"
    seen = f"Measured {_plain(measured.value)}{interval} over {len(measured.seeds)} seeds{counted}"
    asked = in_words(claim.criterion, claim.reported)
    weaker = claim.criterion.get("direction_only")
    if weaker is not None:
        asked += f"; for the direction alone, {in_words(weaker, claim.reported)}"
    reasons = [f"{seen}; asked for {asked}."]
    if other_data:
        reasons.append("The data are not the document's, so at most the direction can be tested.")
    if explaining:
        parts = [f"{name} ({measured.controls[name]['value']:.4g})" for name in explaining]
        reasons.append(f"Accounted for by the control: {', '.join(parts)}.")
    if measured.missing_controls:
        reasons.append(f"Without the control: {', '.join(measured.missing_controls)}.")
    if different := differences(claim, measured):
        reasons.append(f"Differs from the document: {', '.join(different)}.")
    if measured.note:
        reasons.append(_sentence(measured.note))
    return reasons


def _controls(entries: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    found = {}
    for name in dict.fromkeys(name for entry in entries for name in entry["controls"]):
        seen = [entry["controls"][name] for entry in entries if name in entry["controls"]]
        judged = [control["explains"] for control in seen if control["explains"] is not None]
        found[name] = {
            "value": fmean(control["value"] for control in seen),
            "explains": None if not judged else sum(judged) * 2 > len(judged),
        }
    return found


def _same_data(theirs: str, ours: Any, claims: Claims) -> bool:
    accepted = [theirs, *claims.data.get(theirs, {}).get("subsets", [])]
    return ours is None or (
        ours in accepted if isinstance(ours, str) else any(name in accepted for name in ours)
    )


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_plain(item) for item in value)}]"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _sentence(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
