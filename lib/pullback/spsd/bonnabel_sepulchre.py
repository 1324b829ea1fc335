"""The distance of Bonnabel and Sepulchre between positive semidefinite matrices of one rank."""

import torch
from torch import Tensor

from pullback.spsd.checks import check_alike, check_positive, check_samples, first
from pullback.spsd.factors import Factors, align, factor, prepare
from pullback.spsd.pairwise import over_pairs


def bonnabel_sepulchre_distance(
    A: Tensor, B: Tensor, *, rank: int, k: float = 1.0, rtol: float | None = None
) -> Tensor:
    r"""Compute the distance on the stratum of rank r between matrices A = U_A R_A^2 U_A^T and B.

    d^2 = |Theta|^2 + k |log(R_A^-1 R_B^2 R_A^-1)|_F^2 (`eq-spsd-distance`; Bonnabel, Sepulchre 2009,
    arXiv 0807.4462, section 4), with Theta the principal angles between the ranges and U_A, U_B the bases of
    principal vectors, which fix R_A and R_B. It is the length of a curve in the quotient geometry and not
    always of the shortest one: the triangle inequality can fail. At full rank it is sqrt(k) times the
    affine-invariant distance. Costs an eigenvalue problem of size n for each matrix, and two smaller ones.

    Args:
        A: (*batch, n, n) matrices of rank r.
        B: (*batch, n, n) matrices of rank r; batches broadcast.
        rank: the rank r. A matrix of another rank is refused.
        k: weight of the part within the range, positive.
        rtol: relative threshold of the rank; by default n times the dtype's rounding unit.

    Returns:
        (*batch,) distances.

    Raises:
        ValueError: for matrices that are not finite, symmetric and positive semidefinite, of another rank or
            unequal size or dtype; for ranges with a right angle between them, where from rank 2 on the
            distance is not defined.

    Example:
        >>> from pullback.spsd import bonnabel_sepulchre_distance
        >>> A, B = torch.tensor([[1.0, 0.0], [0.0, 0.0]]), torch.tensor([[0.5, 0.5], [0.5, 0.5]])
        >>> round(bonnabel_sepulchre_distance(A, B, rank=1).item(), 4)
        0.7854
    """
    angles, logs = bonnabel_sepulchre_parts(A, B, rank=rank, rtol=rtol)
    return (angles + check_positive("k", k) * logs).sqrt()


def bonnabel_sepulchre_parts(
    A: Tensor, B: Tensor, *, rank: int, rtol: float | None = None
) -> tuple[Tensor, Tensor]:
    """Compute the two squared parts of the distance: between the ranges, and within them.

    Args:
        A: (*batch, n, n) matrices of rank r.
        B: (*batch, n, n) matrices of rank r; batches broadcast.
        rank: the rank r.
        rtol: relative threshold of the rank; by default n times the dtype's rounding unit.

    Returns:
        |Theta|^2 (*batch,) and |log(R_A^-1 R_B^2 R_A^-1)|_F^2 (*batch,).

    Raises:
        ValueError: as `bonnabel_sepulchre_distance`.

    Example:
        >>> from pullback.spsd import bonnabel_sepulchre_parts
        >>> A, B = torch.tensor([[1.0, 0.0], [0.0, 0.0]]), torch.tensor([[0.5, 0.5], [0.5, 0.5]])
        >>> angles, logs = bonnabel_sepulchre_parts(A, torch.e * B, rank=1)
        >>> round(angles.sqrt().item(), 4), round(logs.item(), 4)
        (0.7854, 1.0)
    """
    a, b = factor("A", A, rank=rank, rtol=rtol), factor("B", B, rank=rank, rtol=rtol)
    check_alike(A, B)
    try:
        batch = torch.broadcast_shapes(A.shape[:-2], B.shape[:-2])
    except RuntimeError:
        raise ValueError(
            f"B: got shape {tuple(B.shape)}, expected one that broadcasts with {tuple(A.shape)}"
        ) from None
    a, b = prepare(a.expand(batch), b.expand(batch))
    angles, logs, right = _parts(a, b)
    if right.any():
        _refuse_right_angles(f"A, B{first(right)}")
    return angles, logs


def pairwise_bonnabel_sepulchre(
    X: Tensor, Y: Tensor | None = None, *, rank: int, k: float = 1.0, rtol: float | None = None
) -> Tensor:
    """Compute the distances between all pairs of matrices of one rank (`eq-spsd-distance`).

    Each matrix is factored once. A pair costs one eigenvalue problem of size min(r, n - r), for the angles,
    and one of size r; at full rank the angles are zero and cost nothing.

    Args:
        X: (*batch, N, n, n) matrices of rank r.
        Y: (*batch, M, n, n) matrices of rank r; by default X.
        rank: the rank r. A matrix of another rank is refused.
        k: weight of the part within the ranges, positive.
        rtol: relative threshold of the rank; by default n times the dtype's rounding unit.

    Returns:
        (*batch, N, M) distances; for Y None symmetric with a diagonal of zeros.

    Raises:
        ValueError: as `bonnabel_sepulchre_distance`, and for unequal batches.

    Example:
        >>> from pullback.spsd import pairwise_bonnabel_sepulchre
        >>> angles = torch.tensor([0.0, 0.5, 1.0], dtype=torch.float64)
        >>> v = torch.stack([angles.cos(), angles.sin()], dim=-1)
        >>> pairwise_bonnabel_sepulchre(v[:, :, None] * v[:, None], rank=1).round(decimals=4).tolist()
        [[0.0, 0.5, 1.0], [0.5, 0.0, 0.5], [1.0, 0.5, 0.0]]
    """
    k = check_positive("k", k)
    a = factor("X", check_samples("X", X), rank=rank, rtol=rtol)
    b = a if Y is None else factor("Y", check_samples("Y", Y), rank=rank, rtol=rtol)
    if Y is not None:
        check_alike(X, Y, ("X", "Y"))
        if X.shape[:-3] != Y.shape[:-3]:
            raise ValueError(f"Y: got shape {tuple(Y.shape)}, expected the batch {tuple(X.shape[:-3])} of X")

    a, b = prepare(a, b)

    def squares(i: slice, j: slice) -> Tensor:
        angles, logs, right = _parts(a.rows(i), b.columns(j))
        if right.any():
            row, column = right.nonzero()[0, -2:].tolist()
            other = "X" if Y is None else "Y"
            _refuse_right_angles(f"X[..., {i.start + row}], {other}[..., {j.start + column}]")
        return angles + k * logs

    M = None if Y is None else Y.shape[-3]
    return over_pairs(squares, X.shape[-3], M, X.shape[-1] * rank, X, tuple(X.shape[:-3]))


def _parts(a: Factors, b: Factors) -> tuple[Tensor, Tensor, Tensor]:
    """Compute |Theta|^2, |log|^2 and whether a right angle leaves the second undefined."""
    F, angles, right = align(a, b)  # R_A^-1 R_B^2 R_A^-1 = F F^T
    logs = torch.linalg.eigvalsh(F @ F.mT).clamp_min(torch.finfo(F.dtype).tiny).log()
    # Eigenvalues of F F^T lose digits where both spectra are wide; singular values of F keep twice as many,
    # at three times the cost.
    wide = a.condition * b.condition > torch.finfo(F.dtype).eps ** -0.5
    if wide.any():
        logs[wide] = 2 * torch.linalg.svdvals(F[wide]).log()
    return angles, logs.square().sum(-1), right


def _refuse_right_angles(names: str) -> None:
    raise ValueError(
        f"{names}: got ranges with a right angle between them, expected angles below pi/2: "
        "the distance is not defined there"
    )
