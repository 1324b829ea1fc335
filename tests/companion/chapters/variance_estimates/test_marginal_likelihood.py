"""Marginal likelihoods of a linear model, which are known."""

import pytest
import torch
from companion.chapters.variance_estimates.marginal_likelihood import (
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
    assert (found - marginal.log_prob(x)).abs().max() < 0.25


def test_codes_from_the_posterior_agree(linear):
    mean, std, marginal, A, b = linear
    x = samples(marginal)
    precision = torch.eye(2, dtype=torch.float64) + 4 * A.T @ A

    def encode(x):
        centre = (4 * (x - b) @ A) @ torch.linalg.inv(precision)
        return centre, torch.linalg.inv(precision).diagonal().sqrt().expand_as(centre)

    found = importance_log_likelihood(x, mean, std, encode, n_samples=4000, generator=generator())
    assert (found - marginal.log_prob(x)).abs().max() < 0.25


def test_units_shift_a_log_density_by_the_logarithm_of_the_volume():
    x, scale = normal(7), torch.distributions.Normal(0.0, 1.0)
    twice = torch.distributions.Normal(0.0, 2.0).log_prob(2 * x).sum()
    torch.testing.assert_close(rescaled(scale.log_prob(x).sum(), 7, factor=2.0), twice)
    bare = rescaled(scale.log_prob(x).sum(), 7, constant=False)
    torch.testing.assert_close(bare, -0.5 * x.square().sum())
