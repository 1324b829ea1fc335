"""What a measurement must satisfy."""

import pytest
from companion.ledger.criteria import in_words, satisfied


@pytest.mark.parametrize(
    ("criterion", "reported", "mean", "interval", "expected"),
    [
        ({"kind": "within", "atol": 1}, 10, 11.0, None, True),
        ({"kind": "within", "atol": 1}, 10, 11.1, None, False),
        ({"kind": "within", "rtol": 0.1, "atol": 1}, -10, -12.0, None, True),
        ({"kind": "interval_contains"}, 2, 1.0, [0.5, 2.5], True),
        ({"kind": "interval_contains"}, 3, 1.0, [0.5, 2.5], False),
        ({"kind": "range_contains"}, 0.01, [0.0, 0.1], None, True),
        ({"kind": "range_contains"}, 0.2, [0.0, 0.1], None, False),
        ({"kind": "equals"}, 7, 7.0, [7, 7], True),
        ({"kind": "equals"}, 7, [6.0, 7.0], None, False),
        ({"kind": "equals", "value": 8, "atol": 0.5}, 7, 8.4, None, True),
        ({"kind": "in_reported_range"}, [2, 3], 2.5, [0, 9], True),
        ({"kind": "in_reported_range"}, [2, 3], 3.5, [0, 9], False),
        ({"kind": "same_range", "atol": 1}, [29, 48], [30.0, 48.0], None, True),
        ({"kind": "same_range"}, [29, 48], [30.0, 48.0], None, False),
        ({"kind": "between", "low": -1, "high": 1}, 0, 0.0, [-0.5, 0.5], True),
        ({"kind": "between", "low": -1, "high": 1}, 0, 0.0, [-0.5, 1.5], False),
        ({"kind": "less_than", "value": 1}, None, 0.9, [0.8, 1.0], False),
        ({"kind": "less_than", "value": 1}, None, 0.9, [0.8, 0.99], True),
        ({"kind": "greater_than", "value": 1}, None, 1.1, None, True),
        ({"kind": "direction", "reported": "negative"}, None, -1.0, [-2, -0.1], True),
        ({"kind": "direction", "reported": "negative"}, None, -1.0, [-2, 0.1], False),
        ({"kind": "holds"}, None, 1.0, [1, 1], True),
        ({"kind": "holds"}, None, 0.8, [0.2, 1.4], False),
        ({"kind": "all_of", "of": [{"kind": "holds"}, {"kind": "equals"}]}, 1, 1.0, None, True),
        ({"kind": "all_of", "of": [{"kind": "holds"}, {"kind": "equals"}]}, 2, 1.0, None, False),
    ],
)
def test_criteria_decide_as_written(criterion, reported, mean, interval, expected):
    assert satisfied(criterion, reported, mean, interval) is expected
    assert in_words(criterion, reported)
