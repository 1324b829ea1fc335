"""Geodesics against surfaces on which they are known."""

import math
from itertools import pairwise

import problems
import pytest
import torch
from problems import points
from pullback import PullbackMetric, curve_length, geodesic, linear_interpolation


@pytest.mark.convergence
@pytest.mark.parametrize("problem", problems.WITH_DISTANCE, ids=str)
def test_lengths_converge_to_the_distance_with_second_order(problem):
    """`eq-curve-length`: the chord error falls with n^-2 to the distance in closed form."""
    z0, z1 = problem.sample_pairs(12, problems.generator(1))
    distance, errors = problem.distance(z0, z1), []
    for n in (32, 64, 128):
        found = geodesic(problem.metric, z0, z1, n_segments=n)
        assert found.converged.all()
        errors.append((found.length / distance - 1).abs().max())
    assert errors[-1] < 2e-4
    if errors[0] > 1e-12:
        orders = [math.log2(a / b) for a, b in pairwise(errors)]
        assert orders == pytest.approx([2, 2], abs=0.12)


@pytest.mark.parametrize("problem", problems.WITH_GEODESIC, ids=str)
def test_nodes_lie_on_the_geodesic_in_closed_form(problem):
    z0, z1 = problem.sample_pairs(8, problems.generator(2))
    found = geodesic(problem.metric, z0, z1, n_segments=64)
    t = torch.linspace(0, 1, 65, dtype=torch.float64)
    assert torch.allclose(found.curve, problem.geodesic(z0, z1, t), atol=2e-3)


def test_the_interpolated_curve_is_far_better_than_the_polygon():
    problem = problems.SPHERE
    z0, z1 = problem.sample_pairs(8, problems.generator(2))
    found = geodesic(problem.metric, z0, z1, n_segments=12)
    exact = problem.distance(z0, z1)
    t = torch.arange(100, dtype=torch.float64)[:, None] / 100
    pieces = found.curve[:, :-1, None] + t * found.curve.diff(dim=1)[:, :, None]
    polygon = torch.cat([pieces.flatten(1, 2), found.curve[:, -1:]], dim=1)
    rough = (curve_length(problem.metric, polygon) / exact - 1).max()
    smooth = (curve_length(problem.metric, found.sample(1200)) / exact - 1).max()
    assert smooth < rough / 30


def test_straight_lines_are_geodesics_of_an_affine_decoder():
    z0, z1 = problems.PLANE.sample_pairs(6, problems.generator(3))
    found = geodesic(problems.PLANE.metric, z0, z1, starts="line")
    assert found.converged.all()
    assert (found.n_steps == 0).all()
    assert torch.allclose(found.curve, linear_interpolation(z0, z1, 48))


def test_shao_s_surface_has_the_lengths_that_analysis_gives():
    """Shao et al. (2017), section 4.1, in the true parametrisation: 19.49 straight, 7.63 geodesic."""
    metric, z0, z1 = problems.HYPERBOLIC_PARABOLOID.metric, points(-3, -3), points(3, -3)
    for n, straight, shortest in ((10, 19.44, 7.61), (200, 19.49, 7.63)):
        assert curve_length(metric, linear_interpolation(z0, z1, n)).item() == pytest.approx(
            straight, abs=5e-3
        )
        found = geodesic(metric, z0, z1, n_segments=n)
        assert found.converged
        assert found.length.item() == pytest.approx(shortest, abs=5e-3)


def test_meridians_and_the_equator_of_the_torus_are_geodesics():
    torus = problems.TORUS.metric
    meridian = geodesic(torus, points(-1.2, 0.4), points(1.0, 0.4), n_segments=200)
    assert meridian.length.item() == pytest.approx(2.2, rel=1e-4)
    outer = geodesic(torus, points(0, 0), points(0, 0.5), n_segments=200)
    assert outer.length.item() == pytest.approx(2.0, rel=1e-4)


def test_beyond_the_conjugate_point_a_stationary_curve_is_called_converged_and_starts_find_the_shorter():
    """Converged promises a geodesic, not the shortest: the equator over 4 rad is one, 2 pi - 4 is shorter."""
    z0, z1 = points(math.pi / 2, -2), points(math.pi / 2, 2)
    long_way = geodesic(problems.SPHERE.metric, z0, z1, n_segments=64, starts="line")
    assert long_way.converged
    assert long_way.length.item() == pytest.approx(4, rel=1e-3)
    found = geodesic(problems.SPHERE.metric, z0, z1, n_segments=64)
    assert found.converged
    assert found.length.item() == pytest.approx(2 * math.pi - 4, rel=1e-3)


def test_one_dimensional_latents_have_the_arc_length_for_distance():
    helix = PullbackMetric(lambda z: torch.cat([z.cos(), z.sin(), 2 * z**3], dim=-1))
    found = geodesic(helix, points(-1), points(1.5), n_segments=400)
    fine = torch.linspace(-1, 1.5, 20001, dtype=torch.float64)[:, None]
    assert found.converged
    assert torch.isclose(found.length, curve_length(helix, fine), rtol=1e-4)
    chords = helix.features(found.curve).diff(dim=0).norm(dim=-1)
    assert (chords.max() / chords.min()).item() == pytest.approx(1, abs=1e-3)
