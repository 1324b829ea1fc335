"""The claims of the documents, read from `book/claims.yml` and checked.

Blocks under `shared` carry YAML anchors for what many claims have in common; a claim merges one with `<<`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from companion.ledger.claim import Claim, text
from companion.ledger.claims_file import read
from companion.ledger.expressions import Expression, parse
from companion.ledger.statistics import SCALES
from companion.project_paths import CLAIMS, notebook_names, source_root
from companion.suggestions import hint

SECTIONS = ("documents", "confidence", "data", "ranges", "exams", "shared", "claims", "tables")


@dataclass(frozen=True)
class Exam:
    """What a training must pass before it counts (rule 2 of `book/verdicts.md`).

    Attributes:
        asks: in words.
        passes: a comparison that is true of a training that has not failed.
        of: beginnings of the readings that a failed training spoils.
    """

    asks: str
    passes: Expression
    of: tuple[str, ...]

    def concerns(self, names: Iterable[str]) -> bool:
        """Return whether one of the readings is of what is examined."""
        return any(name == of or name.startswith(f"{of}.") for name in names for of in self.of)


@dataclass(frozen=True)
class Claims:
    """Every claim, in the order of the file, with what they refer to.

    Attributes:
        by_id: id -> claim.
        documents: key -> title, short reference and so on.
        confidence: letter -> what it means.
        data: data set of a document -> `subsets` that count as it, and why it is `absent` where it is.
        ranges: quantity -> what it can be, one of `SCALES`; any number where it is not named.
        exams: notebook -> what a training must pass before it counts.
    """

    by_id: dict[str, Claim]
    documents: dict[str, dict[str, Any]]
    confidence: dict[str, str]
    data: dict[str, dict[str, Any]]
    ranges: dict[str, str]
    exams: dict[str, list[Exam]]

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
    content, entries = read(path.name, path.read_text(encoding="utf-8"), tuple(Claim.model_fields))
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
    ranges, exams = _ranges(content.get("ranges") or {}), _exams(content.get("exams") or {})
    quantities = {claim.quantity for claim in by_id.values()}
    unknown = [] if faults else [quantity for quantity in ranges[0] if quantity not in quantities]
    nothing = [f"got quantity {quantity!r} in ranges, which no claim has" for quantity in unknown]
    faults += [f"{path.name}: {fault}" for fault in (*ranges[1], *exams[1], *nothing)]
    if faults:
        raise ValueError("\n".join(faults))
    return Claims(by_id, **tables, ranges=ranges[0], exams=exams[0])


def _ranges(section: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
    """Turn scale -> quantities into quantity -> scale, and say what is wrong."""
    wrong = [
        f"got ranges of {name!r}, expected one of {', '.join(SCALES)}"
        for name in section
        if name not in SCALES
    ]
    return {quantity: scale for scale, quantities in section.items() for quantity in quantities}, wrong


def _exams(section: Mapping[str, Any]) -> tuple[dict[str, list[Exam]], list[str]]:
    found, wrong = {}, []
    for notebook, exams in section.items():
        for exam in exams:
            try:
                passes = parse(exam["passes"])
                own = Exam(text(exam["asks"]), passes, tuple(exam["of"]))
            except (KeyError, TypeError, ValueError) as error:
                wrong.append(f"exams of {notebook}: got {exam!r}, expected asks, passes and of: {error}")
                continue
            found.setdefault(notebook, []).append(own)
            if not passes.judges:
                wrong.append(f"exams of {notebook}: got {passes.text!r}, expected a comparison")
    return found, wrong


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
    for name, side in claim.sides.items():
        if side.notebook is not None and side.notebook not in known["notebook"]:
            near = hint(side.notebook, list(known["notebook"]))
            faults.append(f"got notebook {side.notebook!r} of side {name!r}, which is unknown; {near}")
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
