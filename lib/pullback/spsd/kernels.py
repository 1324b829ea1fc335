"""Kernels made from distances: one that preserves them, and the exponential one, which does not."""

import torch
from torch import Tensor

from pullback.spsd.checks import check_positive, check_symmetric, check_tensor


def distance_preserving_kernel(xy: Tensor, x0: Tensor, y0: Tensor) -> Tensor:
    """Compute k(X, Y) = 1/2 (d^2(X, X0) + d^2(Y, X0) - d^2(X, Y)) from distances (`eq-spsd-kernel`).

    It is the inner product of the points with X0 as origin: k(X, X) + k(Y, Y) - 2 k(X, Y) = d^2(X, Y), so a
    Hilbert space that realises k holds the points at their distances d. One exists if and only if no Gram
    matrix has a negative eigenvalue (Schoenberg 1938).

    Args:
        xy: (*batch, N, M) distances between the samples X and Y.
        x0: (*batch, N) distances of X from X0.
        y0: (*batch, M) distances of Y from X0.

    Returns:
        (*batch, N, M).

    Raises:
        ValueError: for distances of unfitting shapes, or not finite.

    Example:
        >>> from pullback.spsd import distance_preserving_kernel
        >>> x, y = torch.tensor([1.0, 2.0]), torch.tensor([3.0])
        >>> distance_preserving_kernel((x[:, None] - y).abs(), x.abs(), y.abs()).tolist()
        [[3.0], [6.0]]
    """
    xy = check_tensor("xy", xy, 2, "(*batch, N, M)")
    for name, d, shape in (("x0", x0, xy.shape[:-1]), ("y0", y0, xy.shape[:-2] + xy.shape[-1:])):
        if check_tensor(name, d, 1, f"{tuple(shape)}").shape != shape:
            raise ValueError(f"{name}: got shape {tuple(d.shape)}, expected {tuple(shape)} as xy")
    return (x0.square()[..., :, None] + y0.square()[..., None, :] - xy.square()) / 2


def distance_preserving_gram(D: Tensor, *, origin: int) -> Tensor:
    """Compute the Gram matrix of a sample with one of its points as the origin X0 (`eq-spsd-kernel`).

    Args:
        D: (*batch, N, N) distances.
        origin: index of X0, 0 to N - 1. Its row and column become zero.

    Returns:
        (*batch, N, N).

    Raises:
        ValueError: for a D that is not finite and symmetric, and for an index out of range.

    Example:
        >>> from pullback.spsd import distance_preserving_gram
        >>> x = torch.tensor([0.0, 1.0, 3.0])
        >>> distance_preserving_gram((x[:, None] - x).abs(), origin=0).tolist()
        [[0.0, 0.0, 0.0], [0.0, 1.0, 3.0], [0.0, 3.0, 9.0]]
    """
    D = check_symmetric("D", D)
    if isinstance(origin, bool) or not isinstance(origin, int) or not 0 <= origin < D.shape[-1]:
        raise ValueError(f"origin: got {origin!r}, expected an integer from 0 to {D.shape[-1] - 1}")
    return distance_preserving_kernel(D, D[..., origin], D[..., origin])


def centred_gram(D: Tensor) -> Tensor:
    """Compute the Gram matrix of a sample with its mean as the origin: -1/2 J D^2 J, J = I - 1/N.

    The Gram matrix of classical scaling. It preserves distances as with any other origin; two samples
    compared with each other need one origin, so give them stacked.

    Args:
        D: (*batch, N, N) distances.

    Returns:
        (*batch, N, N).

    Raises:
        ValueError: for a D that is not finite and symmetric.

    Example:
        >>> from pullback.spsd import centred_gram
        >>> x = torch.tensor([-1.0, 0.0, 1.0])
        >>> torch.allclose(centred_gram((x[:, None] - x).abs()), x[:, None] * x, atol=1e-6)
        True
    """
    return double_centred(check_symmetric("D", D).square())


def double_centred(squares: Tensor) -> Tensor:
    """Compute -1/2 J S J of squared distances S (*batch, N, N), whatever they are."""
    rows = squares.mean(-1, keepdim=True)
    return -(squares - rows - rows.mT + rows.mean(-2, keepdim=True)) / 2


def exponential_kernel(D: Tensor, *, gamma: float) -> Tensor:
    """Compute exp(-gamma d^2), a named variant.

    It does not preserve distances: in its Hilbert space all points lie on the unit sphere, at
    sqrt(2 - 2 exp(-gamma d^2)) of one another and so never further apart than sqrt(2).

    Args:
        D: (*batch, N, M) distances.
        gamma: positive scale.

    Returns:
        (*batch, N, M).

    Raises:
        ValueError: for distances that are not finite, and for gamma <= 0.

    Example:
        >>> from pullback.spsd import exponential_kernel
        >>> round(exponential_kernel(torch.tensor([[1.0]]), gamma=2.0).log().item(), 4)
        -2.0
    """
    D = check_tensor("D", D, 2, "(*batch, N, M)")
    return torch.exp(-check_positive("gamma", gamma) * D.square())


def positive_part(K: Tensor) -> Tensor:
    """Drop the negative part of the spectrum of Gram matrices: the nearest positive semidefinite ones.

    An explicit step, for distances that no Hilbert space holds; what is dropped is `negative_share`. Costs
    N^3 operations.

    Args:
        K: (*batch, N, N) symmetric matrices.

    Returns:
        (*batch, N, N).

    Raises:
        ValueError: for matrices that are not finite and symmetric.

    Example:
        >>> from pullback.spsd import positive_part
        >>> K = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
        >>> torch.allclose(positive_part(K), torch.full((2, 2), 0.5))
        True
    """
    values, vectors = torch.linalg.eigh(check_symmetric("K", K))
    return (vectors * values.clamp_min(0)[..., None, :]) @ vectors.mT
