"""Surfaces and metrics whose geometry is known in closed form, shared by all tests.

Use them as `@pytest.mark.parametrize("problem", SURFACES, ids=str)`. Everything is float64; where a problem
has a distance, `sample` draws from a part of the chart in which any two points are joined by one shortest
geodesic that stays in the chart.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from latent_geometry import Metric, MetricField, PullbackMetric
from torch import Generator, Tensor

Map = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Problem:
    """A chart with the closed forms that it has; None where there is none worth writing down.

    Attributes:
        name: what test reports call it.
        d: latent dimension.
        low: lower corner of the box that points are drawn from.
        high: upper corner.
        matrix: z -> G (*batch, d, d).
        immersion: z -> x (*batch, D), None for metrics given directly.
        christoffels: z -> (*batch, d, d, d), upper index first.
        gaussian: z -> (*batch,), surfaces only.
        sectional: z, u, v -> (*batch,).
        scalar: z -> (*batch,).
        mean_curvature: z -> (*batch,), length of the vector that is the mean of the d normal curvatures.
        distance: z0, z1 -> (*batch,).
        geodesic: z0, z1, t (n,) -> (*batch, n, d), at constant speed.
    """

    name: str
    d: int
    low: tuple[float, ...]
    high: tuple[float, ...]
    matrix: Map
    immersion: Map | None = None
    christoffels: Map | None = None
    gaussian: Map | None = None
    sectional: Callable[[Tensor, Tensor, Tensor], Tensor] | None = None
    scalar: Map | None = None
    mean_curvature: Map | None = None
    distance: Callable[[Tensor, Tensor], Tensor] | None = None
    geodesic: Callable[[Tensor, Tensor, Tensor], Tensor] | None = None

    def __str__(self) -> str:
        return self.name

    @property
    def metric(self) -> Metric:
        """The metric as a user would build it: from the immersion where there is one."""
        return MetricField(self.matrix) if self.immersion is None else PullbackMetric(self.immersion)

    def sample(self, n: int, generator: Generator) -> Tensor:
        """Draw points (n, d), float64."""
        low, high = (torch.tensor(corner, dtype=torch.float64) for corner in (self.low, self.high))
        return low + (high - low) * torch.rand(n, self.d, dtype=torch.float64, generator=generator)

    def sample_pairs(self, n: int, generator: Generator) -> tuple[Tensor, Tensor]:
        """Draw pairs of points, two tensors (n, d)."""
        return self.sample(n, generator), self.sample(n, generator)


def generator(seed: int = 0) -> Generator:
    """A seeded source of randomness."""
    return torch.Generator().manual_seed(seed)


def _stack(*coordinates: Tensor) -> Tensor:
    return torch.stack(torch.broadcast_tensors(*coordinates), dim=-1)


def _diagonal(*entries: Tensor) -> Tensor:
    return torch.diag_embed(_stack(*entries))


def _constant(value: float) -> Callable[..., Tensor]:
    return lambda z, *vectors: torch.full_like(z[..., 0], value)


def _curvature(gaussian: Map) -> dict[str, Callable[..., Tensor]]:
    return {
        "gaussian": gaussian,
        "sectional": lambda z, u, v: gaussian(z),
        "scalar": lambda z: 2 * gaussian(z),
    }


def _straight(z0: Tensor, z1: Tensor, t: Tensor) -> Tensor:
    return z0[..., None, :] + t[:, None] * (z1 - z0)[..., None, :]


def _no_christoffels(z: Tensor) -> Tensor:
    return z.new_zeros(*z.shape, z.shape[-1], z.shape[-1])


def _christoffels(z: Tensor, **symbols: Tensor) -> Tensor:
    """Fill the symbols named `k_ij`, i <= j, and their mirror images."""
    Gamma = _no_christoffels(z)
    for name, value in symbols.items():
        k, i, j = int(name[1]), int(name[3]), int(name[4])
        Gamma[..., k, i, j] = Gamma[..., k, j, i] = value
    return Gamma


def _arc(x: Tensor, y: Tensor) -> Tensor:
    """Angle of unit vectors, accurate for close ones."""
    return 2 * torch.atan2((x - y).norm(dim=-1), (x + y).norm(dim=-1))


def _on_sphere(theta: Tensor, phi: Tensor) -> Tensor:
    return _stack(theta.sin() * phi.cos(), theta.sin() * phi.sin(), theta.cos())


def _sphere(z: Tensor) -> Tensor:
    return _on_sphere(z[..., 0], z[..., 1])


def _sphere_geodesic(z0: Tensor, z1: Tensor, t: Tensor) -> Tensor:
    x, y = _sphere(z0)[..., None, :], _sphere(z1)[..., None, :]
    angle = _arc(x, y)[..., None]
    w = (((1 - t[:, None]) * angle).sin() * x + (t[:, None] * angle).sin() * y) / angle.sin()
    return _stack(torch.atan2(w[..., :2].norm(dim=-1), w[..., 2]), torch.atan2(w[..., 1], w[..., 0]))


def _sphere_christoffels(z: Tensor) -> Tensor:
    theta = z[..., 0]
    return _christoffels(z, g0_11=-theta.sin() * theta.cos(), g1_01=theta.cos() / theta.sin())


def _sphere_matrix(z: Tensor) -> Tensor:
    return _diagonal(torch.ones_like(z[..., 0]), z[..., 0].sin() ** 2)


def _graph(name: str, bound: float, height: Map, slope: Map, hessian: Tensor) -> Problem:
    """The graph of a quadratic height over the plane: G = 1 + slope slope^T."""

    def matrix(z: Tensor) -> Tensor:
        s = slope(z)
        return torch.eye(2, dtype=z.dtype) + s[..., :, None] * s[..., None, :]

    def steepness(z: Tensor) -> Tensor:
        return 1 + slope(z).square().sum(-1)

    def mean_curvature(z: Tensor) -> Tensor:
        bent = hessian.trace() * steepness(z) - torch.einsum("...i,ij,...j->...", slope(z), hessian, slope(z))
        return bent.abs() / (2 * steepness(z) ** 1.5)

    return Problem(
        name=name,
        d=2,
        low=(-bound, -bound),
        high=(bound, bound),
        immersion=lambda z: torch.cat([z, height(z)[..., None]], dim=-1),
        matrix=matrix,
        christoffels=lambda z: (slope(z) / steepness(z)[..., None])[..., None, None] * hessian,
        mean_curvature=mean_curvature,
        **_curvature(lambda z: torch.linalg.det(hessian) / steepness(z) ** 2),
    )


_PLANE = torch.tensor([[1.0, 0.5], [-0.3, 2.0], [0.2, -0.7], [1.1, 0.0], [0.0, 0.4]], dtype=torch.float64)
_SHIFT = torch.tensor([0.3, -1.0, 2.0, 0.0, 0.5], dtype=torch.float64)

PLANE = Problem(
    name="plane",
    d=2,
    low=(-2, -2),
    high=(2, 2),
    immersion=lambda z: z @ _PLANE.to(z).T + _SHIFT.to(z),
    matrix=lambda z: (_PLANE.T @ _PLANE).expand(*z.shape, 2),
    christoffels=_no_christoffels,
    mean_curvature=_constant(0),
    distance=lambda z0, z1: ((z1 - z0) @ _PLANE.T).norm(dim=-1),
    geodesic=_straight,
    **_curvature(_constant(0)),
)

CYLINDER = Problem(
    name="cylinder",
    d=2,
    low=(-1.4, -1),
    high=(1.4, 1),
    immersion=lambda z: _stack(z[..., 0].cos(), z[..., 0].sin(), z[..., 1]),
    matrix=lambda z: _diagonal(torch.ones_like(z[..., 0]), torch.ones_like(z[..., 0])),
    christoffels=_no_christoffels,
    mean_curvature=_constant(0.5),
    distance=lambda z0, z1: (z1 - z0).norm(dim=-1),
    geodesic=_straight,
    **_curvature(_constant(0)),
)

_SLOPE = math.sin(math.pi / 6)  # sine of the cone's half opening angle


def _cone_distance(z0: Tensor, z1: Tensor) -> Tensor:
    angle = _SLOPE * (z1 - z0)[..., 1]
    chord = 4 * z0[..., 0] * z1[..., 0] * (angle / 2).sin() ** 2
    return ((z1 - z0)[..., 0] ** 2 + chord).sqrt()


def _cone_geodesic(z0: Tensor, z1: Tensor, t: Tensor) -> Tensor:
    def unroll(z: Tensor) -> Tensor:
        angle = _SLOPE * z[..., 1]
        return _stack(z[..., 0] * angle.cos(), z[..., 0] * angle.sin())

    w = _straight(unroll(z0), unroll(z1), t)
    return _stack(w.norm(dim=-1), torch.atan2(w[..., 1], w[..., 0]) / _SLOPE)


CONE = Problem(
    name="cone",
    d=2,
    low=(0.5, -1.5),
    high=(2, 1.5),
    immersion=lambda z: _stack(
        _SLOPE * z[..., 0] * z[..., 1].cos(),
        _SLOPE * z[..., 0] * z[..., 1].sin(),
        math.sqrt(1 - _SLOPE**2) * z[..., 0],
    ),
    matrix=lambda z: _diagonal(torch.ones_like(z[..., 0]), (_SLOPE * z[..., 0]) ** 2),
    christoffels=lambda z: _christoffels(z, g0_11=-(_SLOPE**2) * z[..., 0], g1_01=1 / z[..., 0]),
    mean_curvature=lambda z: math.sqrt(1 - _SLOPE**2) / (2 * _SLOPE * z[..., 0]),
    distance=_cone_distance,
    geodesic=_cone_geodesic,
    **_curvature(_constant(0)),
)

SPHERE = Problem(
    name="sphere",
    d=2,
    low=(0.6, -1),
    high=(2.4, 1),
    immersion=_sphere,
    matrix=_sphere_matrix,
    christoffels=_sphere_christoffels,
    mean_curvature=_constant(1),
    distance=lambda z0, z1: _arc(_sphere(z0), _sphere(z1)),
    geodesic=_sphere_geodesic,
    **_curvature(_constant(1)),
)


def _torus_radius(z: Tensor) -> Tensor:
    return 3 + z[..., 0].cos()


TORUS = Problem(
    name="torus",
    d=2,
    low=(-math.pi, -math.pi),
    high=(math.pi, math.pi),
    immersion=lambda z: _stack(
        _torus_radius(z) * z[..., 1].cos(), _torus_radius(z) * z[..., 1].sin(), z[..., 0].sin()
    ),
    matrix=lambda z: _diagonal(torch.ones_like(z[..., 0]), _torus_radius(z) ** 2),
    christoffels=lambda z: _christoffels(
        z, g0_11=_torus_radius(z) * z[..., 0].sin(), g1_01=-z[..., 0].sin() / _torus_radius(z)
    ),
    mean_curvature=lambda z: (3 + 2 * z[..., 0].cos()).abs() / (2 * _torus_radius(z)),
    **_curvature(lambda z: z[..., 0].cos() / _torus_radius(z)),
)

PARABOLOID = _graph(
    "paraboloid",
    1.5,
    lambda z: z.square().sum(-1) / 2,
    lambda z: z,
    torch.eye(2, dtype=torch.float64),
)
HYPERBOLIC_PARABOLOID = _graph(
    "hyperbolic paraboloid",
    1.5,
    lambda z: z[..., 0] ** 2 - z[..., 1] ** 2,
    lambda z: _stack(2 * z[..., 0], -2 * z[..., 1]),
    torch.tensor([[2.0, 0.0], [0.0, -2.0]], dtype=torch.float64),
)
SADDLE = _graph(
    "saddle",
    1.5,
    lambda z: z[..., 0] * z[..., 1],
    lambda z: z.flip(-1),
    torch.tensor([[0.0, 1.0], [1.0, 0.0]], dtype=torch.float64),
)

CATENOID = Problem(
    name="catenoid",
    d=2,
    low=(-1, -1),
    high=(1, 1),
    immersion=lambda z: _stack(
        z[..., 0].cosh() * z[..., 1].cos(), z[..., 0].cosh() * z[..., 1].sin(), z[..., 0]
    ),
    matrix=lambda z: _diagonal(z[..., 0].cosh() ** 2, z[..., 0].cosh() ** 2),
    christoffels=lambda z: _christoffels(
        z, g0_00=z[..., 0].tanh(), g0_11=-z[..., 0].tanh(), g1_01=z[..., 0].tanh()
    ),
    mean_curvature=_constant(0),
    **_curvature(lambda z: -(z[..., 0].cosh() ** -4)),
)


def _pseudosphere_distance(z0: Tensor, z1: Tensor) -> Tensor:
    x, y = (z1 - z0)[..., 1], z1[..., 0].cosh() - z0[..., 0].cosh()
    return torch.acosh(1 + (x**2 + y**2) / (2 * z0[..., 0].cosh() * z1[..., 0].cosh()))


PSEUDOSPHERE = Problem(
    name="pseudosphere",
    d=2,
    low=(0.8, -0.7),
    high=(2, 0.7),
    immersion=lambda z: _stack(
        z[..., 1].cos() / z[..., 0].cosh(), z[..., 1].sin() / z[..., 0].cosh(), z[..., 0] - z[..., 0].tanh()
    ),
    matrix=lambda z: _diagonal(z[..., 0].tanh() ** 2, z[..., 0].cosh() ** -2),
    christoffels=lambda z: _christoffels(
        z,
        g0_00=1 / (z[..., 0].sinh() * z[..., 0].cosh()),
        g0_11=1 / (z[..., 0].sinh() * z[..., 0].cosh()),
        g1_01=-z[..., 0].tanh(),
    ),
    mean_curvature=lambda z: (z[..., 0].sinh() - 1 / z[..., 0].sinh()).abs() / 2,
    distance=_pseudosphere_distance,
    **_curvature(_constant(-1)),
)


def _swiss_arclength(t: Tensor) -> Tensor:
    return (t * (1 + t**2).sqrt() + t.asinh()) / 2


SWISS_ROLL = Problem(
    name="swiss roll",
    d=2,
    low=(1.5, 0),
    high=(10, 5),
    immersion=lambda z: _stack(z[..., 0] * z[..., 0].cos(), z[..., 1], z[..., 0] * z[..., 0].sin()),
    matrix=lambda z: _diagonal(1 + z[..., 0] ** 2, torch.ones_like(z[..., 0])),
    christoffels=lambda z: _christoffels(z, g0_00=z[..., 0] / (1 + z[..., 0] ** 2)),
    mean_curvature=lambda z: (2 + z[..., 0] ** 2) / (2 * (1 + z[..., 0] ** 2) ** 1.5),
    distance=lambda z0, z1: torch.hypot(
        _swiss_arclength(z1[..., 0]) - _swiss_arclength(z0[..., 0]), (z1 - z0)[..., 1]
    ),
    **_curvature(_constant(0)),
)

COMPLEX_PARABOLA = Problem(
    name="complex parabola in R^4",
    d=2,
    low=(-1, -1),
    high=(1, 1),
    immersion=lambda z: _stack(
        z[..., 0], z[..., 1], z[..., 0] ** 2 - z[..., 1] ** 2, 2 * z[..., 0] * z[..., 1]
    ),
    matrix=lambda z: (1 + 4 * z.square().sum(-1))[..., None, None] * torch.eye(2, dtype=z.dtype),
    mean_curvature=_constant(0),
    **_curvature(lambda z: -8 / (1 + 4 * z.square().sum(-1)) ** 3),
)

CLIFFORD_TORUS = Problem(
    name="Clifford torus in R^4",
    d=2,
    low=(-1.5, -1.5),
    high=(1.5, 1.5),
    immersion=lambda z: torch.cat([z.cos(), z.sin()], dim=-1) / math.sqrt(2),
    matrix=lambda z: 0.5 * torch.eye(2, dtype=z.dtype).expand(*z.shape, 2),
    christoffels=_no_christoffels,
    mean_curvature=_constant(1),
    distance=lambda z0, z1: (z1 - z0).norm(dim=-1) / math.sqrt(2),
    geodesic=_straight,
    **_curvature(_constant(0)),
)


def _veronese(z: Tensor) -> Tensor:
    x, y, w = _sphere(z).unbind(-1)
    return 2 * _stack(y * w, x * w, x * y, (x**2 - y**2) / 2, (x**2 + y**2 - 2 * w**2) / math.sqrt(12))


VERONESE = Problem(
    name="Veronese surface in R^5",
    d=2,
    low=(0.9, -0.7),
    high=(2.2, 0.7),
    immersion=_veronese,
    matrix=lambda z: 4 * _sphere_matrix(z),
    christoffels=_sphere_christoffels,
    mean_curvature=_constant(math.sqrt(3) / 2),
    distance=lambda z0, z1: 2 * _arc(_sphere(z0), _sphere(z1)),
    geodesic=_sphere_geodesic,
    **_curvature(_constant(0.25)),
)

_RADII = torch.tensor([1.0, 2.0, 0.5], dtype=torch.float64)

PRODUCT_OF_CIRCLES = Problem(
    name="product of three circles in R^6",
    d=3,
    low=(-1.5, -1.5, -1.5),
    high=(1.5, 1.5, 1.5),
    immersion=lambda z: torch.cat([_RADII.to(z) * z.cos(), _RADII.to(z) * z.sin()], dim=-1),
    matrix=lambda z: torch.diag(_RADII**2).expand(*z.shape, 3),
    christoffels=_no_christoffels,
    mean_curvature=_constant(math.sqrt(1 + 0.25 + 4) / 3),
    sectional=_constant(0),
    scalar=_constant(0),
    distance=lambda z0, z1: ((z1 - z0) * _RADII).norm(dim=-1),
    geodesic=_straight,
)


def _three_sphere(z: Tensor) -> Tensor:
    a = z[..., :1]
    return torch.cat([a.cos(), a.sin() * _sphere(z[..., 1:])], dim=-1)


THREE_SPHERE = Problem(
    name="three-sphere in R^4",
    d=3,
    low=(0.8, 0.8, -0.8),
    high=(2.2, 2.2, 0.8),
    immersion=_three_sphere,
    matrix=lambda z: _diagonal(
        torch.ones_like(z[..., 0]), z[..., 0].sin() ** 2, (z[..., 0].sin() * z[..., 1].sin()) ** 2
    ),
    mean_curvature=_constant(1),
    sectional=_constant(1),
    scalar=_constant(6),
    distance=lambda z0, z1: _arc(_three_sphere(z0), _three_sphere(z1)),
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
    immersion=lambda z: torch.cat([_sphere(z[..., :2]), _sphere(z[..., 2:])], dim=-1),
    matrix=lambda z: _diagonal(
        torch.ones_like(z[..., 0]), z[..., 0].sin() ** 2, torch.ones_like(z[..., 0]), z[..., 2].sin() ** 2
    ),
    mean_curvature=_constant(math.sqrt(2) / 2),
    sectional=_two_spheres_sectional,
    scalar=_constant(4),
    distance=lambda z0, z1: torch.hypot(
        _arc(_sphere(z0[..., :2]), _sphere(z1[..., :2])), _arc(_sphere(z0[..., 2:]), _sphere(z1[..., 2:]))
    ),
    geodesic=lambda z0, z1, t: torch.cat(
        [_sphere_geodesic(z0[..., :2], z1[..., :2], t), _sphere_geodesic(z0[..., 2:], z1[..., 2:], t)], dim=-1
    ),
)

HALF_PLANE = Problem(
    name="Poincare half-plane",
    d=2,
    low=(-1, 0.5),
    high=(1, 2),
    matrix=lambda z: torch.eye(2, dtype=z.dtype) / z[..., 1, None, None] ** 2,
    christoffels=lambda z: _christoffels(z, g0_01=-1 / z[..., 1], g1_00=1 / z[..., 1], g1_11=-1 / z[..., 1]),
    distance=lambda z0, z1: torch.acosh(1 + (z1 - z0).square().sum(-1) / (2 * z0[..., 1] * z1[..., 1])),
    **_curvature(_constant(-1)),
)


def _ball_distance(z0: Tensor, z1: Tensor) -> Tensor:
    inside = (1 - z0.square().sum(-1)) * (1 - z1.square().sum(-1))
    return torch.acosh(1 + 2 * (z1 - z0).square().sum(-1) / inside)


POINCARE_BALL = Problem(
    name="Poincare ball",
    d=3,
    low=(-0.45, -0.45, -0.45),
    high=(0.45, 0.45, 0.45),
    matrix=lambda z: 4 * torch.eye(3, dtype=z.dtype) / (1 - z.square().sum(-1))[..., None, None] ** 2,
    sectional=_constant(-1),
    scalar=_constant(-6),
    distance=_ball_distance,
)

FISHER_RAO = Problem(
    name="Fisher-Rao metric of normal distributions",
    d=2,
    low=(-1, 0.5),
    high=(1, 2),
    matrix=lambda z: torch.diag(torch.tensor([1.0, 2.0], dtype=z.dtype)) / z[..., 1, None, None] ** 2,
    christoffels=lambda z: _christoffels(
        z, g0_01=-1 / z[..., 1], g1_00=1 / (2 * z[..., 1]), g1_11=-1 / z[..., 1]
    ),
    distance=lambda z0, z1: (
        math.sqrt(2)
        * torch.acosh(
            1 + ((z1 - z0)[..., 0] ** 2 / 2 + (z1 - z0)[..., 1] ** 2) / (2 * z0[..., 1] * z1[..., 1])
        )
    ),
    **_curvature(_constant(-0.5)),
)

SURFACES = [
    PLANE,
    CYLINDER,
    CONE,
    SPHERE,
    TORUS,
    PARABOLOID,
    HYPERBOLIC_PARABOLOID,
    SADDLE,
    CATENOID,
    PSEUDOSPHERE,
    SWISS_ROLL,
    COMPLEX_PARABOLA,
    CLIFFORD_TORUS,
    VERONESE,
    PRODUCT_OF_CIRCLES,
    THREE_SPHERE,
    TWO_SPHERES,
]
FIELDS = [HALF_PLANE, POINCARE_BALL, FISHER_RAO]
PROBLEMS = [*SURFACES, *FIELDS]
TWO_DIMENSIONAL = [p for p in PROBLEMS if p.d == 2]
WITH_CHRISTOFFELS = [p for p in PROBLEMS if p.christoffels is not None]
WITH_DISTANCE = [p for p in PROBLEMS if p.distance is not None]
WITH_GEODESIC = [p for p in PROBLEMS if p.geodesic is not None]
