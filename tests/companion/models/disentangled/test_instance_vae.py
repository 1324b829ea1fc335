"""The baselines: a plain and a clustered prior."""

import math

import pytest
import torch
from companion.models import Pool, build_model
from disentangled_models import SQUARE, disentangled_model


def test_the_plain_baseline_minimises_summed_squares_plus_divergence(digits):
    model = disentangled_model("vae-instance-conv").eval().double()
    x = digits.images[:8].double()
    terms = model.elbo_terms(x, generator=torch.Generator().manual_seed(3))
    z_mean, z_std = model.encode(x)
    noise = torch.randn(z_mean.shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    squares = (model.decoder(z_mean + z_std * noise) - x.flatten(1)).square().sum(-1)
    # A variance of 1/2 makes the density pi^(-D/2) exp(-squares).
    constant = torch.full((8,), 392 * math.log(math.pi), dtype=torch.float64)
    assert torch.allclose(-terms.reconstruction - squares, constant)


def test_with_a_linear_output_it_is_the_same_network_without_its_sigmoid():
    shared = {"n_classes": 10, "noise_std": 0.5}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        bent = build_model("vae-instance-conv", SQUARE, 6, **shared)
        torch.manual_seed(0)
        linear = build_model("vae-instance-conv", SQUARE, 6, output_activation="linear", **shared)
    z = torch.randn(4, 6)
    torch.testing.assert_close(torch.sigmoid(linear.decoder(z)), bent.decoder(z))
    assert (linear.output_activation, bent.output_activation) == ("linear", "sigmoid")
    with pytest.raises(ValueError, match=r"brightness: got 0\.1, expected 0\.5"):
        build_model(
            "vae-instance-conv", SQUARE, 6, output_activation="linear", options={"brightness": 0.1}, **shared
        )


def test_its_noise_is_a_half_unless_it_is_given_or_learned():
    def std(**options):
        return build_model("vae-instance-conv", SQUARE, 6, **options).log_std

    assert std().exp().square().item() == pytest.approx(0.5)
    assert std(noise_std=0.3).exp().item() == pytest.approx(0.3)
    assert not isinstance(std(), torch.nn.Parameter)
    assert isinstance(std(options={"learns_noise": True}), torch.nn.Parameter)


def test_the_clustered_prior_costs_nothing_where_the_posterior_is_the_labels_own_prior():
    model = disentangled_model("vae-clustered-conv", separation=7.0).double()
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
    model = disentangled_model("vae-clustered-conv")
    near = model.centres[[3, 7]] + 0.1
    assert torch.allclose(model.centred(near, torch.tensor([3, 25])), torch.full((2, 8), 0.1), atol=1e-5)


def test_directions_of_ten_classes_are_orthogonal_where_there_is_room():
    wide = build_model("vae-clustered-conv", SQUARE, 16, n_classes=10, options={"separation": 2.0})
    gram = wide.centres @ wide.centres.T
    assert torch.allclose(gram, 4 * torch.eye(10), atol=1e-5)
