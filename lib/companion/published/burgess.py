"""The VAEs of Dubois et al. (2019): five objectives, one network, that of Burgess et al. (2018)."""

import torch
from torch import Tensor, nn

from companion.models.networks.convolutional import OnFlatImages
from companion.models.plain.public_vae import PublicVAE

FILTERS, START, HIDDEN = 32, 4, 256


def build(states: dict[str, dict[str, Tensor]], image_shape: tuple[int, int, int]) -> PublicVAE:
    """Build a VAE from the named tensors of its file.

    Its last layer of the encoder gives mean and log variance of each coordinate in turn; here all means come
    first.

    Args:
        states: "model" -> named tensors.
        image_shape: channels, height, width; 32 or 64 pixels a side.

    Raises:
        ValueError: weights that are not those of such a model.
    """
    state = states["model"]
    latent_dim = len(state.get("encoder.mu_logvar_gen.bias", ())) // 2
    if not latent_dim:
        raise ValueError("weights: got no encoder.mu_logvar_gen, expected the layers of such a VAE")
    is_large = image_shape[1] == 64
    reading = ["conv1", "conv2", "conv3", *(["conv_64"] if is_large else [])]
    drawing = [*(["convT_64"] if is_large else []), "convT1", "convT2", "convT3"]
    channels = image_shape[0]
    layers: list[nn.Module] = [nn.Unflatten(1, image_shape)]
    for i, name in enumerate(reading):
        convolution = nn.Conv2d(FILTERS if i else channels, FILTERS, 4, stride=2, padding=1)
        layers += [_filled(convolution, state, f"encoder.{name}"), nn.ReLU()]
    layers.append(nn.Flatten())
    for name, size in (("lin1", FILTERS * START**2), ("lin2", HIDDEN)):
        layers += [_filled(nn.Linear(size, HIDDEN), state, f"encoder.{name}"), nn.ReLU()]
    last = _filled(nn.Linear(HIDDEN, 2 * latent_dim), state, "encoder.mu_logvar_gen")
    with torch.no_grad():
        for values in (last.weight, last.bias):
            values.copy_(torch.cat([values[0::2], values[1::2]]))
    encoder = OnFlatImages(nn.Sequential(*layers, last))
    layers = []
    sizes = [("lin1", latent_dim, HIDDEN), ("lin2", HIDDEN, HIDDEN), ("lin3", HIDDEN, FILTERS * START**2)]
    for name, n_in, n_out in sizes:
        layers += [_filled(nn.Linear(n_in, n_out), state, f"decoder.{name}"), nn.ReLU()]
    layers.append(nn.Unflatten(1, (FILTERS, START, START)))
    for name in drawing:
        n_out = channels if name == "convT3" else FILTERS
        transposed = nn.ConvTranspose2d(FILTERS, n_out, 4, stride=2, padding=1)
        layers += [_filled(transposed, state, f"decoder.{name}"), nn.ReLU()]
    decoder = nn.Sequential(OnFlatImages(nn.Sequential(*layers[:-1])), nn.Sigmoid())
    return PublicVAE(encoder, decoder, image_shape=image_shape, latent_dim=latent_dim, likelihood="bernoulli")


def _filled(layer: nn.Module, state: dict[str, Tensor], name: str) -> nn.Module:
    """Copy weight and bias of a name into a layer of their shapes."""
    for part, values in layer.named_parameters():
        found = state.get(f"{name}.{part}")
        if found is None or found.shape != values.shape:
            seen = "none" if found is None else tuple(found.shape)
            raise ValueError(f"{name}.{part}: got {seen}, expected shape {tuple(values.shape)}")
        with torch.no_grad():
            values.copy_(found)
    return layer
