"""The autoencoder."""

import torch
from torch import Tensor

from companion.models.latent_model import LatentModel
from companion.models.networks.encoders_decoders import decoder_of, encoder_of
from companion.models.spec import ModelSpec


def build(spec: ModelSpec) -> "AutoEncoder":
    """Make the untrained model that is named "ae-mlp" or "ae-conv"."""
    return AutoEncoder(encoder_of(spec, spec.latent_dim), decoder_of(spec), **spec.latent_options)


class AutoEncoder(LatentModel):
    """A deterministic encoder and decoder; the encoder's last axis is the latent one (n_out = d).

    The arguments are those of `LatentModel`.
    """

    def encode(self, x: Tensor) -> Tensor:
        """Encode images (*batch, channels, height, width) or (*batch, D) to latent points (*batch, d)."""
        return self.encoder(self.flat(x))

    def encode_mean(self, x: Tensor) -> Tensor:
        """Encode, under the name that every model has."""
        return self.encode(x)

    def loss(self, x: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        r"""Average the negative log likelihood of the reconstructions, $-\log p(x \mid z = h(x))$.

        Args:
            x: (*batch, channels, height, width) or (*batch, D).
            generator: unused, nothing is drawn.

        Returns:
            ().
        """
        return -self.log_likelihood(x, self.encode(x)).mean()
