"""Surfaces in three-dimensional space, and a plane in five."""

import math

import torch
from torch import Tensor

from pullback.surfaces.forms import (
    FLAT_CHART,
    arc,
    christoffel_symbols,
    constant,
    diagonal,
    gaussian_only,
    sphere,
    sphere_christoffels,
    sphere_geodesic,
    sphere_matrix,
    stack,
    straight,
)
from pullback.surfaces.problem import Map, Problem


def _graph(name: str, bound: float, height: Map, slope: Map, hessian: Tensor) -> Problem:
    """The graph of a quadratic height over the plane: G = 1 + slope slope^T."""

    def matrix(z: Tensor) -> Tensor:
        s = slope(z)
        return torch.eye(2, dtype=z.dtype, device=z.device) + s[..., :, None] * s[..., None, :]

    def steepness(z: Tensor) -> Tensor:
        return 1 + slope(z).square().sum(-1)

    def mean_curvature(z: Tensor) -> Tensor:
        trace = hessian.trace() * steepness(z) - torch.einsum(
            "...i,ij,...j->...", slope(z), hessian, slope(z)
        )
        return trace.abs() / (2 * steepness(z) ** 1.5)

    return Problem(
        name=name,
        d=2,
        low=(-bound, -bound),
        high=(bound, bound),
        immersion=lambda z: torch.cat([z, height(z)[..., None]], dim=-1),
        matrix=matrix,
        christoffels=lambda z: (slope(z) / steepness(z)[..., None])[..., None, None] * hessian,
        mean_curvature=mean_curvature,
        **gaussian_only(lambda z: torch.linalg.det(hessian) / steepness(z) ** 2),
    )


_PLANE = torch.tensor(
    [[1.0, 0.5], [-0.3, 2.0], [0.2, -0.7], [1.1, 0.0], [0.0, 0.4]], dtype=torch.float64, device="cpu"
)
_SHIFT = torch.tensor([0.3, -1.0, 2.0, 0.0, 0.5], dtype=torch.float64, device="cpu")

PLANE = Problem(
    name="plane",
    d=2,
    low=(-2, -2),
    high=(2, 2),
    immersion=lambda z: z @ _PLANE.to(z).T + _SHIFT.to(z),
    matrix=lambda z: (_PLANE.T @ _PLANE).expand(*z.shape, 2),
    mean_curvature=constant(0),
    distance=lambda z0, z1: ((z1 - z0) @ _PLANE.T).norm(dim=-1),
    **FLAT_CHART,
)

CYLINDER = Problem(
    name="cylinder",
    d=2,
    low=(-1.4, -1),
    high=(1.4, 1),
    immersion=lambda z: stack(z[..., 0].cos(), z[..., 0].sin(), z[..., 1]),
    matrix=lambda z: diagonal(torch.ones_like(z[..., 0]), torch.ones_like(z[..., 0])),
    mean_curvature=constant(0.5),
    distance=lambda z0, z1: (z1 - z0).norm(dim=-1),
    **FLAT_CHART,
)

_SLOPE = math.sin(math.pi / 6)  # sine of the cone's half opening angle


def _cone_distance(z0: Tensor, z1: Tensor) -> Tensor:
    angle = _SLOPE * (z1 - z0)[..., 1]
    chord = 4 * z0[..., 0] * z1[..., 0] * (angle / 2).sin() ** 2
    return ((z1 - z0)[..., 0] ** 2 + chord).sqrt()


def _cone_geodesic(z0: Tensor, z1: Tensor, t: Tensor) -> Tensor:
    def unroll(z: Tensor) -> Tensor:
        angle = _SLOPE * z[..., 1]
        return stack(z[..., 0] * angle.cos(), z[..., 0] * angle.sin())

    w = straight(unroll(z0), unroll(z1), t)
    return stack(w.norm(dim=-1), torch.atan2(w[..., 1], w[..., 0]) / _SLOPE)


CONE = Problem(
    name="cone",
    d=2,
    low=(0.5, -1.5),
    high=(2, 1.5),
    immersion=lambda z: stack(
        _SLOPE * z[..., 0] * z[..., 1].cos(),
        _SLOPE * z[..., 0] * z[..., 1].sin(),
        math.sqrt(1 - _SLOPE**2) * z[..., 0],
    ),
    matrix=lambda z: diagonal(torch.ones_like(z[..., 0]), (_SLOPE * z[..., 0]) ** 2),
    christoffels=lambda z: christoffel_symbols(z, g0_11=-(_SLOPE**2) * z[..., 0], g1_01=1 / z[..., 0]),
    mean_curvature=lambda z: math.sqrt(1 - _SLOPE**2) / (2 * _SLOPE * z[..., 0]),
    distance=_cone_distance,
    geodesic=_cone_geodesic,
    **gaussian_only(constant(0)),
)

SPHERE = Problem(
    name="sphere",
    d=2,
    low=(0.6, -1),
    high=(2.4, 1),
    immersion=sphere,
    matrix=sphere_matrix,
    christoffels=sphere_christoffels,
    mean_curvature=constant(1),
    distance=lambda z0, z1: arc(sphere(z0), sphere(z1)),
    geodesic=sphere_geodesic,
    **gaussian_only(constant(1)),
)


def _torus_radius(z: Tensor) -> Tensor:
    return 3 + z[..., 0].cos()


TORUS = Problem(
    name="torus",
    d=2,
    low=(-math.pi, -math.pi),
    high=(math.pi, math.pi),
    immersion=lambda z: stack(
        _torus_radius(z) * z[..., 1].cos(), _torus_radius(z) * z[..., 1].sin(), z[..., 0].sin()
    ),
    matrix=lambda z: diagonal(torch.ones_like(z[..., 0]), _torus_radius(z) ** 2),
    christoffels=lambda z: christoffel_symbols(
        z, g0_11=_torus_radius(z) * z[..., 0].sin(), g1_01=-z[..., 0].sin() / _torus_radius(z)
    ),
    mean_curvature=lambda z: (3 + 2 * z[..., 0].cos()).abs() / (2 * _torus_radius(z)),
    **gaussian_only(lambda z: z[..., 0].cos() / _torus_radius(z)),
)

PARABOLOID = _graph(
    "paraboloid",
    1.5,
    lambda z: z.square().sum(-1) / 2,
    lambda z: z,
    torch.eye(2, dtype=torch.float64, device="cpu"),
)
HYPERBOLIC_PARABOLOID = _graph(
    "hyperbolic paraboloid",
    1.5,
    lambda z: z[..., 0] ** 2 - z[..., 1] ** 2,
    lambda z: stack(2 * z[..., 0], -2 * z[..., 1]),
    torch.tensor([[2.0, 0.0], [0.0, -2.0]], dtype=torch.float64, device="cpu"),
)
SADDLE = _graph(
    "saddle",
    1.5,
    lambda z: z[..., 0] * z[..., 1],
    lambda z: z.flip(-1),
    torch.tensor([[0.0, 1.0], [1.0, 0.0]], dtype=torch.float64, device="cpu"),
)

CATENOID = Problem(
    name="catenoid",
    d=2,
    low=(-1, -1),
    high=(1, 1),
    immersion=lambda z: stack(
        z[..., 0].cosh() * z[..., 1].cos(), z[..., 0].cosh() * z[..., 1].sin(), z[..., 0]
    ),
    matrix=lambda z: diagonal(z[..., 0].cosh() ** 2, z[..., 0].cosh() ** 2),
    christoffels=lambda z: christoffel_symbols(
        z, g0_00=z[..., 0].tanh(), g0_11=-z[..., 0].tanh(), g1_01=z[..., 0].tanh()
    ),
    mean_curvature=constant(0),
    **gaussian_only(lambda z: -(z[..., 0].cosh() ** -4)),
)


def _pseudosphere_distance(z0: Tensor, z1: Tensor) -> Tensor:
    x, y = (z1 - z0)[..., 1], z1[..., 0].cosh() - z0[..., 0].cosh()
    return torch.acosh(1 + (x**2 + y**2) / (2 * z0[..., 0].cosh() * z1[..., 0].cosh()))


PSEUDOSPHERE = Problem(
    name="pseudosphere",
    d=2,
    low=(0.8, -0.7),
    high=(2, 0.7),
    immersion=lambda z: stack(
        z[..., 1].cos() / z[..., 0].cosh(), z[..., 1].sin() / z[..., 0].cosh(), z[..., 0] - z[..., 0].tanh()
    ),
    matrix=lambda z: diagonal(z[..., 0].tanh() ** 2, z[..., 0].cosh() ** -2),
    christoffels=lambda z: christoffel_symbols(
        z,
        g0_00=1 / (z[..., 0].sinh() * z[..., 0].cosh()),
        g0_11=1 / (z[..., 0].sinh() * z[..., 0].cosh()),
        g1_01=-z[..., 0].tanh(),
    ),
    mean_curvature=lambda z: (z[..., 0].sinh() - 1 / z[..., 0].sinh()).abs() / 2,
    distance=_pseudosphere_distance,
    **gaussian_only(constant(-1)),
)


def _swiss_arclength(t: Tensor) -> Tensor:
    return (t * (1 + t**2).sqrt() + t.asinh()) / 2


SWISS_ROLL = Problem(
    name="swiss roll",
    d=2,
    low=(1.5, 0),
    high=(10, 5),
    immersion=lambda z: stack(z[..., 0] * z[..., 0].cos(), z[..., 1], z[..., 0] * z[..., 0].sin()),
    matrix=lambda z: diagonal(1 + z[..., 0] ** 2, torch.ones_like(z[..., 0])),
    christoffels=lambda z: christoffel_symbols(z, g0_00=z[..., 0] / (1 + z[..., 0] ** 2)),
    mean_curvature=lambda z: (2 + z[..., 0] ** 2) / (2 * (1 + z[..., 0] ** 2) ** 1.5),
    distance=lambda z0, z1: torch.hypot(
        _swiss_arclength(z1[..., 0]) - _swiss_arclength(z0[..., 0]), (z1 - z0)[..., 1]
    ),
    **gaussian_only(constant(0)),
)
