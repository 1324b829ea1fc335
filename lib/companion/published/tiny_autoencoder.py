"""The tiny autoencoder of FLUX.2's latent space (Bohan 2023), for pictures of 64 pixels a side."""

import torch
from torch import Tensor, nn

from companion.models.networks.convolutional import OnFlatImages

CHANNELS, WIDE, GROUPS = 64, 256, 4
LIMIT = 3.0


class SoftClamp(nn.Module):
    r"""Bound every coordinate smoothly: $3 \tanh(z / 3)$."""

    def forward(self, z: Tensor) -> Tensor:
        return LIMIT * torch.tanh(z / LIMIT)


class Block(nn.Module):
    """Three convolutions beside a short cut, with a pooled branch before them in the innermost blocks.

    Args:
        is_pooled: whether it has that branch.
    """

    def __init__(self, *, is_pooled: bool = False):
        super().__init__()
        self.conv = nn.Sequential(_conv(), nn.ReLU(), _conv(), nn.ReLU(), _conv())
        self.pool = _pool() if is_pooled else None

    def forward(self, x: Tensor) -> Tensor:
        if self.pool is not None:
            x = x + self.pool(x)
        return torch.relu(self.conv(x) + x)


class TinyAutoEncoder(nn.Module):
    """Encoder and decoder between pictures and blocks of an eighth of their side.

    Args:
        encoder: (n, 3, h, w) in [0, 1] -> (n, c, h / 8, w / 8).
        decoder: the way back, a chain of layers; values may lie a little outside of [0, 1].
        image_shape: channels, height, width.
        channels: c.
    """

    def __init__(
        self, encoder: nn.Module, decoder: nn.Sequential, image_shape: tuple[int, int, int], channels: int
    ):
        super().__init__()
        self.image_shape = image_shape
        self.code_shape = (channels, image_shape[1] // 8, image_shape[2] // 8)
        self.latent_dim = channels * self.code_shape[1] * self.code_shape[2]
        self.encoder = encoder
        self.decoder = OnFlatImages(nn.Sequential(nn.Unflatten(1, self.code_shape), *decoder))

    def encode_mean(self, x: Tensor) -> Tensor:
        """Encode pictures (n, 3, h, w) or (n, D) to flat codes (n, d)."""
        return self.encoder(x.reshape(-1, *self.image_shape)).flatten(1)


def build(states: dict[str, dict[str, Tensor]], image_shape: tuple[int, int, int]) -> TinyAutoEncoder:
    """Build it from the named tensors of its two files.

    Args:
        states: "encoder" and "decoder" -> named tensors, whose names are places in a chain of layers.
        image_shape: channels, height, width; sides of a multiple of 8.

    Raises:
        ValueError: weights that are not those of such a model.
    """
    channels = len(states["encoder"].get("14.bias", ()))
    encoder, decoder = _encoder(channels), _decoder(channels)
    for part, network in (("encoder", encoder), ("decoder", decoder)):
        try:
            network.load_state_dict(states[part])
        except RuntimeError as error:
            reason = " ".join(str(error).split())
            raise ValueError(f"{part}: got other weights than this network's ({reason:.150})") from error
    return TinyAutoEncoder(encoder, decoder, image_shape, channels)


def _encoder(channels: int) -> nn.Sequential:
    layers: list[nn.Module] = [_conv(3), Block()]
    for is_last in (False, False, True):
        layers.append(_conv(stride=2, bias=False))
        layers += [Block(is_pooled=is_last) for _ in range(3)]
    return nn.Sequential(*layers, _conv(n_out=channels))


def _decoder(channels: int) -> nn.Sequential:
    layers: list[nn.Module] = [SoftClamp(), _conv(channels), nn.ReLU()]
    for is_first in (True, False, False):
        layers += [Block(is_pooled=is_first) for _ in range(3)]
        layers += [nn.Upsample(scale_factor=2), _conv(bias=False)]
    return nn.Sequential(*layers, Block(), _conv(n_out=3))


def _conv(n_in: int = CHANNELS, n_out: int = CHANNELS, **options) -> nn.Conv2d:
    return nn.Conv2d(n_in, n_out, 3, padding=1, **options)


def _pool() -> nn.Sequential:
    widen, narrow = (nn.Conv2d(a, b, 1, bias=False) for a, b in ((CHANNELS, WIDE), (WIDE, CHANNELS)))
    return nn.Sequential(widen, nn.GroupNorm(GROUPS, WIDE), nn.ReLU(), narrow)
