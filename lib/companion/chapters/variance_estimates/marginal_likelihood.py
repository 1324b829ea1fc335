"""How probable does a decoder find an image, with the code integrated out?"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

Map = Callable[[Tensor], Tensor]

# Below so many effective draws, the average of densities is that of a handful of codes, and its logarithm is
# too small by about half their inverse, 0.05 nats at 10, if by no more.
FEW_DRAWS = 10.0


@dataclass(frozen=True)
class LikelihoodEstimate:
    r"""Log marginal likelihoods of images, and from how many draws each comes in effect.

    $$n_{\mathrm{eff}} = \frac{(\sum_s w_s)^2}{\sum_s w_s^2}$$

    (Kish 1965), with the weight of each draw in the average, w_s. Where it is small, one code outweighs all
    others, the estimate is too low, and by how much is unknown.

    Attributes:
        log_density: (n,) in nats.
        effective_draws: (n,) between 1 and the number of draws.
    """

    log_density: Tensor
    effective_draws: Tensor

    @property
    def covered(self) -> Tensor:
        """(n,) whether enough draws count, 10 of them, for the estimate to be judged."""
        return self.effective_draws >= FEW_DRAWS


def covered_by_all(*estimates: LikelihoodEstimate) -> Tensor:
    """Return which images can be compared between models: those that every model's draws cover, (n,)."""
    return torch.stack([estimate.covered for estimate in estimates]).all(0)


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
) -> LikelihoodEstimate:
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
        densities (n,) with respect to the units of x, and how many codes count for each.
    """
    z = torch.randn(n_samples, latent_dim, dtype=x.dtype, generator=generator)
    sums = []
    for part in z.split(chunk):
        logs = _log_densities(x, mean(part), std(part))
        sums.append(torch.stack([logs.logsumexp(1), (2 * logs).logsumexp(1)]))
    return _averaged(*torch.stack(sums).logsumexp(0), n_samples)


@torch.no_grad()
def importance_log_likelihood(
    x: Tensor, mean: Map, std: Map, encode: Map, *, n_samples: int, generator: Generator, widen: float = 1.5
) -> LikelihoodEstimate:
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
        densities (n,) with respect to the units of x, and how many codes count for each.
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
    weights = torch.stack(logs)
    return _averaged(weights.logsumexp(0), (2 * weights).logsumexp(0), n_samples)


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


def _averaged(log_sum: Tensor, log_sum_of_squares: Tensor, n_samples: int) -> LikelihoodEstimate:
    effective = (2 * log_sum - log_sum_of_squares).exp()
    return LikelihoodEstimate(log_sum - math.log(n_samples), effective)


def _log_densities(x: Tensor, mu: Tensor, sigma: Tensor) -> Tensor:
    """Log densities (n, s) of images x (n, D) under each of s decoded codes, by three matrix products."""
    precision = sigma.pow(-2)
    squares = x.square() @ precision.T - 2 * x @ (mu * precision).T + (mu.square() * precision).sum(-1)
    return -0.5 * squares - sigma.log().sum(-1) - _constant(x)


def _constant(x: Tensor) -> float:
    return x.shape[-1] / 2 * math.log(2 * math.pi)
