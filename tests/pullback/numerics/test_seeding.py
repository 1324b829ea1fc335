"""Seeds that are drawn far from one another."""

import pytest
import torch
from problems import generator, points
from pullback.numerics.seeding import far_apart


def seeds(z, k, g):
    return far_apart(lambda i: (z - z[i]).square().sum(-1), len(z), k, g)


def test_one_seed_falls_in_each_of_three_far_groups():
    z = torch.cat([points([0.0], [0.01]), points([100.0], [100.01]), points([-50.0], [-50.01])])
    g = generator()
    for _ in range(20):
        assert sorted((seeds(z, 3, g) // 2).tolist()) == [0, 1, 2]


def test_the_odds_are_the_squared_distances():
    """Of points at 0, 1 and 3: after 0 comes 3 nine times in ten, after 3 comes 0 nine times in thirteen."""
    z, g = points([0.0], [1.0], [3.0]), generator()
    pairs = torch.stack([seeds(z, 2, g) for _ in range(6000)])
    after_0, after_3 = pairs[pairs[:, 0] == 0, 1], pairs[pairs[:, 0] == 2, 1]
    assert (after_0 == 2).double().mean().item() == pytest.approx(9 / 10, abs=0.03)
    assert (after_3 == 0).double().mean().item() == pytest.approx(9 / 13, abs=0.04)


def test_equal_points_are_drawn_once_each():
    chosen = seeds(torch.zeros(5, 2), 5, generator())
    assert sorted(chosen.tolist()) == [0, 1, 2, 3, 4]
