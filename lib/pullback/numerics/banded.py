"""Solve block-tridiagonal systems on the CPU as one banded matrix: LAPACK has no overhead to share."""

import numpy as np
import torch
from scipy.linalg import lapack
from torch import Tensor


def solve_banded(diagonal: Tensor, upper: Tensor, rhs: Tensor) -> tuple[Tensor, Tensor] | None:
    """Factor systems laid end to end, with nothing to couple them, by Cholesky of the band below the
    diagonal.

    The factorisation stops at the first pivot that is not positive. Its system is the one to blame: those
    before it are factored, and it goes on with the next.

    Args:
        diagonal: (P, n, d, d) symmetric blocks, float64.
        upper: (P, n - 1, d, d) blocks above the diagonal.
        rhs: (P, n, d).

    Returns:
        The solutions (P, n, d) and which systems are positive definite (P,); None where entries that are not
        finite have spread from one system to the next.
    """
    systems, n, d = rhs.shape
    columns = _columns(diagonal, upper)
    definite = np.ones(systems, dtype=bool)
    start = 0
    while start < systems:
        _, info = lapack.dpbtrf(columns[start * n * d :].T, lower=1, overwrite_ab=1)
        if info == 0:
            break
        bad = start + (info - 1) // (n * d)
        definite[bad] = False
        columns[bad * n * d : (bad + 1) * n * d] = 0
        columns[bad * n * d : (bad + 1) * n * d, 0] = 1
        start = bad + 1
    x, _ = lapack.dpbtrs(columns.T, rhs.numpy().reshape(-1, 1), lower=1)
    solution = torch.from_numpy(x.reshape(systems, n, d))
    return (solution, torch.from_numpy(definite)) if bool(solution.isfinite().all()) else None


def _columns(diagonal: Tensor, upper: Tensor) -> np.ndarray:
    """Lower band, one row per column of the matrix: entry k of row j is A[j + k, j]; (P n d, 2 d)."""
    systems, n, d = diagonal.shape[:3]
    band = diagonal.new_zeros(systems, n, d, 2 * d)
    for j in range(d):
        band[:, :, j, : d - j] = diagonal[:, :, j:, j]
        band[:, :-1, j, d - j : 2 * d - j] = upper[:, :, j, :]
    return band.reshape(-1, 2 * d).numpy()
