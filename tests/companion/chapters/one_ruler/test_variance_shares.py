"""Causes whose shares of the variance are known."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from companion.chapters.one_ruler.variance_shares import seed_share, variance_shares
from statsmodels.stats.anova import anova_lm


def design(n_each=4):
    rows = [(a, b) for a in "xyz" for b in "pq" for _ in range(n_each)]
    return [r[0] for r in rows], [r[1] for r in rows]


def test_in_a_balanced_design_the_shares_are_those_of_the_analysis_of_variance():
    """`eq-variance-share`"""
    first, second = design()
    rng = np.random.default_rng(0)
    y = np.array([{"x": 0, "y": 2, "z": 5}[a] + {"p": 0, "q": 1}[b] for a, b in zip(first, second)])
    y = y + 0.3 * rng.standard_normal(len(y))
    shares = variance_shares(y, {"first": first, "second": second}, seed=0, n_resamples=60)
    total = np.square(y - y.mean()).sum()
    for name, column in (("first", first), ("second", second)):
        means = np.array([y[np.array(column) == level].mean() for level in column])
        assert shares[name].value == pytest.approx(np.square(means - y.mean()).sum() / total)
        assert shares[name].low <= shares[name].value <= shares[name].high
        assert shares[name].p < 0.01
    assert sum(share.value for share in shares.values()) == pytest.approx(1)


def test_in_an_incomplete_design_the_shares_are_the_second_kind_of_statsmodels():
    first, second = design()
    keep = np.random.default_rng(2).permutation(len(first))[:15]
    first, second = [first[k] for k in keep], [second[k] for k in keep]
    y = np.random.default_rng(3).standard_normal(15) + (np.array(first) == "x") + (np.array(second) == "p")
    shares = variance_shares(y, {"first": first, "second": second}, seed=0, n_resamples=20)
    fitted = smf.ols("y ~ C(a) + C(b)", pd.DataFrame({"y": y, "a": first, "b": second})).fit()
    squares = anova_lm(fitted, typ=2)["sum_sq"] / np.square(y - y.mean()).sum()
    assert [share.value for share in shares.values()] == pytest.approx(list(squares))


def test_a_cause_that_does_nothing_has_a_small_share_and_a_large_p():
    first, second = design(8)
    y = np.random.default_rng(1).standard_normal(len(first)) + 4 * (np.array(first) == "x")
    shares = variance_shares(y, {"first": first, "second": second}, seed=0, n_resamples=60)
    assert shares["second"].value < 0.05 < shares["second"].p
    assert shares["first"].value > 0.5


def test_a_share_that_cannot_be_told_is_no_reading():
    shares = variance_shares([1.0, 2.0, 4.0], {"first": "aab", "second": "xxx"}, seed=0, n_resamples=20)
    assert shares["second"].readings() == {}
    for name, share in shares.items():
        assert set(share.readings()) in (set(), {"share", "low", "high"}), name


def test_the_share_of_the_seed_is_that_of_the_variance_within_cells():
    rng = np.random.default_rng(0)
    cells = np.repeat(np.arange(60), 5)
    y = 3 * rng.standard_normal(60)[cells] + rng.standard_normal(300)
    share, converged = seed_share(y, cells)
    assert converged
    assert share == pytest.approx(0.1, abs=0.04)
    with pytest.raises(ValueError, match="cell: got"):
        seed_share([1.0, 2.0], ["a", "b"])


def test_what_cannot_be_told_says_why():
    shares = variance_shares([1.0, 2.0, 4.0], {"a": "xyz", "b": "ppp"}, seed=0)
    assert shares["b"].reason == "one level only"
    assert shares["a"].reason == "as many levels as values"
    assert f"{shares['a']:.0f}" == "as many levels as values"
