"""Straight latent lines against geodesics (`eq-length-ratio`) on surfaces where both are known."""

import math

import pytest
import torch
from problems import CYLINDER, HALF_PLANE, HYPERBOLIC_PARABOLOID, SPHERE, generator, points
from pullback.measures.lengths.length_ratio import length_ratio


def test_the_saddle_has_the_lengths_of_the_textbook():
    """`eq-length-ratio`; the straight line is 3 sqrt(37) + arsinh(6) / 2 long, two solvers say 7.627."""
    measured = length_ratio(HYPERBOLIC_PARABOLOID.metric, *points((-3, -3), (3, -3)), n_segments=200)
    straight = 3 * math.sqrt(37) + math.asinh(6) / 2
    assert measured.straight.item() == pytest.approx(straight, abs=1e-3)
    assert measured.geodesic.item() == pytest.approx(7.627, abs=1e-3)
    assert measured.ratio.item() == pytest.approx(straight / 7.627, abs=1e-3)
    assert measured.shorter.item() == pytest.approx(0.609, abs=1e-3)


def test_straight_lines_of_a_developable_chart_are_geodesics_though_the_surface_is_bent():
    z0, z1 = points((0, 0), (0.5, 1)), points((2, 1), (2.5, -1))
    measured = length_ratio(CYLINDER.metric, z0, z1)
    torch.testing.assert_close(measured.ratio, torch.ones(2, dtype=torch.float64), rtol=1e-6, atol=0)
    assert (measured.arc_chord_ratio > 1.02).all()
    assert measured.converged_share == 1


def test_the_arc_chord_ratio_of_an_arc_is_its_angle_over_its_chord():
    z0, z1 = points((math.pi / 2, 0)), points((math.pi / 2, 1.2))
    measured = length_ratio(SPHERE.metric, z0, z1, n_segments=100)
    assert measured.arc_chord_ratio.item() == pytest.approx(0.6 / math.sin(0.6), rel=1e-4)


def test_the_ratio_is_never_below_one_and_has_the_shape_of_the_pairs():
    z0, z1 = (z.reshape(2, 3, 2) for z in SPHERE.sample_pairs(6, generator()))
    ratio = length_ratio(SPHERE.metric, z0, z1).ratio
    assert ratio.shape == (2, 3)
    assert (ratio > 1 - 1e-9).all()


def test_a_metric_without_immersion_has_no_chord():
    measured = length_ratio(HALF_PLANE.metric, points((0, 1)), points((1, 1)))
    assert measured.chord is None
    assert measured.ratio.item() > 1.01
    assert set(measured.readings()) == {"saved", "largest_saved", "converged"}


def test_readings_are_the_savings_of_the_pairs_and_what_is_told_of_all_of_them():
    z0, z1 = (
        points((math.pi / 2, 0), (math.pi / 4, 0)),
        points((math.pi / 2, 1.2), (math.pi / 4, math.pi / 2)),
    )
    found = length_ratio(SPHERE.metric, z0, z1, n_segments=100).readings()
    along, across = found["saved"].tolist()  # a piece of the equator is a geodesic, one of a parallel is not
    assert along == pytest.approx(0, abs=1e-6)
    assert across == pytest.approx(1 - (math.pi / 3) / (math.pi / 2 * math.sin(math.pi / 4)), rel=1e-3)
    assert (found["largest_saved"].item(), found["converged"]) == (across, 1)


def test_a_ruler_of_no_pieces_is_refused():
    with pytest.raises(ValueError, match="refine: got 0, expected 1 or more"):
        length_ratio(SPHERE.metric, *points((1, 0), (1, 1)), refine=0)
