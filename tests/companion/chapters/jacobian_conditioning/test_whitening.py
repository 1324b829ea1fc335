"""Whitened codes, and what whitening does to magnitude and conditioning."""

import pytest
import torch
from companion.chapters.jacobian_conditioning.whitening import Whitening
from pullback import PullbackMetric
from pullback.measures.jacobian.conditioning import jacobian_conditioning
from small_networks import network


def test_whitened_codes_have_unit_covariance_and_come_back(codes):
    white = Whitening.of(codes)
    w = white.whiten(codes)
    torch.testing.assert_close(w.mean(dim=0), torch.zeros(2, dtype=torch.float64), atol=1e-12, rtol=0)
    torch.testing.assert_close(torch.cov(w.mT), torch.eye(2, dtype=torch.float64))
    torch.testing.assert_close(white.unwhiten(w), codes)


def test_whitening_shifts_the_magnitude_by_one_number_and_not_the_conditioning_so(codes):
    """`eq-whitening`."""
    f, white = network(), Whitening.of(codes)
    before = jacobian_conditioning(PullbackMetric(f), codes[:50])
    after = jacobian_conditioning(PullbackMetric(white.decoder(f)), white.whiten(codes[:50]))
    torch.testing.assert_close(after.log_det, before.log_det + torch.cov(codes.mT).logdet())
    assert white.log_det == pytest.approx(torch.cov(codes.mT).logdet().item())
    assert (after.log_kappa - before.log_kappa).abs().std() > 0.05


def test_a_round_cloud_leaves_the_conditioning_alone(codes):
    f = network()
    white = Whitening(mean=torch.ones(2).double(), factor=2.5 * torch.eye(2).double())
    before = jacobian_conditioning(PullbackMetric(f), codes[:50])
    after = jacobian_conditioning(PullbackMetric(white.decoder(f)), white.whiten(codes[:50]))
    torch.testing.assert_close(after.log_kappa, before.log_kappa, rtol=1e-8, atol=1e-10)


def test_models_that_differ_by_an_affine_change_of_codes_agree_once_whitened(codes):
    f, change = network(), torch.tensor([[0.3, 2.0], [-1.0, 0.4]], dtype=torch.float64)
    moved = codes @ change.mT + 7
    back = Whitening(mean=-torch.linalg.inv(change) @ torch.full((2,), 7.0).double(), factor=change.inverse())
    one, two = Whitening.of(codes), Whitening.of(moved)
    a = jacobian_conditioning(PullbackMetric(one.decoder(f)), one.whiten(codes[:40]))
    b = jacobian_conditioning(PullbackMetric(two.decoder(back.decoder(f))), two.whiten(moved[:40]))
    torch.testing.assert_close(a.log_det, b.log_det, rtol=1e-8, atol=1e-8)
    torch.testing.assert_close(a.log_kappa, b.log_kappa, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("points", [torch.zeros(2, 2), torch.zeros(5)], ids=str)
def test_whitening_needs_more_codes_than_dimensions(points):
    with pytest.raises(ValueError, match="codes: got shape"):
        Whitening.of(points)


def test_codes_on_a_line_cannot_be_whitened():
    line = torch.linspace(0, 1, 20, dtype=torch.float64)
    with pytest.raises(ValueError, match="singular"):
        Whitening.of(torch.stack([line, line], dim=-1))
