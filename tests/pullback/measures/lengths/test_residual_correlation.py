"""Residual cross-correlation (`eq-residual-correlation`), against closed forms, invariances and chance."""

import math

import pytest
import torch
from problems import normal
from pullback import PullbackMetric, distance
from pullback.measures.lengths.residual_correlation import (
    pairs_of,
    residual_correlation,
    same_label,
    shuffled_within,
)
from scipy import integrate

DOUBLE = torch.float64


def test_a_flat_space_in_cartesian_coordinates_has_no_residual_correlation():
    A = 3 * torch.linalg.qr(normal(7, 4)).Q
    z0, z1 = normal(2, 30, 4)
    riemannian = distance(PullbackMetric(lambda z: z @ A.mT), z0, z1)
    assert residual_correlation(riemannian, (z0 - z1).norm(dim=-1)).abs() < 1e-12


def test_a_flat_space_in_stretched_coordinates_has_some_although_it_is_flat():
    A = torch.diag(torch.tensor([1.0, 10.0], dtype=DOUBLE))
    z0, z1 = normal(2, 4000, 2)
    riemannian = distance(PullbackMetric(lambda z: z @ A), z0, z1)
    assert residual_correlation(riemannian, (z0 - z1).norm(dim=-1)) > 0.2


def test_on_a_parabola_it_is_the_number_that_quadrature_gives():
    """`eq-residual-correlation` over all pairs of points of [0, 2], with arc lengths in closed form."""

    def arc(t):
        return 0.5 * t * math.hypot(1, 2 * t) + 0.25 * math.asinh(2 * t)

    def mean_of(function):
        # Ends uniform on [0, 2]: twice the integral over s < t, divided by the square's area.
        return (
            2 * integrate.dblquad(lambda s, t: function(t - s, arc(t) - arc(s)), 0, 2, 0, lambda t: t)[0] / 4
        )

    E, M = mean_of(lambda e, m: e), mean_of(lambda e, m: m)
    covariance = mean_of(lambda e, m: (e - E) * (m - M))
    variances = mean_of(lambda e, m: (e - E) ** 2) * mean_of(lambda e, m: (m - M) ** 2)
    expected = 1 - covariance / math.sqrt(variances)

    grid = (torch.arange(150, dtype=DOUBLE) + 0.5)[:, None] / 75
    i, j = torch.triu_indices(150, 150, offset=1)
    metric = PullbackMetric(lambda z: torch.cat([z, z.square()], dim=-1))
    riemannian = distance(metric, grid[i], grid[j], n_segments=64, tol=1e-4)
    measured = residual_correlation(riemannian, (grid[i] - grid[j]).abs()[:, 0])
    assert expected > 0.02
    assert measured.item() == pytest.approx(expected, abs=1e-3)


def test_shift_scale_and_order_of_the_distances_do_not_matter():
    a, b = normal(2, 50).abs()
    expected = residual_correlation(a, b)
    assert torch.allclose(residual_correlation(5 * a + 1, b / 7), expected)
    assert torch.allclose(residual_correlation(a.flip(0), b.flip(0)), expected)
    assert torch.allclose(residual_correlation(b, a), expected)


def test_distances_that_have_nothing_to_do_with_each_other_score_one():
    a, b = normal(2, 100000)
    assert residual_correlation(a, b).item() == pytest.approx(1, abs=0.02)


def test_a_gap_between_classes_hides_what_happens_inside_them():
    a, b = normal(2, 20000)
    gap = (torch.arange(20000) % 2).double()
    for size in (1.0, 5.0, 20.0):
        # Two groups whose centres are `size` apart have a variance of size^2 / 4 between them.
        between = size**2 / 4
        expected = 1 - between / (1 + between)
        assert residual_correlation(a + size * gap, b + size * gap).item() == pytest.approx(
            expected, abs=0.02
        )


def test_after_a_shuffle_within_strata_only_the_gap_is_left():
    a = normal(20000)
    gap = torch.arange(20000) % 2
    exact = a + 6 * gap
    assert residual_correlation(exact, exact) < 1e-12
    shuffled = shuffled_within(exact, gap, generator=torch.Generator().manual_seed(0))
    assert residual_correlation(shuffled, exact).item() == pytest.approx(1 / 10, abs=0.01)
    assert torch.equal(shuffled[gap == 0].sort().values, exact[gap == 0].sort().values)
    alone = shuffled_within(exact, torch.zeros(20000), generator=torch.Generator().manual_seed(0))
    assert residual_correlation(alone, exact).item() == pytest.approx(1, abs=0.03)


def test_pairs_and_their_labels_come_in_one_order():
    labels = torch.tensor([0, 1, 0, 1])
    assert pairs_of(torch.arange(16).reshape(4, 4)).tolist() == [1, 2, 3, 6, 7, 11]
    assert same_label(labels).tolist() == [False, True, False, False, True, False]


def test_equal_distances_and_single_pairs_are_refused():
    with pytest.raises(ValueError, match="euclidean: got distances that are all equal"):
        residual_correlation(normal(5), torch.ones(5))
    with pytest.raises(ValueError, match="three pairs at least"):
        residual_correlation(normal(2), normal(2))
