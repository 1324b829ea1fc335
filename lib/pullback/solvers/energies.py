"""The discrete energy of a batch of curves with its gradient and its block-tridiagonal second derivatives."""

from typing import NamedTuple

import torch
from torch import Tensor

from pullback.curves.discrete_curve import GAUSS_NODES
from pullback.maps.differentiated_map import cache_bytes
from pullback.maps.forward_mode import jvp
from pullback.metrics.base import Metric


class QuadraticModel(NamedTuple):
    """Second-order model of the energy in the n - 1 inner nodes of each of P curves, in float64.

    Products of float32 Jacobians are accumulated in double for d > 2: the weak directions of an
    ill-conditioned metric, such as that of collapsed latents, would otherwise drown in the rounding of the
    strong ones.

    Attributes:
        energy: (P,).
        gradient: (P, n - 1, d).
        diagonal: (P, n - 1, d, d) blocks of a positive semi-definite approximation of the Hessian.
        upper: (P, n - 2, d, d) blocks above them.
        correction: (P, n - 1, d, d) what the exact Hessian has more on the diagonal, or None if not asked
            for.
        upper_correction: the same above the diagonal, or None where it is zero.
    """

    energy: Tensor
    gradient: Tensor
    diagonal: Tensor
    upper: Tensor
    correction: Tensor | None = None
    upper_correction: Tensor | None = None


def energy_model(metric: Metric, curves: Tensor, *, exact: bool = False) -> QuadraticModel:
    """Expand the discrete energy of curves (P, n + 1, d), n >= 2, about their inner nodes, in chunks that fit
    a cache.

    Args:
        metric: any metric.
        curves: (P, n + 1, d).
        exact: also compute what the exact Hessian has more than the Gauss-Newton matrix.
    """
    expand = _chord_model if metric.has_features else _quadrature_model
    width = metric.feature_map.width(curves[:, :1]) if metric.has_features else 4 * curves.shape[-1]
    # Beside the features, or G at both Gauss nodes of a segment and its derivatives, stand d tangents of
    # them.
    bytes_per_curve = curves.shape[1] * width * (curves.shape[2] + 1) * curves.element_size()
    chunk = max(1, cache_bytes(curves) // bytes_per_curve)
    if len(curves) <= chunk:
        return expand(metric, curves, exact)
    parts = [expand(metric, part, exact) for part in curves.split(chunk)]
    return QuadraticModel(*(None if column[0] is None else torch.cat(column) for column in zip(*parts)))


def _chord_model(metric: Metric, curves: Tensor, exact: bool) -> QuadraticModel:
    r"""Chord energy $E = \frac{n}{2} \sum_i \lVert f(c_{i+1}) - f(c_i) \rVert^2$: a sum of squares
    (`eq-gauss-newton`).

    With $b_i = 2 f(c_i) - f(c_{i-1}) - f(c_{i+1})$: gradient $n J_i^\top b_i$ (Shao et al. 2017, eq. 5),
    Gauss-Newton blocks $2 n J_i^\top J_i$ and $-n J_i^\top J_{i+1}$, and the exact Hessian adds $n \nabla^2
    (b_i \cdot f)$ to the diagonal blocks only.
    """
    count, points, d = curves.shape
    n, inner = points - 1, curves[:, 1:-1].reshape(-1, d)
    if exact:
        linear = metric.feature_map.linearise(inner)
        f, transposed = linear.value, linear.tangents.transpose(0, 1)
    else:
        f, jacobian = metric.features_and_jacobian(inner)
        transposed = jacobian.mT
    f, transposed = (part.unflatten(0, (count, n - 1)) for part in (f, transposed))
    ends = metric.features(curves[:, [0, -1]])
    steps = torch.cat([ends[:, :1], f, ends[:, 1:]], dim=1).diff(dim=1)
    second_difference = steps[:, :-1] - steps[:, 1:]
    correction = None
    if exact:
        correction = n * linear.weighted_hessian(second_difference.flatten(0, 1)).double().reshape(
            count, n - 1, d, d
        )
    accumulate = accumulation(metric, curves)
    second_difference, transposed = second_difference.to(accumulate), transposed.to(accumulate)
    return QuadraticModel(
        energy=n / 2 * steps.square().sum(-1).double().sum(-1),
        gradient=n * _contract(transposed, second_difference[..., None, :])[..., 0].double(),
        diagonal=2 * n * _contract(transposed, transposed).double(),
        upper=-n * _contract(transposed[:, :-1], transposed[:, 1:]).double(),
        correction=correction,
    )


def accumulation(metric: Metric, curves: Tensor) -> torch.dtype:
    """The floating point type in which the blocks are accumulated."""
    return torch.float64 if metric.has_features and curves.shape[-1] > 2 else curves.dtype


def undefined_model(metric: Metric, curves: Tensor, *, exact: bool) -> QuadraticModel:
    """The model of curves that leave the domain of the metric: NaN throughout."""
    count, points, d = curves.shape
    gradient = torch.full((count, points - 2, d), torch.nan, dtype=torch.float64, device=curves.device)
    diagonal = gradient[..., None].expand(count, points - 2, d, d)
    upper = diagonal[:, 1:]
    both = exact and not metric.has_features
    return QuadraticModel(
        gradient.sum((1, 2)), gradient, diagonal, upper, diagonal if exact else None, upper if both else None
    )


def _contract(a: Tensor, b: Tensor) -> Tensor:
    """Inner products of rows (*batch, k, m), (*batch, l, m); elementwise where BLAS calls would be tiny."""
    if a.shape[-2] > 3:
        return a @ b.mT
    return (a[..., :, None, :] * b[..., None, :, :]).sum(-1)


def _derivative(function, z: Tensor, k: int) -> Tensor:
    """Directional derivative of a pointwise function along the k-th coordinate of every point at once."""
    direction = torch.zeros_like(z)
    direction[..., k] = 1
    return jvp(function, (z,), (direction,))[1]


def _quadrature_model(metric: Metric, curves: Tensor, exact: bool) -> QuadraticModel:
    r"""Energy $\frac{n}{2} \sum_i \frac12 \sum_q \Delta_i^\top G(c_i + t_q \Delta_i) \Delta_i$ at the Gauss
    nodes t_q.

    The positive semi-definite part freezes G; the correction is the rest of the exact Hessian, by
    differentiation of one segment's energy in its two ends, which fills the block above the diagonal as well.
    """
    n, d = curves.shape[1] - 1, curves.shape[2]
    pairs = torch.cat([curves[:, :-1], curves[:, 1:]], dim=-1)

    def frozen(y: Tensor) -> Tensor:
        start, step = y[..., :d], y[..., d:] - y[..., :d]
        return sum(metric.matrix(start + t * step) for t in GAUSS_NODES) / 2

    def segment_energy(y: Tensor) -> Tensor:
        step = y[..., d:] - y[..., :d]
        return n / 2 * torch.einsum("...i,...ij,...j->...", step, frozen(y), step)

    def gradient(y: Tensor) -> Tensor:
        return torch.func.grad(lambda x: segment_energy(x).sum())(y)

    mean_metric = frozen(pairs)
    step = pairs[..., d:] - pairs[..., :d]
    slope = gradient(pairs)
    model = QuadraticModel(
        energy=n
        / 2
        * torch.einsum("pni,pnij,pnj->p", *(part.double() for part in (step, mean_metric, step))),
        gradient=(slope[:, :-1, d:] + slope[:, 1:, :d]).double(),
        diagonal=n * (mean_metric[:, :-1].double() + mean_metric[:, 1:].double()),
        upper=-n * mean_metric[:, 1:-1].double(),
    )
    if not exact:
        return model
    hessian = torch.stack([_derivative(gradient, pairs, k) for k in range(2 * d)], dim=-1)
    diagonal = hessian[:, :-1, d:, d:] + hessian[:, 1:, :d, :d]
    return model._replace(
        correction=diagonal.double() - model.diagonal,
        upper_correction=hessian[:, 1:-1, :d, d:].double() - model.upper,
    )
