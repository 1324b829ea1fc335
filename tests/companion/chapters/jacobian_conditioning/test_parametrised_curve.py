"""Paths of a few parameters between two codes."""

import pytest
import torch
from companion.chapters.jacobian_conditioning.parametrised_curve import parametrised_curve
from problems import HALF_PLANE, SPHERE, SWISS_ROLL, generator
from pullback import EuclideanMetric, curve_length


def test_the_parametrised_path_finds_great_circles():
    """`eq-parametrised-curve`."""
    z0 = torch.tensor([[0.7, -0.6], [1.0, 0.1]], dtype=torch.float64)
    z1 = torch.tensor([[0.8, 1.0], [0.6, 1.6]], dtype=torch.float64)
    fitted = parametrised_curve(SPHERE.metric, z0, z1, steps=300, generator=generator())
    length, exact = curve_length(SPHERE.metric, fitted.curve), SPHERE.distance(z0, z1)
    torch.testing.assert_close(length, exact, rtol=2e-3, atol=0)
    assert (curve_length(SPHERE.metric, torch.stack([z0, z1], dim=1)) < exact).all()
    assert fitted.energy[-20:].mean() < fitted.energy[:20].mean()
    assert fitted.energy[-20:].mean() == pytest.approx(exact.square().mean().item(), rel=5e-3)


def test_the_ends_of_the_path_are_exact_and_its_shape_is_that_of_the_pairs():
    z0, z1 = (z.reshape(2, 2, 2) for z in SWISS_ROLL.sample_pairs(4, generator()))
    fitted = parametrised_curve(SWISS_ROLL.metric, z0, z1, steps=5, n_points=9, generator=generator())
    assert fitted.curve.shape == (2, 2, 9, 2)
    assert torch.equal(fitted.curve[..., 0, :], z0)
    torch.testing.assert_close(fitted.curve[..., -1, :], z1)
    assert fitted.energy.shape == (5,)


def test_in_a_flat_space_the_path_stays_straight():
    z0, z1 = torch.zeros(1, 2).double(), torch.tensor([[3.0, 4.0]]).double()
    fitted = parametrised_curve(EuclideanMetric(), z0, z1, steps=200, generator=generator())
    assert curve_length(EuclideanMetric(), fitted.curve).item() == pytest.approx(5, rel=1e-4)


def test_a_metric_without_immersion_has_no_parametrised_path():
    with pytest.raises(ValueError, match="has no features"):
        parametrised_curve(HALF_PLANE.metric, torch.ones(2), 2 * torch.ones(2), generator=generator())
