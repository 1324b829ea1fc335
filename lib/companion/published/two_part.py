"""The disentangling models of the document's institute: Szabo, Mathieu and Jha as A. H. Jha trained them."""

from typing import Any

import torch
from torch import Tensor, nn

from companion.models.disentangled.two_part_code import DisentangledModel
from companion.models.networks.instance_conv import (
    JoinedLinear,
    first_width,
    instance_decoder,
    instance_encoder,
)

SPECIFIED = ("class_output", "class_input", "fully_connected_common_factor", "common_factor")
UNSPECIFIED = (
    "style_mu",
    "style_input",
    "fully_connected_varying_factor",
    "varying_factor_mu",
    "varying_factor",
)
LOG_VARIANCE = ("style_logvar", "varying_factor_logvar")
STATISTICS = ("own", "stored")
ACTIVATIONS = ("relu", "leaky-relu")
State = dict[str, Tensor]


class PublishedTwoPartModel(DisentangledModel):
    """A disentangling model whose training is over; the arguments are those of `DisentangledModel`."""

    def training_step(self, batch, optimizers, generator):
        """Refuse: published weights are measured as they are."""
        raise NotImplementedError("a published model is not trained here")


def build(
    states: dict[str, State],
    image_shape: tuple[int, int, int],
    *,
    activation: str,
    bends_first: bool,
    statistics: str,
) -> PublishedTwoPartModel:
    """Build encoder and decoder from the weights of one of the three repositories.

    Their joined vector has z first, that of `JoinedLinear` s first, so that the first 64 and the last 64 maps
    that enter the first transposed convolution change places; the map is the same.

    Args:
        states: "encoder" and "decoder" -> named tensors.
        image_shape: channels, height, width.
        activation: of the decoder, "relu" or "leaky-relu", which no file says.
        bends_first: whether it follows the layer of codes too.
        statistics: of the instance normalisation, "own" of each picture, as in training, or "stored", as
            those networks use them in evaluation mode, where the decoder is piecewise linear up to its
            sigmoid.

    Raises:
        ValueError: weights that are not those of such a model, or another choice of layers.
    """
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation: got {activation!r}, expected one of {', '.join(ACTIVATIONS)}")
    if statistics not in STATISTICS:
        raise ValueError(f"statistics: got {statistics!r}, expected one of {', '.join(STATISTICS)}")
    reading, drawing = states["encoder"], states["decoder"]
    heads = [_named(reading, names) for names in (SPECIFIED, UNSPECIFIED)]
    draws = any(f"{name}.weight" in reading for name in LOG_VARIANCE)
    heads += [_named(reading, LOG_VARIANCE)] if draws else []
    s_dim, z_dim = (len(bias) for _, bias in heads[:2])
    first = JoinedLinear(s_dim, z_dim, first_width(image_shape) // 2)
    encoder = instance_encoder(image_shape, sum(len(bias) for _, bias in heads))
    decoder = instance_decoder(first, image_shape, activation_name=activation, bends_first=bends_first)
    _copy(first.specified, *_named(drawing, SPECIFIED))
    _copy(first.unspecified, *_named(drawing, UNSPECIFIED))
    _copy(encoder.body[-1], *(torch.cat(parts) for parts in zip(*heads, strict=True)))
    _fill(encoder.body, nn.Conv2d, reading, "conv_model.convolution", statistics)
    swapped = dict(drawing)
    key = "deconv_model.deconvolution_1.weight"
    if key in drawing:
        swapped[key] = drawing[key].roll(len(drawing[key]) // 2, 0)
    _fill(decoder[0].body, nn.ConvTranspose2d, swapped, "deconv_model.deconvolution", statistics)
    sizes: dict[str, Any] = {"specified_dim": s_dim, "unspecified_dim": z_dim}
    return PublishedTwoPartModel(encoder, decoder, image_shape=image_shape, draws=draws, **sizes)


def _named(state: State, names: tuple[str, ...]) -> tuple[Tensor, Tensor]:
    """Take weight and bias of the layer that has one of these names."""
    for name in names:
        if f"{name}.weight" in state and f"{name}.bias" in state:
            return state[f"{name}.weight"], state[f"{name}.bias"]
    raise ValueError(f"weights: got none of {', '.join(names)}, expected one of these layers")


def _copy(layer: nn.Module, weight: Tensor, bias: Tensor) -> None:
    if layer.weight.shape != weight.shape:
        raise ValueError(f"weights: got shape {tuple(weight.shape)}, expected {tuple(layer.weight.shape)}")
    with torch.no_grad():
        layer.weight.copy_(weight)
        layer.bias.copy_(bias)


def _fill(body: nn.Sequential, kind: type, state: State, prefix: str, statistics: str) -> None:
    """Copy the convolutions of a network in order, and where asked fix its normalisations."""
    layers = [layer for layer in body if isinstance(layer, kind)]
    for i, layer in enumerate(layers, 1):
        _copy(layer, *_named(state, (f"{prefix}_{i}",)))
    if statistics == "own":
        return
    places = [i for i, layer in enumerate(body) if isinstance(layer, nn.InstanceNorm2d)]
    for number, place in enumerate(places, 1):
        mean, variance = (state[f"{prefix}_{number}_in.running_{what}"] for what in ("mean", "var"))
        fixed = nn.BatchNorm2d(len(mean), affine=False)  # in evaluation mode the same map of each picture
        fixed.running_mean.copy_(mean)
        fixed.running_var.copy_(variance)
        body[place] = fixed
