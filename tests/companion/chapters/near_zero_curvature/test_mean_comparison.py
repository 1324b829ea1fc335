"""Means of groups on surfaces where both are known."""

import math

import pytest
import torch
from companion.chapters.near_zero_curvature.mean_comparison import mean_comparison
from problems import CYLINDER, HALF_PLANE, PLANE, SADDLE, SPHERE
from pullback import MetricField

EXACT = {"shooting": True, "tol": 1e-7}


def points(*rows):
    return torch.tensor(rows, dtype=torch.float64)


@pytest.mark.parametrize("problem", [PLANE, CYLINDER], ids=str)
def test_in_a_flat_chart_the_means_are_one(problem, generator):
    """`eq-frechet-mean`"""
    found = mean_comparison(problem.metric, problem.sample(12, generator).reshape(2, 6, 2))
    assert found.converged_share == 1
    assert found.relative.max() < 1e-3
    assert found.gain.abs().max() < 1e-6
    assert (found.latent_converged == 1).all()


def test_of_two_points_on_a_parallel_the_frechet_mean_is_the_great_circle_s_middle():
    """`eq-frechet-mean`: the latent mean keeps to the parallel, the shorter way bends towards the pole."""
    theta, half = 0.9, 0.8
    found = mean_comparison(SPHERE.metric, points((theta, -half), (theta, half)), n_segments=32, **EXACT)
    north = math.atan(math.tan(theta) * math.cos(half))
    torch.testing.assert_close(found.latent, points(theta, 0.0))
    torch.testing.assert_close(found.frechet, points(north, 0.0), rtol=0, atol=1e-5)
    assert found.difference.item() == pytest.approx(2 * math.sin((theta - north) / 2), abs=1e-5)
    arc = 2 * math.asin(math.sin(theta) * math.sin(half))
    assert found.frechet_sum.item() == pytest.approx(arc**2 / 2, rel=1e-5)
    side = math.acos(math.cos(theta) ** 2 + math.sin(theta) ** 2 * math.cos(half))
    assert found.latent_sum.item() == pytest.approx(2 * side**2, rel=1e-5)


@pytest.mark.parametrize("problem", [SPHERE, SADDLE], ids=str)
def test_the_frechet_sum_is_never_the_larger_one(problem, generator):
    """`eq-frechet-mean`"""
    groups = torch.stack([problem.sample(6, generator) for _ in range(4)])
    found = mean_comparison(problem.metric, groups)
    assert found.converged_share == 1
    assert (found.frechet_sum <= found.latent_sum * (1 + 1e-6)).all()
    assert (found.gain > 0).any()
    assert found.relative.shape == (4,)
    assert (found.relative > 0).all()


def test_the_spread_is_that_of_the_pairs_and_the_medoid_is_one_of_the_group():
    z = points((0.5, 0.0), (0.6, 0.0), (0.9, 0.1), (0.4, -0.5), (0.6, 0.1))
    found = mean_comparison(PLANE.metric, z)
    x = PLANE.immersion(z)
    gaps = torch.stack([(x[i] - x[j]).norm() for i in range(5) for j in range(i)])
    torch.testing.assert_close(found.spread, gaps.mean())
    assert torch.equal(found.medoid, z[1])
    expected = (PLANE.immersion(z.mean(0)) - x[1]).norm()
    torch.testing.assert_close(found.medoid_difference, expected, rtol=1e-4, atol=0)
    torch.testing.assert_close(found.medoid_relative, expected / found.spread, rtol=1e-4, atol=0)


def test_a_search_that_is_cut_short_says_so(generator):
    found = mean_comparison(SPHERE.metric, SPHERE.sample(5, generator), max_steps=0)
    assert found.converged_share == 0
    torch.testing.assert_close(found.frechet, found.latent)
    torch.testing.assert_close(found.frechet_sum, found.latent_sum)


@pytest.mark.parametrize(
    ("metric", "Z", "message"),
    [
        (SPHERE.metric, torch.ones(1, 2), "Z: got shape"),
        (MetricField(HALF_PLANE.matrix), torch.ones(3, 2), "metric: got MetricField"),
    ],
    ids=["single", "features"],
)
def test_groups_without_means_to_compare_are_refused(metric, Z, message):
    with pytest.raises(ValueError, match=message):
        mean_comparison(metric, Z)
