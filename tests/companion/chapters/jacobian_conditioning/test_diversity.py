"""How many real images a generator covers."""

import pytest
import torch
from companion.chapters.jacobian_conditioning.diversity import diversity
from problems import generator


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
