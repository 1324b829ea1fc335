"""Convolutions and batch normalisation differentiated by formula."""

import torch
from convolutional_networks import Opaque
from pullback.maps.differentiated_map import DifferentiatedMap


def test_derivatives_by_formula_are_those_of_automatic_differentiation(convolutional, generator):
    z = torch.randn(5, 3, dtype=torch.float64, generator=generator)
    by_formula, automatic = (DifferentiatedMap(f) for f in (convolutional, Opaque(convolutional)))
    for mine, theirs in zip(
        by_formula.value_jacobian_and_hessian(z), automatic.value_jacobian_and_hessian(z), strict=True
    ):
        torch.testing.assert_close(mine, theirs, rtol=1e-9, atol=1e-10)
    assert by_formula.value_jacobian_and_hessian(z)[2].abs().max() > 1e-3
