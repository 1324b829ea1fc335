"""What a measurement must satisfy to reproduce a reported value. A criterion is a mapping with a `kind`.

| kind | the measurement reproduces the claim when |
|---|---|
| `within` (rtol, atol) | its mean is as close to the reported number as that |
| `interval_contains` | the reported number lies in its interval over seeds |
| `equals` (value, atol) | it equals the value, by default the reported one |
| `in_reported_range` | its mean lies between the two reported numbers |
| `range_contains` | it is a range, the central 95 % of pairs say, and the reported number lies in it |
| `same_range` (atol) | it is a range with the reported ends |
| `between` (low, high) | its whole interval lies between the two |
| `less_than`, `greater_than` (value) | its whole interval lies on that side |
| `direction` (reported: positive or negative) | its whole interval lies on that side of 0 |
| `holds` | the statement is true in every seed |
| `all_of` (of) | every criterion in the list is satisfied |

`direction_only`, beside any of them, is a weaker criterion: satisfied alone, it gives that verdict.
"""

from typing import Any

Number = float | list[float] | None

ALLOWED: dict[str, tuple[str, ...]] = {
    "within": ("rtol", "atol"),
    "interval_contains": (),
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
ORDERS = ("less_than", "greater_than", "direction", "holds")
NUMBERS = ("rtol", "atol", "value", "low", "high")
NEEDS_NUMBER = ("within", "interval_contains", "range_contains")
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
    """Return whether a criterion compares with a bound and not with a reported number."""
    if criterion["kind"] == "all_of":
        return all(is_order(item) for item in criterion["of"])
    return criterion["kind"] in ORDERS


def satisfied(
    criterion: dict[str, Any], reported: Number, mean: float | list[float], interval: list[float] | None
) -> bool:
    """Return whether a measurement satisfies a criterion, its `direction_only` left aside.

    Args:
        criterion: a criterion without problem.
        reported: what the claim reports.
        mean: measured mean over seeds; for a range, the means of both ends.
        interval: its interval; the mean alone where there is none.
    """
    kind = criterion["kind"]
    if kind == "all_of":
        return all(satisfied(item, reported, mean, interval) for item in criterion["of"])
    if kind == "same_range":
        atol = criterion.get("atol", 0)
        ends = mean if isinstance(mean, list) else [mean, mean]
        return all(abs(a - b) <= atol for a, b in zip(ends, reported))
    ends = mean if isinstance(mean, list) else [mean, mean]
    low, high = (interval or ends) if not isinstance(mean, list) else ends
    middle = sum(ends) / 2
    match kind:
        case "within":
            tolerance = criterion.get("atol", 0) + criterion.get("rtol", 0) * abs(reported)
            return all(abs(end - reported) <= tolerance for end in ends)
        case "interval_contains" | "range_contains":
            return low <= reported <= high
        case "equals":
            target = criterion.get("value", reported)
            return all(abs(end - target) <= criterion.get("atol", 0) for end in ends)
        case "in_reported_range":
            return reported[0] <= middle <= reported[1]
        case "between":
            return criterion["low"] <= low and high <= criterion["high"]
        case "less_than":
            return high < criterion["value"]
        case "greater_than":
            return low > criterion["value"]
        case "direction":
            return low > 0 if criterion["reported"] == "positive" else high < 0
        case _:
            return middle == 1


def in_words(criterion: dict[str, Any], reported: Number) -> str:
    """Say what a criterion asks for, to go after "expected"."""
    match criterion["kind"]:
        case "within":
            parts = [
                f"{criterion['rtol']:.0%}" if "rtol" in criterion else "",
                f"{criterion.get('atol', '')}",
            ]
            return f"{reported:g} within {' + '.join(part for part in parts if part)}"
        case "interval_contains" | "range_contains":
            return f"{reported:g} inside the {criterion['kind'].split('_')[0]}"
        case "equals":
            atol = f" within {criterion['atol']:g}" if criterion.get("atol") else ""
            return f"{criterion.get('value', reported):g}{atol}"
        case "in_reported_range":
            return f"a mean between {reported[0]:g} and {reported[1]:g}"
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
