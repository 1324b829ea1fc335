"""Encoders and decoders that several families share."""

import pytest
from small_models import two_dimensional_model
from torch import nn

# torch compiles its forward-mode rules on their first use by a function that it calls deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


def test_every_family_has_a_plain_decoder_of_the_same_shape():
    decoders = [
        two_dimensional_model(name).decoder for name in ("vae-mlp", "dae-mlp", "vae-flat-mlp", "gan-mlp")
    ]
    kinds = [[type(layer) for layer in decoder] for decoder in decoders]
    assert kinds == [kinds[0]] * 4
    assert [type(layer) for layer in decoders[0]][-1] is nn.Sigmoid
