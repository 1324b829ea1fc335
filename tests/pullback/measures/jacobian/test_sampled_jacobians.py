"""Random Jacobians, whose mean metric and spread are known."""

import pytest
import torch
from problems import generator, normal
from pullback.measures.jacobian.sampled_jacobians import (
    average_metric,
    gaussian_decoder_jacobians,
    relative_metric_variance,
    volume_gap,
)
from torch import nn
from torch.func import jacfwd, vmap

# torch compiles its forward-mode rules on their first use by a function that it calls deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


def test_a_certain_metric_has_no_gap_and_an_uncertain_one_a_positive_one():
    """`eq-volume-gap`; Jensen's inequality for the concave logarithm of the volume."""
    J = normal(1, 3, 6, 2)
    assert volume_gap(J.expand(5, -1, -1, -1)).abs().max() < 1e-9
    assert (volume_gap(J + normal(500, 3, 6, 2)) > 0).all()


@pytest.mark.parametrize(("d", "gap"), [(1, 5**0.5 / 2), (2, 1.0), (3, 5**1.5 / 14), (4, 25 / 41)])
def test_from_three_dimensions_on_the_volume_of_the_mean_metric_may_be_below_the_mean_volume(d, gap):
    """`eq-volume-gap`: G = t I with t of 1 and 9, whose volumes are t^(d / 2)."""
    J = torch.tensor([1.0, 3.0], dtype=torch.float64)[:, None, None, None] * torch.eye(d).double()
    assert volume_gap(J).exp().item() == pytest.approx(gap)


@pytest.mark.parametrize("d", [1, 2, 3, 5])
def test_the_volume_of_the_mean_metric_is_above_the_geometric_mean_of_the_volumes(d):
    """`eq-volume-gap`, its second form, in every dimension."""
    J = normal(40, 20, 7, d)
    G = J.mT @ J
    assert (torch.logdet(G.mean(0)) > torch.logdet(G).mean(0)).all()


def test_the_relative_variance_of_a_metric_falls_as_one_over_its_outputs():
    J = normal(400, 2, 400, 2)
    found = relative_metric_variance(J, [25, 400])
    assert (found[0] / found[1]).item() == pytest.approx(16, rel=0.15)


def test_sampled_jacobians_of_a_decoder_have_the_expected_metric():
    mean, std = nn.Linear(2, 3).double(), nn.Sequential(nn.Linear(2, 3), nn.Softplus()).double()
    z = normal(2, 2)
    J = gaussian_decoder_jacobians(mean, std, z, 20_000, generator=generator())
    parts = [vmap(jacfwd(part))(z) for part in (mean, std)]
    expected = sum(part.mT @ part for part in parts)
    torch.testing.assert_close((J.mT @ J).mean(0), expected, rtol=0.1, atol=0.02)
    averaged = average_metric(mean, std, z, 20_001, generator=generator(), chunk=4_000)
    torch.testing.assert_close(averaged, expected, rtol=0.1, atol=0.02)
