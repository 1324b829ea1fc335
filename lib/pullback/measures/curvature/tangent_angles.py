"""How far does the tangent space turn from a point to its neighbour?"""

import torch
from torch import Tensor

from pullback.metrics.base import Metric
from pullback.spsd.subspaces import principal_angles

# Halvings of a bracket on a line: 2^-30 of it, beyond what single precision can tell.
BISECTIONS = 30


def tangent_angles(metric: Metric, z0: Tensor, z1: Tensor) -> Tensor:
    r"""Measure the principal angles between the tangent spaces at two points (`eq-tangent-angles`).

    $$\cos \theta_i = \sigma_i(Q_0^\top Q_1), \qquad J(z_k) = Q_k R_k$$

    The tangent space is the column space of the decoder's Jacobian, and all d angles count alike, those of
    directions in which the image hardly moves too. Shukla et al. (2019), Table 5, after Brahma, Wu and
    She (2016); which pairs and which of the angles they average, they do not say. Costs d tangents of the map
    at both points and two singular value decompositions per pair.

    Args:
        metric: a metric with features.
        z0: (*batch, d) points.
        z1: (*batch, d) their partners.

    Returns:
        (*batch, d) angles in degrees, ascending.

    Raises:
        ValueError: where a Jacobian has linearly dependent columns, and for a metric without features.

    Example:
        >>> from pullback.measures import tangent_angles
        >>> from pullback.surfaces import CYLINDER
        >>> z0, z1 = torch.tensor([[0, 0], [torch.pi / 6, 1]], dtype=torch.float64)
        >>> tangent_angles(CYLINDER.metric, z0, z1).round(decimals=4).tolist()
        [0.0, 30.0]
    """
    J0, J1 = (metric.features_and_jacobian(z)[1].double() for z in (z0, z1))
    return torch.rad2deg(principal_angles(_even(J0), _even(J1)))


def _even(J: Tensor) -> Tensor:
    """Scale columns to length 1: the same span, and one unused coordinate does not look dependent."""
    return J / J.norm(dim=-2, keepdim=True).clamp_min(torch.finfo(J.dtype).tiny)


def nearest_neighbours(distances: Tensor) -> Tensor:
    """Find the nearest other point of each.

    Args:
        distances: (n, n) distances.

    Returns:
        (n,) indices.

    Example:
        >>> from pullback.measures import nearest_neighbours
        >>> x = torch.tensor([0.0, 1.0, 3.0])
        >>> nearest_neighbours((x[:, None] - x).abs()).tolist()
        [1, 0, 1]
    """
    itself = torch.eye(len(distances), dtype=torch.bool, device=distances.device)
    return distances.masked_fill(itself, torch.inf).argmin(-1)


def at_image_distance(metric: Metric, z0: Tensor, z1: Tensor, target: float) -> Tensor:
    """Walk from z0 straight towards z1, and on, until the decoded image has changed by the target.

    It makes neighbours that are equally far in image space in every model, so that what is compared is how
    tangent spaces turn and not how far the next point is. Costs 72 values of the map per pair.

    Args:
        metric: a metric with features.
        z0: (*batch, d) points.
        z1: (*batch, d) directions' ends, different from z0.
        target: ambient distance |f(z) - f(z0)|, the first at which the walk arrives on a grid of its steps.

    Returns:
        (*batch, d) points; NaN where twice the way to z1 does not lead that far.

    Raises:
        ValueError: for a metric without features.

    Example:
        >>> from pullback import PullbackMetric
        >>> from pullback.measures import at_image_distance
        >>> z0, z1 = torch.tensor([[0, 0], [1, 0]], dtype=torch.float64)
        >>> at_image_distance(PullbackMetric(lambda z: 4 * z), z0, z1, target=3.0).round(decimals=6).tolist()
        [0.75, 0.0]
    """
    x0 = metric.features(z0)

    def gap(t: Tensor) -> Tensor:
        return (metric.features(z0 + t[..., None] * (z1 - z0)) - x0).norm(dim=-1) - target

    grid = torch.linspace(0, 2, 41, dtype=z0.dtype, device=z0.device)
    beyond = torch.stack([gap(t.expand(z0.shape[:-1])) for t in grid]) >= 0
    first = beyond.int().argmax(0)
    low, high = grid[(first - 1).clamp_min(0)], grid[first]
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        is_beyond = gap(middle) >= 0
        low, high = torch.where(is_beyond, low, middle), torch.where(is_beyond, middle, high)
    found = z0 + high[..., None] * (z1 - z0)
    return found.masked_fill(~beyond.any(0)[..., None], torch.nan)
