"""Moments in a tangent space, and the step that brings those of model and data together."""

import math

import problems
import pytest
import torch
from pullback import LAND
from pullback.statistics.land_moments import Component


def isotropic(problem, sigma):
    """The normaliser and exact volumes at the middle of a problem's chart."""
    centre = torch.tensor([(a + b) / 2 for a, b in zip(problem.low, problem.high)], dtype=torch.float64)
    half = torch.randn(3000, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(4))
    land = LAND(problem.metric)
    component = Component(centre, sigma**2 * torch.eye(2, dtype=torch.float64), torch.ones(()))
    return land._volumes(component, torch.cat([half, -half]))[1], centre


@pytest.mark.parametrize(
    ("problem", "profile"), [(problems.SPHERE, torch.sin), (problems.HALF_PLANE, torch.sinh)]
)
def test_the_normaliser_of_constant_curvature_is_a_known_integral(problem, profile):
    """eq-land: C = 2 pi integral of exp(-r^2 / 2 sigma^2) sin(r) dr on the sphere, sinh(r) for K = -1."""
    sigma = 0.25
    log_volume, centre = isotropic(problem, sigma)
    chart = torch.linalg.det(problem.matrix(centre)).sqrt()
    monte_carlo = 2 * math.pi * sigma**2 * log_volume.exp().mean() / chart
    r = torch.linspace(0, 8 * sigma, 4001, dtype=torch.float64)
    truth = 2 * math.pi * torch.trapezoid(torch.exp(-(r**2) / (2 * sigma**2)) * profile(r), r)
    assert monte_carlo.item() == pytest.approx(truth.item(), rel=2e-3)


def test_the_volume_of_exp_is_the_known_jacobian_on_the_sphere(generator):
    """eq-land: m(v) = sin|v| / |v| in an orthonormal frame."""
    mean = torch.tensor([1.3, 0.2], dtype=torch.float64)
    component = Component(mean, 0.2 * torch.eye(2, dtype=torch.float64), torch.ones(()))
    noise = torch.randn(20, 2, dtype=torch.float64, generator=generator)
    x, log_volume, _ = LAND(problems.SPHERE.metric)._volumes(component, noise)
    r = x.norm(dim=1)
    torch.testing.assert_close(log_volume.exp(), r.sin() / r * math.sin(1.3), rtol=1e-5, atol=0)
