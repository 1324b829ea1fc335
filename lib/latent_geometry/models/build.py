"""Models by name, with the networks of the documents."""

import difflib
import math
from collections.abc import Sequence

from torch import nn

from latent_geometry.models.autoencoder import AutoEncoder
from latent_geometry.models.convolutional import conv_decoder, conv_encoder
from latent_geometry.models.latent_model import LatentModel
from latent_geometry.models.mlp import mlp
from latent_geometry.models.vae import VAE

MODELS = ("vae-mlp", "vae-conv", "ae-mlp", "ae-conv")


def build_model(
    name: str,
    image_shape: tuple[int, int, int],
    latent_dim: int,
    *,
    hidden: Sequence[int] = (512, 256),
    activation: str = "elu",
    likelihood: str = "gaussian",
    noise_std: float | None = None,
    output_activation: str | None = None,
    beta: float = 1.0,
) -> LatentModel:
    """Make an untrained model; its weights are drawn from torch's generator.

    Args:
        name: a name of `MODELS`.
        image_shape: channels, height, width.
        latent_dim: d.
        hidden: widths of the encoder's hidden layers, the decoder's in reverse; MLP only.
        activation: a name of `ACTIVATIONS`.
        likelihood: "gaussian" or "bernoulli".
        noise_std: standard deviation of the Gaussian likelihood, None learns it.
        output_activation: "linear" or "sigmoid"; None is the sigmoid for "bernoulli", linear for "gaussian".
        beta: weight of the KL term, VAE only.

    Returns:
        the model, in training mode. An MLP's `decoder` is an `nn.Sequential` of affine and elementwise
        modules.

    Raises:
        ValueError: for an unknown name.
    """
    check_model(name)
    family, network = name.split("-")
    ambient_dim = math.prod(image_shape)
    n_out = 2 * latent_dim if family == "vae" else latent_dim
    if network == "mlp":
        encoder = mlp(ambient_dim, hidden, n_out, activation_name=activation)
        decoder = mlp(latent_dim, hidden[::-1], ambient_dim, activation_name=activation)
    else:
        encoder = conv_encoder(image_shape, n_out, activation_name=activation)
        decoder = nn.Sequential(conv_decoder(latent_dim, image_shape, activation_name=activation))
    if output_activation == "sigmoid" or (output_activation is None and likelihood == "bernoulli"):
        decoder.append(nn.Sigmoid())
    options = {"image_shape": image_shape, "latent_dim": latent_dim, "likelihood": likelihood}
    if family == "vae":
        return VAE(encoder, decoder, beta=beta, noise_std=noise_std, **options)
    return AutoEncoder(encoder, decoder, noise_std=noise_std, **options)


def check_model(name: str) -> None:
    """Refuse a name that is no model's.

    Raises:
        ValueError: with the nearest name, if one is near, and the list of them.
    """
    if name not in MODELS:
        near = difflib.get_close_matches(str(name), MODELS, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ValueError(f"model: got {name!r}; {hint}expected one of {', '.join(MODELS)}")
