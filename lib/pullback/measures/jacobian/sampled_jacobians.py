"""Random Jacobians of decoders with a standard deviation: how much does the metric vary, and its volume?"""

import math

import torch
from torch import Generator, Tensor
from torch.func import jacfwd, vmap


def gaussian_decoder_jacobians(mean, std, z: Tensor, n_samples: int, *, generator: Generator) -> Tensor:
    """Sample J = J_mean + diag(eps) J_std at codes (n, d): (n_samples, n, D, d)."""
    J_mean, J_std = (vmap(jacfwd(part))(z) for part in (mean, std))
    noise = torch.randn(n_samples, *J_mean.shape[:-1], 1, dtype=z.dtype, generator=generator)
    return J_mean + noise * J_std


def process_jacobians(process, z: Tensor, n_samples: int, *, generator: Generator) -> Tensor:
    """Sample Jacobians of a `GaussianProcess` at codes (n, d): (n_samples, n, D, d)."""
    mean, covariance = process.mean_jacobian(z), process.jacobian_covariance(z)
    values, vectors = torch.linalg.eigh(covariance)
    root = vectors * values.clamp(min=0).sqrt()[:, None]
    noise = torch.randn(n_samples, *mean.shape, dtype=z.dtype, generator=generator)
    return mean + noise @ root.mT


def average_metric(mean, std, z: Tensor, n_samples: int, *, generator: Generator, chunk: int = 500) -> Tensor:
    """Average the metrics J^T J of sampled Jacobians at codes (n, d): (n, d, d).

    Args:
        mean: (d,) -> (D,).
        std: (d,) -> (D,).
        z: codes.
        n_samples: samples.
        generator: source of randomness.
        chunk: samples at a time.
    """
    total = torch.zeros(len(z), z.shape[-1], z.shape[-1], dtype=z.dtype)
    for start in range(0, n_samples, chunk):
        size = min(chunk, n_samples - start)
        J = gaussian_decoder_jacobians(mean, std, z, size, generator=generator)
        total += (J.mT @ J).sum(0)
    return total / n_samples


def volume_gap(jacobians: Tensor) -> Tensor:
    r"""Compare the volume of the expected metric with the expected volume (`eq-volume-gap`).

    $$\log \sqrt{\det \mathbb{E}[G]} - \log \mathbb{E}\big[\sqrt{\det G}\big], \qquad G = J^\top J$$

    Args:
        jacobians: (s, n, D, d) samples.

    Returns:
        (n,), 0 where the metric is certain.
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
        (len(dims),) means over codes.
    """
    found = []
    for dim in dims:
        G = jacobians[:, :, :dim].mT @ jacobians[:, :, :dim]
        centre = G.mean(0)
        spread = (G - centre).square().sum((-2, -1)).sum(0) / (len(G) - 1)
        found.append((spread / centre.square().sum((-2, -1))).mean())
    return torch.stack(found)
