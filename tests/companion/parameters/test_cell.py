"""What is read off a notebook's parameters cell."""

import json

import pytest
from companion.parameters import declared

SOURCE = """n: int = 3  # how many
name: str = "a"  # of what
# @markdown **k**: how often: at least once
k: int = 2  # @param {"type": "integer"}
"""


@pytest.fixture
def notebook(tmp_path):
    cells = [
        {"metadata": {"tags": ["parameters"]}, "source": SOURCE},
        {"metadata": {}, "source": "x: int = 1"},
    ]
    path = tmp_path / "one.ipynb"
    path.write_text(json.dumps({"cells": cells}))
    (tmp_path / "parameters.yml").write_text("common: {n: {low: 1, high: 5}}")
    return path


def test_names_types_defaults_and_words_are_those_of_the_cell(notebook):
    found = declared(notebook)
    assert [(p.name, p.hint, p.default, p.help) for p in found.values()] == [
        ("n", "int", 3, "how many"),
        ("name", "str", "a", "of what"),
        ("k", "int", 2, "how often: at least once"),
    ]


def test_a_value_is_read_in_its_type_and_within_its_rule(notebook):
    n = declared(notebook)["n"]
    assert n.read("4") == 4
    with pytest.raises(ValueError, match="n: got 'x', expected int"):
        n.read("x")
    with pytest.raises(ValueError, match="n: got 9, expected 1 to 5; the nearest is 5"):
        n.read("9")


def test_every_parameter_of_the_project_has_a_rule_and_words(root):
    for path in (root / "notebooks").glob("[0-9]*.ipynb"):
        for parameter in declared(path).values():
            assert parameter.help, f"{path.stem}: {parameter.name}"
            assert parameter.rule.model_fields_set, f"{path.stem}: {parameter.name}"
            parameter.rule.check(parameter.name, parameter.default)
