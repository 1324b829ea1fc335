"""A metric scaled by a positive function."""

import pytest
import torch
from problems import HALF_PLANE, POINTS, SPHERE, generator
from pullback import ConformalMetric


def test_a_conformal_metric_scales_its_base():
    """`eq-conformal-metric`."""
    z = HALF_PLANE.sample(5, generator())
    metric = ConformalMetric(lambda z: z[..., 1] ** -2)
    torch.testing.assert_close(metric.matrix(z), HALF_PLANE.matrix(z))
    z = SPHERE.sample(5, generator())
    scaled = ConformalMetric(lambda z: 1 + z[..., 0] ** 2, SPHERE.metric)
    torch.testing.assert_close(scaled.matrix(z), (1 + z[:, 0] ** 2)[:, None, None] * SPHERE.matrix(z))
    assert not scaled.has_features


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ConformalMetric(2.0), "factor: got float, expected a callable"),
        (lambda: ConformalMetric(lambda z: z).matrix(POINTS), r"factor: got shape \(2, 2\)"),
        (lambda: ConformalMetric(lambda z: z[:, 0] - 1.1).matrix(POINTS), "factor: got values down to -0.1"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
