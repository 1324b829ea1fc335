"""Principal geodesic analysis."""

import problems
import pytest
import torch
from pullback import MetricField, exp, principal_geodesic_analysis

STRETCH = torch.tensor([[4.0, 0.0, 0.0], [0.0, 1.0, 0.2], [0.0, 0.2, 0.5]], dtype=torch.float64)


def test_in_a_constant_metric_it_is_principal_component_analysis(generator):
    """eq-pga: of the points in the isometric coordinates z L."""
    Z = torch.randn(40, 3, dtype=torch.float64, generator=generator) @ torch.diag(
        torch.tensor([1.0, 2.0, 0.3], dtype=torch.float64)
    )
    found = principal_geodesic_analysis(MetricField(lambda z: STRETCH.expand(*z.shape, 3)), Z)
    assert found.converged
    X = (Z - Z.mean(0)) @ torch.linalg.cholesky(STRETCH)
    singular = torch.linalg.svdvals(X)
    torch.testing.assert_close(found.mean, Z.mean(0), rtol=0, atol=1e-6)
    torch.testing.assert_close(found.variances, singular**2 / 40, rtol=1e-6, atol=1e-9)
    torch.testing.assert_close(found.scores @ found.directions + found.mean, Z, rtol=0, atol=1e-6)
    gram = found.directions @ STRETCH @ found.directions.mT
    torch.testing.assert_close(gram, torch.eye(3, dtype=torch.float64), rtol=0, atol=1e-9)


def test_points_on_a_geodesic_need_one_direction():
    """eq-pga: on a great circle all variance lies along it, and the scores are arc lengths."""
    centre, v = torch.tensor([[1.2, 0.3], [0.5, 0.8]], dtype=torch.float64)
    v = v / problems.SPHERE.metric.norm(centre, v)
    t = torch.linspace(-0.6, 0.6, 9, dtype=torch.float64)
    Z = exp(problems.SPHERE.metric, centre, t[:, None] * v)
    found = principal_geodesic_analysis(problems.SPHERE.metric, Z, shooting=True)
    torch.testing.assert_close(found.mean, centre, rtol=0, atol=1e-6)
    assert found.variances[1] < 1e-10
    torch.testing.assert_close(found.scores[:, 0].abs(), t.abs(), rtol=0, atol=1e-6)


def test_fewer_directions_are_the_first_ones(generator):
    Z = problems.THREE_SPHERE.sample(8, generator)
    all_of_them = principal_geodesic_analysis(problems.THREE_SPHERE.metric, Z)
    two = principal_geodesic_analysis(problems.THREE_SPHERE.metric, Z, 2)
    assert two.scores.shape == (8, 2)
    torch.testing.assert_close(two.variances, all_of_them.variances[:2])
    torch.testing.assert_close(two.total_variance, all_of_them.variances.sum())


def test_bad_arguments_are_named():
    Z = torch.zeros(4, 2, dtype=torch.float64)
    with pytest.raises(ValueError, match="n_components: got 3, expected 1 to 2"):
        principal_geodesic_analysis(problems.PLANE.metric, Z, 3)
    with pytest.raises(ValueError, match=r"Z: got \(2,\)"):
        principal_geodesic_analysis(problems.PLANE.metric, Z[0])
