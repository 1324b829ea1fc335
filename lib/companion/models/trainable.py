"""What training asks of a model."""

import math
from abc import ABC
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from companion.models.batch import Batch

MakeOptimizer = Callable[..., Optimizer]
"""(parameters, **overrides) -> optimiser with the configuration's settings.

Parameters are given plainly or as torch's groups, in which `rate_factor` multiplies the learning rate.
"""


class TrainableModel(nn.Module, ABC):
    """A network with an objective.

    A family with one loss of the images overrides `loss`; one that needs labels or partners `batch_loss`;
    one with several optimisers `optimizers` and `training_step`; one with a second stage `finish`.

    Args:
        image_shape: channels, height, width.
    """

    def __init__(self, image_shape: tuple[int, int, int]):
        super().__init__()
        self.image_shape = tuple(image_shape)

    @property
    def ambient_dim(self) -> int:
        """D, the number of pixels times channels."""
        return math.prod(self.image_shape)

    def flat(self, x: Tensor) -> Tensor:
        """Flatten images (*batch, channels, height, width) to (*batch, D); flat ones pass unchanged.

        Raises:
            ValueError: for any other shape.
        """
        if x.shape[-3:] == self.image_shape:
            return x.flatten(-3)
        if x.shape[-1:] == (self.ambient_dim,):
            return x
        raise ValueError(
            f"x: got shape {tuple(x.shape)}, expected (*batch, {', '.join(map(str, self.image_shape))}) "
            f"or (*batch, {self.ambient_dim})"
        )

    def loss(self, x: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        """What training minimises: one number for images (*batch, D) or (*batch, c, h, w)."""
        raise NotImplementedError(f"{type(self).__name__} has no loss of single images")

    def batch_loss(self, batch: Batch, *, generator: torch.Generator) -> Tensor:
        """What training minimises, one number, of images with labels and partners."""
        return self.loss(batch.images, generator=generator)

    def optimizers(self, make: MakeOptimizer) -> list[Optimizer]:
        """Make the optimisers that `training_step` receives, in the same order."""
        return [make(parameter for parameter in self.parameters() if parameter.requires_grad)]

    def training_step(self, batch: Batch, optimizers: list[Optimizer], generator: torch.Generator) -> Tensor:
        """Change the parameters once, and return the loss, detached."""
        (optimizer,) = optimizers
        optimizer.zero_grad()
        loss = self.batch_loss(batch, generator=generator)
        loss.backward()
        optimizer.step()
        return loss.detach()

    def finish(
        self, images: Tensor, labels: Tensor, *, generator: torch.Generator, progress: bool = False
    ) -> None:
        """Do what follows the last epoch, in eval mode: nothing, unless a family has a second stage.

        Args:
            images: (n, D) all training images.
            labels: (n,) their labels.
            generator: source of randomness, on the images' device.
            progress: whether to show progress on stderr.
        """

    def test_terms(
        self, x: Tensor, labels: Tensor, *, generator: torch.Generator | None = None
    ) -> dict[str, Tensor]:
        """Judge images that training has not seen: name -> (b,), to be averaged over them.

        Args:
            x: (b, D).
            labels: (b,).
            generator: source of randomness, on the device of x.
        """
        return {}
