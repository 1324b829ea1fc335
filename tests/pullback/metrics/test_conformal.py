"""A metric scaled by a positive function."""

import pytest
import torch
from gradient_problems import agrees_with_differences
from problems import HALF_PLANE, POINTS, SPHERE, generator, points
from pullback import ConformalMetric, DensityMetric, distance, gaussian_curvature, geodesic


def test_a_conformal_metric_scales_its_base():
    """`eq-conformal-metric`."""
    z = HALF_PLANE.sample(5, generator())
    metric = ConformalMetric(lambda z: z[..., 1] ** -2)
    torch.testing.assert_close(metric.matrix(z), HALF_PLANE.matrix(z))
    z = SPHERE.sample(5, generator())
    scaled = ConformalMetric(lambda z: 1 + z[..., 0] ** 2, SPHERE.metric)
    torch.testing.assert_close(scaled.matrix(z), (1 + z[:, 0] ** 2)[:, None, None] * SPHERE.matrix(z))
    assert not scaled.has_features


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ConformalMetric(2.0), "factor: got float, expected a callable"),
        (lambda: ConformalMetric(lambda z: z).matrix(POINTS), r"factor: got shape \(2, 2\)"),
        (lambda: ConformalMetric(lambda z: z[:, 0] - 1.1).matrix(POINTS), "factor: got values down to -0.1"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("beta", [0.5, 2.0])
def test_a_density_that_rises_with_height_makes_the_half_plane(beta):
    """`eq-density-metric`: p = y^(2 / beta) in two dimensions gives G = y^-4, p = y^(1 / beta) G = y^-2."""
    metric = DensityMetric(lambda z: z[..., 1].log() / beta, beta=beta)
    z0, z1 = HALF_PLANE.sample_pairs(5, generator())
    torch.testing.assert_close(metric.matrix(z0), HALF_PLANE.matrix(z0).sqrt())
    twice = DensityMetric(lambda z: 2 * z[..., 1].log() / beta, beta=beta)
    torch.testing.assert_close(twice.matrix(z0), HALF_PLANE.matrix(z0))
    torch.testing.assert_close(gaussian_curvature(twice, z0), torch.full((5,), -1.0, dtype=z0.dtype))
    found = distance(twice, z0, z1, n_segments=64)
    torch.testing.assert_close(found, HALF_PLANE.distance(z0, z1), rtol=1e-3, atol=0)


def test_a_volume_is_that_of_the_base_over_the_density_to_the_power():
    z = SPHERE.sample(5, generator())
    metric = DensityMetric(lambda z: z.sin().sum(-1), SPHERE.metric, beta=0.7)
    gap = metric.log_volume(z) - SPHERE.metric.log_volume(z)
    torch.testing.assert_close(gap, -0.7 * z.sin().sum(-1))
    base = DensityMetric(lambda z: z.sum(-1), SPHERE.metric, beta=0.0)
    torch.testing.assert_close(base.matrix(z), SPHERE.matrix(z))


def test_a_density_can_be_trained():
    a = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    metric = DensityMetric(lambda z: -a * z.square().sum(-1) / 2)
    z0, z1 = points([0.3, 0.4]), points([0.9, -0.2])
    assert agrees_with_differences(lambda: geodesic(metric, z0, z1, n_segments=8, tol=1e-9).energy, (a,))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: DensityMetric(2.0), "log_density: got float, expected a callable"),
        (lambda: DensityMetric(lambda z: z[:, 0], beta=-1), "beta: got -1, expected 0 or more"),
        (lambda: DensityMetric(lambda z: z).matrix(POINTS), r"log_density: got shape \(2, 2\)"),
        (
            lambda: DensityMetric(lambda z: z[:, 0] - 1e9).matrix(POINTS),
            "log_density: got -1e.09, expected",
        ),
        (
            lambda: DensityMetric(lambda z: z[:, 0] * torch.nan).matrix(POINTS),
            "log_density: got nan",
        ),
    ],
)
def test_a_density_that_is_none_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
