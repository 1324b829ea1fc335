"""The public code's VAE: its widths, its loss, and posteriors that may be wider than the prior."""

import math

import torch
from companion.models import build_model
from small_models import flat_images, model_of
from torch import nn

PUBLIC = {"hidden": (450, 200), "noise_std": math.sqrt(0.5), "output_activation": "sigmoid"}


def test_it_has_the_widths_of_the_public_code_and_bends_the_decoder_alone_as_asked():
    model = build_model("vae-public-mlp", (1, 28, 28), 20, activation="elu", **PUBLIC)
    sizes = [
        [m.out_features for m in net if isinstance(m, nn.Linear)] for net in (model.encoder, model.decoder)
    ]
    assert sizes == [[450, 200, 40], [200, 450, 784]]
    kinds = [{type(m).__name__ for m in net} - {"Linear"} for net in (model.encoder, model.decoder)]
    assert kinds == [{"ReLU"}, {"ELU", "Sigmoid"}]


def test_the_loss_is_summed_squares_plus_the_divergence_of_a_gaussian_given_by_its_log_variance():
    model, x = model_of("vae-public-mlp", **PUBLIC | {"hidden": (40, 20)}), flat_images(5)
    mean, log_variance = model.encoder(x).chunk(2, -1)
    noise = torch.randn(mean.shape, generator=torch.Generator().manual_seed(1), dtype=mean.dtype)
    squares = (model.decoder(mean + torch.exp(log_variance / 2) * noise) - x).square().sum(-1)
    divergence = -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).sum(-1)
    constant = 392 * math.log(math.pi)
    loss = model.loss(x, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(loss - constant, (squares + divergence).mean())


def test_a_posterior_may_be_wider_than_the_prior():
    model = model_of("vae-public-mlp", **PUBLIC | {"hidden": (40, 20)})
    with torch.no_grad():
        model.encoder[-1].bias[3:] = 2.0
    assert model.encode(flat_images())[1].min() > 1
