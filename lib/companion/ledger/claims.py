"""The claims of the documents, read from `book/claims.yml` and checked.

Blocks under `shared` carry YAML anchors for what many claims have in common; a claim merges one with `<<`.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from companion.ledger.criteria import Number, is_number, is_range, problem
from companion.project_paths import CLAIMS, source_root
from companion.suggestions import hint

IDENTIFIER = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SECTIONS = ("documents", "confidence", "data", "shared", "claims")
TEXTS = ("document", "place", "statement", "quantity", "unit", "confidence", "notebook")


@dataclass(frozen=True)
class Claim:
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
        controls: names of the controls that could explain it away.
        setup: the document's set-up, by parameter name.
        untestable: why it cannot be tested here, or None.
    """

    id: str
    document: str
    place: str
    statement: str
    quantity: str
    reported: Number
    unit: str
    confidence: str
    criterion: dict[str, Any]
    notebook: str
    controls: tuple[str, ...] = ()
    setup: dict[str, Any] = field(default_factory=dict)
    untestable: str | None = None


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
    try:
        content, lines = _read(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ValueError(f"{path.name}: got invalid YAML, {' '.join(str(error).split())}") from None
    unknown = sorted(set(content) - set(SECTIONS))
    if unknown:
        raise ValueError(f"{path.name}: got section {unknown[0]!r}, expected {', '.join(SECTIONS)}")
    tables = {name: content.get(name) or {} for name in ("documents", "confidence", "data")}
    entries = content.get("claims") or []
    notebooks = notebook_names(path.resolve().parents[1])
    faults, by_id = [], {}
    for entry, line in zip(entries, lines, strict=True):
        name = entry.get("id") if isinstance(entry, dict) else None
        found = _faults(entry, notebooks, **tables)
        if name in by_id:
            found.append(f"got a second claim {name!r}, expected each id once")
        faults += [f"{path.name}:{line}: {name}: {fault}" for fault in found]
        if not found:
            by_id[name] = Claim(**{**entry, "controls": tuple(entry.get("controls", ()))})
    if faults:
        raise ValueError("\n".join(faults))
    return Claims(by_id, **tables)


def notebook_names(source: Path) -> tuple[str, ...]:
    """Name the chapters of a project, or of this one where a folder of results has none."""
    folders = (source / "notebooks", Path(__file__).resolve().parents[3] / "notebooks")
    found = (sorted(path.stem for path in folder.glob("[0-9]*.ipynb")) for folder in folders)
    return tuple(next(filter(None, found), ()))


def _faults(
    entry: Any, notebooks: tuple[str, ...], documents: dict, confidence: dict, data: dict
) -> list[str]:
    if not isinstance(entry, dict):
        return [f"got {entry!r}, expected a mapping"]
    known = list(Claim.__dataclass_fields__)
    optional = ("controls", "setup", "untestable")
    faults = [
        f"got field {n!r}, expected a known field; {hint(str(n), known)}" for n in entry if n not in known
    ]
    missing = [name for name in known if name not in entry and name not in optional]
    if missing:
        return [*faults, f"got no {', '.join(missing)}, expected every field but {', '.join(optional)}"]
    if not (isinstance(entry["id"], str) and IDENTIFIER.fullmatch(entry["id"])):
        faults.append(f"got id {entry['id']!r}, expected words of a-z and 0-9 joined by hyphens")
    empty = [name for name in TEXTS if not (isinstance(entry[name], str) and entry[name].strip())]
    faults += [f"got {name} {entry[name]!r}, expected text" for name in empty]
    for name, table in (("document", documents), ("confidence", confidence), ("notebook", notebooks)):
        if isinstance(entry[name], str) and entry[name] not in table:
            faults.append(f"got {name} {entry[name]!r}, which is unknown; {hint(entry[name], list(table))}")
    reported = entry["reported"]
    if not (reported is None or is_number(reported) or is_range(reported)):
        faults.append(f"got reported {reported!r}, expected a number, [low, high] or null")
    elif fault := problem(entry["criterion"], reported):
        faults.append(fault)
    controls, setup = entry.get("controls", []), entry.get("setup", {})
    if not (isinstance(controls, list) and all(isinstance(name, str) for name in controls)):
        faults.append(f"got controls {controls!r}, expected a list of names")
    if not isinstance(setup, dict):
        faults.append(f"got setup {setup!r}, expected a mapping of parameters")
    elif (dataset := setup.get("dataset")) is not None and dataset not in data:
        faults.append(f"got dataset {dataset!r} in setup, which is unknown; {hint(str(dataset), list(data))}")
    if not isinstance(entry.get("untestable"), str | None):
        faults.append(f"got untestable {entry['untestable']!r}, expected the reason as text")
    return faults


@lru_cache(maxsize=1)  # a build of the book asks for the claims some twenty times, and reading takes a second
def _read(text: str) -> tuple[dict[str, Any], list[int]]:
    """Read the file and the line that each claim starts on."""
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            raise yaml.YAMLError("expected a mapping of sections")
        _refuse_double_keys(node, set())
        lines = [
            item.start_mark.line + 1
            for key, value in node.value
            if key.value == "claims"
            for item in getattr(value, "value", [])
        ]
        content = loader.construct_document(node)
    finally:
        loader.dispose()
    return content, lines


def _refuse_double_keys(node: yaml.Node, visited: set[int]) -> None:
    """YAML keeps the last of two equal keys without a word; here that is an error."""
    if id(node) in visited or isinstance(node, yaml.ScalarNode):
        return
    visited.add(id(node))
    seen: set[str] = set()
    for item in node.value:
        key, child = item if isinstance(node, yaml.MappingNode) else (None, item)
        if key is not None:
            if key.value in seen:
                raise yaml.YAMLError(f"key {key.value!r} stands twice, line {key.start_mark.line + 1}")
            seen.add(key.value)
        _refuse_double_keys(child, visited)
