"""Positive semidefinite matrices and distances that several tests share."""

import torch
from problems import normal

STAR = torch.tensor([[0, 1, 1, 1], [1, 0, 2, 2], [1, 2, 0, 2], [1, 2, 2, 0]], dtype=torch.float64)
"""Distances of a point from three leaves that are at 2 from one another: no Hilbert space holds them."""


def rotation(n, seed=0):
    """A random rotation of n dimensions."""
    return torch.linalg.qr(normal(n, n, seed=seed))[0]


SIZES = [(2, 1), (3, 2), (5, 2), (6, 3), (7, 5), (7, 6), (6, 6)]
"""Sizes and ranks: at most half of the dimensions, more than half, and all."""


def of_rank(count, n, r, *, seed=0, dtype=torch.float64, spread=1.0):
    """Matrices of rank r with random ranges and log-normal eigenvalues."""
    generator = torch.Generator().manual_seed(seed)
    Y = torch.linalg.qr(torch.randn(count, n, n, generator=generator, dtype=torch.float64))[0][..., :r]
    values = torch.exp(spread * torch.randn(count, 1, r, generator=generator, dtype=torch.float64))
    return ((Y * values) @ Y.mT).to(dtype)
