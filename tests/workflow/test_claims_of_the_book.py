"""Claims, figures and sentences of the whole book refer to what the runs kept: nothing leads astray."""

import json
import re
from pathlib import Path

import pytest
from companion import ledger
from companion.ledger.bindings import entry
from companion.ledger.recorded import read_result
from small_book import Page
from units import profile_units

pytestmark = pytest.mark.slow

SENTENCE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
NAME = re.compile(r"\b(?:recorded|this_run)\.([a-z][\w.]*)")
ENDS = (".mean", ".low", ".high", ".count")


@pytest.fixture(scope="module")
def smoke(built_book, root):
    """Notebook -> result of its smoke run."""
    units = profile_units("smoke")
    return {unit.notebook: read_result(root / unit.directory / "result.json") for unit in units}


@pytest.fixture(scope="module")
def recorded(root, smoke):
    """Notebook -> paths of the readings of its recorded runs, and of what those of before wrote as claims."""
    claims, found = ledger.load_claims(root / "book" / "claims.yml"), {}
    for notebook in smoke:
        results = ledger.recorded_results(root, notebook)
        found[notebook] = {path for result in results for path in result["readings"]}
        for result in results:
            for name, written in result["claims"].items():
                both = {**claims[name].controls, **claims[name].beside}
                rules = [both.get(control) for control in written["controls"]]
                bound = [one for one in (claims[name].measured, *rules) if one is not None]
                found[notebook] |= {path for expression in bound for path in expression.names}
    return found


def source(root: Path, notebook: str) -> dict[str, str]:
    cells = json.loads((root / "notebooks" / f"{notebook}.ipynb").read_text())["cells"]
    return {cell["id"]: "".join(cell["source"]) for cell in cells}


def keeping(cells: dict[str, str]) -> list[str]:
    """How a cell keeps readings: itself, or by a function that another cell defines to do so."""
    parts = [re.split(r"(?m)^(?=\S)", text) for text in cells.values()]
    own = [part for text in parts for part in text if part.startswith("def ") and "run.keep(" in part]
    return [r"run\.keep\(", *(rf"\b{re.escape(part[4:].partition('(')[0])}\(" for part in own)]


def test_every_claim_has_its_page_and_leads_to_the_cell_that_kept_its_readings(built_book, root, smoke):
    wrong, chapters = [], {name: Page(built_book / "notebooks" / f"{name}.html") for name in smoke}
    cells = {name: source(root, name) for name in smoke}
    for claim in ledger.load_claims(root / "book" / "claims.yml"):
        page = built_book / "claims" / f"{claim.id}.html"
        links = [link for link in Page(page).links if "#cell-" in link]
        found = entry(claim, smoke[claim.notebook])
        if found is None:
            wrong += [(claim.id, "no value, but a cell")] if links else []
            continue
        cell = found["cell"]
        if links != [f"../notebooks/{claim.notebook}.html#cell-{cell}"]:
            wrong.append((claim.id, links, cell))
        elif f"cell-{cell}" not in chapters[claim.notebook].names:
            wrong.append((claim.id, "dead anchor", cell))
        elif not re.search("|".join(keeping(cells[claim.notebook])), cells[claim.notebook][cell]):
            wrong.append((claim.id, "the cell keeps nothing", cell))
    assert wrong == []


def test_every_name_of_a_claim_is_kept_by_some_run(root, smoke, recorded):
    claims = ledger.load_claims(root / "book" / "claims.yml")
    unknown = []
    for claim in claims:
        absent = claims.data.get(claim.setup.get("dataset"), {}).get("absent")
        if claim.untestable or claim.no_common_unit or absent:
            continue
        unknown += [(claim.id, "unbound")] * (claim.measured is None)
        own = [claim.measured, *claim.controls.values(), *claim.beside.values()]
        read = [(claim.notebook, one) for one in own if one is not None]
        read += [(side.notebook or claim.notebook, side.measured) for side in claim.sides.values()]
        for notebook, expression in read:
            known = set(smoke[notebook]["readings"]) | recorded[notebook]
            unknown += [(claim.id, name) for name in expression.names if name not in known]
    for notebook, exams in claims.exams.items():
        known = set(smoke[notebook]["readings"]) | recorded[notebook]
        unknown += [(notebook, name) for exam in exams for name in exam.passes.names if name not in known]
    assert unknown == []


def test_every_figure_says_how_it_was_made(built_book, smoke):
    for notebook, result in smoke.items():
        text = (built_book / "notebooks" / f"{notebook}.html").read_text()
        without = [name for name, figure in result["figures"].items() if not figure["cell"]]
        assert without == [], notebook
        assert text.count('<details class="made">') == len(result["figures"]), notebook


def test_every_name_in_the_prose_is_kept_by_some_run(root, smoke, recorded):
    unknown, own = [], {"parameters", "seconds", "seed", "profile", "device"}
    for notebook in smoke:
        known = set(smoke[notebook]["readings"]) | recorded[notebook]
        for text in source(root, notebook).values():
            for path in NAME.findall(" ".join(SENTENCE.findall(text))):
                plain = {path, *(path.removesuffix(end) for end in ENDS)}
                if path.split(".")[0] not in own and not known & plain:
                    unknown.append((notebook, path))
    assert unknown == []


def test_a_figure_is_shown_for_claims_about_one_data_set_only(root):
    shown = {}
    for row in ledger.scoreboard(root):
        if row["figure"] and "dataset" in row["setup"]:
            shown.setdefault(row["figure"], set()).add(row["setup"]["dataset"])
    assert {figure: sets for figure, sets in shown.items() if len(sets) > 1} == {}


def test_nothing_in_the_library_names_a_claim(root):
    documents = ledger.load_claims(root / "book" / "claims.yml").documents
    named = re.compile(rf"\b(?:{'|'.join(documents)})-[a-z]")
    files = [path for path in (root / "lib").rglob("*.py") if named.search(path.read_text(encoding="utf-8"))]
    assert files == []
