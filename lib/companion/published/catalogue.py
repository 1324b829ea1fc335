"""The catalogue of published models, `catalogue.yml`, as values."""

import functools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from companion.suggestions import expected_one_of

CATALOGUE = Path(__file__).with_name("catalogue.yml")


@dataclass(frozen=True)
class PublishedFile:
    """A file of a model.

    Attributes:
        place: name in the data folder, with a subfolder.
        address: where it can be fetched; its commit is in it.
        sha256: of its bytes.
    """

    place: str
    address: str
    sha256: str


@dataclass(frozen=True)
class Entry:
    """A published model as its authors describe it.

    Attributes:
        name: such as "jha-mnist".
        family: module of this room that builds it.
        dataset: what it was trained on, a name of `datasets.NAMES` or of a set that is not among them; None
            where it was trained on pictures of any kind.
        image_shape: channels, height, width of its pictures.
        training: how it was trained, as published.
        licence: of the files.
        citation: key of `book/references.bib`.
        files: role -> file.
        variant: how its layers are read, where the files leave it open.
    """

    name: str
    family: str
    dataset: str | None
    image_shape: tuple[int, int, int]
    training: str
    licence: str
    citation: str
    files: dict[str, PublishedFile]
    variant: dict[str, Any] = field(default_factory=dict)


def entry(name: str) -> Entry:
    """Look a published model up.

    Raises:
        ValueError: for a name that is not in the catalogue.
    """
    if name not in NAMES:
        raise ValueError(f"published model: got {name!r}; {expected_one_of(name, NAMES)}")
    content = _content()
    model = content["models"][name]
    source = content["sources"][model["source"]]
    files = {
        role: PublishedFile(place, source["address"].format(path=path), sha256)
        for role, (place, path, sha256) in model["files"].items()
    }
    return Entry(
        name=name,
        family=model["family"],
        dataset=model["dataset"],
        image_shape=tuple(model["image_shape"]),
        training=model["training"],
        licence=source["licence"],
        citation=source["citation"],
        files=files,
        variant=dict(model.get("variant", {})),
    )


@functools.cache
def _content() -> dict[str, Any]:
    return yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))


NAMES = tuple(_content()["models"])
"""All published models that can be loaded."""
