"""Which layers a map is taken apart into, and what is pushed through each."""

import pytest
from pullback.maps.layers import is_opaque, layers_of
from torch import nn


def test_no_layer_of_a_convolutional_network_is_opaque(convolutional):
    assert not any(map(is_opaque, layers_of(convolutional)))


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(1, 1, 3, padding="same"),
        nn.Conv2d(1, 1, 3, padding=1, padding_mode="circular"),
        nn.BatchNorm2d(1, track_running_stats=False),
        nn.BatchNorm2d(1).train(),
    ],
    ids=["padding by name", "circular", "batch statistics", "training"],
)
def test_layers_whose_formula_would_differ_stay_opaque(layer):
    assert is_opaque(layer)
