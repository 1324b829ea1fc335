"""Affine-invariant and log-Euclidean distances between positive definite matrices."""

from itertools import repeat
from types import ModuleType

import torch
from torch import Tensor

from pullback.extras import require
from pullback.spsd.checks import check_alike, check_samples
from pullback.spsd.factors import factor


def affine_invariant_distance(A: Tensor, B: Tensor, *, rtol: float | None = None) -> Tensor:
    r"""Compute $\lVert \log A^{-1/2} B A^{-1/2} \rVert_F$, the same for A and B in any other basis.

    With A = L L^T it is the norm of the logarithms of the eigenvalues of L^-1 B L^-T. A singular matrix, for
    which rounding would leave a finite number without meaning, is refused. Costs n^3 operations per pair.

    Args:
        A: (*batch, n, n) positive definite matrices.
        B: (*batch, n, n) positive definite matrices of the same batch.
        rtol: relative threshold of the rank; by default n times the dtype's rounding unit.

    Returns:
        (*batch,) distances.

    Raises:
        ValueError: for matrices that are not finite and symmetric, or of a rank below n, naming index, rank
            seen and rank expected; for unequal shapes or dtypes.

    Example:
        >>> from pullback.spsd import affine_invariant_distance
        >>> round(affine_invariant_distance(torch.eye(2), torch.e * torch.eye(2)).item(), 4)
        1.4142
    """
    A, B = _checked(A, B, rtol)
    L = torch.linalg.cholesky(A)
    left = torch.linalg.solve_triangular(L, B, upper=False)
    middle = torch.linalg.solve_triangular(L, left.mT, upper=False)
    return torch.linalg.eigvalsh((middle + middle.mT) / 2).log().norm(dim=-1)


def log_euclidean_distance(A: Tensor, B: Tensor, *, rtol: float | None = None) -> Tensor:
    """Compute |log A - log B|_F (Arsigny et al. 2007), by pyRiemann, with two eigenvalue problems per pair.

    Args:
        A: (*batch, n, n) positive definite matrices.
        B: (*batch, n, n) positive definite matrices of the same batch.
        rtol: relative threshold of the rank; by default n times the dtype's rounding unit.

    Returns:
        (*batch,) distances.

    Raises:
        ValueError: as `affine_invariant_distance`.
        ImportError: without pyRiemann, the extra `spsd`.

    Example:
        >>> from pullback.spsd import log_euclidean_distance
        >>> round(log_euclidean_distance(torch.eye(2), torch.e * torch.eye(2)).item(), 4)
        1.4142
    """
    return _pyriemann().distance(*_checked(A, B, rtol), metric="logeuclid")


def pairwise_affine_invariant(X: Tensor, Y: Tensor | None = None, *, rtol: float | None = None) -> Tensor:
    """Compute the affine-invariant distances between all pairs of positive definite matrices, by pyRiemann.

    Costs an eigenvalue problem of size n per pair, N M of them, or N (N + 1) / 2 without Y.

    Args:
        X: (*batch, N, n, n) matrices.
        Y: (*batch, M, n, n) matrices; by default X.
        rtol: relative threshold of the rank; by default n times the dtype's rounding unit.

    Returns:
        (*batch, N, M) distances.

    Raises:
        ValueError: as `affine_invariant_distance`, and for unequal batches.
        ImportError: without pyRiemann, the extra `spsd`.

    Example:
        >>> from pullback.spsd import pairwise_affine_invariant
        >>> X = torch.tensor([0.0, 1.0, 3.0]).exp().reshape(3, 1, 1)
        >>> pairwise_affine_invariant(X).round(decimals=4).tolist()
        [[0.0, 1.0, 3.0], [1.0, 0.0, 2.0], [3.0, 2.0, 0.0]]
    """
    return _all_pairs(X, Y, "riemann", rtol)


def pairwise_log_euclidean(X: Tensor, Y: Tensor | None = None, *, rtol: float | None = None) -> Tensor:
    """Compute the log-Euclidean distances between all pairs of positive definite matrices.

    They are distances between points log X of a Euclidean space, so every kernel made from them is positive.
    pyRiemann computes them; N + M logarithms cost most.

    Args:
        X: (*batch, N, n, n) matrices.
        Y: (*batch, M, n, n) matrices; by default X.
        rtol: as in `pairwise_affine_invariant`.

    Returns:
        (*batch, N, M) distances.

    Raises:
        ValueError: as `pairwise_affine_invariant`.
        ImportError: likewise.

    Example:
        >>> from pullback.spsd import pairwise_log_euclidean
        >>> X = torch.tensor([0.0, 1.0, 3.0]).exp().reshape(3, 1, 1)
        >>> pairwise_log_euclidean(X).round(decimals=4).tolist()
        [[0.0, 1.0, 3.0], [1.0, 0.0, 2.0], [3.0, 2.0, 0.0]]
    """
    return _all_pairs(X, Y, "logeuclid", rtol)


def _pyriemann() -> ModuleType:
    return require("pyriemann.geometry.distance", "spsd")


def _check(name: str, A: Tensor, rtol: float | None) -> Tensor:
    n = A.shape[-1] if isinstance(A, Tensor) and A.ndim else 1
    factor(name, A, rank=n, rtol=rtol)
    return A


def _checked(A: Tensor, B: Tensor, rtol: float | None) -> tuple[Tensor, Tensor]:
    A, B = _check("A", A, rtol), _check("B", B, rtol)
    check_alike(A, B)
    if A.shape != B.shape:
        raise ValueError(f"B: got shape {tuple(B.shape)}, expected {tuple(A.shape)}, that of A")
    return A, B


def _all_pairs(X: Tensor, Y: Tensor | None, metric: str, rtol: float | None) -> Tensor:
    X = check_samples("X", _check("X", X, rtol))
    if Y is not None:
        Y = check_samples("Y", _check("Y", Y, rtol))
        check_alike(X, Y, ("X", "Y"))
        if X.shape[:-3] != Y.shape[:-3]:
            raise ValueError(f"Y: got shape {tuple(Y.shape)}, expected the batch {tuple(X.shape[:-3])} of X")
    rows, columns = (repeat(None) if A is None else A.reshape(-1, *A.shape[-3:]) for A in (X, Y))
    D = [_pyriemann().pairwise_distance(x, y, metric=metric) for x, y in zip(rows, columns)]
    return torch.stack(D).reshape(*X.shape[:-3], *D[0].shape)
