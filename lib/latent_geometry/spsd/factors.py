"""Factor positive semidefinite matrices of one rank, and refuse those of another."""

from dataclasses import dataclass

import torch
from torch import Tensor

from latent_geometry.spsd.checks import check_positive, check_semidefinite, check_symmetric, first


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
