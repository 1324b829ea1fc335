"""Checks of the numbers that a notebook hands over."""

import math
from collections.abc import Iterable
from typing import Any

from companion.profiles import plain


def finite_number(what: str, value: Any) -> float:
    """Turn a number, a bool or a tensor with one element into a float.

    Args:
        what: name for the message.
        value: what was handed over.

    Raises:
        ValueError: when it is no single finite number.
    """
    value = plain(value)
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, (bool, int, float)) or not math.isfinite(value):
        raise ValueError(f"{what}: got {value!r}, expected a finite number")
    return float(value)


def ordered_pair(what: str, value: Any) -> list[float]:
    """Turn two numbers in order into a list of floats.

    Raises:
        ValueError: when there are not two, or the first is larger.
    """
    value = plain(value)
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError(f"{what}: got {value!r}, expected [low, high]")
    low, high = (finite_number(what, end) for end in value)
    if low > high:
        raise ValueError(f"{what}: got [{low:g}, {high:g}], expected the lower end first")
    return [low, high]


def measurement(
    name: str,
    value: Any,
    *,
    interval: Iterable[float] | None,
    n: int | None,
    n_what: str,
) -> dict[str, Any]:
    """Check one measurement and put it in the form that `result.json` has; arguments as for `Run.keep`.

    Raises:
        ValueError: when a number is not finite, a range is not in order, or `n` is no whole number above 0.
    """
    value = plain(value)
    is_pair = isinstance(value, list) and len(value) == 2
    if n is not None and (not isinstance(plain(n), int) or n < 1):
        raise ValueError(f"{name}: n: got {n!r}, expected a whole number above 0")
    return {
        "value": ordered_pair(name, value) if is_pair else finite_number(name, value),
        "interval": None if interval is None else ordered_pair(f"{name}: interval", interval),
        "n": None if n is None else int(n),
        "n_what": n_what,
    }
