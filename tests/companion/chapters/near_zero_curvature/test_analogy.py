"""Analogies where both answers are known, and loops whose turn is known."""

import math

import pytest
import torch
from companion.chapters.near_zero_curvature.analogy import analogy, loop_turn, shao_analogy
from problems import (
    CLIFFORD_TORUS,
    CYLINDER,
    HALF_PLANE,
    HYPERBOLIC_PARABOLOID,
    PLANE,
    SADDLE,
    SPHERE,
    TWO_SPHERES,
)
from pullback import MetricField, PullbackMetric, distance


def points(*rows):
    return torch.tensor(rows, dtype=torch.float64)


def stereographic(z):
    """The unit sphere without a pole, its chart covering the corners of an octant."""
    square = z.square().sum(-1, keepdim=True)
    return torch.cat([2 * z, square - 1], dim=-1) / (1 + square)


@pytest.mark.parametrize("problem", [PLANE, CYLINDER, CLIFFORD_TORUS], ids=str)
def test_in_a_flat_chart_both_answers_are_one(problem, generator):
    """`eq-analogy`, `eq-holonomy`"""
    a, b, c = (problem.sample(4, generator) / 2 for _ in range(3))
    found = analogy(problem.metric, a, b, c)
    assert found.converged.all()
    torch.testing.assert_close(found.transported, b - a + c, rtol=0, atol=1e-3)
    assert found.relative.max() < 1e-3
    turn = loop_turn(problem.metric, torch.stack([a, c, found.arithmetic, b], dim=-2))
    assert turn.angle.max() < 1e-4


@pytest.mark.parametrize("problem", [SPHERE, SADDLE], ids=str)
def test_the_change_keeps_its_length_on_a_curved_surface(problem, generator):
    """`eq-analogy`"""
    a, b, c = (problem.sample(4, generator) for _ in range(3))
    centre = problem.sample(1, generator)
    a, b, c = (centre + 0.2 * (z - centre) for z in (a, b, c))
    found = analogy(problem.metric, a, b, c, shooting=True, rtol=1e-8)
    torch.testing.assert_close(
        distance(problem.metric, c, found.transported, n_segments=100),
        distance(problem.metric, a, b, n_segments=100),
        rtol=1e-4,
        atol=0,
    )
    assert (found.difference > 0).all()


def test_on_a_sphere_the_answer_is_the_rotated_one():
    """Along the equator transport is the rotation about the axis, which carries a, b to c, d."""
    a, b, c = points(math.pi / 2, 0), points(1.0, 0.3), points(math.pi / 2, 0.8)
    found = analogy(SPHERE.metric, a, b, c, shooting=True, rtol=1e-8, n_segments=100)
    torch.testing.assert_close(found.transported, points(1.0, 1.1), rtol=0, atol=1e-5)
    assert found.relative < 1e-4  # longitude is the rotation's own coordinate
    other = analogy(PullbackMetric(stereographic), points(1, 0), points(1, 0.5), points(0.0, 1.0))
    assert other.relative > 0.1


def test_the_transported_answer_does_not_depend_on_the_coordinates():
    a, b, c = points(0.2, 0.1), points(0.6, -0.2), points(0.1, 0.7)

    def change(y):
        return torch.stack([y[..., 0] + 0.3 * y[..., 1] ** 2, y[..., 1]], dim=-1)

    def back(z):
        return torch.stack([z[..., 0] - 0.3 * z[..., 1] ** 2, z[..., 1]], dim=-1)

    here = analogy(SADDLE.metric, a, b, c)
    moved = PullbackMetric(lambda y: SADDLE.immersion(change(y)))
    there = analogy(moved, back(a), back(b), back(c))
    torch.testing.assert_close(change(there.transported), here.transported, rtol=0, atol=2e-3)
    assert (change(there.arithmetic) - here.arithmetic).norm() > 0.05


def test_an_octant_of_the_sphere_turns_vectors_by_a_right_angle():
    """`eq-holonomy`"""
    octant = points((0, 0), (1, 0), (0, 1))
    turn = loop_turn(PullbackMetric(stereographic), octant, n_segments=100)
    assert turn.converged
    assert turn.angle.item() == pytest.approx(math.pi / 2, abs=1e-3)
    torch.testing.assert_close(turn.matrix @ turn.matrix.mT, torch.eye(2, dtype=torch.float64))
    back = loop_turn(PullbackMetric(stereographic), octant.flip(0), n_segments=100)
    assert back.angle.item() == pytest.approx(math.pi / 2, abs=1e-3)


def test_a_hyperbolic_triangle_turns_by_what_its_angles_lack():
    """`eq-holonomy`: pi less the three angles, which the hyperbolic law of cosines gives."""
    corners = points((0, 1), (0.8, 1), (0.4, 1.6))
    turn = loop_turn(HALF_PLANE.metric, corners, n_segments=100)
    sides = HALF_PLANE.distance(corners, corners.roll(-1, 0))
    opposite = sides.roll(-1)
    third = sides.roll(-2)
    cosines = (third.cosh() * sides.cosh() - opposite.cosh()) / (third.sinh() * sides.sinh())
    assert turn.angle.item() == pytest.approx(math.pi - cosines.acos().sum().item(), abs=1e-3)


def test_a_way_there_and_back_turns_nothing(generator):
    corners = TWO_SPHERES.sample(6, generator).reshape(3, 2, 4)
    turn = loop_turn(TWO_SPHERES.metric, corners)
    assert turn.matrix.shape == (3, 4, 4)
    assert turn.angle.max() < 1e-6


def test_in_a_product_only_the_planes_of_the_loop_are_turned():
    """`eq-holonomy`: an octant in the first of two spheres turns by a right angle, the second not at all."""

    def product(z):
        return torch.cat([stereographic(z[..., :2]), stereographic(z[..., 2:])], dim=-1)

    corners = torch.cat([points((0, 0), (1, 0), (0, 1)), torch.full((3, 2), 0.3).double()], dim=-1)
    turn = loop_turn(PullbackMetric(product), corners, n_segments=100)
    assert turn.angle.item() == pytest.approx(math.pi / 2, abs=1e-3)
    torch.testing.assert_close(turn.matrix[2:, 2:], torch.eye(2).double(), rtol=0, atol=1e-6)


def test_the_method_of_a_loop_hardly_matters():
    corners = points((0.2, 0.1), (1.0, 0.3), (0.5, 1.1))
    angles = [
        loop_turn(HYPERBOLIC_PARABOLOID.metric, corners, n_segments=100, method=name).angle.item()
        for name in ("projection", "ode")
    ]
    assert angles[0] == pytest.approx(angles[1], rel=1e-2)
    assert angles[0] > 0.01


def saddle_encoder(x):
    return x[..., :2].clone()


def test_the_document_s_algorithms_come_near_with_many_steps():
    """`eq-shao-transport`, `eq-shao-shooting`: first order in the step."""
    a, b, c = points(0.1, 0.0), points(0.3, 0.2), points(0.0, 0.3)
    exact = analogy(SADDLE.metric, a, b, c)
    found = [
        shao_analogy(SADDLE.metric, SADDLE.immersion, saddle_encoder, a, b, c, n_segments=n) for n in (10, 80)
    ]
    errors = [(each.transported - exact.transported).norm().item() for each in found]
    assert errors[1] < errors[0] / 4
    assert errors[0] < 0.1 * (b - a).norm()


def test_on_a_plane_the_document_s_algorithms_are_exact(generator):
    J = torch.randn(7, 2, dtype=torch.float64, generator=generator)
    inverse = torch.linalg.pinv(J)
    a, b, c = torch.randn(3, 5, 2, dtype=torch.float64, generator=generator)
    metric = PullbackMetric(lambda z: z @ J.T)
    found = shao_analogy(metric, lambda z: z @ J.T, lambda x: x @ inverse.T, a, b, c)
    assert found.converged.all()
    assert found.relative.max() < 1e-6
    torch.testing.assert_close(found.edit, ((b - a) @ J.T).norm(dim=-1))


def test_what_is_no_analogy_and_no_loop_is_refused():
    z = points(0, 1)
    with pytest.raises(ValueError, match="metric: got MetricField, expected one with features"):
        analogy(MetricField(HALF_PLANE.matrix), z, z + 1, z)
    with pytest.raises(ValueError, match="corners: got shape"):
        loop_turn(HALF_PLANE.metric, z[None])
