"""Instruments of the chapters on surfaces where their answer is known."""

import math

import pytest
import torch
from companion.measures.controls import principal_component_decoder, untrained_copy
from companion.measures.frames import at_equal_distances
from problems import CYLINDER, HALF_PLANE, HYPERBOLIC_PARABOLOID, SPHERE, generator
from pullback import PullbackMetric, curve_length
from pullback.measures.draws import random_pairs
from pullback.measures.lengths.length_ratio import length_ratio
from torch import nn


def points(*rows):
    return torch.tensor(rows, dtype=torch.float64)


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
    assert (measured.bend > 1.02).all()
    assert measured.converged_share == 1


def test_the_bend_of_an_arc_is_its_angle_over_its_chord():
    z0, z1 = points((math.pi / 2, 0)), points((math.pi / 2, 1.2))
    measured = length_ratio(SPHERE.metric, z0, z1, n_segments=100)
    assert measured.bend.item() == pytest.approx(0.6 / math.sin(0.6), rel=1e-4)


def test_the_ratio_is_never_below_one_and_has_the_shape_of_the_pairs():
    z0, z1 = (z.reshape(2, 3, 2) for z in SPHERE.sample_pairs(6, generator()))
    ratio = length_ratio(SPHERE.metric, z0, z1).ratio
    assert ratio.shape == (2, 3)
    assert (ratio > 1 - 1e-9).all()


def test_a_metric_without_immersion_has_no_chord():
    measured = length_ratio(HALF_PLANE.metric, points((0, 1)), points((1, 1)))
    assert measured.chord is None
    assert measured.ratio.item() > 1.01


def test_a_ruler_of_no_pieces_is_refused():
    with pytest.raises(ValueError, match="refine: got 0, expected 1 or more"):
        length_ratio(SPHERE.metric, *points((1, 0), (1, 1)), refine=0)


def test_frames_cut_the_length_into_equal_parts():
    curve = points((1.0, 0.0), (1.1, 0.1), (1.5, 0.1), (1.5, 1.5))
    frames = at_equal_distances(SPHERE.metric, curve, 9)
    assert torch.equal(frames[[0, -1]], curve[[0, -1]])
    fine = at_equal_distances(PullbackMetric(lambda z: z), curve, 9)
    gaps = fine.diff(dim=0).norm(dim=-1)
    total = curve_length(PullbackMetric(lambda z: z), curve)
    assert (gaps <= total / 8 + 1e-12).all()
    torch.testing.assert_close(gaps[-4:], torch.full((4,), total.item() / 8, dtype=torch.float64))


@pytest.mark.parametrize(
    ("curve", "n", "name"), [(torch.zeros(3, 2), 1, "n_frames"), (torch.zeros(1, 3, 2), 5, "curve")]
)
def test_frames_refuse_what_is_no_film(curve, n, name):
    with pytest.raises(ValueError, match=name):
        at_equal_distances(SPHERE.metric, curve, n)


def test_pairs_are_distinct_ordered_and_repeatable():
    pairs = random_pairs(10, 45, generator=generator(3))
    assert len({tuple(pair) for pair in pairs.tolist()}) == 45
    assert (pairs[:, 0] < pairs[:, 1]).all()
    assert torch.equal(pairs, random_pairs(10, 45, generator=generator(3)))


def test_pairs_are_uniform_over_the_points():
    pairs = random_pairs(50, 600, generator=generator(1))
    counts = pairs.flatten().bincount(minlength=50)
    assert counts.min() > 8
    assert counts.max() < 42


@pytest.mark.parametrize(("n_points", "n_pairs"), [(10, 46), (10, 0), (1, 1)])
def test_more_pairs_than_there_are_is_an_error(n_points, n_pairs):
    with pytest.raises(ValueError, match="n_pairs: got"):
        random_pairs(n_points, n_pairs, generator=generator())


def test_an_untrained_copy_has_the_shape_but_not_the_weights_and_leaves_the_random_state():
    decoder = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 5)).double()
    before = torch.random.get_rng_state()
    copy, again = untrained_copy(decoder, seed=4), untrained_copy(decoder, seed=4)
    assert torch.equal(before, torch.random.get_rng_state())
    assert all(
        p.shape == q.shape and p.dtype == q.dtype for p, q in zip(copy.parameters(), decoder.parameters())
    )
    assert not torch.equal(copy[0].weight, decoder[0].weight)
    assert torch.equal(copy[0].weight, again[0].weight)


def test_the_linear_control_spans_the_principal_components_and_is_flat():
    images = torch.randn(200, 12, generator=generator(), dtype=torch.float64) * torch.arange(1, 13)
    decoder = principal_component_decoder(images, 3)
    cosines = torch.linalg.svdvals(torch.linalg.qr(decoder[0].weight).Q[-3:])
    assert (cosines > 0.8).all()
    z0, z1 = torch.randn(2, 5, 3, generator=generator(1), dtype=torch.float64)
    assert length_ratio(PullbackMetric(decoder), z0, z1).shorter.abs().max() < 1e-9


def test_a_linear_control_of_too_many_dimensions_is_refused():
    with pytest.raises(ValueError, match="images: got shape"):
        principal_component_decoder(torch.zeros(4, 12), 5)
