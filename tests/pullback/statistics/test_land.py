"""LAND: normal distributions of geodesic distance."""

import math

import problems
import pytest
import torch
from pullback import LAND, EuclideanMetric, MetricField, exp

STRETCH = torch.tensor([[2.0, 0.3], [0.3, 0.5]], dtype=torch.float64)


def normal_points(n, generator, scale=1.0):
    mixing = torch.tensor([[1.0, 0.0], [0.6, 0.5]], dtype=torch.float64)
    return scale * torch.randn(n, 2, dtype=torch.float64, generator=generator) @ mixing.T


@pytest.mark.parametrize(
    "metric",
    [EuclideanMetric(), MetricField(lambda z: STRETCH.expand(*z.shape, 2))],
    ids=["identity", "constant"],
)
def test_in_a_flat_metric_land_is_the_normal_distribution(metric, generator):
    """eq-land: mean, covariance and density are those of maximum likelihood."""
    Z = normal_points(80, generator) + torch.tensor([0.3, -1.0])
    land = LAND(metric, n_samples=16).fit(Z, generator=generator)
    assert land.converged
    mean, covariance = Z.mean(0), torch.cov(Z.T, correction=0)
    torch.testing.assert_close(land.means[0], mean, rtol=0, atol=1e-4)
    torch.testing.assert_close(land.precisions[0], torch.linalg.inv(covariance), rtol=1e-3, atol=1e-3)
    normal = torch.distributions.MultivariateNormal(mean, covariance)
    torch.testing.assert_close(land.log_density(Z, measure="latent"), normal.log_prob(Z), rtol=0, atol=1e-3)


def test_in_a_flat_metric_the_mixture_is_a_gaussian_mixture(generator):
    """eq-land: at the fixed point the parameters are the responsibility-weighted moments."""
    Z = torch.cat([normal_points(60, generator, 0.4), 3 + normal_points(40, generator, 0.4)])
    land = LAND(EuclideanMetric(), 2, n_samples=16).fit(Z, generator=generator, tol=1e-6)
    assert land.converged
    order = land.means[:, 0].argsort()
    torch.testing.assert_close(
        land.weights[order], torch.tensor([0.6, 0.4], dtype=torch.float64), rtol=0, atol=1e-4
    )
    torch.testing.assert_close(land.means[order[0]], Z[:60].mean(0), rtol=0, atol=1e-3)
    torch.testing.assert_close(land.means[order[1]], Z[60:].mean(0), rtol=0, atol=1e-3)


def test_where_components_overlap_a_mixture_in_constant_coordinates_is_at_the_fixed_point_of_em(generator):
    """A narrow cloud within a wide one: which point belongs to which hangs on the components' sizes."""
    shared = {"dtype": torch.float64, "generator": generator}
    narrow, wide = 0.3 * torch.randn(60, 2, **shared), 2 * torch.randn(60, 2, **shared)
    Z = torch.cat([narrow, wide + torch.tensor([1.0, 0.0])])
    metric = MetricField(lambda z: STRETCH.expand(*z.shape, 2))
    land = LAND(metric, 2, n_samples=8).fit(Z, generator=generator, tol=1e-5, max_steps=300)
    assert land.converged
    normals = torch.distributions.MultivariateNormal(land.means, precision_matrix=land.precisions)
    duties = (normals.log_prob(Z[:, None]) + land.weights.log()).softmax(-1)
    assert (duties.amax(-1) < 0.9).any()
    torch.testing.assert_close(duties.mean(0), land.weights, rtol=0, atol=1e-3)
    torch.testing.assert_close(duties.T @ Z / duties.sum(0)[:, None], land.means, rtol=0, atol=5e-3)


def test_land_on_the_sphere_finds_the_centre_and_width_it_was_drawn_from(generator):
    mean = torch.tensor([1.4, 0.1], dtype=torch.float64)
    noise = 0.3 * torch.randn(60, 2, dtype=torch.float64, generator=generator)
    noise = noise - noise.mean(0)
    frame = torch.diag(torch.tensor([1.0, 1 / math.sin(1.4)], dtype=torch.float64))
    Z = exp(problems.SPHERE.metric, mean, noise @ frame)
    land = LAND(problems.SPHERE.metric, n_samples=64).fit(Z, generator=generator, n_segments=16)
    assert land.converged
    torch.testing.assert_close(land.means[0], mean, rtol=0, atol=0.05)
    width = torch.linalg.det(land.precisions[0]) ** -0.25 * math.sin(1.4) ** 0.5
    assert width.item() == pytest.approx(0.3, abs=0.05)
    # the likelihood that was minimised is that of the density, which is normalised apart from the fit
    assert land.nll == pytest.approx(-land.log_density(Z, n_segments=16).mean().item(), abs=2e-3)


def test_samples_have_the_moments_of_the_distribution(generator):
    Z = normal_points(100, generator)
    land = LAND(EuclideanMetric(), n_samples=16).fit(Z, generator=generator)
    drawn = land.sample(20000, generator=generator, oversampling=1)
    assert drawn.shape == (20000, 2)
    torch.testing.assert_close(drawn.mean(0), Z.mean(0), rtol=0, atol=0.03)
    torch.testing.assert_close(torch.cov(drawn.T), torch.cov(Z.T, correction=0), rtol=0, atol=0.05)


def test_the_same_generator_gives_the_same_fit(generator):
    Z = normal_points(30, generator)
    fits = [
        LAND(EuclideanMetric(), 2, n_samples=16)
        .fit(Z, generator=torch.Generator().manual_seed(2), max_steps=3)
        .means
        for _ in range(2)
    ]
    assert torch.equal(*fits)


def test_a_fit_cut_short_is_not_converged(generator):
    land = LAND(EuclideanMetric(), 2, n_samples=16).fit(
        normal_points(50, generator), generator=generator, max_steps=1
    )
    assert not land.converged
    assert land.residual > 1e-4


def test_bad_arguments_of_land_are_named(generator):
    metric = EuclideanMetric()
    with pytest.raises(ValueError, match="n_components: got 0"):
        LAND(metric, 0)
    with pytest.raises(ValueError, match="n_samples: got 7"):
        LAND(metric, n_samples=7)
    with pytest.raises(ValueError, match="Z: got shape"):
        LAND(metric).fit(torch.zeros(2, 2), generator=generator)
    with pytest.raises(ValueError, match="LAND: got no parameters"):
        LAND(metric).log_density(torch.zeros(1, 2))
    line = torch.linspace(0, 1, 20, dtype=torch.float64)[:, None] * torch.ones(2, dtype=torch.float64)
    with pytest.raises(ValueError, match="Z: got a component whose points lie in a subspace"):
        LAND(metric).fit(line, generator=generator)
    land = LAND(metric, n_samples=16).fit(normal_points(20, generator), generator=generator)
    with pytest.raises(ValueError, match="measure: got 'counting'"):
        land.log_density(torch.zeros(1, 2, dtype=torch.float64), measure="counting")
