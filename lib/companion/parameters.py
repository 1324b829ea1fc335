"""The typed parameters cell of a notebook: what it declares, and how its values are written as text."""

import ast
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Parameter:
    """One line of a parameters cell, such as `n_pairs: int = 60  # random pairs of test images`.

    Attributes:
        name: of the variable.
        hint: its type as it is written there.
        default: its value there.
        help: the comment.
    """

    name: str
    hint: str
    default: Any
    help: str

    def read(self, text: str) -> Any:
        """Read a value in the declared type.

        Raises:
            ValueError: when the text is no such value.
        """
        if self.hint == "str":
            return text
        try:
            value = float(text) if self.hint == "float" else yaml.safe_load(text)
        except (ValueError, yaml.YAMLError):
            value = text
        if not has_type(value, self.hint):
            raise ValueError(f"{self.name}: got {text!r}, expected {self.hint}")
        return value


def declared(notebook: Path) -> dict[str, Parameter]:
    """Read the parameters cell of a notebook, by papermill's inspection."""
    from papermill import inspect_notebook  # slow to import, and most callers of this module do not need it

    found = {}
    for name, entry in inspect_notebook(str(notebook)).items():
        default = ast.literal_eval(entry["default"])
        hint = entry["inferred_type_name"]
        hint = type(default).__name__ if hint in (None, "None") else hint
        found[name] = Parameter(name, hint, default, entry["help"])
    return found


def written(value: Any) -> str:
    """Write a value as text that `Parameter.read` reads as the same value."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return repr(value)
    return yaml.safe_dump(value, default_flow_style=True, width=math.inf).removesuffix("...\n").strip()


def has_type(value: Any, hint: str) -> bool:
    """Tell whether a value has the type of a hint such as `int`, `list[int]` or `str | None`."""
    if "|" in hint:
        return any(has_type(value, part.strip()) for part in hint.split("|"))
    outer, _, inner = hint.partition("[")
    if outer in ("list", "tuple") and inner:
        return isinstance(value, (list, tuple)) and all(
            has_type(item, inner[:-1].split(",")[0]) for item in value
        )
    if isinstance(value, bool):
        return outer == "bool"
    types = {"int": int, "float": (int, float), "str": str, "list": list, "dict": dict, "None": type(None)}
    return isinstance(value, types.get(outer, ()))
