"""The variational autoencoder."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from companion.models.latent_model import LatentModel
from companion.models.networks.encoders_decoders import decoder_of, encoder_of
from companion.models.plain.likelihoods import kl_to_standard_normal
from companion.models.spec import ModelSpec


def build(spec: ModelSpec) -> "VAE":
    """Make the untrained model that is named "vae-mlp" or "vae-conv"."""
    encoder, decoder = encoder_of(spec, 2 * spec.latent_dim), decoder_of(spec)
    return VAE(encoder, decoder, beta=spec.beta, **spec.latent_options)


class ElboTerms(NamedTuple):
    """The two terms of the evidence lower bound, (*batch,) each, in nats: ELBO = reconstruction - kl."""

    reconstruction: Tensor
    kl: Tensor


class VAE(LatentModel):
    """A variational autoencoder with a diagonal Gaussian posterior and a standard normal prior.

    The encoder's last axis has n_out = 2 d entries: the means, and the standard deviations before a sigmoid,
    as in Shao, Kumar and Fletcher (2017), Table 1. No posterior is then wider than the prior.

    Args:
        encoder: (*batch, D) -> (*batch, 2 d).
        decoder: (*batch, d) -> (*batch, D).
        beta: weight of the KL term in the loss; 1 makes the loss the negative ELBO.
        options: the other arguments of `LatentModel`.
    """

    def __init__(self, encoder: nn.Module, decoder: nn.Sequential, *, beta: float = 1.0, **options):
        super().__init__(encoder, decoder, **options)
        self.beta = beta

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Encode images to the posterior q(z | x).

        Args:
            x: (*batch, channels, height, width) or (*batch, D).

        Returns:
            mean (*batch, d) and standard deviation (*batch, d) in (0, 1).
        """
        mean, raw_std = self.encoder(self.flat(x)).chunk(2, dim=-1)
        return mean, torch.sigmoid(raw_std)

    def encode_mean(self, x: Tensor) -> Tensor:
        """Encode images to the posterior's mean (*batch, d)."""
        return self.encode(x)[0]

    def elbo_terms(self, x: Tensor, *, generator: torch.Generator | None = None) -> ElboTerms:
        r"""Draw one latent point per image, and evaluate both terms of the evidence lower bound (`eq-elbo`).

        $$\mathrm{ELBO}(x) = \log p(x \mid z) - \mathrm{KL}(q(z \mid x) \,\|\, N(0, I)), \quad
        z = \mu(x) + s(x) \epsilon, \; \epsilon \sim N(0, I)$$

        Kingma and Welling (2014), Eq. 10, with the KL term in closed form.

        Args:
            x: (*batch, channels, height, width) or (*batch, D).
            generator: source of the noise, on the device of x; torch's own one if None.

        Returns:
            reconstruction and KL terms, (*batch,) each; the former is unbiased for its mean over z.
        """
        mean, std = self.encode(x)
        noise = torch.randn(mean.shape, generator=generator, dtype=mean.dtype, device=mean.device)
        return ElboTerms(self.log_likelihood(x, mean + std * noise), kl_to_standard_normal(mean, std))

    def elbo(self, x: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        """Estimate the evidence lower bound of each image with one draw (`eq-elbo`), whatever `beta` is.

        Args:
            x: (*batch, channels, height, width) or (*batch, D).
            generator: source of the noise, on the device of x; torch's own one if None.

        Returns:
            (*batch,), in nats.
        """
        terms = self.elbo_terms(x, generator=generator)
        return terms.reconstruction - terms.kl

    def loss(self, x: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        """Average -(reconstruction - beta * KL) over the batch, a number."""
        terms = self.elbo_terms(x, generator=generator)
        return (self.beta * terms.kl - terms.reconstruction).mean()

    def test_terms(
        self, x: Tensor, labels: Tensor, *, generator: torch.Generator | None = None
    ) -> dict[str, Tensor]:
        """Add `elbo` and its terms `reconstruction` and `kl`, in nats, to those of `LatentModel`."""
        elbo = self.elbo_terms(x, generator=generator)
        shared = super().test_terms(x, labels, generator=generator)
        return {**shared, **elbo._asdict(), "elbo": elbo.reconstruction - elbo.kl}
