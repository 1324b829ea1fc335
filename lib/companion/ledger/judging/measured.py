"""A claim's measurements put together over seeds, without those whose training failed its exam."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import Any

from companion.ledger.bindings import entry as entry_of
from companion.ledger.bindings import values as readings_of
from companion.ledger.claim import Claim, Side
from companion.ledger.claims import Claims, Exam
from companion.ledger.criteria import answer
from companion.ledger.expressions import Expression, MissingReading
from companion.ledger.statistics import Estimate, scaled_interval

Result = Mapping[str, Any]


@dataclass(frozen=True)
class Control:
    """A control over seeds.

    Attributes:
        value: its mean; of a range, the means of both ends.
        agree: of a comparison, in how many seeds it is true; None of a number.
        seeds: how many seeds have it.
        ends: of a number, its mean with its interval; of a range, that of either end.
        by_seed: what each seed has.
    """

    value: float | list[float]
    agree: int | None
    seeds: int
    ends: tuple[Estimate, ...] = ()
    by_seed: tuple[Any, ...] = ()

    @property
    def splits(self) -> bool:
        """Whether it is a comparison that is true in some trainings and false in others."""
        return self.agree is not None and 0 < self.agree < self.seeds

    def explains(self, criterion: Mapping[str, Any], reported: Any) -> bool:
        """Return whether it explains what satisfies a criterion: true in every seed, or satisfying it too."""
        if self.agree is not None:
            return self.agree == self.seeds
        return answer(criterion, reported, self.ends, self.by_seed) == "supported"


@dataclass(frozen=True)
class Measured:
    """A claim's measurements over seeds.

    Attributes:
        value: mean over seeds; of a range, the means of both ends.
        interval: its 95 % interval, of one seed the interval it recorded; None for a range.
        n: pairs or points behind each seed's value, the smallest over seeds.
        n_what: what `n` counts.
        seeds: the seeds that count.
        by_seed: what each of them measured.
        ends: the mean with its interval, or those of both ends of a range.
        failed: seed -> the exam that its training failed, so that it does not count.
        controls: name -> `Control`.
        beside: name -> mean of what stands beside.
        sides: name -> the same claim by another reading of its sentence.
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
    ends: tuple[Estimate, ...] = ()
    failed: dict[int, str] = field(default_factory=dict)
    controls: dict[str, Control] = field(default_factory=dict)
    beside: dict[str, float | list[float]] = field(default_factory=dict)
    sides: dict[str, "Measured"] = field(default_factory=dict)
    missing_controls: tuple[str, ...] = ()
    setup: dict[str, Any] = field(default_factory=dict)
    note: str | None = None


def combine(
    claim: Claim, results: Sequence[Result], claims: Claims, others: Mapping[str, Sequence[Result]] = {}
) -> Measured | None:
    """Put the measurements of a claim together over the runs that have it; None where no run has.

    Args:
        claim: the claim.
        results: contents of `result.json`, one per seed.
        claims: all claims, for the ranges of quantities and the exams.
        others: results of other notebooks by name, for readings of the same sentence that are taken there.
    """
    passed, failed = _examined(claim, results, claims)
    evaluated = [(result, entry_of(claim, result)) for result in passed]
    runs = [(result, entry) for result, entry in evaluated if entry is not None]
    if not runs:
        return None
    entries, scale = [entry for _, entry in runs], claims.ranges.get(claim.quantity, "real")
    by_seed = [entry["value"] for entry in entries]
    own = [entry["interval"] for entry in entries]
    ends = _ends(by_seed, own, scale)
    counts = [entry["n"] for entry in entries if entry["n"] is not None]
    first, entry = runs[0]
    interval = own[0] if len(runs) == 1 else ends[0].interval
    return Measured(
        value=_plain(ends),
        interval=interval if len(ends) == 1 else None,
        n=min(counts) if counts else None,
        n_what=entry["n_what"],
        seeds=[result["seed"] for result, _ in runs],
        by_seed=by_seed,
        ends=ends,
        failed=failed,
        controls=_controls(claim, entries, scale),
        beside={
            name: _plain(_ends([one["beside"][name] for one in entries]))
            for name in claim.beside
            if all(name in one["beside"] for one in entries)
        },
        sides=_sides(claim, results, claims, others),
        missing_controls=tuple(n for n in claim.controls if any(n not in e["controls"] for e in entries)),
        setup={**first["parameters"], **(entry.get("setup") or {})},
        note=entry.get("note"),
    )


def _examined(claim: Claim, results: Sequence[Result], claims: Claims) -> tuple[list[Result], dict[int, str]]:
    """Leave out the runs that failed an exam on what the claim reads."""
    names = claim.measured.names if claim.measured is not None else ()
    asked = [exam for exam in claims.exams.get(claim.notebook, []) if exam.concerns(names)]
    failed = {
        result["seed"]: exam.asks for exam in reversed(asked) for result in results if _fails(exam, result)
    }
    return [result for result in results if result["seed"] not in failed], failed


def _fails(exam: Exam, result: Result) -> bool:
    try:
        return not exam.passes(readings_of(result))
    except MissingReading:
        return False


def _ends(
    by_seed: Sequence[Any], own: Sequence[list[float] | None] = (), scale: str = "real"
) -> tuple[Estimate, ...]:
    """Estimate the mean over seeds, of a range that of either end.

    Where each run has an interval of its own, over models or pairs, the wider of the two counts at each end.
    """
    if any(isinstance(value, list) for value in by_seed):
        pairs = [value if isinstance(value, list) else [value, value] for value in by_seed]
        return tuple(_estimate([pair[k] for pair in pairs], "real") for k in range(2))
    found = _estimate(by_seed, scale)
    if own and all(interval is not None for interval in own):
        low, high = (fmean(interval[k] for interval in own) for k in range(2))
        found = replace(found, low=min(found.low, low), high=max(found.high, high))
    return (found,)


def _estimate(values: Sequence[float], scale: str) -> Estimate:
    if len(values) == 1:
        return Estimate(values[0], values[0], values[0], 1)
    return scaled_interval(values, scale)


def _plain(ends: tuple[Estimate, ...]) -> float | list[float]:
    return ends[0].mean if len(ends) == 1 else [end.mean for end in ends]


def _controls(claim: Claim, entries: Sequence[Mapping[str, Any]], scale: str) -> dict[str, Control]:
    found = {}
    for name, expression in claim.controls.items():
        seen = [entry["controls"][name] for entry in entries if name in entry["controls"]]
        if not seen:
            continue
        by_seed = [control["value"] for control in seen]
        if expression.judges:
            agree = sum(control["explains"] for control in seen)
            found[name] = Control(_plain(_ends(by_seed)), agree, len(seen))
        else:
            ends = _ends(by_seed, scale=_possible(by_seed, scale))
            found[name] = Control(_plain(ends), None, len(seen), ends, tuple(by_seed))
    return found


def _possible(by_seed: Sequence[Any], scale: str) -> str:
    """Keep a control on the line of real numbers where it leaves the range of the claim's quantity."""
    ends = [end for value in by_seed for end in (value if isinstance(value, list) else [value])]
    whole = {"share": 1.0, "percent": 100.0, "correlation": 1.0}.get(scale, math.inf)
    least = -1.0 if scale == "correlation" else 0.0
    return scale if least < min(ends) and max(ends) < whole else "real"


def _sides(
    claim: Claim, results: Sequence[Result], claims: Claims, others: Mapping[str, Sequence[Result]]
) -> dict[str, Measured]:
    found = {}
    for name, side in claim.sides.items():
        own = results if side.notebook is None else others.get(side.notebook, ())
        measured = combine(_as_claim(claim, side), own, claims)
        if measured is not None:
            found[name] = measured
    return found


def _as_claim(claim: Claim, side: Side) -> Claim:
    """Make the claim that a side would be; its id is no claim's, so that no run has written it down."""
    change: dict[str, Expression | Any] = {
        "measured": side.measured,
        "controls": {},
        "beside": {},
        "sides": {},
    }
    change |= {"id": f"{claim.id}-side", "notebook": side.notebook or claim.notebook, "sampled": {}}
    return claim.model_copy(update=change)
