"""Solve many symmetric block-tridiagonal systems at once: the normal equations of a discrete curve."""

from typing import NamedTuple

import torch
from torch import Tensor

from pullback.maps.forward_mode import is_traced
from pullback.numerics.banded import solve_banded

# Up to so many rows per block, or systems, LAPACK's banded solver has less overhead than a loop of batched
# products: with 100 systems of 24 blocks it is three times as fast at 8 rows, as fast at 16, slower at 32.
_SMALL = 8


def solve_block_tridiagonal(diagonal: Tensor, upper: Tensor, rhs: Tensor) -> tuple[Tensor, Tensor]:
    r"""Solve A x = rhs for symmetric positive definite block-tridiagonal A by block Cholesky elimination.

    $$A_{ii} = D_i, \quad A_{i,i+1} = U_i, \quad A_{i+1,i} = U_i^\top$$

    In double precision on the CPU small blocks, and a few systems of large ones, are one banded matrix for
    LAPACK. Otherwise larger blocks take the recursion S_0 = D_0, S_{i+1} = D_{i+1} - U_i^T S_i^{-1} U_i by
    Cholesky factors, and blocks of one or two rows the same elimination in the order of cyclic reduction,
    log2(n) rounds of closed-form inverses, both vectorised over the batch. A is positive definite exactly
    when every pivot is.

    Args:
        diagonal: (*batch, n, d, d) symmetric blocks D.
        upper: (*batch, n - 1, d, d) blocks above the diagonal U.
        rhs: (*batch, n, d).

    Returns:
        The solution (*batch, n, d), and whether A is positive definite (*batch,). Where it is not, the
        solution is meaningless and may hold infinities or NaN.

    Raises:
        ValueError: when the shapes do not belong together.
    """
    n, d = rhs.shape[-2:]
    if diagonal.shape != (*rhs.shape, d) or upper.shape != (*rhs.shape[:-2], n - 1, d, d):
        shapes = ", ".join(str(tuple(part.shape)) for part in (diagonal, upper, rhs))
        expected = "(*batch, n, d, d), (*batch, n - 1, d, d), (*batch, n, d)"
        raise ValueError(f"diagonal, upper, rhs: got shapes {shapes}, expected {expected}")
    batch = rhs.shape[:-2]
    systems = batch.numel()
    blocks = (
        diagonal.reshape(systems, n, d, d),
        upper.reshape(systems, n - 1, d, d),
        rhs.reshape(systems, n, d),
    )
    found = solve_banded(*blocks) if _suits_lapack(*blocks) else None
    x, definite = found or (_closed_form(*blocks) if d <= 2 else _factored(*blocks))
    return x.reshape(*batch, n, d), definite.reshape(batch)


def _suits_lapack(*blocks: Tensor) -> bool:
    systems, n, d = blocks[-1].shape
    plain = all(b.dtype == torch.float64 and b.device.type == "cpu" and not is_traced(b) for b in blocks)
    return plain and systems * n > 0 and (d <= _SMALL or systems <= _SMALL)


def _closed_form(diagonal: Tensor, upper: Tensor, rhs: Tensor) -> tuple[Tensor, Tensor]:
    """Blocks of one or two rows, the systems last so that every operation runs over contiguous memory."""
    D = diagonal.permute(1, 2, 3, 0).contiguous()
    U = upper.permute(1, 2, 3, 0).contiguous()
    x, definite = _reduce(D, U, rhs.permute(1, 2, 0).contiguous())
    return x.permute(2, 0, 1), definite


def _reduce(D: Tensor, U: Tensor, r: Tensor) -> tuple[Tensor, Tensor]:
    """Cyclic reduction: eliminate every other block at once, solve for the rest, substitute back."""
    n = len(D)
    inverse, definite = _inverse(D[::2])
    definite = definite.all(0)
    if n == 1:
        return _times(inverse, r), definite
    zero = torch.zeros_like(U[:1])
    padded = torch.cat([zero, U, zero])
    left, right = padded[:-1:2], padded[1::2]
    left_scaled, right_scaled = _product(left, inverse), _product(right.transpose(1, 2), inverse)
    kept, after = n // 2, (n - 1) // 2
    D, r, old = D[1::2].clone(), r[1::2].clone(), r[::2]
    D -= _product(right_scaled[:kept], right[:kept])
    r -= _times(right_scaled[:kept], old[:kept])
    D[:after] -= _product(left_scaled[1:], left[1:].transpose(1, 2))
    r[:after] -= _times(left_scaled[1:], old[1:])
    coupling = -_product(left_scaled[1:kept], right[1:kept])
    inner, rest = _reduce(D, coupling, r)
    x = r.new_empty(n, *r.shape[1:])
    x[1::2] = inner
    old = old.clone()
    old[1:] -= _times(left[1:].transpose(1, 2), inner[:after])
    old[:kept] -= _times(right[:kept], inner)
    x[::2] = _times(inverse, old)
    return x, definite & rest


def _inverse(block: Tensor) -> tuple[Tensor, Tensor]:
    """Invert (n, d, d, systems) for d = 1 or 2; say which blocks are positive definite: (n, systems)."""
    if block.shape[1] == 1:
        return block.reciprocal(), block[:, 0, 0] > 0
    a, b, c = block[:, 0, 0], block[:, 0, 1], block[:, 1, 1]
    determinant = a * c - b * b
    adjugate = torch.stack([c, -b, -b, a], dim=1).view_as(block)
    return adjugate / determinant[:, None, None], (determinant > 0) & (a > 0)


def _product(A: Tensor, B: Tensor) -> Tensor:
    """Matrix products of (n, d, d, systems) blocks."""
    return (A.unsqueeze(3) * B.unsqueeze(1)).sum(2)


def _times(A: Tensor, x: Tensor) -> Tensor:
    """Products of (n, d, d, systems) blocks with (n, d, systems) vectors."""
    return (A * x.unsqueeze(1)).sum(2)


def _factored(diagonal: Tensor, upper: Tensor, rhs: Tensor) -> tuple[Tensor, Tensor]:
    """Blocks of any size through Cholesky factors of the pivots."""
    factors = factor_block_tridiagonal(diagonal, upper)
    return factors.solve(rhs), factors.definite


class BlockFactors(NamedTuple):
    """Cholesky factors of symmetric block-tridiagonal matrices, for more than one right-hand side.

    Attributes:
        pivots: (n, *batch, d, d) lower triangular factors L_i of the pivots S_i.
        couplings: (n - 1, *batch, d, d) L_i^{-1} U_i.
        definite: (*batch,) whether the matrix is positive definite; where not, the rest is meaningless.
    """

    pivots: Tensor
    couplings: Tensor
    definite: Tensor

    def rows(self, rows: Tensor) -> "BlockFactors":
        """Choose some of the matrices of a batch of one axis."""
        if len(rows) == len(self.definite):
            return self
        return BlockFactors(self.pivots[:, rows], self.couplings[:, rows], self.definite[rows])

    def solve(self, rhs: Tensor) -> Tensor:
        """Solve A x = rhs (*batch, n, d) by substitution forwards and backwards."""
        right, reduced = rhs.unsqueeze(-1).unbind(-3), []
        for i, factor in enumerate(self.pivots):
            known = right[i] - self.couplings[i - 1].mT @ reduced[-1] if i else right[0]
            reduced.append(torch.linalg.solve_triangular(factor, known, upper=False))
        x = [torch.linalg.solve_triangular(self.pivots[-1].mT, reduced[-1], upper=True)]
        for i in range(len(reduced) - 2, -1, -1):
            known = reduced[i] - self.couplings[i] @ x[-1]
            x.append(torch.linalg.solve_triangular(self.pivots[i].mT, known, upper=True))
        return torch.stack(x[::-1], dim=-3)[..., 0]


def factor_block_tridiagonal(diagonal: Tensor, upper: Tensor) -> BlockFactors:
    """Factor A by the recursion S_0 = D_0, S_{i+1} = D_{i+1} - U_i^T S_i^{-1} U_i.

    Args:
        diagonal: (*batch, n, d, d) symmetric blocks D.
        upper: (*batch, n - 1, d, d) blocks above the diagonal U.
    """
    pivot, pivots, couplings, failures = diagonal[..., 0, :, :], [], [], []
    for i in range(diagonal.shape[-3]):
        if i:
            above = upper[..., i - 1, :, :]
            couplings.append(torch.linalg.solve_triangular(pivots[-1], above, upper=False))
            pivot = diagonal[..., i, :, :] - couplings[-1].mT @ couplings[-1]
        factor, info = torch.linalg.cholesky_ex(pivot)
        pivots.append(factor)
        failures.append(info)
    none = diagonal.new_empty(0, *pivot.shape)
    return BlockFactors(
        pivots=torch.stack(pivots),
        couplings=torch.stack(couplings) if couplings else none,
        definite=(torch.stack(failures) == 0).all(0),
    )
