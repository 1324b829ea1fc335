"""Solve many symmetric block-tridiagonal systems at once: the normal equations of a discrete curve."""

import torch
from torch import Tensor


def solve_block_tridiagonal(diagonal: Tensor, upper: Tensor, rhs: Tensor) -> tuple[Tensor, Tensor]:
    r"""Solve A x = rhs for symmetric positive definite block-tridiagonal A by block Cholesky elimination.

    $$A_{ii} = D_i, \quad A_{i,i+1} = U_i, \quad A_{i+1,i} = U_i^\top$$

    The recursion S_0 = D_0, S_{i+1} = D_{i+1} - U_i^T S_i^{-1} U_i runs over the blocks and is vectorised over the
    batch; blocks of one and two rows are inverted in closed form, larger ones by Cholesky factors. A is positive
    definite exactly when every pivot block S_i is.

    Args:
        diagonal: (*batch, n, d, d) symmetric blocks D.
        upper: (*batch, n - 1, d, d) blocks above the diagonal U.
        rhs: (*batch, n, d).

    Returns:
        The solution (*batch, n, d), and whether A is positive definite (*batch,). Where it is not, the solution is
        meaningless and may hold infinities or NaN.

    Raises:
        ValueError: when the shapes do not belong together.
    """
    n, d = rhs.shape[-2:]
    if diagonal.shape != (*rhs.shape, d) or upper.shape != (*rhs.shape[:-2], n - 1, d, d):
        raise ValueError(
            f"upper: got shapes {tuple(diagonal.shape)}, {tuple(upper.shape)}, {tuple(rhs.shape)} of diagonal, upper, "
            "rhs, expected (*batch, n, d, d), (*batch, n - 1, d, d), (*batch, n, d)"
        )
    batch = rhs.shape[:-2]
    systems = batch.numel()
    blocks = (
        diagonal.reshape(systems, n, d, d),
        upper.reshape(systems, n - 1, d, d),
        rhs.reshape(systems, n, d),
    )
    x, definite = _closed_form(*blocks) if d <= 2 else _factored(*blocks)
    return x.reshape(*batch, n, d), definite.reshape(batch)


def _closed_form(diagonal: Tensor, upper: Tensor, rhs: Tensor) -> tuple[Tensor, Tensor]:
    """Blocks of one or two rows, the batch axis last so that every operation runs over contiguous memory."""
    n = rhs.shape[1]
    pivots = list(diagonal.permute(1, 2, 3, 0).contiguous())
    couplings = upper.permute(1, 2, 3, 0).contiguous()
    right = list(rhs.permute(1, 2, 0).contiguous())
    inverses, definite = [], []
    for i in range(n):
        inverse, positive = _inverse(pivots[i])
        inverses.append(inverse)
        definite.append(positive)
        if i + 1 < n:
            carried = (couplings[i].unsqueeze(2) * inverse.unsqueeze(1)).sum(0)
            pivots[i + 1] = pivots[i + 1] - (carried.unsqueeze(2) * couplings[i].unsqueeze(0)).sum(1)
            right[i + 1] = right[i + 1] - (carried * right[i]).sum(1)
    x = [(inverses[-1] * right[-1]).sum(1)]
    for i in range(n - 2, -1, -1):
        x.append((inverses[i] * (right[i] - (couplings[i] * x[-1]).sum(1))).sum(1))
    return torch.stack(x[::-1]).permute(2, 0, 1), torch.stack(definite).all(0)


def _inverse(block: Tensor) -> tuple[Tensor, Tensor]:
    """Invert (d, d, systems) for d = 1 or 2, and say where the block is positive definite."""
    if block.shape[0] == 1:
        return block.reciprocal(), block[0, 0] > 0
    determinant = block[0, 0] * block[1, 1] - block[0, 1] * block[1, 0]
    adjugate = torch.stack([block[1, 1], -block[0, 1], -block[1, 0], block[0, 0]]).view_as(block)
    return adjugate / determinant, (determinant > 0) & (block[0, 0] > 0)


def _factored(diagonal: Tensor, upper: Tensor, rhs: Tensor) -> tuple[Tensor, Tensor]:
    """Blocks of any size through Cholesky factors L of the pivots; [U | y] is solved against L in one call."""
    n = rhs.shape[1]
    pivot, right = diagonal[:, 0], rhs[:, 0]
    factors, couplings, reduced, failures = [], [], [], []
    for i in range(n):
        factor, info = torch.linalg.cholesky_ex(pivot)
        factors.append(factor)
        failures.append(info)
        if i + 1 == n:
            reduced.append(torch.linalg.solve_triangular(factor, right[..., None], upper=False))
            break
        both = torch.cat([upper[:, i], right[..., None]], dim=-1)
        both = torch.linalg.solve_triangular(factor, both, upper=False)
        coupling = both[..., :-1]
        couplings.append(coupling)
        reduced.append(both[..., -1:])
        update = coupling.mT @ both
        pivot = diagonal[:, i + 1] - update[..., :-1]
        right = rhs[:, i + 1] - update[..., -1]
    x = [torch.linalg.solve_triangular(factors[-1].mT, reduced[-1], upper=True)]
    for i in range(n - 2, -1, -1):
        x.append(torch.linalg.solve_triangular(factors[i].mT, reduced[i] - couplings[i] @ x[-1], upper=True))
    return torch.stack(x[::-1], dim=1)[..., 0], (torch.stack(failures) == 0).all(0)
