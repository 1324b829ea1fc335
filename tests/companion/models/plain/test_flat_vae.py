"""The VAE that is drawn towards a flat metric."""

import pytest
import torch
from companion.models import VAE
from problems import generator
from pullback import PullbackMetric
from small_models import flat_images, two_dimensional_model
from torch import nn

# torch compiles its forward-mode rules on their first use by a function that it calls deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


def test_the_metric_of_the_flat_vae_is_the_pullback_metric_and_reaches_the_weights():
    model = two_dimensional_model("vae-flat-mlp")
    z = torch.randn(9, 2, generator=generator(), dtype=torch.float64)
    torch.testing.assert_close(model.metric(z), PullbackMetric(model.decoder).matrix(z))
    model.flatness_penalty(z, generator=generator()).backward()
    assert model.decoder[0].weight.grad.norm() > 0


def test_a_flat_decoder_pays_nothing_and_an_uneven_one_the_square_of_its_unevenness():
    """`eq-flatness-penalty`."""
    model = two_dimensional_model("vae-flat-mlp")
    z = torch.randn(50, 2, generator=generator(), dtype=torch.float64)
    layer = nn.Linear(2, 784).double()
    with torch.no_grad():
        layer.weight.zero_()[0, 0] = layer.weight[1, 1] = 3.0
    model.decoder = nn.Sequential(layer)
    assert model.flatness_penalty(z).item() == pytest.approx(0, abs=1e-20)
    with torch.no_grad():
        layer.weight[1, 1] = 1.0
    assert model.flatness_penalty(z).item() == pytest.approx(2 * 4.0**2)


def test_without_its_penalty_the_flat_vae_is_the_vae():
    flat, plain = two_dimensional_model("vae-flat-mlp", flatness=0.0), two_dimensional_model("vae-mlp")
    assert isinstance(flat, VAE)
    losses = [model.loss(flat_images(), generator=generator()).item() for model in (flat, plain)]
    assert losses[0] == pytest.approx(losses[1])


def test_following_the_penalty_makes_the_metric_more_even():
    model = two_dimensional_model("vae-flat-mlp")
    z = 2 * torch.randn(200, 2, generator=generator(), dtype=torch.float64)
    optimizer = torch.optim.Adam(model.decoder.parameters(), lr=3e-3)
    unevenness = []
    for _ in range(150):
        G = model.metric(z).detach()
        G = G / G.diagonal(dim1=-2, dim2=-1).mean()
        unevenness.append((G - torch.eye(2)).square().sum((-2, -1)).mean().item())
        optimizer.zero_grad()
        model.flatness_penalty(z, generator=generator(len(unevenness))).backward()
        optimizer.step()
    assert unevenness[0] > 0.3
    assert unevenness[-1] < 0.2 * unevenness[0]


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("vae-flat-mlp", {"flatness": -1}, "flatness: got -1"),
        ("vae-flat-mlp", {"mixup": -1}, "mixup: got -1"),
    ],
)
def test_bad_options_are_refused_by_name(name, options, message):
    with pytest.raises(ValueError, match=message):
        two_dimensional_model(name, **options)
