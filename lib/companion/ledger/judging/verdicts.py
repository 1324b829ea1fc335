"""The verdict on a claim, computed from the `paper` results of every seed, with its reasons."""

from dataclasses import dataclass
from typing import Any

from companion.ledger.claim import COUNTED, Claim
from companion.ledger.claims import Claims
from companion.ledger.criteria import REFUTED, SUPPORTED, UNDECIDED, in_words, order_of, region
from companion.ledger.judging.measured import Control, Measured
from companion.ledger.judging.outcomes import POSITIVE, Case, Outcome, decide
from companion.ledger.judging.setups import SMALLER, Comparison, Setups, compare
from companion.ledger.statistics import seeds_to_reach

MIN_SEEDS = 5  # recorded; one of them may have failed its exam
PUBLISHED = "published"  # what a run says under `weights` when it did not train
NOTHING, NOT_STATED = Comparison(), Setups()
SHOWN_SETUP = ("contradicted", "another number", "set-up decides")


@dataclass(frozen=True)
class Verdict:
    """What is said of a claim.

    Attributes:
        outcome: one of `OUTCOMES`.
        why: the reason in a few sentences.
        answer: "supported", "refuted" or "undecided", where something was measured.
        scale: "as published", "smaller", "stand-in data" or "published weights"; None where nothing is
            compared: not measured, a claim of ours, arithmetic.
        explaining: controls that explain it.
        sides: name of another reading of the sentence -> its answer.
        seeds_to_decide: of what is undecided, how many trainings would decide; None where more than 1000.
        comparison: the document's set-up beside ours.
    """

    outcome: str
    why: str
    answer: str | None = None
    scale: str | None = None
    explaining: tuple[str, ...] = ()
    sides: dict[str, str] | None = None
    seeds_to_decide: int | None = None
    comparison: Comparison = NOTHING


def verdict(
    claim: Claim,
    measured: Measured | None,
    claims: Claims,
    setups: Setups = NOT_STATED,
    least: int = MIN_SEEDS,
) -> Verdict:
    """Judge a claim.

    Args:
        claim: the claim.
        measured: its `paper` measurements, or None.
        claims: all claims, for what the file says about data sets and quantities.
        setups: what the documents and we say about training.
        least: how many trainings must be recorded; all but one of them must have passed their exams.
    """
    if measured is None:
        return Verdict(*_unmeasured(claim, claims))
    compared = compare(claim, measured.setup, setups) if claim.counted_as == COUNTED[0] else NOTHING
    other_data = _is_other_data(claim, measured, claims)
    case = Case(claim.criterion, claim.reported, measured, compared, other_data)
    outcome = _before_the_rules(claim, measured, least) or decide(case)
    seeds = None
    if _is_open(case, outcome):
        seeds = _seeds_to_decide(case, claims.ranges.get(claim.quantity, "real"))
    return Verdict(
        outcome.name,
        " ".join(_reasons(claim, case, outcome, seeds)),
        case.answer,
        _scale(claim, case, claims),
        outcome.explaining,
        dict(outcome.sides),
        seeds,
        compared,
    )


def _unmeasured(claim: Claim, claims: Claims) -> tuple[str, str]:
    dataset = claim.setup.get("dataset")
    absent = claims.data.get(dataset, {}).get("absent") if dataset else None
    if claim.no_common_unit:
        return "no common unit", _sentence(claim.no_common_unit)
    if claim.untestable or absent:
        return "not testable here", _sentence(claim.untestable or absent)
    return "not run", "No run of the paper profile is recorded."


def _before_the_rules(claim: Claim, measured: Measured, least: int) -> Outcome | None:
    """Decide what needs no measurement, or has too little of it."""
    if claim.untestable:
        return Outcome("not testable here", _sentence(claim.untestable))
    passed, recorded = len(measured.seeds), len(measured.seeds) + len(measured.failed)
    if recorded < least:
        seen = f"{recorded} seed{'s' if recorded > 1 else ''}"
        return Outcome("not run", f"Recorded for {seen}, and a verdict needs {least}.")
    if passed < least - 1:
        return Outcome("not run", f"{passed} trainings passed their exam, and a verdict needs {least - 1}.")
    if claim.no_common_unit:
        return Outcome("no common unit", _sentence(claim.no_common_unit))
    return None


def _is_other_data(claim: Claim, measured: Measured, claims: Claims) -> bool:
    theirs, ours = claim.setup.get("dataset"), measured.setup.get("dataset")
    if not theirs or ours is None or claim.counted_as == COUNTED[2]:
        return False
    if claims.data.get(theirs, {}).get("not_given"):
        return True
    accepted = [theirs, *claims.data.get(theirs, {}).get("subsets", [])]
    return not any(name in accepted for name in ([ours] if isinstance(ours, str) else ours))


def _scale(claim: Claim, case: Case, claims: Claims) -> str | None:
    if claim.counted_as != COUNTED[0]:
        return None
    if _is_published(case.measured):
        return "published weights"
    if case.other_data:
        return "stand-in data"
    theirs, ours = claim.setup.get("dataset"), case.measured.setup.get("dataset")
    is_subset = isinstance(ours, str) and ours in claims.data.get(theirs, {}).get("subsets", [])
    share = case.comparison.share
    return "smaller" if is_subset or (share is not None and share < SMALLER) else "as published"


def _is_published(measured: Measured) -> bool:
    """Return whether others trained the model, so that seeds draw the pictures it is shown."""
    return measured.setup.get("weights") == PUBLISHED


def _is_open(case: Case, outcome: Outcome) -> bool:
    """Return whether more trainings would decide: a toy stays a toy, and a split control is no interval."""
    asked = case.order if case.other_data else case.criterion
    return outcome.name == "undecided" and case.on(case.measured, asked) == UNDECIDED


def _seeds_to_decide(case: Case, scale: str) -> int | None:
    """Estimate how many trainings would put every end of the measurement on one side of its border."""
    asked = case.order if case.other_data else case.criterion
    needed = []
    for item in asked["of"] if asked["kind"] == "all_of" else [asked]:
        accepted = region(item, case.reported)
        if item["kind"] == "same_range":
            atol = item.get("atol", 0)
            regions = [(end - atol, end + atol, True) for end in case.reported]
        else:
            regions = [accepted] * len(case.measured.ends)
        for k, one in enumerate(regions):
            if one is None:
                return None
            needed.append(_to_nearest(case.measured, k, one[:2], scale))
    return None if None in needed else max(needed)


def _to_nearest(measured: Measured, k: int, borders: tuple[float, float], scale: str) -> int | None:
    values = [value[k] if isinstance(value, list) else value for value in measured.by_seed]
    finite = [border for border in borders if abs(border) < float("inf")]
    nearest = min(finite, key=lambda border: abs(border - measured.ends[k].mean))
    return seeds_to_reach(values, nearest, scale if len(measured.ends) == 1 else "real")


def _reasons(claim: Claim, case: Case, outcome: Outcome, seeds: int | None) -> list[str]:
    measured = case.measured
    reasons = [f"{_seen(measured)}; asked for {_asked(claim)}."]
    toy = "" if case.other_data else case.comparison.toy
    if outcome.because:
        reasons.append(outcome.because)
    if toy and outcome.name in (*POSITIVE, "explained by a control") and toy not in outcome.because:
        reasons.append(toy)
    if _is_open(case, outcome):
        reasons.append(_undecided(case, seeds))
    if outcome.explaining:
        parts = [_control(name, measured.controls[name]) for name in outcome.explaining]
        reasons.append(f"Accounted for by the control: {', '.join(parts)}.")
    split = [name for name, one in measured.controls.items() if one.splits]
    if split:
        parts = [_control(name, measured.controls[name]) for name in split]
        reasons.append(f"Seeds disagree on the control: {', '.join(parts)}.")
    if measured.missing_controls:
        reasons.append(f"Without the control: {', '.join(measured.missing_controls)}.")
    for seed, asks in sorted(measured.failed.items()):
        reasons.append(f"Without seed {seed}, whose training failed the exam: {asks}.")
    if claim.least_n and (measured.n or 0) < claim.least_n:
        counted = f"{measured.n or 'an unknown number of'} {measured.n_what} a seed"
        reasons.append(f"Limited: {counted}, fewer than {claim.least_n}.")
    if _is_published(measured):
        reasons.append("There is one training, so the interval is over draws of pictures alone.")
    if claim.second_hand:
        what = "claim itself" if claim.reported is None else "reported value"
        reasons.append(f"The {what} is second-hand.")
    if case.comparison.differs:
        reasons.append(f"Differs from the document: {', '.join(case.comparison.differs)}.")
    if case.comparison.unknown and outcome.name in SHOWN_SETUP:
        reasons.append(f"The document does not state: {', '.join(case.comparison.unknown)}.")
    if measured.note:
        reasons.append(_sentence(measured.note))
    return reasons


def _seen(measured: Measured) -> str:
    interval = "" if measured.interval is None else f" [{', '.join(map(_plain, measured.interval))}]"
    counted = "" if measured.n is None else f", {_counted(measured.n, measured.n_what)} each"
    seeds = f"{len(measured.seeds)} {'draws of pictures' if _is_published(measured) else 'seeds'}"
    return f"Measured {_plain(measured.value)}{interval} over {seeds}{counted}"


def _counted(n: int, what: str) -> str:
    noun, *rest = what.split(" ")
    return " ".join([str(n), noun.removesuffix("s") if n == 1 else noun, *rest])


def _asked(claim: Claim) -> str:
    asked, order = in_words(claim.criterion, claim.reported), order_of(claim.criterion)
    if order is not None and order is not claim.criterion:
        asked += f"; for the direction alone, {in_words(order, claim.reported)}"
    return asked


def _undecided(case: Case, seeds: int | None) -> str:
    by_seed = case.measured.by_seed
    if case.criterion["kind"] in ("holds", "range_contains"):
        agree = sum(case.on(_single(case.measured, value)) == SUPPORTED for value in by_seed)
        return f"True in {agree} of {len(by_seed)} seeds."
    number = "more than 1000" if seeds is None else f"about {seeds}"
    also = ""
    if case.order is not None and case.order is not case.criterion and not case.other_data:
        told = {SUPPORTED: " The direction is supported.", REFUTED: " The direction is refuted."}
        also = told.get(case.on(case.measured, case.order), "")
    what = "draws of pictures" if _is_published(case.measured) else "trainings"
    return f"The interval lies partly inside: {number} {what} would decide, at this mean and spread.{also}"


def _single(measured: Measured, value: Any) -> Measured:
    return Measured(value, None, None, "", [0], [value])


def _control(name: str, one: Control) -> str:
    agree = "" if one.agree is None else f", {one.agree} of {one.seeds} seeds"
    return f"{name} ({_plain(one.value)}{agree})"


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_plain(item) for item in value)}]"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _sentence(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
