"""Sort samples into strata: those with the same ranks of all their matrices."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Stratum:
    """Samples with the same ranks.

    Attributes:
        ranks: one rank for each matrix of a sample, such as (7, 7, 48).
        index: (count,) positions of the samples, ascending.
    """

    ranks: tuple[int, ...]
    index: Tensor


def strata(ranks: Tensor) -> list[Stratum]:
    """Sort samples into strata, the largest first; among equals, that of the higher ranks.

    Args:
        ranks: (N, K) ranks of the K matrices of each of N samples, integers.

    Returns:
        the strata that occur.

    Raises:
        ValueError: for ranks that are no integer tensor (N, K).
    """
    if not isinstance(ranks, Tensor) or ranks.is_floating_point() or ranks.ndim != 2 or 0 in ranks.shape:
        seen = (
            f"shape {tuple(ranks.shape)}, {ranks.dtype}"
            if isinstance(ranks, Tensor)
            else type(ranks).__name__
        )
        raise ValueError(f"ranks: got {seen}, expected an integer tensor (N, K)")
    kinds, member = torch.unique(ranks, dim=0, return_inverse=True)
    found = [Stratum(tuple(kind), (member == i).nonzero()[:, 0]) for i, kind in enumerate(kinds.tolist())]
    return sorted(found, key=lambda stratum: (len(stratum.index), stratum.ranks), reverse=True)
