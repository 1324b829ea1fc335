"""The generative adversarial network: its game, its prior, its repeatability."""

import dataclasses
import math

import pytest
import torch
from companion.models import Pool, build_model
from companion.training import TrainingConfig, fit, initial_model
from companion.training.fitting import make_optimizer
from problems import generator
from small_models import flat_images, two_dimensional_model

# torch compiles its forward-mode rules on their first use by a function that it calls deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")
CONFIG = TrainingConfig(
    model="gan-mlp", hidden=(32, 16), likelihood="bernoulli", epochs=1, batch_size=64, device="cpu"
)


def weights(module):
    return torch.cat([p.detach().flatten().clone() for p in module.parameters()])


def test_a_generator_is_judged_by_how_often_it_fools_the_discriminator():
    model = two_dimensional_model("gan-mlp")
    with torch.no_grad():
        model.discriminator[-1].weight.zero_()
        model.discriminator[-1].bias.fill_(math.log(3))
    assert model.generator_loss(flat_images()).item() == pytest.approx(-math.log(0.75))
    both = model.discriminator_loss(flat_images(), flat_images(seed=1)).item()
    assert both == pytest.approx(-math.log(0.75) - math.log(0.25))
    scores = model.test_terms(flat_images(), torch.zeros(16), generator=generator())
    torch.testing.assert_close(scores["score_fake"], torch.full((16,), 0.75, dtype=torch.float64))


def test_the_generators_gradient_does_not_vanish_where_the_discriminator_is_sure():
    model = two_dimensional_model("gan-mlp")
    with torch.no_grad():
        model.discriminator[-1].bias.fill_(-30)
    fake = flat_images().requires_grad_()
    model.generator_loss(fake).backward()
    saturating = torch.autograd.grad(-model.discriminator_loss(flat_images(), fake), fake)[0]
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
    model = two_dimensional_model("gan-mlp", discriminator_rate=0.1)
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
    z = two_dimensional_model("gan-mlp").prior(20000, torch.zeros(1).double(), generator=generator())
    assert z.shape == (20000, 2)
    torch.testing.assert_close(torch.cov(z.mT), torch.eye(2, dtype=torch.float64), atol=0.03, rtol=0)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("gan-mlp", {"instance_noise": -1}, "instance_noise: got -1"),
        ("gan-mlp", {"discriminator_rate": 0}, "discriminator_rate: got 0"),
    ],
)
def test_bad_options_are_refused_by_name(name, options, message):
    with pytest.raises(ValueError, match=message):
        two_dimensional_model(name, **options)
