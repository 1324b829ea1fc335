"""Log likelihoods of flat images, in nats."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F


def gaussian_log_likelihood(x: Tensor, mean: Tensor, log_std: Tensor) -> Tensor:
    r"""Sum the log densities of independent Gaussians with one standard deviation.

    $$\log p(x \mid z) = -\sum_a \tfrac{(x^a - \mu^a)^2}{2 \sigma^2} - D \log \sigma
    - \tfrac{D}{2} \log 2 \pi$$

    Args:
        x: (*batch, D).
        mean: (*batch, D).
        log_std: (), log sigma.

    Returns:
        (*batch,); a density, which may exceed 0.
    """
    squares = (x - mean).square().sum(-1)
    return -0.5 * squares * torch.exp(-2 * log_std) - x.shape[-1] * (log_std + 0.5 * math.log(2 * math.pi))


def bernoulli_log_likelihood(x: Tensor, logits: Tensor) -> Tensor:
    r"""Sum the log probabilities of independent Bernoulli pixels; grey values count as probabilities.

    $$\log p(x \mid z) = \sum_a x^a \log \mu^a + (1 - x^a) \log (1 - \mu^a), \quad \mu = \mathrm{sigmoid}(l)$$

    Args:
        x: (*batch, D) in [0, 1].
        logits: (*batch, D).

    Returns:
        (*batch,).
    """
    return -F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1)


def kl_to_standard_normal(mean: Tensor, std: Tensor) -> Tensor:
    r"""Kullback-Leibler divergence of N(mean, diag(std^2)) from N(0, I).

    $$\mathrm{KL} = \tfrac12 \sum_i \mu_i^2 + s_i^2 - 1 - \log s_i^2$$

    Args:
        mean: (*batch, d).
        std: (*batch, d), positive.

    Returns:
        (*batch,).
    """
    return 0.5 * (mean.square() + std.square() - 1).sum(-1) - std.log().sum(-1)


def diagonal_gaussian_log_likelihood(x: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    r"""Sum the log densities of independent Gaussians, each with its own standard deviation.

    $$\log p(x \mid z) = -\sum_a \Big( \tfrac{(x^a - \mu^a)^2}{2 (\sigma^a)^2} + \log \sigma^a
    + \tfrac12 \log 2 \pi \Big)$$

    Args:
        x: (*batch, D).
        mean: (*batch, D).
        std: (*batch, D), positive.

    Returns:
        (*batch,); a density, which may exceed 0.
    """
    return -(0.5 * ((x - mean) / std).square() + std.log() + 0.5 * math.log(2 * math.pi)).sum(-1)
