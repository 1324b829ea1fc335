"""How the document's models and ours were trained, point by point, and how much less ours have seen.

`book/setups.yml` says what the documents state, and what we did: read from the code by
`tests/workflow/test_setups.py`, which refuses a fact that the code does not have. What a document does not
state is unknown, and unknown is no agreement.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from companion.ledger.claim import Claim

POINTS = (
    "activation",
    "output",
    "likelihood",
    "passes",
    "learning_rate",
    "optimiser",
    "images",
    "architecture",
)
FILE = Path("book") / "setups.yml"
SMALLER, TOY = 0.5, 0.1
"""Shares of the document's images, over all passes, below which a training is smaller, or a toy."""
FEW_PASSES = 10
"""Below it a training is a toy where the document does not state its own passes."""


@dataclass(frozen=True)
class Setups:
    """What is stated about training.

    Attributes:
        documents: name -> point -> what the document states.
        ours: notebook -> entries, each with `readings`, the beginnings of what it trained, and points.
    """

    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    ours: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """A claim's set-up beside ours.

    Attributes:
        same: points in which both agree.
        differs: "passes 5 instead of 31", ...
        unknown: points that the document does not state.
        share: our images over all passes as a share of the document's; None where it does not state its
            passes, or nothing is trained.
        passes: ours, the most over the models that are read; None where nothing is trained.
    """

    same: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    share: float | None = None
    passes: int | None = None

    @property
    def toy(self) -> str:
        """Say why ours is a toy beside the document's training; "" where it is none."""
        if self.share is not None:
            seen = f"Toy scale: our models saw {self.share:.1%} of the document's images."
            return seen if self.share <= TOY else ""
        if self.passes is not None and self.passes < FEW_PASSES:
            return f"Toy scale: {self.passes} passes, and the document does not state its own."
        return ""

    @property
    def agrees(self) -> bool:
        """Whether nothing differs and nothing is unknown."""
        return not (self.differs or self.unknown)


def load_setups(root: str | Path) -> Setups:
    """Read `book/setups.yml`; where a project has none, nothing is stated.

    Raises:
        ValueError: for a section or a point that is unknown.
    """
    path = Path(root) / FILE
    if not path.is_file():
        return Setups()
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    if unknown := set(content) - {"documents", "shared", "ours"}:
        raise ValueError(f"{path.name}: got section {min(unknown)!r}, expected documents, shared and ours")
    entries = [*content["documents"].values(), *(one for own in content["ours"].values() for one in own)]
    for entry in entries:
        if unknown := set(entry) - {*POINTS, "readings", "config", "source"}:
            raise ValueError(f"{path.name}: got {min(unknown)!r}, expected one of {', '.join(POINTS)}")
    return Setups(content["documents"], content["ours"])


def compare(claim: Claim, setup: Mapping[str, Any], setups: Setups) -> Comparison:
    """Compare a claim's set-up with what a run used.

    Args:
        claim: the claim, with what its entry says of the document's set-up.
        setup: what the run used, by parameter name.
        setups: what is stated about training.
    """
    theirs, ours = _theirs(claim, setups), _ours(claim, setups)
    same, differs, unknown = [], [], []
    for name, value in claim.setup.items():
        if name in POINTS:
            continue
        mine = setup.get(name, setup.get(f"{name}s"))
        if mine is None:
            continue
        if mine == value or (isinstance(mine, list) and value in mine):
            same.append(f"{name} {_words(value)}")
        else:
            differs.append(f"{name} {_words(mine)} instead of {_words(value)}")
    for point in (point for point in POINTS if point in ours):
        value, mine = theirs.get(point), ours[point]
        if value is None:
            unknown.append(point)
        elif mine == [value]:
            same.append(f"{point} {_words(value)}")
        else:
            differs.append(f"{point} {_words(mine)} instead of {_words(value)}")
    passes = max(ours.get("passes", []), default=None)
    return Comparison(tuple(same), tuple(differs), tuple(unknown), _share(theirs, ours), passes)


def _theirs(claim: Claim, setups: Setups) -> dict[str, Any]:
    stated = setups.documents.get(claim.trained_as or claim.document, {})
    own = {point: value for point, value in claim.setup.items() if point in POINTS}
    return {point: value for point, value in {**stated, **own}.items() if point in POINTS}


def _ours(claim: Claim, setups: Setups) -> dict[str, list[Any]]:
    """Gather what we did, over all the models that the claim reads."""
    names = claim.measured.names if claim.measured is not None else ()
    found: dict[str, list[Any]] = {}
    for entry in _entries(names, setups.ours.get(claim.notebook, [])):
        for point in POINTS:
            if point in entry and entry[point] not in found.setdefault(point, []):
                found[point].append(entry[point])
    return found


def _entries(names: Iterable[str], entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the first entry that each reading belongs to."""
    found = []
    for name in names:
        own = (e for e in entries if any(f"{name}.".startswith(f"{of}.") for of in e["readings"]))
        entry = next(own, None)
        if entry is not None and entry not in found:
            found.append(entry)
    return found


def _share(theirs: Mapping[str, Any], ours: Mapping[str, list[Any]]) -> float | None:
    """Return our images over all passes as a share of theirs; of passes alone where images are unknown."""
    found = None
    for point in ("passes", "images"):
        if point in theirs and ours.get(point):
            found = (1.0 if found is None else found) * max(ours[point]) / theirs[point]
        elif point == "passes":
            return None
    return found


def _words(value: Any) -> str:
    if isinstance(value, list):
        return " and ".join(_words(item) for item in value) if value else "none"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
