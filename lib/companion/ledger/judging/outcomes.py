"""The outcomes and the rules that lead to them; `book/verdicts.md` has the rules in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from companion.ledger.criteria import REFUTED, SUPPORTED, UNDECIDED, answer, is_order, order_of
from companion.ledger.judging.measured import Measured
from companion.ledger.judging.setups import Comparison

OUTCOMES = (
    "reproduced",
    "direction only",
    "another number",
    "undecided",
    "contradicted",
    "explained by a control",
    "set-up decides",
    "no common unit",
    "not seen on stand-in",
    "not testable here",
    "not run",
)
MAIN = "as measured"
POSITIVE = ("reproduced", "direction only")
NEGATIVE = ("contradicted", "another number", "not seen on stand-in")


@dataclass(frozen=True)
class Case:
    """A measured claim before its judge.

    Attributes:
        criterion: what the claim asks for.
        reported: what the document reports.
        measured: what was measured.
        comparison: its set-up beside ours.
        other_data: whether the data are not the document's.
    """

    criterion: dict[str, Any]
    reported: Any
    measured: Measured
    comparison: Comparison
    other_data: bool

    @property
    def answer(self) -> str:
        """The answer to the criterion."""
        return self.on(self.measured)

    @property
    def order(self) -> dict[str, Any] | None:
        """What the claim says of an order, where it says anything."""
        return order_of(self.criterion)

    def on(self, measured: Measured, criterion: dict[str, Any] | None = None) -> str:
        """Answer the claim's criterion, or another, on a measurement."""
        asked = self.criterion if criterion is None else criterion
        return answer(asked, self.reported, measured.ends, measured.by_seed)


@dataclass(frozen=True)
class Outcome:
    """An outcome, and what was decisive.

    Attributes:
        name: one of `OUTCOMES`.
        because: the sentence of the rule that decided, "" where the three answers speak for themselves.
        explaining: names of controls that explain it.
        sides: name of a side, "as measured" among them -> "supported", "refuted" or "undecided"; none where
            the claim has one reading.
    """

    name: str
    because: str = ""
    explaining: tuple[str, ...] = ()
    sides: Mapping[str, str] = field(default_factory=dict)


def decide(case: Case) -> Outcome:
    """Decide a measured claim by the rules 5, 6, 3 and 9, in this order."""
    readings = {MAIN: case.measured, **case.measured.sides} if case.measured.sides else {}
    sides = {name: _side(case, measured) for name, measured in readings.items()}
    if case.other_data:
        found = _on_other_data(case)
    elif {SUPPORTED, REFUTED} <= set(sides.values()):
        return _on_both_sides(case, sides)
    else:
        found = _by_answer(case)
    explaining = _explaining(case, found.name)
    if explaining:
        return Outcome("explained by a control", found.because, explaining, sides)
    if found.name in POSITIVE and any(one.splits for one in case.measured.controls.values()):
        told = "It holds, but a control accounts for it in some trainings and not in others."
        return Outcome("undecided", f"{found.because} {told}".strip(), (), sides)
    return Outcome(found.name, found.because, (), sides)


def _side(case: Case, measured: Measured) -> str:
    """Answer for one side: by the order where the claim has one, or where the number itself is hit."""
    direct = case.on(measured)
    if direct == SUPPORTED or case.order is None:
        return direct
    return case.on(measured, case.order)


def _on_both_sides(case: Case, sides: dict[str, str]) -> Outcome:
    """An undisclosed choice decides, unless a control explains the side that supports the claim."""
    main = sides[MAIN]
    explaining = _explaining(case, "reproduced" if case.answer == SUPPORTED else "direction only")
    name = "explained by a control" if main == SUPPORTED and explaining else "set-up decides"
    return Outcome(name, _both(sides), explaining if main == SUPPORTED else (), sides)


def _both(sides: Mapping[str, str]) -> str:
    parts = [
        f"{word} by: {', '.join(name for name, seen in sides.items() if seen == word)}"
        for word in (SUPPORTED, REFUTED, UNDECIDED)
        if word in sides.values()
    ]
    return f"The document leaves a choice open, {'; '.join(parts)}."


def _on_other_data(case: Case) -> Outcome:
    told = "The data are not the document's, so at most an order can be tested."
    if case.order is None:
        return Outcome("not testable here", told)
    names = {SUPPORTED: "direction only", REFUTED: "not seen on stand-in", UNDECIDED: "undecided"}
    return Outcome(names[case.on(case.measured, case.order)], told)


def _by_answer(case: Case) -> Outcome:
    if case.answer == SUPPORTED:
        return Outcome("reproduced")
    if case.answer == UNDECIDED:
        return Outcome("undecided")
    toy = case.comparison.toy
    if is_order(case.criterion):
        return (
            Outcome("undecided", f"Refuted, but this is no test. {toy}") if toy else Outcome("contradicted")
        )
    if case.order is not None:
        weaker = case.on(case.measured, case.order)
        if weaker == SUPPORTED:
            return Outcome("direction only", toy)
        if weaker == REFUTED and not toy:
            return Outcome("contradicted", "Its order is refuted too.")
    if case.comparison.agrees and not toy:
        told = "Nothing in the set-up differs or is unknown." if case.comparison.same else ""
        return Outcome("contradicted", told)
    return Outcome("another number", toy)


def _explaining(case: Case, outcome: str) -> tuple[str, ...]:
    """Name the controls that explain an outcome."""
    if outcome in POSITIVE:
        met = case.criterion if outcome == "reproduced" else case.order
        return tuple(name for name, one in case.measured.controls.items() if one.explains(met, case.reported))
    if outcome in NEGATIVE:
        return tuple(
            name
            for name, one in case.measured.controls.items()
            if one.agree is not None and one.explains(case.criterion, case.reported)
        )
    return ()
