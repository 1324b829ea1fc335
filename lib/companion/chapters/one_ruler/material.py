"""Everything that the rulers need of one latent space, measured once."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from pullback.curvature.riemann import scalar_curvature
from pullback.measures.curvature.curvature_sample import curvature_sample
from pullback.measures.curvature.tangent_angles import nearest_neighbours, tangent_angles
from pullback.measures.jacobian.conditioning import jacobian_conditioning, jacobian_rank
from pullback.measures.lengths.distance_matrices import euclidean_distances
from pullback.measures.lengths.length_ratio import length_ratio
from pullback.metrics.base import Metric
from pullback.metrics.pullback import PullbackMetric
from torch import Tensor


@dataclass(frozen=True)
class RulerSizes:
    """How much is measured.

    Attributes:
        n_planes: random planes a code for the sectional curvature.
        n_scalar: codes for the scalar curvature.
        scalar_dim: the most dimensions for which it is taken: it needs d^2 second derivatives a code.
        n_segments: segments of a geodesic.
        tol: bound on the solver's residual; its square is about the relative excess of the energy.
        max_steps: steps of the solver.
        n_init: random starts of a clustering, the best kept.
        rank_tolerance: singular values below this share of the largest do not count.
        n_groups: groups of codes for the intervals.
    """

    n_planes: int = 4
    n_scalar: int = 6
    scalar_dim: int = 32
    n_segments: int = 12
    tol: float = 0.01
    max_steps: int = 100
    n_init: int = 10
    rank_tolerance: float = 0.01
    n_groups: int = 5


@dataclass(frozen=True, eq=False)
class RulerMaterial:
    """Measurements of n codes that all readings are computed from.

    Attributes:
        labels: (n,) or None.
        euclidean: (n, n) distances of the codes.
        straight: (n, n) lengths of the straight latent lines.
        geodesic: (n, n) lengths of the geodesics.
        chord: (n, n) distances of the decoded codes.
        converged: share of the geodesics that converged.
        curvature: (n, n_planes) sectional curvatures of random planes; None for d = 1 or a singular metric.
        curvature_data: (n, n_planes) those of planes that geodesics to two other codes span; None likewise.
        velocities: (n, n, d) directions in which the geodesics leave: [i, j] at code i towards code j.
        scalar: (n,) scalar curvatures over d (d - 1), NaN where not taken; None likewise, or if too costly.
        angle: (n,) mean tangent angle to the nearest code, degrees; None where a Jacobian loses rank.
        angle_geodesic: (n,) the same, nearest by geodesic.
        log_det: (n,) log det G over d.
        log_kappa: (n,) logarithm of the condition number of J.
        rank: (n,) rank of J over d.
        squares: (n,) squared error of the decoded codes, summed over pixels; None without images.
        variances: (n,) variance that the model gives, summed over pixels; None without one.
    """

    labels: Tensor | None
    euclidean: Tensor
    straight: Tensor
    geodesic: Tensor
    chord: Tensor
    converged: float
    curvature: Tensor | None
    curvature_data: Tensor | None
    velocities: Tensor
    scalar: Tensor | None
    angle: Tensor | None
    angle_geodesic: Tensor | None
    log_det: Tensor
    log_kappa: Tensor
    rank: Tensor
    squares: Tensor | None
    variances: Tensor | None


def gather(
    decoder: Callable[[Tensor], Tensor],
    codes: Tensor,
    labels: Tensor | None,
    *,
    generator: torch.Generator,
    sizes: RulerSizes,
    metric: Metric | None = None,
    images: Tensor | None = None,
    noise: Callable[[Tensor], Tensor] | None = None,
) -> RulerMaterial:
    """Measure all pairs and all points of a few codes; the arguments are those of `take_rulers`."""
    metric = PullbackMetric(decoder) if metric is None else metric
    n, d = codes.shape
    i, j = torch.triu_indices(n, n, offset=1)
    solver = {"solver": "quasi-newton", "tol": sizes.tol, "max_steps": sizes.max_steps}
    pairs = length_ratio(metric, codes[i], codes[j], n_segments=sizes.n_segments, refine=2, **solver)
    geodesic, euclidean = _matrix(pairs.geodesic, n), euclidean_distances(codes)
    conditioning = jacobian_conditioning(metric, codes)
    tolerance = codes.new_tensor([sizes.rank_tolerance])
    velocities = _velocities(pairs.solution.curve, n)
    curvatures = sectional_of(metric, codes, velocities, sizes.n_planes, generator=generator)
    return RulerMaterial(
        labels=labels,
        euclidean=euclidean,
        straight=_matrix(pairs.straight, n),
        geodesic=geodesic,
        chord=_matrix(pairs.chord, n),
        converged=pairs.converged_share,
        **curvatures,
        velocities=velocities,
        scalar=_scalar(metric, codes, sizes) if curvatures["curvature"] is not None else None,
        angle=_angles(metric, codes, nearest_neighbours(euclidean)),
        angle_geodesic=_angles(metric, codes, nearest_neighbours(geodesic)),
        log_det=conditioning.log_det / d,
        log_kappa=conditioning.log_kappa,
        rank=jacobian_rank(metric, codes, tolerance)[:, 0].double() / d,
        squares=None if images is None else (images - decoder(codes)).square().sum(-1),
        variances=None if noise is None else noise(codes).square().sum(-1),
    )


def sectional_of(
    metric: Metric, codes: Tensor, velocities: Tensor, n_planes: int, *, generator: torch.Generator
) -> dict[str, Tensor | None]:
    """Take sectional curvatures (n, n_planes) of planes uniform in the metric, and of those of the data.

    The latter are spanned by the geodesics from a code to two others, drawn at random. The straight ways to
    two others would do as well, were they not a matter of the coordinates. Both are None where there is no
    plane, and where the metric is singular: a coordinate that the decoder ignores leaves no curvature.
    """
    n, d = codes.shape
    if d < 2:
        return {"curvature": None, "curvature_data": None}
    scores = torch.rand(n, n_planes, n, dtype=torch.float64, generator=generator)
    own = torch.arange(n)
    scores[own, :, own] = -1
    first, second = scores.topk(2, dim=-1).indices.unbind(-1)
    planes = velocities[own[:, None], first], velocities[own[:, None], second]
    shared = {"length": 1.0, "n_planes": n_planes, "generator": generator}
    try:
        uniform = curvature_sample(metric, codes, **shared).curvature
        of_data = curvature_sample(metric, codes, planes=planes, **shared).curvature
    except ValueError:
        return {"curvature": None, "curvature_data": None}
    return {"curvature": uniform, "curvature_data": of_data}


def redrawn(
    material: RulerMaterial, metric: Metric, codes: Tensor, n_planes: int, *, generator: torch.Generator
) -> RulerMaterial:
    """Draw the planes again and keep everything else: what the dice alone change."""
    drawn = sectional_of(metric, codes, material.velocities, n_planes, generator=generator)
    return replace(material, **drawn)


def _matrix(values: Tensor, n: int) -> Tensor:
    """Put values of the unordered pairs, row by row, into a symmetric matrix with zeros on the diagonal."""
    matrix = values.new_zeros(n, n)
    i, j = torch.triu_indices(n, n, offset=1)
    matrix[i, j] = values
    matrix[j, i] = values
    return matrix


def _velocities(curves: Tensor, n: int) -> Tensor:
    """Directions (n, n, d) in which curves (pairs, T + 1, d) leave their ends, to second order in 1 / T."""
    velocities = curves.new_zeros(n, n, curves.shape[-1])
    i, j = torch.triu_indices(n, n, offset=1)
    for rows, columns, way in ((i, j, curves), (j, i, curves.flip(1))):
        velocities[rows, columns] = -1.5 * way[:, 0] + 2 * way[:, 1] - 0.5 * way[:, 2]
    return velocities


def _angles(metric: Metric, codes: Tensor, nearest: Tensor) -> Tensor | None:
    try:
        return tangent_angles(metric, codes, codes[nearest]).mean(-1)
    except ValueError:  # linearly dependent columns span no tangent space of dimension d
        return None


def _scalar(metric: Metric, codes: Tensor, sizes: RulerSizes) -> Tensor | None:
    n, d = codes.shape
    if d > sizes.scalar_dim:
        return None
    # every so many-th code, so that no class has them all
    chosen = torch.linspace(0, n - 1, min(sizes.n_scalar, n)).long()
    values = codes.new_full((n,), torch.nan)
    values[chosen] = scalar_curvature(metric, codes[chosen]) / (d * (d - 1))
    return values
