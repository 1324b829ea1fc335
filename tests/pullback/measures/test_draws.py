"""Random pairs of points."""

import pytest
import torch
from problems import generator
from pullback.measures.draws import random_pairs


def test_pairs_are_distinct_ordered_and_repeatable():
    pairs = random_pairs(10, 45, generator=generator(3))
    assert len({tuple(pair) for pair in pairs.tolist()}) == 45
    assert (pairs[:, 0] < pairs[:, 1]).all()
    assert torch.equal(pairs, random_pairs(10, 45, generator=generator(3)))


def test_pairs_are_uniform_over_the_points():
    pairs = random_pairs(50, 600, generator=generator(1))
    counts = pairs.flatten().bincount(minlength=50)
    assert counts.min() > 8
    assert counts.max() < 42


@pytest.mark.parametrize(("n_points", "n_pairs"), [(10, 46), (10, 0), (1, 1)])
def test_more_pairs_than_there_are_is_an_error(n_points, n_pairs):
    with pytest.raises(ValueError, match="n_pairs: got"):
        random_pairs(n_points, n_pairs, generator=generator())
