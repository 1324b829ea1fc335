"""CONTRIBUTING.md names what is there."""

import ast
import re
import textwrap
from types import SimpleNamespace

import pytest
import torch
from companion import ledger
from companion.ledger.claims import load_claims
from companion.ledger.runs.results import Run
from pullback import EuclideanMetric, geodesic


@pytest.fixture(scope="module")
def guide(root):
    return (root / "CONTRIBUTING.md").read_text(encoding="utf-8")


def first_lines(root):
    """Every room, dotted -> the first sentence of its docstring."""
    rooms = {}
    for package in ("pullback", "companion"):
        for path in (root / "lib" / package).rglob("__init__.py"):
            name = ".".join(path.parent.relative_to(root / "lib").parts)
            text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
            rooms[name] = " ".join(text.split("\n\n")[0].split())
    return rooms


def test_the_table_of_rooms_has_every_room_in_its_own_words(root, guide):
    table = dict(re.findall(r"^\| `((?:pullback|companion)[\w.]*)` \| (.*) \|$", guide, re.MULTILINE))
    assert table == first_lines(root)


def test_every_file_that_the_guide_names_exists(root, guide):
    named = set(re.findall(r"`((?:lib|book|tests|workflow|notebooks)/[\w./-]*|_toc\.yml)`", guide))
    assert len(named) > 10
    assert [
        name for name in named if not re.search(r"NAME|ROOM|NN_", name) and not (root / name).exists()
    ] == []


def test_every_command_that_the_guide_names_exists(root, guide):
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    commands = set(re.findall(r"\bmake ([a-z]+)", guide))
    assert {"setup", "lint", "book", "test"} <= commands
    assert [name for name in commands if not re.search(rf"^{name}:", makefile, re.MULTILINE)] == []


def test_every_table_in_the_code_that_the_guide_names_exists(root, guide):
    source = "\n".join(path.read_text(encoding="utf-8") for path in (root / "lib").rglob("*.py"))
    source += (root / "tests" / "project" / "test_architecture.py").read_text(encoding="utf-8")
    names = set(re.findall(r"`(_?[A-Z][A-Z_]+)`", guide)) - {"ID"}
    assert {"ORDER", "MEASURES", "_FAMILIES", "_LOADERS", "TITLES"} <= names
    assert [name for name in names if not re.search(rf"^{name}\b.* = ", source, re.MULTILINE)] == []


def test_the_message_that_the_guide_shows_is_a_real_one(guide):
    shown = re.search(r"^```text\n(.*)\n```$", guide, re.MULTILINE)[1]
    z0, z1 = torch.zeros(1, 2), torch.ones(1, 2, dtype=torch.float64)
    with pytest.raises(ValueError, match=f"^{re.escape(shown)}$"):
        geodesic(EuclideanMetric(), z0, z1)


def test_the_claim_that_the_guide_shows_is_one_that_the_ledger_reads(root, guide, tmp_path):
    shown = textwrap.dedent(re.search(r"^ *```yaml\n(.*?)^ *```$", guide, re.MULTILINE | re.DOTALL)[1])
    file = (root / "book" / "claims.yml").read_text(encoding="utf-8")
    entry = textwrap.indent(shown, "  ")
    claims = tmp_path / "claims.yml"
    claims.write_text(file.replace("\nclaims:\n", f"\nclaims:\n{entry}", 1), encoding="utf-8")
    claim = load_claims(claims)[re.search(r"id: (\S+)", shown)[1]]
    assert claim.measured.names == ("mnist.saved",)
    assert all(control.judges for control in claim.controls.values())


def test_what_the_guide_asks_of_a_run_and_the_readings_that_it_names_are_there(guide, root):
    assert [name for name in set(re.findall(r"\brun\.(\w+)", guide)) if not hasattr(Run, name)] == []
    shown = re.search(r"^```python\n(run\.keep\(.*\))\n```$", guide, re.MULTILINE)[1]
    run = ledger.start("01_pullback_metric", {}, profile="smoke", seed=0, root=root)
    found = SimpleNamespace(length=torch.tensor([3.0, 1.0]), converged=torch.tensor(True))
    eval(shown, {"run": run, "found": found, "line_length": torch.tensor([4.0, 4.0])})
    kept = {path: reading["value"] for path, reading in run._readings.items()}
    assert kept == {"mnist.saved": 0.5, "mnist.converged": True}


def test_the_readme_and_the_book_lead_to_the_guide(root):
    assert "](CONTRIBUTING.md)" in (root / "README.md").read_text(encoding="utf-8")
    assert "../CONTRIBUTING.md" in (root / "book" / "reproducing.md").read_text(encoding="utf-8")
