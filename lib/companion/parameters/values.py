"""Values of parameters: as text, by type, and one by one where there are several."""

import math
from collections.abc import Iterator
from typing import Any

import yaml


def read_value(name: str, text: str, hint: str) -> Any:
    """Read a value in the type of a hint.

    Raises:
        ValueError: when the text is no such value.
    """
    if hint == "str":
        return text
    try:
        value = float(text) if hint == "float" else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError):
        value = text
    if not has_type(value, hint):
        raise ValueError(f"{name}: got {text!r}, expected {hint}")
    return value


def written(value: Any) -> str:
    """Write a value as text that `read_value` reads as the same value."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return repr(value)
    return yaml.safe_dump(value, default_flow_style=True, width=math.inf).removesuffix("...\n").strip()


def has_type(value: Any, hint: str) -> bool:
    """Return whether a value has the type of a hint such as `int`, `list[int]` or `dict[str, int]`."""
    if "|" in hint:
        return any(has_type(value, part.strip()) for part in hint.split("|"))
    outer, _, inner = hint.partition("[")
    inner = inner[:-1]
    if outer == "list" and inner:
        return isinstance(value, (list, tuple)) and all(has_type(item, inner) for item in value)
    if outer == "dict" and inner:
        keys, _, values = inner.partition(", ")
        return isinstance(value, dict) and all(
            has_type(key, keys) and has_type(item, values) for key, item in value.items()
        )
    if isinstance(value, bool):
        return outer == "bool"
    types = {"int": int, "float": (int, float), "str": str, "list": list, "dict": dict, "None": type(None)}
    return isinstance(value, types.get(outer, ()))


def leaves(value: Any) -> Iterator[Any]:
    """List the numbers and words of a value: itself, or those of its entries; of a mapping its values."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from leaves(item)
    else:
        yield value
