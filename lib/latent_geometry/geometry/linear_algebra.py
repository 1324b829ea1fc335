"""Factor and solve with metric matrices; differentiable to any order.

`torch.linalg.solve` is avoided throughout: in torch 2.13 its second derivative is wrong, nested in whatever way, while
those of `torch.linalg.cholesky`, `torch.cholesky_solve` and `torch.linalg.inv` are right.
"""

import torch
from torch import Tensor


def cholesky(G: Tensor) -> Tensor:
    """Factor symmetric positive definite matrices G = L L^T.

    A squared pivot of L is what its column of the Jacobian keeps outside the span of the columns before it. Where
    that is lost in rounding, or a column vanishes beside the longest one, the metric counts as singular.

    Args:
        G: (*batch, d, d) metric matrices.

    Returns:
        (*batch, d, d) lower triangular factors.

    Raises:
        ValueError: where a matrix is singular or not positive definite, saying at how many points.
    """
    L, failed = torch.linalg.cholesky_ex(G)
    eps = torch.finfo(G.dtype).eps
    squares = G.diagonal(dim1=-2, dim2=-1)
    pivots = L.diagonal(dim1=-2, dim2=-1).square()
    longest = squares.amax(-1, keepdim=True) if G.numel() else squares
    regular = (failed == 0) & ((pivots > 4 * eps * squares) & (squares > eps**2 * longest)).all(-1)
    if not regular.all():
        raise ValueError(
            f"metric: singular at {int((~regular).sum())} of {regular.numel()} points, expected a positive definite one"
        )
    return L


def solve(L: Tensor, b: Tensor) -> Tensor:
    """Solve G x = b for vectors b (*batch, d), given the factor L of G = L L^T."""
    return torch.cholesky_solve(b[..., None], L)[..., 0]
