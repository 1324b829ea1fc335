"""Activations with their first and second derivatives, against those of torch."""

import pytest
import torch
from pullback.maps.activations import ACTIVATIONS
from torch import nn

LAYERS = [
    nn.Tanh(),
    nn.Sigmoid(),
    nn.ELU(alpha=0.7),
    nn.Softplus(beta=2.0, threshold=1.0),
    nn.SiLU(),
    nn.GELU(),
    nn.GELU(approximate="tanh"),
    nn.ReLU(),
    nn.LeakyReLU(0.2),
]


def test_every_activation_of_the_table_is_tested_here():
    assert {type(layer) for layer in LAYERS} == set(ACTIVATIONS)


@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_slope_and_bend_are_the_derivatives(layer):
    a = torch.linspace(-4, 4, 41, dtype=torch.float64)[:-1].requires_grad_()
    y, slope, bend = ACTIVATIONS[type(layer)](layer, a, True)
    expected = layer(a)
    (first,) = torch.autograd.grad(expected.sum(), a, create_graph=True)
    second = torch.zeros_like(a)
    if first.requires_grad:
        (second,) = torch.autograd.grad(first.sum(), a)
    torch.testing.assert_close(y, expected)
    torch.testing.assert_close(slope, first)
    torch.testing.assert_close(bend, second)


@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_the_bend_is_computed_only_where_it_is_asked_for(layer):
    a = torch.linspace(-2, 2, 5, dtype=torch.float64)
    y, slope, bend = ACTIVATIONS[type(layer)](layer, a, False)
    assert bend is None
    whole = ACTIVATIONS[type(layer)](layer, a, True)
    assert torch.equal(y, whole[0])
    assert torch.equal(slope, whole[1])
