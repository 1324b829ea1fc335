"""Networks in plain numbers."""

import numpy as np
import pytest
import torch
from packed_numbers import unpack
from pullback.exchange.networks import network
from torch import nn


def test_a_described_network_computes_the_decoder():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        decoder = nn.Sequential(nn.Linear(2, 24), nn.Tanh(), nn.Linear(24, 30)).double().requires_grad_(False)
    z = torch.tensor([0.3, -0.7], dtype=torch.float64)
    h = z.numpy()
    for layer in network(decoder):
        weight = unpack(layer["weight"]).reshape(layer["rows"], layer["columns"]).astype(float)
        h = weight @ h + unpack(layer["bias"])
        h = np.tanh(h) if layer["activation"] == "tanh" else h
    assert h == pytest.approx(decoder(z).numpy(), rel=1e-2, abs=1e-2)


def test_affine_layers_without_a_bend_between_them_become_one():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layers = (nn.Linear(2, 7), nn.Linear(7, 3, bias=False), nn.Linear(3, 4), nn.Tanh())
        decoder = nn.Sequential(*layers).double()
    (layer,) = network(decoder)
    weight = unpack(layer["weight"]).reshape(4, 2).astype(float)
    z = np.array([0.3, -0.7])
    expected = decoder(torch.from_numpy(z)).detach().numpy()
    assert np.tanh(weight @ z + unpack(layer["bias"])) == pytest.approx(expected, rel=5e-3)


def on_maps(layer: nn.Module) -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, 36), nn.Unflatten(1, (4, 3, 3)), layer)


@pytest.mark.parametrize(
    ("decoder", "message"),
    [
        (
            nn.Sequential(nn.Linear(2, 3), nn.Mish()),
            r"got the layer Mish on points of shape \(3,\), expected affine",
        ),
        (nn.Sequential(nn.Tanh(), nn.Linear(2, 3)), "got the layer Tanh after another activation, or first"),
        (nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.ReLU()), "got the layer ReLU after another activation"),
        (on_maps(nn.ConvTranspose2d(4, 2, 2, groups=2)), "expected one group and no dilation"),
        (on_maps(nn.ConvTranspose2d(4, 2, 2, dilation=2)), "expected one group and no dilation"),
        (
            on_maps(nn.Conv2d(4, 2, 2, padding="same")),
            "expected one group, no dilation, zeros around by numbers",
        ),
        (on_maps(nn.Conv2d(4, 2, 3, padding=1, padding_mode="reflect")), "zeros around by numbers"),
        (on_maps(nn.BatchNorm2d(4)), r"got BatchNorm2d in training mode, expected decoder.eval\(\)"),
        (on_maps(nn.Dropout(0.1)), r"got Dropout in training mode, expected decoder.eval\(\)"),
        (on_maps(nn.Upsample(scale_factor=1.5)), "expected nearest upsampling by a whole factor"),
        (on_maps(nn.Upsample(scale_factor=2, mode="bilinear")), "expected nearest upsampling"),
        (on_maps(nn.LayerNorm(3)), "expected one over the whole point"),
        (on_maps(nn.Linear(3, 2)), r"got the layer Linear on points of shape \(4, 3, 3\)"),
        (on_maps(nn.PixelShuffle(2)), "got the layer PixelShuffle"),
        (
            nn.Sequential(nn.Linear(2, 4), nn.InstanceNorm2d(4)),
            r"InstanceNorm2d .*not \(channels, height, width\)",
        ),
        (nn.Sequential(), "got no layer"),
    ],
)
def test_a_layer_that_cannot_be_described_is_refused_by_its_name(decoder, message):
    with pytest.raises(ValueError, match=message):
        network(decoder)


def test_a_hook_is_not_left_out_silently():
    decoder = nn.Sequential(nn.Linear(2, 3), nn.Conv2d(1, 1, 1))
    decoder[0].register_forward_hook(lambda module, given, output: 2 * output)
    with pytest.raises(ValueError, match="got the layer Linear"):
        network(decoder)


def test_weights_beyond_the_short_floats_are_packed_in_long_ones():
    huge = nn.Linear(2, 3)
    with torch.no_grad():
        huge.weight.fill_(1e5)
    described = network(nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 4)))
    assert {layer["weight"]["type"] for layer in described} == {"f2"}
    assert network(nn.Sequential(huge))[0]["weight"]["type"] == "f4"
