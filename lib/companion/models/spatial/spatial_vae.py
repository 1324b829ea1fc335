"""The variational autoencoder whose code keeps its height and width (Shrivastava et al. 2024)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from companion.models.plain.vae import VAE
from companion.models.spatial.sctc import (
    JUDGED,
    WIDTHS,
    bottleneck_activation,
    code_shape,
    mean_for_all,
    sctc_decoder,
    sctc_encoder,
)
from companion.models.spec import ModelSpec


def build(spec: ModelSpec, *, widths: Sequence[int] = WIDTHS, bottleneck: str = "linear") -> "SpatialVAE":
    """Make the untrained model that is named "vae-spatial".

    It has the blocks of "cae-sctc", so that the two differ in the principle of their training only.

    Args:
        spec: the shared settings; `latent_dim` is height times width times channels of the code.
        widths: channels inside the two blocks of the encoder, the decoder's in reverse.
        bottleneck: what a sampled z passes to become the code: "linear", "relu", "elu" or "leaky-relu".

    Raises:
        ValueError: a latent dimension that does not fill the grid, or a bad option.
    """
    shape = code_shape(spec)
    encoder = sctc_encoder(spec, widths, 2 * shape[0], "linear")
    decoder = nn.Sequential(bottleneck_activation(bottleneck), *sctc_decoder(spec, widths, shape))
    return SpatialVAE(encoder, decoder, code_shape=shape, beta=spec.beta, **spec.latent_options)


class SpatialVAE(VAE):
    """A VAE with one Gaussian for each place and channel of a block of numbers.

    Args:
        encoder: (*batch, D) -> (*batch, 2 d), the means before the standard deviations.
        decoder: (*batch, d) -> (*batch, D); its first layer makes the code of a sampled z.
        code_shape: channels, height, width of the code; their product is d.
        options: the other arguments of `VAE`.
    """

    def __init__(
        self, encoder: nn.Module, decoder: nn.Sequential, *, code_shape: tuple[int, int, int], **options
    ):
        super().__init__(encoder, decoder, **options)
        self.code_shape = tuple(code_shape)

    def code_tensor(self, z: Tensor) -> Tensor:
        """Show the codes of latent points (*batch, d) as blocks (*batch, height, width, channels)."""
        return self.decoder[0](z).unflatten(-1, self.code_shape).movedim(-3, -1)

    def test_terms(
        self, x: Tensor, labels: Tensor, *, generator: torch.Generator | None = None
    ) -> dict[str, Tensor]:
        """Judge the first `JUDGED` images, whose mean stands for all of a chunk."""
        few = super().test_terms(x[:JUDGED], labels[:JUDGED], generator=generator)
        return mean_for_all(few, len(x))
