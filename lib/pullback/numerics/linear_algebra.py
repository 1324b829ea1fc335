"""Factor and solve with metric matrices; differentiable to any order.

`torch.linalg.solve` is avoided throughout: in torch 2.13 its second derivative is wrong, however it is
nested, while those of `torch.linalg.cholesky`, `torch.cholesky_solve` and `torch.linalg.inv` are right.
"""

import torch
from torch import Tensor


def factor(G: Tensor) -> tuple[Tensor, Tensor]:
    """Factor symmetric matrices G = L L^T and say which are positive definite beyond rounding.

    A squared pivot of L is what its column of the Jacobian keeps outside the span of the columns before it.
    Where that is lost in rounding, or a column vanishes beside the longest one, the metric counts as
    singular.

    Args:
        G: (*batch, d, d) metric matrices.

    Returns:
        (*batch, d, d) lower triangular factors and (*batch,) whether to trust them.
    """
    L, failed = torch.linalg.cholesky_ex(G)
    eps = torch.finfo(G.dtype).eps
    squares = G.diagonal(dim1=-2, dim2=-1)
    pivots = L.diagonal(dim1=-2, dim2=-1).square()
    longest = squares.amax(-1, keepdim=True)
    # a pivot is a difference that d products have rounded; eps^2 is where a column's square drowns in J
    # itself
    kept = (pivots > 4 * eps * squares) & (squares > eps**2 * longest)
    return L, (failed == 0) & kept.all(-1)


def cholesky(G: Tensor) -> Tensor:
    """Factor metric matrices (*batch, d, d) as G = L L^T.

    Raises:
        ValueError: where a matrix is singular or not positive definite, saying at how many points.
    """
    L, regular = factor(G)
    if not torch._C._functorch.is_functorch_wrapped_tensor(G):
        refuse_singular(G, regular)
    return L


def refuse_singular(G: Tensor, regular: Tensor, *, where: str = "points") -> None:
    """Say at how many places matrices (*batch, d, d) are not regular (*batch,), and in which direction.

    Raises:
        ValueError: where one is singular or not positive definite.
    """
    if regular.all():
        return
    first = G[~regular][0].detach().double()
    count = f"{int((~regular).sum())} of {regular.numel()} {where}"
    text = f"metric: singular at {count}, expected it positive definite"
    if first.isfinite().all():
        flat = torch.linalg.eigh(first).eigenvectors[:, 0]
        flat = flat * flat[flat.abs().argmax()].sign()
        along = ", ".join(f"{float(x):.2g}" for x in (flat * 100).round() / 100)
        text += f"; nothing changes along ({along}): leave that direction of the latent space out"
    raise ValueError(text)


def solve(L: Tensor, b: Tensor) -> Tensor:
    """Solve G x = b for vectors b (*batch, d), given the factor L of G = L L^T."""
    return torch.cholesky_solve(b[..., None], L)[..., 0]


def normal_part(J: Tensor, L: Tensor, w: Tensor) -> Tensor:
    """Project ambient vectors w (*batch, m, q) off the columns of J (*batch, m, d), given G = J^T J = L L^T.

    Projecting twice makes the result as orthogonal to J as a QR factorisation would, although G has the
    square of J's condition number.
    """
    for _ in range(2):
        w = w - J @ torch.cholesky_solve(J.mT @ w, L)
    return w
