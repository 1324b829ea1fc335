"""The typed parameters cell of a notebook: what it declares, and how its values are written as text."""

import ast
import io
import json
import math
import tokenize
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
    """Read the parameters cell of a notebook: the literal assignments of the cell with that tag.

    Raises:
        FileNotFoundError: when there is no such notebook.
    """
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    tagged = [cell for cell in cells if "parameters" in cell.get("metadata", {}).get("tags", [])]
    source = "".join("".join(cell["source"]) + "\n" for cell in tagged)
    comments = {
        token.start[0]: token.string.lstrip("# ")
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    found = {}
    for node in ast.parse(source).body:
        target = node.target if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [None])[0]
        if isinstance(target, ast.Name) and getattr(node, "value", None) is not None:
            default = ast.literal_eval(node.value)
            typed = isinstance(node, ast.AnnAssign)
            hint = ast.unparse(node.annotation) if typed else type(default).__name__
            found[target.id] = Parameter(target.id, hint, default, comments.get(node.end_lineno, ""))
    return found


def written(value: Any) -> str:
    """Write a value as text that `Parameter.read` reads as the same value."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return repr(value)
    return yaml.safe_dump(value, default_flow_style=True, width=math.inf).removesuffix("...\n").strip()


def has_type(value: Any, hint: str) -> bool:
    """Return whether a value has the type of a hint such as `int`, `list[int]` or `str | None`."""
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
