"""The board of a build: every claim judged once, with the addresses of what stands behind it."""

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

from companion import ledger
from companion.ledger.bindings import entry
from companion.ledger.judging.claim_table import Evidence
from companion.ledger.judging.claim_table import evidence as read_evidence
from companion.ledger.recorded import read_result
from runs import first_run
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

PAGE = "book/scoreboard"
EQUATIONS = "book/equations"
RULES = "book/verdicts"
CLAIMS = "claims"
FIGURES = "figures"
ANCHOR = "cell-"
NOTEBOOKS = "notebooks/"
ARXIV = re.compile(r"(?:eprint\s*=\s*\{|arXiv )(\d{4}\.\d{4,5})")

Row = dict[str, Any]


@cache
def rows(root: Path) -> tuple[Row, ...]:
    """Judge every claim, once a build; what the ledger has against a claim becomes one clear error.

    Raises:
        ExtensionError: with the ledger's words.
    """
    try:
        return tuple(ledger.scoreboard(root))
    except ValueError as error:
        raise ExtensionError(f"ledger: {error}") from None


@cache
def evidence(root: Path) -> Evidence:
    """Read what the board is drawn from, to draw it by other rules."""
    try:
        return read_evidence(root)
    except ValueError as error:
        raise ExtensionError(f"ledger: {error}") from None


@cache
def claims(root: Path) -> ledger.Claims:
    """Read the claims."""
    try:
        return ledger.load_claims(root / "book" / "claims.yml")
    except ValueError as error:
        raise ExtensionError(f"ledger: {error}") from None


@cache
def page_run(root: Path, profile: str, notebook: str) -> dict[str, Any] | None:
    """Read the result of the run whose outputs a chapter's page shows; None where it has not been run."""
    run = first_run(root, profile, notebook)
    path = run / "result.json" if run is not None else None
    return read_result(path) if path is not None and path.is_file() else None


@cache
def sources(root: Path) -> dict[str, str]:
    """Map the documents to where they can be read: key of the bibliography -> address at arXiv."""
    entries = re.split(r"^@\w+\{", (root / "book" / "references.bib").read_text(encoding="utf-8"), flags=re.M)
    found = {entry.split(",")[0]: ARXIV.search(entry) for entry in entries}
    return {key: f"https://arxiv.org/abs/{match[1]}" for key, match in found.items() if match}


def document(root: Path, key: str) -> dict[str, str]:
    """Name a document: short name, title, and its address where it has one."""
    known = claims(root).documents.get(key) or {}
    name = str(known.get("short") or known.get("title") or key)
    return {"name": name, "title": str(known.get("title", "")), "link": sources(root).get(key, "")}


def figure_path(figure: str) -> str:
    """Where a recorded figure lies among the pages."""
    return f"{FIGURES}/{figure.removeprefix('book/recorded/')}"


def address(docname: str, here: str) -> str:
    """Write the address of one page relative to another."""
    return os.path.relpath(f"{docname}.html", Path(here).parent).replace(os.sep, "/")


def linked(app: Sphinx, row: Row, here: str) -> Row:
    """Add to a row what a page links for it: the claim's own page, chapter, measuring cell and figure.

    The cell is the one that kept the claim's readings in the run which the chapter's page shows; a claim that
    this run has not measured has none.
    """
    root, chapter = Path(app.srcdir), f"{NOTEBOOKS}{row['notebook']}"
    links = [("claim", "in full", address(f"{CLAIMS}/{row['id']}", here))]
    if here.startswith(f"{CLAIMS}/"):
        links = []
    if chapter in app.env.found_docs:
        page = address(chapter, here)
        links.append(("chapter", f"chapter {row['notebook'][:2].lstrip('0')}", page))
        cell = measuring_cell(root, app.config.companion_profile, row)
        if cell:
            links.append(("cell", "cell", f"{page}#{ANCHOR}{cell}"))
    if row.get("figure"):
        up = "../" * here.count("/")
        links.append(("figure", "figure", f"{up}{figure_path(row['figure'])}"))
    return {**row, "links": links}


def measuring_cell(root: Path, profile: str, row: Row) -> str | None:
    """Find the cell that kept what a claim is measured by, in the run that its chapter's page shows."""
    result = page_run(root, profile, row["notebook"])
    found = entry(claims(root)[row["id"]], result) if result is not None else None
    cell = found and found["cell"]
    return cell if cell and cell in _cells(root, profile, row["notebook"]) else None


@cache
def _cells(root: Path, profile: str, notebook: str) -> frozenset[str]:
    """Ids of the cells that the page of a chapter shows."""
    run = first_run(root, profile, notebook)
    content = json.loads((run / f"{notebook}.ipynb").read_text(encoding="utf-8"))
    hidden = {"remove-cell", "remove-input"}
    return frozenset(
        cell["id"]
        for cell in content["cells"]
        if cell["cell_type"] == "code" and not hidden & set(cell["metadata"].get("tags", []))
    )
