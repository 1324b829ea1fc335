"""What a measurement must satisfy: three answers of an interval, and the region that a criterion accepts."""

import math

import pytest
from companion.ledger.criteria import answer, in_words, is_order, order_of, region, satisfied, scaled
from companion.ledger.statistics import Estimate

WITHIN = {"kind": "within", "atol": 1}
POSITIVE = {"kind": "direction", "reported": "positive"}
BOTH = {"kind": "all_of", "of": [WITHIN, POSITIVE], "direction_only": POSITIVE}


def ends(*intervals):
    return [Estimate((low + high) / 2, low, high, 5) for low, high in intervals]


@pytest.mark.parametrize(
    ("criterion", "reported", "intervals", "expected"),
    [
        (WITHIN, 10, [(9, 11)], "supported"),
        (WITHIN, 10, [(9, 11.1)], "undecided"),
        (WITHIN, 10, [(5, 15)], "undecided"),
        (WITHIN, 10, [(11.1, 12)], "refuted"),
        ({"kind": "within", "rtol": 0.1, "atol": 1}, -10, [(-12, -8)], "supported"),
        ({"kind": "within", "rtol": 0.1}, 0.3, [(0.27, 0.33)], "supported"),
        ({"kind": "equals"}, 7, [(7, 7), (7, 7)], "supported"),
        ({"kind": "equals"}, 7, [(6, 6), (7, 7)], "refuted"),
        ({"kind": "equals"}, 7, [(6, 7.5), (7, 7)], "undecided"),
        ({"kind": "equals", "value": 8, "atol": 0.5}, 7, [(7.6, 8.4)], "supported"),
        ({"kind": "in_reported_range"}, [2, 3], [(2.1, 2.9)], "supported"),
        ({"kind": "in_reported_range"}, [2, 3], [(2.9, 3.1)], "undecided"),
        ({"kind": "in_reported_range"}, [2, 3], [(3.1, 3.5)], "refuted"),
        ({"kind": "same_range", "atol": 1}, [29, 48], [(29, 30), (48, 48)], "supported"),
        ({"kind": "same_range", "atol": 1}, [29, 48], [(29, 31), (48, 48)], "undecided"),
        ({"kind": "same_range", "atol": 1}, [29, 48], [(29, 30), (40, 44)], "refuted"),
        ({"kind": "between", "low": -1, "high": 1}, 0, [(-0.5, 0.5)], "supported"),
        ({"kind": "between", "low": -1, "high": 1}, 0, [(-0.5, 1.5)], "undecided"),
        ({"kind": "less_than", "value": 1}, None, [(0.8, 0.99)], "supported"),
        ({"kind": "less_than", "value": 1}, None, [(0.8, 1.0)], "undecided"),
        ({"kind": "less_than", "value": 1}, None, [(1.0, 1.2)], "refuted"),
        ({"kind": "greater_than", "value": 1}, None, [(1.1, 1.1)], "supported"),
        (POSITIVE, None, [(0, 0)], "refuted"),
        (POSITIVE, None, [(-0.1, 2)], "undecided"),
        ({"kind": "direction", "reported": "negative"}, None, [(-2, -0.1)], "supported"),
        (BOTH, 1, [(0.5, 1.5)], "supported"),
        (BOTH, 1, [(-0.5, 1.5)], "undecided"),
        (BOTH, 1, [(-3, -2)], "refuted"),
        (BOTH, 1, [(3, 4)], "refuted"),
    ],
)
def test_an_interval_has_three_answers(criterion, reported, intervals, expected):
    assert answer(criterion, reported, ends(*intervals), []) == expected
    assert in_words(criterion, reported)


@pytest.mark.parametrize(
    ("criterion", "by_seed", "expected"),
    [
        ({"kind": "holds"}, [1, 1, 1], "supported"),
        ({"kind": "holds"}, [1, 0, 1], "undecided"),
        ({"kind": "holds"}, [0.5, 0, 0.9], "refuted"),
        ({"kind": "range_contains"}, [[0, 2], [0.5, 1.5]], "supported"),
        ({"kind": "range_contains"}, [[0, 2], [1.2, 1.5]], "undecided"),
        ({"kind": "range_contains"}, [[2, 3], [1.2, 1.5]], "refuted"),
    ],
)
def test_what_is_true_or_false_in_a_training_is_counted(criterion, by_seed, expected):
    assert answer(criterion, 1, ends((0, 1)), by_seed) == expected


def test_an_interval_that_holds_the_reported_number_is_never_refuted():
    for low, high in ((-50, 11), (9.9, 10.1), (10, 500)):
        assert answer(WITHIN, 10, ends((low, high)), []) != "refuted"


def test_one_measurement_satisfies_what_its_point_satisfies():
    assert satisfied(WITHIN, 10, 11.0)
    assert not satisfied(WITHIN, 10, 11.1)
    assert satisfied({"kind": "same_range", "atol": 1}, [29, 48], (30.0, 48.0))
    assert satisfied({"kind": "holds"}, None, 1.0)


def test_statements_are_orders_and_numbers_may_have_one():
    assert is_order(POSITIVE)
    assert is_order({"kind": "between", "low": 0, "high": 1})
    assert not is_order(BOTH)
    assert order_of(BOTH) == order_of(POSITIVE) == POSITIVE
    assert order_of(WITHIN) is None


def test_tolerances_are_scaled_everywhere_and_bounds_are_not():
    assert scaled(BOTH, 2)["of"][0]["atol"] == 2
    weaker = {**WITHIN, "direction_only": {"kind": "within", "rtol": 0.5}}
    assert scaled(weaker, 0.5)["direction_only"]["rtol"] == 0.25
    assert scaled({"kind": "less_than", "value": 3}, 2) == {"kind": "less_than", "value": 3}


def test_a_region_has_two_ends():
    assert region(WITHIN, 10) == (9, 11, True)
    assert region(POSITIVE, None) == (0, math.inf, False)
    assert region(BOTH, 1) is None
