"""Three F-measures of partitions whose agreement is counted by hand."""

import pytest
from pullback.measures.lengths.f_measure import f_measure

DEFINITIONS = ("best match", "matching", "pairs")


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_a_perfect_partition_scores_one_whatever_its_names(definition):
    """`eq-f-measure`."""
    assert f_measure([0, 0, 1, 1, 2], [7, 7, 3, 3, 5], definition=definition) == 1


def test_a_split_class_has_the_scores_of_the_definitions():
    """Class 0 is whole in cluster 0 with one of class 1: F_00 = 4/5 and F_11 = 2/3, by hand."""
    labels, clusters = [0, 0, 1, 1], [0, 0, 0, 1]
    assert f_measure(labels, clusters) == pytest.approx((4 / 5 + 2 / 3) / 2)
    assert f_measure(labels, clusters, definition="matching") == pytest.approx((4 / 5 + 2 / 3) / 2)
    assert f_measure(labels, clusters, definition="pairs") == pytest.approx(2 * 1 / (3 + 2))


def test_two_classes_may_share_their_best_cluster_but_not_a_matched_one():
    labels, clusters = [0, 0, 1, 1], [0, 0, 0, 0]
    assert f_measure(labels, clusters) == pytest.approx(2 / 3)
    assert f_measure(labels, clusters, definition="matching") == pytest.approx(1 / 3)


def test_an_unknown_definition_is_refused():
    with pytest.raises(ValueError, match="definition: got 'mean'"):
        f_measure([0], [0], definition="mean")
