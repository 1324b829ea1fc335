"""The Frechet mean and principal geodesics."""

import math

import problems
import pytest
import torch
from pullback import EuclideanMetric, PullbackMetric, exp, frechet_mean, log

EXACT = {"shooting": True, "tol": 1e-7}


@pytest.mark.parametrize("problem", [problems.PLANE, problems.CYLINDER, problems.CLIFFORD_TORUS], ids=str)
def test_in_a_constant_metric_the_mean_is_the_weighted_mean(problem, generator):
    """eq-frechet-mean"""
    Z = problem.sample(12, generator)
    w = torch.rand(12, dtype=torch.float64, generator=generator)
    found = frechet_mean(problem.metric, Z, w, return_result=True, **EXACT)
    assert found.converged
    torch.testing.assert_close(found.mean, (w[:, None] * Z).sum(0) / w.sum(), rtol=0, atol=1e-6)
    squares = problem.distance(found.mean, Z).square()
    torch.testing.assert_close(found.variance, (w * squares).sum() / w.sum(), rtol=1e-7, atol=0)


@pytest.mark.parametrize("problem", [problems.SPHERE, problems.PSEUDOSPHERE, problems.HALF_PLANE], ids=str)
def test_of_two_points_the_mean_is_the_midpoint(problem, generator):
    """eq-frechet-mean"""
    z0, z1 = problem.sample_pairs(3, generator)
    mean = frechet_mean(problem.metric, torch.stack([z0, z1], dim=1), **EXACT)
    torch.testing.assert_close(problem.distance(mean, z0), problem.distance(z0, z1) / 2, rtol=1e-6, atol=0)
    torch.testing.assert_close(problem.distance(mean, z1), problem.distance(z0, z1) / 2, rtol=1e-6, atol=0)


@pytest.mark.parametrize("problem", [problems.SPHERE, problems.TORUS, problems.HALF_PLANE], ids=str)
def test_a_star_of_geodesics_has_its_centre_as_mean(problem, generator):
    """eq-frechet-mean: opposite rays of equal length cancel, whatever the curvature."""
    centre = problem.sample(1, generator)[0]
    t = torch.linspace(0, 2 * math.pi, 7, dtype=torch.float64)[:-1]
    L = torch.linalg.cholesky(problem.matrix(centre))
    rays = torch.linalg.solve_triangular(L.mT, 0.4 * torch.stack([t.cos(), t.sin()]), upper=True).mT
    found = frechet_mean(problem.metric, exp(problem.metric, centre, rays), return_result=True, **EXACT)
    assert found.converged
    torch.testing.assert_close(found.mean, centre, rtol=0, atol=1e-6)
    assert found.variance.item() == pytest.approx(0.16, rel=1e-6)


def test_at_the_mean_the_logarithms_balance(generator):
    """eq-frechet-mean"""
    Z = problems.SPHERE.sample(9, generator)
    w = torch.linspace(1, 2, 9, dtype=torch.float64)
    mean = frechet_mean(problems.SPHERE.metric, Z, w, **EXACT)
    total = (w[:, None] * log(problems.SPHERE.metric, mean, Z)).sum(0) / w.sum()
    assert problems.SPHERE.metric.norm(mean, total) < 1e-6


def test_the_mean_does_not_depend_on_the_coordinates(generator):
    def change(y):
        return torch.stack([y[..., 0] + 0.2 * y[..., 1] ** 2, y[..., 1] + 0.1 * y[..., 0].sin()], dim=-1)

    Y = 0.4 * torch.randn(6, 2, dtype=torch.float64, generator=generator)
    there = frechet_mean(PullbackMetric(lambda y: problems.SADDLE.immersion(change(y))), Y)
    here = frechet_mean(problems.SADDLE.metric, change(Y))
    torch.testing.assert_close(change(there), here, rtol=0, atol=1e-4)


def test_without_shooting_the_mean_is_close(generator):
    Z = problems.SPHERE.sample(6, generator)
    coarse = frechet_mean(problems.SPHERE.metric, Z, return_result=True)
    assert coarse.converged
    torch.testing.assert_close(
        coarse.mean, frechet_mean(problems.SPHERE.metric, Z, **EXACT), rtol=0, atol=1e-3
    )


def test_a_batch_of_sets_equals_its_sets(generator):
    Z = problems.TORUS.sample(1, generator) + 0.3 * torch.randn(
        3, 5, 2, dtype=torch.float64, generator=generator
    )
    batch = frechet_mean(problems.TORUS.metric, Z)
    rows = torch.stack([frechet_mean(problems.TORUS.metric, points) for points in Z])
    torch.testing.assert_close(batch, rows, rtol=0, atol=1e-5)


def test_points_of_weight_zero_do_not_count(generator):
    Z = torch.randn(5, 2, dtype=torch.float64, generator=generator)
    w = torch.tensor([1.0, 1.0, 0.0, 1.0, 0.0], dtype=torch.float64)
    mean = frechet_mean(EuclideanMetric(), Z, w)
    torch.testing.assert_close(mean, Z[[0, 1, 3]].mean(0), rtol=0, atol=1e-9)


def test_one_point_is_its_own_mean():
    z = torch.tensor([[0.9, 0.1]], dtype=torch.float64)
    torch.testing.assert_close(frechet_mean(problems.SPHERE.metric, z), z[0])


def test_single_precision_and_the_arguments_are_kept(generator):
    Z = problems.SPHERE.sample(5, generator).float()
    copy = Z.clone()
    assert frechet_mean(problems.SPHERE.metric, Z).dtype == torch.float32
    assert torch.equal(Z, copy)


def test_means_that_do_not_converge_are_counted(generator):
    Z = problems.SPHERE.sample(5, generator)
    with pytest.warns(UserWarning, match="frechet_mean: 1 of 1 did not converge"):
        frechet_mean(problems.SPHERE.metric, Z, max_steps=1)
    found = frechet_mean(problems.SPHERE.metric, Z, max_steps=1, return_result=True)
    assert not found.converged
    assert found.n_steps == 1


def test_bad_arguments_of_the_mean_are_named(generator):
    Z = torch.zeros(4, 2, dtype=torch.float64)
    with pytest.raises(ValueError, match="Z: got shape"):
        frechet_mean(EuclideanMetric(), Z[0])
    with pytest.raises(ValueError, match="Z: got shape"):
        frechet_mean(EuclideanMetric(), Z[:0])
    with pytest.raises(ValueError, match="weights: got shape"):
        frechet_mean(EuclideanMetric(), Z, torch.ones(3))
    with pytest.raises(ValueError, match="weights: got negative"):
        frechet_mean(EuclideanMetric(), Z, torch.tensor([1.0, -1.0, 1.0, 1.0]))
