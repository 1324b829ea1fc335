"""Four ways from one point to another, each by what singles it out."""

import math

import pytest
import torch
from problems import SPHERE, generator, normal, points
from pullback import EuclideanMetric, PullbackMetric, curve_length, geodesic, linear_interpolation
from pullback.curves.discrete_curve import segment_lengths
from pullback.geodesics.interpolation import WAYS, interpolate


def bumpy(z):
    return torch.cat([z, (3 * z).sin(), z.square().sum(-1, keepdim=True)], dim=-1)


@pytest.mark.parametrize("how", WAYS)
def test_every_way_has_its_ends_exactly_and_a_batch_is_a_loop(how):
    z0, z1 = normal(2, 3, 2)
    metric = PullbackMetric(bumpy)
    curve = interpolate(metric, z0, z1[0], how=how, n_segments=12)
    assert curve.shape == (3, 13, 2)
    assert torch.equal(curve[:, 0], z0)
    assert torch.equal(curve[:, -1], z1[0].expand(3, 2))
    one = interpolate(metric, z0[1], z1[0], how=how, n_segments=12)
    torch.testing.assert_close(curve[1], one, rtol=1e-5, atol=1e-5)


def test_the_great_circle_has_equal_angles_and_keeps_the_radius():
    """`eq-slerp`: from (2, 0) to 2 (cos 1.2, sin 1.2)."""
    ends = points([2.0, 0.0], [2 * math.cos(1.2), 2 * math.sin(1.2)])
    curve = interpolate(EuclideanMetric(), *ends, how="slerp", n_segments=6)
    t = torch.arange(7, dtype=torch.float64) * 0.2
    torch.testing.assert_close(curve, 2 * torch.stack([t.cos(), t.sin()], -1))


def test_on_a_round_sphere_the_great_circle_is_the_geodesic():
    z0, z1 = SPHERE.sample_pairs(5, generator())
    x0, x1 = SPHERE.immersion(z0), SPHERE.immersion(z1)
    length = (interpolate(EuclideanMetric(), x0, x1, how="slerp", n_segments=400)).diff(dim=1).norm(dim=-1)
    torch.testing.assert_close(length.sum(1), SPHERE.distance(z0, z1), rtol=1e-5, atol=0)


@pytest.mark.parametrize("angle", [0.0, 1e-12, 1e-9, 1e-6, 3.14159])
def test_small_and_nearly_straight_angles_keep_their_digits(angle):
    z1 = points([math.cos(angle), math.sin(angle)])
    curve = interpolate(EuclideanMetric(), points([1.0, 0.0]), z1, how="slerp", n_segments=4)
    t = torch.arange(5, dtype=torch.float64) * angle / 4
    torch.testing.assert_close(curve[0], torch.stack([t.cos(), t.sin()], -1), rtol=1e-9, atol=1e-9)


def test_ends_in_one_direction_are_joined_by_the_straight_line():
    z0, z1 = points([1.0, 2.0]), points([3.0, 6.0])
    curve = interpolate(EuclideanMetric(), z0, z1, how="slerp", n_segments=5)
    torch.testing.assert_close(curve, linear_interpolation(z0, z1, 5))


def test_even_steps_are_on_the_straight_line_and_equally_long_in_the_metric():
    metric, (z0, z1) = PullbackMetric(bumpy), 2 * normal(2, 8, 2)
    curve = interpolate(metric, z0, z1, how="even", n_segments=10)
    across = (curve - z0[:, None]) @ torch.tensor([[0.0, 1.0], [-1.0, 0.0]], dtype=torch.float64)
    assert (across * (z1 - z0)[:, None]).sum(-1).abs().max() < 1e-12
    steps = curve_length(metric, linear_interpolation(curve[:, :-1], curve[:, 1:], 50))
    assert (steps / steps.mean(1, keepdim=True) - 1).abs().max() < 0.02
    straight = segment_lengths(metric, linear_interpolation(z0, z1, 10))
    assert (straight / straight.mean(1, keepdim=True) - 1).abs().max() > 0.3


def test_the_geodesic_is_the_shortest_of_the_four():
    metric, (z0, z1) = PullbackMetric(bumpy), normal(2, 8, 2)
    lengths = {how: curve_length(metric, interpolate(metric, z0, z1, how=how)) for how in WAYS}
    found = geodesic(metric, z0, z1)
    assert torch.equal(lengths["geodesic"], found.length)
    for how in ("linear", "slerp", "even"):
        assert (lengths["geodesic"] <= lengths[how] * 1.001).all()


def test_a_way_that_is_not_known_and_options_that_it_does_not_have_are_refused():
    flat, z = EuclideanMetric(), points([1.0, 0.0])
    with pytest.raises(ValueError, match="how: got 'sphere', expected one of 'linear', 'slerp', 'even'"):
        interpolate(flat, z, z, how="sphere")
    with pytest.raises(ValueError, match="tol: got an option that 'even' does not have, expected none"):
        interpolate(flat, z, z, how="even", tol=1e-3)
    with pytest.raises(ValueError, match="z1: got a point opposite to z0"):
        interpolate(flat, z, -z, how="slerp")
    with pytest.raises(ValueError, match="z0: got the origin"):
        interpolate(flat, 0 * z, z, how="slerp")


def test_a_geodesic_that_did_not_converge_is_told():
    with pytest.warns(UserWarning, match="interpolate: gauss-newton: 1 of 1 curves did not converge"):
        interpolate(PullbackMetric(bumpy), *normal(2, 1, 2), max_steps=0, starts="line")
