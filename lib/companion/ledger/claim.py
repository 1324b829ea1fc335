"""One claim of a document: what it says, by what it is measured, and what decides."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationInfo, field_validator, model_validator

from companion.ledger.criteria import Number, is_number, is_range, problem
from companion.ledger.expressions import Expression, parse

IDENTIFIER = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
COUNTED = ("claim of the document", "claim of ours", "arithmetic or theorem")
SECOND_HAND = "S"  # the mark of a value that is known from somebody else's summary


def text(value: Any) -> str:
    """Check that a value is text with something in it."""
    if not (isinstance(value, str) and value.strip()):
        raise ValueError(f"got {{}} {value!r}, expected text")
    return value


Text = Annotated[str, BeforeValidator(text)]


@dataclass(frozen=True)
class Side:
    """Another reading of a claim's sentence.

    Attributes:
        measured: what is measured, as in a claim.
        notebook: where, if not where the claim is measured.
    """

    measured: Expression
    notebook: str | None = None


def _measuring(value: Any) -> Expression:
    parsed = parse(value)
    if not parsed.names:
        raise ValueError(f"got measured {value!r}, expected the name of a reading in it")
    return parsed


def _named(value: Any, field: str | None) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise ValueError(f"got {field} {value!r}, expected name: expression")
    return value


def _side(name: str, side: Any) -> Side:
    if isinstance(side, str):
        return Side(_measuring(side))
    if not (isinstance(side, Mapping) and {"measured"} <= set(side) <= {"measured", "notebook"}):
        raise ValueError(f"got side {name!r} {side!r}, expected an expression, or measured and notebook")
    return Side(_measuring(side["measured"]), side.get("notebook"))


class Claim(BaseModel):
    """One reported number or one testable sentence of a document.

    Attributes:
        id: kebab case, unique.
        document: key of the document.
        place: table, figure or section of the document.
        statement: the claim in our own words.
        quantity: machine name of what is measured.
        reported: the reported number, the reported [low, high], or None for a sentence.
        unit: unit of the quantity, "1" for a pure number.
        confidence: letter that says where our knowledge of the reported value comes from.
        criterion: what a measurement must satisfy (see `criteria`).
        notebook: the notebook that measures it.
        measured: what is measured, in terms of the readings that the notebook keeps; None where nothing can
            be.
        controls: what could explain it away: name -> the control in the same terms. A comparison explains the
            measurement where it is true, a number where it satisfies the claim's own criterion.
        beside: what is shown beside it and decides nothing: name -> an expression.
        sides: other readings of the same sentence that the document's text allows: name -> `Side`.
        setup: the document's set-up, by parameter name.
        trained_as: whose training the document describes, a name under `documents` in `book/setups.yml`; the
            document unless given.
        counted_as: one of `COUNTED`.
        no_common_unit: why its number and ours have no unit in common, or None.
        untestable: why it cannot be tested here, or None.
        sampled: how much stands behind a seed's value, where the reading does not say: `n`, a number or the
            name of a parameter, and `what` it counts.
        used: what was used, by parameter name, where the reading does not say.
        least_n: how much should stand behind it; with less, the verdict says so.
        answer: what the authors would answer to the verdict, and what here meets it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    id: str
    document: Text
    place: Text
    statement: Text
    quantity: Text
    reported: Number
    unit: Text
    confidence: Text
    criterion: dict[str, Any]
    notebook: Text
    measured: Expression | None = None
    controls: dict[str, Expression] = {}
    beside: dict[str, Expression] = {}
    sides: dict[str, Side] = {}
    setup: dict[str, Any] = {}
    trained_as: str | None = None
    counted_as: str = COUNTED[0]
    no_common_unit: str | None = None
    untestable: str | None = None
    sampled: dict[str, Any] = {}
    used: dict[str, Any] = {}
    least_n: int | None = None
    answer: str | None = None

    @field_validator("id", mode="before")
    @classmethod
    def _kebab(cls, value: Any) -> str:
        if not (isinstance(value, str) and IDENTIFIER.fullmatch(value)):
            raise ValueError(f"got id {value!r}, expected words of a-z and 0-9 joined by hyphens")
        return value

    @field_validator("reported", mode="wrap")
    @classmethod
    def _number(cls, value: Any, _: Any) -> Number:
        if not (value is None or is_number(value) or is_range(value)):
            raise ValueError(f"got reported {value!r}, expected a number, [low, high] or null")
        return value

    @field_validator("measured", mode="before")
    @classmethod
    def _parsed(cls, value: Any) -> Expression | None:
        return None if value is None else _measuring(value)

    @field_validator("controls", "beside", mode="before")
    @classmethod
    def _by_name(cls, value: Any, info: ValidationInfo) -> dict[str, Expression]:
        return {name: parse(rule) for name, rule in _named(value, info.field_name).items()}

    @field_validator("sides", mode="before")
    @classmethod
    def _sides(cls, value: Any) -> dict[str, Side]:
        return {name: _side(name, side) for name, side in _named(value, "sides").items()}

    @field_validator("counted_as", mode="before")
    @classmethod
    def _counted(cls, value: Any) -> str:
        if value not in COUNTED:
            raise ValueError(f"got counted_as {value!r}, expected one of {', '.join(COUNTED)}")
        return value

    @field_validator("criterion", mode="wrap")
    @classmethod
    def _kept(cls, value: Any, _: Any) -> Any:
        return value  # checked below, beside what is reported

    @field_validator("setup", "used", mode="before")
    @classmethod
    def _mapping(cls, value: Any, info: ValidationInfo) -> Any:
        if not isinstance(value, dict):
            raise ValueError(f"got {info.field_name} {value!r}, expected a mapping of parameters")
        return value

    @field_validator("untestable", "no_common_unit", "answer", "trained_as", mode="before")
    @classmethod
    def _reason(cls, value: Any, info: ValidationInfo) -> Any:
        if not isinstance(value, str | None):
            raise ValueError(f"got {info.field_name} {value!r}, expected the reason as text")
        return value

    @field_validator("sampled", mode="before")
    @classmethod
    def _sample(cls, value: Any) -> Any:
        if not (isinstance(value, dict) and set(value) == {"n", "what"}):
            raise ValueError(f"got sampled {value!r}, expected n and what")
        return value

    @property
    def second_hand(self) -> bool:
        """Whether the reported value is known from somebody else's summary."""
        return self.confidence == SECOND_HAND

    @model_validator(mode="after")
    def _judged(self) -> "Claim":
        if fault := problem(self.criterion, self.reported):
            raise ValueError(fault)
        return self
