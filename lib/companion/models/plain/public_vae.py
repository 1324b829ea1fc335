"""The VAE of the public code of Shukla et al. (2019): fully connected, its encoder always with ReLU."""

import math

import torch
from torch import Tensor

from companion.models.networks.mlp import mlp
from companion.models.plain.vae import VAE
from companion.models.spec import ModelSpec


def build(spec: ModelSpec) -> "PublicVAE":
    """Make the untrained model that is named "vae-public-mlp"; there 784-450-200-20 and back.

    The configuration's activation is that of the decoder alone, there ELU.
    """
    ambient_dim = math.prod(spec.image_shape)
    encoder = mlp(ambient_dim, spec.hidden, 2 * spec.latent_dim, activation_name="relu")
    decoder = mlp(spec.latent_dim, spec.hidden[::-1], ambient_dim, activation_name=spec.activation)
    if spec.ends_in_sigmoid:
        decoder.append(torch.nn.Sigmoid())
    return PublicVAE(encoder, decoder, beta=spec.beta, **spec.latent_options)


class PublicVAE(VAE):
    r"""A VAE whose encoder gives means and log variances, so that a posterior may be wider than the prior.

    $$q(z \mid x) = N(\mu(x), \mathrm{diag}\, e^{v(x)})$$

    The other VAEs here have standard deviations below 1. The arguments are those of `VAE`.
    """

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Encode images (*batch, c, h, w) or (*batch, D) to mean and standard deviation (*batch, d)."""
        mean, log_variance = self.encoder(self.flat(x)).chunk(2, dim=-1)
        return mean, torch.exp(0.5 * log_variance)
