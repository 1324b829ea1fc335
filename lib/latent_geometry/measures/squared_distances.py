"""Check a matrix of distances and square it, for the measures that take one."""

from torch import Tensor

from latent_geometry.geometry.checks import check_finite, check_tensor


def squared_distances(distances: Tensor) -> Tensor:
    """Square distance matrices, in double precision.

    Args:
        distances: (*batch, n, n) distances of n points, n at least 2: symmetric, 0 on the diagonal, not
            all 0.

    Returns:
        (*batch, n, n) float64, exactly symmetric.

    Raises:
        ValueError: for what is no distance matrix.
    """
    check_finite("distances", check_tensor("distances", distances))
    if distances.ndim < 2 or distances.shape[-1] != distances.shape[-2] or distances.shape[-1] < 2:
        raise ValueError(
            f"distances: got shape {tuple(distances.shape)}, expected (*batch, n, n) with n at least 2"
        )
    d = distances.double()
    largest = d.amax((-2, -1), keepdim=True)
    if not (largest > 0).all() or (d < 0).any() or d.diagonal(dim1=-2, dim2=-1).any():
        raise ValueError("distances: got negative, only zero or diagonal ones, expected distances of points")
    gap = ((d - d.mT).abs() / largest).max()
    if gap > 1e-4:
        raise ValueError(f"distances: got a matrix asymmetric by {gap:.1e}, expected a symmetric one")
    return ((d + d.mT) / 2).square()


def pair_mean(squares: Tensor) -> Tensor:
    """Average squared distances (*batch, n, n) over the pairs of different points: (*batch,)."""
    n = squares.shape[-1]
    return squares.sum((-2, -1)) / (n * (n - 1))
