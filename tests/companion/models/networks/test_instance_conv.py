"""Convolutions with instance normalisation: sizes, and the brightness they start at."""

import pytest
import torch
from companion.models.networks.instance_conv import instance_encoder
from disentangled_models import BASELINES, FAMILIES, disentangled_model
from torch import nn


def test_the_networks_for_28_pixels_have_the_sizes_of_the_public_implementation():
    model = disentangled_model("mathieu-conv")
    convolutions = [m for m in model.encoder.modules() if isinstance(m, nn.Conv2d)]
    assert [m.out_channels for m in convolutions] == [16, 32, 64]
    assert model.encoder.body[-1].in_features == 256
    transposed = [m for m in model.decoder.modules() if isinstance(m, nn.ConvTranspose2d)]
    assert [(m.in_channels, m.out_channels) for m in transposed] == [(128, 32), (32, 16), (16, 1)]
    judges = [m for m in model.judge.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    assert [m.weight.shape[1] for m in judges] == [2, 32, 64, 512]


@pytest.mark.parametrize("brightness", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("name", FAMILIES + BASELINES)
def test_an_untrained_decoder_draws_pictures_of_the_brightness_that_it_is_told(name, brightness):
    model = disentangled_model(name, brightness=brightness)
    z = torch.randn(50, model.latent_dim, generator=torch.Generator().manual_seed(0))
    assert model.decode(z).mean().item() == pytest.approx(brightness, abs=0.06)


@pytest.mark.parametrize("brightness", [0.0, 1.0, -0.2])
def test_a_brightness_that_no_sigmoid_has_is_refused(brightness):
    with pytest.raises(ValueError, match=r"brightness: got .*, expected a mean between 0 and 1"):
        disentangled_model("jha-conv", brightness=brightness)


def test_images_too_small_to_halve_are_refused():
    with pytest.raises(ValueError, match="12 pixels a side"):
        instance_encoder((1, 8, 8), 4)
