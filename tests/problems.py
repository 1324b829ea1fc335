"""The library's surfaces with closed forms, and seeded randomness, for every test."""

from pullback.surfaces import *  # noqa: F403
from torch import Generator


def generator(seed: int = 0) -> Generator:
    """A seeded source of randomness."""
    return Generator().manual_seed(seed)
