"""Marginal likelihoods of a linear model, which are known."""

import pytest
import torch
from companion.chapters.variance_estimates.marginal_likelihood import (
    LikelihoodEstimate,
    covered_by_all,
    importance_log_likelihood,
    prior_log_likelihood,
    rescaled,
)
from problems import generator, normal
from torch.distributions import MultivariateNormal

# torch compiles its forward-mode rules on their first use by a function that it calls deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


@pytest.fixture(scope="module")
def linear():
    """x = A z + b + noise of 0.5: the marginal is normal, the posterior is known."""
    A, b = normal(4, 2), normal(4)
    marginal = MultivariateNormal(b, A @ A.T + 0.25 * torch.eye(4, dtype=torch.float64))
    return lambda z: z @ A.T + b, lambda z: torch.full((*z.shape[:-1], 4), 0.5).double(), marginal, A, b


def samples(marginal):
    """Twenty points by a seed; `marginal.sample` would take torch's own generator as it finds it."""
    noise = torch.randn(20, 4, generator=generator(1), dtype=torch.float64)
    return marginal.loc + noise @ marginal.scale_tril.mT


def test_codes_from_the_prior_give_the_marginal_likelihood_of_a_linear_model(linear):
    """`eq-prior-likelihood`."""
    mean, std, marginal, _, _ = linear
    x = samples(marginal)
    found = prior_log_likelihood(x, mean, std, 2, n_samples=40_000, generator=generator())
    assert (found.log_density - marginal.log_prob(x)).abs().max() < 0.25


def test_codes_from_the_posterior_agree(linear):
    mean, std, marginal, A, b = linear
    x = samples(marginal)
    precision = torch.eye(2, dtype=torch.float64) + 4 * A.T @ A

    def encode(x):
        centre = (4 * (x - b) @ A) @ torch.linalg.inv(precision)
        return centre, torch.linalg.inv(precision).diagonal().sqrt().expand_as(centre)

    found = importance_log_likelihood(x, mean, std, encode, n_samples=4000, generator=generator())
    assert (found.log_density - marginal.log_prob(x)).abs().max() < 0.25
    assert found.covered.all()


@pytest.mark.parametrize("width", [0.3, 1.0])
def test_the_effective_draws_of_the_prior_are_those_of_its_moments(width):
    """x = z + noise at x = 0: n_eff / S -> (E p(0|z))^2 / E p(0|z)^2 = s sqrt(s^2 + 2) / (s^2 + 1)."""
    z, S = torch.zeros(1, 1, dtype=torch.float64), 200_000
    found = prior_log_likelihood(
        z, lambda z: z, lambda z: torch.full_like(z, width), 1, n_samples=S, generator=generator()
    )
    share = width * (width**2 + 2) ** 0.5 / (width**2 + 1)
    assert found.effective_draws.item() / S == pytest.approx(share, rel=0.02)


def test_an_estimate_that_one_draw_decides_is_marked_and_too_low():
    """A peak a thousandth wide, where no code of the prior falls: the truth is that of x = z + noise."""
    x, S = torch.tensor([[0.5]], dtype=torch.float64), 200
    parts = [
        prior_log_likelihood(
            x, lambda z: z, lambda z: torch.full_like(z, 1e-3), 1, n_samples=S, generator=generator(k)
        )
        for k in range(5)
    ]
    truth = torch.distributions.Normal(0.0, (1 + 1e-6) ** 0.5).log_prob(x[:, 0])
    assert all(part.effective_draws < 3 for part in parts)
    assert not any(part.covered for part in parts)
    assert sum(part.log_density - truth for part in parts) / 5 < -5


def test_only_images_that_all_models_cover_are_compared():
    draws = torch.tensor([50.0, 9.0, 12.0]), torch.tensor([11.0, 50.0, 10.0])
    parts = [LikelihoodEstimate(torch.zeros(3), n) for n in draws]
    assert covered_by_all(*parts).tolist() == [True, False, True]


def test_units_shift_a_log_density_by_the_logarithm_of_the_volume():
    x, scale = normal(7), torch.distributions.Normal(0.0, 1.0)
    twice = torch.distributions.Normal(0.0, 2.0).log_prob(2 * x).sum()
    torch.testing.assert_close(rescaled(scale.log_prob(x).sum(), 7, factor=2.0), twice)
    bare = rescaled(scale.log_prob(x).sum(), 7, constant=False)
    torch.testing.assert_close(bare, -0.5 * x.square().sum())
