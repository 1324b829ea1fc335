"""Differentiate the metric matrix itself, for metrics that no immersion gives."""

from collections.abc import Callable

import torch
from torch import Tensor

from pullback.maps.exact_derivatives import ExactDerivatives
from pullback.maps.forward_mode import evaluation, is_traced, jvp
from pullback.maps.guard import NotAMap
from pullback.maps.probe import disagreement
from pullback.metrics.base import Metric


def metric_derivative(metric: Metric, z: Tensor) -> tuple[Tensor, Tensor]:
    """Evaluate G (*batch, d, d) and its d first derivatives (*batch, d, d, d), derivative axis last."""
    G = metric.matrix(z)
    compare_derivatives(metric, z, order=1)
    return G, torch.stack([along(metric.matrix, e)(z) for e in _basis(z)], dim=-1)


def metric_second_derivative(metric: Metric, z: Tensor) -> Tensor:
    """Evaluate the d (d + 1) / 2 second derivatives of G: (*batch, d, d, d, d), derivative axes last."""
    compare_derivatives(metric, z, order=2)
    basis = _basis(z)
    d = len(basis)
    mixed = {
        (k, l): along(along(metric.matrix, basis[l]), basis[k])(z) for k in range(d) for l in range(k, d)
    }
    rows = [torch.stack([mixed[min(k, l), max(k, l)] for l in range(d)], dim=-1) for k in range(d)]
    return torch.stack(rows, dim=-2)


def compare_derivatives(metric: Metric, z: Tensor, *, order: int) -> None:
    """Compare derivatives of a metric's matrix with difference quotients, once for each metric and order.

    A formula may cut the way of derivatives, and torch gets some second derivatives wrong.

    Args:
        metric: any metric.
        z: (*batch, d) points, of which the first few are tried.
        order: of the derivatives that are about to be used, 1 or 2.

    Raises:
        ValueError: where quotients contradict the derivative.
    """
    points = z.reshape(-1, z.shape[-1])
    if metric.compared_order >= order or is_traced(z) or not len(points):
        return

    def matrix(y: Tensor, v: Tensor) -> Tensor:
        return metric.matrix(y).flatten(1)

    def first(y: Tensor, v: Tensor) -> Tensor:
        return along(metric.matrix, v)(y).flatten(1)

    def second(y: Tensor, v: Tensor) -> Tensor:
        return along(along(metric.matrix, v), v)(y).flatten(1)

    # Where a metric is constant its derivatives are the rounding of numbers that cancel.
    size = metric.matrix(points).detach().abs().amax((-1, -2))
    with torch.no_grad(), evaluation(name="metric"):
        for name, function, derivative in (("", matrix, first), ("second ", first, second))[:order]:
            try:
                seen = disagreement(function, derivative, points, size)
            except ValueError as error:
                if str(error).startswith(("immersion: ", "mean: ", "std: ")):
                    raise
                return  # beside the edge of the metric's domain, where no quotient is taken
            if seen:
                raise NotAMap(
                    f"its {name}derivative {seen}; expected a formula that torch differentiates, without "
                    "detach(), NumPy, or exported and traced modules inside"
                )
    metric.compared_order = order


def along(function: Callable[[Tensor], Tensor], v: Tensor) -> Callable[[Tensor], Tensor]:
    """Return the directional derivative of a batched function along v (*batch, d), a function of z again."""

    def derivative(z: Tensor) -> Tensor:
        with ExactDerivatives():
            return jvp(function, (z,), (v,))[1]

    return derivative


def lowered_christoffels(dG: Tensor) -> Tensor:
    r"""Christoffel symbols of the first kind [..., k, i, j] from [..., i, j, l] = \partial_l G_ij.

    $$\Gamma_{kij} = \tfrac12 (\partial_i G_{kj} + \partial_j G_{ki} - \partial_k G_{ij})$$
    """
    first = dG.transpose(-1, -2)
    return (first + dG - dG.movedim(-1, -3)) / 2


def lowered_riemann(dG: Tensor, ddG: Tensor, cometric: Tensor) -> Tensor:
    r"""Riemann tensor R_ijkl from the derivatives of the metric; order and sign as in `riemann_tensor`.

    $$R_{ijkl} = \tfrac12 (\partial_j \partial_l G_{ik} + \partial_i \partial_k G_{jl}
        - \partial_i \partial_l G_{jk} - \partial_j \partial_k G_{il})
        + G^{mn} (\Gamma_{mik} \Gamma_{njl} - \Gamma_{mil} \Gamma_{njk})$$
    """
    Gamma = lowered_christoffels(dG)
    products = torch.einsum("...mn,...mik,...njl->...ijkl", cometric, Gamma, Gamma)
    second_part = torch.einsum("...ikjl->...ijkl", ddG) + torch.einsum("...jlik->...ijkl", ddG)
    half = second_part / 2 + products
    return half - half.transpose(-1, -2)


def plane_curvature(metric: Metric, z: Tensor, u: Tensor, v: Tensor, cometric: Tensor) -> Tensor:
    """Evaluate R(u, v, v, u) with three second derivatives of G, one per pair, and d + 2 first ones."""

    compare_derivatives(metric, z, order=2)

    def inner(a: Tensor, b: Tensor) -> Callable[[Tensor], Tensor]:
        return lambda y: torch.einsum("...i,...ij,...j->...", a, metric.matrix(y), b)

    G_u, G_v = along(metric.matrix, u)(z), along(metric.matrix, v)(z)
    gradient = torch.stack([along(metric.matrix, e)(z) for e in _basis(z)], dim=-3)

    def christoffel(G_a: Tensor, a: Tensor, G_b: Tensor, b: Tensor) -> Tensor:
        turned = torch.einsum("...ij,...j->...i", G_a, b) + torch.einsum("...ij,...j->...i", G_b, a)
        return (turned - torch.einsum("...kij,...i,...j->...k", gradient, a, b)) / 2

    uv = christoffel(G_u, u, G_v, v)
    uu = christoffel(G_u, u, G_u, u)
    vv = christoffel(G_v, v, G_v, v)
    second_part = (
        along(along(inner(u, v), u), v)(z)
        - along(along(inner(v, v), u), u)(z) / 2
        - along(along(inner(u, u), v), v)(z) / 2
    )
    return second_part + _dual(cometric, uv, uv) - _dual(cometric, uu, vv)


def _dual(cometric: Tensor, a: Tensor, b: Tensor) -> Tensor:
    return torch.einsum("...i,...ij,...j->...", a, cometric, b)


def _basis(z: Tensor) -> list[Tensor]:
    d = z.shape[-1]
    shared = torch.eye(d, dtype=z.dtype, device=z.device).reshape(d, *[1] * (z.ndim - 1), d)
    return list(shared.expand(d, *z.shape))
