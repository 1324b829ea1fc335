"""The library's surfaces with closed forms, points of known places and seeded randomness, for every test."""

import torch
from pullback.surfaces import *  # noqa: F403

POINTS = torch.tensor([[1.0, 0.5], [1.2, 0.2]], dtype=torch.float64)
"""Two places that the charts of all two-dimensional problems hold."""


def generator(seed: int = 0) -> torch.Generator:
    """A seeded source of randomness."""
    return torch.Generator().manual_seed(seed)


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    """Standard normal numbers in double precision."""
    return torch.randn(*shape, generator=generator(seed), dtype=torch.float64)


def points(*rows) -> torch.Tensor:
    """Points from their coordinates, in double precision."""
    return torch.tensor(rows, dtype=torch.float64)


def blobs() -> tuple[torch.Tensor, torch.Tensor]:
    """Three groups of twenty points of the plane that lie far apart, and their labels."""
    centres = torch.tensor([[0.0, 0], [6, 0], [0, 6]], dtype=torch.float64)
    return centres.repeat(20, 1) + 0.4 * normal(60, 2), torch.arange(60) % 3
