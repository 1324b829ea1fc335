"""The variational autoencoder: its bound, and where it is tight."""

import pytest
import torch
from companion.models import VAE
from small_models import model_of
from torch import nn
from torch.distributions import MultivariateNormal

# torch compiles its forward-mode rules on their first use by a function that it calls deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


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


def test_posteriors_are_no_wider_than_the_prior(generator):
    x = 100 * torch.randn(20, 784, generator=generator, dtype=torch.float64)
    mean, std = model_of("vae-mlp").encode(x)
    assert mean.shape == std.shape == (20, 3)
    assert 0 < std.min() <= std.max() <= 1
