"""Szabo, Hu, Portenier, Zwicker and Favaro (2017): an autoencoder with swapped codes and an adversary."""

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.optim import Optimizer

from companion.models.batch import Batch
from companion.models.disentangled.two_part_code import DisentangledModel, networks
from companion.models.networks.adversary import ADVERSARIAL_BETAS, fooling_loss, judge_step
from companion.models.networks.instance_conv import pair_discriminator
from companion.models.spec import ModelSpec
from companion.models.trainable import MakeOptimizer


def build(
    spec: ModelSpec,
    *,
    specified_dim: int = 16,
    generator_steps: int = 2,
    judge_width: int = 32,
    brightness: float = 0.5,
) -> "SzaboModel":
    """Make the untrained model that is named "szabo-conv"; latent_dim counts both parts of the code."""
    encoder, decoder, options = networks(spec, specified_dim, brightness, draws=False, bends_first=False)
    return SzaboModel(encoder, decoder, generator_steps=generator_steps, judge_width=judge_width, **options)


class SzaboModel(DisentangledModel):
    r"""An autoencoder whose specified codes are swapped within a class, with an adversary on pairs.

    $$\min_{h, f} \|f(s_2, z_1) - x_1\|^2 + \|f(s_1, z_2) - x_2\|^2, \qquad
    D(x_1, x_2) \to 1, \quad D(x_1, f(s_1, z_3)) \to 0$$

    x_1 and x_2 are of one class, x_3 is any image. The generator steps change encoder and decoder so that the
    judge D takes (x_1, f(s_1, z_3)) for a true pair. Nothing is drawn and there is no KL term. The judge
    learns only while its accuracy on the batch is below 0.8. Arrangement, sizes and rates are those of
    A. H. Jha's public implementation; the decoder has the configuration's activation, theirs ReLU.

    Args:
        encoder: (*batch, D) -> (*batch, specified_dim + unspecified_dim).
        decoder: as for `DisentangledModel`.
        generator_steps: steps against the judge in one training step, 2 in that implementation.
        judge_width: filters of the judge's first convolution, 32 in that implementation.
        options: the other arguments of `DisentangledModel`.
    """

    def __init__(self, encoder, decoder, *, generator_steps: int = 2, judge_width: int = 32, **options):
        super().__init__(encoder, decoder, **options)
        self.generator_steps = generator_steps
        self.judge = pair_discriminator(self.image_shape, width=judge_width)

    def optimizers(self, make: MakeOptimizer) -> list[Optimizer]:
        """Make those of the reconstruction, of the generator steps, and of the judge."""
        own = [*self.encoder.parameters(), *self.decoder.parameters()]
        groups = own, own, list(self.judge.parameters())
        return [make(group, betas=ADVERSARIAL_BETAS) for group in groups]

    def training_step(self, batch: Batch, optimizers: list[Optimizer], generator: torch.Generator) -> Tensor:
        """Take one step of the reconstruction, one of the judge, `generator_steps` against it."""
        reconstruction, fooling, judging = optimizers
        x1, x2, x3 = batch.images, batch.same_class(generator), batch.independent(generator)
        s, z, _ = self.encode_parts(torch.stack([x1, x2]))
        loss = F.mse_loss(self.decode_parts(s.flip(0), z), torch.stack([x1, x2]))
        reconstruction.zero_grad()
        (2 * loss).backward()
        reconstruction.step()
        for i in range(self.generator_steps):
            (s1, _), (_, z3), _ = self.encode_parts(torch.stack([x1, x3]))
            fake = self.decode_parts(s1, z3)
            if i == 0:
                judge_step(self.judge, judging, (x1, x2), (x1, fake.detach()))
            fooling.zero_grad()
            fooling_loss(self.judge, x1, fake).backward()
            fooling.step()
        return 2 * loss.detach()
