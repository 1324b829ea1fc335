"""What moves when the coordinates do, on a saddle where it is known."""

import math

import pytest
import torch
from companion.chapters.one_ruler.invariance import COORDINATES, DISGUISES, invariance
from companion.measures.of_space.survey import SurveySizes
from companion.measures.space import Space
from pullback import surfaces
from torch import nn

DOUBLE = torch.float64
SIZES = SurveySizes(n_planes=2, n_scalar=4, n_segments=32, tol=1e-6, n_init=4)
MANIFOLD = {"mds_negative", "arc_chord_excess", "sectional", "scalar", "tangent_angle_geodesic"}
MANIFOLD |= {"margin_geodesic", "label_r2"}
COORDINATE = {"length_excess", "c_hat", "log_det", "log_kappa"}


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def saddle():
    class Saddle(nn.Module):
        def forward(self, z):
            return surfaces.HYPERBOLIC_PARABOLOID.immersion(z)

    codes, labels = surfaces.HYPERBOLIC_PARABOLOID.sample(15, seeded()), torch.arange(3).repeat_interleave(5)
    return invariance(
        Space(Saddle(), codes, labels), generator=seeded(1), sizes=SIZES, n_bends=2, strength=0.8
    )


def test_what_belongs_to_the_manifold_stays_under_new_coordinates(saddle):
    """`eq-reparametrisation`"""
    assert all(saddle.is_of_the_manifold(measure) for measure in MANIFOLD)
    for measure in MANIFOLD - {"tangent_angle_geodesic", "margin_geodesic"}:
        assert saddle.change(measure, "bent") < 5e-3, measure


def test_what_belongs_to_the_coordinates_moves_with_them(saddle):
    for measure in COORDINATE:
        assert saddle.moves(measure, "bent"), measure
        assert not saddle.is_of_the_manifold(measure)


def test_scaling_moves_the_size_of_the_metric_by_its_known_amount_and_nothing_else(saddle):
    assert {name for name in saddle.before if saddle.moves(name, "scaled")} == {"log_det"}
    moved = saddle.after["scaled"][0]["log_det"] - saddle.before["log_det"]
    assert moved == pytest.approx(-2 * math.log(3), abs=1e-9)


def test_turned_pixels_move_nothing_and_brighter_ones_only_the_size(saddle):
    assert max(saddle.change(name, "rotated") for name in saddle.before) < 1e-4
    assert {name for name in saddle.before if saddle.moves(name, "brighter")} == {"log_det"}
    assert saddle.after["brighter"][0]["log_det"] - saddle.before["log_det"] == pytest.approx(2 * math.log(3))


def test_draws_explain_no_change_where_there_is_one_plane_per_point(saddle):
    assert saddle.resampling_noise["sectional"] == 0


def test_with_more_planes_than_two_points_span_the_draws_show():
    class Bowl(nn.Module):
        def forward(self, z):
            return torch.cat([z, (z.square() * torch.tensor([1.0, 2.0, -1.0], dtype=DOUBLE)).cumsum(-1)], -1)

    codes = 0.5 * torch.randn(9, 3, generator=seeded(), dtype=DOUBLE)
    found = invariance(Space(Bowl(), codes), generator=seeded(1), sizes=SIZES, n_bends=1)
    assert found.resampling_noise["sectional"] > 0.01
    assert found.resampling_noise["scalar"] == 0
    assert found.is_of_the_manifold("scalar")
    assert found.change("sectional_data", "bent") < 0.01  # geodesics leave in the same directions


def test_the_names_of_the_disguises_are_those_of_the_table(saddle):
    assert tuple(saddle.after) == DISGUISES
    assert set(COORDINATES) < set(DISGUISES)
