"""The language of `measured:` and `controls:`: what it computes, and that nothing else gets in."""

import math

import pytest
from companion.ledger.expressions import MissingReading, parse

READINGS = {"a": 3.0, "b.c": 4.0, "b.d": -2.0, "r": [1.0, 2.0]}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a", 3),
        ("a - b.c * 2", -5),
        ("(a - b.c) / 2 ** 2", -0.25),
        ("-b.d", 2),
        ("mean(a, b.c, b.d)", 5 / 3),
        ("min(a, b.c) + max(a, b.c) + abs(b.d)", 9),
        ("r", [1, 2]),
        ("(b.d, a)", [-2, 3]),
        ("1 + a > b.d", True),
        ("b.d <= 0 < measured", True),
        ("a == 3", True),
        ("a > 0 and b.d > 0", False),
    ],
)
def test_an_expression_is_worth_what_arithmetic_says(text, value):
    assert parse(text)(READINGS, measured=1.0) == value


def test_an_expression_knows_its_names_and_whether_it_judges():
    found = parse("a - b.c >= measured > b.d - a")
    assert (found.names, found.judges) == (("a", "b.c", "b.d"), True)
    assert not parse("a - b.c").judges


def test_the_value_of_a_control_is_what_stands_first_in_it():
    control = parse("a - b.c >= measured > 0")
    assert control.leading(READINGS, 2.0) == -1
    assert not control.judge(-1.0, READINGS, 2.0)
    assert control.judge(2.5, READINGS, 2.0)
    assert parse("a > 1 and a < 2").leading(READINGS) == 3


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "expected text"),
        (None, "expected text"),
        ("a +", "cannot be parsed"),
        ("__import__('os')", "Call"),
        ("open(a)", "Call"),
        ("a[0]", "Subscript"),
        ("a if b.c else r", "IfExp"),
        ("lambda: a", "Lambda"),
        ("'text'", "Constant"),
        ("[a]", "List"),
        ("a or b.c", "BoolOp"),
        ("a > 1 or a < 0", "BoolOp"),
        ("(a > 1) + 1", "Compare"),
        ("a in r", "expected < <= > >= == !="),
        ("a // 2", "BinOp"),
        ("~a", "UnaryOp"),
        ("A", "begin with a letter"),
        ("a.__class__", "begin with a letter"),
        ("min.a", "that one is taken"),
        ("max(*r)", "Starred"),
        ("min(a, key=b)", "Call"),
        ("abs(a, a)", "expected one"),
        ("(a, b.c, r)", "Tuple"),
        ("(x := 1)", "NamedExpr"),
        ("a" + " + a" * 100000, "cannot be parsed|Bin"),
    ],
)
def test_anything_else_is_refused_by_name(text, reason):
    with pytest.raises(ValueError, match=reason):
        parse(text)


def test_a_reading_that_is_not_there_is_missing_and_not_zero():
    with pytest.raises(MissingReading, match=r"b\.x"):
        parse("a + b.x")(READINGS)


@pytest.mark.parametrize("text", ["a / (b.c - 4)", "1e308 * 10 * a", "b.d ** 0.5"])
def test_a_value_that_is_not_finite_is_refused(text):
    with pytest.raises(ValueError, match="expected a finite number"):
        parse(text)(READINGS)


def test_a_range_has_no_arithmetic():
    with pytest.raises(ValueError, match="range"):
        parse("r + 1")(READINGS)
    assert math.isclose(parse("a")(READINGS), 3)
