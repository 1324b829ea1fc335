"""Random Jacobians of decoders with a standard deviation: how much does the metric vary, and its volume?"""

import math

import torch
from torch import Generator, Tensor
from torch.func import jacfwd, vmap


def gaussian_decoder_jacobians(mean, std, z: Tensor, n_samples: int, *, generator: Generator) -> Tensor:
    """Sample J = J_mean + diag(eps) J_std, eps standard normal.

    Costs d tangents of both maps per point, and n_samples n D d numbers.

    Args:
        mean: (d,) -> (D,).
        std: (d,) -> (D,), the standard deviations.
        z: (n, d) points.
        n_samples: samples.
        generator: source of randomness.

    Returns:
        (n_samples, n, D, d) Jacobians.

    Example:
        >>> from pullback.measures import gaussian_decoder_jacobians
        >>> z, generator = torch.zeros(4, 2), torch.Generator().manual_seed(0)
        >>> J = gaussian_decoder_jacobians(lambda z: 3 * z, torch.exp, z, 5, generator=generator)
        >>> tuple(J.shape), J[..., 0, 1].abs().max().item()
        ((5, 4, 2, 2), 0.0)
    """
    J_mean, J_std = (vmap(jacfwd(part))(z) for part in (mean, std))
    noise = torch.randn(
        n_samples, *J_mean.shape[:-1], 1, dtype=z.dtype, generator=generator, device=generator.device
    )
    return J_mean + noise * J_std


def process_jacobians(process, z: Tensor, n_samples: int, *, generator: Generator) -> Tensor:
    """Sample Jacobians of a Gaussian process, whose outputs are independent and have one kernel.

    Args:
        process: with `mean_jacobian(z)` (n, D, d) and `jacobian_covariance(z)` (n, d, d).
        z: (n, d) points.
        n_samples: samples.
        generator: source of randomness.

    Returns:
        (n_samples, n, D, d) Jacobians.

    Example:
        >>> from types import SimpleNamespace
        >>> from pullback.measures import process_jacobians
        >>> mean, covariance = torch.ones(4, 3, 2), torch.zeros(4, 2, 2)
        >>> process = SimpleNamespace(mean_jacobian=lambda z: mean, jacobian_covariance=lambda z: covariance)
        >>> process_jacobians(process, torch.zeros(4, 2), 5, generator=torch.Generator()).unique().tolist()
        [1.0]
    """
    mean, covariance = process.mean_jacobian(z), process.jacobian_covariance(z)
    values, vectors = torch.linalg.eigh(covariance)
    root = vectors * values.clamp(min=0).sqrt()[:, None]
    noise = torch.randn(n_samples, *mean.shape, dtype=z.dtype, generator=generator, device=generator.device)
    return mean + noise @ root.mT


def average_metric(mean, std, z: Tensor, n_samples: int, *, generator: Generator, chunk: int = 500) -> Tensor:
    """Average the metrics J^T J of sampled Jacobians, as many at a time as fit the memory.

    Args:
        mean: (d,) -> (D,).
        std: (d,) -> (D,), the standard deviations.
        z: (n, d) points.
        n_samples: samples.
        generator: source of randomness.
        chunk: samples at a time.

    Returns:
        (n, d, d) metrics.

    Example:
        >>> from pullback.measures import average_metric
        >>> generator = torch.Generator().manual_seed(0)
        >>> G = average_metric(lambda z: 3 * z, torch.exp, torch.zeros(1, 2), 10000, generator=generator)
        >>> G[0].diagonal().round().tolist()
        [10.0, 10.0]
    """
    total = torch.zeros(len(z), z.shape[-1], z.shape[-1], dtype=z.dtype, device=z.device)
    for start in range(0, n_samples, chunk):
        size = min(chunk, n_samples - start)
        J = gaussian_decoder_jacobians(mean, std, z, size, generator=generator)
        total += (J.mT @ J).sum(0)
    return total / n_samples


def volume_gap(jacobians: Tensor) -> Tensor:
    r"""Compare the volume of the expected metric with the expected volume (`eq-volume-gap`).

    $$\log \sqrt{\det \mathbb{E}[G]} - \log \mathbb{E}\big[\sqrt{\det G}\big], \qquad G = J^\top J$$

    $\det^{1/d}$ is concave (Minkowski), and so is its power d / 2 for d of 1 or 2: there the gap is 0 or
    more. For d of 3 or more it may have either sign; with G = t I, where t is 1 or 9, it is 0 in two
    dimensions and log 25 - log 41 in four.

    Args:
        jacobians: (s, n, D, d) samples.

    Returns:
        (n,), 0 where the metric is certain.

    Example:
        >>> from pullback.measures import volume_gap
        >>> jacobians = torch.tensor([1.0, 3.0]).reshape(2, 1, 1, 1)
        >>> round(volume_gap(jacobians).exp().item(), 4)
        1.118
    """
    G = jacobians.mT @ jacobians
    return torch.logdet(G.mean(0)) / 2 - (torch.logdet(G) / 2).logsumexp(0) + math.log(len(G))


def relative_metric_variance(jacobians: Tensor, dims: list[int]) -> Tensor:
    r"""Measure the variance of the metric relative to its square, from the first outputs only.

    $$v_D = \frac{\mathbb{E} \lVert G - \mathbb{E} G \rVert_F^2}{\lVert \mathbb{E} G \rVert_F^2}$$

    Args:
        jacobians: (s, n, D, d) samples.
        dims: numbers of outputs.

    Returns:
        (len(dims),) means over the points.

    Example:
        >>> from pullback.measures import relative_metric_variance
        >>> jacobians = torch.tensor([1.0, 3.0]).sqrt().reshape(2, 1, 1, 1)
        >>> round(relative_metric_variance(jacobians, [1]).item(), 6)
        0.5
    """
    found = []
    for dim in dims:
        G = jacobians[:, :, :dim].mT @ jacobians[:, :, :dim]
        centre = G.mean(0)
        spread = (G - centre).square().sum((-2, -1)).sum(0) / (len(G) - 1)
        found.append((spread / centre.square().sum((-2, -1))).mean())
    return torch.stack(found)
