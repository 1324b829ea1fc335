"""Jha, Anand, Singh and Veeravasarapu (2018): a cycle-consistent variational autoencoder, no adversary."""

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.optim import Optimizer

from companion.models.batch import Batch
from companion.models.disentangled.two_part_code import DisentangledModel, networks
from companion.models.plain.likelihoods import kl_to_standard_normal
from companion.models.spec import ModelSpec
from companion.models.trainable import MakeOptimizer


def build(
    spec: ModelSpec,
    *,
    specified_dim: int = 16,
    reconstruction_weight: float = 2.0,
    kl_weight: float = 3.0,
    reverse_weight: float = 10.0,
    brightness: float = 0.5,
) -> "JhaModel":
    """Make the untrained model that is named "jha-conv"; latent_dim counts both parts of the code."""
    encoder, decoder, options = networks(spec, specified_dim, brightness, draws=True)
    weights = {"reconstruction_weight": reconstruction_weight, "reverse_weight": reverse_weight}
    return JhaModel(encoder, decoder, kl_weight=kl_weight * spec.beta, **weights, **options)


class JhaModel(DisentangledModel):
    r"""A variational autoencoder in z, deterministic in s, trained along two cycles.

    Forward, with x_1 and x_2 of one class and swapped specified codes, both networks:

    $$\tfrac{\lambda_{rec}}{D} \big( \|f(s_2, z_1) - x_1\|^2 + \|f(s_1, z_2) - x_2\|^2 \big)
    + \tfrac{\lambda_{KL}}{D} \sum_i \mathrm{KL}(q(z_i \mid x_i) \| N(0, I))$$

    Backward, with independent x_1 and x_3 and one z drawn from N(0, I), the encoder alone:

    $$\lambda_{rev} \, \| \mu_z(f(s_1, z)) - \mu_z(f(s_3, z)) \|_1 / \dim z$$

    Two images made with one z must be encoded to one z. Weights and arrangement are those of the authors'
    public implementation; the decoder has the configuration's activation, theirs LeakyReLU.

    Args:
        encoder: (*batch, D) -> (*batch, specified_dim + 2 unspecified_dim).
        decoder: as for `DisentangledModel`.
        reconstruction_weight: lambda_rec.
        kl_weight: lambda_KL.
        reverse_weight: lambda_rev.
        options: the other arguments of `DisentangledModel`.
    """

    def __init__(
        self,
        encoder,
        decoder,
        *,
        reconstruction_weight: float = 2.0,
        kl_weight: float = 3.0,
        reverse_weight: float = 10.0,
        **options,
    ):
        super().__init__(encoder, decoder, **options)
        self.reconstruction_weight = reconstruction_weight
        self.kl_weight, self.reverse_weight = kl_weight, reverse_weight

    def optimizers(self, make: MakeOptimizer) -> list[Optimizer]:
        """Make those of the forward and of the backward cycle."""
        return [
            make([*self.encoder.parameters(), *self.decoder.parameters()]),
            make(list(self.encoder.parameters())),
        ]

    def training_step(self, batch: Batch, optimizers: list[Optimizer], generator: torch.Generator) -> Tensor:
        """Take one step along each cycle."""
        forward, backward = optimizers
        x = torch.stack([batch.images, batch.same_class(generator)])
        s, mean, std = self.encode_parts(x)
        z = mean + std * _noise(mean, generator)
        # Both losses are means over the stack of two, which the formula sums.
        error = 2 * F.mse_loss(self.decode_parts(s.flip(0), z), x)
        kl = 2 * kl_to_standard_normal(mean, std).mean() / self.ambient_dim
        loss = self.reconstruction_weight * error + self.kl_weight * kl
        forward.zero_grad()
        loss.backward()
        forward.step()
        with torch.no_grad():
            s, mean, _ = self.encode_parts(torch.stack([batch.images, batch.independent(generator)]))
            z = _noise(mean[0], generator)
            made = self.decode_parts(s, z.expand(2, *z.shape))
        first, second = self.encode_parts(made).unspecified
        backward.zero_grad()
        (self.reverse_weight * F.l1_loss(first, second)).backward()
        backward.step()
        return loss.detach()


def _noise(like: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randn(like.shape, generator=generator, dtype=like.dtype, device=like.device)
