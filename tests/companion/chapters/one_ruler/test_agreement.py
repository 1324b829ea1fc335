"""Rank agreement with something held fixed, against partial regression and constructed scores."""

import numpy as np
import pytest
from companion.chapters.one_ruler.agreement import agreement_given, interval_over_models, rank_agreement
from scipy.stats import rankdata, spearmanr


def scores(n=40, seed=0):
    rng = np.random.default_rng(seed)
    third = rng.normal(size=n)
    return third + 0.3 * rng.normal(size=n), third + 0.3 * rng.normal(size=n), third


def test_with_nothing_held_fixed_it_is_spearmans():
    first, second, _ = scores()
    assert rank_agreement(first, second) == pytest.approx(spearmanr(first, second).statistic)


def test_a_partial_correlation_is_that_of_what_the_ranks_of_the_third_leave():
    """`eq-partial-rank`"""
    first, second, third = (rankdata(one) for one in scores())
    left = [one - np.polyval(np.polyfit(third, one, 1), third) for one in (first, second)]
    assert rank_agreement(*scores()) == pytest.approx(np.corrcoef(left)[0, 1])


def test_what_agrees_only_through_a_third_loses_its_agreement_and_what_is_hidden_by_it_appears():
    first, second, third = scores(400)
    assert rank_agreement(first, second) > 0.8
    assert abs(rank_agreement(first, second, third)) < 0.15
    up, down = first + 3 * third, first - 3 * third  # Simpson's: opposed by the third, alike beside it
    assert rank_agreement(up, down) < 0 < rank_agreement(up, down, third)


def test_an_increasing_map_changes_nothing():
    first, second, third = scores()
    assert rank_agreement(np.exp(first), second**3, third) == pytest.approx(
        rank_agreement(first, second, third)
    )


def test_the_interval_over_models_holds_the_correlation_and_narrows_with_their_number():
    few, many = scores(12)[:2], scores(200)[:2]
    widths = []
    for pair in (few, many):
        low, high = interval_over_models(*pair, seed=1)
        assert low < rank_agreement(*pair) < high
        widths.append(high - low)
    assert widths[1] < widths[0] / 2
    assert interval_over_models(*few, seed=1) == interval_over_models(*few, seed=1)


def test_models_that_lack_a_score_are_left_out_and_what_too_few_have_is_not_told():
    first, second, third = scores(10)
    models = [dict(zip(("a", "k", "bend"), row)) for row in zip(first, second, third)]
    models += [{"k": 1.0}, {"a": 2.0, "rare": 1.0}]
    found = agreement_given(models, ["a", "rare", "k", "bend"], "k", {"bend": "bend"})
    assert found == {"bend": {"a": pytest.approx(rank_agreement(first, second, third))}}


@pytest.mark.parametrize(
    "wrong", [([1, 2, 3], [1, 2, 3]), ([1, 2, 3, 4], [1, 1, 1, 1]), ([1, 2, 3, 4], [1, 2, 3])]
)
def test_scores_that_cannot_be_compared_are_refused(wrong):
    with pytest.raises(ValueError, match="scores: got"):
        rank_agreement(*wrong)
