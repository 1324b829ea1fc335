"""The VAE whose decoder is unsure far from the data: precision by radial basis functions."""

import copy

import torch
from torch import Tensor, nn

from companion.models.networks.encoders_decoders import decoder_of, encoder_of
from companion.models.spec import ModelSpec
from companion.models.uncertain.rbf_precision import (
    PositiveDeconvolutions,
    fit_weights,
    place_centres,
    rbf_std,
)
from companion.models.uncertain.two_stage_vae import TwoStageVAE, fit_by_gradient

N_CHANNELS = 8


def build(
    spec: ModelSpec,
    n_centres: int = 64,
    bandwidth_scale: float = 2.0,
    zeta: float = 1e-6,
    min_std: float = 0.05,
    std_steps: int = 60,
    std_learning_rate: float = 1e-2,
) -> "RBFVAE":
    """Make the untrained model that is named "vae-rbf-mlp" or "vae-rbf-conv".

    The convolutional one makes a small image of precisions and enlarges it by positive filters.

    Args:
        spec: what all families share.
        n_centres: K.
        bandwidth_scale: a, the width of the radial basis functions in units of the spread of their clusters.
        zeta: the least precision; sigma is at most zeta ** (-1/2).
        min_std: noise that images are blurred with before their errors are taken.
        std_steps: steps of the second stage.
        std_learning_rate: of the second stage, convolutional model only.
    """
    deconvolutions = PositiveDeconvolutions(spec.image_shape, N_CHANNELS) if spec.network == "conv" else None
    encoder, decoder = encoder_of(spec, 2 * spec.latent_dim), decoder_of(spec)
    ambient_dim = spec.image_shape[0] * spec.image_shape[1] * spec.image_shape[2]
    std = rbf_std(n_centres, spec.latent_dim, ambient_dim, zeta=zeta, deconvolutions=deconvolutions)
    own = {"bandwidth_scale": bandwidth_scale, "std_steps": std_steps, "std_learning_rate": std_learning_rate}
    return RBFVAE(encoder, decoder, std, min_std=min_std, beta=spec.beta, **own, **spec.latent_options)


class RBFVAE(TwoStageVAE):
    """A VAE with the standard deviation of `rbf_std`.

    Args:
        encoder: (*batch, D) -> (*batch, 2 d).
        decoder: (*batch, d) -> (*batch, D), the mean.
        decoder_std: of `rbf_std`.
        bandwidth_scale: a.
        std_steps: steps of the second stage.
        std_learning_rate: of the second stage, where there are deconvolutions.
        options: the other arguments of `TwoStageVAE`.
    """

    def __init__(
        self,
        encoder: nn.Module,
        decoder: nn.Sequential,
        decoder_std: nn.Sequential,
        *,
        bandwidth_scale: float,
        std_steps: int,
        std_learning_rate: float,
        **options,
    ):
        super().__init__(encoder, decoder, decoder_std, **options)
        self.bandwidth_scale = bandwidth_scale
        self.std_steps = std_steps
        self.std_learning_rate = std_learning_rate

    def refitted(
        self, images: Tensor, *, n_centres: int, bandwidth_scale: float, generator: torch.Generator
    ) -> "RBFVAE":
        """Copy a fully connected model and do its second stage again, with other centres and another width.

        Args:
            images: (n, D) or (n, channels, height, width) training images.
            n_centres: K.
            bandwidth_scale: a.
            generator: source of randomness.
        """
        other = copy.deepcopy(self)
        layer = self.decoder_std[1]
        std = rbf_std(n_centres, self.latent_dim, self.ambient_dim, zeta=float(layer.bias[0]))
        other.decoder_std, other.bandwidth_scale = std.to(layer.weight), bandwidth_scale
        other.finish(self.flat(images), torch.zeros(len(images)), generator=generator)
        return other.eval()

    def fit_std(self, means: Tensor, z: Tensor, squares: Tensor, *, generator: torch.Generator) -> None:
        """Place the centres on the posteriors' means, then fit the positive weights."""
        seed = int(torch.randint(2**31, (), generator=generator, device=generator.device))
        place_centres(self.decoder_std[0], means, bandwidth_scale=self.bandwidth_scale, seed=seed)
        deconvolutions = [part for part in self.decoder_std if isinstance(part, PositiveDeconvolutions)]
        if not deconvolutions:
            fit_weights(self.decoder_std, z, squares, n_steps=self.std_steps)
            return
        positive = [self.decoder_std[1].weight, *deconvolutions[0].parameters()]
        with torch.no_grad():
            precision = self.decoder_std[:-1](z[:1000])
            positive[0].mul_(1 / (squares.mean() * precision.mean()))
        fit_by_gradient(
            self.decoder_std,
            z,
            squares,
            n_steps=self.std_steps,
            learning_rate=self.std_learning_rate,
            generator=generator,
            project=lambda: [weight.clamp_(min=0) for weight in positive],
        )
