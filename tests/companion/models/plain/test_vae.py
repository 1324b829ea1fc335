"""Models: shapes, closed forms of their losses, and decoders that geometry can take."""

import math

import pytest
import torch
from companion.models import (
    ACTIVATIONS,
    VAE,
    bernoulli_log_likelihood,
    build_model,
    gaussian_log_likelihood,
    kl_to_standard_normal,
)
from torch import nn
from torch.distributions import Bernoulli, MultivariateNormal, Normal, kl_divergence
from torch.func import jvp

# torch compiles its forward-mode rules on their first use by a function that it calls deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")

SHAPES = [(1, 28, 28), (3, 64, 64), (2, 33, 45)]


def model_of(name, image_shape=(1, 28, 28), latent_dim=3, **options):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return build_model(name, image_shape, latent_dim, **options).double().eval()


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


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_an_mlp_decoder_is_a_plain_sequence_of_affine_and_elementwise_layers(activation):
    decoder = model_of("vae-mlp", activation=activation, hidden=(50, 20)).decoder
    assert type(decoder) is nn.Sequential
    assert [type(layer) for layer in decoder[::2]] == [nn.Linear] * 3
    assert [type(layer) for layer in decoder[1::2]] == [ACTIVATIONS[activation]] * 2
    assert [layer.in_features for layer in decoder[::2]] == [3, 20, 50]


def test_the_output_activation_is_stated_and_bounds_the_pixels(name, generator):
    z = 10 * torch.randn(50, 3, generator=generator, dtype=torch.float64)
    linear, sigmoid = model_of(name), model_of(name, likelihood="bernoulli")
    assert (linear.output_activation, sigmoid.output_activation) == ("linear", "sigmoid")
    assert linear.decoder(z).min() < 0
    assert 0 <= sigmoid.decoder(z).min() <= sigmoid.decoder(z).max() <= 1
    assert model_of(name, output_activation="sigmoid").output_activation == "sigmoid"


@pytest.mark.parametrize("network", ["vae-conv", "ae-conv"])
def test_the_convolutional_networks_are_those_of_the_table(network):
    model = model_of(network, (3, 64, 64), 32)
    convolutions = [layer for layer in model.encoder.modules() if isinstance(layer, nn.Conv2d)]
    assert [layer.out_channels for layer in convolutions] == [32, 32, 64, 64]
    assert all((layer.kernel_size, layer.stride) == ((4, 4), (2, 2)) for layer in convolutions)
    transposed = [layer for layer in model.decoder.modules() if isinstance(layer, nn.ConvTranspose2d)]
    assert [layer.out_channels for layer in transposed] == [64, 64, 32, 32, 3]
    assert all(layer.kernel_size == (4, 4) for layer in transposed)


def test_the_gaussian_likelihood_is_the_normal_density(generator):
    x, mean = torch.randn(2, 5, 7, generator=generator, dtype=torch.float64)
    log_std = torch.tensor(-0.7, dtype=torch.float64)
    expected = Normal(mean, log_std.exp()).log_prob(x).sum(-1)
    torch.testing.assert_close(gaussian_log_likelihood(x, mean, log_std), expected)


def test_the_bernoulli_likelihood_is_the_bernoulli_probability(generator):
    x = torch.rand(5, 7, generator=generator, dtype=torch.float64).round()
    logits = 5 * torch.randn(5, 7, generator=generator, dtype=torch.float64)
    torch.testing.assert_close(
        bernoulli_log_likelihood(x, logits), Bernoulli(logits=logits).log_prob(x).sum(-1)
    )


def test_the_kl_term_is_the_divergence_from_the_standard_normal(generator):
    mean = torch.randn(5, 3, generator=generator, dtype=torch.float64)
    std = torch.rand(5, 3, generator=generator, dtype=torch.float64) + 0.1
    expected = kl_divergence(Normal(mean, std), Normal(0, torch.ones_like(std))).sum(-1)
    torch.testing.assert_close(kl_to_standard_normal(mean, std), expected)
    assert kl_to_standard_normal(torch.zeros(4, 3), torch.ones(4, 3)).abs().max() == 0


def linear_vae(generator, sigma=0.5):
    """A VAE with an affine decoder of orthogonal columns, whose encoder is the exact posterior."""
    q, _ = torch.linalg.qr(torch.randn(4, 2, generator=generator, dtype=torch.float64))
    w = q * torch.tensor([1.5, 0.7], dtype=torch.float64)
    b = torch.randn(4, generator=generator, dtype=torch.float64)
    variance = 1 / (1 + w.square().sum(0) / sigma**2)
    encoder, layer = nn.Linear(4, 4).double(), nn.Linear(2, 4).double()
    with torch.no_grad():
        layer.weight.copy_(w)
        layer.bias.copy_(b)
        encoder.weight[:2] = variance[:, None] * w.T / sigma**2
        encoder.weight[2:] = 0
        encoder.bias[:2] = -encoder.weight[:2] @ b
        encoder.bias[2:] = torch.logit(variance.sqrt())
    model = VAE(encoder, nn.Sequential(layer), image_shape=(1, 2, 2), latent_dim=2, noise_std=sigma).double()
    evidence = MultivariateNormal(b, w @ w.T + sigma**2 * torch.eye(4, dtype=torch.float64))
    return model, evidence


@pytest.mark.paper
def test_the_elbo_of_a_linear_vae_is_its_evidence_where_the_posterior_is_exact(generator):
    """Equation `eq-elbo`: the bound is tight at the exact posterior, and only there."""
    model, evidence = linear_vae(generator)
    x = torch.randn(4, generator=generator, dtype=torch.float64)
    with torch.no_grad():
        draws = model.elbo(x.expand(200_000, 4), generator=generator)
        error = draws.std() / len(draws) ** 0.5
        assert abs(draws.mean() - evidence.log_prob(x)) < 5 * error
        model.encoder.bias[:2] += 0.3
        loose = model.elbo(x.expand(200_000, 4), generator=generator)
    assert loose.mean() < evidence.log_prob(x) - 20 * error


def test_the_loss_is_the_negative_elbo_and_beta_weighs_the_kl_term(generator):
    x = torch.rand(6, 1, 28, 28, generator=generator, dtype=torch.float64)
    for beta in (1.0, 4.0):
        model = model_of("vae-mlp", beta=beta)
        again = [torch.Generator().manual_seed(3) for _ in range(3)]
        reconstruction, kl = model.elbo_terms(x, generator=again[0])
        torch.testing.assert_close(model.loss(x, generator=again[1]), (beta * kl - reconstruction).mean())
        torch.testing.assert_close(model.elbo(x, generator=again[2]), reconstruction - kl)


def test_an_autoencoder_loses_the_likelihood_of_its_reconstruction(generator):
    x = torch.rand(6, 1, 28, 28, generator=generator, dtype=torch.float64)
    model = model_of("ae-mlp", noise_std=0.5)
    reconstruction = model.decode(model.encode(x))
    expected = -Normal(reconstruction, 0.5).log_prob(x).sum((1, 2, 3)).mean()
    torch.testing.assert_close(model.loss(x), expected)


def test_the_noise_is_learned_unless_it_is_given():
    assert "log_std" in dict(model_of("vae-mlp").named_parameters())
    for fixed in (model_of("vae-mlp", noise_std=0.1), model_of("vae-mlp", likelihood="bernoulli")):
        assert "log_std" not in dict(fixed.named_parameters())
    assert model_of("vae-mlp", noise_std=0.1).log_std.exp().item() == pytest.approx(0.1)


def test_posteriors_are_no_wider_than_the_prior(generator):
    x = 100 * torch.randn(20, 784, generator=generator, dtype=torch.float64)
    mean, std = model_of("vae-mlp").encode(x)
    assert mean.shape == std.shape == (20, 3)
    assert 0 < std.min() <= std.max() <= 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: build_model("vea-mlp", (1, 28, 28), 2), "did you mean 'vae-mlp'"),
        (lambda: build_model("vae-mlp", (1, 28, 28), 2, activation="rleu"), "did you mean 'relu'"),
        (lambda: build_model("vae-mlp", (1, 28, 28), 2, likelihood="poisson"), "expected one of gaussian"),
        (
            lambda: build_model("ae-mlp", (1, 28, 28), 2, likelihood="bernoulli", output_activation="linear"),
            "decoder: got one that ends in Linear, expected nn.Sigmoid",
        ),
        (lambda: build_model("vae-conv", (1, 8, 8), 2), "image_shape: got"),
        (lambda: model_of("ae-mlp").encode(torch.zeros(3, 783)), r"x: got shape \(3, 783\), expected"),
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
