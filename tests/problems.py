"""The library's surfaces with closed forms, and seeded randomness, for every test."""

import torch
from pullback.surfaces import *  # noqa: F403


def generator(seed: int = 0) -> torch.Generator:
    """A seeded source of randomness."""
    return torch.Generator().manual_seed(seed)


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    """Standard normal numbers in double precision."""
    return torch.randn(*shape, generator=generator(seed), dtype=torch.float64)


def points(*rows) -> torch.Tensor:
    """Points from their coordinates, in double precision."""
    return torch.tensor(rows, dtype=torch.float64)
