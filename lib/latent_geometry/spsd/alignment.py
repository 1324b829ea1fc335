"""Align the ranges of matrices of one rank along their principal vectors."""

from collections.abc import Callable

import torch
from torch import Tensor

from latent_geometry.spsd.factors import Factors


def align(a: Factors, b: Factors) -> tuple[Tensor, Tensor, Tensor]:
    """Compute the rotation between the bases of two ranges along principal vectors, and the angles.

    With bases Y_A, Y_B of the ranges and the singular value decomposition Y_A^T Y_B = O_A cos(Theta) O_B^T,
    the principal vectors are Y_A O_A and Y_B O_B. All a distance needs of them is Q = O_A O_B^T, the
    orthogonal polar factor of Y_A^T Y_B, which is unique also where angles coincide.

    Where the kernels have fewer dimensions than the ranges, the same angles stand between the kernels, and
    the rotation that takes kernel to kernel takes range to range: with bases N_A, N_B of the kernels and
    N_A^T N_B = P_A cos(Theta) P_B^T,
    Q = Y_A^T Y_B - Y_A^T N_B P_B (1 + cos(Theta))^-1 P_A^T N_A^T Y_B.

    Args:
        a: factors of matrices A (*batch, n, n) of rank r.
        b: factors of matrices B of the same batch and rank.

    Returns:
        Q (*batch, r, r), the sum of the squared angles (*batch,), and whether an angle is right, so that Q is
        not unique (*batch,); at rank 1 that leaves only a sign open, which no distance sees.
    """
    n, r = a.vectors.shape[-1], a.rank
    if r == n:
        Q = a.vectors.mT @ b.vectors
        none = Q.new_zeros(Q.shape[:-2])
        return Q, none, none > 0
    if 2 * r <= n:
        Y_A = a.vectors[..., :r]
        O_A, O_B, _, squares, right = _between(
            Y_A.mT @ b.vectors[..., :r], lambda hard: Y_A[hard].mT @ b.vectors[hard][..., r:]
        )
        return O_A @ O_B.mT, squares, right & (r > 1)
    T = a.vectors.mT @ b.vectors
    P_A, P_B, cosines, squares, right = _between(T[..., r:, r:], lambda hard: T[hard][..., r:, :r])
    turned = (T[..., :r, r:] @ P_B) / (1 + cosines)[..., None, :]
    return T[..., :r, :r] - turned @ (P_A.mT @ T[..., r:, :r]), squares, right & (r > 1)


def _between(M: Tensor, rest: Callable[[Tensor], Tensor]) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Decompose products M = O_A cos(Theta) O_B^T of bases: O_A, O_B, cos(Theta), |Theta|^2, is one right?

    Most pairs go through the eigenvalues of the small matrix M^T M, at half the cost of singular values.
    Squaring loses digits of small cosines and of small angles: those pairs, rare in a sample, take the
    singular value decomposition and read the sines off `rest`, the part of the first space outside the
    second.
    """
    eps = torch.finfo(M.dtype).eps
    squared_cosines, O_B = torch.linalg.eigh(M.mT @ M)
    squared_sines = (1 - squared_cosines).clamp_min(0)
    hard = (squared_cosines[..., 0] < eps ** (1 / 3)) | (squared_sines.sum(-1) < eps ** (1 / 3))
    cosines = squared_cosines.clamp_min(eps).sqrt()
    O_A = (M @ O_B) / cosines[..., None, :]
    squares = torch.atan2(squared_sines.sqrt(), cosines).square().sum(-1)
    right = torch.zeros_like(hard)
    if hard.any():
        U, exact, Vh = torch.linalg.svd(M[hard])
        sines = torch.linalg.vector_norm(U.mT @ rest(hard), dim=-1)
        O_A[hard], O_B[hard], cosines[hard] = U, Vh.mT, exact
        squares[hard] = torch.atan2(sines, exact).square().sum(-1)
        right[hard] = exact[..., -1] < 100 * eps
    return O_A, O_B, cosines, squares, right
