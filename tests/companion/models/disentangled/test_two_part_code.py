"""Codes of two parts: sizes, the decoder of one part, training."""

import dataclasses

import pytest
import torch
from companion.measures.controls import untrained_copy
from companion.models import build_model
from companion.training import evaluate, fit
from disentangled_models import BASELINES, CONFIG, FAMILIES, SQUARE, disentangled_model
from pullback import PullbackMetric


@pytest.mark.parametrize("shape", [SQUARE, (1, 64, 64), (3, 32, 40)], ids=str)
@pytest.mark.parametrize("name", FAMILIES + BASELINES)
def test_images_of_any_size_are_encoded_and_decoded_to_their_own_size(name, shape):
    model = disentangled_model(name, shape)
    x = torch.rand(3, *shape)
    z = model.encode_mean(x)
    assert z.shape == (3, model.latent_dim)
    assert model.decode(z).shape == x.shape
    assert model.log_likelihood(x, z).shape == (3,)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_decoder_of_the_specified_code_is_the_whole_decoder_with_the_other_part_fixed(name):
    model = disentangled_model(name).double().eval()
    s, z = torch.randn(5, 16, dtype=torch.float64), torch.randn(8, dtype=torch.float64)
    fixed = model.specified_decoder(z)
    assert torch.allclose(fixed(s), model.decode_parts(s, z.expand(5, 8)), atol=1e-12)
    before = fixed(s)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(1.0)
    assert torch.equal(fixed(s), before), "the fixed decoder shares weights with the model"


def test_the_specified_decoder_has_the_metric_of_the_whole_decoder_in_the_directions_of_s():
    model = disentangled_model("jha-conv").double().eval()
    s, z = torch.randn(2, 16, dtype=torch.float64), torch.randn(8, dtype=torch.float64)
    part = PullbackMetric(model.specified_decoder(z)).matrix(s)
    whole = PullbackMetric(model.decoder).matrix(torch.cat([s, z.expand(2, 8)], dim=-1))
    assert torch.allclose(part, whole[:, :16, :16], atol=1e-9)


def test_a_fixed_code_of_another_size_is_refused():
    with pytest.raises(ValueError, match=r"unspecified: got shape \(9,\), expected \(8,\)"):
        disentangled_model("jha-conv").specified_decoder(torch.zeros(9))


@pytest.mark.parametrize("name", FAMILIES)
def test_the_whole_code_is_the_specified_part_followed_by_the_unspecified_one(name, digits):
    model = disentangled_model(name).eval()
    parts = model.encode_parts(digits.images[:4])
    mean, std = model.encode(digits.images[:4])
    assert torch.equal(mean, torch.cat([parts.specified, parts.unspecified], dim=-1))
    assert torch.equal(std[:, :16], torch.zeros(4, 16))
    assert (std[:, 16:] > 0).all() == (name != "szabo-conv")


def test_the_image_of_a_code_does_not_depend_on_its_companions_in_training_mode_either(digits):
    model = disentangled_model("szabo-conv").train()
    x = digits.images[:6]
    assert torch.allclose(model.encode_mean(x)[:2], model.encode_mean(x[:2]), atol=1e-5)


@pytest.mark.parametrize("name", FAMILIES + BASELINES)
def test_a_few_steps_bring_reconstructions_nearer(name, digits):
    options = {"generator_steps": 1, "judge_width": 8} if name in ("szabo-conv", "mathieu-conv") else {}
    model = disentangled_model(name, **options)
    images, labels = digits.images[:1000], digits.labels[:1000]
    before = evaluate(model.eval(), images[:200], 0, labels=labels[:200])["squared_error"]
    config = dataclasses.replace(CONFIG, model=name, learning_rate=3e-3)
    fit(model, images, config, labels=labels, progress=False)
    after = evaluate(model, images[:200], 0, labels=labels[:200])["squared_error"]
    assert after < 0.8 * before


@pytest.mark.parametrize("name", FAMILIES)
def test_no_part_of_the_code_may_be_empty(name):
    with pytest.raises(ValueError, match="specified_dim: got 24, expected 1 to 23"):
        disentangled_model(name, specified_dim=24)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_linear_output_is_refused(name):
    with pytest.raises(ValueError, match="output_activation: got 'linear'"):
        build_model(name, SQUARE, 24, output_activation="linear", n_classes=10)


def test_an_untrained_copy_of_a_specified_decoder_can_be_made():
    model = disentangled_model("jha-conv")
    fresh = untrained_copy(model, seed=1).specified_decoder(torch.zeros(8))
    s = torch.randn(2, 16)
    assert not torch.allclose(fresh(s), model.specified_decoder(torch.zeros(8))(s))
