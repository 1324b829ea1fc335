"""Mathieu, Zhao, Sprechmann, Ramesh and LeCun (2016): a variational autoencoder with an adversary."""

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.optim import Optimizer

from companion.models.batch import Batch
from companion.models.disentangled.two_part_code import DisentangledModel, networks
from companion.models.networks.adversary import ADVERSARIAL_BETAS, fooling_loss, judge_step
from companion.models.networks.instance_conv import pair_discriminator
from companion.models.plain.likelihoods import kl_to_standard_normal
from companion.models.spec import ModelSpec
from companion.models.trainable import MakeOptimizer


def build(
    spec: ModelSpec,
    *,
    specified_dim: int = 16,
    generator_steps: int = 2,
    judge_width: int = 32,
    brightness: float = 0.5,
) -> "MathieuModel":
    """Make the untrained model that is named "mathieu-conv"; latent_dim counts both parts of the code."""
    encoder, decoder, options = networks(spec, specified_dim, brightness, draws=True)
    steps = {"generator_steps": generator_steps, "judge_width": judge_width}
    return MathieuModel(encoder, decoder, beta=spec.beta, **steps, **options)


class MathieuModel(DisentangledModel):
    r"""A variational autoencoder in z, deterministic in s, with an adversary on pairs of images.

    $$\min_{h, f} \tfrac1D \big( \|f(s_1, z_1) - x_1\|^2 + \|f(s_2, z_1) - x_1\|^2
    + \beta \, \mathrm{KL}(q(z_1 \mid x_1) \| N(0, I)) \big)$$

    x_1 and x_2 are of one class, x_3 is any image. The generator steps change encoder and decoder so that the
    judge takes (x_1, f(s_1, z_3)) and (x_1, f(s_1, z)), z drawn from N(0, I), for pairs of one class; they
    hold the KL term of z_3 too. The judge learns to tell (x_2, x_1) from (x_1, f(s_1, mu_3)), while its
    accuracy on the batch is below 0.8. This is A. H. Jha's public implementation, in which the judge sees
    pairs of images and not an image with its class; the decoder has the configuration's activation,
    theirs LeakyReLU.

    Args:
        encoder: (*batch, D) -> (*batch, specified_dim + 2 unspecified_dim).
        decoder: as for `DisentangledModel`.
        beta: weight of the KL term.
        generator_steps: steps against the judge in one training step, 2 in that implementation.
        judge_width: filters of the judge's first convolution, 32 in that implementation.
        options: the other arguments of `DisentangledModel`.
    """

    def __init__(
        self, encoder, decoder, *, beta: float, generator_steps: int = 2, judge_width: int = 32, **options
    ):
        super().__init__(encoder, decoder, **options)
        self.beta, self.generator_steps = beta, generator_steps
        self.judge = pair_discriminator(self.image_shape, width=judge_width)

    def optimizers(self, make: MakeOptimizer) -> list[Optimizer]:
        """Make those of the reconstruction, of the generator steps, and of the judge."""
        own = [*self.encoder.parameters(), *self.decoder.parameters()]
        groups = own, own, list(self.judge.parameters())
        return [make(group, betas=ADVERSARIAL_BETAS) for group in groups]

    def training_step(self, batch: Batch, optimizers: list[Optimizer], generator: torch.Generator) -> Tensor:
        """Take one step of the reconstruction, `generator_steps` against the judge, one of the judge."""
        reconstruction, fooling, judging = optimizers
        x1, x2, x3 = batch.images, batch.same_class(generator), batch.independent(generator)
        s, mean, std = self.encode_parts(torch.stack([x1, x2]))
        z1 = mean[0] + std[0] * _noise(mean[0], generator)
        loss = 2 * F.mse_loss(self.decode_parts(s, z1.expand(2, *z1.shape)), x1.expand(2, *x1.shape))
        loss = loss + self._kl(mean[0], std[0])
        reconstruction.zero_grad()
        loss.backward()
        reconstruction.step()
        for _ in range(self.generator_steps):
            (s1, _), (_, mean3), (_, std3) = self.encode_parts(torch.stack([x1, x3]))
            drawn = _noise(torch.stack([mean3, mean3]), generator)
            z = torch.stack([mean3 + std3 * drawn[0], drawn[1]])
            fakes = self.decode_parts(s1.expand(2, *s1.shape), z).flatten(0, 1)
            fooling.zero_grad()
            (2 * fooling_loss(self.judge, x1.repeat(2, 1), fakes) + self._kl(mean3, std3)).backward()
            fooling.step()
        with torch.no_grad():
            (s1, _), (_, mean3), _ = self.encode_parts(torch.stack([x1, x3]))
            fake = self.decode_parts(s1, mean3)
        judge_step(self.judge, judging, (x2, x1), (x1, fake))
        return loss.detach()

    def _kl(self, mean: Tensor, std: Tensor) -> Tensor:
        return self.beta * kl_to_standard_normal(mean, std).mean() / self.ambient_dim


def _noise(like: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randn(like.shape, generator=generator, dtype=like.dtype, device=like.device)
