"""Jacobi fields: how neighbouring geodesics part."""

from dataclasses import dataclass

import torch
from torch import Tensor

from pullback.checks import check_points, check_tangents
from pullback.metrics.base import Metric
from pullback.transport.flow import geodesic_flow, mixed_acceleration


@dataclass(frozen=True)
class JacobiField:
    """Jacobi fields along geodesics, at n_segments + 1 equal times.

    Attributes:
        curve: (*batch, n_segments + 1, d) the geodesics.
        velocity: (*batch, n_segments + 1, d) their velocities.
        field: (*batch, n_segments + 1, d) the fields J.
        derivative: (*batch, n_segments + 1, d) the covariant derivatives DJ/dt.
        converged: (*batch,) whether the last time was reached within the tolerance.
        n_steps: (*batch,) steps of the integrator tried.
        residual: (*batch,) largest accepted local error in units of the tolerance.
    """

    curve: Tensor
    velocity: Tensor
    field: Tensor
    derivative: Tensor
    converged: Tensor
    n_steps: Tensor
    residual: Tensor


def jacobi_field(
    metric: Metric,
    z: Tensor,
    v: Tensor,
    J0: Tensor,
    DJ0: Tensor,
    *,
    t: float = 1.0,
    n_segments: int = 32,
    rtol: float | None = None,
    max_steps: int = 500,
) -> JacobiField:
    r"""Solve the Jacobi equation along the geodesic from z with velocity v (`eq-jacobi`).

    $$\frac{D^2 J}{dt^2} + R(J, \dot c) \dot c = 0$$

    It is solved as what it says: the geodesic equation, differentiated. With J(0) = 0 the field is the
    derivative of exp, J(t) = D exp_z(t v)[t DJ(0)], and where it vanishes again z and c(t) are conjugate.

    A step of the integrator costs 12 calls of `geodesic_acceleration` and 12 of its directional derivative;
    each of the n_segments times costs a step at least.

    Args:
        metric: any metric.
        z: (*batch, d) starts.
        v: (*batch, d) velocities.
        J0: (*batch, d) the field at time 0; all batches broadcast.
        DJ0: (*batch, d) its covariant derivative at time 0.
        t: time to run for.
        n_segments: the field is returned at n_segments + 1 equal times.
        rtol: tolerance of a step; 1e-9 in double precision, 1e-5 in single.
        max_steps: steps of the integrator a geodesic may take.

    Returns:
        Curves, fields and covariant derivatives with respect to t, (*batch, n_segments + 1, d) each, and
        status (*batch,); NaN beyond where a geodesic stopped.

    Raises:
        ValueError: for bad points or vectors, t = 0, or n_segments below 1.

    Example:
        >>> from pullback import jacobi_field
        >>> from pullback.surfaces import SPHERE
        >>> z, south, east = torch.tensor([[torch.pi / 2, 0], [1, 0], [0, 1]], dtype=torch.float64)
        >>> found = jacobi_field(SPHERE.metric, z, east, 0 * east, south, t=torch.pi, n_segments=2)
        >>> [round(abs(size), 4) for size in found.field[:, 0].tolist()]
        [0.0, 1.0, 0.0]
    """
    z, v, J0, DJ0 = check_tangents(check_points("z", z), v=v, J0=J0, DJ0=DJ0)
    if n_segments < 1:
        raise ValueError(f"n_segments: got {n_segments}, expected 1 or more")
    if t == 0:
        raise ValueError("t: got 0, expected a time to run for")
    flow = geodesic_flow(
        metric,
        z,
        t * v,
        variations=J0[..., None, :],
        rates=(t * (DJ0 + mixed_acceleration(metric, z, v, J0)))[..., None, :],
        rtol=rtol,
        n_outputs=n_segments,
        max_steps=max_steps,
    )
    velocity, field = flow.velocity / t, flow.variations[..., 0, :]
    rate, known = flow.rates[..., 0, :] / t, flow.curve.isfinite().all(-1)
    mixed = torch.full_like(rate, torch.nan)
    mixed[known] = mixed_acceleration(metric, flow.curve[known], velocity[known], field[known])
    return JacobiField(
        curve=flow.curve,
        velocity=velocity,
        field=field,
        derivative=rate - mixed,
        converged=flow.converged,
        n_steps=flow.n_steps,
        residual=flow.residual,
    )


def exp_derivative(metric: Metric, z: Tensor, v: Tensor, *, rtol: float | None = None) -> Tensor:
    r"""Differentiate exp with respect to the vector (`eq-jacobi`): the Jacobi fields with J(0) = 0 at time 1.

    A step of the integrator costs 12 calls of `geodesic_acceleration` and 12 d directional derivatives of it.

    Args:
        metric: any metric.
        z: (*batch, d) starts.
        v: (*batch, d) vectors, of the same shape.
        rtol: tolerance of the integration; 1e-9 in double precision, 1e-5 in single.

    Returns:
        (*batch, d, d) matrices, the derivative axis last; NaN where the geodesic could not be followed.

    Example:
        >>> from pullback import exp_derivative
        >>> from pullback.surfaces import SPHERE
        >>> equator, v = torch.tensor([[torch.pi / 2, 0], [0, torch.pi]], dtype=torch.float64)
        >>> exp_derivative(SPHERE.metric, equator, v).diagonal().round(decimals=4).abs().tolist()
        [0.0, 1.0]
    """
    d = z.shape[-1]
    basis = torch.eye(d, dtype=z.dtype, device=z.device).expand(*z.shape, d)
    flow = geodesic_flow(metric, z, v, variations=torch.zeros_like(basis), rates=basis, rtol=rtol)
    return flow.variations[..., -1, :, :].mT
