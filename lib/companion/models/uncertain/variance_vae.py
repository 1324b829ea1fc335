"""The VAE with a standard variance network: a second decoder with positive outputs."""

import torch
from torch import Tensor, nn

from companion.models.networks.encoders_decoders import decoder_of, encoder_of
from companion.models.spec import ModelSpec
from companion.models.uncertain.two_stage_vae import TwoStageVAE, fit_by_gradient


def build(
    spec: ModelSpec, min_std: float = 0.05, std_steps: int = 2000, std_learning_rate: float = 2e-3
) -> "VarianceVAE":
    """Make the untrained model that is named "vae-variance-mlp" or "vae-variance-conv".

    Args:
        spec: what all families share.
        min_std: noise that images are blurred with before their errors are taken.
        std_steps: steps of the second stage.
        std_learning_rate: of the second stage.
    """
    encoder, decoder = encoder_of(spec, 2 * spec.latent_dim), decoder_of(spec)
    body = decoder_of(spec)
    std = nn.Sequential(*(body[:-1] if spec.ends_in_sigmoid else body), nn.Softplus())
    own = {"min_std": min_std, "std_steps": std_steps, "std_learning_rate": std_learning_rate}
    return VarianceVAE(encoder, decoder, std, beta=spec.beta, **own, **spec.latent_options)


class VarianceVAE(TwoStageVAE):
    """A VAE whose standard deviation is a network of the decoder's shape that ends in a softplus.

    Nothing ties what it says to the data where there are none (Arvanitidis, Hansen and Hauberg 2018, Fig. 4).

    Args:
        encoder: (*batch, D) -> (*batch, 2 d).
        decoder: (*batch, d) -> (*batch, D), the mean.
        decoder_std: (*batch, d) -> (*batch, D), ends in `nn.Softplus`.
        std_steps: steps of the second stage.
        std_learning_rate: of the second stage.
        options: the other arguments of `TwoStageVAE`.
    """

    def __init__(
        self,
        encoder: nn.Module,
        decoder: nn.Sequential,
        decoder_std: nn.Sequential,
        *,
        std_steps: int,
        std_learning_rate: float,
        **options,
    ):
        super().__init__(encoder, decoder, decoder_std, **options)
        self.std_steps = std_steps
        self.std_learning_rate = std_learning_rate

    def fit_std(self, means: Tensor, z: Tensor, squares: Tensor, *, generator: torch.Generator) -> None:
        """Fit the network by Adam; batch normalisation, where there is any, keeps its training statistics."""
        self.decoder_std.train()
        fit_by_gradient(
            self.decoder_std,
            z,
            squares,
            n_steps=self.std_steps,
            learning_rate=self.std_learning_rate,
            generator=generator,
        )
        self.decoder_std.eval()
