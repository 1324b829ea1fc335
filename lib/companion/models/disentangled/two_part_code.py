"""What the disentangling models share: a code of two parts, and decoders of the one with the other fixed."""

import copy
import math
from abc import abstractmethod
from typing import NamedTuple

import torch
from torch import Tensor, nn

from companion.models.latent_model import LatentModel
from companion.models.networks.instance_conv import (
    JoinedLinear,
    first_width,
    instance_decoder,
    instance_encoder,
)
from companion.models.spec import ModelSpec

IMPLIED_STD = math.sqrt(0.5)
"""Noise for which the negative Gaussian log likelihood is the summed squared error, up to a constant."""


class Parts(NamedTuple):
    """The parts of a code: s says what is in the image, z how it looks; z has a spread where it is drawn."""

    specified: Tensor
    unspecified: Tensor
    std: Tensor


class DisentangledModel(LatentModel):
    """An encoder and a decoder whose code (s, z) has a specified part s and an unspecified part z.

    As a `LatentModel` its code is the whole of (s, z), s first. The geometry of Shukla et al. (2019) is that
    of s alone, with z held fixed: `specified_decoder`.

    Args:
        encoder: (*batch, D) -> (*batch, n_out): s, mean of z and, where z is drawn, its log variance.
        decoder: (*batch, d) -> (*batch, D), as `instance_decoder` makes it of a `JoinedLinear`.
        image_shape: channels, height, width.
        specified_dim: size of s.
        unspecified_dim: size of z.
        draws: whether z has a distribution of its own, and not one value per image.
    """

    def __init__(
        self,
        encoder: nn.Module,
        decoder: nn.Sequential,
        *,
        image_shape: tuple[int, int, int],
        specified_dim: int,
        unspecified_dim: int,
        draws: bool,
    ):
        latent_dim = specified_dim + unspecified_dim
        super().__init__(
            encoder, decoder, image_shape=image_shape, latent_dim=latent_dim, noise_std=IMPLIED_STD
        )
        self.specified_dim, self.unspecified_dim, self.draws = specified_dim, unspecified_dim, draws

    def encode_parts(self, x: Tensor) -> Parts:
        """Encode images (*batch, D) or (*batch, c, h, w) to s, the mean of z and its standard deviation."""
        code = self.encoder(self.flat(x))
        s, z, *rest = code.split([self.specified_dim, *[self.unspecified_dim] * (1 + self.draws)], dim=-1)
        return Parts(s, z, torch.exp(0.5 * rest[0]) if rest else torch.zeros_like(z))

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Encode images to mean and standard deviation of the whole code (s, z); that of s is zero."""
        s, z, std = self.encode_parts(x)
        return torch.cat([s, z], dim=-1), torch.cat([torch.zeros_like(s), std], dim=-1)

    def encode_mean(self, x: Tensor) -> Tensor:
        """Encode images to one whole code (s, z) each, (*batch, d)."""
        return self.encode(x)[0]

    def decode_parts(self, s: Tensor, z: Tensor) -> Tensor:
        """Decode codes of equal batches to flat images (*batch, D)."""
        return self.decoder(torch.cat([s, z], dim=-1))

    def specified_decoder(self, unspecified: Tensor) -> nn.Sequential:
        """Make the decoder of s alone, the unspecified code fixed; it shares no weights with the model.

        Args:
            unspecified: (unspecified_dim,) the fixed z, in the model's dtype.

        Returns:
            a chain of layers (*batch, specified_dim) -> (*batch, D), in evaluation mode.

        Raises:
            ValueError: when z is not one code.
        """
        if unspecified.shape != (self.unspecified_dim,):
            seen = tuple(unspecified.shape)
            raise ValueError(f"unspecified: got shape {seen}, expected ({self.unspecified_dim},)")
        on_images, *end = copy.deepcopy(self.decoder).eval().requires_grad_(False)
        on_images.body[0] = on_images.body[0].given(unspecified)
        return nn.Sequential(on_images, *end)

    @torch.no_grad()
    def test_terms(
        self, x: Tensor, labels: Tensor, *, generator: torch.Generator | None = None
    ) -> dict[str, Tensor]:
        """Judge the reconstruction from an image's own two codes: its summed squared error."""
        return {"squared_error": (self.decoder(self.encode_mean(x)) - self.flat(x)).square().sum(-1)}

    @abstractmethod
    def training_step(self, batch, optimizers, generator):
        """Change the parameters once: every family has its own steps."""


def networks(
    spec: ModelSpec, specified_dim: int, brightness: float, *, draws: bool, bends_first: bool = True
) -> tuple[nn.Module, nn.Sequential, dict]:
    """Make encoder, decoder, drawing at a mean brightness, and the other arguments of a `DisentangledModel`.

    Raises:
        ValueError: no dimension left for z, or an output that is not the sigmoid's.
    """
    unspecified_dim = spec.latent_dim - specified_dim
    if not 0 < specified_dim < spec.latent_dim:
        raise ValueError(
            f"specified_dim: got {specified_dim}, expected 1 to {spec.latent_dim - 1}, less than latent_dim"
        )
    check_output(spec)
    first = JoinedLinear(specified_dim, unspecified_dim, first_width(spec.image_shape) // 2)
    encoder = instance_encoder(spec.image_shape, specified_dim + (1 + draws) * unspecified_dim)
    shape = {"bends_first": bends_first, "brightness": brightness}
    decoder = instance_decoder(first, spec.image_shape, activation_name=spec.activation, **shape)
    options = {
        "image_shape": spec.image_shape,
        "specified_dim": specified_dim,
        "unspecified_dim": unspecified_dim,
        "draws": draws,
    }
    return encoder, decoder, options


def check_output(spec: ModelSpec) -> None:
    """Refuse a linear output: these decoders end in the sigmoid, whatever the likelihood."""
    if spec.output_activation == "linear":
        raise ValueError(f"output_activation: got 'linear', expected 'sigmoid' or None for {spec.name}")
