"""How the decoded manifold curves, and how far its tangent space turns from code to code."""

import math

import torch
from pullback.curvature.riemann import scalar_curvature
from pullback.measures.curvature.curvature_sample import curvature_sample
from pullback.measures.curvature.tangent_angles import (
    at_image_distance,
    nearest_neighbours,
    tangent_angles,
)
from pullback.measures.lengths.residual_correlation import pairs_of
from pullback.metrics.base import Metric
from torch import Tensor

from companion.measures.of_space.survey import Planes, Survey
from companion.measures.space import Space


def sectional(s: Survey) -> Tensor:
    r"""Take the median of |K| L^2 in planes uniform in the metric (`eq-sectional`).

    $$\mathrm{median} \, \lvert K(u, v) \rvert \, L^2$$

    L is the median geodesic distance of the codes.
    """
    return _scaled(s, "uniform")


def sectional_data(s: Survey) -> Tensor:
    """Take the median of |K| L^2 in planes that geodesics to two other codes span (`eq-sectional`)."""
    return _scaled(s, "data")


def scalar(s: Survey) -> Tensor:
    r"""Take the median over a few codes of the mean sectional curvature of all planes, times L^2.

    $$\mathrm{median} \, S / (d (d - 1)) \, L^2$$

    with the scalar curvature S (`eq-scalar`).
    """
    return s.at_codes(mean_curvatures).nanmedian() * unit(s)


def tangent_angle(s: Survey) -> Tensor:
    """Average the tangent angles to the nearest code, in degrees (`eq-tangent-angles`).

    Shukla et al. (2019), Table 5.
    """
    return s.at_codes(nearest_angles, "euclidean").mean()


def tangent_angle_geodesic(s: Survey) -> Tensor:
    """Average the tangent angles to the nearest code by geodesic, in degrees (`eq-tangent-angles`)."""
    return s.at_codes(nearest_angles, "riemannian").mean()


def unit(s: Survey) -> Tensor:
    """Square the median geodesic distance, L^2, which curvatures are multiplied by."""
    return pairs_of(s.riemannian).median().square()


def has_curvature(s: Survey) -> bool:
    """Return whether there are planes, and curvatures in all of them."""
    if not s.planes:
        return False
    return all(s.at_codes(curvatures, planes).isfinite().all() for planes in s.planes.values())


def curvatures(s: Survey, planes: Planes) -> Tensor:
    """Measure sectional curvatures in planes at each code, (n, n_planes); NaN for a singular metric."""
    z, both = s.space.codes, (planes.u, planes.v)
    try:
        # the generator is not used where planes are given
        found = curvature_sample(s.space.metric, z, length=1.0, generator=torch.Generator(), planes=both)
    except ValueError:
        return torch.full_like(planes.u[..., 0], torch.nan)
    return found.curvature


def mean_curvatures(s: Survey) -> Tensor:
    """Measure the mean curvature of all planes at a few codes, (n,), NaN at the others."""
    n, d = s.space.codes.shape
    # every so many-th code, so that no class has them all
    chosen = torch.linspace(0, n - 1, min(s.sizes.n_scalar, n)).long()
    values = s.space.codes.new_full((n,), torch.nan)
    values[chosen] = scalar_curvature(s.space.metric, s.space.codes[chosen]) / (d * (d - 1))
    return values


def nearest_angles(s: Survey, distance: str) -> Tensor:
    """Measure the mean tangent angle to the nearest code, (n,); NaN where a Jacobian loses rank."""
    nearest = s.space.codes[nearest_neighbours(getattr(s, distance))]
    try:
        return tangent_angles(s.space.metric, s.space.codes, nearest).mean(-1)
    except ValueError:  # linearly dependent columns span no tangent space of dimension d
        return s.euclidean.new_full((len(nearest),), torch.nan)


def neighbour_angle(space: Space, pool: Tensor, points: Tensor) -> tuple[float, float]:
    """Average the tangent angles of some codes to their nearest neighbours, and how far their images are.

    Args:
        space: codes and decoder.
        pool: (m,) the codes among which neighbours are looked for.
        points: (n,) the codes whose neighbours are looked for.

    Returns:
        degrees, and ambient distance.
    """
    here, metric = space.codes[points], space.metric
    distances = torch.cdist(here, space.codes[pool])
    near = space.codes[pool[distances.masked_fill(points[:, None] == pool, torch.inf).argmin(-1)]]
    apart = (metric.features(here) - metric.features(near)).norm(dim=-1)
    return tangent_angles(metric, here, near).mean().item(), apart.mean().item()


def walked_angles(metric: Metric, here: Tensor, towards: Tensor, step: float) -> Tensor:
    """Average the tangent angles to where the image has changed by `step` on the way to other codes.

    Args:
        metric: a metric with features.
        here: (n, d) codes.
        towards: (n, d) others.
        step: ambient distance.

    Returns:
        (n,) degrees; NaN where no walk leads so far.
    """
    there = at_image_distance(metric, here, towards, step)
    reached = there.isfinite().all(-1)
    angles = torch.full((len(here),), math.nan, dtype=torch.float64)
    if reached.any():
        angles[reached] = tangent_angles(metric, here[reached], there[reached]).mean(-1)
    return angles


def _scaled(s: Survey, kind: str) -> Tensor:
    return s.at_codes(curvatures, s.planes[kind]).abs().median() * unit(s)
