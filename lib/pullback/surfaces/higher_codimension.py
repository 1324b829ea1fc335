"""Surfaces of higher dimension or codimension: in R^4 and beyond, as the image of a decoder is."""

import math

import torch
from torch import Tensor

from pullback.surfaces.forms import (
    FLAT_CHART,
    arc,
    constant,
    diagonal,
    gaussian_only,
    no_christoffels,
    sphere,
    sphere_christoffels,
    sphere_geodesic,
    sphere_matrix,
    stack,
    straight,
)
from pullback.surfaces.problem import Problem

COMPLEX_PARABOLA = Problem(
    name="complex parabola in R^4",
    d=2,
    low=(-1, -1),
    high=(1, 1),
    immersion=lambda z: stack(
        z[..., 0], z[..., 1], z[..., 0] ** 2 - z[..., 1] ** 2, 2 * z[..., 0] * z[..., 1]
    ),
    matrix=lambda z: (
        (1 + 4 * z.square().sum(-1))[..., None, None] * torch.eye(2, dtype=z.dtype, device=z.device)
    ),
    mean_curvature=constant(0),
    **gaussian_only(lambda z: -8 / (1 + 4 * z.square().sum(-1)) ** 3),
)

CLIFFORD_TORUS = Problem(
    name="Clifford torus in R^4",
    d=2,
    low=(-1.5, -1.5),
    high=(1.5, 1.5),
    immersion=lambda z: torch.cat([z.cos(), z.sin()], dim=-1) / math.sqrt(2),
    matrix=lambda z: 0.5 * torch.eye(2, dtype=z.dtype, device=z.device).expand(*z.shape, 2),
    mean_curvature=constant(1),
    distance=lambda z0, z1: (z1 - z0).norm(dim=-1) / math.sqrt(2),
    **FLAT_CHART,
)


def _veronese(z: Tensor) -> Tensor:
    x, y, w = sphere(z).unbind(-1)
    return 2 * stack(y * w, x * w, x * y, (x**2 - y**2) / 2, (x**2 + y**2 - 2 * w**2) / math.sqrt(12))


VERONESE = Problem(
    name="Veronese surface in R^5",
    d=2,
    low=(0.9, -0.7),
    high=(2.2, 0.7),
    immersion=_veronese,
    matrix=lambda z: 4 * sphere_matrix(z),
    christoffels=sphere_christoffels,
    mean_curvature=constant(math.sqrt(3) / 2),
    distance=lambda z0, z1: 2 * arc(sphere(z0), sphere(z1)),
    geodesic=sphere_geodesic,
    **gaussian_only(constant(0.25)),
)

_RADII = torch.tensor([1.0, 2.0, 0.5], dtype=torch.float64, device="cpu")

PRODUCT_OF_CIRCLES = Problem(
    name="product of three circles in R^6",
    d=3,
    low=(-1.5, -1.5, -1.5),
    high=(1.5, 1.5, 1.5),
    immersion=lambda z: torch.cat([_RADII.to(z) * z.cos(), _RADII.to(z) * z.sin()], dim=-1),
    matrix=lambda z: torch.diag(_RADII**2).expand(*z.shape, 3),
    christoffels=no_christoffels,
    mean_curvature=constant(math.sqrt(1 + 0.25 + 4) / 3),
    sectional=constant(0),
    scalar=constant(0),
    distance=lambda z0, z1: ((z1 - z0) * _RADII).norm(dim=-1),
    geodesic=straight,
)


def _three_sphere(z: Tensor) -> Tensor:
    a = z[..., :1]
    return torch.cat([a.cos(), a.sin() * sphere(z[..., 1:])], dim=-1)


THREE_SPHERE = Problem(
    name="three-sphere in R^4",
    d=3,
    low=(0.8, 0.8, -0.8),
    high=(2.2, 2.2, 0.8),
    immersion=_three_sphere,
    matrix=lambda z: diagonal(
        torch.ones_like(z[..., 0]), z[..., 0].sin() ** 2, (z[..., 0].sin() * z[..., 1].sin()) ** 2
    ),
    mean_curvature=constant(1),
    sectional=constant(1),
    scalar=constant(6),
    distance=lambda z0, z1: arc(_three_sphere(z0), _three_sphere(z1)),
)


def _two_spheres_sectional(z: Tensor, u: Tensor, v: Tensor) -> Tensor:
    def area(a: slice) -> Tensor:
        return (
            z[..., a.start].sin() ** 2
            * (u[..., a.start] * v[..., a.start + 1] - u[..., a.start + 1] * v[..., a.start]) ** 2
        )

    G = TWO_SPHERES.matrix(z)
    uu, vv, uv = (torch.einsum("...i,...ij,...j->...", a, G, b) for a, b in ((u, u), (v, v), (u, v)))
    return (area(slice(0, 2)) + area(slice(2, 4))) / (uu * vv - uv**2)


TWO_SPHERES = Problem(
    name="product of two spheres in R^6",
    d=4,
    low=(0.7, -0.9, 0.7, -0.9),
    high=(2.3, 0.9, 2.3, 0.9),
    immersion=lambda z: torch.cat([sphere(z[..., :2]), sphere(z[..., 2:])], dim=-1),
    matrix=lambda z: diagonal(
        torch.ones_like(z[..., 0]), z[..., 0].sin() ** 2, torch.ones_like(z[..., 0]), z[..., 2].sin() ** 2
    ),
    mean_curvature=constant(math.sqrt(2) / 2),
    sectional=_two_spheres_sectional,
    scalar=constant(4),
    distance=lambda z0, z1: torch.hypot(
        arc(sphere(z0[..., :2]), sphere(z1[..., :2])), arc(sphere(z0[..., 2:]), sphere(z1[..., 2:]))
    ),
    geodesic=lambda z0, z1, t: torch.cat(
        [sphere_geodesic(z0[..., :2], z1[..., :2], t), sphere_geodesic(z0[..., 2:], z1[..., 2:], t)], dim=-1
    ),
)
