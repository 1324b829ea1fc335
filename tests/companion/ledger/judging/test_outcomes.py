"""The rules that lead from answers to outcomes."""

import pytest
from companion.ledger.judging.measured import Control, Measured
from companion.ledger.judging.outcomes import OUTCOMES, Case, decide
from companion.ledger.judging.setups import Comparison
from companion.ledger.statistics import Estimate

NUMBER = {"kind": "within", "atol": 1}
UP = {"kind": "direction", "reported": "positive"}
WEAK = {**NUMBER, "direction_only": UP}
DIFFERS = Comparison(differs=("passes 5 instead of 50",), passes=50)
UNKNOWN = Comparison(same=("activation elu",), unknown=("passes",), passes=30)
SAME = Comparison(same=("activation elu",))
TOY, SHORT = Comparison(share=0.05, passes=5), Comparison(unknown=("passes",), passes=5)


def measured(low, high, **more):
    value = (low + high) / 2
    return Measured(value, [low, high], None, "", [0], [value], (Estimate(value, low, high, 5),), **more)


def outcome(criterion, low, high, comparison=DIFFERS, *, other_data=False, **more):
    return decide(Case(criterion, 10, measured(low, high, **more), comparison, other_data)).name


@pytest.mark.parametrize(
    ("criterion", "interval", "comparison", "expected"),
    [
        (NUMBER, (9.5, 10.5), DIFFERS, "reproduced"),
        (NUMBER, (10.5, 11.5), DIFFERS, "undecided"),
        (NUMBER, (12, 13), DIFFERS, "another number"),
        (NUMBER, (12, 13), UNKNOWN, "another number"),
        (NUMBER, (12, 13), SAME, "contradicted"),
        (NUMBER, (12, 13), TOY, "another number"),
        (WEAK, (12, 13), SAME, "direction only"),
        (WEAK, (-3, -2), DIFFERS, "contradicted"),
        (WEAK, (-3, -2), TOY, "another number"),
        (WEAK, (-3, 2), DIFFERS, "another number"),
        (UP, (-3, -2), UNKNOWN, "contradicted"),
        (UP, (-3, -2), DIFFERS, "contradicted"),
        (UP, (-3, -2), TOY, "undecided"),
        (UP, (-3, -2), SHORT, "undecided"),
        (UP, (2, 3), TOY, "reproduced"),
    ],
)
def test_an_answer_and_a_set_up_make_an_outcome(criterion, interval, comparison, expected):
    assert outcome(criterion, *interval, comparison) == expected
    assert expected in OUTCOMES


@pytest.mark.parametrize(
    ("criterion", "interval", "expected"),
    [
        (UP, (2, 3), "direction only"),
        (UP, (-3, -2), "not seen on stand-in"),
        (UP, (-3, 2), "undecided"),
        (WEAK, (12, 13), "direction only"),
        (NUMBER, (9.5, 10.5), "not testable here"),
    ],
)
def test_other_data_test_an_order_at_most(criterion, interval, expected):
    assert outcome(criterion, *interval, other_data=True) == expected


def number(low, high):
    return Control((low + high) / 2, None, 5, (Estimate((low + high) / 2, low, high, 5),), (low, high))


def test_a_number_explains_what_it_satisfies_too():
    assert outcome(NUMBER, 9.5, 10.5, controls={"bare": number(9.8, 10.2)}) == "explained by a control"
    assert outcome(NUMBER, 9.5, 10.5, controls={"bare": number(9.8, 12)}) == "reproduced"
    assert outcome(WEAK, 12, 13, controls={"bare": number(1, 2)}) == "explained by a control"  # the direction
    assert outcome(WEAK, 9.5, 10.5, controls={"bare": number(1, 2)}) == "reproduced"  # not the number


def test_a_comparison_decides_where_every_seed_agrees():
    assert outcome(UP, 2, 3, controls={"bare": Control(1.0, 5, 5)}) == "explained by a control"
    assert outcome(UP, 2, 3, controls={"bare": Control(1.0, 0, 5)}) == "reproduced"
    assert outcome(UP, 2, 3, controls={"bare": Control(1.0, 4, 5)}) == "undecided"
    assert outcome(UP, 2, 3, other_data=True, controls={"bare": Control(1.0, 1, 5)}) == "undecided"
    assert outcome(UP, -3, -2, controls={"bare": Control(1.0, 4, 5)}) == "contradicted"
    assert outcome(UP, -3, -2, controls={"bare": Control(1.0, 5, 5)}) == "explained by a control"
    assert outcome(UP, -3, 2, controls={"bare": Control(1.0, 5, 5)}) == "undecided"


def test_sides_are_compared_by_the_order_where_there_is_one():
    other = {"other": measured(-3, -2)}
    assert outcome(WEAK, 12, 13, sides=other) == "set-up decides"
    assert outcome(NUMBER, 9.5, 10.5, sides={"other": measured(12, 13)}) == "set-up decides"
    assert outcome(WEAK, -2, -1, sides=other) == "contradicted"
    assert outcome(UP, 2, 3, sides=other, other_data=True) == "direction only"


def test_a_control_that_explains_the_supporting_side_comes_first():
    other, bare = {"other": measured(-3, -2)}, {"bare": Control(1.0, 5, 5)}
    assert outcome(UP, 2, 3, sides=other, controls=bare) == "explained by a control"
    assert outcome(UP, -3, -2, sides={"other": measured(2, 3)}, controls=bare) == "set-up decides"
