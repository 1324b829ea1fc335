"""CONTRIBUTING.md names what is there."""

import ast
import re

import pytest


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
    import torch
    from pullback import EuclideanMetric, geodesic

    shown = re.search(r"^```text\n(.*)\n```$", guide, re.MULTILINE)[1]
    z0, z1 = torch.zeros(1, 2), torch.ones(1, 2, dtype=torch.float64)
    with pytest.raises(ValueError, match=f"^{re.escape(shown)}$"):
        geodesic(EuclideanMetric(), z0, z1)


def test_the_readme_and_the_book_lead_to_the_guide(root):
    assert "](CONTRIBUTING.md)" in (root / "README.md").read_text(encoding="utf-8")
    assert "../CONTRIBUTING.md" in (root / "book" / "reproducing.md").read_text(encoding="utf-8")
