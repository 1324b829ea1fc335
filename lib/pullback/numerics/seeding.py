"""Seeds of a clustering, far from one another."""

from collections.abc import Callable

import torch
from torch import Generator, Tensor


def far_apart(squares_to: Callable[[Tensor], Tensor], n: int, k: int, generator: Generator) -> Tensor:
    """Draw k different points, each with odds proportional to its squared distance to the nearest before it.

    The seeds of k-means++ (Arthur and Vassilvitskii 2007).

    Args:
        squares_to: index of a point -> (n,) squared distances of all points to it.
        n: number of points.
        k: number of seeds, 1 to n.
        generator: source of randomness.

    Returns:
        (k,) indices.
    """
    device = generator.device
    chosen = [torch.randint(n, (), generator=generator, device=device)]
    nearest = None
    while len(chosen) < k:
        squares = squares_to(chosen[-1]).detach().clone()
        nearest = squares if nearest is None else torch.minimum(nearest, squares)
        nearest[torch.stack(chosen).to(nearest.device)] = 0
        open_points = torch.ones(n, device=nearest.device, dtype=nearest.dtype)
        open_points[torch.stack(chosen).to(nearest.device)] = 0
        # with fewer than k distinct points all distances are 0, and any point not chosen yet will do
        odds = nearest if nearest.sum() > 0 else open_points
        chosen.append(torch.multinomial(odds, 1, generator=generator)[0])
    return torch.stack(chosen)
