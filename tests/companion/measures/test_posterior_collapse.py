"""Which channels and axes of a code are used."""

import pytest
import torch
from companion.chapters.spsd_stratification.latent_tensors import noisy
from companion.measures.posterior_collapse import (
    active_axes,
    active_channels,
    code_variances,
    kl_per_channel,
    mean_shift,
)
from small_models import small_spatial_model

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


def test_the_divergence_of_the_channels_adds_up_to_that_of_the_posterior(generator):
    model = small_spatial_model("vae-spatial", options={"widths": (6, 8)})
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
    model = small_spatial_model("vae-spatial", options={"widths": (6, 8)})
    x = torch.rand(8, 1, 8, 8, generator=generator, dtype=torch.float64)
    assert mean_shift(model, x, x.clone()) == (0.0, 0.0)
    moved = mean_shift(model, x, noisy(x, 0.3, seed=1))
    assert min(moved) > 0
    assert moved[0] < mean_shift(model, x, noisy(x, 3.0, seed=1))[0]
