"""Surfaces and metrics whose geometry is known in closed form.

The chapters point every instrument at them before they trust it, and the tests check every function against
them. Everything is float64. Where a problem has a distance, `sample` draws from a part of the chart in which
any two points are joined by one shortest geodesic that stays in the chart.

Example:
    >>> from pullback import gaussian_curvature
    >>> from pullback.surfaces import TORUS
    >>> z = TORUS.sample(100, torch.Generator().manual_seed(0))
    >>> torch.allclose(gaussian_curvature(TORUS.metric, z), TORUS.gaussian(z))
    True
"""

from pullback.surfaces.euclidean_space import (
    CATENOID,
    CONE,
    CYLINDER,
    HYPERBOLIC_PARABOLOID,
    PARABOLOID,
    PLANE,
    PSEUDOSPHERE,
    SADDLE,
    SPHERE,
    SWISS_ROLL,
    TORUS,
)
from pullback.surfaces.higher_codimension import (
    CLIFFORD_TORUS,
    COMPLEX_PARABOLA,
    PRODUCT_OF_CIRCLES,
    THREE_SPHERE,
    TWO_SPHERES,
    VERONESE,
)
from pullback.surfaces.metric_fields import FISHER_RAO, HALF_PLANE, POINCARE_BALL
from pullback.surfaces.problem import Problem

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

__all__ = [
    "CATENOID",
    "CLIFFORD_TORUS",
    "COMPLEX_PARABOLA",
    "CONE",
    "CYLINDER",
    "FIELDS",
    "FISHER_RAO",
    "HALF_PLANE",
    "HYPERBOLIC_PARABOLOID",
    "PARABOLOID",
    "PLANE",
    "POINCARE_BALL",
    "PROBLEMS",
    "PRODUCT_OF_CIRCLES",
    "PSEUDOSPHERE",
    "SADDLE",
    "SPHERE",
    "SURFACES",
    "SWISS_ROLL",
    "THREE_SPHERE",
    "TORUS",
    "TWO_DIMENSIONAL",
    "TWO_SPHERES",
    "VERONESE",
    "WITH_CHRISTOFFELS",
    "WITH_DISTANCE",
    "WITH_GEODESIC",
    "Problem",
]
