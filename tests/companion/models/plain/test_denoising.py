"""The denoising autoencoder and its corruption."""

import pytest
import torch
from problems import generator
from small_models import flat_images, two_dimensional_model

# torch compiles its forward-mode rules on their first use by a function that it calls deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


def test_corruption_is_speckle_or_gaussian_about_evenly_and_of_the_size_asked_for():
    model = two_dimensional_model("dae-mlp", corruption_std=0.2)
    x = torch.zeros(4000, 784, dtype=torch.float64)
    x[:, :392] = 2.0
    noise = model.corrupt(x, generator=generator()) - x
    is_speckle = (noise[:, 392:] == 0).all(dim=1)
    assert is_speckle.double().mean().item() == pytest.approx(0.5, abs=0.03)
    assert noise[~is_speckle].std().item() == pytest.approx(0.2, rel=0.01)
    assert noise[is_speckle][:, :392].std().item() == pytest.approx(0.4, rel=0.01)


def test_without_corruption_a_denoising_autoencoder_is_an_autoencoder():
    denoising, plain = two_dimensional_model("dae-mlp", corruption_std=0), two_dimensional_model("ae-mlp")
    assert denoising.loss(flat_images(), generator=generator()).item() == pytest.approx(
        plain.loss(flat_images()).item()
    )
    noisy = two_dimensional_model("dae-mlp", corruption_std=1.0)
    assert noisy.loss(flat_images(), generator=generator()).item() != pytest.approx(
        plain.loss(flat_images()).item()
    )


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("dae-mlp", {"corruption_std": -1}, "corruption_std: got -1"),
    ],
)
def test_bad_options_are_refused_by_name(name, options, message):
    with pytest.raises(ValueError, match=message):
        two_dimensional_model(name, **options)
