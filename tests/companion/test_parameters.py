"""Values of parameters as text, and their types."""

import pytest
from companion.parameters import Parameter, has_type, written


@pytest.mark.parametrize("value", [1e-5, [1e-5, 2.0], None, True, {"a": [1, "b"]}, "[1, 2", [], "x" * 200])
def test_awkward_values_are_written_so_that_they_are_read(value):
    kind = "None" if value is None else type(value).__name__
    assert Parameter("name", kind, value, "").read(written(value)) == value


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
        (None, "str | None", True),
        (3, "str | None", False),
    ],
)
def test_types_are_told_apart(value, hint, right):
    assert has_type(value, hint) is right
