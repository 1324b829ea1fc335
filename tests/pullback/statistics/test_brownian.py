"""Brownian motion against the spectrum of the Laplacian and the even spread over the manifold."""

import math

import problems
import pytest
import torch
from pullback import EuclideanMetric, MetricField, brownian_motion


def test_in_the_flat_metric_increments_are_normal(generator):
    """eq-brownian"""
    z0 = torch.zeros(4000, 2, dtype=torch.float64)
    walk = brownian_motion(EuclideanMetric(), z0, 4, 0.25, generator=generator)
    assert walk.shape == (4000, 5, 2)
    increments = walk.diff(dim=1).reshape(-1, 2)
    assert increments.mean().abs() < 0.02
    torch.testing.assert_close(
        torch.cov(increments.T), 0.25 * torch.eye(2, dtype=torch.float64), rtol=0, atol=0.01
    )


def sphere_field():
    return MetricField(problems.SPHERE.matrix)


def test_on_the_sphere_the_cosine_to_the_start_decays_at_the_first_eigenvalue(generator):
    """eq-brownian: E cos(angle) = exp(-t), half of the Laplacian's eigenvalue 2."""
    z0 = torch.tensor([math.pi / 2, 0.0], dtype=torch.float64).repeat(4000, 1)
    end = brownian_motion(sphere_field(), z0, 40, 0.01, generator=generator)[:, -1]
    cosine = end[:, 0].sin() * end[:, 1].cos()
    assert cosine.mean().item() == pytest.approx(math.exp(-0.4), abs=0.015)


def test_on_the_three_sphere_in_a_conformal_chart_likewise(generator):
    """eq-brownian: E cos(angle) = exp(-3 t / 2); here the drift does not vanish."""
    metric = MetricField(
        lambda z: 4 * torch.eye(3, dtype=z.dtype) / (1 + z.square().sum(-1))[..., None, None] ** 2
    )
    z0 = torch.tensor([0.4, 0.0, 0.0], dtype=torch.float64)
    end = brownian_motion(metric, z0.repeat(4000, 1), 40, 0.01, generator=generator)[:, -1]

    def on_sphere(z):
        square = z.square().sum(-1, keepdim=True)
        return torch.cat([2 * z, 1 - square], dim=-1) / (1 + square)

    cosine = (on_sphere(end) * on_sphere(z0)).sum(-1)
    assert cosine.mean().item() == pytest.approx(math.exp(-0.6), abs=0.015)


@pytest.mark.parametrize(("drift", "mean"), [(True, 1 / 6), (False, 0.0)])
def test_on_the_torus_only_the_walk_with_drift_spreads_evenly(drift, mean, generator):
    """eq-brownian: the mean of cos t over the area is r / 2 R = 1/6; without drift the angle t is uniform."""
    z0 = torch.zeros(3000, 2, dtype=torch.float64)
    end = brownian_motion(MetricField(problems.TORUS.matrix), z0, 120, 0.1, generator=generator, drift=drift)[
        :, -1
    ]
    assert end[:, 0].cos().mean().item() == pytest.approx(mean, abs=0.035)


def test_the_walk_does_not_depend_on_the_coordinates(generator):
    """eq-brownian: sinh(y) as a second coordinate of the plane; without the drift the mean would move."""

    def matrix(z):
        return torch.diag_embed(torch.stack([torch.ones_like(z[..., 0]), 1 / (1 + z[..., 1] ** 2)], dim=-1))

    z0 = torch.tensor([0.0, math.sinh(1.0)], dtype=torch.float64).repeat(4000, 1)
    end = brownian_motion(MetricField(matrix), z0, 40, 0.01, generator=generator)[:, -1]
    flat = torch.asinh(end[:, 1])
    assert flat.mean().item() == pytest.approx(1.0, abs=0.03)
    assert flat.std().item() == pytest.approx(math.sqrt(0.4), abs=0.03)


def test_in_coordinates_that_are_not_orthogonal_the_drift_is_right_too(generator):
    """eq-brownian: the plane in the coordinates (x, y - x^2), sheared the more the larger x is."""

    def matrix(z):
        shear, one = 2 * z[..., 0], torch.ones_like(z[..., 0])
        rows = torch.stack([1 + shear**2, shear, shear, one], dim=-1)
        return rows.reshape(*z.shape, 2)

    z0 = torch.tensor([1.0, 0.0], dtype=torch.float64).repeat(4000, 1)
    end = brownian_motion(MetricField(matrix), z0, 40, 0.01, generator=generator)[:, -1]
    y = end[:, 1] + end[:, 0] ** 2
    assert end[:, 0].mean().item() == pytest.approx(1.0, abs=0.04)
    assert y.mean().item() == pytest.approx(1.0, abs=0.04)
    assert y.std().item() == pytest.approx(math.sqrt(0.4), abs=0.03)


def test_the_paper_walk_has_steps_of_the_size_of_the_metric(generator):
    """eq-brownian: without drift a step is G^{-1/2} times normal noise of variance `step`."""
    z0 = torch.tensor([1.0, 0.5], dtype=torch.float64).repeat(20000, 1)
    step = brownian_motion(sphere_field(), z0, 1, 0.04, generator=generator, drift=False).diff(dim=1)[:, 0]
    torch.testing.assert_close(
        torch.cov(step.T) / 0.04, torch.linalg.inv(problems.SPHERE.matrix(z0[0])), rtol=0, atol=0.06
    )


def test_the_generator_alone_decides(generator):
    z0 = problems.SPHERE.sample(3, generator)
    copy = z0.clone()
    walks = [
        brownian_motion(problems.SPHERE.metric, z0, 3, 0.01, generator=torch.Generator().manual_seed(5))
        for _ in range(2)
    ]
    assert torch.equal(*walks)
    assert torch.equal(z0, copy)
    assert torch.equal(walks[0][:, 0], z0)


def test_a_single_start_in_single_precision(generator):
    z0 = torch.tensor([1.0, 0.5])
    walk = brownian_motion(problems.SPHERE.metric, z0, 3, 0.01, generator=generator)
    assert walk.shape == (4, 2)
    assert walk.dtype == torch.float32


def test_bad_arguments_are_named(generator):
    z0 = torch.zeros(2, dtype=torch.float64)
    with pytest.raises(ValueError, match="step: got -1"):
        brownian_motion(EuclideanMetric(), z0, 3, -1.0, generator=generator)
    with pytest.raises(ValueError, match="n_steps: got -2"):
        brownian_motion(EuclideanMetric(), z0, -2, 1.0, generator=generator)
    with pytest.raises(ValueError, match="z0: got 2 NaN"):
        brownian_motion(EuclideanMetric(), z0 * math.nan, 2, 1.0, generator=generator)


def test_a_walk_without_drift_steps_by_the_height_of_the_half_plane(generator):
    """`eq-brownian`"""
    start = torch.tensor([[0.0, 1.0], [0.0, 4.0]], dtype=torch.float64).repeat(400, 1)
    options = {"generator": generator, "drift": False}
    steps = brownian_motion(problems.HALF_PLANE.metric, start, 1, 0.01, **options)[:, 1] - start
    assert steps[0::2].std().item() == pytest.approx(0.1, rel=0.07)
    assert steps[1::2].std().item() == pytest.approx(0.4, rel=0.07)


@pytest.mark.parametrize("drift", [True, False])
def test_a_walker_who_comes_where_the_metric_ends_is_refused_or_counted(generator, drift):
    def ending(z):
        return torch.eye(2).double() * (z[..., 0].abs() < 1).double()[..., None, None]

    dead = MetricField(ending)
    start = torch.tensor([[0.0, 0.0], [5.0, 0.0]], dtype=torch.float64)
    walk = brownian_motion(dead, start, 3, 1e-6, generator=generator, drift=drift, lost="nan")
    assert walk[0].isfinite().all()
    assert walk[1, 1:].isnan().all()
    with pytest.raises(ValueError, match="singular"):
        brownian_motion(dead, start, 3, 1e-6, generator=generator, drift=drift)


def test_walks_that_are_all_kept_are_the_same_either_way():
    start = torch.tensor([[0.0, 1.0], [0.3, 2.0]], dtype=torch.float64)
    walks = [
        brownian_motion(
            problems.HALF_PLANE.metric, start, 20, 1e-3, generator=torch.Generator().manual_seed(1), lost=lost
        )
        for lost in ("raise", "nan")
    ]
    torch.testing.assert_close(*walks)


def test_another_word_for_lost_is_refused(generator):
    with pytest.raises(ValueError, match="lost: got 'drop', expected 'raise' or 'nan'"):
        brownian_motion(EuclideanMetric(), torch.zeros(1, 2), 1, 0.1, generator=generator, lost="drop")
