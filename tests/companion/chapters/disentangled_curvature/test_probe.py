"""Instruments of the chapter on disentangled spaces, held against closed forms, invariances and chance."""

import math

import pytest
import torch
from companion.chapters.disentangled_curvature.probe import probe_accuracy
from companion.measures.class_path import class_kept, class_switches, path_entropy, switch_frame
from pullback import PullbackMetric, distance
from pullback.measures.curvature.tangent_angles import (
    at_image_distance,
    nearest_neighbours,
    tangent_angles,
)
from pullback.measures.jacobian.conditioning import jacobian_rank
from pullback.measures.lengths.normalised_margin import normalised_margin
from pullback.measures.lengths.residual_correlation import (
    pairs_of,
    residual_correlation,
    same_label,
    shuffled_within,
)
from scipy import integrate

DOUBLE = torch.float64


def cloud(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=DOUBLE)


def sphere(z):
    theta, phi = z.unbind(-1)
    return torch.stack([theta.sin() * phi.cos(), theta.sin() * phi.sin(), theta.cos()], dim=-1)


def rotated(angle):
    """The plane of the first two axes, turned towards the last two by one angle each."""
    A = torch.zeros(4, 2, dtype=DOUBLE)
    A[0, 0] = A[1, 1] = math.cos(angle)
    A[2, 0] = A[3, 1] = math.sin(angle)
    return A


# ---- residual cross-correlation (`eq-residual-correlation`)


def test_a_flat_space_in_cartesian_coordinates_has_no_residual_correlation():
    A = 3 * torch.linalg.qr(cloud(7, 4)).Q
    z0, z1 = cloud(2, 30, 4)
    riemannian = distance(PullbackMetric(lambda z: z @ A.mT), z0, z1)
    assert residual_correlation(riemannian, (z0 - z1).norm(dim=-1)).abs() < 1e-12


def test_a_flat_space_in_stretched_coordinates_has_some_although_it_is_flat():
    A = torch.diag(torch.tensor([1.0, 10.0], dtype=DOUBLE))
    z0, z1 = cloud(2, 4000, 2)
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
    a, b = cloud(2, 50).abs()
    expected = residual_correlation(a, b)
    assert torch.allclose(residual_correlation(5 * a + 1, b / 7), expected)
    assert torch.allclose(residual_correlation(a.flip(0), b.flip(0)), expected)
    assert torch.allclose(residual_correlation(b, a), expected)


def test_distances_that_have_nothing_to_do_with_each_other_score_one():
    a, b = cloud(2, 100000)
    assert residual_correlation(a, b).item() == pytest.approx(1, abs=0.02)


def test_a_gap_between_classes_hides_what_happens_inside_them():
    a, b = cloud(2, 20000)
    gap = (torch.arange(20000) % 2).double()
    for size in (1.0, 5.0, 20.0):
        # Two groups whose centres are `size` apart have a variance of size^2 / 4 between them.
        between = size**2 / 4
        expected = 1 - between / (1 + between)
        assert residual_correlation(a + size * gap, b + size * gap).item() == pytest.approx(
            expected, abs=0.02
        )


def test_after_a_shuffle_within_strata_only_the_gap_is_left():
    a = cloud(20000)
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
        residual_correlation(cloud(5), torch.ones(5))
    with pytest.raises(ValueError, match="three pairs at least"):
        residual_correlation(cloud(2), cloud(2))


# ---- normalised margin (`eq-normalised-margin`)


def test_the_margin_of_points_on_a_line_is_read_off():
    """`eq-normalised-margin`: hits at 1, misses at 3 or 4."""
    x = torch.tensor([0.0, 1.0, 4.0, 5.0])
    D = (x[:, None] - x).abs()
    margins = normalised_margin(D, torch.tensor([0, 0, 1, 1]))
    assert torch.allclose(margins, torch.tensor([3 / 4, 2 / 3, 2 / 3, 3 / 4]))
    assert torch.allclose(normalised_margin(10 * D, torch.tensor([0, 0, 1, 1])), margins)


def test_labels_without_meaning_have_a_margin_about_zero_or_less():
    z = cloud(400, 5)
    labels = torch.arange(400) % 2
    assert normalised_margin(torch.cdist(z, z), labels).median().abs() < 0.08


def test_a_class_of_one_point_has_no_hit():
    with pytest.raises(ValueError, match="a class of one point"):
        normalised_margin(torch.rand(3, 3), torch.tensor([0, 0, 1]))


# ---- tangent alignment (`eq-tangent-angles`)


def test_tangent_planes_of_a_sphere_turn_by_the_angle_between_its_points():
    """`eq-tangent-angles`: one angle is that of the normals, the other is zero."""
    metric = PullbackMetric(sphere)
    z0 = torch.tensor([[1.0, 0.3], [1.2, 2.0]], dtype=DOUBLE)
    z1 = z0 + torch.tensor([[0.25, 0.0], [-0.1, 0.4]], dtype=DOUBLE)
    between = torch.rad2deg((sphere(z0) * sphere(z1)).sum(-1).acos())
    angles = tangent_angles(metric, z0, z1)
    assert torch.allclose(angles[:, 0], torch.zeros(2, dtype=DOUBLE), atol=1e-5)
    assert torch.allclose(angles[:, 1], between)


def test_tangent_spaces_of_a_plane_never_turn_and_those_of_turned_planes_do_by_their_angle():
    bent = PullbackMetric(lambda z: torch.where(z[..., :1] > 0, z @ rotated(0.4).mT, z @ rotated(0.0).mT))
    left, right = -cloud(5, 2).abs(), cloud(5, 2).abs()
    assert tangent_angles(bent, left, left - 1).abs().max() < 1e-5
    assert torch.allclose(
        tangent_angles(bent, left, right), torch.full((5, 2), math.degrees(0.4), dtype=DOUBLE)
    )


def test_a_coordinate_that_hardly_matters_does_not_make_the_space_degenerate():
    A = torch.linalg.qr(cloud(9, 3)).Q * torch.tensor([1.0, 1.0, 1e-12], dtype=DOUBLE)
    assert tangent_angles(PullbackMetric(lambda z: z @ A.mT), cloud(4, 3), cloud(4, 3)).abs().max() < 1e-4


def test_the_nearest_neighbour_is_another_point():
    assert nearest_neighbours(torch.tensor([[0.0, 2, 1], [2, 0, 3], [1, 3, 0]])).tolist() == [2, 0, 0]


def test_the_walk_ends_where_the_image_has_changed_by_the_target():
    metric = PullbackMetric(sphere)
    z0 = torch.tensor([[1.0, 0.0], [0.8, 1.0]], dtype=DOUBLE)
    z1 = z0 + torch.tensor([[0.3, 0.0], [0.0, 0.5]], dtype=DOUBLE)
    found = at_image_distance(metric, z0, z1, 0.2)
    assert torch.allclose((sphere(found) - sphere(z0)).norm(dim=-1), torch.full((2,), 0.2, dtype=DOUBLE))
    assert found[0, 0].item() == pytest.approx(1 + 2 * math.asin(0.1))
    assert at_image_distance(metric, z0, z1, 1.9).isnan().all()


# ---- rank of the Jacobian (`eq-jacobian-rank`)


def test_ranks_count_the_singular_values_above_each_tolerance():
    """`eq-jacobian-rank` with singular values 10, 1 and 0.01."""
    A = torch.linalg.qr(cloud(8, 3)).Q * torch.tensor([10.0, 1.0, 0.01], dtype=DOUBLE)
    ranks = jacobian_rank(PullbackMetric(lambda z: z @ A.mT), cloud(2, 3), torch.tensor([1e-4, 1e-2, 0.5]))
    assert ranks.tolist() == [[3, 2, 1]] * 2


def test_a_dead_unit_costs_a_rank_at_every_tolerance():
    metric = PullbackMetric(lambda z: torch.stack([z[..., 0], z[..., 1].relu(), z[..., 2]], dim=-1))
    z = torch.tensor([[1.0, 1.0, 1.0], [1.0, -1.0, 1.0]], dtype=DOUBLE)
    assert jacobian_rank(metric, z, torch.tensor([1e-12])).tolist() == [[3], [2]]


# ---- paths judged by a classifier (`eq-path-entropy`)


def one_hot(classes, size=40.0):
    return size * torch.nn.functional.one_hot(torch.tensor(classes), 3).double()


def test_switches_are_counted_and_the_first_one_is_numbered_from_one():
    paths = one_hot([[0, 0, 1, 1, 2], [2, 2, 2, 2, 2], [0, 1, 0, 1, 0]])
    assert class_switches(paths).tolist() == [2, 0, 4]
    assert switch_frame(paths).tolist() == [3, 6, 2]


def test_entropy_is_zero_where_the_classifier_is_sure_and_log_of_the_classes_where_it_is_not():
    """`eq-path-entropy` over two frames."""
    assert path_entropy(one_hot([[0, 1]])).item() == pytest.approx(0, abs=1e-9)
    unsure = torch.cat([torch.zeros(1, 1, 3, dtype=DOUBLE), one_hot([[1]])], dim=1)
    assert path_entropy(unsure).item() == pytest.approx(math.log(3) / 2)


def test_the_share_of_kept_classes_is_that_of_the_label_meant():
    assert class_kept(one_hot([[0, 0, 1, 2], [1, 1, 1, 1]]), torch.tensor([0, 1])).tolist() == [0.5, 1.0]


# ---- probe


def test_a_probe_finds_what_is_there_and_nothing_where_nothing_is():
    labels = torch.arange(600) % 3
    told = cloud(600, 4) + 4 * torch.nn.functional.one_hot(labels, 4)
    accuracy = probe_accuracy(told[:400], labels[:400], told[400:], labels[400:])
    chance = probe_accuracy(cloud(400, 4), labels[:400], cloud(200, 4, seed=1), labels[400:])
    assert accuracy > 0.95
    assert abs(chance - 1 / 3) < 0.1
