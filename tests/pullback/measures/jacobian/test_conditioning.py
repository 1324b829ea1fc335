"""Rank, condition and magnitude of a Jacobian whose singular values are known."""

import math

import pytest
import torch
from problems import COMPLEX_PARABOLA, FISHER_RAO, SURFACES, SWISS_ROLL, generator, normal
from pullback import PullbackMetric
from pullback.measures.jacobian.conditioning import jacobian_conditioning, jacobian_rank, percentiles
from small_networks import network

DOUBLE = torch.float64


def test_ranks_count_the_singular_values_above_each_tolerance():
    """`eq-jacobian-rank` with singular values 10, 1 and 0.01."""
    A = torch.linalg.qr(normal(8, 3)).Q * torch.tensor([10.0, 1.0, 0.01], dtype=DOUBLE)
    ranks = jacobian_rank(PullbackMetric(lambda z: z @ A.mT), normal(2, 3), torch.tensor([1e-4, 1e-2, 0.5]))
    assert ranks.tolist() == [[3, 2, 1]] * 2


def test_a_dead_unit_costs_a_rank_at_every_tolerance():
    metric = PullbackMetric(lambda z: torch.stack([z[..., 0], z[..., 1].relu(), z[..., 2]], dim=-1))
    z = torch.tensor([[1.0, 1.0, 1.0], [1.0, -1.0, 1.0]], dtype=DOUBLE)
    assert jacobian_rank(metric, z, torch.tensor([1e-12])).tolist() == [[3], [2]]


def test_the_swiss_roll_stretches_along_one_axis_only():
    """`eq-condition-number`: its metric is diag(1 + t^2, 1)."""
    z = SWISS_ROLL.sample(50, generator())
    measured = jacobian_conditioning(SWISS_ROLL.metric, z)
    expected = (1 + z[:, 0] ** 2).log()
    torch.testing.assert_close(measured.log_det, expected)
    torch.testing.assert_close(measured.log_kappa, expected / 2)


def test_a_conformal_chart_is_perfectly_conditioned_however_much_it_stretches():
    z = COMPLEX_PARABOLA.sample(50, generator())
    measured = jacobian_conditioning(COMPLEX_PARABOLA.metric, z)
    torch.testing.assert_close(measured.log_kappa, torch.zeros(50, dtype=torch.float64), atol=1e-12, rtol=0)
    torch.testing.assert_close(measured.log_det, 2 * (1 + 4 * z.square().sum(-1)).log())
    assert measured.log_det.min() < 1 < measured.log_det.max()


@pytest.mark.parametrize("surface", SURFACES, ids=str)
def test_magnitude_and_conditioning_are_those_of_the_metric_known_in_closed_form(surface):
    z = surface.sample(12, generator()).reshape(3, 4, surface.d)
    measured = jacobian_conditioning(surface.metric, z)
    eigenvalues = torch.linalg.eigvalsh(surface.matrix(z))
    assert measured.log_det.shape == (3, 4)
    torch.testing.assert_close(measured.log_det, surface.matrix(z).logdet(), rtol=1e-9, atol=1e-9)
    kappa = (eigenvalues[..., -1] / eigenvalues[..., 0]).sqrt()
    torch.testing.assert_close(measured.log_kappa.exp(), kappa, rtol=1e-9, atol=1e-9)


def test_a_metric_without_immersion_is_measured_by_its_eigenvalues():
    z = FISHER_RAO.sample(20, generator())
    measured = jacobian_conditioning(FISHER_RAO.metric, z)
    torch.testing.assert_close(measured.log_kappa, torch.full((20,), math.log(2) / 2, dtype=torch.float64))
    torch.testing.assert_close(measured.log_det, math.log(2) - 4 * z[:, 1].log())


def test_conditioning_is_told_beyond_the_square_root_of_rounding():
    """The metric would lose these: its condition number is the square, 1e22."""
    stretch = torch.tensor([[1.0, 0.0], [0.0, 1e-11], [0.0, 0.0]], dtype=torch.float64)
    measured = jacobian_conditioning(
        PullbackMetric(lambda z: z @ stretch.mT), torch.zeros(1, 2, dtype=torch.float64)
    )
    assert measured.log_kappa.item() == pytest.approx(11 * math.log(10), rel=1e-6)


def test_a_map_that_loses_rank_has_no_finite_condition_number():
    measured = jacobian_conditioning(
        PullbackMetric(lambda z: z[..., :1].expand(*z.shape[:-1], 3)), torch.zeros(1, 2, dtype=torch.float64)
    )
    assert measured.log_kappa.item() > 30
    assert measured.log_det.item() < -60


def test_a_unit_of_the_latent_space_shifts_the_magnitude_and_leaves_the_conditioning():
    f, z = network(), torch.randn(30, 2, generator=generator(), dtype=torch.float64)
    one = jacobian_conditioning(PullbackMetric(f), z)
    other = jacobian_conditioning(PullbackMetric(lambda w: f(3 * w)), z / 3)
    torch.testing.assert_close(other.log_det, one.log_det + 4 * math.log(3))
    torch.testing.assert_close(other.log_kappa, one.log_kappa, rtol=1e-9, atol=1e-9)


def test_percentiles_of_a_ramp_are_its_places():
    ramp = torch.linspace(0, 10, 101, dtype=torch.float64).reshape(1, 101)
    assert percentiles(ramp) == pytest.approx([0, 0.5, 5, 9.5, 10])
