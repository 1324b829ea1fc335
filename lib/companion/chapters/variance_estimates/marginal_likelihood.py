"""How probable does a decoder find an image, with the code integrated out?"""

import math
from collections.abc import Callable

import torch
from torch import Generator, Tensor

Map = Callable[[Tensor], Tensor]


@torch.no_grad()
def prior_log_likelihood(
    x: Tensor,
    mean: Map,
    std: Map,
    latent_dim: int,
    *,
    n_samples: int,
    generator: Generator,
    chunk: int = 1000,
) -> Tensor:
    r"""Estimate the log marginal likelihood by codes drawn from the prior (`eq-prior-likelihood`).

    $$\log p(x) \approx \log \frac1S \sum_s N\big(x; \mu(z_s), \mathrm{diag}\, \sigma(z_s)^2\big),
    \qquad z_s \sim N(0, I)$$

    Arvanitidis, Hansen and Hauberg (2018), App. C, with S = 10,000. Its logarithm is biased downwards.

    Args:
        x: (n, D).
        mean: (s, d) -> (s, D).
        std: (s, d) -> (s, D).
        latent_dim: d.
        n_samples: S.
        generator: source of the codes.
        chunk: codes at a time.

    Returns:
        (n,) in nats, densities with respect to the units of x.
    """
    z = torch.randn(n_samples, latent_dim, dtype=x.dtype, generator=generator)
    parts = [_log_densities(x, mean(part), std(part)).logsumexp(1) for part in z.split(chunk)]
    return torch.stack(parts).logsumexp(0) - math.log(n_samples)


@torch.no_grad()
def importance_log_likelihood(
    x: Tensor, mean: Map, std: Map, encode: Map, *, n_samples: int, generator: Generator, widen: float = 1.5
) -> Tensor:
    r"""Estimate the log marginal likelihood by codes drawn from a widened posterior.

    $$\log p(x) \approx \log \frac1S \sum_s \frac{p(x \mid z_s)\, p(z_s)}{q(z_s)}, \qquad
    z_s \sim q = N\big(m(x), \mathrm{diag}(w\, s(x))^2\big)$$

    Args:
        x: (n, D).
        mean: (*batch, d) -> (*batch, D).
        std: (*batch, d) -> (*batch, D).
        encode: x -> mean and standard deviation of the posterior, (n, d) each.
        n_samples: S, codes per image.
        generator: source of the codes.
        widen: w.

    Returns:
        (n,) in nats.
    """
    centre, spread = encode(x)
    spread = widen * spread
    logs = []
    for _ in range(n_samples):
        noise = torch.randn(centre.shape, dtype=x.dtype, generator=generator)
        z = centre + spread * noise
        mu, sigma = mean(z), std(z)
        image = -(0.5 * ((x - mu) / sigma).square() + sigma.log()).sum(-1) - _constant(x)
        ratio = (spread.log() + noise.square() / 2 - z.square() / 2).sum(-1)
        logs.append(image + ratio)
    return torch.stack(logs).logsumexp(0) - math.log(n_samples)


def rescaled(
    log_likelihood: Tensor, ambient_dim: int, *, factor: float = 1.0, constant: bool = True
) -> Tensor:
    r"""Restate a log density for data in other units, with or without its constant.

    $$\log p(c x) = \log p(x) - D \log c$$

    Args:
        log_likelihood: (*batch,) in nats.
        ambient_dim: D.
        factor: c; 2 for pixels in [-1, 1] in place of [0, 1].
        constant: keep $-\tfrac{D}{2} \log 2 \pi$.
    """
    shift = 0.0 if constant else ambient_dim / 2 * math.log(2 * math.pi)
    return log_likelihood - ambient_dim * math.log(factor) + shift


def _log_densities(x: Tensor, mu: Tensor, sigma: Tensor) -> Tensor:
    """Log densities (n, s) of images x (n, D) under each of s decoded codes, by three matrix products."""
    precision = sigma.pow(-2)
    squares = x.square() @ precision.T - 2 * x @ (mu * precision).T + (mu.square() * precision).sum(-1)
    return -0.5 * squares - sigma.log().sum(-1) - _constant(x)


def _constant(x: Tensor) -> float:
    return x.shape[-1] / 2 * math.log(2 * math.pi)
