"""Fields on the plane of codes."""

import numpy as np
import pytest
import torch
from packed_numbers import unpack
from pullback import PullbackMetric, gaussian_curvature
from pullback.exchange.fields import code_box, grid, label_field, metric_fields
from torch import nn


def test_fields_hold_the_measures_within_their_colour_range():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        decoder = nn.Sequential(nn.Linear(2, 24), nn.Tanh(), nn.Linear(24, 30)).double()
    metric = PullbackMetric(decoder.requires_grad_(False))
    points = grid((-1.0, 1.0, -0.5, 1.5), 9)
    volume, curvature = metric_fields(metric, points)
    expected = metric.log_volume(points)
    assert unpack(volume["values"]).reshape(9, 9) == pytest.approx(
        expected.clamp(volume["low"], volume["high"]).numpy(), rel=2**-11, abs=1e-6
    )
    carried = gaussian_curvature(metric, points) * expected.exp()
    assert curvature["low"] == -curvature["high"]
    assert (np.sign(unpack(curvature["values"])) == carried.sign().flatten().numpy()).all()


def test_the_densest_label_is_that_of_the_codes_beside_it(generator):
    codes = torch.randn(200, 2, generator=generator, dtype=torch.float64)
    codes[:100, 0] -= 6
    labels = torch.tensor([3] * 100 + [8] * 100)
    field = label_field(codes, labels, grid((-8.0, 2.0, -5.0, 5.0), 11))
    values = unpack(field["values"]).reshape(11, 11)
    assert [field["names"][values[5, 2]], field["names"][values[5, 8]]] == ["3", "8"]
    weight = unpack(field["weight"]).reshape(11, 11)
    assert weight[5, 2] > 10 * max(weight[0, 5], 1)


def test_the_box_is_square_and_holds_the_codes(generator):
    codes = torch.randn(1000, 2, generator=generator) * torch.tensor([3.0, 1.0])
    left, right, bottom, top = code_box(codes)
    assert right - left == pytest.approx(top - bottom)
    inside = (codes[:, 0] > left) & (codes[:, 0] < right) & (codes[:, 1] > bottom) & (codes[:, 1] < top)
    assert inside.double().mean() > 0.95
