"""Scores that are copies, scores that have nothing in common, and causes whose shares are known."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from companion.chapters.one_ruler.factor_structure import factor_structure
from companion.chapters.one_ruler.variance_shares import seed_share, variance_shares
from statsmodels.stats.anova import anova_lm


def made(*groups, n=40, noise=0.1, seed=0):
    """Scores in groups: those of one group follow one hidden quantity."""
    rng = np.random.default_rng(seed)
    scores = {}
    for g, size in enumerate(groups):
        hidden = rng.standard_normal(n)
        for k in range(size):
            scores[f"{g}{k}"] = np.exp(hidden + noise * rng.standard_normal(n)) * 10**k
    return scores


@pytest.mark.parametrize("groups", [(5,), (3, 3), (4, 3, 3)])
def test_as_many_factors_are_found_as_there_are_hidden_quantities(groups):
    """`eq-parallel-analysis`"""
    found = factor_structure(made(*groups), seed=0, n_shuffles=200)
    assert found.n_factors == len(groups)
    assert found.shares.sum() == pytest.approx(1)
    assert found.p_value < 0.02


def test_scores_without_relation_share_no_factor_as_a_rule():
    counts = [factor_structure(made(*[1] * 6, seed=s), seed=s, n_shuffles=200).n_factors for s in range(10)]
    assert sum(counts) <= 2


def test_copies_in_any_unit_are_one_thing():
    found = factor_structure(made(4, noise=0.0), seed=0, n_shuffles=50)
    assert found.effective_number == pytest.approx(1)
    assert found.agreement("00", "03") == pytest.approx(1)


def test_a_score_turned_round_agrees_backwards_and_is_the_same_factor():
    scores = made(3, noise=0.0)
    scores["01"] = -scores["01"]
    found = factor_structure(scores, seed=0, n_shuffles=50)
    assert found.agreement("00", "01") == pytest.approx(-1)
    assert found.n_factors == 1


def test_scores_that_few_models_have_or_that_never_differ_are_left_out_by_name():
    scores = made(3) | {"few": [None] * 20 + [1.0] * 20, "flat": [1.0] * 40}
    found = factor_structure(scores, seed=0, n_shuffles=50)
    assert set(found.left_out) == {"few", "flat"}
    assert found.agreement("few", "00") is None


def test_too_few_models_are_refused():
    with pytest.raises(ValueError, match="scores: got 0 that differ"):
        factor_structure({"a": [1, 2], "b": [2, 3]}, seed=0)


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


def test_what_cannot_be_told_says_why():
    shares = variance_shares([1.0, 2.0, 4.0], {"a": "xyz", "b": "ppp"}, seed=0)
    assert shares["b"].reason == "one level only"
    assert shares["a"].reason == "as many levels as values"
    assert f"{shares['a']:.0f}" == "as many levels as values"


def test_the_share_of_the_seed_is_that_of_the_variance_within_cells():
    rng = np.random.default_rng(0)
    cells = np.repeat(np.arange(60), 5)
    y = 3 * rng.standard_normal(60)[cells] + rng.standard_normal(300)
    share, converged = seed_share(y, cells)
    assert converged
    assert share == pytest.approx(0.1, abs=0.04)
    with pytest.raises(ValueError, match="cell: got"):
        seed_share([1.0, 2.0], ["a", "b"])
