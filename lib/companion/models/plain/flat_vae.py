"""The variational autoencoder whose metric is drawn towards a multiple of the identity."""

import torch
from pullback import PullbackMetric
from torch import Tensor, nn

from companion.models.networks.encoders_decoders import decoder_of, encoder_of
from companion.models.plain.likelihoods import kl_to_standard_normal
from companion.models.plain.vae import VAE
from companion.models.spec import ModelSpec


def build(spec: ModelSpec, *, flatness: float = 1.0, mixup: float = 0.2) -> "FlatVAE":
    """Make the untrained model that is named "vae-flat-mlp"."""
    return FlatVAE(
        encoder_of(spec, 2 * spec.latent_dim),
        decoder_of(spec),
        flatness=flatness,
        mixup=mixup,
        beta=spec.beta,
        **spec.latent_options,
    )


class FlatVAE(VAE):
    r"""A VAE with the flatness penalty of Chen et al. (2020) (`eq-flatness-penalty`).

    $$\mathrm{loss} = -\mathrm{ELBO} + \lambda\, \mathbb{E}\,
    \lVert J^\top J(z_\alpha) - c^2 I \rVert_F^2, \qquad
    z_\alpha = (1 - \alpha) z_i + \alpha z_j, \quad \alpha \sim U(-\alpha_0, 1 + \alpha_0)$$

    $c^2$ is the batch's mean of $\operatorname{tr}(J^\top J) / d$, held constant in the gradient. Points
    between and a little beyond the codes are flattened too, so that paths between codes meet no fold.
    The prior stays standard normal, and the weight constant; the paper learns a hierarchical prior and
    adapts the weight to a bound on the reconstruction.

    Args:
        encoder: (*batch, D) -> (*batch, 2 d).
        decoder: (*batch, d) -> (*batch, D).
        flatness: the weight lambda; 0 leaves the VAE.
        mixup: alpha_0, how far beyond two codes their mixtures reach.
        options: the other arguments of `VAE`.

    Raises:
        ValueError: for a negative weight or reach.
    """

    def __init__(
        self, encoder: nn.Module, decoder: nn.Sequential, *, flatness: float, mixup: float, **options
    ):
        super().__init__(encoder, decoder, **options)
        for name, value in {"flatness": flatness, "mixup": mixup}.items():
            if not value >= 0:
                raise ValueError(f"{name}: got {value}, expected a number of at least 0")
        self.flatness = flatness
        self.mixup = mixup

    def metric(self, z: Tensor) -> Tensor:
        """Evaluate J^T J of the decoder at points (n, d), differentiable in the weights: (n, d, d)."""
        return PullbackMetric(self.decoder, trainable=True).matrix(z)

    def flatness_penalty(self, z: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        """Average the squared distance of the metric at mixtures of codes z (n, d) from c^2 I, a number."""
        drawn = {"generator": generator, "dtype": z.dtype, "device": z.device}
        alpha = (1 + 2 * self.mixup) * torch.rand(len(z), 1, **drawn) - self.mixup
        partner = z[torch.randperm(len(z), generator=generator, device=z.device)]
        G = self.metric((1 - alpha) * z + alpha * partner)
        scale = G.detach().diagonal(dim1=-2, dim2=-1).mean()
        identity = torch.eye(self.latent_dim, dtype=z.dtype, device=z.device)
        return (G - scale * identity).square().sum((-2, -1)).mean()

    def loss(self, x: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        """Average the negative ELBO over the batch and add the weighted penalty, a number."""
        mean, std = self.encode(x)
        drawn = {"generator": generator, "dtype": mean.dtype, "device": mean.device}
        z = mean + std * torch.randn(mean.shape, **drawn)
        penalty = self.flatness_penalty(z, generator=generator)
        return self.negative_elbo(x, z, mean, std) + self.flatness * penalty

    def negative_elbo(self, x: Tensor, z: Tensor, mean: Tensor, std: Tensor) -> Tensor:
        """Average beta * KL - reconstruction over the batch, at codes that were drawn already."""
        return (self.beta * kl_to_standard_normal(mean, std) - self.log_likelihood(x, z)).mean()
