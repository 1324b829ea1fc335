"""What a measurement must satisfy to reproduce a reported value. A criterion is a mapping with a `kind`.

| kind | accepts |
|---|---|
| `within` (rtol, atol) | numbers as close to the reported one as that |
| `equals` (value, atol) | the value, by default the reported one |
| `in_reported_range` | numbers between the two reported ones |
| `same_range` (atol) | ranges with the reported ends |
| `range_contains` | ranges, such as the central 95 % of pairs, that hold the reported number |
| `between` (low, high) | numbers between the two |
| `less_than`, `greater_than` (value) | numbers on that side |
| `direction` (reported: positive or negative) | numbers on that side of 0 |
| `holds` | the truth: 1 |
| `all_of` (of) | what every criterion in the list accepts |

`direction_only`, beside any of them, is a weaker criterion. A measurement over several seeds has an interval,
so that a criterion has three answers (`answer`): supported, where the whole interval is accepted; refuted,
where none of it is; else undecided.
"""

import math
from collections.abc import Sequence
from typing import Any

from companion.ledger.statistics import Estimate

Number = float | list[float] | None

ALLOWED: dict[str, tuple[str, ...]] = {
    "within": ("rtol", "atol"),
    "range_contains": (),
    "equals": ("value", "atol"),
    "in_reported_range": (),
    "same_range": ("atol",),
    "between": ("low", "high"),
    "less_than": ("value",),
    "greater_than": ("value",),
    "direction": ("reported",),
    "holds": (),
    "all_of": ("of",),
}
REQUIRED = {
    "between": ("low", "high"),
    "less_than": ("value",),
    "greater_than": ("value",),
    "direction": ("reported",),
    "all_of": ("of",),
}
ORDERS = ("less_than", "greater_than", "direction", "holds", "between")
SUPPORTED, REFUTED, UNDECIDED = "supported", "refuted", "undecided"
NUMBERS = ("rtol", "atol", "value", "low", "high")
NEEDS_NUMBER = ("within", "range_contains")
NEEDS_RANGE = ("in_reported_range", "same_range")


def is_number(value: Any) -> bool:
    """Return whether a value is an int or a float, and not a bool."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_range(value: Any) -> bool:
    """Return whether a value is a pair of numbers in order."""
    return isinstance(value, list) and len(value) == 2 and all(map(is_number, value)) and value[0] <= value[1]


def problem(criterion: Any, reported: Number) -> str | None:
    """Say in a phrase what is wrong with a criterion, or return None.

    Args:
        criterion: the mapping from claims.yml.
        reported: the number, the [low, high] or None that the claim reports.
    """
    if not isinstance(criterion, dict) or "kind" not in criterion:
        return f"got criterion {criterion!r}, expected a mapping with a kind"
    kind = criterion["kind"]
    if kind not in ALLOWED:
        return f"got criterion kind {kind!r}, expected one of {', '.join(ALLOWED)}"
    extra = sorted(set(criterion) - {"kind", "direction_only", *ALLOWED[kind]})
    if extra:
        allowed = ", ".join(ALLOWED[kind]) or "nothing more"
        return f"got {', '.join(extra)} in a criterion {kind!r}, expected {allowed}"
    missing = [name for name in REQUIRED.get(kind, ()) if name not in criterion]
    if missing:
        return f"got a criterion {kind!r} without {', '.join(missing)}, expected it"
    if kind == "within" and not ({"rtol", "atol"} & set(criterion)):
        return "got a criterion 'within' without rtol and atol, expected one of them"
    wrong = [name for name in NUMBERS if name in criterion and not is_number(criterion[name])]
    if wrong:
        return f"got {wrong[0]} {criterion[wrong[0]]!r} in a criterion {kind!r}, expected a number"
    if kind in NEEDS_NUMBER and not is_number(reported):
        return f"got criterion {kind!r} with reported {reported!r}, expected a reported number"
    if kind in NEEDS_RANGE and not is_range(reported):
        return f"got criterion {kind!r} with reported {reported!r}, expected a reported [low, high]"
    if kind == "equals" and "value" not in criterion and not is_number(reported):
        return f"got criterion 'equals' without value and with reported {reported!r}, expected a number"
    if kind == "direction" and criterion["reported"] not in ("positive", "negative"):
        seen = criterion["reported"]
        return f"got reported {seen!r} in a criterion 'direction', expected positive or negative"
    if kind == "all_of" and not (isinstance(criterion["of"], list) and criterion["of"]):
        return f"got of {criterion['of']!r} in a criterion 'all_of', expected a list of criteria"
    inner = [
        *criterion.get("of", []),
        *([criterion["direction_only"]] if "direction_only" in criterion else []),
    ]
    return next((found for found in (problem(item, reported) for item in inner) if found), None)


def is_order(criterion: dict[str, Any]) -> bool:
    """Return whether a criterion is a statement: it compares with a bound, and not with a reported number."""
    if criterion["kind"] == "all_of":
        return all(is_order(item) for item in criterion["of"])
    return criterion["kind"] in ORDERS


def order_of(criterion: dict[str, Any]) -> dict[str, Any] | None:
    """Return what a criterion says of an order: itself, or its weaker reading; None where it is a number."""
    if is_order(criterion):
        return criterion
    weaker = criterion.get("direction_only")
    return weaker if weaker is not None and is_order(weaker) else None


def scaled(criterion: dict[str, Any], factor: float) -> dict[str, Any]:
    """Return the criterion with every tolerance multiplied."""
    found = {
        **criterion,
        **{name: factor * criterion[name] for name in ("rtol", "atol") if name in criterion},
    }
    if "of" in criterion:
        found["of"] = [scaled(item, factor) for item in criterion["of"]]
    if "direction_only" in criterion:
        found["direction_only"] = scaled(criterion["direction_only"], factor)
    return found


def region(criterion: dict[str, Any], reported: Number) -> tuple[float, float, bool] | None:
    """Return the numbers that a criterion accepts: both ends, and whether they belong to it.

    None of a criterion that is about ranges, or about the truth, or that joins several.
    """
    match criterion["kind"]:
        case "within":
            tolerance = criterion.get("atol", 0) + criterion.get("rtol", 0) * abs(reported)
            return reported - tolerance, reported + tolerance, True
        case "equals":
            target, tolerance = criterion.get("value", reported), criterion.get("atol", 0)
            return target - tolerance, target + tolerance, True
        case "in_reported_range":
            return reported[0], reported[1], True
        case "between":
            return criterion["low"], criterion["high"], True
        case "less_than":
            return -math.inf, criterion["value"], False
        case "greater_than":
            return criterion["value"], math.inf, False
        case "direction":
            return (0.0, math.inf, False) if criterion["reported"] == "positive" else (-math.inf, 0.0, False)
    return None


def answer(
    criterion: dict[str, Any], reported: Number, ends: Sequence[Estimate], by_seed: Sequence[Any]
) -> str:
    """Answer whether a measurement over seeds satisfies a criterion, its `direction_only` left aside.

    Args:
        criterion: a criterion without problem.
        reported: what the claim reports.
        ends: the measured mean with its interval; of a range, that of either end.
        by_seed: what each seed measured, a number or a range.

    Returns:
        "supported", "refuted" or "undecided".
    """
    kind = criterion["kind"]
    if kind == "all_of":
        return _joined([answer(item, reported, ends, by_seed) for item in criterion["of"]])
    if kind in ("holds", "range_contains"):
        truths = [_is_true(kind, reported, value) for value in by_seed]
        return SUPPORTED if all(truths) else UNDECIDED if any(truths) else REFUTED
    if kind == "same_range":
        atol = criterion.get("atol", 0)
        ends = list(ends) * 2 if len(ends) == 1 else ends
        accepted = [(end - atol, end + atol, True) for end in reported]
        return _joined([_of_region(*one) for one in zip(accepted, ends, strict=True)])
    return _joined([_of_region(region(criterion, reported), end) for end in ends])


def satisfied(criterion: dict[str, Any], reported: Number, value: float | list[float]) -> bool:
    """Return whether a single measurement without an interval satisfies a criterion."""
    ends = [Estimate(end, end, end, 1) for end in (value if isinstance(value, (list, tuple)) else [value])]
    return answer(criterion, reported, ends, [value]) == SUPPORTED


def _is_true(kind: str, reported: Number, value: Any) -> bool:
    if kind == "holds":
        return value == 1
    low, high = value if isinstance(value, list) else (value, value)
    return low <= reported <= high


def _joined(answers: list[str]) -> str:
    if REFUTED in answers:
        return REFUTED
    return UNDECIDED if UNDECIDED in answers else SUPPORTED


def _of_region(accepted: tuple[float, float, bool], seen: Estimate) -> str:
    low, high, closed = accepted
    if closed:  # a tolerance is met to the last digits of its arithmetic
        slack = 1e-9 * max(abs(low), abs(high))
        low, high = low - slack, high + slack
        inside, apart = low <= seen.low and seen.high <= high, seen.high < low or high < seen.low
    else:
        inside, apart = low < seen.low and seen.high < high, seen.high <= low or high <= seen.low
    return SUPPORTED if inside else REFUTED if apart else UNDECIDED


def in_words(criterion: dict[str, Any], reported: Number) -> str:
    """Say what a criterion asks for, to go after "expected"."""
    match criterion["kind"]:
        case "within":
            parts = [
                f"{criterion['rtol']:.0%}" if "rtol" in criterion else "",
                f"{criterion.get('atol', '')}",
            ]
            return f"{reported:g} within {' + '.join(part for part in parts if part)}"
        case "range_contains":
            return f"{reported:g} inside the range, in every seed"
        case "equals":
            atol = f" within {criterion['atol']:g}" if criterion.get("atol") else ""
            return f"{criterion.get('value', reported):g}{atol}"
        case "in_reported_range":
            return f"an interval between {reported[0]:g} and {reported[1]:g}"
        case "same_range":
            atol = f" within {criterion['atol']:g}" if criterion.get("atol") else ""
            return f"the range {reported[0]:g} to {reported[1]:g}{atol}"
        case "between":
            return f"an interval between {criterion['low']:g} and {criterion['high']:g}"
        case "less_than":
            return f"an interval below {criterion['value']:g}"
        case "greater_than":
            return f"an interval above {criterion['value']:g}"
        case "direction":
            return f"an interval that is {criterion['reported']}"
        case "holds":
            return "true in every seed"
        case _:
            return " and ".join(in_words(item, reported) for item in criterion["of"])
