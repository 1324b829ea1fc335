"""Numbers that are no measurement are refused at once."""

import pytest


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("nunber", 1), {}, "claim id: got 'nunber', .* did you mean 'number'"),
        (("number", float("nan")), {}, "number: got nan, expected a finite number"),
        (("number", [1, 2, 3]), {}, r"number: got \[1, 2, 3\], expected a finite number"),
        (("number", [3, 1]), {}, r"number: got \[3, 1\], expected the lower end first"),
        (("number", "ten"), {}, "number: got 'ten', expected a finite number"),
        (("number", 1), {"interval": [1]}, r"number: interval: got \[1\.?0?\], expected \[low, high\]"),
        (("number", 1), {"n": 0}, "number: n: got 0, expected a whole number above 0"),
        (
            ("number", 1),
            {"controls": {"c": {"explains": True}}},
            "number: control 'c': got .* expected value",
        ),
        (
            ("number", 1),
            {"controls": {"c": {"value": 1, "explains": 3}}},
            "got explains 3, expected true or false",
        ),
        (("number", 1), {"samples": [1.0, float("inf")]}, "number: samples: got inf"),
    ],
)
def test_a_wrong_measurement_is_refused_at_once(run, arguments, options, message):
    with pytest.raises(ValueError, match=message):
        run.record(*arguments, **options)
