"""Encoders and decoders of every plain family: shapes, derivatives, outputs and likelihoods."""

import math

import pytest
import torch
from companion.models import build_model
from small_models import model_of
from torch.func import jvp

# torch compiles its forward-mode rules on their first use by a function that it calls deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")
SHAPES = [(1, 28, 28), (3, 64, 64), (2, 33, 45)]


@pytest.fixture(params=("vae-mlp", "vae-conv", "ae-mlp", "ae-conv"))
def name(request):
    return request.param


@pytest.mark.parametrize("image_shape", SHAPES, ids=str)
def test_encoding_and_decoding_fit_every_image_size(name, image_shape, generator):
    model = model_of(name, image_shape)
    x = torch.rand(2, *image_shape, generator=generator, dtype=torch.float64)
    assert model.encode_mean(x).shape == (2, 3)
    assert model.decode(model.encode_mean(x)).shape == x.shape
    assert model.decoder(model.encode_mean(x)).shape == (2, math.prod(image_shape))
    assert torch.equal(model.encode_mean(x), model.encode_mean(x.flatten(1)))


@pytest.mark.parametrize("batch", [(), (1,), (4,), (2, 3), (1, 1, 2)], ids=str)
def test_a_decoder_takes_any_leading_axes_and_treats_each_point_alone(name, batch, generator):
    model = model_of(name)
    z = torch.randn(*batch, 3, generator=generator, dtype=torch.float64)
    together = model.decoder(z)
    alone = torch.stack([model.decoder(point) for point in z.reshape(-1, 3)]).reshape(*batch, 784)
    torch.testing.assert_close(together, alone, rtol=1e-10, atol=1e-10)


def test_forward_mode_through_a_decoder_is_the_limit_of_differences(name, generator):
    decoder = model_of(name, likelihood="bernoulli").decoder
    z, v = torch.randn(2, 2, 3, generator=generator, dtype=torch.float64)
    step = 1e-6
    difference = (decoder(z + step * v) - decoder(z - step * v)) / (2 * step)
    torch.testing.assert_close(jvp(decoder, (z,), (v,))[1], difference, rtol=1e-4, atol=1e-7)


def test_the_output_activation_is_stated_and_bounds_the_pixels(name, generator):
    z = 10 * torch.randn(50, 3, generator=generator, dtype=torch.float64)
    linear, sigmoid = model_of(name), model_of(name, likelihood="bernoulli")
    assert (linear.output_activation, sigmoid.output_activation) == ("linear", "sigmoid")
    assert linear.decoder(z).min() < 0
    assert 0 <= sigmoid.decoder(z).min() <= sigmoid.decoder(z).max() <= 1
    assert model_of(name, output_activation="sigmoid").output_activation == "sigmoid"


def test_the_noise_is_learned_unless_it_is_given():
    assert "log_std" in dict(model_of("vae-mlp").named_parameters())
    for fixed in (model_of("vae-mlp", noise_std=0.1), model_of("vae-mlp", likelihood="bernoulli")):
        assert "log_std" not in dict(fixed.named_parameters())
    assert model_of("vae-mlp", noise_std=0.1).log_std.exp().item() == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: build_model("vae-mlp", (1, 28, 28), 2, likelihood="poisson"), "expected one of gaussian"),
        (
            lambda: build_model("ae-mlp", (1, 28, 28), 2, likelihood="bernoulli", output_activation="linear"),
            "decoder: got one that ends in Linear, expected nn.Sigmoid",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
