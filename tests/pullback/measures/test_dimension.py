"""Dimensions of sets that are known, and of points whose neighbours are counted by hand."""

import math

import pytest
import torch
from problems import SPHERE, SWISS_ROLL, THREE_SPHERE, generator, normal
from pullback.measures.dimension import intrinsic_dimension

KS = [2, 6]


def test_three_points_on_a_line_by_hand():
    """`eq-intrinsic-dimension`: of 0, 1 and 3 the ratios of neighbours are 3, 2 and 3 / 2."""
    found = intrinsic_dimension(torch.tensor([[0.0], [1.0], [3.0]]))
    assert found.dimension == pytest.approx(2 / math.log(9))
    assert found.standard_error == pytest.approx(found.dimension)


def test_three_neighbours_by_hand():
    """Of 0, 1, 3 and 7: distances (1, 3, 7), (1, 2, 6), (2, 3, 4) and (4, 6, 7)."""
    found = intrinsic_dimension(torch.tensor([[0.0], [1.0], [3.0], [7.0]]), n_neighbours=3)
    ratios = (7 * 7 / 3) * (6 * 6 / 2) * (4 * 4 / (2 * 3)) * (7 * 7 / (4 * 6))
    assert found.dimension == pytest.approx(7 / math.log(ratios))
    assert (found.n, found.n_neighbours) == (4, 3)


@pytest.mark.parametrize("k", KS)
@pytest.mark.parametrize("d", [1, 2, 3, 5])
def test_a_cloud_in_a_subspace_has_the_dimension_of_the_subspace(d, k):
    x = normal(6000, d) @ torch.linalg.qr(normal(12, d, seed=1)).Q.T
    found = intrinsic_dimension(x, n_neighbours=k)
    # Edges of the cloud take a little off, the more so the more dimensions and neighbours there are.
    assert -4 * found.standard_error - 0.04 * d <= found.dimension - d <= 4 * found.standard_error


@pytest.mark.parametrize("k", KS)
@pytest.mark.parametrize("problem", [SPHERE, SWISS_ROLL, THREE_SPHERE], ids=str)
def test_a_curved_surface_has_the_dimension_of_its_latent_space(problem, k):
    x = problem.immersion(problem.sample(6000, generator()))
    assert intrinsic_dimension(x, n_neighbours=k).dimension == pytest.approx(problem.d, rel=0.06)


def test_the_dimension_has_no_unit_and_no_axes():
    x = normal(300, 3)
    turned = 7 * x @ torch.linalg.qr(normal(3, 3, seed=2)).Q + 5
    assert intrinsic_dimension(turned).dimension == pytest.approx(intrinsic_dimension(x).dimension)


def test_noise_has_all_dimensions_at_the_finest_scale_and_fewer_at_a_coarser_one():
    line = torch.linspace(0, 40, 2000, dtype=torch.float64)[:, None] * torch.eye(1, 10).double()
    x = line + 0.05 * normal(2000, 10)
    fine, coarse = (intrinsic_dimension(x, n_neighbours=k).dimension for k in (2, 60))
    assert fine > 3 > 2 > coarse > 0.9


def test_the_standard_error_is_the_spread_over_draws():
    found = [intrinsic_dimension(normal(400, 2, seed=k)) for k in range(60)]
    spread = torch.tensor([one.dimension for one in found]).std().item()
    # Two points are often one another's neighbours: their ratios are not drawn apart.
    assert 1.0 <= spread / (sum(one.standard_error for one in found) / 60) < 1.6


@pytest.mark.parametrize(
    ("x", "k", "message"),
    [
        (torch.zeros(5, 2), 2, "x: got 5 points in the place of another, expected all different"),
        (torch.zeros(2, 2), 2, r"x: got shape \(2, 2\), expected \(n, D\) with n of 3 or more"),
        (torch.zeros(5), 2, r"x: got shape \(5,\)"),
        (torch.full((5, 2), torch.nan), 2, "x: got 10 numbers that are not finite, expected none"),
        (torch.zeros(5, 2), 1, "n_neighbours: got 1, expected 2 or more"),
    ],
)
def test_points_without_neighbours_apart_are_refused(x, k, message):
    with pytest.raises(ValueError, match=message):
        intrinsic_dimension(x, n_neighbours=k)
