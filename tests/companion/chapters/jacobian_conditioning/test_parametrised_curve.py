"""The slides' parametrised path, and the diversity of a generator, where their answers are known."""

import pytest
import torch
from companion.chapters.jacobian_conditioning.diversity import diversity
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


def test_fresh_samples_of_the_same_kind_cover_as_many_as_chance_says():
    """`eq-coverage`: a real image's k neighbours are among 2 n images, half of them generated."""
    real, fresh = torch.randn(2, 1500, 3, generator=generator(), dtype=torch.float64)
    measured = diversity(fresh, real, k=5)
    assert measured.coverage == pytest.approx(1 - 2**-5, abs=0.015)
    assert measured.spread == pytest.approx(1, abs=0.05)


def test_a_collapsed_generator_has_no_spread_and_covers_next_to_nothing():
    real = torch.randn(500, 10, generator=generator(), dtype=torch.float64)
    measured = diversity(real[:1].expand(500, 10) + 1e-9, real)
    assert measured.spread < 1e-6
    assert 0 < measured.coverage < 0.1


def test_a_generator_that_knows_one_of_two_clusters_covers_half():
    real = torch.randn(1000, 2, generator=generator(), dtype=torch.float64)
    real[500:] += 100
    half = torch.randn(1000, 2, generator=generator(1), dtype=torch.float64)
    measured = diversity(half, real)
    assert measured.coverage == pytest.approx(0.5, abs=0.02)
    assert measured.spread < 0.1


def test_the_spread_is_in_units_of_the_real_images():
    real = torch.randn(100, 4, generator=generator(), dtype=torch.float64)
    assert diversity(0.25 * real, real).spread == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("generated", "k", "name"),
    [(torch.zeros(5, 3), 5, "generated"), (torch.zeros(1, 2), 5, "generated"), (torch.zeros(9, 2), 9, "k")],
)
def test_diversity_refuses_what_it_cannot_compare(generated, k, name):
    with pytest.raises(ValueError, match=f"{name}: got"):
        diversity(generated, torch.rand(9, 2, generator=generator()), k=k)
