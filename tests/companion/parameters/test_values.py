"""Values of parameters as text, their types, and the numbers and words in them."""

import pytest
from companion.parameters.values import has_type, leaves, read_value, written


@pytest.mark.parametrize("value", [1e-5, [1e-5, 2.0], None, True, {"a": [1, "b"]}, "[1, 2", [], "x" * 200])
def test_awkward_values_are_written_so_that_they_are_read(value):
    kind = "None" if value is None else type(value).__name__
    assert read_value("name", written(value), kind) == value


@pytest.mark.parametrize(
    ("value", "hint", "right"),
    [
        (1, "int", True),
        (True, "int", False),
        (1.0, "int", False),
        (1, "float", True),
        ("1", "float", False),
        (True, "bool", True),
        ([1, 2], "list[int]", True),
        ([1, "2"], "list[int]", False),
        ([[1], [2, 3]], "list[list[int]]", True),
        ([[1], 2], "list[list[int]]", False),
        ({"a": 1}, "dict[str, int]", True),
        ({"a": 1.5}, "dict[str, int]", False),
        ({1: 1}, "dict[str, int]", False),
        (None, "str | None", True),
        (3, "str | None", False),
    ],
)
def test_types_are_told_apart(value, hint, right):
    assert has_type(value, hint) is right


def test_the_leaves_of_a_value_are_its_numbers_and_words():
    assert list(leaves({"a": [1, [2, "b"]], "c": 3})) == [1, 2, "b", 3]
    assert list(leaves(4)) == [4]
    assert list(leaves([])) == []
