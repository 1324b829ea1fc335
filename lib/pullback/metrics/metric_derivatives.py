"""Differentiate the metric matrix itself, for metrics that no immersion gives."""

from collections.abc import Callable

import torch
from torch import Tensor

from pullback.maps.exact_derivatives import ExactDerivatives
from pullback.maps.forward_mode import jvp
from pullback.metrics.base import Metric


def metric_derivative(metric: Metric, z: Tensor) -> tuple[Tensor, Tensor]:
    """Evaluate G (*batch, d, d) and its d first derivatives (*batch, d, d, d), derivative axis last."""
    G = metric.matrix(z)
    return G, torch.stack([along(metric.matrix, e)(z) for e in _basis(z)], dim=-1)


def metric_second_derivative(metric: Metric, z: Tensor) -> Tensor:
    """Evaluate the d (d + 1) / 2 second derivatives of G: (*batch, d, d, d, d), derivative axes last."""
    basis = _basis(z)
    d = len(basis)
    mixed = {
        (k, l): along(along(metric.matrix, basis[l]), basis[k])(z) for k in range(d) for l in range(k, d)
    }
    rows = [torch.stack([mixed[min(k, l), max(k, l)] for l in range(d)], dim=-1) for k in range(d)]
    return torch.stack(rows, dim=-2)


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
