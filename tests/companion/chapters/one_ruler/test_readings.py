"""The rulers of the last chapter on surfaces with known answers, and what moves when the coordinates do."""

import math

import pytest
import torch
from companion.chapters.one_ruler.invariance import COORDINATES, DISGUISES, invariance
from companion.chapters.one_ruler.material import RulerSizes
from companion.chapters.one_ruler.measures import RULERS, jackknifed
from companion.chapters.one_ruler.readings import take_rulers
from companion.chapters.one_ruler.reparametrisation import random_diffeomorphism
from companion.ledger.statistics import t_interval
from pullback import surfaces
from torch import nn

DOUBLE = torch.float64
SIZES = RulerSizes(n_planes=2, n_scalar=4, n_segments=32, tol=1e-6, n_init=4)
MANIFOLD = {"mds_negative", "bend", "sectional", "scalar", "tangent_angle_geodesic"}
MANIFOLD |= {"margin_geodesic", "label_r2"}
COORDINATE = {"length_excess", "c_hat", "log_det", "log_kappa"}


def dice(seed=0):
    return torch.Generator().manual_seed(seed)


class Surface(nn.Module):
    def __init__(self, problem):
        super().__init__()
        self.problem = problem

    def forward(self, z):
        return self.problem.immersion(z)


def points(problem, n=15):
    return problem.sample(n, dice()), torch.arange(3).repeat_interleave(n // 3)


@pytest.fixture(scope="module")
def saddle():
    codes, labels = points(surfaces.HYPERBOLIC_PARABOLOID)
    surface = Surface(surfaces.HYPERBOLIC_PARABOLOID)
    return invariance(surface, codes, labels, generator=dice(1), sizes=SIZES, n_bends=2, strength=0.8)


def test_what_belongs_to_the_manifold_stays_under_new_coordinates(saddle):
    """`eq-reparametrisation`"""
    assert set(saddle.of_the_manifold) >= MANIFOLD
    for ruler in MANIFOLD - {"tangent_angle_geodesic", "margin_geodesic"}:
        assert saddle.change(ruler, "bent") < 5e-3, ruler


def test_what_belongs_to_the_coordinates_moves_with_them(saddle):
    for ruler in COORDINATE:
        assert saddle.moves(ruler, "bent"), ruler
        assert not saddle.is_of_the_manifold(ruler)


def test_scaling_moves_the_size_of_the_metric_by_its_known_amount_and_nothing_else(saddle):
    assert {name for name in saddle.before if saddle.moves(name, "scaled")} == {"log_det"}
    moved = saddle.after["scaled"][0]["log_det"] - saddle.before["log_det"]
    assert moved == pytest.approx(-2 * math.log(3), abs=1e-9)


def test_turned_pixels_move_nothing_and_brighter_ones_only_the_size(saddle):
    assert max(saddle.change(name, "rotated") for name in saddle.before) < 1e-4
    assert {name for name in saddle.before if saddle.moves(name, "brighter")} == {"log_det"}
    assert saddle.after["brighter"][0]["log_det"] - saddle.before["log_det"] == pytest.approx(2 * math.log(3))


def test_dice_explain_no_change_where_there_is_one_plane_a_point(saddle):
    assert saddle.dice["sectional"] == 0


def test_with_more_planes_than_two_points_span_the_dice_show():
    class Bowl(nn.Module):
        def forward(self, z):
            return torch.cat([z, (z.square() * torch.tensor([1.0, 2.0, -1.0], dtype=DOUBLE)).cumsum(-1)], -1)

    codes = 0.5 * torch.randn(9, 3, generator=dice(), dtype=DOUBLE)
    found = invariance(Bowl(), codes, generator=dice(1), sizes=SIZES, n_bends=1)
    assert found.dice["sectional"] > 0.01
    assert found.dice["scalar"] == 0
    assert found.is_of_the_manifold("scalar")
    assert found.change("sectional_data", "bent") < 0.01  # geodesics leave in the same directions


def test_on_the_unit_sphere_curvature_is_the_squared_length():
    codes, labels = points(surfaces.SPHERE)
    read = take_rulers(surfaces.SPHERE.immersion, codes, labels, generator=dice(), sizes=SIZES)
    assert read["sectional"].value == pytest.approx(read.length**2, rel=1e-9)
    assert read["scalar"].value == pytest.approx(read.length**2, rel=1e-9)
    assert read["mds_negative"].value > 0
    assert read.converged == 1
    assert set(read.readings) == set(RULERS)


def test_a_flat_sheet_has_none_whatever_its_units_and_c_hat_and_conditioning_see_the_units():
    stretch = torch.tensor([1.0, 8.0], dtype=DOUBLE)
    codes = torch.randn(12, 2, generator=dice(), dtype=DOUBLE)
    read = take_rulers(lambda z: z * stretch, codes, generator=dice(), sizes=SIZES)
    flat = ("length_excess", "mds_negative", "sectional", "scalar", "bend", "tangent_angle")
    assert max(abs(read[name].value) for name in flat) < 1e-5
    assert read["log_kappa"].value == pytest.approx(math.log(8))
    assert read["log_det"].value == pytest.approx(math.log(8))
    assert read["c_hat"].value > 0.1


def test_a_cylinder_is_bent_and_not_curved():
    codes, _ = points(surfaces.CYLINDER)
    read = take_rulers(surfaces.CYLINDER.immersion, codes, generator=dice(), sizes=SIZES)
    assert read["bend"].value > 0.005
    assert read["tangent_angle"].value > 1
    assert read["sectional"].value < 1e-9
    assert read["mds_negative"].value < 1e-4


def test_what_cannot_be_read_says_why():
    codes = torch.randn(12, 1, generator=dice(), dtype=DOUBLE)
    read = take_rulers(lambda z: torch.cat([z, z**2], -1), codes, generator=dice(), sizes=SIZES)
    for name in ("sectional", "scalar", "margin", "f_gain", "calibration"):
        assert read[name].value is None
        assert read[name].reason
        assert f"{read[name]:.2f}" == read[name].reason


def test_where_the_solver_fails_nothing_is_read_off_its_curves_and_the_rest_stands():
    """A solver that may take no step solves nothing."""
    codes = surfaces.SPHERE.sample(12, dice())
    idle, done = (
        take_rulers(surfaces.SPHERE.immersion, codes, generator=dice(1), sizes=RulerSizes(max_steps=steps))
        for steps in (0, 100)
    )
    assert idle.converged < 0.5  # a few straight lines are within the tolerance as they are
    assert done.converged == 1
    for name in ("length_excess", "mds_negative", "bend", "c_hat", "sectional", "tangent_angle_geodesic"):
        assert idle[name].reason == "most geodesics were not solved"
        assert idle[name].value is None
        assert done[name].value is not None
    for name in ("tangent_angle", "log_det", "log_kappa", "rank_share"):
        assert idle[name].value == pytest.approx(done[name].value, rel=1e-12)


def test_a_coordinate_that_the_decoder_ignores_leaves_lengths_and_takes_curvature_away():
    codes = torch.randn(12, 3, generator=dice(), dtype=DOUBLE)
    read = take_rulers(lambda z: z[..., :2] @ z.new_ones(2, 5).triu(), codes, generator=dice(), sizes=SIZES)
    assert read["sectional"].value is None
    assert read["log_det"].value is None
    assert read["log_det"].reason == "the Jacobian loses rank"
    assert read["length_excess"].value == pytest.approx(0, abs=1e-6)
    assert read["rank_share"].value == pytest.approx(2 / 3)


def test_calibration_is_zero_for_errors_of_the_size_that_the_model_says():
    codes = torch.randn(12, 2, generator=dice(), dtype=DOUBLE)
    images = codes + 0.1 * torch.tensor([1.0, -1.0], dtype=DOUBLE)
    data = {"generator": dice(), "sizes": SIZES, "images": images}
    for size, expected in ((0.1, 0.0), (0.01, 2.0)):
        read = take_rulers(nn.Identity(), codes, noise=lambda z, s=size: torch.full_like(z, s), **data)
        assert read["calibration"].value == pytest.approx(expected)


def test_the_jackknife_of_a_mean_is_students_interval():
    """`eq-grouped-jackknife`"""
    values = torch.randn(7, generator=dice(), dtype=DOUBLE)
    without = (values.sum() - values) / 6
    found, known = jackknifed(values.mean().item(), without), t_interval(values.numpy())
    assert (found.value, found.low, found.high) == pytest.approx((known.mean, known.low, known.high))


@pytest.mark.parametrize("d", [2, 3, 5])
def test_new_coordinates_are_undone_and_keep_their_orientation(d):
    codes = torch.randn(50, d, generator=dice(), dtype=DOUBLE) * torch.arange(1.0, d + 1)
    bend = random_diffeomorphism(codes, strength=0.7, generator=dice(2))
    assert torch.allclose(bend.inverse(bend(codes)), codes, atol=1e-10)
    assert (torch.linalg.det(torch.func.vmap(torch.func.jacfwd(bend))(codes)) > 0).all()
    design = torch.cat([codes, codes.new_ones(50, 1)], dim=1)
    left = bend(codes) - design @ torch.linalg.lstsq(design, bend(codes)).solution
    assert left.square().sum() > 0.01 * bend(codes).square().sum()


def test_without_strength_the_coordinates_are_the_old_ones():
    codes = torch.randn(9, 2, generator=dice(), dtype=DOUBLE)
    assert torch.allclose(random_diffeomorphism(codes, strength=0.0, generator=dice())(codes), codes)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: random_diffeomorphism(torch.zeros(4, 1), strength=1.0, generator=dice()), "codes: got"),
        (lambda: random_diffeomorphism(torch.zeros(4, 2), strength=-1.0, generator=dice()), "strength: got"),
        (lambda: take_rulers(nn.Identity(), torch.zeros(3, 2), generator=dice()), "codes: got"),
        (
            lambda: take_rulers(nn.Identity(), torch.rand(9, 2), torch.zeros(8), generator=dice()),
            "labels: got",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_names_of_the_disguises_are_those_of_the_table(saddle):
    assert tuple(saddle.after) == DISGUISES
    assert set(COORDINATES) < set(DISGUISES)
