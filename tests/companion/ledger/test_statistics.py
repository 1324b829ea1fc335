"""Intervals and tests against closed forms."""

import numpy as np
import pytest
from companion import ledger
from scipy import stats


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


def test_an_interval_on_the_logarithm_is_symmetric_in_factors_and_stays_positive():
    found = ledger.scaled_interval([18.0, 31.0, 11455.0, 21.0, 23.0], "positive")
    assert found.low > 0
    assert found.mean**2 == pytest.approx(found.low * found.high)


@pytest.mark.parametrize(("scale", "whole"), [("share", 1.0), ("percent", 100.0), ("correlation", 1.0)])
def test_an_interval_stays_in_the_range_of_its_quantity(scale, whole):
    found = ledger.scaled_interval(np.array([1.0, 0.95, 0.999, 1.0, 0.9]) * whole, scale)
    assert found.low < found.mean < found.high < whole


@pytest.mark.parametrize("scale", ["real", "positive", "share", "correlation"])
def test_with_a_small_spread_every_scale_gives_the_same_interval(scale):
    values = 0.5 + 1e-5 * np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    found, plain = ledger.scaled_interval(values, scale), ledger.t_interval(values)
    assert found.interval == pytest.approx(plain.interval, rel=1e-8)


@pytest.mark.parametrize("scale", ["positive", "share"])
def test_values_that_agree_have_no_width_even_at_the_end_of_the_range(scale):
    assert ledger.scaled_interval([0.0] * 5, scale).interval == [0, 0]


def test_an_interval_on_the_logarithm_covers_a_skewed_mean_better():
    samples = np.random.default_rng(0).lognormal(0, 1, (2000, 5))
    truth = np.exp(0.5)
    covers = {
        scale: np.mean(
            [e.low <= truth <= e.high for e in (ledger.scaled_interval(x, scale) for x in samples)]
        )
        for scale in ("real", "positive")
    }
    assert covers["positive"] > covers["real"]


@pytest.mark.parametrize(
    ("values", "scale", "message"),
    [
        ([-1.0, -2.0], "positive", "got the mean -1.5, expected one in the range|inside the range"),
        ([1.0, 2.0], "share", "got the mean 1.5"),
        ([1.0, 2.0], "round", "scale: got 'round', expected one of real, positive"),
    ],
)
def test_a_mean_outside_the_range_is_named(values, scale, message):
    with pytest.raises(ValueError, match=message):
        ledger.scaled_interval(values, scale)


def test_as_many_seeds_as_said_bring_the_interval_to_the_border():
    values, border = [1.0, 2.0, 3.0, 2.0, 2.0], 1.7
    n = ledger.seeds_to_reach(values, border)
    spread = np.std(values, ddof=1)
    half = [stats.t.ppf(0.975, m - 1) * spread / np.sqrt(m) for m in (n - 1, n)]
    assert half[1] <= 0.3 < half[0]
    assert ledger.seeds_to_reach(values, 2.0) is None
    assert ledger.seeds_to_reach([3.0] * 5, 2.0) == 5
