"""Scores that are copies, and scores that have nothing in common."""

import numpy as np
import pytest
from companion.chapters.one_ruler.factor_structure import factor_structure


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


def test_the_ledger_keeps_how_many_there_are_and_how_much_the_first_two_hold():
    found = factor_structure(made(3, 3), seed=0, n_shuffles=200)
    kept = found.readings()
    assert (kept["models"], kept["above_chance"]) == (40, 2)
    assert kept["first_share"] >= kept["second_share"] > 0
    assert kept["first_share"] + kept["second_share"] <= 1
    assert kept["effective_number"] == found.effective_number


def test_scores_without_relation_share_no_factor_as_a_rule():
    counts = [factor_structure(made(*[1] * 6, seed=s), seed=s, n_shuffles=200).n_factors for s in range(10)]
    assert sum(counts) <= 2


def test_copies_in_any_unit_are_one_thing():
    found = factor_structure(made(4, noise=0.0), seed=0, n_shuffles=50)
    assert found.effective_number == pytest.approx(1)
    assert found.rank_correlation("00", "03") == pytest.approx(1)


def test_a_score_turned_round_agrees_backwards_and_is_the_same_factor():
    scores = made(3, noise=0.0)
    scores["01"] = -scores["01"]
    found = factor_structure(scores, seed=0, n_shuffles=50)
    assert found.rank_correlation("00", "01") == pytest.approx(-1)
    assert found.n_factors == 1


def test_scores_that_few_models_have_or_that_never_differ_are_left_out_by_name():
    scores = made(3) | {"few": [None] * 20 + [1.0] * 20, "flat": [1.0] * 40}
    found = factor_structure(scores, seed=0, n_shuffles=50)
    assert set(found.left_out) == {"few", "flat"}
    assert found.rank_correlation("few", "00") is None


def test_too_few_models_are_refused():
    with pytest.raises(ValueError, match="scores: got 0 that differ"):
        factor_structure({"a": [1, 2], "b": [2, 3]}, seed=0)
