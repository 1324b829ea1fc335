"""Walk through all pairs of two samples in tiles, for big products that stay in the cache."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

NUMBERS = 2**18  # in the matrices of a tile: two megabytes in float64
FEWEST = 64  # pairs in a tile: fewer, and the calls would cost more than the arithmetic


def over_pairs(
    squares: Callable[[slice, slice], Tensor],
    N: int,
    M: int | None,
    numbers: int,
    like: Tensor,
    batch: tuple,
) -> Tensor:
    """Fill a matrix of distances from a function of tiles.

    Args:
        squares: maps slices of R rows and C columns to squared distances (*batch, R, C).
        N: samples in the rows.
        M: samples in the columns, or None for those of the rows: only tiles with some i < j are computed.
        numbers: how many numbers the matrices of a pair hold, for the size of a tile.
        like: a tensor of the dtype and device to use.
        batch: the batch shape.

    Returns:
        (*batch, N, M or N) distances, square roots.
    """
    D = like.new_zeros((*batch, N, N if M is None else M))
    size = max(FEWEST, NUMBERS // (numbers * max(1, torch.Size(batch).numel())))
    for i, j in tiles(N, M, size):
        D[..., i, j] = squares(i, j).sqrt()
    if M is not None:
        return D
    D = D.triu(1)
    return D + D.mT


def tiles(N: int, M: int | None, size: int) -> Iterator[tuple[slice, slice]]:
    """Cut N x M pairs, or the pairs i < j of N for M None, into tiles of about `size` pairs.

    Yields:
        slices of rows and of columns; for M None columns from the first row on.
    """
    start = 0
    while start < N:
        left, right = (0, M) if M is not None else (start, N)
        width = min(size, right - left)
        stop = min(N, start + max(1, size // width))
        for column in range(left, right, width):
            yield slice(start, stop), slice(column, min(right, column + width))
        start = stop


def inner(A: Tensor, B: Tensor) -> Tensor:
    """Compute A^T B, of a tile by one product of two large matrices in place of many of small ones.

    Args:
        A: (*batch, n, p), or (*batch, R, 1, n, p) for the rows of a tile.
        B: (*batch, n, q), or (*batch, 1, C, n, q) for its columns.

    Returns:
        (*batch, p, q) or (*batch, R, C, p, q).
    """
    if min(A.ndim, B.ndim) < 4 or A.shape[-3] != 1 or B.shape[-4] != 1:
        return A.mT @ B
    left = A.squeeze(-3).mT.flatten(-3, -2)
    right = B.squeeze(-4).transpose(-3, -2).flatten(-2)
    product = (
        (left @ right).unflatten(-1, (B.shape[-3], B.shape[-1])).unflatten(-3, (A.shape[-4], A.shape[-1]))
    )
    return product.transpose(-3, -2)
