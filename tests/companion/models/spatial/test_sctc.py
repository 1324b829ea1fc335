"""Autoencoders whose code keeps height and width: shapes, layers and losses."""

import math

import pytest
import torch
from companion.chapters.spsd_stratification.latent_tensors import latent_tensors
from companion.models import build_model
from companion.models.spatial.framing import reframe
from companion.models.spatial.sctc import BOTTLENECKS, SCTC
from companion.training import TrainingConfig, fit, initial_model
from pullback.measures.rank_thresholds import spectra
from small_models import pictures, spatial_model
from torch import nn
from torch.distributions import Normal

NAMES = ("cae-sctc", "dae-sctc", "vae-spatial")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 64, 48)], ids=str)
def test_the_code_is_a_block_of_a_quarter_of_the_sides_and_decodes_to_the_image(name, shape):
    model, x = spatial_model(name, shape), pictures(2, *shape)
    z = model.encode_mean(x)
    assert model.code_tensor(z).shape == (2, shape[1] // 4, shape[2] // 4, 5)
    assert model.decode(z).shape == x.shape
    assert torch.equal(model.encode_mean(x.flatten(1)), z)


def test_a_block_of_the_code_looks_at_its_own_part_of_the_image():
    model, x = spatial_model("cae-sctc"), torch.zeros(2, 1, 28, 28, dtype=torch.float64)
    x[1, :, 0:4, 24:28] = 1
    changed = (latent_tensors(model, x).diff(dim=0)[0] != 0).any(-1)
    assert changed[0, -1]
    assert not changed[4:, :].any()
    assert not changed[:, :3].any()


@pytest.mark.parametrize("name", NAMES)
def test_no_images_code_depends_on_its_neighbours(name):
    model, x = spatial_model(name), pictures(4, 1, 28, 28)
    torch.testing.assert_close(model.encode_mean(x)[2:3], model.encode_mean(x[2:3]))


def test_the_first_convolution_skips_the_second():
    block = SCTC(2, 3, 4, activation_name="relu").double()
    x = pictures(1, 2, 6, 6)
    h = block.first(x).relu()
    with torch.no_grad():
        block.second.weight.zero_()
        block.second.bias.fill_(-1)
    torch.testing.assert_close(block(x), block.third(h))


def test_the_bottleneck_is_the_activation_asked_for():
    x = pictures(6, 1, 28, 28) * 10
    least = {
        b: spatial_model("cae-sctc", options={"bottleneck": b}).encode_mean(x).min().item()
        for b in BOTTLENECKS
    }
    assert least["relu"] == 0
    assert -1 <= least["elu"] < 0
    assert least["leaky-relu"] == pytest.approx(0.01 * least["linear"])
    assert least["linear"] < 0


def test_the_denoising_loss_compares_with_the_clean_image():
    x = pictures(6, 1, 28, 28)
    model = spatial_model("dae-sctc", noise_std=0.5, options={"noise": 0.3})
    again = [torch.Generator().manual_seed(3) for _ in range(2)]
    noise = torch.randn(6, 784, generator=again[0], dtype=torch.float64)
    reconstruction = model.decoder(model.encode(x.flatten(1) + 0.3 * noise))
    expected = -Normal(reconstruction, 0.5).log_prob(x.flatten(1)).sum(1).mean()
    torch.testing.assert_close(model.loss(x, generator=again[1]), expected)


def test_the_three_families_have_the_same_layers_but_for_the_heads_of_the_posterior():
    counts = [sum(p.numel() for p in spatial_model(name).parameters()) for name in NAMES]
    assert counts[0] == counts[1]
    assert counts[2] - counts[0] == 5 * (16 * 9 + 1)


@pytest.mark.parametrize("name", NAMES)
def test_a_short_training_beats_the_mean_image(name):
    x = torch.zeros(256, 1, 8, 8)
    x[torch.arange(256), 0, torch.arange(256) % 8] = 1
    config = TrainingConfig(
        model=name,
        latent_dim=4 * 8,
        epochs=20,
        batch_size=16,
        noise_std=0.1,
        beta=0.1,
        activation="relu",
        device="cpu",
    )
    model = initial_model(config, (1, 8, 8))
    fit(model, x, config, progress=False)
    error = (model.decode(model.encode_mean(x[:8])) - x[:8]).square().sum((1, 2, 3)).mean()
    assert error < 0.5 * (x[:8] - x[:8].mean(0)).square().sum((1, 2, 3)).mean()


def test_training_sees_the_content_in_the_frame_asked_for():
    x = torch.zeros(3, 1, 28, 28, dtype=torch.float64)
    x[:, :, 10:16, 12:15] = pictures(3, 1, 6, 3) * 0.5 + 0.5
    plain, filled = (spatial_model("cae-sctc", options={"content_size": size}) for size in (0, 28))
    torch.testing.assert_close(filled.loss(x), plain.loss(reframe(x, 28, 28)))
    assert torch.equal(plain.framed(x), x.flatten(1))


@pytest.mark.parametrize("name", NAMES)
def test_a_few_images_are_judged_for_all_of_a_chunk(name):
    model, x, labels = spatial_model(name, (1, 8, 8)), pictures(130, 1, 8, 8).flatten(1), torch.zeros(130)
    terms = model.test_terms(x, labels, generator=torch.Generator().manual_seed(0))
    errors = (model.decoder(model.encode_mean(x[:100])) - x[:100]).square().sum(-1)
    torch.testing.assert_close(terms["squared_error"], errors.mean().expand(130))
    assert ("elbo" in terms) == (name == "vae-spatial")


def test_a_black_image_has_a_code_of_rank_five_and_noise_one_of_rank_seven():
    """The zeros around a convolution reach two blocks deep; the three in the middle see the same black."""
    model = spatial_model("cae-sctc", channels=16)
    black = torch.zeros(1, 1, 28, 28, dtype=torch.float64)
    T = latent_tensors(model, black)[0]
    assert torch.equal(T[2, 2:5], T[4, 2:5])
    assert spectra(T[None]).ranks(1e-10)[:, :2].tolist() == [[5, 5]]
    assert spectra(latent_tensors(model, pictures(5, 1, 28, 28))).ranges(1e-10)[:2] == [(7, 7), (7, 7)]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: build_model("cae-sctc", (1, 28, 28), 50), "latent_dim: got 50, expected a multiple of 49"),
        (lambda: build_model("cae-sctc", (1, 30, 28), 49), "image_shape: got"),
        (
            lambda: spatial_model("cae-sctc", options={"bottleneck": "tanh"}),
            "bottleneck: got 'tanh', expected",
        ),
        (lambda: spatial_model("dae-sctc", options={"noise": 0}), "noise: got 0, expected a positive number"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_grid_of_a_code_is_a_quarter_of_the_image():
    model = spatial_model("cae-sctc", (1, 28, 28), 3)
    assert model.code_shape == (3, 7, 7)
    assert math.prod(model.code_shape) == model.latent_dim
    assert isinstance(model.decoder, nn.Sequential)
