"""Gauss-Newton and Newton steps: the energy falls, and awkward curves stop no others."""

import problems
import torch
from curve_problems import SPHERE, pairs
from problems import points
from pullback import MetricField, PullbackMetric, geodesic, linear_interpolation


def test_the_trace_falls_to_the_energy_and_stays():
    found = geodesic(SPHERE, *pairs(), trace=True, starts="line")
    assert (found.trace.diff(dim=-1) <= 1e-12).all()
    assert torch.allclose(found.trace[:, -1], found.energy)
    assert found.trace.shape[1] == found.n_steps.max() + 1
    assert (found.trace[:, 0] > found.energy).all()


def test_the_energy_never_rises_on_a_surface_where_full_steps_overshoot():
    wild = PullbackMetric(lambda z: torch.cat([z, (6 * z).sin(), (5 * z.flip(-1)).cos()], dim=-1))
    z0, z1 = pairs(20)
    found = geodesic(wild, z0, z1, trace=True, starts="line")
    falls = found.trace.diff(dim=-1)
    assert (falls <= 1e-9).all()
    rejected = (falls == 0).sum(-1) > found.trace.shape[1] - 1 - found.n_steps
    assert rejected.any()


def test_dead_coordinates_do_not_stop_the_solver():
    """A latent that nothing depends on makes the metric singular, as posterior collapse does."""
    metric = PullbackMetric(lambda z: problems.SPHERE.immersion(z[..., :2]))
    z0, z1 = pairs(4)
    dead = torch.zeros(4, 1, dtype=torch.float64)
    found = geodesic(metric, torch.cat([z0, dead], 1), torch.cat([z1, dead + 1], 1))
    assert found.converged.all()
    assert torch.allclose(found.length, geodesic(SPHERE, z0, z1).length, rtol=1e-6)


def test_a_curve_that_meets_nan_is_reported_and_does_not_stop_the_others():
    def immersion(z):
        return problems.SPHERE.immersion(z) + torch.where(z[..., :1] > 2.5, torch.nan, 0.0)

    z0, z1 = pairs(3)
    z1[1, 0] = 2.6
    found = geodesic(PullbackMetric(immersion), z0, z1)
    assert found.converged.tolist() == [True, False, True]
    assert "1 of 3 curves did not converge" in found.message


def test_one_step_straightens_any_curve_of_an_affine_decoder():
    """`eq-gauss-newton`: the energy is quadratic, so one step is exact."""
    z0, z1 = problems.PLANE.sample_pairs(6, problems.generator(3))
    line = linear_interpolation(z0, z1, 16)
    crooked = line.clone()
    crooked[:, 1:-1] += torch.randn(6, 15, 2, dtype=torch.float64, generator=problems.generator(4))
    found = geodesic(problems.PLANE.metric, z0, z1, n_segments=16, starts=crooked[None])
    assert (found.n_steps == 1).all()
    assert torch.allclose(found.curve, line, atol=1e-12)


def test_strongly_curved_pairs_converge_in_few_steps():
    """Gauss-Newton alone would contract by (length / pi)^2 = 0.7 a step; the exact Hessian takes over."""
    z0, z1 = points(1.3, -1.45), points(1.3, 1.45)
    found = geodesic(SPHERE, z0, z1, starts="line", n_segments=64, tol=1e-9)
    slow = geodesic(SPHERE, z0, z1, starts="line", n_segments=64, tol=1e-9, newton_after=1000, max_steps=40)
    assert problems.SPHERE.distance(z0, z1) > 2.5
    assert found.converged
    assert found.n_steps < 20
    assert not slow.converged


def test_a_trial_that_leaves_the_domain_of_the_metric_is_stepped_back():
    """A half-plane that raises below its edge: curves near the edge are found all the same."""

    def matrix(z):
        return (
            torch.eye(2, dtype=z.dtype)
            / torch.where(z[..., 1] > 0, z[..., 1], torch.nan)[..., None, None] ** 2
        )

    z0, z1 = points(-3, 0.05), points(3, 0.05)
    found = geodesic(MetricField(matrix), z0, z1, n_segments=100, max_steps=200)
    assert found.converged
    assert torch.isclose(found.length, problems.HALF_PLANE.distance(z0, z1), rtol=1e-2)
