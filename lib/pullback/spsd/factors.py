"""Factor positive semidefinite matrices of one rank, and refuse those of another."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from pullback.spsd.checks import check_positive, check_semidefinite, check_symmetric, first
from pullback.spsd.pairwise import inner


@dataclass(frozen=True)
class Factors:
    """Matrices of rank r as A = Y diag(a) Y^T.

    Attributes:
        vectors: (*batch, n, n) eigenvectors: r that span the range, Y, then n - r that span the kernel.
        values: (*batch, r) positive eigenvalues a, in the order of Y.
    """

    vectors: Tensor
    values: Tensor

    @property
    def rank(self) -> int:
        """The common rank r."""
        return self.values.shape[-1]

    @property
    def condition(self) -> Tensor:
        """The ratio (*batch,) of the largest and the smallest positive eigenvalue."""
        return self.values[..., 0] / self.values[..., -1]

    def rows(self, i: slice) -> "Factors":
        """Select samples of the last batch axis as the rows of a tile: (*batch, R, 1)."""
        return Factors(self.vectors[..., i, None, :, :], self.values[..., i, None, :])

    def columns(self, j: slice) -> "Factors":
        """Select samples of the last batch axis as the columns of a tile: (*batch, 1, C)."""
        return Factors(self.vectors[..., None, j, :, :], self.values[..., None, j, :])

    def expand(self, batch: torch.Size) -> "Factors":
        """Broadcast to a batch shape."""
        n, r = self.vectors.shape[-1], self.rank
        return Factors(self.vectors.expand(*batch, n, n), self.values.expand(*batch, r))


def factor(name: str, A: Tensor, *, rank: int, rtol: float | None = None) -> Factors:
    """Factor matrices (*batch, n, n) of rank r.

    Args:
        name: of the argument, for messages.
        A: the matrices.
        rank: the rank r that each must have.
        rtol: eigenvalues above rtol times the largest count; by default n times the dtype's rounding unit.

    Returns:
        the factors, eigenvalues in descending order.

    Raises:
        ValueError: for matrices that are not finite, symmetric and positive semidefinite, and for one of
            another rank, naming its index, the rank seen and the rank expected.
    """
    A = check_symmetric(name, A)
    n = A.shape[-1]
    if isinstance(rank, bool) or not isinstance(rank, int) or not 1 <= rank <= n:
        raise ValueError(f"rank: got {rank!r}, expected an integer from 1 to {n}")
    rtol = default_rtol(A) if rtol is None else check_positive("rtol", rtol)
    values, vectors = torch.linalg.eigh(A)
    values, vectors = check_semidefinite(name, values).flip(-1), vectors.flip(-1)
    seen = (values > rtol * values[..., :1]).sum(-1)
    wrong = seen != rank
    if wrong.any():
        raise ValueError(
            f"{name}{first(wrong)}: got rank {int(seen[wrong][0])} at rtol {rtol:.3g}, expected rank {rank}; "
            f"so at {int(wrong.sum())} of {wrong.numel()} matrices"
        )
    return Factors(vectors, values[..., :rank])


def default_rtol(A: Tensor) -> float:
    """Compute n times the rounding unit of the dtype of A (*batch, n, n)."""
    return A.shape[-1] * torch.finfo(A.dtype).eps


def prepare(a: Factors, b: Factors) -> tuple[Factors, Factors]:
    """Do for each matrix what `align` would otherwise do for each pair: scale the bases, where that helps.

    Args:
        a: factors of the matrices on the left.
        b: factors of those on the right.

    Returns:
        both; for a rank above n / 2 with Y_A divided by the roots of its eigenvalues, and Y_B times its own.
    """
    n, r = a.vectors.shape[-1], a.rank
    if 2 * r <= n:
        return a, b
    inverse, roots = a.values.rsqrt(), b.values.sqrt()
    pad = (0, n - r)
    left = a.vectors * torch.nn.functional.pad(inverse, pad, value=1.0)[..., None, :]
    right = b.vectors * torch.nn.functional.pad(roots, pad, value=1.0)[..., None, :]
    return Factors(left, a.values), Factors(right, b.values)


def align(a: Factors, b: Factors) -> tuple[Tensor, Tensor, Tensor]:
    """Compute R_A^-1 Q R_B, Q the rotation between two ranges along principal vectors, and the angles.

    With bases Y_A, Y_B of the ranges and the singular value decomposition Y_A^T Y_B = O_A cos(Theta) O_B^T,
    the principal vectors are Y_A O_A and Y_B O_B. All a distance needs of them is Q = O_A O_B^T, the
    orthogonal polar factor of Y_A^T Y_B, which is unique also where angles coincide.

    Where the kernels have fewer dimensions than the ranges, the same angles stand between the kernels, and
    the rotation that takes kernel to kernel takes range to range: with bases N_A, N_B of the kernels and
    N_A^T N_B = P_A cos(Theta) P_B^T,
    Q = Y_A^T Y_B - Y_A^T N_B P_B (1 + cos(Theta))^-1 P_A^T N_A^T Y_B.

    Args:
        a: factors of matrices A (*batch, n, n) of rank r, prepared; or the rows of a tile.
        b: factors of matrices B of the same batch and rank, prepared; or its columns.

    Returns:
        the roots' quotient F = R_A^-1 Q R_B (*batch, r, r), the sum of the squared angles (*batch,), and
        whether an angle is right, so that Q is not unique (*batch,); at rank 1 that leaves only a sign open,
        which no distance sees.
    """
    n, r = a.vectors.shape[-1], a.rank
    if 2 * r <= n:
        M = inner(a.vectors[..., :r], b.vectors[..., :r])

        def rest(hard: Tensor) -> Tensor:
            A, B = a.expand(hard.shape).vectors[hard], b.expand(hard.shape).vectors[hard]
            return A[..., :r].mT @ B[..., r:]

        O_A, O_B, _, squares, right = _between(M, rest)
        F = O_A @ O_B.mT * (b.values.sqrt()[..., None, :] * a.values.rsqrt()[..., :, None])
        return F, squares, right & (r > 1)
    T = inner(a.vectors, b.vectors)
    if r == n:
        none = T.new_zeros(T.shape[:-2])
        return T, none, none > 0

    def rest(hard: Tensor) -> Tensor:
        return T[hard][..., r:, :r] / b.expand(hard.shape).values[hard].sqrt()[..., None, :]

    P_A, P_B, cosines, squares, right = _between(T[..., r:, r:], rest)
    turned = (T[..., :r, r:] @ P_B) / (1 + cosines)[..., None, :]
    return T[..., :r, :r] - turned @ (P_A.mT @ T[..., r:, :r]), squares, right


def _between(M: Tensor, rest: Callable[[Tensor], Tensor]) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Decompose products M = O_A cos(Theta) O_B^T of bases: O_A, O_B, cos(Theta), |Theta|^2, is one right?

    Most pairs go through the eigenvalues of the small matrix M^T M, at half the cost of singular values.
    Squaring loses digits of small cosines and of small angles: those pairs, rare in a sample, take the
    singular value decomposition and read the sines off `rest`, the part of the first space outside the
    second.
    """
    eps = torch.finfo(M.dtype).eps
    squared_cosines, O_B = torch.linalg.eigh(M.mT @ M)
    cosines = squared_cosines.clamp(eps, 1).sqrt()
    O_A = (M @ O_B) / cosines[..., None, :]
    squares = cosines.acos().square().sum(-1)
    hard = (squared_cosines[..., 0] < eps ** (1 / 3)) | (squares < eps ** (1 / 3))
    right = torch.zeros_like(hard)
    if hard.any():
        U, exact, Vh = torch.linalg.svd(M[hard])
        sines = torch.linalg.vector_norm(U.mT @ rest(hard), dim=-1)
        O_A[hard], O_B[hard], cosines[hard] = U, Vh.mT, exact
        squares[hard] = torch.atan2(sines, exact).square().sum(-1)
        right[hard] = exact[..., -1] < 100 * eps
    return O_A, O_B, cosines, squares, right
