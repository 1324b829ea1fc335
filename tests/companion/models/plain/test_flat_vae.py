"""The families of chapter 6: adversaries, denoising, and a VAE that is drawn towards a flat metric."""

import dataclasses
import math

import pytest
import torch
from companion import datasets
from companion.models import VAE, Pool, build_model
from companion.training import TrainingConfig, fit, initial_model
from companion.training.fitting import make_optimizer
from problems import generator
from pullback import PullbackMetric
from torch import nn

# torch compiles its forward-mode rules on their first use by a function that it calls deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")

CONFIG = TrainingConfig(
    model="gan-mlp", hidden=(32, 16), likelihood="bernoulli", epochs=1, batch_size=64, device="cpu"
)


@pytest.fixture(scope="module")
def digits():
    return datasets.load("mnist", "test")


def model_of(name, **options):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return build_model(
            name, (1, 28, 28), 2, hidden=(40, 20), activation="tanh", likelihood="bernoulli", options=options
        ).double()


def images(n=16, seed=0):
    return torch.rand(n, 784, generator=generator(seed), dtype=torch.float64)


def weights(module):
    return torch.cat([p.detach().flatten().clone() for p in module.parameters()])


def test_every_family_has_a_plain_decoder_of_the_same_shape():
    decoders = [model_of(name).decoder for name in ("vae-mlp", "dae-mlp", "vae-flat-mlp", "gan-mlp")]
    kinds = [[type(layer) for layer in decoder] for decoder in decoders]
    assert kinds == [kinds[0]] * 4
    assert [type(layer) for layer in decoders[0]][-1] is nn.Sigmoid


def test_a_generator_is_judged_by_how_often_it_fools_the_discriminator():
    model = model_of("gan-mlp")
    with torch.no_grad():
        model.discriminator[-1].weight.zero_()
        model.discriminator[-1].bias.fill_(math.log(3))
    assert model.generator_loss(images()).item() == pytest.approx(-math.log(0.75))
    both = model.discriminator_loss(images(), images(seed=1)).item()
    assert both == pytest.approx(-math.log(0.75) - math.log(0.25))
    scores = model.test_terms(images(), torch.zeros(16), generator=generator())
    torch.testing.assert_close(scores["score_fake"], torch.full((16,), 0.75, dtype=torch.float64))


def test_the_generators_gradient_does_not_vanish_where_the_discriminator_is_sure():
    model = model_of("gan-mlp")
    with torch.no_grad():
        model.discriminator[-1].bias.fill_(-30)
    fake = images().requires_grad_()
    model.generator_loss(fake).backward()
    saturating = torch.autograd.grad(-model.discriminator_loss(images(), fake), fake)[0]
    assert fake.grad.norm() > 1e6 * saturating.norm()


def test_a_step_of_the_gan_moves_both_players_and_leaves_the_discriminator_trainable(digits):
    model = initial_model(CONFIG, digits.image_shape)
    pool = Pool(digits.images[:64].flatten(1), digits.labels[:64])
    optimizers = model.optimizers(lambda parameters, **own: make_optimizer(CONFIG, parameters, **own))
    before = weights(model.discriminator), weights(model.decoder)
    model.training_step(pool.batch(torch.arange(64)), optimizers, generator())
    assert all(p.requires_grad for p in model.discriminator.parameters())
    assert (weights(model.discriminator) != before[0]).double().mean() > 0.5
    assert (weights(model.decoder) != before[1]).double().mean() > 0.5


def test_the_discriminator_moves_at_its_own_rate():
    model = model_of("gan-mlp", discriminator_rate=0.1)
    first, second = model.optimizers(lambda parameters, **own: make_optimizer(CONFIG, parameters, **own))
    assert first.param_groups[0]["lr"] == pytest.approx(0.1 * second.param_groups[0]["lr"])


def test_a_gan_is_trained_to_the_bit_by_its_seed(digits):
    config = dataclasses.replace(CONFIG, options={"instance_noise": 0.3})
    first, second = (initial_model(config, digits.image_shape) for _ in range(2))
    for model in (first, second):
        torch.rand(3)
        fit(model, digits.images[:512], config, progress=False)
    assert torch.equal(weights(first), weights(second))


def test_a_generator_of_sigmoid_units_starts_as_the_one_of_tanh_units():
    def generated(activation):
        with torch.random.fork_rng():
            torch.manual_seed(3)
            options = {"hidden": (40, 20), "likelihood": "bernoulli", "activation": activation}
            model = build_model("gan-mlp", (1, 28, 28), 2, **options).double()
        return model.decoder(torch.randn(30, 2, generator=generator(), dtype=torch.float64))

    torch.testing.assert_close(generated("sigmoid"), generated("tanh"), rtol=1e-5, atol=1e-6)
    assert generated("tanh").std(dim=0).max() > 0.01


def test_the_prior_of_a_gan_is_standard_normal():
    z = model_of("gan-mlp").prior(20000, torch.zeros(1).double(), generator=generator())
    assert z.shape == (20000, 2)
    torch.testing.assert_close(torch.cov(z.mT), torch.eye(2, dtype=torch.float64), atol=0.03, rtol=0)


def test_corruption_is_speckle_or_gaussian_about_evenly_and_of_the_size_asked_for():
    model = model_of("dae-mlp", corruption_std=0.2)
    x = torch.zeros(4000, 784, dtype=torch.float64)
    x[:, :392] = 2.0
    noise = model.corrupt(x, generator=generator()) - x
    is_speckle = (noise[:, 392:] == 0).all(dim=1)
    assert is_speckle.double().mean().item() == pytest.approx(0.5, abs=0.03)
    assert noise[~is_speckle].std().item() == pytest.approx(0.2, rel=0.01)
    assert noise[is_speckle][:, :392].std().item() == pytest.approx(0.4, rel=0.01)


def test_without_corruption_a_denoising_autoencoder_is_an_autoencoder():
    denoising, plain = model_of("dae-mlp", corruption_std=0), model_of("ae-mlp")
    assert denoising.loss(images(), generator=generator()).item() == pytest.approx(
        plain.loss(images()).item()
    )
    noisy = model_of("dae-mlp", corruption_std=1.0)
    assert noisy.loss(images(), generator=generator()).item() != pytest.approx(plain.loss(images()).item())


def test_the_metric_of_the_flat_vae_is_the_pullback_metric_and_reaches_the_weights():
    model = model_of("vae-flat-mlp")
    z = torch.randn(9, 2, generator=generator(), dtype=torch.float64)
    torch.testing.assert_close(model.metric(z), PullbackMetric(model.decoder).matrix(z))
    model.flatness_penalty(z, generator=generator()).backward()
    assert model.decoder[0].weight.grad.norm() > 0


def test_a_flat_decoder_pays_nothing_and_an_uneven_one_the_square_of_its_unevenness():
    """`eq-flatness-penalty`."""
    model = model_of("vae-flat-mlp")
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
    flat, plain = model_of("vae-flat-mlp", flatness=0.0), model_of("vae-mlp")
    assert isinstance(flat, VAE)
    losses = [model.loss(images(), generator=generator()).item() for model in (flat, plain)]
    assert losses[0] == pytest.approx(losses[1])


def test_following_the_penalty_makes_the_metric_more_even():
    model = model_of("vae-flat-mlp")
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
        ("dae-mlp", {"corruption_std": -1}, "corruption_std: got -1"),
        ("gan-mlp", {"instance_noise": -1}, "instance_noise: got -1"),
        ("gan-mlp", {"discriminator_rate": 0}, "discriminator_rate: got 0"),
        ("vae-flat-mlp", {"flatness": -1}, "flatness: got -1"),
        ("vae-flat-mlp", {"mixup": -1}, "mixup: got -1"),
    ],
)
def test_bad_options_are_refused_by_name(name, options, message):
    with pytest.raises(ValueError, match=message):
        model_of(name, **options)
