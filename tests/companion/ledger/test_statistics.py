"""Intervals and tests against closed forms."""

import numpy as np
import pytest
from companion import ledger


def test_t_interval_of_three_numbers_is_the_textbook_one():
    estimate = ledger.t_interval([1.0, 2.0, 3.0])
    half = 4.302652729749464 / np.sqrt(3)  # t with 2 degrees of freedom at 97.5 %, standard deviation 1
    assert estimate.mean == 2
    assert estimate.interval == pytest.approx([2 - half, 2 + half])
    assert estimate.n == 3


def test_t_interval_of_equal_values_has_no_width():
    assert ledger.t_interval([4.0] * 5).interval == [4, 4]


def test_a_higher_level_gives_a_wider_interval():
    narrow, wide = (ledger.t_interval([1.0, 2.0, 4.0], level=level) for level in (0.5, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_t_interval_covers_the_truth_as_often_as_it_says():
    samples = np.random.default_rng(0).normal(3, 2, (2000, 5))
    covered = [estimate.low <= 3 <= estimate.high for estimate in map(ledger.t_interval, samples)]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.015)


def test_bootstrap_is_repeatable_and_close_to_the_normal_interval_of_a_mean():
    x = np.random.default_rng(2).normal(0, 1, 400)
    first, second = (ledger.bootstrap_interval(x, seed=3) for _ in range(2))
    assert first == second
    half = 1.96 * x.std() / 20
    assert first.interval == pytest.approx([x.mean() - half, x.mean() + half], abs=0.015)


def test_bootstrap_takes_other_statistics():
    estimate = ledger.bootstrap_interval([0.0, 0.0, 0.0, 100.0, 0.0], np.median, seed=0)
    assert estimate.mean == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ledger.t_interval([1.0]), "values: got shape"),
        (lambda: ledger.t_interval([1.0, np.nan]), "values: got 1 that are not finite"),
        (lambda: ledger.t_interval([1.0, 2.0], level=95), "level: got 95"),
    ],
)
def test_bad_values_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
