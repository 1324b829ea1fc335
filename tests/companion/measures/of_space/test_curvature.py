"""Curvatures and tangent angles on spheres, flat sheets and a map that loses rank."""

import math

import pytest
import torch
from companion.measures.of_space.curvature import (
    has_curvature,
    nearest_angles,
    neighbour_angle,
    scalar,
    sectional,
    sectional_data,
    tangent_angle,
    tangent_angle_geodesic,
    unit,
    walked_angles,
)
from companion.measures.of_space.survey import SurveySizes, survey
from companion.measures.space import Space
from pullback import PullbackMetric, surfaces

SIZES = SurveySizes(n_planes=2, n_scalar=4, n_segments=32, tol=1e-6)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def bowl(z):
    """A unit sphere about the origin of R^3, as a graph over the plane."""
    return torch.cat([z, (1 - z.square().sum(-1, keepdim=True)).sqrt()], dim=-1)


def surveyed(decoder, codes):
    return survey(Space(decoder, codes), sizes=SIZES, generator=seeded())


def test_on_the_unit_sphere_curvature_is_the_squared_length():
    """`eq-sectional`, `eq-scalar`"""
    s = surveyed(surfaces.SPHERE.immersion, surfaces.SPHERE.sample(12, seeded()))
    assert has_curvature(s)
    for measure in (sectional, sectional_data, scalar):
        assert measure(s).item() == pytest.approx(unit(s).item(), rel=1e-9)


def test_a_flat_sheet_has_no_curvature_and_its_tangent_space_never_turns():
    codes = torch.randn(12, 2, generator=seeded(), dtype=torch.float64)
    s = surveyed(lambda z: z * z.new_tensor([1.0, 8.0]), codes)
    for measure in (sectional, sectional_data, scalar, tangent_angle, tangent_angle_geodesic):
        assert abs(measure(s)) < 1e-5, measure.__name__


def test_the_nearest_code_is_chosen_by_the_distance_that_is_named():
    """`eq-tangent-angles`: on a sphere of two angles one is zero and one the angle between the points."""
    stretched = torch.tensor([1.0, 0.2], dtype=torch.float64)
    codes = surfaces.SPHERE.sample(12, seeded()) / stretched
    s = surveyed(lambda z: surfaces.SPHERE.immersion(z * stretched), codes)
    turned = (s.chord / 2).asin().rad2deg()  # half the angle between two points is the mean of both angles
    for distance in ("euclidean", "riemannian"):
        nearest = getattr(s, distance).clone().fill_diagonal_(torch.inf).argmin(-1)
        assert torch.allclose(nearest_angles(s, distance), turned[torch.arange(12), nearest], atol=1e-4)
    assert tangent_angle_geodesic(s) < tangent_angle(s)


def test_without_planes_there_is_no_curvature_and_without_rank_no_angle():
    codes = torch.randn(9, 3, generator=seeded(), dtype=torch.float64)
    s = surveyed(lambda z: z[..., :1] @ z.new_ones(1, 4) + 0 * z[..., 1:].sum(), codes)
    assert not has_curvature(s)
    assert tangent_angle(s).isnan()


def test_on_a_sphere_the_angle_of_a_walk_is_the_angle_of_its_chord():
    codes = 0.2 * torch.randn(30, 2, generator=seeded(), dtype=torch.float64)
    space, here, chord = Space(bowl, codes), codes[:10], 0.1
    # Of the two principal angles one is zero and one the angle between the points, 2 asin(chord / 2).
    expected = math.degrees(2 * math.asin(chord / 2)) / 2
    walked = walked_angles(space.metric, here, here.roll(1, 0), chord)
    assert walked.mean().item() == pytest.approx(expected, abs=1e-4)
    assert walked_angles(space.metric, here, here.roll(1, 0), 5.0).isnan().all()
    degrees, apart = neighbour_angle(space, torch.arange(30), torch.arange(10))
    assert degrees == pytest.approx(math.degrees(2 * math.asin(apart / 2)) / 2, rel=0.05)


def test_each_walk_has_an_angle_of_its_own():
    metric = PullbackMetric(bowl)
    here = torch.tensor([[0.0, 0.0], [0.3, 0.0]], dtype=torch.float64)
    towards = torch.tensor([[0.05, 0.0], [0.0, 0.0]], dtype=torch.float64)
    found = walked_angles(metric, here, towards, 0.3)  # twice the first way leads 0.1 far
    assert found[0].isnan()
    assert found[1].item() == pytest.approx(math.degrees(2 * math.asin(0.15)) / 2, abs=1e-4)
