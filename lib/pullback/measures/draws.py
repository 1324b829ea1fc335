"""Draw the pairs of points that a comparison is made over."""

import torch
from torch import Tensor


def random_pairs(n_points: int, n_pairs: int, *, generator: torch.Generator) -> Tensor:
    """Draw distinct unordered pairs of different indices, uniformly and without replacement.

    Args:
        n_points: number of points to draw from, at least 2.
        n_pairs: number of pairs, at most n_points (n_points - 1) / 2.
        generator: source of randomness.

    Returns:
        (n_pairs, 2) integer indices, the smaller first.

    Raises:
        ValueError: when there are fewer pairs than asked for.

    Example:
        >>> from pullback.measures import random_pairs
        >>> random_pairs(3, 3, generator=torch.Generator().manual_seed(0)).tolist()
        [[0, 1], [0, 2], [1, 2]]
    """
    available = n_points * (n_points - 1) // 2
    if n_points < 2 or not 0 < n_pairs <= available:
        raise ValueError(
            f"n_pairs: got {n_pairs}, expected 1 to {available}, the pairs among {n_points} points"
        )
    chosen: set[tuple[int, int]] = set()
    while len(chosen) < n_pairs:
        draws = torch.randint(n_points, (2 * n_pairs, 2), generator=generator).sort(dim=1).values.tolist()
        for i, j in draws:
            if i != j and len(chosen) < n_pairs:
                chosen.add((i, j))
    return torch.tensor(sorted(chosen))
