"""One-sided tests, and Holm's correction, against SciPy and closed forms."""

import pytest
from companion import ledger
from companion.ledger.judging.measured import combine
from companion.ledger.judging.multiplicity import corrected, holm, p_value
from ledger_project import FIVE, put_recorded, row
from scipy import stats


def test_a_p_value_is_that_of_students_test_on_the_side_of_the_claim(project):
    values = [0.5, 1.0, -0.2, 0.9, 0.4]
    put_recorded(project, [{"sentence": value, "number": value} for value in values])
    expected = stats.ttest_1samp(values, 0, alternative="greater").pvalue
    assert row(project, "sentence")["p_value"] == pytest.approx(expected)
    assert row(project, "number")["p_value"] == pytest.approx(expected)  # of its weaker reading, above 0


def test_what_has_no_order_or_no_spread_has_no_p_value(project):
    put_recorded(project, [{"sentence": 1.0, "on-celeba": value} for value in FIVE])
    claims = ledger.load_claims(project / "book" / "claims.yml")
    results = ledger.recorded_results(project, "02_near_zero_curvature")
    for name in ("sentence", "on-celeba"):
        assert p_value(claims[name], combine(claims[name], results, claims)) is None


def test_holm_multiplies_the_smallest_by_all_and_never_falls():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1, 1]
    assert holm([]) == []


def test_documents_are_corrected_apart():
    rows = [
        {"id": k, "document": d, "p_value": p}
        for k, d, p in (("a", "x", 0.01), ("b", "x", 0.02), ("c", "y", 0.03))
    ]
    rows.append({"id": "d", "document": "y", "p_value": None})
    assert corrected(rows) == pytest.approx({"a": 0.02, "b": 0.02, "c": 0.03})
