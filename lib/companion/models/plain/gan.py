"""The generative adversarial network."""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer

from companion.models.batch import Batch
from companion.models.networks.encoders_decoders import decoder_of
from companion.models.spec import ModelSpec
from companion.models.trainable import MakeOptimizer, TrainableModel


def build(
    spec: ModelSpec,
    *,
    discriminator_hidden: Sequence[int] = (128, 64),
    instance_noise: float = 0.5,
    discriminator_rate: float = 0.25,
) -> "GAN":
    """Make the untrained model that is named "gan-mlp"."""
    sizes = [math.prod(spec.image_shape), *discriminator_hidden]
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(sizes):
        layers += [nn.Linear(n_in, n_out), nn.LeakyReLU(0.2)]
    discriminator = nn.Sequential(*layers, nn.Linear(sizes[-1], 1))
    decoder = decoder_of(spec)
    if spec.activation == "sigmoid":
        start_as_tanh(decoder)
    return GAN(
        decoder,
        discriminator,
        image_shape=spec.image_shape,
        latent_dim=spec.latent_dim,
        instance_noise=instance_noise,
        discriminator_rate=discriminator_rate,
    )


class GAN(TrainableModel):
    """A generator of images from standard normal codes, trained against a discriminator.

    The generator has the name of every other model's decoder. There is no encoder.

    Args:
        decoder: (*batch, d) -> (*batch, D), the generator.
        discriminator: (*batch, D) -> (*batch, 1), the log odds that an image is real.
        image_shape: channels, height, width; their product is D.
        latent_dim: d.
        instance_noise: standard deviation of the noise that training adds to what the discriminator sees,
            real or generated, so that it cannot tell the two apart by single pixels (Sonderby et al. 2017).
        discriminator_rate: its learning rate as a multiple of the generator's.

    Raises:
        ValueError: for a negative `instance_noise`, or a rate that is not positive.
    """

    def __init__(
        self,
        decoder: nn.Sequential,
        discriminator: nn.Sequential,
        *,
        image_shape: tuple[int, int, int],
        latent_dim: int,
        instance_noise: float = 0.0,
        discriminator_rate: float = 1.0,
    ):
        super().__init__(image_shape)
        if not instance_noise >= 0:
            raise ValueError(f"instance_noise: got {instance_noise}, expected a number of at least 0")
        if not discriminator_rate > 0:
            raise ValueError(f"discriminator_rate: got {discriminator_rate}, expected a number above 0")
        self.instance_noise = instance_noise
        self.discriminator_rate = discriminator_rate
        self.decoder = decoder
        self.discriminator = discriminator
        self.latent_dim = latent_dim

    def decode(self, z: Tensor) -> Tensor:
        """Decode latent points (*batch, d) to images (*batch, channels, height, width)."""
        return self.decoder(z).unflatten(-1, self.image_shape)

    def prior(self, n: int, like: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        """Draw n standard normal codes (n, d), of the dtype and on the device of another tensor."""
        return torch.randn(n, self.latent_dim, generator=generator, dtype=like.dtype, device=like.device)

    def discriminator_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        r"""Average $-\log D(x) - \log (1 - D(f(z)))$ over images (n, D) of either kind, a number.

        Goodfellow et al. (2014), Eq. 1.
        """
        return F.softplus(-self.discriminator(real)).mean() + F.softplus(self.discriminator(fake)).mean()

    def generator_loss(self, fake: Tensor) -> Tensor:
        r"""Average $-\log D(f(z))$ over generated images (n, D), a number.

        It is the non-saturating loss of Goodfellow et al. (2014), section 3, whose gradient does not vanish
        where the discriminator is sure.
        """
        return F.softplus(-self.discriminator(fake)).mean()

    def noisy(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """Add the instance noise to images (n, D)."""
        if not self.instance_noise:
            return x
        drawn = {"generator": generator, "dtype": x.dtype, "device": x.device}
        return x + self.instance_noise * torch.randn(x.shape, **drawn)

    def optimizers(self, make: MakeOptimizer) -> list[Optimizer]:
        """Make one optimiser for the discriminator and one for the generator, in this order."""
        judge = {"params": list(self.discriminator.parameters()), "rate_factor": self.discriminator_rate}
        return [make([judge]), make(self.decoder.parameters())]

    def training_step(self, batch: Batch, optimizers: list[Optimizer], generator: torch.Generator) -> Tensor:
        """Step the discriminator, then the generator against it; return the generator's loss, detached."""
        first, second = optimizers
        real = self.noisy(batch.images, generator)
        fake = self.noisy(self.decoder(self.prior(len(real), real, generator=generator)), generator)
        first.zero_grad()
        self.discriminator_loss(real, fake.detach()).backward()
        first.step()
        second.zero_grad()
        self.discriminator.requires_grad_(False)
        loss = self.generator_loss(fake)
        loss.backward()
        self.discriminator.requires_grad_(True)
        second.step()
        return loss.detach()

    def test_terms(
        self, x: Tensor, labels: Tensor, *, generator: torch.Generator | None = None
    ) -> dict[str, Tensor]:
        """Give the discriminator's probabilities that images are real: `score_real` and `score_fake`."""
        fake = self.decoder(self.prior(len(x), x, generator=generator))
        return {
            "score_real": self.discriminator(x).sigmoid().squeeze(-1),
            "score_fake": self.discriminator(fake).sigmoid().squeeze(-1),
        }


@torch.no_grad()
def start_as_tanh(decoder: nn.Sequential) -> None:
    r"""Rewrite the weights of a sigmoid network so that it computes what tanh units would with the old ones.

    $$\tanh(u) = 2\, \mathrm{sigmoid}(2 u) - 1$$

    With torch's own weights a generator of sigmoid units starts next to constant, and the discriminator wins
    before it has moved.

    Args:
        decoder: affine and sigmoid layers in turn, changed in place; the layer behind the last affine one
            is left as it is.
    """
    affine = [layer for layer in decoder if isinstance(layer, nn.Linear)]
    for i, layer in enumerate(affine):
        if i > 0:
            layer.bias -= layer.weight.sum(dim=1)
            layer.weight *= 2
        if i + 1 < len(affine):
            layer.weight *= 2
            layer.bias *= 2
