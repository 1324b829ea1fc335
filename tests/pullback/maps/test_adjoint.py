"""Second derivatives of a weighted sum of outputs, by one way back."""

import pytest
import torch
from convolutional_networks import Opaque, network
from pullback.maps.differentiated_map import DifferentiatedMap
from torch import nn


@pytest.mark.parametrize("d", [1, 3, 5])
@pytest.mark.parametrize("hide", [False, True], ids=["by formula", "opaque"])
def test_weighted_second_derivatives_are_the_contracted_hessian(d, hide, generator):
    kinds = {"conv": nn.Conv2d, "transposed": nn.ConvTranspose2d, "norm": nn.BatchNorm2d, "shape": (2, 2)}
    body = network(d, **kinds)
    z = torch.randn(4, d, dtype=torch.float64, generator=generator)
    other = nn.Sequential(nn.Linear(d, 3), nn.Softplus()).double().requires_grad_(False)
    both = DifferentiatedMap(Opaque(body) if hide else body, other)
    linear = both.linearise(z)
    value, jacobian, hessian = both.value_jacobian_and_hessian(z)
    weights = torch.randn(value.shape, dtype=torch.float64, generator=generator)
    torch.testing.assert_close(linear.value, value)
    torch.testing.assert_close(linear.tangents.permute(1, 2, 0), jacobian)
    expected = torch.einsum("na,naij->nij", weights, hessian)
    torch.testing.assert_close(linear.weighted_hessian(weights), expected, rtol=1e-8, atol=1e-9)


def test_an_affine_map_has_no_second_derivatives(generator):
    plain = nn.Linear(3, 2).double().requires_grad_(False)
    z = torch.randn(4, 3, dtype=torch.float64, generator=generator)
    for f in (plain, nn.Identity()):
        linear = DifferentiatedMap(f).linearise(z)
        assert torch.equal(linear.weighted_hessian(linear.value), torch.zeros(4, 3, 3).double())


def test_the_weights_of_a_hidden_network_leave_no_graph_behind(generator):
    hidden = Opaque(nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 5)).double())
    assert all(weight.requires_grad for weight in hidden.parameters())
    z = torch.randn(3, 2, dtype=torch.float64, generator=generator)
    weights = torch.randn(3, 5, dtype=torch.float64, generator=generator)
    H = DifferentiatedMap(hidden).linearise(z).weighted_hessian(weights)
    assert H.abs().min() > 0
    assert not H.requires_grad
