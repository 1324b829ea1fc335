"""All measures on surfaces with known answers, each with an interval or a reason."""

import math

import pytest
import torch
from companion.chapters.one_ruler.measures import IMAGES, MEASURES, by_name
from companion.chapters.one_ruler.readings import jackknifed, take_readings, values_of
from companion.ledger.statistics import t_interval
from companion.measures.of_space.survey import SurveySizes, survey
from companion.measures.space import Space
from pullback import surfaces
from pullback.measures.lengths.residual_correlation import pairs_of
from torch import nn

DOUBLE = torch.float64
SIZES = SurveySizes(n_planes=2, n_scalar=4, n_segments=32, tol=1e-6, n_init=4)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def space(problem, n=15, *, labelled=True):
    labels = torch.arange(3).repeat_interleave(n // 3) if labelled else None
    return Space(problem.immersion, problem.sample(n, seeded()), labels)


def test_on_the_unit_sphere_curvature_is_the_squared_length():
    read = take_readings(space(surfaces.SPHERE), generator=seeded(), sizes=SIZES)
    assert read["sectional"].value == pytest.approx(read.length**2, rel=1e-9)
    assert read["scalar"].value == pytest.approx(read.length**2, rel=1e-9)
    assert read["mds_negative"].value > 0
    assert read.converged == 1
    assert set(read.readings) == set(MEASURES)


def test_a_flat_sheet_has_none_whatever_its_units_and_c_hat_and_conditioning_see_the_units():
    stretch = torch.tensor([1.0, 8.0], dtype=DOUBLE)
    codes = torch.randn(12, 2, generator=seeded(), dtype=DOUBLE)
    read = take_readings(Space(lambda z: z * stretch, codes), generator=seeded(), sizes=SIZES)
    flat = ("length_excess", "mds_negative", "sectional", "scalar", "arc_chord_excess", "tangent_angle")
    assert max(abs(read[name].value) for name in flat) < 1e-5
    assert read["log_kappa"].value == pytest.approx(math.log(8))
    assert read["log_det"].value == pytest.approx(math.log(8))
    assert read["c_hat"].value > 0.1


def test_a_cylinder_is_bent_and_not_curved():
    read = take_readings(space(surfaces.CYLINDER, labelled=False), generator=seeded(), sizes=SIZES)
    assert read["arc_chord_excess"].value > 0.005
    assert read["tangent_angle"].value > 1
    assert read["sectional"].value < 1e-9
    assert read["mds_negative"].value < 1e-4


def test_what_cannot_be_read_says_why():
    codes = torch.randn(12, 1, generator=seeded(), dtype=DOUBLE)
    read = take_readings(Space(lambda z: torch.cat([z, z**2], -1), codes), generator=seeded(), sizes=SIZES)
    for name in ("sectional", "scalar", "margin", "f_gain", "calibration"):
        assert read[name].value is None
        assert read[name].reason
        assert f"{read[name]:.2f}" == read[name].reason


def test_where_the_solver_fails_nothing_is_read_off_its_curves_and_the_rest_stands():
    """A solver that may take no step solves nothing."""
    sphere = space(surfaces.SPHERE, 12, labelled=False)
    idle, done = (
        take_readings(sphere, generator=seeded(1), sizes=SurveySizes(max_steps=steps)) for steps in (0, 100)
    )
    assert idle.converged < 0.5  # a few straight lines are within the tolerance as they are
    assert done.converged == 1
    for name in (
        "length_excess",
        "mds_negative",
        "arc_chord_excess",
        "c_hat",
        "sectional",
        "tangent_angle_geodesic",
    ):
        assert idle[name].reason == "most geodesics were not solved"
        assert idle[name].value is None
        assert done[name].value is not None
    for name in ("tangent_angle", "log_det", "log_kappa", "rank_share"):
        assert idle[name].value == pytest.approx(done[name].value, rel=1e-12)


def test_a_coordinate_that_the_decoder_ignores_leaves_lengths_and_takes_curvature_away():
    codes = torch.randn(12, 3, generator=seeded(), dtype=DOUBLE)
    read = take_readings(
        Space(lambda z: z[..., :2] @ z.new_ones(2, 5).triu(), codes), generator=seeded(), sizes=SIZES
    )
    assert read["sectional"].value is None
    assert read["log_det"].value is None
    assert read["log_det"].reason == "no finite value, as where the Jacobian loses rank"
    assert read["length_excess"].value == pytest.approx(0, abs=1e-6)
    assert read["rank_share"].value == pytest.approx(2 / 3)


def test_the_jackknife_of_a_mean_is_students_interval():
    """`eq-grouped-jackknife`"""
    values = torch.randn(7, generator=seeded(), dtype=DOUBLE)
    without = (values.sum() - values) / 6
    found, known = jackknifed(values.mean().item(), without), t_interval(values.numpy())
    assert (found.value, found.low, found.high) == pytest.approx((known.mean, known.low, known.high))


def mean_chord(s):
    """Average the distances of the decoded codes."""
    return pairs_of(s.chord).mean()


def test_a_measure_joins_the_grid_in_one_line():
    more = MEASURES | by_name((mean_chord, "mean chord", "pixels", "length", 0.01))
    read = take_readings(space(surfaces.SPHERE), generator=seeded(), sizes=SIZES, measures=more)
    plain = take_readings(space(surfaces.SPHERE), generator=seeded(), sizes=SIZES)
    x = surfaces.SPHERE.immersion(space(surfaces.SPHERE).codes)
    chord = read["mean_chord"]
    assert chord.value == pytest.approx(torch.pdist(x).mean().item())
    assert chord.low < chord.value < chord.high
    assert list(read.readings) == [*MEASURES, "mean_chord"]
    assert all(read[name] == plain[name] for name in MEASURES)


def test_a_measure_that_cannot_be_taken_says_what_it_needs():
    images = (mean_chord, "mean chord", "pixels", "length", 0.01, IMAGES)
    read = take_readings(space(surfaces.SPHERE), generator=seeded(), sizes=SIZES, measures=by_name(images))
    assert f"{read['mean_chord']:.2f}" == "no image to compare with"


def test_values_without_intervals_are_those_of_the_readings():
    s = survey(space(surfaces.SPHERE), sizes=SIZES, generator=seeded())
    read = take_readings(space(surfaces.SPHERE), generator=seeded(), sizes=SIZES)
    assert values_of(s) == {name: r.value for name, r in read.readings.items() if r.value is not None}


def test_bad_codes_and_labels_are_named():
    with pytest.raises(ValueError, match="codes: got"):
        take_readings(Space(nn.Identity(), torch.zeros(3, 2)), generator=seeded())
    with pytest.raises(ValueError, match="labels: got"):
        take_readings(Space(nn.Identity(), torch.rand(9, 2), torch.zeros(8)), generator=seeded())
    with pytest.raises(ValueError, match="labels: got a class of 2, expected three codes of each"):
        take_readings(Space(nn.Identity(), torch.rand(6, 2), torch.arange(6) % 3), generator=seeded())
