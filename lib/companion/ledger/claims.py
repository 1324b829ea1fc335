"""The claims of the documents, read from `book/claims.yml` and checked.

Blocks under `shared` carry YAML anchors for what many claims have in common; a claim merges one with `<<`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, field_validator, model_validator

from companion.ledger.claims_file import read
from companion.ledger.criteria import Number, is_number, is_range, problem
from companion.ledger.expressions import Expression, parse
from companion.project_paths import CLAIMS, notebook_names, source_root
from companion.suggestions import hint

IDENTIFIER = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SECTIONS = ("documents", "confidence", "data", "shared", "claims", "tables")


def _text(value: Any) -> str:
    if not (isinstance(value, str) and value.strip()):
        raise ValueError(f"got {{}} {value!r}, expected text")
    return value


Text = Annotated[str, BeforeValidator(_text)]


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
        controls: what could explain it away: name -> the control in the same terms. One that is a comparison
            explains the measurement where it is true.
        setup: the document's set-up, by parameter name.
        untestable: why it cannot be tested here, or None.
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
    controls: dict[str, Expression | None] = {}
    setup: dict[str, Any] = {}
    untestable: str | None = None

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
        parsed = None if value is None else parse(value)
        if parsed is not None and not parsed.names:
            raise ValueError(f"got measured {value!r}, expected the name of a reading in it")
        return parsed

    @field_validator("controls", mode="before")
    @classmethod
    def _by_name(cls, value: Any) -> dict[str, Expression | None]:
        if isinstance(value, list) and all(isinstance(name, str) for name in value):
            return dict.fromkeys(value)
        if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
            raise ValueError(f"got controls {value!r}, expected a list of names, or name: expression")
        return {name: parse(text) for name, text in value.items()}

    @field_validator("criterion", mode="wrap")
    @classmethod
    def _kept(cls, value: Any, _: Any) -> Any:
        return value  # checked below, beside what is reported

    @field_validator("setup", mode="before")
    @classmethod
    def _mapping(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError(f"got setup {value!r}, expected a mapping of parameters")
        return value

    @field_validator("untestable", mode="before")
    @classmethod
    def _reason(cls, value: Any) -> Any:
        if not isinstance(value, str | None):
            raise ValueError(f"got untestable {value!r}, expected the reason as text")
        return value

    @model_validator(mode="after")
    def _judged(self) -> "Claim":
        if fault := problem(self.criterion, self.reported):
            raise ValueError(fault)
        return self


@dataclass(frozen=True)
class Claims:
    """Every claim, in the order of the file, with what they refer to.

    Attributes:
        by_id: id -> claim.
        documents: key -> title, short reference and so on.
        confidence: letter -> what it means.
        data: data set of a document -> `subsets` that count as it, and why it is `absent` where it is.
    """

    by_id: dict[str, Claim]
    documents: dict[str, dict[str, Any]]
    confidence: dict[str, str]
    data: dict[str, dict[str, Any]]

    def __getitem__(self, claim_id: str) -> Claim:
        if claim_id not in self.by_id:
            near = hint(claim_id, list(self.by_id))
            raise ValueError(f"claim id: got {claim_id!r}, which book/claims.yml does not have; {near}")
        return self.by_id[claim_id]

    def __iter__(self):
        return iter(self.by_id.values())

    def __len__(self) -> int:
        return len(self.by_id)


def load_claims(path: str | Path | None = None) -> Claims:
    """Read and check the claims.

    Args:
        path: the file; `book/claims.yml` of the project unless given.

    Raises:
        ValueError: when the file is missing or damaged, or a claim is wrong. One line for each fault, with
            the file and line, the id, what was seen and what was expected.
    """
    path = Path(path) if path else source_root() / CLAIMS
    if not path.is_file():
        raise ValueError(f"claims: got no file {path}, expected the claims of the documents")
    text = path.read_text(encoding="utf-8")
    content, entries = read(path.name, text, tuple(Claim.model_fields))
    unknown = sorted(set(content) - set(SECTIONS))
    if unknown:
        raise ValueError(f"{path.name}: got section {unknown[0]!r}, expected {', '.join(SECTIONS)}")
    tables = {name: content.get(name) or {} for name in ("documents", "confidence", "data")}
    notebooks = notebook_names(path.resolve().parents[1])
    faults, by_id = [], {}
    for line, entry in entries:
        name = entry.get("id") if isinstance(entry, dict) else None
        claim, found = _checked(entry, {**tables, "notebook": notebooks})
        if name in by_id:
            found.append(f"got a second claim {name!r}, expected each id once")
        faults += [f"{path.name}:{line}: {name}: {fault}" for fault in found]
        if not found:
            by_id[name] = claim
    if faults:
        raise ValueError("\n".join(faults))
    return Claims(by_id, **tables)


def _checked(entry: Any, known: Mapping[str, Any]) -> tuple[Claim | None, list[str]]:
    """Check one entry: the claim, and what is wrong with it in phrases."""
    if not isinstance(entry, dict):
        return None, [f"got {entry!r}, expected a mapping"]
    try:
        claim = Claim(**entry)
    except ValidationError as error:
        return None, _phrases(error)
    faults = [
        f"got {name} {getattr(claim, name)!r}, which is unknown; {hint(getattr(claim, name), list(table))}"
        for name, table in (
            ("document", known["documents"]),
            ("confidence", known["confidence"]),
            ("notebook", known["notebook"]),
        )
        if getattr(claim, name) not in table
    ]
    dataset, data = claim.setup.get("dataset"), known["data"]
    if dataset is not None and dataset not in data:
        faults.append(f"got dataset {dataset!r} in setup, which is unknown; {hint(str(dataset), list(data))}")
    return claim, faults


def _phrases(error: ValidationError) -> list[str]:
    """Say what pydantic found in the words of this project."""
    found, missing = [], []
    for fault in error.errors():
        name = str(fault["loc"][0]) if fault["loc"] else ""
        if fault["type"] == "missing":
            missing.append(name)
        elif fault["type"] == "extra_forbidden":
            found.append(
                f"got field {name!r}, expected a known field; {hint(name, list(Claim.model_fields))}"
            )
        else:
            reason = fault.get("ctx", {}).get("error", fault["msg"])
            found.append(str(reason).replace("got {}", f"got {name}"))
    if missing:
        optional = [name for name, field in Claim.model_fields.items() if not field.is_required()]
        found.append(f"got no {', '.join(missing)}, expected every field but {', '.join(optional)}")
    return found
