"""Codes as tensors, and noise on images."""

import pytest
import torch
from companion.chapters.spsd_stratification.latent_tensors import latent_points, latent_tensors, noisy
from companion.models import build_model
from problems import normal
from small_models import small_spatial_model

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


def test_noise_has_its_standard_deviation_and_one_draw_for_all_of_them():
    x = torch.rand(50, 1, 8, 8, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    assert torch.equal(noisy(x, 0, seed=3), x)
    first = noisy(x, 0.2, seed=3) - x
    assert first.std().item() == pytest.approx(0.2, rel=0.05)
    torch.testing.assert_close(noisy(x, 0.4, seed=3) - x, 2 * first)
    assert not torch.equal(noisy(x, 0.2, seed=4), noisy(x, 0.2, seed=3))


def test_codes_of_a_vae_are_means_or_repeatable_draws_about_them(generator):
    model, x = (
        small_spatial_model("vae-spatial"),
        torch.rand(4, 1, 8, 8, generator=generator, dtype=torch.float64),
    )
    mean, std = model.encode(x)
    assert torch.equal(latent_points(model, x), mean)
    draw = latent_points(model, x, sample_seed=2)
    assert torch.equal(draw, latent_points(model, x, sample_seed=2))
    assert ((draw - mean) / std).std().item() == pytest.approx(1, abs=0.3)
    plain = small_spatial_model("cae-sctc")
    assert torch.equal(latent_points(plain, x, sample_seed=2), plain.encode(x))


@pytest.mark.parametrize(
    ("call", "message"),
    [
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
