"""Derivatives of a curve at its nodes: exact for quartics, fourth order for everything else."""

import math

import pytest
import torch
from pullback.curves.stencils import end_derivative, node_derivatives


@pytest.mark.parametrize("n", [5, 6, 9])
def test_quartics_are_differentiated_exactly_at_every_node(n):
    t = torch.arange(n, dtype=torch.float64)
    curve = torch.stack([t**4 - 3 * t**2, 2 * t**3 + t], dim=-1)
    expected = torch.stack([4 * t**3 - 6 * t, 6 * t**2 + 1], dim=-1)
    torch.testing.assert_close(node_derivatives(curve), expected, rtol=1e-11, atol=1e-10)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_of_fewer_nodes_the_polynomial_through_all_is_differentiated(n):
    t = torch.arange(n, dtype=torch.float64)
    curve = (t ** (n - 1))[:, None]
    expected = ((n - 1) * t ** (n - 2))[:, None]
    torch.testing.assert_close(node_derivatives(curve), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.convergence
def test_the_error_falls_with_the_fourth_power_of_the_distance_of_the_nodes():
    def error(n):
        t = torch.linspace(0, 2, n + 1, dtype=torch.float64)
        circle = torch.stack([t.cos(), t.sin()], dim=-1)
        expected = torch.stack([-t.sin(), t.cos()], dim=-1)
        return (node_derivatives(circle) * n / 2 - expected).abs().max()

    assert math.log2(error(20) / error(40)) == pytest.approx(4, abs=0.3)


def test_the_derivative_at_the_end_is_that_of_the_first_node_and_batches_are_loops(generator):
    curves = torch.randn(3, 2, 8, 2, dtype=torch.float64, generator=generator)
    whole = node_derivatives(curves)
    assert torch.equal(end_derivative(curves), whole[..., 0, :])
    torch.testing.assert_close(whole[1, 1], node_derivatives(curves[1, 1]))
