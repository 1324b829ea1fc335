"""Log likelihoods and the divergence from the prior, against the distributions of torch."""

import pytest
import torch
from companion.models import bernoulli_log_likelihood, gaussian_log_likelihood, kl_to_standard_normal
from torch.distributions import Bernoulli, Normal, kl_divergence

# torch compiles its forward-mode rules on their first use by a function that it calls deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


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
