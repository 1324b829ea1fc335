"""The convolutional networks of the documents."""

import pytest
import torch
from companion.models import build_model
from small_models import model_of
from torch import nn

# torch compiles its forward-mode rules on their first use by a function that it calls deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


@pytest.mark.parametrize("network", ["vae-conv", "ae-conv"])
def test_the_convolutional_networks_are_those_of_the_table(network):
    model = model_of(network, (3, 64, 64), 32)
    convolutions = [layer for layer in model.encoder.modules() if isinstance(layer, nn.Conv2d)]
    assert [layer.out_channels for layer in convolutions] == [32, 32, 64, 64]
    assert all((layer.kernel_size, layer.stride) == ((4, 4), (2, 2)) for layer in convolutions)
    transposed = [layer for layer in model.decoder.modules() if isinstance(layer, nn.ConvTranspose2d)]
    assert [layer.out_channels for layer in transposed] == [64, 64, 32, 32, 3]
    assert all(layer.kernel_size == (4, 4) for layer in transposed)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: build_model("vae-conv", (1, 8, 8), 2), "image_shape: got"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_convolutional_network_shows_its_layers():
    network = build_model("vae-conv", (1, 28, 28), 3).eval().decoder[0]
    z = torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    chain = network.as_sequential
    assert all(type(layer).__module__.startswith("torch.nn") for layer in chain)
    assert torch.equal(chain(z), network(z))
