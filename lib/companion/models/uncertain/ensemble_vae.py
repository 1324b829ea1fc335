"""The VAE with an ensemble of decoders: its standard deviation is where they disagree."""

import torch
from torch import Tensor, nn

from companion.models.networks.encoders_decoders import decoder_of, encoder_of
from companion.models.plain.likelihoods import gaussian_log_likelihood, kl_to_standard_normal
from companion.models.plain.vae import VAE
from companion.models.spec import ModelSpec


def build(spec: ModelSpec, n_decoders: int = 8) -> "EnsembleVAE":
    """Make the untrained model that is named "vae-ensemble-mlp".

    Args:
        spec: what all families share.
        n_decoders: S, 2 or more.
    """
    encoder = encoder_of(spec, 2 * spec.latent_dim)
    decoders = [decoder_of(spec) for _ in range(n_decoders)]
    return EnsembleVAE(encoder, decoders, beta=spec.beta, **spec.latent_options)


class Average(nn.Module):
    """The mean of several maps of the same points."""

    def __init__(self, maps: nn.ModuleList):
        super().__init__()
        self.maps = maps

    def forward(self, z: Tensor) -> Tensor:
        """Map (*batch, d) to (*batch, D)."""
        return torch.stack([f(z) for f in self.maps]).mean(0)


class Spread(Average):
    """The standard deviation of several maps of the same points, over the maps."""

    def forward(self, z: Tensor) -> Tensor:
        """Map (*batch, d) to (*batch, D)."""
        return torch.stack([f(z) for f in self.maps]).std(0, correction=0)


class Stacked(Average):
    """All maps side by side, so scaled that squared distances are averages over the maps."""

    def forward(self, z: Tensor) -> Tensor:
        """Map (*batch, d) to (*batch, S D)."""
        return torch.cat([f(z) for f in self.maps], dim=-1) / len(self.maps) ** 0.5


class EnsembleVAE(VAE):
    r"""A VAE with one encoder and S decoders, one of which, drawn at random, learns from each batch.

    Syrota, Moreno-Munoz and Hauberg (2024). The expected metric over the ensemble is the pullback by
    `stacked`, exactly: $\tfrac1S \sum_s J_s^\top J_s$.

    Args:
        encoder: (*batch, D) -> (*batch, 2 d).
        decoders: S maps (*batch, d) -> (*batch, D).
        options: the other arguments of `VAE`.

    Attributes:
        decoder: the mean of the decoders.

    Raises:
        ValueError: for fewer than two decoders, or another likelihood than the Gaussian one.
    """

    def __init__(self, encoder: nn.Module, decoders: list[nn.Sequential], **options):
        if len(decoders) < 2:
            raise ValueError(f"n_decoders: got {len(decoders)}, expected 2 or more")
        members = nn.ModuleList(decoders)
        if options.get("likelihood", "gaussian") != "gaussian":
            raise ValueError(f"likelihood: got {options['likelihood']!r}, expected 'gaussian'")
        super().__init__(encoder, nn.Sequential(Average(members)), **options)

    @property
    def mean(self) -> nn.Sequential:
        """The mean of the decoders as a map (*batch, d) -> (*batch, D)."""
        return self.decoder

    @property
    def std(self) -> Spread:
        """The standard deviation of the decoders as a map (*batch, d) -> (*batch, D)."""
        return Spread(self.members).train(self.training)

    @property
    def stacked(self) -> Stacked:
        """All decoders side by side as a map (*batch, d) -> (*batch, S D)."""
        return Stacked(self.members).train(self.training)

    @property
    def members(self) -> nn.ModuleList:
        """The S decoders."""
        return self.decoder[0].maps

    def loss(self, x: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        """Average -(reconstruction - beta * KL) over the batch, by one decoder drawn for all of it."""
        x = self.flat(x)
        mean, std = self.encode(x)
        noise = torch.randn(mean.shape, generator=generator, dtype=mean.dtype, device=mean.device)
        drawn = torch.randint(len(self.members), (), generator=generator, device=mean.device)
        decoded = self.members[int(drawn)](mean + std * noise)
        reconstruction = gaussian_log_likelihood(x, decoded, self.log_std)
        return (self.beta * kl_to_standard_normal(mean, std) - reconstruction).mean()
