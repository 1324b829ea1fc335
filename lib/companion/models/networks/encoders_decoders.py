"""The encoders and decoders that several families share: plain and convolutional ones."""

import math

from torch import nn

from companion.models.networks.convolutional import conv_decoder, conv_encoder
from companion.models.networks.mlp import mlp
from companion.models.spec import ModelSpec


def encoder_of(spec: ModelSpec, n_out: int) -> nn.Module:
    """Make the encoder (*batch, D) -> (*batch, n_out) of the network that a model's name ends in."""
    if spec.network == "conv":
        return conv_encoder(spec.image_shape, n_out, activation_name=spec.activation)
    return mlp(math.prod(spec.image_shape), spec.hidden, n_out, activation_name=spec.activation)


def decoder_of(spec: ModelSpec) -> nn.Sequential:
    """Make the decoder (*batch, d) -> (*batch, D), with its output activation."""
    if spec.network == "conv":
        decoder = nn.Sequential(
            conv_decoder(spec.latent_dim, spec.image_shape, activation_name=spec.activation)
        )
    else:
        ambient_dim = math.prod(spec.image_shape)
        decoder = mlp(spec.latent_dim, spec.hidden[::-1], ambient_dim, activation_name=spec.activation)
    if spec.ends_in_sigmoid:
        decoder.append(nn.Sigmoid())
    return decoder
