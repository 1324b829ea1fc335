"""The convolutional networks with instance normalisation of the disentangling models, for any image size."""

import math

import torch
from torch import Tensor, nn

from companion.models.networks.activations import activation
from companion.models.networks.convolutional import OnFlatImages

FIRST_WIDTH = 16
SMALLEST_SIDE = 2
DISCRIMINATOR_SLOPE = 0.2
WEIGHT_STD = 0.05


class JoinedLinear(nn.Module):
    """Map the two parts of a code by layers of their own, and join the results.

    Args:
        specified_dim: size of s, the first part.
        unspecified_dim: size of z, the second part.
        width: outputs of either layer.

    Shapes:
        (n, specified_dim + unspecified_dim) -> (n, 2 width).
    """

    def __init__(self, specified_dim: int, unspecified_dim: int, width: int):
        super().__init__()
        self.specified = nn.Linear(specified_dim, width)
        self.unspecified = nn.Linear(unspecified_dim, width)

    def forward(self, code: Tensor) -> Tensor:
        s, z = code.split([self.specified.in_features, self.unspecified.in_features], dim=-1)
        return torch.cat([self.specified(s), self.unspecified(z)], dim=-1)

    def given(self, z: Tensor) -> nn.Linear:
        """Make the affine layer of s alone that this one is when z (unspecified_dim,) is fixed."""
        n, width = self.specified.weight.shape[1], len(self.specified.weight)
        layer = nn.Linear(n, 2 * width, dtype=z.dtype, device=z.device).requires_grad_(False)
        layer.weight[:width], layer.weight[width:] = self.specified.weight.detach(), 0
        layer.bias[:width], layer.bias[width:] = self.specified.bias.detach(), self.unspecified(z).detach()
        return layer


def instance_encoder(image_shape: tuple[int, int, int], n_out: int) -> OnFlatImages:
    """Make the encoder: 5 x 5 convolutions of stride 2 and of 16, 32, 64, ... filters, one affine layer.

    Instance normalisation by each image's own statistics and ReLU follow every convolution; three of them
    for 28 pixels a side, four for 64.

    Args:
        image_shape: channels, height, width; 12 pixels a side at least.
        n_out: size of the output.

    Returns:
        a map (*batch, D) -> (*batch, n_out), D = channels * height * width.
    """
    layers, n_features = _convolutions(image_shape, FIRST_WIDTH, nn.ReLU())
    return OnFlatImages(initialised(nn.Sequential(*layers, nn.Linear(n_features, n_out))))


def instance_decoder(
    first: nn.Module,
    image_shape: tuple[int, int, int],
    *,
    activation_name: str,
    bends_first: bool = True,
    brightness: float = 0.5,
) -> nn.Sequential:
    """Make the decoder: a first layer of codes, transposed 4 x 4 convolutions of stride 2, a sigmoid.

    Instance normalisation and the activation follow every transposed convolution but the last. Pictures on
    white paper are nearly all white: a sigmoid that has to learn so first moves codes and filters in one
    direction until its own slope is lost, and never draws more than a blob. It can start there instead.

    Args:
        first: layer (n, d) -> (n, `first_width(image_shape)`).
        image_shape: channels, height, width.
        activation_name: a name of `ACTIVATIONS`.
        bends_first: whether the activation follows the first layer too.
        brightness: b, mean of the pictures; the last bias starts at log(b / (1 - b)). With 0.5 it starts as
            PyTorch draws it.

    Returns:
        a map (*batch, d) -> (*batch, D), with values in (0, 1).

    Raises:
        ValueError: a brightness that is not between 0 and 1.
    """
    if not 0 < brightness < 1:
        raise ValueError(f"brightness: got {brightness}, expected a mean between 0 and 1")
    (channels, height, width), steps = _start(image_shape)
    layers = [first, activation(activation_name)] if bends_first else [first]
    layers.append(nn.Unflatten(1, (channels, height, width)))
    widths = [FIRST_WIDTH * 2**i for i in reversed(range(len(steps) - 1))]
    for n_filters, extra in zip(widths, steps[:-1], strict=True):
        layers.append(nn.ConvTranspose2d(channels, n_filters, 4, stride=2, output_padding=extra))
        layers += [nn.InstanceNorm2d(n_filters), activation(activation_name)]
        channels = n_filters
    last = nn.ConvTranspose2d(channels, image_shape[0], 4, stride=2, padding=1, output_padding=steps[-1])
    if brightness != 0.5:
        nn.init.constant_(last.bias, math.log(brightness / (1 - brightness)))
    return nn.Sequential(OnFlatImages(initialised(nn.Sequential(*layers, last))), nn.Sigmoid())


def first_width(image_shape: tuple[int, int, int]) -> int:
    """Size of the decoder's first layer: 512, which are 128 maps of 2 x 2, for 28 pixels a side."""
    (channels, height, width), _ = _start(image_shape)
    return channels * height * width


def pair_discriminator(image_shape: tuple[int, int, int], *, width: int = 32) -> OnFlatImages:
    """Make the judge of pairs of images, whose two logits say "not a true pair" and "a true pair".

    Args:
        image_shape: channels, height, width of one image.
        width: filters of the first convolution; each further one has twice as many.

    Returns:
        a map (*batch, 2 D) -> (*batch, 2).
    """
    channels, *size = image_shape
    layers, n_features = _convolutions((2 * channels, *size), width, nn.LeakyReLU(DISCRIMINATOR_SLOPE))
    return OnFlatImages(initialised(nn.Sequential(*layers, nn.Linear(n_features, 2))))


def initialised(network: nn.Module) -> nn.Module:
    """Draw convolutions and affine layers, but no transposed ones, from N(0, 0.05^2) with zero biases."""
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.normal_(module.weight, std=WEIGHT_STD)
            nn.init.zeros_(module.bias)
    return network


def _convolutions(shape: tuple[int, int, int], width: int, bend: nn.Module) -> tuple[list[nn.Module], int]:
    """Halve the image as often as two pixels a side are left; return the layers and the flat size."""
    channels, height, side = shape
    if min(height, side) < 12:
        raise ValueError(f"image_shape: got {shape}, expected (channels, height, width), 12 pixels a side")
    layers: list[nn.Module] = [nn.Unflatten(1, shape)]
    while (min(height, side) - 3) // 2 + 1 >= SMALLEST_SIDE:
        layers += [nn.Conv2d(channels, width, 5, stride=2, padding=1), nn.InstanceNorm2d(width), bend]
        channels, width = width, 2 * width
        height, side = (height - 3) // 2 + 1, (side - 3) // 2 + 1
    return [*layers, nn.Flatten()], channels * height * side


def _start(image_shape: tuple[int, int, int]) -> tuple[tuple[int, int, int], list[tuple[int, int]]]:
    """Shape that the decoder starts from, and the output padding of each of its transposed convolutions."""
    size = tuple(image_shape[1:])
    steps = [tuple(n % 2 for n in size)]
    size = tuple(n // 2 for n in size)
    while (min(size) - 2) // 2 >= SMALLEST_SIDE:
        before = tuple((n - 2) // 2 for n in size)
        steps.insert(0, tuple(n - 2 - 2 * m for n, m in zip(size, before, strict=True)))
        size = before
    return (FIRST_WIDTH * 2 ** len(steps), *size), steps
