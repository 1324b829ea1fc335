"""Walks along eigenvectors of metrics whose eigenvectors are known."""

import math

import pytest
import torch
from companion.chapters.near_zero_curvature.eigenvector_walk import eigenvector_walk, walk
from problems import CONE, HYPERBOLIC_PARABOLOID, PLANE, SPHERE, TORUS
from pullback import EuclideanMetric, curve_length


def points(*rows):
    return torch.tensor(rows, dtype=torch.float64)


def test_round_a_cone_the_gain_is_that_of_an_arc_over_its_chord():
    """`eq-length-ratio`: at the distance 3 from the tip, angles are stretched by 1.5, more than heights."""
    found = eigenvector_walk(CONE.metric, points((3, 0.4)), 0.8, n_segments=200)
    torch.testing.assert_close(found.path[0, :, 0], torch.full((41,), 3, dtype=torch.float64))
    half = 0.5 * 0.8
    assert found.gain.item() == pytest.approx(half / math.sin(half) - 1, rel=1e-4)
    assert found.readings() == {"gain": found.gain, "converged": 1}
    assert found.condition.item() == pytest.approx(1.5**2)


def test_along_a_meridian_of_the_sphere_there_is_nothing_to_gain():
    found = eigenvector_walk(SPHERE.metric, points((1.0, 0.2), (2.0, 0.3)), 0.4)
    assert found.gain.abs().max() < 1e-8
    torch.testing.assert_close(found.path[..., 1], points((0.2,), (0.3,)).expand(2, 41))


@pytest.mark.parametrize("unit", ["latent", "riemannian"])
def test_the_field_of_the_saddle_keeps_to_its_hyperbola(unit):
    """G = I + s s^T with s = grad(x^2 - y^2): the flow of s conserves x y."""
    path = walk(HYPERBOLIC_PARABOLOID.metric, points((1, 1), (0.5, -2)), 0.7, unit=unit, n_steps=200)
    products = path[..., 0] * path[..., 1]
    torch.testing.assert_close(products, points((1,), (-1,)).expand_as(products), rtol=1e-5, atol=0)


def test_the_straight_walk_keeps_to_the_line_of_its_first_eigenvector():
    z = points((1, 1))
    path = walk(HYPERBOLIC_PARABOLOID.metric, z, 0.7, follow=False)
    direction = points((1, -1)) / math.sqrt(2)
    off = (path - z) - ((path - z) @ direction.T) * direction
    assert off.abs().max() < 1e-12
    assert (path[0, -1] - path[0, 0]).norm().item() == pytest.approx(1.4)


@pytest.mark.parametrize("both_ways", [True, False])
def test_a_riemannian_step_is_the_length_of_the_walk(both_ways):
    path = walk(
        HYPERBOLIC_PARABOLOID.metric, points((1, 1)), 0.5, unit="riemannian", both_ways=both_ways, n_steps=100
    )
    length = curve_length(HYPERBOLIC_PARABOLOID.metric, path).item()
    assert length == pytest.approx(1.0 if both_ways else 0.5, rel=1e-3)


def test_a_straight_riemannian_step_is_measured_at_its_point():
    path = walk(PLANE.metric, points((0.3, 0.1)), 0.5, unit="riemannian", follow=False)
    torch.testing.assert_close(curve_length(PLANE.metric, path), points(1.0))


def test_the_walk_runs_through_its_point_in_the_middle_or_from_it():
    z = TORUS.sample(6, torch.Generator().manual_seed(1)).reshape(2, 3, 2)
    both = walk(TORUS.metric, z, 0.2, n_steps=5)
    assert both.shape == (2, 3, 11, 2)
    torch.testing.assert_close(both[..., 5, :], z)
    one = walk(TORUS.metric, z, 0.2, n_steps=5, both_ways=False)
    assert one.shape == (2, 3, 6, 2)
    torch.testing.assert_close(one[..., 0, :], z)


def test_the_smallest_eigenvector_is_orthogonal_to_the_largest():
    z = points((1, 1))
    ways = [
        walk(HYPERBOLIC_PARABOLOID.metric, z, 1e-3, direction=name).diff(dim=-2)[0, 0]
        for name in ("largest", "smallest")
    ]
    assert abs(ways[0] @ ways[1]) / (ways[0].norm() * ways[1].norm()) < 1e-2


def test_the_largest_eigenvector_is_the_worst_direction_of_the_cone(generator):
    z = points((3, 0)).expand(40, 2)
    worst = eigenvector_walk(CONE.metric, z[:1], 0.8).gain
    other = eigenvector_walk(CONE.metric, z, 0.8, direction="random", generator=generator)
    assert 0 < other.gain.mean() < worst
    best = eigenvector_walk(CONE.metric, z[:1], 0.8, direction="smallest").gain
    assert best.item() == pytest.approx(0, abs=1e-8)


def test_random_directions_are_straight_and_repeatable(generator):
    z = torch.zeros(500, 3, dtype=torch.float64)
    path = walk(EuclideanMetric(), z, 1.0, direction="random", n_steps=2, generator=generator)
    ends = path[:, -1]
    torch.testing.assert_close(ends.norm(dim=-1), torch.ones(500, dtype=torch.float64))
    torch.testing.assert_close(ends, -path[:, 0])
    assert ends.mean(0).abs().max() < 0.1
    again = walk(
        EuclideanMetric(),
        z,
        1.0,
        direction="random",
        n_steps=2,
        generator=torch.Generator().manual_seed(0),
    )
    assert torch.equal(path, again)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"direction": "up"}, "direction: got 'up'"),
        ({"unit": "mile"}, "unit: got 'mile'"),
        ({"n_steps": 0}, "step, n_steps: got"),
        ({"direction": "random"}, "generator: got none"),
    ],
    ids=["direction", "unit", "steps", "generator"],
)
def test_walks_that_lead_nowhere_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        walk(EuclideanMetric(), torch.zeros(1, 2), 1.0, **options)
