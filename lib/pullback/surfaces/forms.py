"""Pieces that closed forms are put together from."""

from collections.abc import Callable

import torch
from torch import Tensor

from pullback.surfaces.problem import Map


def stack(*coordinates: Tensor) -> Tensor:
    """Stack coordinates that broadcast along a last axis."""
    return torch.stack(torch.broadcast_tensors(*coordinates), dim=-1)


def diagonal(*entries: Tensor) -> Tensor:
    """Make diagonal matrices of entries that broadcast."""
    return torch.diag_embed(stack(*entries))


def constant(value: float) -> Callable[..., Tensor]:
    """Make a function of points, and perhaps vectors, with one value."""
    return lambda z, *vectors: torch.full_like(z[..., 0], value)


def gaussian_only(gaussian: Map) -> dict[str, Callable[..., Tensor]]:
    """Give all curvatures of a surface by its Gaussian one."""
    return {
        "gaussian": gaussian,
        "sectional": lambda z, u, v: gaussian(z),
        "scalar": lambda z: 2 * gaussian(z),
    }


def straight(z0: Tensor, z1: Tensor, t: Tensor) -> Tensor:
    """Join two points in the chart at times t (n,)."""
    return z0[..., None, :] + t[:, None] * (z1 - z0)[..., None, :]


def no_christoffels(z: Tensor) -> Tensor:
    """Make the symbols of a flat chart."""
    return z.new_zeros(*z.shape, z.shape[-1], z.shape[-1])


FLAT_CHART = {"christoffels": no_christoffels, "geodesic": straight, **gaussian_only(constant(0))}
"""What a chart has in which the metric is constant."""


def christoffel_symbols(z: Tensor, **symbols: Tensor) -> Tensor:
    """Fill the symbols named `k_ij`, i <= j, and their mirror images."""
    Gamma = no_christoffels(z)
    for name, value in symbols.items():
        k, i, j = int(name[1]), int(name[3]), int(name[4])
        Gamma[..., k, i, j] = Gamma[..., k, j, i] = value
    return Gamma


def arc(x: Tensor, y: Tensor) -> Tensor:
    """Angle of unit vectors, accurate for close ones."""
    return 2 * torch.atan2((x - y).norm(dim=-1), (x + y).norm(dim=-1))


def on_sphere(theta: Tensor, phi: Tensor) -> Tensor:
    """Map angles to the unit sphere."""
    return stack(theta.sin() * phi.cos(), theta.sin() * phi.sin(), theta.cos())


def sphere(z: Tensor) -> Tensor:
    """Map colatitude and longitude to the unit sphere."""
    return on_sphere(z[..., 0], z[..., 1])


def sphere_geodesic(z0: Tensor, z1: Tensor, t: Tensor) -> Tensor:
    """Follow great circles, in the chart."""
    x, y = sphere(z0)[..., None, :], sphere(z1)[..., None, :]
    angle = arc(x, y)[..., None]
    w = (((1 - t[:, None]) * angle).sin() * x + (t[:, None] * angle).sin() * y) / angle.sin()
    return stack(torch.atan2(w[..., :2].norm(dim=-1), w[..., 2]), torch.atan2(w[..., 1], w[..., 0]))


def sphere_christoffels(z: Tensor) -> Tensor:
    """Make the Christoffel symbols of the sphere."""
    theta = z[..., 0]
    return christoffel_symbols(z, g0_11=-theta.sin() * theta.cos(), g1_01=theta.cos() / theta.sin())


def sphere_matrix(z: Tensor) -> Tensor:
    """Make the metric of the sphere, diag(1, sin^2 theta)."""
    return diagonal(torch.ones_like(z[..., 0]), z[..., 0].sin() ** 2)
