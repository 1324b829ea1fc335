"""Angles between subspaces: of matrices with the columns as bases, and of samples in a Hilbert space."""

import torch
from torch import Tensor

from pullback.spsd.checks import check_symmetric, check_tensor, first
from pullback.spsd.hilbert import check_dimension

EXCESS = 1e-6  # by which rounding may carry a cosine beyond 1


def principal_angles(A: Tensor, B: Tensor) -> Tensor:
    """Compute the principal angles between the column spaces of matrices, accurate when small too.

    Cosines are the singular values of Q_A^T Q_B, sines those of what Q_B leaves outside the other space; each
    angle is read off the smaller of the two (Bjorck, Golub 1973). Costs n (p^2 + q^2) operations.

    Args:
        A: (*batch, n, p) matrices of rank p.
        B: (*batch, n, q) matrices of rank q, of the same batch.

    Returns:
        (*batch, min(p, q)) angles from 0 to pi/2, ascending.

    Raises:
        ValueError: for matrices that are not finite, of unfitting shapes or dtypes, wider than high, or whose
            columns are linearly dependent.

    Example:
        >>> from pullback.spsd import principal_angles
        >>> A, B = torch.eye(3)[:, :2], torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
        >>> torch.rad2deg(principal_angles(A, B)).abs().round(decimals=3).tolist()
        [0.0, 45.0]
    """
    A, B = _orthonormal("A", A), _orthonormal("B", B)
    if A.shape[:-1] != B.shape[:-1] or A.dtype != B.dtype:
        raise ValueError(
            f"B: got {tuple(B.shape)}, {B.dtype}, expected {(*A.shape[:-1], 'q')}, {A.dtype}, as A"
        )
    if A.shape[-1] < B.shape[-1]:
        A, B = B, A
    M = A.mT @ B
    cosines = torch.linalg.svdvals(M).clamp_max(1)
    sines = torch.linalg.svdvals(B - A @ M).flip(-1).clamp_max(1)
    return torch.where(cosines.square() > 0.5, sines.asin(), cosines.acos())


def hilbert_principal_angles(K_c: Tensor, K_n: Tensor, K_cn: Tensor, *, dimension: int) -> Tensor:
    """Compute the principal angles between the leading subspaces of two samples in one Hilbert space.

    The leading eigenfunctions of a sample are orthonormal combinations of its points, with coefficients
    A = V Lambda^-1/2 from K = V Lambda V^T; between those of a clean and of a noisy sample
    cos(theta) = singular values of A_c^T K_cn A_n. Angles below about 1e-8 sqrt(lambda_1 / lambda_q) are
    rounding.

    The three matrices must come from one kernel with one origin. For a kernel that is not positive, take
    `positive_part` of the matrix of both samples together first, then its blocks. Costs N^3 + M^3 operations.

    Args:
        K_c: (*batch, N, N) Gram matrix of the clean sample.
        K_n: (*batch, M, M) Gram matrix of the noisy sample.
        K_cn: (*batch, N, M) kernel between them.
        dimension: number q of leading eigenfunctions, the same for both.

    Returns:
        (*batch, q) angles from 0 to pi/2, ascending, float64.

    Raises:
        ValueError: for matrices of unfitting shapes, or not finite; for a dimension out of range or beyond
            the positive eigenvalues of a Gram matrix; for cosines above 1, where the three matrices are not
            of one positive semidefinite kernel.

    Example:
        >>> from pullback.spsd import hilbert_principal_angles
        >>> x, y = torch.tensor([[1.0, 0.0], [2.0, 0.0]]), torch.tensor([[1.0, 1.0], [3.0, 3.0]])
        >>> angles = hilbert_principal_angles(x @ x.T, y @ y.T, x @ y.T, dimension=1)
        >>> torch.rad2deg(angles).round(decimals=3).tolist()
        [45.0]
    """
    K_cn = check_tensor("K_cn", K_cn, 2, "(*batch, N, M)").double()
    A_c, A_n = _coefficients("K_c", K_c, dimension), _coefficients("K_n", K_n, dimension)
    expected = (*A_c.shape[:-1], A_n.shape[-2])
    if tuple(K_cn.shape) != expected:
        raise ValueError(f"K_cn: got shape {tuple(K_cn.shape)}, expected {expected} as K_c and K_n")
    cosines = torch.linalg.svdvals(A_c.mT @ K_cn @ A_n)
    wrong = cosines[..., 0] > 1 + EXCESS
    if wrong.any():
        raise ValueError(
            f"K_cn{first(wrong)}: got cosine {float(cosines[..., 0][wrong][0]):.6g}, expected 1 at most, "
            "as of blocks of one positive semidefinite kernel matrix; see positive_part"
        )
    return cosines.clamp_max(1).acos()


def _coefficients(name: str, K: Tensor, dimension: int) -> Tensor:
    K = check_symmetric(name, K).double()
    q = check_dimension(dimension, K.shape[-1])
    values, vectors = torch.linalg.eigh(K)
    values, vectors = values.flip(-1)[..., :q], vectors.flip(-1)[..., :q]
    floor = K.shape[-1] * torch.finfo(K.dtype).eps * values[..., 0]
    wrong = (values[..., -1] <= floor) | (values[..., 0] <= 0)
    if wrong.any():
        some = int((values[wrong][0] > floor[wrong][0].clamp_min(0)).sum())
        raise ValueError(
            f"dimension: got {q}, expected at most {some}, the positive eigenvalues of {name}{first(wrong)}"
        )
    return vectors / values[..., None, :].sqrt()


def _orthonormal(name: str, A: Tensor) -> Tensor:
    A = check_tensor(name, A, 2, "(*batch, n, p)")
    n, p = A.shape[-2:]
    if p > n:
        raise ValueError(f"{name}: got shape {tuple(A.shape)}, expected no more columns than rows")
    U, values, _ = torch.linalg.svd(A, full_matrices=False)
    wrong = values[..., -1] <= n * torch.finfo(A.dtype).eps * values[..., 0]
    if wrong.any():
        raise ValueError(
            f"{name}{first(wrong)}: got linearly dependent columns, expected {p} independent ones"
        )
    return U
