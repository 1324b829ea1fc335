"""Numbers and networks, packed for the page."""

import numpy as np
import pytest
import torch
from companion.models.networks.mlp import mlp
from companion.widgets.packing import network, packed
from packed_numbers import unpack
from torch import nn
from widget_pages import explored_models


@pytest.mark.parametrize(("kind", "rounding"), [("f2", 2**-11), ("f4", 2**-24)])
def test_packed_numbers_are_the_numbers_to_rounding(kind, rounding, generator):
    values = torch.randn(50, generator=generator, dtype=torch.float64)
    assert unpack(packed(values, kind)) == pytest.approx(values.numpy(), rel=rounding)


@pytest.mark.parametrize("bad", [torch.tensor([1e6]), torch.tensor([torch.nan])])
def test_numbers_that_do_not_fit_are_refused(bad):
    with pytest.raises(ValueError, match="values: got magnitudes to"):
        packed(bad, "f2")


def test_a_described_network_computes_the_decoder():
    decoder = explored_models()[0].decoder
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
        (nn.Sequential(nn.Linear(2, 3), nn.GELU()), "got the layer GELU, expected nn.Linear, then one of"),
        (nn.Sequential(nn.Tanh(), nn.Linear(2, 3)), "got the layer Tanh"),
        (nn.Sequential(nn.Linear(2, 3), nn.ELU(0.5)), "expected the activation's default settings"),
        (mlp(3, [4], 5), "got 3 latent coordinates, expected 2"),
        (on_maps(nn.ConvTranspose2d(4, 2, 2, groups=2)), "expected one group and no dilation"),
        (on_maps(nn.ConvTranspose2d(4, 2, 2, dilation=2)), "expected one group and no dilation"),
        (on_maps(nn.InstanceNorm2d(4, affine=True)), "expected no weights and no running statistics"),
        (on_maps(nn.BatchNorm2d(4).eval()), "got the layer BatchNorm2d, expected nn.Linear"),
        (on_maps(nn.Linear(3, 2)), "got the layer Linear, .* on unflattened maps"),
        (nn.Sequential(nn.Linear(2, 4), nn.InstanceNorm2d(4)), "got the layer InstanceNorm2d"),
    ],
)
def test_a_decoder_that_the_page_cannot_compute_is_refused(decoder, message):
    with pytest.raises(ValueError, match=message):
        network(decoder)


def test_weights_beyond_the_short_floats_are_packed_in_long_ones():
    huge = nn.Linear(2, 3)
    with torch.no_grad():
        huge.weight.fill_(1e5)
    described = network(nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 4)))
    assert {layer["weight"]["type"] for layer in described} == {"f2"}
    assert network(nn.Sequential(huge))[0]["weight"]["type"] == "f4"
