"""Sampled curvatures of spaces of constant curvature, and bends of arcs."""

import math

import pytest
import torch
from problems import (
    CLIFFORD_TORUS,
    CYLINDER,
    HALF_PLANE,
    POINCARE_BALL,
    PRODUCT_OF_CIRCLES,
    SPHERE,
    SWISS_ROLL,
    THREE_SPHERE,
    TWO_SPHERES,
)
from pullback import EuclideanMetric, MetricField, PullbackMetric
from pullback.measures.curvature.curvature_sample import (
    arc_angle,
    curvature_sample,
    data_planes,
    random_planes,
)
from pullback.measures.lengths.length_ratio import length_ratio


def constant(sample, value):
    torch.testing.assert_close(sample.scaled, torch.full_like(sample.scaled, value), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("problem", [SPHERE, THREE_SPHERE], ids=str)
@pytest.mark.parametrize("radius", [0.5, 3.0])
def test_a_sphere_of_radius_r_has_the_squared_length_over_r_squared(problem, radius, generator):
    """`eq-sectional`"""
    metric = PullbackMetric(lambda z: radius * problem.immersion(z))
    sample = curvature_sample(
        metric, problem.sample(20, generator), length=1.2, n_planes=3, generator=generator
    )
    assert sample.curvature.shape == (20, 3)
    constant(sample, (1.2 / radius) ** 2)
    assert sample.median_size == pytest.approx((1.2 / radius) ** 2)
    assert sample.readings() == {"size": pytest.approx((1.2 / radius) ** 2), "negative": 0}
    assert sample.negative_share == 0


@pytest.mark.parametrize("problem", [CYLINDER, SWISS_ROLL, CLIFFORD_TORUS, PRODUCT_OF_CIRCLES], ids=str)
def test_rolled_up_sheets_have_none(problem, generator):
    """`eq-sectional`"""
    points = problem.sample(20, generator)
    constant(curvature_sample(problem.metric, points, length=5, n_planes=2, generator=generator), 0.0)


@pytest.mark.parametrize("problem", [HALF_PLANE, POINCARE_BALL], ids=str)
def test_hyperbolic_spaces_are_negative_everywhere(problem, generator):
    points = problem.sample(6, generator)
    sample = curvature_sample(problem.metric, points, length=2.0, generator=generator)
    constant(sample, -4.0)
    assert sample.negative_share == 1


def test_every_point_may_have_its_own_length(generator):
    lengths = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    points = SPHERE.sample(3, generator)
    sample = curvature_sample(SPHERE.metric, points, length=lengths, n_planes=2, generator=generator)
    torch.testing.assert_close(sample.scaled, lengths.square()[:, None].expand(3, 2))


def test_the_mean_over_planes_is_the_scalar_curvature_over_its_number_of_planes(generator):
    """Uniform planes average to scalar / (d (d - 1)), which is 4 / 12 for two spheres."""
    z = TWO_SPHERES.sample(5, generator)
    sample = curvature_sample(TWO_SPHERES.metric, z, length=1, n_planes=2000, generator=generator, chunk=5000)
    expected = torch.full((5,), 1 / 3, dtype=torch.float64)
    torch.testing.assert_close(sample.curvature.mean(-1), expected, rtol=0, atol=0.02)
    assert (sample.quantiles(0.0, 0.5, 1.0).diff() > 0).all()


def test_planes_are_orthonormal_in_the_metric(generator):
    z = TWO_SPHERES.sample(10, generator).reshape(2, 5, 4)
    u, v = random_planes(TWO_SPHERES.metric, z, 3, generator=generator)
    G = TWO_SPHERES.matrix(z)[..., None, :, :]
    frame = torch.stack([u, v], dim=-1)
    identity = torch.eye(2, dtype=torch.float64).expand(2, 5, 3, 2, 2)
    torch.testing.assert_close(frame.mT @ G @ frame, identity)


def test_directions_are_even_in_the_metric_and_not_in_the_coordinates(generator):
    G = torch.diag(torch.tensor([100.0, 1.0, 1.0], dtype=torch.float64))
    u, _ = random_planes(
        MetricField(lambda z: G.expand(*z.shape, 3)), torch.zeros(1, 3).double(), 4000, generator=generator
    )
    shares = (G.diagonal() * u.square()).mean((0, 1))
    torch.testing.assert_close(shares, torch.full((3,), 1 / 3, dtype=torch.float64), rtol=0, atol=0.02)


def test_planes_of_the_data_join_three_different_points(generator):
    z = torch.randn(6, 3, dtype=torch.float64, generator=generator)
    u, v = data_planes(z, 200, generator=generator)
    distance = (z[:, None] - z[None]).norm(dim=-1)
    for i in range(6):
        found = [torch.isclose(w[i].norm(dim=-1)[:, None], distance[i]) for w in (u, v)]
        assert all((each.sum(-1) == 1).all() and not each[:, i].any() for each in found)
        assert not (found[0] & found[1]).any()
        assert (found[0].sum(0) > 20).sum() == 5


def test_planes_of_the_data_do_not_see_what_the_data_do_not_reach(generator):
    """A cylinder in two coordinates and a tight ball in two others, where no code lies."""
    metric = PullbackMetric(
        lambda z: torch.cat([CYLINDER.immersion(z[..., :2]), SPHERE.immersion(z[..., 2:]) / 10], dim=-1)
    )
    z = torch.cat([CYLINDER.sample(20, generator), torch.ones(20, 2).double()], dim=-1)
    planes = data_planes(z, 2, generator=generator)
    constant(curvature_sample(metric, z, length=1, planes=planes, generator=generator), 0.0)
    everywhere = curvature_sample(metric, z, length=1, n_planes=2, generator=generator)
    assert everywhere.median_size > 0.1


def test_the_order_of_the_chunks_changes_nothing(generator):
    z = TWO_SPHERES.sample(7, generator)
    seeds = (torch.Generator().manual_seed(2) for _ in range(2))
    one, many = (
        curvature_sample(TWO_SPHERES.metric, z, length=1, n_planes=3, generator=seed, chunk=chunk).curvature
        for seed, chunk in zip(seeds, (100, 4))
    )
    torch.testing.assert_close(one, many)


def test_a_decoder_of_32_latent_dimensions_is_measured(generator):
    layers = [torch.nn.Linear(32, 64), torch.nn.ELU(), torch.nn.Linear(64, 300)]
    metric = PullbackMetric(torch.nn.Sequential(*layers).double())
    z = torch.randn(40, 32, dtype=torch.float64, generator=generator)
    sample = curvature_sample(metric, z, length=1, generator=generator)
    assert sample.curvature.isfinite().all()
    assert sample.curvature.std() > 0


@pytest.mark.parametrize("angle", [0.01, 1.0, 3.0, 6.0])
def test_the_angle_of_an_arc_is_found_from_its_bend(angle):
    bend = torch.tensor(angle / 2 / math.sin(angle / 2), dtype=torch.float64)
    assert arc_angle(bend).item() == pytest.approx(angle, rel=1e-6)


def test_on_a_sphere_the_curvature_seen_from_inside_is_the_one_seen_from_outside(generator):
    z0, z1 = SPHERE.sample_pairs(10, generator)
    pairs = length_ratio(SPHERE.metric, z0, z1, n_segments=100)
    sample = curvature_sample(SPHERE.metric, z0, length=pairs.geodesic, generator=generator)
    torch.testing.assert_close(
        arc_angle(pairs.arc_chord_ratio).square(), sample.scaled[:, 0], rtol=1e-3, atol=0
    )


def test_a_cylinder_is_bent_from_outside_only(generator):
    z0, z1 = CYLINDER.sample_pairs(10, generator)
    pairs = length_ratio(CYLINDER.metric, z0, z1)
    assert arc_angle(pairs.arc_chord_ratio).mean() > 0.3
    constant(curvature_sample(CYLINDER.metric, z0, length=pairs.geodesic, generator=generator), 0.0)


def test_a_straight_path_has_no_angle_even_after_rounding():
    assert arc_angle(torch.tensor([1.0, 1 - 1e-12], dtype=torch.float64)).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"length": 0.0}, "length: got 0"),
        ({"length": 1.0, "n_planes": 0}, "n_planes: got 0"),
        ({"length": 1.0, "chunk": 0}, "chunk: got 0"),
    ],
    ids=["length", "planes", "chunk"],
)
def test_samples_that_make_no_sense_are_refused(call, message, generator):
    with pytest.raises(ValueError, match=message):
        curvature_sample(EuclideanMetric(), torch.zeros(2, 2), generator=generator, **call)


def test_a_line_has_no_planes_and_no_path_undercuts_its_chord(generator):
    with pytest.raises(ValueError, match="z: got 1 latent coordinate"):
        random_planes(EuclideanMetric(), torch.zeros(2, 1), 1, generator=generator)
    with pytest.raises(ValueError, match=r"z: got shape \(2, 2\)"):
        data_planes(torch.zeros(2, 2), 1, generator=generator)
    with pytest.raises(ValueError, match=r"arc_chord_ratio: got values down to 0\.5"):
        arc_angle(torch.tensor([0.5, 1.0]))
