"""Metrics and pairs of points that tests of curves share."""

import problems
import torch
from pullback import ConformalMetric
from torch import nn

SPHERE = problems.SPHERE.metric


BUMPY = ConformalMetric(lambda z: 1 + (3 * z[..., 0]).sin() ** 2 * z[..., 1] ** 2)


def decoder(dtype=torch.float64, d=2, width=32):
    """A network of two hidden layers, wide enough to bend strongly."""
    weights = torch.Generator().manual_seed(0)
    network = nn.Sequential(
        nn.Linear(d, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 50)
    )
    with torch.no_grad():
        for p in network.parameters():
            p.copy_(torch.randn(p.shape, generator=weights) * 1.5 / p.shape[-1] ** 0.5)
    return network.to(dtype).requires_grad_(False)


def pairs(n=6, seed=0):
    """Pairs of points of the sphere."""
    return problems.SPHERE.sample_pairs(n, problems.generator(seed))


def short_vectors(metric, z, generator, size):
    """One tangent vector at each point, as long in the metric as asked for."""
    v = torch.randn(z.shape, dtype=torch.float64, generator=generator)
    return size * v / metric.norm(z, v)[:, None]
