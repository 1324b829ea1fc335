"""A field far from the codes, beside the field near them."""

import math

import pytest
import torch
from companion.chapters.jacobian_conditioning.far_field import far_field
from problems import SPHERE
from pullback import MetricField


def test_far_from_the_codes_the_half_plane_shrinks_as_its_height_says():
    """log det = -4 log y, whatever the abscissa; the codes lie along y = 1."""
    shifted = MetricField(lambda z: torch.eye(2).double() / (z[..., 1, None, None] + 6) ** 2)
    line = torch.linspace(-5, 5, 400).double()
    field = far_field(shifted, torch.stack([line, torch.full_like(line, -5.0)], dim=-1), n=41)
    torch.testing.assert_close(field.distance, (field.map.z[..., 1] + 5), atol=0.02, rtol=0)
    assert field.off_minus_on("log_det", off=1.0) == pytest.approx(-4 * math.log(6.625 + 0.0), abs=0.15)
    assert field.off_minus_on("log_kappa") == pytest.approx(0, abs=1e-12)
    medians = field.medians("log_det", torch.tensor([-0.1, 0.1, 2.9, 3.1]).double())
    assert medians[[0, 2]].tolist() == pytest.approx([0, -4 * math.log(4)], abs=1e-6)


def test_a_field_without_far_points_has_nothing_to_compare():
    codes = far_field(SPHERE.metric, torch.zeros(1, 2).double(), n=21).map.z.reshape(-1, 2)
    with pytest.raises(ValueError, match="off: got 0 points beyond"):
        far_field(SPHERE.metric, codes, n=21).off_minus_on("log_det")
