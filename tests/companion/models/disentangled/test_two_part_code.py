"""The disentangling models and their baselines: codes of two parts, swapped partners, adversaries, priors."""

import dataclasses
import math

import pytest
import torch
from companion import datasets
from companion.measures.controls import untrained_copy
from companion.models import Pool, build_model
from companion.models.networks.adversary import fooling_loss, judge_step
from companion.models.networks.instance_conv import instance_encoder, pair_discriminator
from companion.training import TrainingConfig, evaluate, fit, initial_model
from pullback import PullbackMetric
from torch import nn

FAMILIES = ("szabo-conv", "mathieu-conv", "jha-conv")
BASELINES = ("vae-instance-conv", "vae-clustered-conv")
CONFIG = TrainingConfig(model="jha-conv", latent_dim=24, epochs=1, batch_size=64, device="cpu")
SQUARE = (1, 28, 28)


def model_of(name, shape=SQUARE, **options):
    d = 24 if name in FAMILIES else 8
    return initial_model(dataclasses.replace(CONFIG, model=name, latent_dim=d, options=options), shape, 10)


@pytest.fixture(scope="module")
def digits():
    return datasets.load("mnist", "test")


@pytest.mark.parametrize("shape", [SQUARE, (1, 64, 64), (3, 32, 40)], ids=str)
@pytest.mark.parametrize("name", FAMILIES + BASELINES)
def test_images_of_any_size_are_encoded_and_decoded_to_their_own_size(name, shape):
    model = model_of(name, shape)
    x = torch.rand(3, *shape)
    z = model.encode_mean(x)
    assert z.shape == (3, model.latent_dim)
    assert model.decode(z).shape == x.shape
    assert model.log_likelihood(x, z).shape == (3,)


def test_the_networks_for_28_pixels_have_the_sizes_of_the_public_implementation():
    model = model_of("mathieu-conv")
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
    model = model_of(name, brightness=brightness)
    z = torch.randn(50, model.latent_dim, generator=torch.Generator().manual_seed(0))
    assert model.decode(z).mean().item() == pytest.approx(brightness, abs=0.06)


@pytest.mark.parametrize("brightness", [0.0, 1.0, -0.2])
def test_a_brightness_that_no_sigmoid_has_is_refused(brightness):
    with pytest.raises(ValueError, match=r"brightness: got .*, expected a mean between 0 and 1"):
        model_of("jha-conv", brightness=brightness)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_decoder_of_the_specified_code_is_the_whole_decoder_with_the_other_part_fixed(name):
    model = model_of(name).double().eval()
    s, z = torch.randn(5, 16, dtype=torch.float64), torch.randn(8, dtype=torch.float64)
    fixed = model.specified_decoder(z)
    assert torch.allclose(fixed(s), model.decode_parts(s, z.expand(5, 8)), atol=1e-12)
    before = fixed(s)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(1.0)
    assert torch.equal(fixed(s), before), "the fixed decoder shares weights with the model"


def test_the_specified_decoder_has_the_metric_of_the_whole_decoder_in_the_directions_of_s():
    model = model_of("jha-conv").double().eval()
    s, z = torch.randn(2, 16, dtype=torch.float64), torch.randn(8, dtype=torch.float64)
    part = PullbackMetric(model.specified_decoder(z)).matrix(s)
    whole = PullbackMetric(model.decoder).matrix(torch.cat([s, z.expand(2, 8)], dim=-1))
    assert torch.allclose(part, whole[:, :16, :16], atol=1e-9)


def test_a_fixed_code_of_another_size_is_refused():
    with pytest.raises(ValueError, match=r"unspecified: got shape \(9,\), expected \(8,\)"):
        model_of("jha-conv").specified_decoder(torch.zeros(9))


@pytest.mark.parametrize("name", FAMILIES)
def test_the_whole_code_is_the_specified_part_followed_by_the_unspecified_one(name, digits):
    model = model_of(name).eval()
    parts = model.encode_parts(digits.images[:4])
    mean, std = model.encode(digits.images[:4])
    assert torch.equal(mean, torch.cat([parts.specified, parts.unspecified], dim=-1))
    assert torch.equal(std[:, :16], torch.zeros(4, 16))
    assert (std[:, 16:] > 0).all() == (name != "szabo-conv")


def test_the_image_of_a_code_does_not_depend_on_its_companions_in_training_mode_either(digits):
    model = model_of("szabo-conv").train()
    x = digits.images[:6]
    assert torch.allclose(model.encode_mean(x)[:2], model.encode_mean(x[:2]), atol=1e-5)


@pytest.mark.parametrize("name", FAMILIES + BASELINES)
def test_a_few_steps_bring_reconstructions_nearer(name, digits):
    options = {"generator_steps": 1, "judge_width": 8} if name in ("szabo-conv", "mathieu-conv") else {}
    model = model_of(name, **options)
    images, labels = digits.images[:1000], digits.labels[:1000]
    before = evaluate(model.eval(), images[:200], 0, labels=labels[:200])["squared_error"]
    config = dataclasses.replace(CONFIG, model=name, learning_rate=3e-3)
    fit(model, images, config, labels=labels, progress=False)
    after = evaluate(model, images[:200], 0, labels=labels[:200])["squared_error"]
    assert after < 0.8 * before


def one_step(model, images, labels, sgd=0.05):
    """The gradients' owners: which networks one optimiser alone changes."""
    changed = []
    for active in range(len(model.optimizers(lambda p, **own: torch.optim.SGD(list(p), lr=0.0)))):
        optimizers = model.optimizers(lambda p, **own: torch.optim.SGD(list(p), lr=0.0))
        optimizers[active].param_groups[0]["lr"] = sgd
        before = {name: p.detach().clone() for name, p in model.named_parameters()}
        model.training_step(
            Pool(images, labels).batch(torch.arange(32)), optimizers, torch.Generator().manual_seed(0)
        )
        now = dict(model.named_parameters())
        changed.append({n.split(".")[0] for n in before if not torch.equal(before[n], now[n])})
    return changed


@pytest.mark.parametrize(
    ("name", "owners"),
    [
        ("szabo-conv", [{"encoder", "decoder"}, {"encoder", "decoder"}, {"judge"}]),
        ("mathieu-conv", [{"encoder", "decoder"}, {"encoder", "decoder"}, {"judge"}]),
        ("jha-conv", [{"encoder", "decoder"}, {"encoder"}]),
    ],
    ids=FAMILIES,
)
def test_each_step_of_the_game_changes_the_networks_that_it_should(name, owners, digits):
    assert one_step(model_of(name), digits.images[:500].flatten(1), digits.labels[:500]) == owners


def test_the_judge_learns_only_while_it_is_wrong_more_often_than_one_time_in_five():
    judge = nn.Linear(2, 2)
    with torch.no_grad():
        judge.weight.copy_(torch.tensor([[0.0, -1.0], [0.0, 1.0]]))
        judge.bias.zero_()
    before = judge.weight.clone()
    optimizer = torch.optim.SGD(judge.parameters(), lr=1.0)
    x, one = torch.zeros(8, 1), torch.ones(8, 1)
    judge_step(judge, optimizer, (x, one), (x, -one))
    assert torch.equal(judge.weight, before)
    judge_step(judge, optimizer, (x, -one), (x, one))
    assert not torch.equal(judge.weight, before)


def test_fooling_moves_the_image_and_not_the_judge():
    judge = pair_discriminator(SQUARE, width=4)
    first, second = torch.rand(3, 784), torch.rand(3, 784, requires_grad=True)
    loss = fooling_loss(judge, first, second)
    expected = -judge(torch.cat([first, second], dim=-1)).log_softmax(-1)[:, 1].mean()
    assert torch.allclose(loss, expected, atol=1e-6)
    loss.backward()
    assert second.grad.abs().max() > 0
    assert all(p.grad is None for p in judge.parameters())


def test_the_plain_baseline_minimises_summed_squares_plus_divergence(digits):
    model = model_of("vae-instance-conv").eval().double()
    x = digits.images[:8].double()
    terms = model.elbo_terms(x, generator=torch.Generator().manual_seed(3))
    z_mean, z_std = model.encode(x)
    noise = torch.randn(z_mean.shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    squares = (model.decoder(z_mean + z_std * noise) - x.flatten(1)).square().sum(-1)
    # A variance of 1/2 makes the density pi^(-D/2) exp(-squares).
    constant = torch.full((8,), 392 * math.log(math.pi), dtype=torch.float64)
    assert torch.allclose(-terms.reconstruction - squares, constant)


def test_the_clustered_prior_costs_nothing_where_the_posterior_is_the_labels_own_prior():
    model = model_of("vae-clustered-conv", separation=7.0).double()
    assert torch.allclose(model.centres.norm(dim=-1), torch.full((10,), 7.0, dtype=torch.float64))
    images, labels = torch.rand(10, 784, dtype=torch.float64), torch.arange(10)
    model.encode = lambda x: (model.centres[labels], torch.ones(10, 8, dtype=torch.float64))
    generator = torch.Generator().manual_seed(0)
    batch = Pool(images, labels).batch(torch.arange(10))
    loss = model.batch_loss(batch, generator=generator)
    noise = torch.randn(10, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert torch.allclose(loss, -model.log_likelihood(images, model.centres + noise).mean())
    model.beta = 5.0
    again = model.batch_loss(batch, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(again, loss)


def test_a_label_that_training_has_not_seen_is_judged_by_the_nearest_prior():
    model = model_of("vae-clustered-conv")
    near = model.centres[[3, 7]] + 0.1
    assert torch.allclose(model.centred(near, torch.tensor([3, 25])), torch.full((2, 8), 0.1), atol=1e-5)


def test_a_classifier_of_identities_is_wrong_about_those_that_it_does_not_know(digits):
    model = initial_model(dataclasses.replace(CONFIG, model="classifier-identity-conv"), SQUARE, 10).eval()
    x = digits.images[:3].flatten(1)
    known = model(x).argmax(-1)
    labels = torch.stack([known[0], known[1], torch.tensor(25)])
    assert model.test_terms(x, labels)["accuracy"].tolist() == [1, 1, 0]


def test_directions_of_ten_classes_are_orthogonal_where_there_is_room():
    wide = build_model("vae-clustered-conv", SQUARE, 16, n_classes=10, options={"separation": 2.0})
    gram = wide.centres @ wide.centres.T
    assert torch.allclose(gram, 4 * torch.eye(10), atol=1e-5)


@pytest.mark.parametrize("name", FAMILIES)
def test_no_part_of_the_code_may_be_empty(name):
    with pytest.raises(ValueError, match="specified_dim: got 24, expected 1 to 23"):
        model_of(name, specified_dim=24)


@pytest.mark.parametrize("name", [FAMILIES[0], BASELINES[0]])
def test_a_linear_output_is_refused(name):
    with pytest.raises(ValueError, match="output_activation: got 'linear'"):
        build_model(name, SQUARE, 24, output_activation="linear", n_classes=10)


def test_images_too_small_to_halve_are_refused():
    with pytest.raises(ValueError, match="12 pixels a side"):
        instance_encoder((1, 8, 8), 4)


def test_an_untrained_copy_of_a_specified_decoder_can_be_made():
    model = model_of("jha-conv")
    fresh = untrained_copy(model, seed=1).specified_decoder(torch.zeros(8))
    s = torch.randn(2, 16)
    assert not torch.allclose(fresh(s), model.specified_decoder(torch.zeros(8))(s))
