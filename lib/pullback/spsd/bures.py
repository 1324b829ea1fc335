"""The Bures-Wasserstein distance, which is defined between positive semidefinite matrices of any ranks."""

import torch
from torch import Tensor

from pullback.spsd.checks import (
    check_alike,
    check_positive,
    check_samples,
    check_semidefinite,
    check_symmetric,
)
from pullback.spsd.factors import default_rtol
from pullback.spsd.pairwise import inner, over_pairs


def bures_wasserstein_distance(A: Tensor, B: Tensor, *, rtol: float | None = None) -> Tensor:
    r"""Compute d with d^2 = tr A + tr B - 2 |A^1/2 B^1/2|_*, the nuclear norm.

    It is the Procrustes distance of any factors A = F F^T, B = G G^T: the least |F - G Q|_F over rotations Q
    (Bhatia, Jain, Lim 2019). The difference of traces leaves distances below 1e-8 sqrt(tr A) to rounding.
    Minus d^2 need not be conditionally positive definite: a Gram matrix made from it may have negative
    eigenvalues. Costs an eigenvalue problem of size n for each matrix, and one as large as their rank.

    Args:
        A: (*batch, n, n) positive semidefinite matrices.
        B: (*batch, n, n) positive semidefinite matrices; batches broadcast.
        rtol: eigenvalues up to rtol times the largest count as zero; by default n times the dtype's rounding
            unit. Their square roots would otherwise turn rounding of 1e-16 into 1e-8.

    Returns:
        (*batch,) distances.

    Raises:
        ValueError: for matrices that are not finite, symmetric and positive semidefinite, for unequal sizes
            or dtypes, and for batches that do not broadcast.

    Example:
        >>> from pullback.spsd import bures_wasserstein_distance
        >>> A, B = torch.diag(torch.tensor([1.0, 0.0])), torch.diag(torch.tensor([16.0, 16.0]))
        >>> round(bures_wasserstein_distance(A, B).item(), 4)
        5.0
    """
    F, G = _thin("A", A, rtol), _thin("B", B, rtol)
    check_alike(A, B)
    try:
        torch.broadcast_shapes(A.shape[:-2], B.shape[:-2])
    except RuntimeError:
        raise ValueError(
            f"B: got shape {tuple(B.shape)}, expected one that broadcasts with {tuple(A.shape)}"
        ) from None
    return _squares(F, G, _trace(F), _trace(G)).sqrt()


def pairwise_bures_wasserstein(X: Tensor, Y: Tensor | None = None, *, rtol: float | None = None) -> Tensor:
    """Compute the Bures-Wasserstein distances between all pairs of matrices, each factored once.

    A pair costs an eigenvalue problem as large as the highest rank.

    Args:
        X: (*batch, N, n, n) positive semidefinite matrices.
        Y: (*batch, M, n, n) positive semidefinite matrices; by default X.
        rtol: eigenvalues up to rtol times the largest count as zero; by default n times the dtype's rounding
            unit.

    Returns:
        (*batch, N, M) distances; for Y None symmetric with a diagonal of zeros.

    Raises:
        ValueError: as `bures_wasserstein_distance`, and for unequal batches.

    Example:
        >>> from pullback.spsd import pairwise_bures_wasserstein
        >>> X = torch.diag_embed(torch.tensor([[1.0, 0.0], [16.0, 16.0]]))
        >>> pairwise_bures_wasserstein(X).round(decimals=4).tolist()
        [[0.0, 5.0], [5.0, 0.0]]
    """
    F = _thin("X", check_samples("X", X), rtol)
    G = F if Y is None else _thin("Y", check_samples("Y", Y), rtol)
    if Y is not None:
        check_alike(X, Y, ("X", "Y"))
        if X.shape[:-3] != Y.shape[:-3]:
            raise ValueError(f"Y: got shape {tuple(Y.shape)}, expected the batch {tuple(X.shape[:-3])} of X")
    a, b = _trace(F), _trace(G)

    def squares(i: slice, j: slice) -> Tensor:
        return _squares(F[..., i, None, :, :], G[..., None, j, :, :], a[..., i, None], b[..., None, j])

    M = None if Y is None else Y.shape[-3]
    return over_pairs(squares, X.shape[-3], M, F.shape[-1] * F.shape[-2], X, tuple(X.shape[:-3]))


def _thin(name: str, A: Tensor, rtol: float | None) -> Tensor:
    """Factor A = F F^T with as many columns as the highest rank: (*batch, n, r)."""
    A = check_symmetric(name, A)
    rtol = default_rtol(A) if rtol is None else check_positive("rtol", rtol)
    values, vectors = torch.linalg.eigh(A)
    values = check_semidefinite(name, values).flip(-1)
    values = torch.where(values > rtol * values[..., :1], values, 0)
    r = max(1, int((values > 0).sum(-1).max()))
    return vectors.flip(-1)[..., :r] * values[..., None, :r].sqrt()


def _trace(F: Tensor) -> Tensor:
    return F.square().sum((-2, -1))


def _squares(F: Tensor, G: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """Compute tr A + tr B - 2 |F^T G|_* from factors.

    Most pairs go through the eigenvalues of M^T M, M = F^T G, at half the cost of singular values. Squaring
    loses digits of small singular values and the subtraction those of small distances: such pairs, few in a
    sample, take the singular values.
    """
    M = inner(F, G)
    values = torch.linalg.eigvalsh(M.mT @ M).clamp_min(0)
    squares = a + b - 2 * values.sqrt().sum(-1)
    eps = torch.finfo(M.dtype).eps
    hard = (values[..., 0] < eps ** (1 / 3) * values[..., -1]) | (squares < eps ** (1 / 4) * (a + b))
    if hard.any():
        squares[hard] = (a + b)[hard] - 2 * torch.linalg.svdvals(M[hard]).sum(-1)
    return squares.clamp_min(0)
