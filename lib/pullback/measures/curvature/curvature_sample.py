"""How curved is the manifold, from inside and from outside, in numbers without a unit?"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from pullback.checks import check_points
from pullback.curvature.riemann import sectional_curvature
from pullback.measures.draws import two_others
from pullback.metrics.base import Metric
from pullback.numerics.linear_algebra import cholesky

# Halvings of (0, pi): the last bit of double precision.
_BISECTIONS = 60


@dataclass(frozen=True)
class CurvatureSample:
    """Sectional curvatures of random planes.

    Attributes:
        curvature: (*batch, n_planes) sectional curvatures K, in units of 1 / length^2.
        length: the length L that makes them dimensionless; a number or (*batch,).

    Example:
        >>> from pullback.measures import CurvatureSample
        >>> found = CurvatureSample(curvature=torch.tensor([[1.0, -3.0, 0.5, 2.0]]), length=2.0)
        >>> found.median_size, found.negative_share
        (6.0, 0.25)
    """

    curvature: Tensor
    length: float | Tensor

    @property
    def scaled(self) -> Tensor:
        """K L^2, (*batch, n_planes). On a sphere it is the squared angle that a path of length L spans."""
        length = torch.as_tensor(self.length).to(self.curvature)
        return self.curvature * length[..., None].square()

    @property
    def median_size(self) -> float:
        """Median of |K| L^2 over all points and planes."""
        return self.scaled.abs().quantile(0.5).item()

    @property
    def negative_share(self) -> float:
        """Share of the planes with negative curvature."""
        return (self.curvature < 0).double().mean().item()

    def quantiles(self, *levels: float) -> Tensor:
        """Quantiles of K L^2, sign and all, over all points and planes: (len(levels),)."""
        return self.scaled.flatten().quantile(self.curvature.new_tensor(levels))

    def readings(self) -> dict[str, float]:
        """Name what a run keeps: the median `size` and the `negative` share."""
        return {"size": self.median_size, "negative": self.negative_share}


def random_planes(
    metric: Metric, z: Tensor, n_planes: int, *, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    r"""Draw planes of directions, uniformly with respect to the metric.

    $$u = L^{-\top} q_1, \quad v = L^{-\top} q_2, \qquad G = L L^\top$$

    with q_1 and q_2 from Gram and Schmidt's method on two standard normal vectors. The distribution is that
    of the decoded planes, whatever the latent coordinates are. Costs the metric at each point.

    Args:
        metric: any metric with d of 2 or more.
        z: (*batch, d) points.
        n_planes: planes per point.
        generator: source of randomness, on the device of z.

    Returns:
        u and v, (*batch, n_planes, d) each, orthonormal in the metric.

    Raises:
        ValueError: for d = 1, no planes, or where the metric is singular.

    Example:
        >>> from pullback.measures import random_planes
        >>> from pullback.surfaces import SPHERE
        >>> z, generator = torch.tensor([[1.0, 0.0]]), torch.Generator().manual_seed(0)
        >>> u, v = random_planes(SPHERE.metric, z, 3, generator=generator)
        >>> tuple(u.shape), torch.allclose(SPHERE.metric.norm(z[:, None], u), torch.ones(1, 3))
        ((1, 3, 2), True)
    """
    z = check_points("z", z)
    d = z.shape[-1]
    if d < 2:
        raise ValueError(f"z: got {d} latent coordinate, expected 2 or more, or there is no plane")
    _check_count(n_planes)
    normal = torch.randn(*z.shape[:-1], n_planes, d, 2, generator=generator, dtype=z.dtype, device=z.device)
    frame = torch.linalg.qr(normal).Q
    L = cholesky(metric.matrix(z))[..., None, :, :]
    u, v = torch.linalg.solve_triangular(L.mT, frame, upper=True).unbind(-1)
    return u, v


def data_planes(z: Tensor, n_planes: int, *, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    r"""Span planes at each point by the straight ways to two other points of the set.

    $$u = z_j - z_i, \quad v = z_k - z_i$$

    Where a decoder hardly answers to some latent directions, planes that are uniform in the metric often
    contain one, and reach far out of the data before anything changes. These planes hold the directions in
    in which the codes do differ, weighted as they do. Takes the memory of n^2 n_planes random numbers.

    Args:
        z: (n, d) points, n of 3 or more and d of 2 or more, no three on a line.
        n_planes: planes per point.
        generator: source of randomness, on the CPU.

    Returns:
        u and v, (n, n_planes, d) each.

    Raises:
        ValueError: for fewer than three points or no planes.

    Example:
        >>> from pullback.measures import data_planes
        >>> z = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
        >>> u, v = data_planes(z, 1, generator=torch.Generator().manual_seed(0))
        >>> torch.linalg.det(torch.cat([u, v], dim=1)).abs().tolist()
        [1.0, 1.0, 1.0]
    """
    if z.ndim != 2 or len(z) < 3:
        raise ValueError(f"z: got shape {tuple(z.shape)}, expected (n, d) with n of 3 or more")
    _check_count(n_planes)
    others = two_others(len(z), n_planes, generator=generator).to(z.device)
    u, v = (z[others] - z[:, None, None]).unbind(-2)
    return u, v


def curvature_sample(
    metric: Metric,
    z: Tensor,
    *,
    length: float | Tensor,
    generator: torch.Generator,
    n_planes: int = 1,
    planes: tuple[Tensor, Tensor] | None = None,
    chunk: int = 64,
    method: str = "auto",
) -> CurvatureSample:
    r"""Measure sectional curvatures at given points in random planes (`eq-sectional`).

    $$K(u, v) \, L^2$$

    Curvature has the unit of an inverse square length, so "close to zero" needs a length to compare with: L
    is the caller's, such as the mean geodesic distance of the pairs in question. The product does not change
    when the decoded images are scaled. Shao, Kumar and Fletcher (2017) speak of curvature and measure none.
    Costs one `sectional_curvature` per plane.

    Args:
        metric: any metric with d of 2 or more.
        z: (*batch, d) points, such as codes of data. More points tell more than more planes per
            point, and cost the same.
        length: L, a positive number, or one per point (*batch,).
        generator: of the planes, on the device of z.
        n_planes: planes per point.
        planes: the planes, if not random ones uniform in the metric: u and v (*batch, n_planes, d), as from
            `data_planes`.
        chunk: planes whose derivatives are held at a time.
        method: as in `sectional_curvature`.

    Returns:
        The curvatures, with summaries.

    Raises:
        ValueError: for bad points or lengths, d = 1, chunk or n_planes below 1, or where the metric is
            singular.

    Example:
        >>> from pullback.measures import curvature_sample
        >>> from pullback.surfaces import SPHERE
        >>> z, generator = torch.tensor([[1.0, 0.0], [2.0, 0.5]]).double(), torch.Generator().manual_seed(0)
        >>> found = curvature_sample(SPHERE.metric, z, length=0.5, generator=generator, n_planes=3)
        >>> tuple(found.curvature.shape), round(found.median_size, 6)
        ((2, 3), 0.25)
    """
    if not (torch.as_tensor(length) > 0).all():
        raise ValueError(f"length: got {length}, expected positive")
    if chunk < 1:
        raise ValueError(f"chunk: got {chunk}, expected 1 or more")
    u, v = random_planes(metric, z, n_planes, generator=generator) if planes is None else planes
    rows = [x.expand_as(u).reshape(-1, z.shape[-1]) for x in (z[..., None, :], u, v)]
    parts = [sectional_curvature(metric, *row, method=method) for row in zip(*(r.split(chunk) for r in rows))]
    return CurvatureSample(torch.cat(parts).reshape(u.shape[:-1]), length)


def _check_count(n_planes: int) -> None:
    if n_planes < 1:
        raise ValueError(f"n_planes: got {n_planes}, expected 1 or more")


def arc_angle(arc_chord_ratio: Tensor) -> Tensor:
    r"""Turn length over chord into the angle of the circular arc with that ratio.

    $$\rho = \frac{\alpha / 2}{\sin (\alpha / 2)}$$

    Its square is what K L^2 would be if the manifold were a sphere in three dimensions and L the length of
    the path: the two are equal there. On a rolled-up sheet the angle is positive and K is 0. A straight path
    has angle 0, and rounding may leave its ratio a little below 1.

    Args:
        arc_chord_ratio: (*batch,) rho, geodesic over ambient chord, as `LengthRatio.arc_chord_ratio`; 1 or
            more but for rounding.

    Returns:
        (*batch,) angles from 0 to 2 pi.

    Raises:
        ValueError: for a ratio that is clearly below 1, or not finite.

    Example:
        >>> from pullback.measures import arc_angle
        >>> half_circle = torch.tensor(torch.pi / 2, dtype=torch.float64)
        >>> round(arc_angle(half_circle).item(), 6)
        3.141593
    """
    rho = arc_chord_ratio
    if not (rho > 0.99).all() or not rho.isfinite().all():
        raise ValueError(
            f"arc_chord_ratio: got values down to {float(rho.min()):.3g}, expected finite ones of 1 or more"
        )
    low, high = torch.zeros_like(rho), torch.full_like(rho, math.pi)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        # x / sin x grows from 1; multiplied out, it needs no division by zero
        short = middle < rho * middle.sin()
        low, high = torch.where(short, middle, low), torch.where(short, high, middle)
    return 2 * torch.where(rho > 1, (low + high) / 2, 0)
