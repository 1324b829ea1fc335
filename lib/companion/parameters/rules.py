"""What the values of parameters may be: the rules of `notebooks/parameters.yml`.

Commands, panel, forms, sweeps, profiles and the book's table read them here. Type, default and the line of
help stand in the notebook's own cell.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from companion.parameters.values import leaves
from companion.suggestions import expected_one_of, hint

FILE = "parameters.yml"
GROUPS = {
    "run": "Run",
    "data": "Data",
    "model": "Models and training",
    "size": "Sample sizes",
    "measurement": "Measurement",
}
"""Groups of parameters, in the order of a form, with their titles."""


class Rule(BaseModel):
    """What the values of one parameter may be; of a list, a table or a mapping, each of its entries.

    Attributes:
        choices: the values there are.
        keys: of a mapping: what its keys may be.
        pattern: a regular expression that words must match as a whole.
        low, high: the smallest and the largest value.
        zero: what 0 stands for, where it stands for something else than none, such as "all".
        step: by which a slider moves, where that is not 1 or a hundredth of the range.
        unit: what is counted or measured.
        group: a key of `GROUPS`.
        advanced: folded away in a form.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    choices: tuple[str | int | float, ...] = ()
    keys: tuple[str, ...] = ()
    pattern: str | None = None
    low: float | None = None
    high: float | None = None
    zero: str | None = None
    step: float | None = None
    unit: str = ""
    group: Literal["run", "data", "model", "size", "measurement"] = "measurement"
    advanced: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> "Rule":
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low: got {self.low:g}, expected at most high, {self.high:g}")
        return self

    def check(self, name: str, value: Any) -> None:
        """Refuse a value that is not allowed.

        Raises:
            ValueError: with the name, what was seen, what was expected, and the nearest good value.
        """
        for key in value if self.keys and isinstance(value, dict) else ():
            if key not in self.keys:
                raise ValueError(f"{name}: got the key {key!r}; {hint(key, self.keys)}")
        for item in leaves(value):
            self._check_one(name, item)

    def _check_one(self, name: str, item: Any) -> None:
        if self.choices and item not in self.choices:
            raise ValueError(f"{name}: got {item!r}; {expected_one_of(item, map(str, self.choices))}")
        if self.pattern and not re.fullmatch(self.pattern, str(item)):
            raise ValueError(f"{name}: got {item!r}, expected the form {self.pattern}")
        if not isinstance(item, (int, float)) or isinstance(item, bool) or (item == 0 and self.zero):
            return
        low, high = self.low, self.high
        if item != item or (low is not None and item < low) or (high is not None and item > high):
            nearest = "" if item != item else f"; the nearest is {low if item < (low or 0) else high:g}"
            raise ValueError(f"{name}: got {item!r}, expected {self.range}{nearest}")

    @property
    def range(self) -> str:
        """The range in words, "" where there is none."""
        parts = {
            (False, False): "",
            (True, False): f"{self.low} or more",
            (False, True): f"at most {self.high}",
            (True, True): f"{self.low} to {self.high}",
        }
        text = parts[self.low is not None, self.high is not None].replace(".0", "")
        return text + (f", or 0 for {self.zero}" if self.zero else "")


class Part(BaseModel):
    """A part of a notebook's time, and the parameters in whose product it grows.

    Attributes:
        seconds: that it takes in the quick run, on one core of the machine of record.
        grows: names of parameters.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    seconds: float
    grows: tuple[str, ...]


class Sheet(BaseModel):
    """The rules of one notebook, and the parts of its time."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: dict[str, Rule] = {}
    time: tuple[Part, ...] = ()


class RuleBook(BaseModel):
    """The file of rules.

    Attributes:
        lists: of values that more than one rule takes, by YAML's own references.
        images: data set -> about how many pictures it has for training.
        common: rules of parameters that several notebooks have.
        notebooks: what each notebook has of its own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    lists: dict[str, list] = {}
    images: dict[str, int] = {}
    common: dict[str, Rule] = {}
    notebooks: dict[str, Sheet] = {}

    def sheet(self, notebook: str) -> Sheet:
        """What a notebook has of its own; nothing, where the file does not name it."""
        return self.notebooks.get(notebook, Sheet())


def rules_of(notebook: Path) -> dict[str, Rule]:
    """Read the rules for a notebook's parameters: its own, then those that notebooks have in common."""
    book = read_rules(notebook.parent)
    return {**book.common, **book.sheet(notebook.stem).rules}


def read_rules(folder: Path) -> RuleBook:
    """Read `parameters.yml` of a folder of notebooks; without that file there are no rules.

    Raises:
        ValueError: when it is damaged or has an unknown field.
    """
    path = folder / FILE
    return _read(path, path.stat().st_mtime_ns) if path.is_file() else RuleBook()


@lru_cache(maxsize=8)
def _read(path: Path, changed: int) -> RuleBook:
    try:
        return RuleBook.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except yaml.YAMLError as error:
        raise ValueError(f"{path.name}: got damaged YAML: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ValueError(f"{path.name}: {where}: got {first['input']!r}; {first['msg']}") from None
