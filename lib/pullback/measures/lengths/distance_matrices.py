"""Distance matrices in closed form, to hold a measured one against."""

import torch
from torch import Tensor

from pullback.checks import check_finite, check_points, check_tensor
from pullback.surfaces.forms import arc


def euclidean_distances(points: Tensor) -> Tensor:
    """Measure straight distances of all pairs, without the rounding of a matrix product.

    Args:
        points: (n, D) points, such as latent codes or a normal cloud.

    Returns:
        (n, n).

    Raises:
        ValueError: when it is no set of points.

    Example:
        >>> from pullback.measures import euclidean_distances
        >>> euclidean_distances(torch.tensor([[0.0, 0.0], [3.0, 4.0]])).tolist()
        [[0.0, 5.0], [5.0, 0.0]]
    """
    x = _check_set(points)
    return torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist").fill_diagonal_(0)


def great_circle_distances(directions: Tensor, *, radius: float = 1.0) -> Tensor:
    r"""Measure the distances of points of a sphere along its great circles.

    $$d(x, y) = r \arccos \langle x, y \rangle, \qquad \lvert x \rvert = \lvert y \rvert = 1$$

    Args:
        directions: (n, D) vectors of any length but 0; normal ones give uniform points of the sphere of
            dimension D - 1.
        radius: of the sphere.

    Returns:
        (n, n).

    Raises:
        ValueError: when it is no set of points, or one lies in the centre.

    Example:
        >>> from pullback.measures import great_circle_distances
        >>> round(great_circle_distances(torch.eye(2))[0, 1].item(), 4)
        1.5708
    """
    x = _check_set(directions)
    size = x.norm(dim=-1, keepdim=True)
    if not (size > 0).all():
        raise ValueError(f"directions: got {int((size == 0).sum())} of length 0, expected none")
    x = x / size
    return radius * arc(x[:, None], x[None]).fill_diagonal_(0)


def flat_torus_distances(points: Tensor, *, period: float = 1.0) -> Tensor:
    r"""Measure the distances of points of a flat torus: every coordinate runs in a circle.

    $$d(x, y)^2 = \sum_a \min_{k \in \mathbb{Z}} (x_a - y_a + k P)^2$$

    The surface has no curvature anywhere: it is a square of paper with opposite edges glued.

    Args:
        points: (n, D) coordinates; uniform ones in [0, period) give uniform points.
        period: P, the length of the circles.

    Returns:
        (n, n).

    Raises:
        ValueError: when it is no set of points, or the period is not positive.

    Example:
        >>> from pullback.measures import flat_torus_distances
        >>> flat_torus_distances(torch.tensor([[0.0, 0.5], [0.75, 0.5]]))[0].tolist()
        [0.0, 0.25]
    """
    x = _check_set(points)
    if not period > 0:
        raise ValueError(f"period: got {period}, expected a positive number")
    gap = (x[:, None] - x[None]).remainder(period)
    return torch.minimum(gap, period - gap).norm(dim=-1)


def _check_set(points: Tensor) -> Tensor:
    points = check_points("points", points)
    if points.ndim != 2:
        raise ValueError(f"points: got shape {tuple(points.shape)}, expected (n, D)")
    return points


def squared_distances(distances: Tensor) -> Tensor:
    """Square distance matrices d_ij^2, in double precision.

    Args:
        distances: (*batch, n, n) distances of n points, n at least 2: symmetric, 0 on the diagonal, not
            all 0.

    Returns:
        (*batch, n, n) float64, exactly symmetric.

    Raises:
        ValueError: for what is no distance matrix.

    Example:
        >>> from pullback.measures import squared_distances
        >>> squared_distances(torch.tensor([[0.0, 3.0], [3.0, 0.0]])).tolist()
        [[0.0, 9.0], [9.0, 0.0]]
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
    """Average squared distances over the pairs of different points.

    Args:
        squares: (*batch, n, n) squared distances, 0 on the diagonal.

    Returns:
        (*batch,) means.

    Example:
        >>> from pullback.measures import pair_mean, squared_distances
        >>> distances = torch.tensor([[0.0, 1.0, 2.0], [1.0, 0.0, 2.0], [2.0, 2.0, 0.0]])
        >>> pair_mean(squared_distances(distances)).item()
        3.0
    """
    n = squares.shape[-1]
    return squares.sum((-2, -1)) / (n * (n - 1))
