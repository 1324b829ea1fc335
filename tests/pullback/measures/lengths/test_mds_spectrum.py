"""Classical scaling of spaces whose eigenvalues are known in closed form."""

import math

import pytest
import torch
from problems import SPHERE
from pullback.measures.lengths.distance_matrices import (
    euclidean_distances,
    flat_torus_distances,
    great_circle_distances,
)
from pullback.measures.lengths.mds_spectrum import mds_embedding, mds_spectrum


def even_points(n, periods=1):
    """Equally spaced points of a circle or of a torus of two circles."""
    t = torch.arange(n, dtype=torch.float64) / n
    return t[:, None] if periods == 1 else torch.cartesian_prod(t, t)


def fibonacci_sphere(n):
    """Points that cover the sphere evenly."""
    i = torch.arange(n, dtype=torch.float64) + 0.5
    height, turn = 1 - 2 * i / n, math.pi * (1 + 5**0.5) * i
    ring = (1 - height**2).sqrt()
    return torch.stack([ring * turn.cos(), ring * turn.sin(), height], dim=-1)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=["double", "single"])
def test_a_cloud_in_32_dimensions_has_exactly_32_positive_eigenvalues_and_no_negative_one(dtype, generator):
    """`eq-classical-scaling`"""
    spectrum = mds_spectrum(euclidean_distances(torch.randn(400, 32, generator=generator).to(dtype)))
    assert spectrum.positive_count() == 32
    assert spectrum.negative_count() == 0
    assert spectrum.sign_change() == 401
    assert spectrum.top_share(32).item() == pytest.approx(1, abs=1e-4)
    assert spectrum.negative_share < 1e-4


def test_the_eigenvalues_of_a_cloud_are_those_of_its_scatter(generator):
    """`eq-classical-scaling`"""
    x = torch.randn(50, 3, dtype=torch.float64, generator=generator)
    scatter = torch.linalg.svdvals(x - x.mean(0)).square()
    torch.testing.assert_close(mds_spectrum(euclidean_distances(x)).eigenvalues[:3], scatter)


@pytest.mark.parametrize("circles", [1, 2], ids=["circle", "torus"])
def test_a_circle_and_a_flat_torus_have_a_third_of_negative_eigenvalues_though_they_are_flat(circles):
    """theta^2 = pi^2 / 3 + 4 sum (-1)^m cos(m theta) / m^2: even m are negative, odd ones positive."""
    spectrum = mds_spectrum(flat_torus_distances(even_points(400 if circles == 1 else 30, circles)))
    assert spectrum.min_over_max.item() == pytest.approx(-1 / 4, abs=4e-3)
    assert spectrum.negative_share.item() == pytest.approx(1 / 3, abs=4e-3)
    assert spectrum.top_share(2 * circles).item() == pytest.approx(8 / math.pi**2, abs=4e-3)


def test_the_sphere_has_the_eigenvalues_of_funk_and_hecke():
    """theta^2 against P_1 and P_2: pi^2 / 16 n three times, and -n / 9 five times."""
    spectrum = mds_spectrum(great_circle_distances(fibonacci_sphere(600)))
    first, last = spectrum.eigenvalues[:3] / 600, spectrum.eigenvalues[-5:] / 600
    torch.testing.assert_close(first, torch.full_like(first, math.pi**2 / 16), rtol=5e-3, atol=0)
    torch.testing.assert_close(last, torch.full_like(last, -1 / 9), rtol=5e-3, atol=0)
    assert spectrum.min_over_max.item() == pytest.approx(-16 / (9 * math.pi**2), rel=5e-3)


def test_a_small_patch_of_the_sphere_looks_flat_though_its_curvature_is_that_of_the_whole(generator):
    centre = torch.tensor([1.2, 0.3], dtype=torch.float64)
    z = centre + 0.05 * torch.randn(100, 2, dtype=torch.float64, generator=generator)
    patch = mds_spectrum(SPHERE.distance(z[:, None], z[None]).fill_diagonal_(0))
    whole = mds_spectrum(great_circle_distances(fibonacci_sphere(100)))
    assert patch.negative_share < 0.01 * whole.negative_share
    assert patch.negative_count() > 0


def test_rescaling_sets_the_mean_square_and_keeps_all_ratios(generator):
    d = flat_torus_distances(torch.rand(40, 3, dtype=torch.float64, generator=generator))
    plain, scaled = mds_spectrum(d), mds_spectrum(d, mean_square=72.97)
    pairs = d[torch.triu_indices(40, 40, 1).unbind()]
    assert plain.mean_square.item() == pytest.approx(pairs.square().mean().item())
    assert scaled.eigenvalues.sum().item() == pytest.approx(39 / 2 * 72.97)
    torch.testing.assert_close(scaled.mean_square, plain.mean_square)
    for name in ("min_over_max", "negative_share"):
        torch.testing.assert_close(getattr(scaled, name), getattr(plain, name))
    assert scaled.sign_change() == plain.sign_change()


def test_the_counts_split_the_spectrum_at_its_sign_change(generator):
    spectrum = mds_spectrum(flat_torus_distances(torch.rand(60, 5, dtype=torch.float64, generator=generator)))
    values, change = spectrum.eigenvalues, int(spectrum.sign_change())
    assert (values.diff() <= 0).all()
    assert values[change - 1] < 0
    assert values[change - 2] > -1e-12
    assert spectrum.positive_count() + spectrum.negative_count() == 59
    assert spectrum.positive_count(0.1) < spectrum.positive_count()


def test_matrices_are_measured_in_batches(generator):
    d = torch.stack([euclidean_distances(torch.randn(10, k, generator=generator).double()) for k in (2, 5)])
    spectrum = mds_spectrum(d)
    assert spectrum.positive_count().tolist() == [2, 5]
    torch.testing.assert_close(spectrum.eigenvalues[1], mds_spectrum(d[1]).eigenvalues)
    assert mds_embedding(d, 2).shape == (2, 10, 2)


def test_an_embedding_of_a_flat_cloud_keeps_its_distances(generator):
    """`eq-classical-scaling`"""
    d = euclidean_distances(torch.randn(30, 3, dtype=torch.float64, generator=generator))
    x = mds_embedding(d, 3)
    torch.testing.assert_close(euclidean_distances(x), d)
    assert (x.norm(dim=0).diff() < 0).all()
    torch.testing.assert_close(x.mean(0), torch.zeros(3, dtype=torch.float64))
    torch.testing.assert_close(mds_embedding(d, 7)[:, 3:].abs().max(), d.new_zeros(()), atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mds_spectrum(1 - torch.eye(3), mean_square=0), "mean_square: got 0"),
        (lambda: mds_embedding(1 - torch.eye(3), 4), "dim: got 4, expected 1 to 3"),
    ],
    ids=["scale", "dim"],
)
def test_what_makes_no_spectrum_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
