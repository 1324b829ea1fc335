"""The Levi-Civita connection in coordinates: Christoffel symbols and the acceleration of geodesics."""

import torch
from torch import Tensor

from pullback.checks import check_points, check_tangents
from pullback.curvature.parts import by_parts
from pullback.metrics.base import Metric
from pullback.metrics.metric_derivatives import lowered_christoffels, metric_derivative
from pullback.numerics.linear_algebra import cholesky, factor, solve

METHODS = ("auto", "extrinsic", "intrinsic")


def christoffels(metric: Metric, z: Tensor, *, method: str = "auto") -> Tensor:
    r"""Evaluate the Christoffel symbols of the second kind (`eq-christoffel`).

    $$\Gamma^k_{ij} = \tfrac12 G^{kl} (\partial_i G_{lj} + \partial_j G_{li} - \partial_l G_{ij})
        = G^{kl} J_{al} H_{aij}$$

    Index order [..., k, i, j], the upper index first; symmetric in the last two. The second form holds for
    metrics with features f, J = \partial f, H = \partial^2 f, and needs no derivative of the metric: it costs
    d tangents and d (d + 1) / 2 second derivatives of f per point, the first form d derivatives of G.

    Args:
        metric: any metric.
        z: (*batch, d) points.
        method: "extrinsic" uses the features, "intrinsic" the metric's derivatives, "auto" features if
            there are any.

    Returns:
        (*batch, d, d, d) symbols.

    Raises:
        ValueError: where the metric is singular, for points that are not finite, and for an unknown method.

    Example:
        >>> from pullback import christoffels
        >>> from pullback.surfaces import SPHERE
        >>> Gamma = christoffels(SPHERE.metric, torch.tensor([torch.pi / 4, 0.0]))
        >>> round(Gamma[0, 1, 1].item(), 4), round(Gamma[1, 0, 1].item(), 4)
        (-0.5, 1.0)
    """
    z = check_points("z", z)
    if is_extrinsic(metric, method):
        return by_parts(metric, lambda z: _extrinsic_symbols(metric, z), z)
    G, dG = metric_derivative(metric, z)
    return _raise(lowered_christoffels(dG), G)


def _extrinsic_symbols(metric: Metric, z: Tensor) -> Tensor:
    _, J, H = metric.feature_map.value_jacobian_and_hessian(z)
    return _raise(torch.einsum("...ak,...aij->...kij", J, H), J.mT @ J)


def _raise(lowered: Tensor, G: Tensor) -> Tensor:
    d = G.shape[-1]
    return torch.cholesky_solve(lowered.flatten(-2), cholesky(G)).unflatten(-1, (d, d))


def geodesic_acceleration(metric: Metric, z: Tensor, v: Tensor) -> Tensor:
    r"""Evaluate the right-hand side of the geodesic equation (`eq-geodesic-equation`).

    $$a^k = -\Gamma^k_{ij} v^i v^j = -G^{kl} J_{al} H_a(v, v)$$

    With features it costs d + 1 tangents and one second derivative, along v, whatever d is; otherwise d
    derivatives of the metric. Integrators call it on whole batches, so a row whose point is not finite or
    whose metric is singular comes back as NaN and does not stop the others.

    Args:
        metric: any metric.
        z: (*batch, d) points.
        v: (*batch, d) velocities.

    Returns:
        (*batch, d) accelerations in coordinates, NaN where there is none.

    Raises:
        ValueError: for points or velocities of the wrong shape or dtype.

    Example:
        >>> from pullback import geodesic_acceleration
        >>> from pullback.surfaces import SPHERE
        >>> z, east = torch.tensor([[torch.pi / 4, 0.0], [0.0, 1.0]])
        >>> round(geodesic_acceleration(SPHERE.metric, z, east)[0].item(), 4)
        0.5
    """
    z, v = check_tangents(check_points("z", z, finite=False), finite=False, v=v)
    defined = torch.isfinite(z).all(-1) & torch.isfinite(v).all(-1)
    if not defined.all():
        a = torch.full_like(z, torch.nan)
        a[defined] = _acceleration(metric, z[defined], v[defined])
        return a
    return _acceleration(metric, z, v)


def is_extrinsic(metric: Metric, method: str) -> bool:
    """Return whether to differentiate features, and not the metric.

    Raises:
        ValueError: for an unknown method, and for "extrinsic" with a metric that has no features.
    """
    if method not in METHODS:
        raise ValueError(f"method: got {method!r}, expected one of {', '.join(METHODS)}")
    if method == "extrinsic" and not metric.has_features:
        raise ValueError(f"method: got 'extrinsic', expected 'intrinsic' for {type(metric).__name__}")
    return metric.has_features and method != "intrinsic"


def _acceleration(metric: Metric, z: Tensor, v: Tensor) -> Tensor:
    if metric.has_features:
        J, _, (H_vv,) = tangents_and_second(metric, z, [v], [(0, 0)])
        G, lowered = J.mT @ J, torch.einsum("...ak,...a->...k", J, H_vv)
    else:
        G, dG = metric_derivative(metric, z)
        lowered = torch.einsum("...kij,...i,...j->...k", lowered_christoffels(dG), v, v)
    L, regular = factor(G)
    return torch.where(regular[..., None], -solve(L, lowered), torch.nan)


def tangents_and_second(
    metric: Metric, z: Tensor, vectors: list[Tensor], pairs: list[tuple[int, int]]
) -> tuple[Tensor, list[Tensor], list[Tensor]]:
    """Push the basis and k vectors forward at once: J (*batch, m, d), J v and H(v, w) of pairs."""
    d = z.shape[-1]
    basis = torch.eye(d, dtype=z.dtype, device=z.device).reshape(d, *[1] * (z.ndim - 1), d)
    directions = torch.cat([basis.expand(d, *z.shape), torch.stack(vectors)])
    _, first, second = metric.feature_map.second_derivatives(
        z, directions, [(d + a, d + b) for a, b in pairs]
    )
    return first[:d].movedim(0, -1), list(first[d:]), list(second)
