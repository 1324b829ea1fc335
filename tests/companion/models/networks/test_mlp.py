"""Multilayer perceptrons are plain sequences."""

import pytest
from companion.models import ACTIVATIONS
from small_models import model_of
from torch import nn

# torch compiles its forward-mode rules on their first use by a function that it calls deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_an_mlp_decoder_is_a_plain_sequence_of_affine_and_elementwise_layers(activation):
    decoder = model_of("vae-mlp", activation=activation, hidden=(50, 20)).decoder
    assert type(decoder) is nn.Sequential
    assert [type(layer) for layer in decoder[::2]] == [nn.Linear] * 3
    assert [type(layer) for layer in decoder[1::2]] == [type(ACTIVATIONS[activation]())] * 2
    assert [layer.in_features for layer in decoder[::2]] == [3, 20, 50]
