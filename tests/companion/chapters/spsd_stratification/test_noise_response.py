"""Instruments of the chapter on latent tensors, where their answer is known."""

import math

import pytest
import torch
from companion.chapters.spsd_stratification.distance_choice import distances_by_choice, sample_shape
from companion.chapters.spsd_stratification.distinct_cells import distinct_cells
from companion.chapters.spsd_stratification.encoder_lipschitz import encoder_slopes
from companion.chapters.spsd_stratification.hilbert_response import (
    code_variance,
    hilbert_response,
    log_covariances,
    rebuilt_distance_error,
)
from companion.chapters.spsd_stratification.latent_tensors import latent_points, latent_tensors, noisy
from companion.chapters.spsd_stratification.noise_response import noise_response, psnr
from companion.measures.class_path import path_uncertainty
from companion.measures.displacement import displacement, mean_distance, tsne_plane
from companion.measures.posterior_collapse import (
    active_axes,
    active_channels,
    code_variances,
    kl_per_channel,
    mean_shift,
)
from companion.models import build_model
from problems import normal
from pullback import spsd
from pullback.measures.rank_thresholds import spectra

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


def spatial(name, **options):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return build_model(name, (1, 8, 8), 4 * 3, activation="relu", **options).double().eval()


def test_the_psnr_of_a_uniform_error_is_its_decibels():
    """`eq-psnr`: an error of a tenth everywhere is 20 dB, of a hundredth 40 dB."""
    x = normal(3, 20)
    torch.testing.assert_close(psnr(x + 0.1, x), torch.full((3,), 20.0, dtype=torch.float64))
    torch.testing.assert_close(psnr(x - 0.01, x), torch.full((3,), 40.0, dtype=torch.float64))
    assert psnr(x + 0.1, x, peak=10.0)[0].item() == pytest.approx(40)


def test_log_covariances_hold_the_log_euclidean_distance_on_the_product():
    T = normal(5, 4, 4, 6)
    unit, shift = code_variance(T), 1e-3
    points = log_covariances(T, epsilon=shift)
    squares = [
        spsd.pairwise_log_euclidean(spsd.shift_spectrum(S, shift * unit)).square()
        for S in spsd.mode_covariances(T)
    ]
    torch.testing.assert_close(torch.cdist(points, points), sum(squares).sqrt(), atol=1e-6, rtol=1e-7)


def test_the_unit_of_the_shift_is_the_mean_eigenvalue_of_the_channels():
    T = normal(9, 7, 7, 12) * torch.arange(1.0, 13)
    assert code_variance(T) == pytest.approx(spectra(T).unit)


def test_an_undisturbed_sample_is_at_no_angle_and_a_distance_survives_its_kernel():
    points = normal(30, 40)
    response = hilbert_response(points, points.clone(), n_axes=5)
    assert response.angles.max() < 1e-3
    K = spsd.distance_preserving_gram(response.distances[:30, :30], origin=0)
    assert rebuilt_distance_error(response.distances[:30, :30], K) < 1e-9
    kernel = spsd.exponential_kernel(response.distances[:30, :30], gamma=0.01)
    assert rebuilt_distance_error(response.distances[:30, :30], kernel) > 0.5


def test_the_angle_and_the_dimension_of_a_sample_that_leaves_its_plane_are_known():
    plane = torch.cat([normal(40, 2), torch.zeros(40, 2, dtype=torch.float64)], -1)
    plane[0] = 0
    turned = torch.cat([torch.zeros_like(plane[:, :2]), plane[:, :2]], -1)
    assert hilbert_response(plane, turned, n_axes=2).angles.tolist() == pytest.approx([90.0, 90.0])
    spread = plane + torch.cat([torch.zeros_like(plane[:, :2]), normal(40, 2, seed=3)], -1)
    four = hilbert_response(plane, spread, n_axes=2, share=0.99)
    assert four.dimension == 4
    assert spsd.numerical_dimensionality(four.gram, rtol=1e-10) == 4
    assert hilbert_response(plane, 2 * plane, n_axes=2, share=0.99).dimension == 2


def test_the_displacement_is_the_way_over_the_mean_distance():
    """`eq-displacement`: three corners of an equilateral triangle of side 2, one moved by 1."""
    clean = torch.tensor([[0.0, 0.0], [2.0, 0.0], [1.0, math.sqrt(3)]], dtype=torch.float64)
    moved = clean + torch.tensor([[0.6, 0.8], [0.0, 0.0], [0.0, 0.0]], dtype=torch.float64)
    assert displacement(clean, moved).tolist() == pytest.approx([0.5, 0.0, 0.0])
    assert mean_distance(clean) == pytest.approx(2)
    torch.testing.assert_close(displacement(9 * clean, 9 * moved), displacement(clean, moved))


def test_points_drawn_anew_are_displaced_by_about_one_spread():
    assert displacement(normal(200, 50), normal(200, 50, seed=1)).mean().item() == pytest.approx(1, abs=0.05)


def test_tsne_keeps_two_far_clusters_apart_and_repeats_itself():
    points = torch.cat([normal(25, 6), normal(25, 6, seed=1) + 30])
    plane = tsne_plane(points, perplexity=8, seed=0)
    assert plane.dtype == torch.float64
    nearest = torch.cdist(plane, plane).fill_diagonal_(math.inf).argmin(-1)
    assert ((nearest < 25) == (torch.arange(50) < 25)).all()
    assert torch.equal(plane, tsne_plane(points, perplexity=8, seed=0))


def test_the_slope_of_a_linear_encoder_is_its_norm_in_units_of_the_spreads():
    A, x = normal(3, 6), normal(15, 6, seed=1)
    slopes = encoder_slopes(lambda rows: rows @ A.T, x, n_steps=60)
    expected = torch.linalg.matrix_norm(A, 2) * mean_distance(x) / mean_distance(x @ A.T)
    torch.testing.assert_close(slopes, expected.expand(15), rtol=1e-4, atol=0)
    torch.testing.assert_close(
        encoder_slopes(lambda rows: 7 * rows @ A.T, 3 * x, n_steps=60), slopes, rtol=1e-4, atol=0
    )


def test_the_slope_is_that_of_each_image():
    x = torch.tensor([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]], dtype=torch.float64)
    slopes = encoder_slopes(lambda rows: rows.square(), x, n_steps=40)
    scale = mean_distance(x) / mean_distance(x.square())
    torch.testing.assert_close(slopes[1:], torch.tensor([2.0, 4.0], dtype=torch.float64) * scale)


def test_a_cross_fade_has_energy_one_and_a_classifier_that_knows_nothing_is_uncertain_all_the_way():
    z0, z1 = normal(6, 4), normal(6, 4, seed=1)
    blank = path_uncertainty(lambda z: 3 * z, lambda x: torch.zeros(*x.shape[:-1], 10), z0, z1)
    torch.testing.assert_close(blank.energy, torch.ones(6, dtype=torch.float64))
    torch.testing.assert_close(blank.entropy, torch.full((6,), math.log(10)), atol=1e-5, rtol=0)
    assert blank.switches.tolist() == [0] * 6


def test_a_path_that_jumps_costs_one_jump_for_each_step_and_switches_once():
    z0, z1 = torch.zeros(1, 1, dtype=torch.float64), torch.ones(1, 1, dtype=torch.float64)
    jump = path_uncertainty(
        lambda z: (z > 0.45).double(), lambda x: torch.cat([40 * x, 40 * (1 - x)], -1), z0, z1, n_frames=9
    )
    assert jump.energy.item() == pytest.approx(8)
    assert jump.switches.item() == 1
    assert jump.entropy.item() < 1e-9


def test_the_divergence_of_the_channels_adds_up_to_that_of_the_posterior(generator):
    model = spatial("vae-spatial", options={"widths": (6, 8)})
    x = torch.rand(5, 1, 8, 8, generator=generator, dtype=torch.float64)
    kl = kl_per_channel(model, x)
    assert kl.shape == (3,)
    torch.testing.assert_close(kl.sum(), model.elbo_terms(x, generator=generator).kl.mean())
    assert active_channels(torch.tensor([0.0, 0.03, 0.05, 2.0]), 4) == 2


def test_two_coordinates_that_say_the_same_are_one_active_axis(generator):
    across = torch.randn(4000, generator=generator, dtype=torch.float64)
    along = torch.randn(4000, generator=generator, dtype=torch.float64)
    same = torch.stack([across, across], -1) / 2**0.5
    turned = torch.stack([across + 0.5 * along, across - 0.5 * along], -1) / 2**0.5
    torch.testing.assert_close(code_variances(same), torch.tensor([1.0, 0.0]).double(), rtol=0.1, atol=1e-9)
    torch.testing.assert_close(code_variances(turned), torch.tensor([1.0, 0.25]).double(), rtol=0.1, atol=0)
    assert active_axes(code_variances(same)) == 1
    assert active_axes(code_variances(turned)) == 2
    assert active_axes(code_variances(across[:, None] * 0.09)) == 0


def test_means_that_ignore_the_image_do_not_move_and_others_do(generator):
    model = spatial("vae-spatial", options={"widths": (6, 8)})
    x = torch.rand(8, 1, 8, 8, generator=generator, dtype=torch.float64)
    assert mean_shift(model, x, x.clone()) == (0.0, 0.0)
    moved = mean_shift(model, x, noisy(x, 0.3, seed=1))
    assert min(moved) > 0
    assert moved[0] < mean_shift(model, x, noisy(x, 3.0, seed=1))[0]


def test_noise_has_its_standard_deviation_and_one_draw_for_all_of_them():
    x = torch.rand(50, 1, 8, 8, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    assert torch.equal(noisy(x, 0, seed=3), x)
    first = noisy(x, 0.2, seed=3) - x
    assert first.std().item() == pytest.approx(0.2, rel=0.05)
    torch.testing.assert_close(noisy(x, 0.4, seed=3) - x, 2 * first)
    assert not torch.equal(noisy(x, 0.2, seed=4), noisy(x, 0.2, seed=3))


def test_codes_of_a_vae_are_means_or_repeatable_draws_about_them(generator):
    model, x = spatial("vae-spatial"), torch.rand(4, 1, 8, 8, generator=generator, dtype=torch.float64)
    mean, std = model.encode(x)
    assert torch.equal(latent_points(model, x), mean)
    draw = latent_points(model, x, sample_seed=2)
    assert torch.equal(draw, latent_points(model, x, sample_seed=2))
    assert ((draw - mean) / std).std().item() == pytest.approx(1, abs=0.3)
    plain = spatial("cae-sctc")
    assert torch.equal(latent_points(plain, x, sample_seed=2), plain.encode(x))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: psnr(normal(2, 3), normal(2, 4)), "reconstruction: got shape"),
        (lambda: psnr(normal(2, 3), normal(2, 3), peak=0), "peak: got 0"),
        (lambda: displacement(normal(2, 3), normal(3, 3)), "disturbed: got shape"),
        (lambda: displacement(torch.ones(3, 2), torch.ones(3, 2)), "clean: got points that coincide"),
        (lambda: tsne_plane(normal(9, 2), perplexity=3, seed=0), "points: got 9, expected more than 9"),
        (lambda: hilbert_response(normal(3, 2), normal(4, 2), n_axes=1), "disturbed: got shape"),
        (lambda: encoder_slopes(lambda x: x, normal(1, 3)), "x: got shape"),
        (lambda: path_uncertainty(abs, abs, normal(2, 3), normal(3, 3)), "z1: got shape"),
        (lambda: path_uncertainty(abs, abs, normal(2, 3), normal(2, 3), n_frames=2), "n_frames: got 2"),
        (lambda: noisy(normal(2), -0.1, seed=0), "std: got -0.1"),
        (
            lambda: latent_tensors(build_model("ae-mlp", (1, 8, 8), 2), torch.zeros(1, 1, 8, 8)),
            "model: got AutoEncoder, expected one with a spatial code",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_without_noise_nothing_moves_unless_the_code_is_drawn_anew(generator):
    x = torch.rand(40, 1, 8, 8, generator=generator, dtype=torch.float64)
    settings = {"n_axes": 3, "epsilon": 1e-3, "seed": 1}
    model = spatial("vae-spatial", options={"widths": (6, 8)})
    means = noise_response(model, x, [0.0, 0.5], **settings)
    drawn = noise_response(model, x, [0.0], sampled=True, **settings)
    assert means.displacement[0] == 0
    assert means.angle[0] < 1e-2
    assert means.displacement[1] > 0
    assert means.angle[1] > means.angle[0]
    assert drawn.displacement[0] > 0.5
    assert drawn.angle[0] > 5


def test_the_response_is_of_the_images_at_each_level_and_of_as_many_points_as_asked_for(generator):
    x = torch.rand(30, 1, 8, 8, generator=generator, dtype=torch.float64)
    model = spatial("cae-sctc", options={"widths": (6, 8)})
    response = noise_response(model, x, [0.0, 0.3], n_axes=2, epsilon=1e-3, seed=4, n_points=20)
    seen = noisy(x, 0.3, seed=4)
    expected = psnr(model.decoder(model.encode(seen)), x.flatten(1)).mean().item()
    assert response.psnr[1] == pytest.approx(expected)
    assert response.points[1].shape == (20, 2 * 2**2 + 3**2)
    moved = displacement(model.encode(x), model.encode(seen)).mean().item()
    assert response.displacement[1] == pytest.approx(moved)


def test_equal_cells_count_once_and_bound_the_rank_of_the_channels():
    T = normal(3, 7, 7, 60)
    T[1, 2:4, 1:4] = T[1, 0, 0]
    T[2] = T[2, :1, :1]
    assert distinct_cells(T).tolist() == [49, 43, 1]
    assert spectra(T[:2]).ranks(1e-12)[:, 2].tolist() == [48, 42]
    assert distinct_cells(1e-5 * T).tolist() == [49, 43, 1]


def test_cells_that_see_only_black_are_equal_until_noise_tells_them_apart():
    model = build_cae()
    x = torch.zeros(1, 1, 28, 28, dtype=torch.float64)
    x[0, 0, 4:24, 20:24] = 1
    k = distinct_cells(latent_tensors(model, x)).item()
    assert k < 49
    assert spectra(latent_tensors(model, x)).ranks(1e-12)[0, 2] == k - 1
    assert distinct_cells(latent_tensors(model, noisy(x, 1e-3, seed=0))).item() == 49


def build_cae():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        options = {"bottleneck": "linear"}
        return (
            build_model("cae-sctc", (1, 28, 28), 49 * 60, activation="relu", options=options).double().eval()
        )


@pytest.mark.parametrize(("T", "resolution"), [(torch.zeros(7, 7, 3), 1e-6), (torch.zeros(1, 7, 7, 3), 0.0)])
def test_cells_of_no_block_are_refused(T, resolution):
    with pytest.raises(ValueError, match=r"T: got shape|resolution: got 0"):
        distinct_cells(T, resolution=resolution)


def test_every_distance_is_that_of_its_own_function_and_another_stratum_is_refused():
    T = normal(6, 3, 3, 12)
    apart = distances_by_choice(T, ranks=(3, 3, 8), epsilon=1e-3)
    S = spsd.mode_covariances(T)
    squares = [spsd.bonnabel_sepulchre_distance(s[0], s[1], rank=r) ** 2 for s, r in zip(S, (3, 3, 8))]
    assert apart["Bonnabel-Sepulchre"][0, 1].item() == pytest.approx(sum(squares).sqrt().item())
    squares = [spsd.affine_invariant_distance(s[:1], s[1:2]).item() ** 2 for s in S[:2]]
    assert apart["affine-invariant, S1 and S2"][0, 1].item() == pytest.approx(sum(squares) ** 0.5)
    T[4, 1] = T[4, 0]
    with pytest.raises(ValueError, match=r"got rank 2 .*, expected rank 3"):
        distances_by_choice(T, ranks=(3, 3, 8), epsilon=1e-3)


def test_samples_of_a_plane_have_its_dimensions_and_the_angle_between_them():
    plane = torch.cat([normal(20, 2), torch.zeros(20, 2, dtype=torch.float64)], -1)
    plane[0] = 0
    points = torch.cat([plane, 2 * plane, plane.roll(2, -1)])
    found = sample_shape(torch.cdist(points, points), 20, n_axes=2)
    assert found.dimensions == (2, 2)
    assert found.angles == pytest.approx([0, 90], abs=1e-3)
    assert found.negative < 1e-6


def test_distances_that_no_flat_space_holds_show_it():
    angles = torch.linspace(0, 2 * torch.pi, 13, dtype=torch.float64)[:-1]
    around = (angles[:, None] - angles).abs()
    assert sample_shape(torch.minimum(around, 2 * torch.pi - around), 6, n_axes=2).negative > 0.05
    with pytest.raises(ValueError, match="D: got 12 points, expected a multiple of 5"):
        sample_shape(around, 5, n_axes=2)
