"""The geodesic flow: points, velocities and variations where their formula is known."""

import math

import problems
import pytest
import torch
from problems import normal, points
from pullback import MetricField
from pullback.transport.flow import geodesic_flow, mixed_acceleration


def test_a_meridian_of_the_sphere_is_run_at_constant_speed():
    """eq-geodesic-equation"""
    flow = geodesic_flow(problems.SPHERE.metric, points([0.7, 0.3]), points([1.2, 0.0]), n_outputs=4)
    t = torch.linspace(0, 1, 5, dtype=torch.float64)
    expected = torch.stack([0.7 + 1.2 * t, torch.full_like(t, 0.3)], dim=-1)[None]
    torch.testing.assert_close(flow.curve, expected, rtol=0, atol=1e-8)
    torch.testing.assert_close(flow.velocity, points([1.2, 0.0]).expand(1, 5, 2), rtol=0, atol=1e-8)
    assert flow.converged.all()
    assert flow.reached.tolist() == [1.0]
    assert flow.variations.shape == (1, 5, 0, 2)


def test_a_variation_of_the_direction_grows_with_the_sine_on_the_sphere():
    """eq-jacobi: from a point of the equator northwards, d phi / d v_phi = sin(t) / cos(t) in coordinates."""
    z, v = points([torch.pi / 2, 0.0]), points([-1.0, 0.0])
    change = torch.zeros(1, 1, 2, dtype=torch.float64)
    rate = points([[0.0, 1.0]])
    flow = geodesic_flow(problems.SPHERE.metric, z, v, variations=change, rates=rate, rtol=1e-11, n_outputs=3)
    t = torch.linspace(0, 1, 4, dtype=torch.float64)
    torch.testing.assert_close(flow.variations[0, :, 0, 1], t.tan(), rtol=0, atol=1e-9)
    torch.testing.assert_close(flow.rates[0, :, 0, 1], t.cos() ** -2, rtol=0, atol=1e-8)
    assert flow.variations[0, :, 0, 0].abs().max() < 1e-9


def test_a_row_that_leaves_the_chart_says_how_far_it_came_and_leaves_the_others_alone():
    """With the metric exp(-2z) dz^2 a geodesic is -log(1 - v t), which has no end after the time 1 / v."""
    metric = MetricField(lambda z: (-2 * z).exp()[..., None])
    flow = geodesic_flow(metric, points([0.0], [0.0]), points([0.5], [4.0]))
    assert flow.converged.tolist() == [True, False]
    assert flow.reached.tolist() == pytest.approx([1, 0.25], abs=1e-3)
    assert flow.curve[0, -1].item() == pytest.approx(-math.log(0.5), abs=1e-7)
    assert flow.curve[1, -1].isnan().all()


@pytest.mark.parametrize("problem", problems.WITH_CHRISTOFFELS, ids=str)
def test_the_mixed_acceleration_is_the_christoffel_symbols_at_both_vectors(problem):
    """eq-christoffel: and a vector of any length drowns no other."""
    z = problem.sample(5, problems.generator())
    u, v = normal(5, problem.d), 1e-5 * normal(5, problem.d, seed=1)
    found = mixed_acceleration(problem.metric, z, u, v)
    expected = -torch.einsum("nkij,ni,nj->nk", problem.christoffels(z), u, v)
    torch.testing.assert_close(found, expected, rtol=1e-7, atol=1e-13)
    torch.testing.assert_close(mixed_acceleration(problem.metric, z, v, u), found)
    assert not mixed_acceleration(problem.metric, z, u, 0 * v).any()
