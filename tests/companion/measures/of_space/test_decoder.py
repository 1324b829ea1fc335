"""What a decoder does at a code, read off linear maps with known singular values and known errors."""

import math

import pytest
import torch
from companion.measures.of_space.decoder import calibration, log_det, log_kappa, rank_share
from companion.measures.of_space.survey import survey
from companion.measures.space import Space
from torch import nn

CODES = torch.randn(9, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_size_and_conditioning_of_a_stretch_are_its_singular_values():
    """`eq-condition-number`: singular values 1 and 8."""
    s = survey(Space(lambda z: z * z.new_tensor([1.0, 8.0]), CODES))
    assert log_kappa(s).item() == pytest.approx(math.log(8))
    assert log_det(s).item() == pytest.approx(math.log(8))  # (0 + 2 log 8) / 2
    assert rank_share(s) == 1


def test_a_coordinate_that_the_decoder_ignores_costs_its_share_of_the_rank():
    """`eq-jacobian-rank`"""
    codes = torch.cat([CODES, CODES[:, :1].flip(0)], dim=1)
    s = survey(Space(lambda z: z[..., :2] @ z.new_ones(2, 5).triu(), codes))
    assert rank_share(s).item() == pytest.approx(2 / 3)
    assert not log_det(s).isfinite()


@pytest.mark.parametrize(("size", "expected"), [(0.1, 0.0), (0.01, 2.0)])
def test_calibration_is_zero_for_errors_of_the_size_that_the_model_says(size, expected):
    images = CODES + 0.1 * torch.tensor([1.0, -1.0], dtype=torch.float64)
    s = survey(Space(nn.Identity(), CODES, images=images, std=lambda z: torch.full_like(z, size)))
    assert calibration(s).item() == pytest.approx(expected)
