"""Numbers that are no measurement are refused at once."""

import pytest
from companion.ledger.runs.measurement import measurement


@pytest.mark.parametrize(
    ("value", "options", "message"),
    [
        (float("nan"), {}, "number: got nan, expected a finite number"),
        ([1, 2, 3], {}, r"number: got \[1, 2, 3\], expected a finite number"),
        ([3, 1], {}, r"number: got \[3, 1\], expected the lower end first"),
        ("ten", {}, "number: got 'ten', expected a finite number"),
        (1, {"interval": [1]}, r"number: interval: got \[1\.?0?\], expected \[low, high\]"),
        (1, {"n": 0}, "number: n: got 0, expected a whole number above 0"),
    ],
)
def test_a_wrong_measurement_is_refused_at_once(value, options, message):
    with pytest.raises(ValueError, match=message):
        measurement("number", value, **{"interval": None, "n": None, "n_what": "pairs", **options})
