"""One number that says how far curves are from being geodesics."""

import problems
import torch
from curve_problems import SPHERE, decoder, pairs
from pullback import PullbackMetric, geodesic
from pullback.solvers.stationarity import energy_rounding


def test_float32_converges_to_its_rounding_level_and_stays_float32():
    z0, z1 = (z.float() for z in pairs(20))
    found = geodesic(PullbackMetric(decoder(torch.float32)), z0, z1)
    exact = geodesic(PullbackMetric(decoder()), z0.double(), z1.double())
    assert found.curve.dtype == found.length.dtype == torch.float32
    assert found.converged.all()
    assert found.residual.max() < 1e-4
    assert torch.allclose(found.length.double(), exact.length, rtol=1e-5)


def test_the_square_of_the_residual_is_the_relative_excess_of_the_energy():
    z0, z1 = pairs()
    best = geodesic(SPHERE, z0, z1, tol=1e-9).energy
    early = geodesic(SPHERE, z0, z1, max_steps=1, newton_after=0, starts="line")
    excess = early.energy / best - 1
    assert (excess > 1e-8).any()
    assert torch.allclose(early.residual**2, excess, rtol=0.1, atol=1e-10)


def test_the_residual_does_not_depend_on_latent_coordinates_or_the_scale_of_the_metric():
    """A step from the same curve in other coordinates, and with features a thousand times as large."""
    A = torch.tensor([[3.0, 1.0], [-0.5, 0.2]], dtype=torch.float64)
    plain = problems.SPHERE.metric
    sheared = PullbackMetric(lambda y: 1000 * problems.SPHERE.immersion(y @ A.T))
    z0, z1 = problems.SPHERE.sample_pairs(5, problems.generator(6))
    inverse = torch.linalg.inv(A)
    first = geodesic(plain, z0, z1, max_steps=2, starts="line")
    second = geodesic(sheared, z0 @ inverse.T, z1 @ inverse.T, max_steps=2, starts="line")
    assert not first.converged.all()
    assert torch.allclose(first.residual, second.residual, rtol=1e-6, atol=1e-9)
    assert torch.allclose(first.length * 1000, second.length)


def test_a_sum_of_squares_in_single_precision_is_exact_to_the_rounding_of_an_energy():
    squares = torch.randn(50, 48 * 784, generator=problems.generator(3)).square()
    exact = squares.double().sum(-1)
    error = (squares.sum(-1) - exact).abs()
    assert (error > 0).any()
    assert (error <= energy_rounding(exact, torch.float32)).all()
