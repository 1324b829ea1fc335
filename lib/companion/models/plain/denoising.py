"""The denoising autoencoder."""

import torch
from torch import Tensor, nn

from companion.models.networks.encoders_decoders import decoder_of, encoder_of
from companion.models.plain.autoencoder import AutoEncoder
from companion.models.spec import ModelSpec


def build(spec: ModelSpec, *, corruption_std: float = 0.1) -> "DenoisingAutoEncoder":
    """Make the untrained model that is named "dae-mlp"."""
    return DenoisingAutoEncoder(
        encoder_of(spec, spec.latent_dim),
        decoder_of(spec),
        corruption_std=corruption_std,
        **spec.latent_options,
    )


class DenoisingAutoEncoder(AutoEncoder):
    """An autoencoder that sees corrupted images and must return the clean ones.

    Each image is corrupted by Gaussian or by speckle noise, at random, as in the code of Ramirez, Gallego and
    Puerta (2021).

    Args:
        encoder: (*batch, D) -> (*batch, d).
        decoder: (*batch, d) -> (*batch, D).
        corruption_std: standard deviation of either noise, in units of the pixels; 0 leaves the autoencoder.
        options: the other arguments of `LatentModel`.

    Raises:
        ValueError: for a negative `corruption_std`.
    """

    def __init__(self, encoder: nn.Module, decoder: nn.Sequential, *, corruption_std: float, **options):
        super().__init__(encoder, decoder, **options)
        if not corruption_std >= 0:
            raise ValueError(f"corruption_std: got {corruption_std}, expected a number of at least 0")
        self.corruption_std = corruption_std

    def corrupt(self, x: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        r"""Add noise, evenly often $x + \epsilon$ and $x + x \epsilon$, $\epsilon \sim N(0, s^2)$, to images.

        Args:
            x: (batch, D).
            generator: source of the noise, on the device of x; torch's own one if None.

        Returns:
            (batch, D), not cut to the range of pixels.
        """
        drawn = {"generator": generator, "dtype": x.dtype, "device": x.device}
        noise = self.corruption_std * torch.randn(x.shape, **drawn)
        is_speckle = torch.rand((*x.shape[:-1], 1), **drawn) < 0.5
        return x + torch.where(is_speckle, x * noise, noise)

    def loss(self, x: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        r"""Average $-\log p(x \mid z = h(\tilde x))$ over the batch, $\tilde x$ the corrupted image."""
        x = self.flat(x)
        return -self.log_likelihood(x, self.encode(self.corrupt(x, generator=generator))).mean()
