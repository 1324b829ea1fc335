"""Walk through all pairs of two samples in pieces that stay in the processor's cache."""

from collections.abc import Callable

import torch
from torch import Tensor

NUMBERS = 2**16  # in the matrices of a piece: half a megabyte in float64
FEWEST = 64  # pairs in a piece: fewer, and the calls would cost more than the arithmetic


def over_pairs(
    squares: Callable[[Tensor, Tensor], Tensor],
    N: int,
    M: int | None,
    numbers: int,
    like: Tensor,
    batch: tuple,
) -> Tensor:
    """Fill a matrix of distances from a function of index vectors.

    Args:
        squares: maps indices i, j (p,) to squared distances (*batch, p).
        N: samples in the rows.
        M: samples in the columns, or None for those of the rows: only i < j is computed then.
        numbers: how many numbers the matrices of a pair hold, for the size of a piece.
        like: a tensor of the dtype and device to use.
        batch: the batch shape.

    Returns:
        (*batch, N, M or N) distances, square roots.
    """
    if M is None:
        i, j = torch.triu_indices(N, N, 1, device=like.device)
    else:
        i, j = torch.cartesian_prod(*(torch.arange(size, device=like.device) for size in (N, M))).unbind(-1)
    D = like.new_zeros((*batch, N, N if M is None else M))
    size = max(FEWEST, NUMBERS // (numbers * max(1, torch.Size(batch).numel())))
    for ii, jj in zip(i.split(size), j.split(size)):
        D[..., ii, jj] = squares(ii, jj).sqrt()
    return D + D.mT if M is None else D
